//! Numbers that are the bytes of something: bf16, a quantised block, a safetensors file.
//!
//! Drawn bytes alone would be no file, and many of them no number (NaN). Everything here is whole and finite.

use crate::Array;
use crate::array::Values;
use crate::lab::Holds;
use crate::random::Random;

/// Arrays of a file: `w0`, `w1`, `w2`.
const N_ARRAYS: usize = 3;
/// Runs of eight blanks after a header, at most: it is longer than one byte can say in some files and not in others.
const BLANKS: usize = 40;
/// The same in the last file of a check, whose header's length takes three bytes.
const BLANKS_LAST: usize = 0x2000;
/// Of this many numbers one is 0, and of this many blocks one has a scale so small that half precision has no whole digits left.
const RARE: usize = 5;
/// Bytes of a Q4_0 block: its scale in half precision, then 32 numbers of four bits.
const Q4_0_BYTES: usize = 18;

/// An `i32` array of `shape`; a file decides its length itself. `growth` is 1 in the last case of a check.
pub(super) fn draw(holds: Holds, shape: &[usize], growth: f64, random: &mut Random) -> Array {
    let len: usize = shape.iter().product();
    let (shape, numbers) = match holds {
        Holds::Bf16 => (shape.to_vec(), (0..len).map(|_| bf16(spread(random))).collect()),
        Holds::Q4_0 => (shape.to_vec(), (0..len / Q4_0_BYTES).flat_map(|_| q4_0(random)).map(i32::from).collect()),
        Holds::Safetensors => {
            let file: Vec<i32> = safetensors(growth, random).into_iter().map(i32::from).collect();
            (vec![file.len()], file)
        }
    };
    Array { shape, values: Values::I32(numbers) }
}

/// A number of any size, most of them beyond what half precision holds; some are 0.
fn spread(random: &mut Random) -> f32 {
    if random.below(RARE) == 0 {
        return 0.0;
    }
    let power = random.below(81) as f32 - 40.0;
    random.normal() as f32 * power.exp2()
}

/// The upper half of its bits.
fn bf16(value: f32) -> i32 {
    (value.to_bits() >> 16) as i32
}

/// The scale has either sign and lies between 1/32 and 1, or below the smallest that has all digits.
fn q4_0(random: &mut Random) -> [u8; Q4_0_BYTES] {
    let exponent = if random.below(RARE) == 0 { 0 } else { 10 + random.below(5) };
    let [sign, fraction] = [random.below(2), random.below(1024)];
    let scale = (sign << 15 | exponent << 10 | fraction) as u16;
    let mut block = std::array::from_fn(|_| random.below(256) as u8);
    block[..2].copy_from_slice(&scale.to_le_bytes());
    block
}

/// Small matrices of F32 and BF16. Their data stand in another order than their names, as the format allows. Numbers of the
/// first files are easy to read; those of the later ones have digits down to their last bit.
fn safetensors(growth: f64, random: &mut Random) -> Vec<u8> {
    let (mut data, mut entries) = (Vec::new(), vec![String::new(); N_ARRAYS]);
    for at in random.permutation(N_ARRAYS) {
        let [rows, columns] = [1 + random.below(3), 1 + random.below(3)];
        let (dtype, skipped) = if random.below(2) == 0 { ("F32", 0) } else { ("BF16", 2) };
        let start = data.len();
        for _ in 0..rows * columns {
            // Multiples of 0.5 have nothing in the lower half of their bits.
            let value = if growth < 0.5 { random.below(9) as f32 * 0.5 - 2.0 } else { random.normal() as f32 };
            data.extend_from_slice(&value.to_le_bytes()[skipped..]);
        }
        let end = data.len();
        entries[at] =
            format!(r#""w{at}":{{"dtype":"{dtype}","shape":[{rows},{columns}],"data_offsets":[{start},{end}]}}"#);
    }
    let mut header = format!(r#"{{"__metadata__":{{"format":"pt"}},{}}}"#, entries.join(","));
    let runs = if growth < 1.0 { random.below(BLANKS + 1) } else { BLANKS_LAST };
    let blanks = header.len().next_multiple_of(8) - header.len() + 8 * runs;
    header.extend(std::iter::repeat_n(' ', blanks));
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &data].concat()
}

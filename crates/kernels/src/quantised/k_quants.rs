//! Blocks of 256 values in groups of 16 or 32, whose scales are quantised themselves.
//!
//! The scale of a group is a small integer times the block's scale in half precision; in the types with an offset the same
//! holds for it. The layouts pack bits for vector units rather than for readers: bit planes of 32 or 64 bytes, each byte
//! holding the bits of values 32 apart.

use super::half;
use super::plain::IQ4_VALUES;

/// 16 scales and offsets of four bits, 64 bytes of two-bit integers, scale, scale of the offsets.
#[inline(always)]
pub(super) fn q2_k(block: &[u8; 84], values: &mut [f32; 256]) {
    let (d, d_min) = (half(block, 80), half(block, 82));
    for (group, values) in values.as_chunks_mut::<16>().0.iter_mut().enumerate() {
        let scale = d * f32::from(block[group] & 15);
        let offset = d_min * f32::from(block[group] >> 4);
        let bytes = &block[16 + group / 8 * 32 + group % 2 * 16..][..16];
        let shift = group / 2 % 4 * 2;
        for (value, byte) in values.iter_mut().zip(bytes) {
            *value = scale * f32::from(byte >> shift & 3) - offset;
        }
    }
}

/// 32 bytes with the third bits, 64 bytes with the lower two, 16 scales of six bits, scale.
#[inline(always)]
pub(super) fn q3_k(block: &[u8; 110], values: &mut [f32; 256]) {
    let d = half(block, 108);
    let scales = &block[96..108];
    for (group, values) in values.as_chunks_mut::<16>().0.iter_mut().enumerate() {
        let low = scales[group % 8] >> (group / 8 * 4) & 15;
        let high = scales[8 + group % 4] >> (group / 4 * 2) & 3;
        let scale = d * f32::from((low | high << 4) as i8 - 32);
        let shift = group / 2 % 4 * 2;
        for (i, value) in values.iter_mut().enumerate() {
            let at = group % 2 * 16 + i;
            let low = (block[32 + group / 8 * 32 + at] >> shift & 3) as i8;
            // The third bit is stored inverted: where it is missing, 4 is taken away.
            let high = if block[at] >> (group / 2) & 1 == 1 { 0 } else { 4 };
            *value = scale * f32::from(low - high);
        }
    }
}

/// Scale, scale of the offsets, 8 scales and offsets of six bits, 128 bytes of four-bit integers.
#[inline(always)]
pub(super) fn q4_k(block: &[u8; 144], values: &mut [f32; 256]) {
    let (d, d_min) = (half(block, 0), half(block, 2));
    for (group, values) in values.as_chunks_mut::<32>().0.iter_mut().enumerate() {
        let (scale, offset) = scale_and_offset(&block[4..16], group);
        let (scale, offset) = (d * f32::from(scale), d_min * f32::from(offset));
        let (bytes, shift) = (&block[16 + group / 2 * 32..][..32], group % 2 * 4);
        for (value, byte) in values.iter_mut().zip(bytes) {
            *value = scale * f32::from(byte >> shift & 15) - offset;
        }
    }
}

/// As [`q4_k`], with 32 bytes of fifth bits before the integers.
#[inline(always)]
pub(super) fn q5_k(block: &[u8; 176], values: &mut [f32; 256]) {
    let (d, d_min) = (half(block, 0), half(block, 2));
    for (group, values) in values.as_chunks_mut::<32>().0.iter_mut().enumerate() {
        let (scale, offset) = scale_and_offset(&block[4..16], group);
        let (scale, offset) = (d * f32::from(scale), d_min * f32::from(offset));
        let (bytes, shift) = (&block[48 + group / 2 * 32..][..32], group % 2 * 4);
        for (i, value) in values.iter_mut().enumerate() {
            let fifth = (block[16 + i] >> group & 1) << 4;
            *value = scale * f32::from(bytes[i] >> shift & 15 | fifth) - offset;
        }
    }
}

/// 128 bytes with the lower four bits, 64 with the upper two, 16 signed scales, scale.
#[inline(always)]
pub(super) fn q6_k(block: &[u8; 210], values: &mut [f32; 256]) {
    let d = half(block, 208);
    for (group, values) in values.as_chunks_mut::<16>().0.iter_mut().enumerate() {
        let scale = d * f32::from(block[192 + group] as i8);
        let half = group / 8;
        for (i, value) in values.iter_mut().enumerate() {
            // Where the value stands in its half of 128.
            let at = group % 8 * 16 + i;
            let low = block[half * 64 + at % 64] >> (at / 64 * 4) & 15;
            let high = block[128 + half * 32 + at % 32] >> (at / 32 * 2) & 3;
            *value = scale * f32::from((low | high << 4) as i8 - 32);
        }
    }
}

/// Scale, 8 scales of six bits (the upper two in a word, the lower four in four bytes), 128 bytes of indices.
#[inline(always)]
pub(super) fn iq4_xs(block: &[u8; 136], values: &mut [f32; 256]) {
    let d = half(block, 0);
    let upper = u16::from_le_bytes([block[2], block[3]]);
    for (group, values) in values.as_chunks_mut::<32>().0.iter_mut().enumerate() {
        let low = block[4 + group / 2] >> (group % 2 * 4) & 15;
        let high = (upper >> (group * 2) & 3) as u8;
        let scale = d * f32::from((low | high << 4) as i8 - 32);
        let bytes = &block[8 + group * 16..][..16];
        for (i, byte) in bytes.iter().enumerate() {
            values[i] = scale * f32::from(IQ4_VALUES[usize::from(byte & 15)]);
            values[i + 16] = scale * f32::from(IQ4_VALUES[usize::from(byte >> 4)]);
        }
    }
}

/// Scale and offset of a group out of twelve bytes: the first four groups have theirs in the lower six bits of one byte
/// each, the last four in the halves of the last bytes and the upper bits of the others.
#[inline(always)]
fn scale_and_offset(packed: &[u8], group: usize) -> (u8, u8) {
    if group < 4 {
        return (packed[group] & 63, packed[group + 4] & 63);
    }
    let rest = packed[group + 4];
    (rest & 15 | packed[group - 4] >> 2 & 48, rest >> 4 | packed[group] >> 2 & 48)
}

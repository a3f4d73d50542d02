//! A random generator without state: the value at (key, counter), by Philox 4x32-10.
//!
//! Each value depends on its key and counter alone, so dropout needs no stored mask and gives the same
//! mask for any number of threads, and a checkpoint keeps a counter instead of a generator.
//!
//! Source: Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3" (SC 2011), section 3.3.
//! Not for cryptography.

/// Multipliers of the two halves of a round (the paper's table 2).
const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
/// Weyl increments of the key: golden ratio and sqrt(3) - 1.
const KEY_STEPS: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const N_ROUNDS: usize = 10;

/// A uniform f32 in [0, 1): the value at `counter` of the stream `key`; a multiple of 2^-24.
///
/// ```
/// let key = [7, 0];
/// assert_eq!(kernels::rng::uniform(key, 3), kernels::rng::uniform(key, 3));
/// assert!((0.0..1.0).contains(&kernels::rng::uniform(key, 4)));
/// ```
#[inline]
pub fn uniform(key: [u64; 2], counter: u64) -> f32 {
    to_unit(bits(key, counter))
}

/// A standard normal number for `counter`, by the Box-Muller transform of two independent uniform numbers.
pub fn normal(key: [u64; 2], counter: u64) -> f32 {
    let words = block(key, counter);
    // In (0, 1], so that the logarithm is finite.
    let radius = (-2.0 * f64::from(1.0 - to_unit(words[0])).ln()).sqrt();
    let angle = std::f64::consts::TAU * f64::from(to_unit(words[1]));
    (radius * angle.cos()) as f32
}

/// 32 random bits: the value at `counter` of the stream `key`.
#[inline]
pub fn bits(key: [u64; 2], counter: u64) -> u32 {
    block(key, counter / 4)[(counter % 4) as usize]
}

/// Four consecutive values at once: counters `4 * index .. 4 * index + 4`.
#[inline]
pub fn block(key: [u64; 2], index: u64) -> [u32; 4] {
    philox(
        [index as u32, (index >> 32) as u32, key[1] as u32, (key[1] >> 32) as u32],
        [key[0] as u32, (key[0] >> 32) as u32],
    )
}

/// `N` blocks at once, from `index` on: `blocks(key, index)[w][i]` is `block(key, index + i)[w]`. Written so that
/// the compiler puts blocks side by side into vectors.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // Block numbers run through all four words at once.
pub(crate) fn blocks<const N: usize>(key: [u64; 2], index: u64) -> [[u32; N]; 4] {
    let mut counter = [[0; N], [0; N], [key[1] as u32; N], [(key[1] >> 32) as u32; N]];
    for i in 0..N {
        let index = index + i as u64;
        counter[0][i] = index as u32;
        counter[1][i] = (index >> 32) as u32;
    }
    let mut key = [key[0] as u32, (key[0] >> 32) as u32];
    for _ in 0..N_ROUNDS {
        for i in 0..N {
            let products = [
                u64::from(MULTIPLIERS[0]) * u64::from(counter[0][i]),
                u64::from(MULTIPLIERS[1]) * u64::from(counter[2][i]),
            ];
            counter[0][i] = (products[1] >> 32) as u32 ^ counter[1][i] ^ key[0];
            counter[1][i] = products[1] as u32;
            counter[2][i] = (products[0] >> 32) as u32 ^ counter[3][i] ^ key[1];
            counter[3][i] = products[0] as u32;
        }
        key = [key[0].wrapping_add(KEY_STEPS[0]), key[1].wrapping_add(KEY_STEPS[1])];
    }
    counter
}

/// The upper 24 bits as a fraction, all of which an f32 can hold.
#[inline]
pub fn to_unit(bits: u32) -> f32 {
    (bits >> 8) as f32 * (1.0 / (1 << 24) as f32)
}

#[inline]
fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..N_ROUNDS {
        let products =
            [u64::from(MULTIPLIERS[0]) * u64::from(counter[0]), u64::from(MULTIPLIERS[1]) * u64::from(counter[2])];
        counter = [
            (products[1] >> 32) as u32 ^ counter[1] ^ key[0],
            products[1] as u32,
            (products[0] >> 32) as u32 ^ counter[3] ^ key[1],
            products[0] as u32,
        ];
        key = [key[0].wrapping_add(KEY_STEPS[0]), key[1].wrapping_add(KEY_STEPS[1])];
    }
    counter
}

#[cfg(test)]
mod tests {
    use super::{block, blocks, philox};

    #[test]
    fn blocks_side_by_side_equal_single_ones() {
        let (key, index) = ([0x1234_5678_9abc_def0, 0x0fed_cba9_8765_4321], u64::from(u32::MAX) - 3);
        let words = blocks::<8>(key, index);
        let single: Vec<[u32; 4]> = (0..8).map(|i| block(key, index + i)).collect();
        assert!((0..4).all(|word| words[word].iter().zip(&single).all(|(&found, block)| found == block[word])));
    }

    /// The known answers of Random123's `kat_vectors` for philox4x32-10.
    #[test]
    fn philox_gives_the_published_answers() {
        assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox([u32::MAX; 4], [u32::MAX; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        assert_eq!(
            philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }
}

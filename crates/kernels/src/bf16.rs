//! bf16: the upper half of an f32, its sign, its exponent and seven bits of its fraction.
//!
//! So it has the range of f32 with two to three decimal digits, and widening it is exact. [`round`] takes the nearest, of two
//! equally near the one whose last bit is 0, as CPUs and PyTorch do; what lies beyond the largest becomes infinity, and a NaN stays
//! one. Products of such values are [`crate::gemm::gemm_bf16`]. No arithmetic in bf16 itself: sums are f32.
//!
//! Source: Kalamkar et al., "A Study of BFLOAT16 for Deep Learning Training" (2019).

use crate::cpu;
use crate::pool::{Shared, parallel_rows};
use crate::simd::{Kernel, Simd, dispatch};

/// A value of 16 bits; equal when the bits are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct Bf16(u16);

impl Bf16 {
    /// The nearest to `value`.
    ///
    /// ```
    /// use kernels::bf16::Bf16;
    /// assert_eq!(Bf16::rounded(3.14159).widened(), 3.140625);
    /// ```
    #[inline(always)]
    pub fn rounded(value: f32) -> Bf16 {
        let bits = value.to_bits();
        // Half of the last place that stays, less one if that place holds a 0: a tie then goes no further than the half.
        let nearest = bits.wrapping_add(0x7fff + (bits >> 16 & 1));
        // A NaN might be carried into its sign; its first bit of fraction keeps it one.
        let kept = if value.is_nan() { bits | 0x0040_0000 } else { nearest };
        Bf16((kept >> 16) as u16)
    }

    /// The same value in f32.
    #[inline(always)]
    pub fn widened(self) -> f32 {
        f32::from_bits(u32::from(self.0) << 16)
    }

    /// The bits: sign, eight of exponent, seven of fraction.
    #[inline(always)]
    pub fn to_bits(self) -> u16 {
        self.0
    }
}

/// Rounds each value.
pub fn round(from: &[f32], to: &mut [Bf16]) {
    assert_eq!(from.len(), to.len(), "round: sizes of from and to");
    let (level, to) = (cpu::level(), Shared::new(to));
    parallel_rows(from.len(), 1, |range| {
        // SAFETY: ranges of tasks are disjoint.
        let to = unsafe { to.range(range.clone()) };
        dispatch(level, Round { from: &from[range], to });
    });
}

struct Round<'a> {
    from: &'a [f32],
    to: &'a mut [Bf16],
}

impl Kernel for Round<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        for (to, from) in self.to.chunks_mut(S::LANES).zip(self.from.chunks(S::LANES)) {
            S::read(from, 0.0).write_bf16(to);
        }
    }
}

/// [`round`] in plain arithmetic: of the two neighbours of each value, which differ in their last bit, the nearer one.
pub fn reference(from: &[f32], to: &mut [Bf16]) {
    assert_eq!(from.len(), to.len(), "round: sizes of from and to");
    for (to, &value) in to.iter_mut().zip(from) {
        let below = Bf16((value.to_bits() >> 16) as u16);
        if !value.is_finite() {
            *to = if value.is_nan() { Bf16(below.0 | 0x40) } else { below };
            continue;
        }
        let above = Bf16(below.0 + 1);
        // Beyond the largest lies what would be the next value, were there one.
        let reach = if above.widened().is_finite() {
            f64::from(above.widened())
        } else {
            2f64.powi(128).copysign(value.into())
        };
        let (value, low) = (f64::from(value), f64::from(below.widened()));
        let (down, up) = ((value - low).abs(), (reach - value).abs());
        let is_even = below.0.is_multiple_of(2);
        *to = if down < up || down == up && is_even { below } else { above };
    }
}

/// Places of f32 that hold `len` values.
pub fn n_words(len: usize) -> usize {
    len.div_ceil(2)
}

/// The first `len` values of a buffer of f32 that holds two in each place.
pub fn in_words(words: &[f32], len: usize) -> &[Bf16] {
    assert!(len <= 2 * words.len(), "in_words: {len} values in {} places", words.len());
    // SAFETY: within the buffer by the assertion; a Bf16 is two bytes, any two, and aligned where an f32 is.
    unsafe { std::slice::from_raw_parts(words.as_ptr().cast(), len) }
}

/// [`in_words`], to write to.
pub fn in_words_mut(words: &mut [f32], len: usize) -> &mut [Bf16] {
    assert!(len <= 2 * words.len(), "in_words: {len} values in {} places", words.len());
    // SAFETY: as above, and exclusive as the buffer is; any two halves are an f32.
    unsafe { std::slice::from_raw_parts_mut(words.as_mut_ptr().cast(), len) }
}

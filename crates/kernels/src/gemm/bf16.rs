//! The product of bf16 matrices with sums in f32.
//!
//! A product of two bf16 is exact in f32, so only the sums round: an element of C is one chain of additions a block of k, in rising
//! k, as for f32. There are two ways to make it:
//!
//! - With `vdpbf16ps` ([`Pairs`]): operands are packed in pairs along k, and one instruction adds both products of 16 pairs. It takes
//!   numbers below the normal ones (2^-126) for 0, in operands and sums.
//! - Elsewhere ([`Widened`]): operands are widened while they are packed, and the tile of f32 multiplies them: the bits of
//!   [`gemm`](super::gemm) of the widened matrices. To keep pairs there and split each as it is multiplied would cost the tile of
//!   14 rows 32 instructions more a pair beside its 56 multiply-adds, on Intel CPUs on the same two units.
//!
//! Either way the bits are the same for any number of rows and threads. No rounding of C.
//!
//! Source: Intel, "Architecture Instruction Set Extensions Programming Reference", `VDPBF16PS`.

use super::{Form, Gemm, product, reference};
use crate::Real;
use crate::bf16::Bf16;
use crate::cpu;
use crate::tile::{self, Lines, Operand, Paired, Single};

/// [`gemm`](super::gemm) of bf16 operands.
///
/// ```
/// use kernels::{Write, bf16::Bf16, gemm::{Gemm, Layout, gemm_bf16}};
/// let spec = Gemm { m: 1, n: 1, k: 2, a: Layout::Normal, b: Layout::Normal, write: Write::Set };
/// let [a, b] = [[1.0, 2.0], [3.0, 1.001]].map(|values| values.map(Bf16::rounded));
/// let mut c = [0.0];
/// gemm_bf16(spec, &a, &b, &mut c);
/// assert_eq!(c, [5.0]); // 1.001 is 1 in bf16.
/// ```
pub fn gemm_bf16(spec: Gemm, a: &[Bf16], b: &[Bf16], c: &mut [f32]) {
    if cpu::multiplies_pairs() {
        product::<Pairs>(spec, a, b, c);
    } else {
        product::<Widened>(spec, a, b, c);
    }
}

/// The product in plain loops.
pub fn reference_bf16<R: Real>(spec: Gemm, a: &[Bf16], b: &[Bf16], c: &mut [R]) {
    let [a, b] = [a, b].map(|values| values.iter().map(|x| R::of(x.widened().into())).collect::<Vec<R>>());
    reference(spec, &a, &b, c);
}

/// Packed in pairs, for a CPU that multiplies them.
struct Pairs;

impl Form for Pairs {
    type Element = Bf16;
    type Step = Paired;
    const PER_PLACE: usize = 2;
    // Single multiply-adds would keep the small numbers that the instruction takes for 0.
    const STREAMS: bool = false;

    #[inline(always)]
    fn lines(of: Operand<'_, Bf16>, k: usize) -> impl Lines {
        tile::Pairs { of, k }
    }

    #[inline(always)]
    fn in_place(_b: &[Bf16]) -> Option<&[f32]> {
        None
    }
}

/// Widened while packed.
struct Widened;

impl Form for Widened {
    type Element = Bf16;
    type Step = Single;
    const PER_PLACE: usize = 1;
    const STREAMS: bool = true;

    #[inline(always)]
    fn lines(of: Operand<'_, Bf16>, _k: usize) -> impl Lines {
        of
    }

    #[inline(always)]
    fn in_place(_b: &[Bf16]) -> Option<&[f32]> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::Level;
    use crate::gemm::{Layout, gemm};
    use crate::{Write, rng};

    fn values(n: usize, seed: u64) -> Vec<Bf16> {
        (0..n).map(|i| Bf16::rounded(rng::uniform([seed, 2], i as u64) * 2.0 - 1.0)).collect()
    }

    /// Packing and tile of pairs at the levels that split them, where CPUs without `vdpbf16ps` can be tested: at `avx512` nothing but
    /// that instruction is another.
    #[test]
    fn pairs_and_widened_values_have_the_bits_of_f32() {
        let sizes =
            [[1, 1, 1], [1, 65, 300], [2, 17, 5], [9, 33, 257], [17, 100, 3], [201, 70, 513], [250, 40, 96], [5, 0, 3]];
        let layouts = [Layout::Normal, Layout::Transposed];
        for ([m, n, k], a) in sizes.into_iter().flat_map(|size| layouts.map(|a| (size, a))) {
            for (b, write) in layouts.into_iter().flat_map(|b| [(b, Write::Set), (b, Write::Add)]) {
                let spec = Gemm { m, n, k, a, b, write };
                let (left, right) = (values(m * k, 1), values(k * n, 2));
                let start: Vec<f32> = values(m * n, 3).iter().map(|x| x.widened()).collect();
                let plain = [&left, &right].map(|x| x.iter().map(|x| x.widened()).collect::<Vec<_>>());
                let bits = |product: &dyn Fn(&mut [f32])| {
                    let mut c = start.clone();
                    product(&mut c);
                    c.iter().map(|x| x.to_bits()).collect::<Vec<_>>()
                };
                for level in Level::ALL.into_iter().filter(|level| level.is_supported()) {
                    cpu::with_level(level, || {
                        let expected = bits(&|c| gemm(spec, &plain[0], &plain[1], c));
                        let widened = bits(&|c| product::<Widened>(spec, &left, &right, c));
                        assert_eq!(widened, expected, "widened, {spec:?} at {level}");
                        if level != Level::Avx512 {
                            let pairs = bits(&|c| product::<Pairs>(spec, &left, &right, c));
                            assert_eq!(pairs, expected, "pairs, {spec:?} at {level}");
                        }
                    });
                }
            }
        }
    }
}

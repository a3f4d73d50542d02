//! The product of bf16 matrices with sums in f32.
//!
//! A product of two bf16 is exact in f32, so only the sums round. There are three ways to make them
//! ([`Bf16Unit`](crate::cpu::Bf16Unit)), each with one order of additions for every element of C:
//!
//! - On a matrix unit, AMX ([`Tiles`]): operands are packed in pairs along k, and one instruction adds the products of 16 pairs for 256
//!   elements of C.
//! - With `vdpbf16ps` ([`Paired`]): one instruction adds both products of 16 pairs, that of the second values first. Like the matrix
//!   unit, it takes numbers below the normal ones (2^-126) for 0, in operands and sums.
//! - Elsewhere ([`Widened`]): operands are widened while they are packed, and the tile of f32 multiplies them: the bits of
//!   [`gemm`](super::gemm) of the widened matrices. To keep pairs there and split each as it is multiplied would cost the tile of
//!   14 rows 32 instructions more a pair beside its 56 multiply-adds, on Intel CPUs on the same two units.
//!
//! Each way the bits are the same for any number of rows and threads. No rounding of C.
//!
//! Source: Intel, "Architecture Instruction Set Extensions Programming Reference", `VDPBF16PS`, `TDPBF16PS`.

use super::{Addends, Finish, Form, Gemm, product, product_into, reference};
use crate::bf16::{self, Bf16};
use crate::cpu::{self, Bf16Unit, Level};
use crate::pool::Shared;
use crate::tile::{Lines, Operand, Paired, Pairs, Single, Tiles, Unit};
use crate::{Aligned, Real, Write};
use std::cell::RefCell;
use std::marker::PhantomData;

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
    gemm_bf16_plus(spec, a, b, Addends::default(), c);
}

/// [`gemm_bf16`] and what is added to it.
pub fn gemm_bf16_plus(spec: Gemm, a: &[Bf16], b: &[Bf16], addends: Addends, c: &mut [f32]) {
    finished(spec, a, b, addends.into(), c);
}

/// [`gemm_bf16`] and a bias, in bf16, into `before`, and its GELU ([`gelu`](crate::gelu)) in bf16, into `activated`: what the next layer
/// multiplies, and what the backward pass makes that of once more ([`gelu_rounded`](crate::gelu::gelu_rounded)).
///
/// ```
/// use kernels::{Write, bf16::Bf16, gemm::{Gemm, Layout, gemm_bf16_gelu}};
/// let spec = Gemm { m: 1, n: 1, k: 1, a: Layout::Normal, b: Layout::Normal, write: Write::Set };
/// let (one, mut before, mut activated) = ([Bf16::rounded(1.0)], [Bf16::default()], [Bf16::default()]);
/// gemm_bf16_gelu(spec, &one, &one, Some(&[-2.0]), &mut before, &mut activated);
/// assert_eq!((before, activated), ([Bf16::rounded(-1.0)], [Bf16::rounded(-0.158808)]));
/// ```
pub fn gemm_bf16_gelu(
    spec: Gemm,
    a: &[Bf16],
    b: &[Bf16],
    bias: Option<&[f32]>,
    before: &mut [Bf16],
    activated: &mut [Bf16],
) {
    let (before, activated) = (Shared::new(before), Shared::new(activated));
    finished_into(spec, a, b, Finish::Gelu { bias, before, activated });
}

/// [`gemm_bf16`], the gradient of what [`gemm_bf16_gelu`] activated, times the slope of GELU at `before`, in bf16, into `d`: the
/// gradient of `before`.
///
/// ```
/// use kernels::{Write, bf16::Bf16, gemm::{Gemm, Layout, gemm_bf16_gelu_backward}};
/// let spec = Gemm { m: 1, n: 1, k: 1, a: Layout::Normal, b: Layout::Normal, write: Write::Set };
/// let (one, mut d) = ([Bf16::rounded(1.0)], [Bf16::default()]);
/// gemm_bf16_gelu_backward(spec, &one, &one, &[Bf16::rounded(0.0)], &mut d);
/// assert_eq!(d, [Bf16::rounded(0.5)]);
/// ```
pub fn gemm_bf16_gelu_backward(spec: Gemm, a: &[Bf16], b: &[Bf16], before: &[Bf16], d: &mut [Bf16]) {
    finished_into(spec, a, b, Finish::GeluBackward { before, d: Shared::new(d) });
}

fn finished_into(spec: Gemm, a: &[Bf16], b: &[Bf16], finish: Finish) {
    assert_eq!(spec.write, Write::Set, "gemm_bf16: what is not C cannot be added to");
    match cpu::bf16_unit() {
        Bf16Unit::Tiles => product_into::<InPairs<Tiles>>(spec, a, b, finish),
        Bf16Unit::Pairs => product_into::<InPairs<Paired>>(spec, a, b, finish),
        Bf16Unit::F32 => product_into::<Widened>(spec, a, b, finish),
    }
}

fn finished(spec: Gemm, a: &[Bf16], b: &[Bf16], finish: Finish, c: &mut [f32]) {
    match cpu::bf16_unit() {
        Bf16Unit::Tiles => product::<InPairs<Tiles>>(spec, a, b, finish, c),
        Bf16Unit::Pairs => product::<InPairs<Paired>>(spec, a, b, finish, c),
        Bf16Unit::F32 => product::<Widened>(spec, a, b, finish, c),
    }
}

thread_local! {
    /// Rows of A, rounded, kept to spare allocations.
    static ROUNDED: RefCell<Aligned<Bf16>> = const { RefCell::new(Aligned::new()) };
}

/// [`super::pack_whole`] of B rounded, for a unit.
pub(super) fn pack_whole(unit: Bf16Unit, spec: Gemm, level: Level, b: &[f32]) -> Aligned<f32> {
    let mut rounded = vec![Bf16::default(); b.len()];
    bf16::round(b, &mut rounded);
    match unit {
        Bf16Unit::Tiles => super::pack_whole::<InPairs<Tiles>>(spec, level, &rounded),
        Bf16Unit::Pairs => super::pack_whole::<InPairs<Paired>>(spec, level, &rounded),
        Bf16Unit::F32 => super::pack_whole::<Widened>(spec, level, &rounded),
    }
}

/// [`super::tiles`] of A rounded and all of a B that is packed for the unit.
pub(super) fn tiles(unit: Bf16Unit, spec: Gemm, level: Level, a: &[f32], packed: (&[f32], Finish), c: Shared<f32>) {
    let mut kept = ROUNDED.take();
    let rounded = kept.room(a.len());
    bf16::round(a, rounded);
    match unit {
        Bf16Unit::Tiles => super::tiles::<InPairs<Tiles>>(spec, level, rounded, packed, c, 0..spec.n),
        Bf16Unit::Pairs => super::tiles::<InPairs<Paired>>(spec, level, rounded, packed, c, 0..spec.n),
        Bf16Unit::F32 => super::tiles::<Widened>(spec, level, rounded, packed, c, 0..spec.n),
    }
    ROUNDED.replace(kept);
}

/// The product in plain loops.
pub fn reference_bf16<R: Real>(spec: Gemm, a: &[Bf16], b: &[Bf16], c: &mut [R]) {
    let [a, b] = [a, b].map(|values| values.iter().map(|x| R::of(x.widened().into())).collect::<Vec<R>>());
    reference(spec, &a, &b, c);
}

/// Packed in pairs, for a unit that multiplies them.
struct InPairs<U>(PhantomData<U>);

impl<U: Unit> Form for InPairs<U> {
    type Element = Bf16;
    type Unit = U;
    const PER_PLACE: usize = 2;
    // Single multiply-adds would keep the small numbers that these units take for 0.
    const STREAMS: bool = false;

    #[inline(always)]
    fn lines(of: Operand<'_, Bf16>, k: usize) -> impl Lines {
        Pairs { of, k }
    }
}

/// Widened while packed.
struct Widened;

impl Form for Widened {
    type Element = Bf16;
    type Unit = Single;
    const PER_PLACE: usize = 1;
    const STREAMS: bool = true;

    #[inline(always)]
    fn lines(of: Operand<'_, Bf16>, _k: usize) -> impl Lines {
        of
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gelu::{gelu, gelu_backward, gelu_rounded};
    use crate::gemm::{Layout, gemm};
    use crate::rng;

    fn values(n: usize, seed: u64) -> Vec<Bf16> {
        (0..n).map(|i| Bf16::rounded(rng::uniform([seed, 2], i as u64) * 2.0 - 1.0)).collect()
    }

    /// The same matrix, in which values that are neighbours along k have changed places, and an odd last one stands after a 0: one
    /// chain of additions over it is that of pairs.
    fn swapped(values: &[Bf16], k: usize, is_along: bool) -> Vec<Bf16> {
        let n = values.len().checked_div(k).unwrap_or(0);
        let even = k.next_multiple_of(2);
        let mut swapped = vec![Bf16::default(); n * even];
        for (line, i) in (0..n).flat_map(|line| (0..k).map(move |i| (line, i))) {
            let to = i ^ 1;
            let (from, to) = if is_along { (line * k + i, line * even + to) } else { (i * n + line, to * n + line) };
            swapped[to] = values[from];
        }
        swapped
    }

    const SIZES: [[usize; 3]; 8] =
        [[1, 1, 1], [1, 65, 300], [2, 17, 5], [9, 33, 257], [17, 100, 3], [201, 70, 513], [250, 40, 96], [5, 0, 3]];

    fn check(compare: impl Fn(Gemm, &[Bf16], &[Bf16], &[f32])) {
        let layouts = [Layout::Normal, Layout::Transposed];
        for ([m, n, k], a) in SIZES.into_iter().flat_map(|size| layouts.map(|a| (size, a))) {
            for (b, write) in layouts.into_iter().flat_map(|b| [(b, Write::Set), (b, Write::Add)]) {
                let start: Vec<f32> = values(m * n, 3).iter().map(|x| x.widened()).collect();
                compare(Gemm { m, n, k, a, b, write }, &values(m * k, 1), &values(k * n, 2), &start);
            }
        }
    }

    fn result(start: &[f32], product: impl Fn(&mut [f32])) -> Vec<f32> {
        let mut c = start.to_vec();
        product(&mut c);
        c
    }

    fn bits(values: &[f32]) -> Vec<u32> {
        values.iter().map(|x| x.to_bits()).collect()
    }

    /// Packing and tile of pairs at the levels that split them, where CPUs without `vdpbf16ps` can be tested: at `avx512` nothing but
    /// that instruction is another.
    #[test]
    fn pairs_and_widened_values_have_the_bits_of_f32() {
        check(|spec, left, right, start| {
            let plain = |values: &[Bf16]| values.iter().map(|x| x.widened()).collect::<Vec<_>>();
            let of_pairs = Gemm { k: spec.k.next_multiple_of(2), ..spec };
            let pairs_left = plain(&swapped(left, spec.k, spec.a == Layout::Normal));
            let pairs_right = plain(&swapped(right, spec.k, spec.b == Layout::Transposed));
            for level in Level::ALL.into_iter().filter(|level| level.is_supported()) {
                cpu::with_level(level, || {
                    let expected = result(start, |c| gemm(spec, &plain(left), &plain(right), c));
                    let widened = result(start, |c| product::<Widened>(spec, left, right, Addends::default(), c));
                    assert_eq!(bits(&widened), bits(&expected), "widened, {spec:?} at {level}");
                    if level != Level::Avx512 {
                        let expected = result(start, |c| gemm(of_pairs, &pairs_left, &pairs_right, c));
                        let pairs =
                            result(start, |c| product::<InPairs<Paired>>(spec, left, right, Addends::default(), c));
                        assert_eq!(bits(&pairs), bits(&expected), "pairs, {spec:?} at {level}");
                    }
                });
            }
        });
    }

    /// What is finished on a tile has the bits of what is finished afterwards, at every level.
    #[test]
    fn rounded_results_have_the_bits_of_their_steps() {
        let widened = |values: &[Bf16]| values.iter().map(|x| x.widened()).collect::<Vec<_>>();
        let rounded = |values: &[f32]| values.iter().map(|&x| Bf16::rounded(x)).collect::<Vec<_>>();
        let sizes = SIZES.into_iter().chain([[200, 600, 20], [193, 530, 700]]);
        for (size, level) in
            sizes.flat_map(|size| Level::ALL.map(|level| (size, level))).filter(|(_, l)| l.is_supported())
        {
            let [m, n, k] = size;
            let spec = Gemm { m, n, k, a: Layout::Normal, b: Layout::Transposed, write: Write::Set };
            let (a, b, bias) = (values(m * k, 1), values(n * k, 2), widened(&values(n, 3)));
            cpu::with_level(level, || {
                let what = format!("{spec:?} at {level}");
                let [mut before, mut activated, mut again, mut d] = [(); 4].map(|()| vec![Bf16::default(); m * n]);
                gemm_bf16_gelu(spec, &a, &b, Some(&bias), &mut before, &mut activated);
                let mut c = vec![0.0; m * n];
                gemm_bf16_plus(spec, &a, &b, Addends { bias: Some(&bias), residual: None }, &mut c);
                assert_eq!(before, rounded(&c), "{what}");
                let of = widened(&before);
                gelu(&of, &mut c);
                assert_eq!(activated, rounded(&c), "{what}");
                gelu_rounded(&before, &mut again);
                assert_eq!(activated, again, "{what}");

                gemm_bf16_gelu_backward(spec, &a, &b, &before, &mut d);
                let mut dy = vec![0.0; m * n];
                gemm_bf16(spec, &a, &b, &mut dy);
                gelu_backward(&of, &dy, &mut c, Write::Set);
                assert_eq!(d, rounded(&c), "{what}");
            });
        }
    }

    /// Each unit that this CPU has, though products would take the fastest.
    #[test]
    fn every_unit_is_near_the_reference() {
        check(|spec, left, right, start| {
            let mut expected: Vec<f64> = start.iter().map(|&x| x.into()).collect();
            reference_bf16(spec, left, right, &mut expected);
            let near = |found: &[f32], unit: &str| {
                for (found, expected) in found.iter().zip(&expected) {
                    assert!((f64::from(*found) - expected).abs() < 1e-4, "{found} for {expected}, {unit}, {spec:?}");
                }
            };
            if !Level::Avx512.is_supported() {
                return;
            }
            cpu::with_level(Level::Avx512, || {
                if cpu::has_pairs() {
                    near(
                        &result(start, |c| product::<InPairs<Paired>>(spec, left, right, Addends::default(), c)),
                        "pairs",
                    );
                }
                if cpu::has_tiles() {
                    near(
                        &result(start, |c| product::<InPairs<Tiles>>(spec, left, right, Addends::default(), c)),
                        "tiles",
                    );
                }
            });
        });
    }
}

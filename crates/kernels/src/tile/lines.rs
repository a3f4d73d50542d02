//! Operands as they are stored, read for packing: lines (rows of A, columns of B) that run along k.

use crate::bf16::Bf16;
use crate::simd::{LANES_MAX, Simd};
use std::ops::Range;

/// Lines whose places along k are packed. They lie either side by side, one step of k after the other, or one after the other.
pub(crate) trait Lines: Copy {
    /// Whether they lie side by side; else the places of a line do.
    fn are_side_by_side(self) -> bool;
    /// Place `i` of `n` lines from `first` on, at most `LANES`; lanes beyond hold anything. For lines that lie side by side.
    fn read_across<S: Simd>(self, first: usize, n: usize, i: usize) -> S;
    /// Places `is`, at most `LANES`, of a line, 0 beyond; for lines that lie one after the other.
    fn read_along<S: Simd>(self, line: usize, is: Range<usize>) -> S;
    /// Whether a line is there, and has places up to `end`; for lines that lie one after the other.
    fn reaches(self, line: usize, end: usize) -> bool;
    /// Where a place lies, or would lie beyond the end.
    fn place(self, line: usize, i: usize) -> *const f32;
    /// How many places `lines` lie apart, if places `is` of each lie in memory as they are packed.
    #[inline(always)]
    fn stride_along(self, _lines: Range<usize>, _is: Range<usize>) -> Option<usize> {
        None
    }
}

/// What an operand holds.
pub(crate) trait Element: Copy + Sync {
    fn widened(self) -> f32;
    /// The first `LANES` values; 0 for those that are lacking.
    fn read<S: Simd>(from: &[Self]) -> S;
}

impl Element for f32 {
    #[inline(always)]
    fn widened(self) -> f32 {
        self
    }
    #[inline(always)]
    fn read<S: Simd>(from: &[f32]) -> S {
        S::read(from, 0.0)
    }
}

impl Element for Bf16 {
    #[inline(always)]
    fn widened(self) -> f32 {
        Bf16::widened(self)
    }
    #[inline(always)]
    fn read<S: Simd>(from: &[Bf16]) -> S {
        if from.len() >= S::LANES {
            // SAFETY: the length is checked.
            return unsafe { S::load_bf16(from.as_ptr()) };
        }
        let mut lanes = [0.0; LANES_MAX];
        for (to, &from) in lanes.iter_mut().zip(from) {
            *to = from.widened();
        }
        // SAFETY: no vector is longer than the array.
        unsafe { S::load(lanes.as_ptr()) }
    }
}

/// A matrix by strides: element (o, i) is `data[o * outer + i * inner]`, where i runs along k. A place is an element, widened.
#[derive(Clone, Copy)]
pub(crate) struct Operand<'a, E = f32> {
    pub data: &'a [E],
    pub outer: usize,
    pub inner: usize,
}

impl<E: Element> Lines for Operand<'_, E> {
    #[inline(always)]
    fn are_side_by_side(self) -> bool {
        self.outer == 1
    }
    #[inline(always)]
    fn read_across<S: Simd>(self, first: usize, _n: usize, i: usize) -> S {
        E::read(&self.data[first + i * self.inner..])
    }
    #[inline(always)]
    fn read_along<S: Simd>(self, line: usize, is: Range<usize>) -> S {
        E::read(&self.data[line * self.outer + is.start..line * self.outer + is.end])
    }
    #[inline(always)]
    fn reaches(self, line: usize, end: usize) -> bool {
        line * self.outer + end <= self.data.len()
    }
    #[inline(always)]
    fn place(self, line: usize, i: usize) -> *const f32 {
        self.data.as_ptr().wrapping_add(line * self.outer + i * self.inner).cast()
    }
}

/// What pairs of bf16 are made of.
pub(crate) trait PairElement: Element {
    /// Whether pairs lie in memory as they are packed.
    const LIE_AS_PAIRS: bool;
    /// Pairs of `n` lines that lie side by side, of which `first` and `second` begin with the elements; 0 for those that are lacking.
    /// Lanes beyond hold anything.
    fn across<S: Simd>(first: &[Self], second: &[Self], n: usize) -> S;
    /// Pairs of neighbours, at most `LANES`; 0 for those that are lacking.
    fn along<S: Simd>(elements: &[Self]) -> S;
}

impl PairElement for Bf16 {
    const LIE_AS_PAIRS: bool = true;

    #[inline(always)]
    fn across<S: Simd>(first: &[Bf16], second: &[Bf16], n: usize) -> S {
        if first.len() >= S::LANES && second.len() >= S::LANES {
            // SAFETY: the lengths are checked.
            return unsafe { S::load_pairs(first.as_ptr(), second.as_ptr()) };
        }
        let element = |of: &[Bf16], line: usize| of.get(line).copied().unwrap_or_default();
        let mut lanes = [0.0; LANES_MAX];
        for (line, lane) in lanes[..n].iter_mut().enumerate() {
            *lane = pair(element(first, line), element(second, line));
        }
        // SAFETY: no vector is longer than the array.
        unsafe { S::load(lanes.as_ptr()) }
    }
    #[inline(always)]
    fn along<S: Simd>(elements: &[Bf16]) -> S {
        if elements.len() >= 2 * S::LANES {
            // SAFETY: the length is checked; in memory a pair is a place.
            return unsafe { S::load(elements.as_ptr().cast()) };
        }
        let (pairs, rest) = elements.as_chunks::<2>();
        let mut lanes = [0.0; LANES_MAX];
        for (lane, &[first, second]) in lanes.iter_mut().zip(pairs) {
            *lane = pair(first, second);
        }
        if let [last] = rest {
            lanes[pairs.len()] = pair(*last, Bf16::default());
        }
        // SAFETY: no vector is longer than the array.
        unsafe { S::load(lanes.as_ptr()) }
    }
}

/// Rounded as they are read.
impl PairElement for f32 {
    const LIE_AS_PAIRS: bool = false;

    #[inline(always)]
    fn across<S: Simd>(first: &[f32], second: &[f32], _n: usize) -> S {
        S::round_pairs(S::read(first, 0.0), S::read(second, 0.0))
    }
    #[inline(always)]
    fn along<S: Simd>(elements: &[f32]) -> S {
        S::round_along(S::read(elements, 0.0), S::read(&elements[S::LANES.min(elements.len())..], 0.0))
    }
}

/// A matrix whose place i holds elements 2 i and 2 i + 1 of a line in bf16, the first in the lower half, as both lie in memory.
/// After the last element, in its own place and in places beyond, stand zeros.
#[derive(Clone, Copy)]
pub(crate) struct Pairs<'a, E = Bf16> {
    pub of: Operand<'a, E>,
    /// Elements of a line.
    pub k: usize,
}

#[inline(always)]
pub(crate) fn pair(first: Bf16, second: Bf16) -> f32 {
    f32::from_bits(u32::from(second.to_bits()) << 16 | u32::from(first.to_bits()))
}

impl<E: PairElement> Lines for Pairs<'_, E> {
    #[inline(always)]
    fn are_side_by_side(self) -> bool {
        self.of.are_side_by_side()
    }
    #[inline(always)]
    fn read_across<S: Simd>(self, first: usize, n: usize, i: usize) -> S {
        let step = |i: usize| if i < self.k { &self.of.data[first + i * self.of.inner..] } else { &[] };
        E::across(step(2 * i), step(2 * i + 1), n)
    }
    #[inline(always)]
    fn read_along<S: Simd>(self, line: usize, is: Range<usize>) -> S {
        let line = &self.of.data[line * self.of.outer..][..self.k];
        E::along(&line[self.k.min(2 * is.start)..self.k.min(2 * is.end)])
    }
    #[inline(always)]
    fn reaches(self, line: usize, end: usize) -> bool {
        2 * end <= self.k && self.of.reaches(line, 2 * end)
    }
    #[inline(always)]
    fn place(self, line: usize, i: usize) -> *const f32 {
        self.of.place(line, 2 * i)
    }
    #[inline(always)]
    fn stride_along(self, lines: Range<usize>, is: Range<usize>) -> Option<usize> {
        let Operand { outer, inner, .. } = self.of;
        let is_there = self.reaches(lines.end.saturating_sub(1), is.end);
        (E::LIE_AS_PAIRS && inner == 1 && outer.is_multiple_of(2) && is_there).then_some(outer / 2)
    }
}

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

/// A matrix of bf16 whose place i holds elements 2 i and 2 i + 1 of a line, the first in the lower half, as both lie in memory.
/// After the last element, in its own place and in places beyond, stand zeros.
#[derive(Clone, Copy)]
pub(crate) struct Pairs<'a> {
    pub of: Operand<'a, Bf16>,
    /// Elements of a line.
    pub k: usize,
}

#[inline(always)]
pub(crate) fn pair(first: Bf16, second: Bf16) -> f32 {
    f32::from_bits(u32::from(second.to_bits()) << 16 | u32::from(first.to_bits()))
}

impl Lines for Pairs<'_> {
    #[inline(always)]
    fn are_side_by_side(self) -> bool {
        self.of.are_side_by_side()
    }
    #[inline(always)]
    fn read_across<S: Simd>(self, first: usize, n: usize, i: usize) -> S {
        let start = first + 2 * i * self.of.inner;
        if 2 * i + 1 < self.k && start + self.of.inner + S::LANES <= self.of.data.len() {
            let firsts = self.of.data[start..].as_ptr();
            // SAFETY: the length is checked.
            return unsafe { S::load_pairs(firsts, firsts.add(self.of.inner)) };
        }
        let element = |line: usize, of: usize| match 2 * i + of < self.k {
            true => self.of.data[start + of * self.of.inner + line],
            false => Bf16::default(),
        };
        let mut lanes = [0.0; LANES_MAX];
        for (line, lane) in lanes[..n].iter_mut().enumerate() {
            *lane = pair(element(line, 0), element(line, 1));
        }
        // SAFETY: no vector is longer than the array.
        unsafe { S::load(lanes.as_ptr()) }
    }
    #[inline(always)]
    fn read_along<S: Simd>(self, line: usize, is: Range<usize>) -> S {
        let line = &self.of.data[line * self.of.outer..][..self.k];
        let elements = &line[self.k.min(2 * is.start)..self.k.min(2 * is.end)];
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
        (inner == 1 && outer.is_multiple_of(2) && is_there).then_some(outer / 2)
    }
}

/// A matrix of f32 as [`Pairs`] are kept, its values rounded as they are read.
#[derive(Clone, Copy)]
pub(crate) struct Rounded<'a> {
    pub of: Operand<'a>,
    /// Elements of a line.
    pub k: usize,
}

impl Lines for Rounded<'_> {
    #[inline(always)]
    fn are_side_by_side(self) -> bool {
        self.of.are_side_by_side()
    }
    #[inline(always)]
    fn read_across<S: Simd>(self, first: usize, n: usize, i: usize) -> S {
        let lanes = |i: usize| if i < self.k { self.of.read_across(first, n, i) } else { S::splat(0.0) };
        S::round_pairs(lanes(2 * i), lanes(2 * i + 1))
    }
    #[inline(always)]
    fn read_along<S: Simd>(self, line: usize, is: Range<usize>) -> S {
        let elements = |first: usize| {
            let end = (2 * is.end).min(first + S::LANES).min(self.k);
            self.of.read_along(line, first.min(end)..end)
        };
        S::round_along(elements(2 * is.start), elements(2 * is.start + S::LANES))
    }
    #[inline(always)]
    fn reaches(self, line: usize, end: usize) -> bool {
        2 * end <= self.k && self.of.reaches(line, 2 * end)
    }
    #[inline(always)]
    fn place(self, line: usize, i: usize) -> *const f32 {
        self.of.place(line, 2 * i)
    }
}

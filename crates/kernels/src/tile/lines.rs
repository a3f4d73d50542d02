//! Operands as they are stored, read for packing: lines (rows of A, columns of B) that run along k.

use crate::bf16::Bf16;
use crate::simd::{LANES_MAX, Simd};
use std::ops::Range;

/// Lines whose places along k are packed. They lie either side by side, one step of k after the other, or one after the other.
pub(crate) trait Lines: Copy {
    /// Whether they lie side by side; else the places of a line do.
    fn are_side_by_side(self) -> bool;
    /// Place `i` of the lines from `first` on, as many as `to` takes; for lines that lie side by side.
    fn copy_across(self, first: usize, i: usize, to: &mut [f32]);
    /// Places `is`, at most `LANES`, of a line, 0 beyond; for lines that lie one after the other.
    fn read_along<S: Simd>(self, line: usize, is: Range<usize>) -> S;
    /// Where a place lies, or would lie beyond the end.
    fn place(self, line: usize, i: usize) -> *const f32;
}

/// What an operand holds.
pub(crate) trait Element: Copy + Sync {
    fn widened(self) -> f32;
    /// The first `LANES` values; 0 for those that are lacking.
    fn read<S: Simd>(from: &[Self]) -> S;
    fn copy(from: &[Self], to: &mut [f32]);
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
    #[inline(always)]
    fn copy(from: &[f32], to: &mut [f32]) {
        to.copy_from_slice(from);
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
        Bf16::copy(from, &mut lanes[..from.len()]);
        // SAFETY: no vector is longer than the array.
        unsafe { S::load(lanes.as_ptr()) }
    }
    #[inline(always)]
    fn copy(from: &[Bf16], to: &mut [f32]) {
        for (to, &from) in to.iter_mut().zip(from) {
            *to = from.widened();
        }
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
    fn copy_across(self, first: usize, i: usize, to: &mut [f32]) {
        E::copy(&self.data[first + i * self.inner..][..to.len()], to);
    }
    #[inline(always)]
    fn read_along<S: Simd>(self, line: usize, is: Range<usize>) -> S {
        E::read(&self.data[line * self.outer + is.start..line * self.outer + is.end])
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
fn pair(first: Bf16, second: Bf16) -> f32 {
    f32::from_bits(u32::from(second.to_bits()) << 16 | u32::from(first.to_bits()))
}

impl Lines for Pairs<'_> {
    #[inline(always)]
    fn are_side_by_side(self) -> bool {
        self.of.are_side_by_side()
    }
    #[inline(always)]
    fn copy_across(self, first: usize, i: usize, to: &mut [f32]) {
        let start = first + 2 * i * self.of.inner;
        if 2 * i >= self.k {
            to.fill(0.0);
            return;
        }
        let firsts = &self.of.data[start..][..to.len()];
        if 2 * i + 1 < self.k {
            let seconds = &self.of.data[start + self.of.inner..][..to.len()];
            for (to, (&first, &second)) in to.iter_mut().zip(firsts.iter().zip(seconds)) {
                *to = pair(first, second);
            }
        } else {
            for (to, &first) in to.iter_mut().zip(firsts) {
                *to = pair(first, Bf16::default());
            }
        }
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
    fn place(self, line: usize, i: usize) -> *const f32 {
        self.of.place(line, 2 * i)
    }
}

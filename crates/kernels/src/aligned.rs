//! Values that begin where a line of the cache does.
//!
//! A vector of 64 bytes that begins elsewhere lies across two lines and takes two accesses, and a row of a tile takes two for one. The
//! C library puts large blocks 16 bytes behind such a place, and with them every vector in them; products of bf16 on tiles take up
//! to half as long again there (`docs/log/2026-11-30-aligned.md`).
//!
//! The length is fixed: no `Vec`.

use std::ops::{Deref, DerefMut};

/// Bytes in a line of the cache.
const LINE: usize = 64;

/// Values of which the first lies at the beginning of a line.
///
/// ```
/// let mut values = kernels::Aligned::zeroed(3);
/// values[2] = 1.0_f32;
/// assert_eq!(values[..], [0.0, 0.0, 1.0]);
/// assert!(values.as_ptr().addr().is_multiple_of(64));
/// ```
#[derive(Debug, Default)]
pub struct Aligned<T> {
    /// They are among these.
    around: Vec<T>,
    start: usize,
    len: usize,
}

impl<T> Aligned<T> {
    /// None.
    pub const fn new() -> Aligned<T> {
        Aligned { around: Vec::new(), start: 0, len: 0 }
    }
}

impl<T: Copy + Default> Aligned<T> {
    /// `len` zeros, or what else is the default.
    pub fn zeroed(len: usize) -> Aligned<T> {
        if len == 0 {
            return Aligned::default();
        }
        let spare = LINE / size_of::<T>();
        let around = vec![T::default(); len + spare];
        let start = around.as_ptr().align_offset(LINE).min(spare);
        Aligned { around, start, len }
    }

    /// The first `len` values, which hold anything; others take their place if there are fewer.
    pub fn room(&mut self, len: usize) -> &mut [T] {
        if self.len < len {
            *self = Aligned::zeroed(len);
        }
        &mut self[..len]
    }
}

impl<T> Deref for Aligned<T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        &self.around[self.start..self.start + self.len]
    }
}

impl<T> DerefMut for Aligned<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.around[self.start..self.start + self.len]
    }
}

impl<T: Copy + Default> From<&[T]> for Aligned<T> {
    fn from(values: &[T]) -> Aligned<T> {
        let mut aligned = Aligned::zeroed(values.len());
        aligned.copy_from_slice(values);
        aligned
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bf16::Bf16;

    #[test]
    fn values_begin_at_a_line_and_are_kept() {
        for len in [1, 15, 16, 100, 4096, 1 << 20] {
            let floats: Vec<f32> = (0..len).map(|i| i as f32).collect();
            let aligned = Aligned::from(&floats[..]);
            assert_eq!((aligned.as_ptr().addr() % LINE, &aligned[..]), (0, &floats[..]));
            assert!(Aligned::<Bf16>::zeroed(len).as_ptr().addr().is_multiple_of(LINE));
        }
        assert!(Aligned::<f32>::zeroed(0).is_empty() && Aligned::<f32>::new().is_empty());
    }

    #[test]
    fn room_grows_and_stays() {
        let mut values = Aligned::new();
        values.room(3).fill(1.0_f32);
        assert_eq!(values.room(2), [1.0, 1.0]);
        let first = values.as_ptr();
        values.room(3);
        assert_eq!((values.as_ptr(), values.room(1000).len()), (first, 1000));
    }
}

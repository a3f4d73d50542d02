//! Dropout: each value is kept with probability `1 - p` and scaled by `1 / (1 - p)`, else 0.
//!
//! Which values are kept is a function of the key and the position ([`crate::rng`]), so the backward pass
//! needs no stored mask and tasks need no order. The generator's time dominates: a vector's worth of its
//! blocks is computed side by side.

use crate::pool::{Shared, parallel_rows};
use crate::simd::{Kernel, Simd, dispatch};
use crate::{Real, Write, cpu, rng};

/// `y = x * mask / (1 - p)`.
pub fn dropout(x: &[f32], p: f32, key: [u64; 2], y: &mut [f32]) {
    dropout_backward(x, p, key, y, Write::Set);
}

/// `dx (=|+=) dy * mask / (1 - p)`, with the mask of the same key.
pub fn dropout_backward(dy: &[f32], p: f32, key: [u64; 2], dx: &mut [f32], write: Write) {
    assert_valid(dy, p, dx);
    let (level, dx) = (cpu::level(), Shared::new(dx));
    let scale = (1.0 / (1.0 - f64::from(p))) as f32;
    parallel_rows(dy.len(), 1, |range| {
        // SAFETY: ranges of tasks are disjoint.
        let dx = unsafe { dx.range(range.clone()) };
        dispatch(level, Mask { dy: &dy[range.clone()], first: range.start as u64, p, scale, key, dx, write });
    });
}

/// [`dropout_backward`] in plain loops.
pub fn reference<R: Real>(dy: &[R], p: f32, key: [u64; 2], dx: &mut [R], write: Write) {
    assert_valid(dy, p, dx);
    let scale = R::of(1.0 / (1.0 - f64::from(p)));
    for (i, (&dy, dx)) in dy.iter().zip(dx).enumerate() {
        let keep = rng::uniform(key, i as u64) >= p;
        write.put(dx, if keep { dy * scale } else { R::default() });
    }
}

fn assert_valid<R>(dy: &[R], p: f32, dx: &[R]) {
    assert_eq!(dy.len(), dx.len(), "dropout: sizes of input and output");
    assert!((0.0..1.0).contains(&p), "dropout: p is {p}, expected 0 <= p < 1");
}

struct Mask<'a> {
    dy: &'a [f32],
    /// Position of the first value, a multiple of [`BLOCKS`] times 4.
    first: u64,
    p: f32,
    scale: f32,
    key: [u64; 2],
    dx: &'a mut [f32],
    write: Write,
}

/// Blocks of the generator side by side; each gives four values.
const BLOCKS: usize = 8;

impl Kernel for Mask<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        let mut factors = [0.0; 4 * BLOCKS];
        for (i, (dy, dx)) in self.dy.chunks(4 * BLOCKS).zip(self.dx.chunks_mut(4 * BLOCKS)).enumerate() {
            let words = rng::blocks::<BLOCKS>(self.key, self.first / 4 + (i * BLOCKS) as u64);
            for block in 0..BLOCKS {
                for word in 0..4 {
                    let keep = rng::to_unit(words[word][block]) >= self.p;
                    factors[4 * block + word] = if keep { self.scale } else { 0.0 };
                }
            }
            // A dropped value is 0 even where the input is infinite, so it is chosen, not multiplied.
            for ((dx, &dy), &factor) in dx.iter_mut().zip(dy).zip(&factors) {
                let value = if factor == 0.0 { 0.0 } else { dy * factor };
                match self.write {
                    Write::Set => *dx = value,
                    Write::Add => *dx += value,
                }
            }
        }
    }
}

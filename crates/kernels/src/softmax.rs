//! Softmax of each row: `exp(x - max) / sum(exp(x - max))`.

use crate::pool::{Shared, parallel_rows};
use crate::simd::{Kernel, Simd, dispatch};
use crate::{Real, cpu};

/// `y` = softmax of each row of `x` `[n, width]`.
pub fn softmax_rows(x: &[f32], width: usize, y: &mut [f32]) {
    assert_eq!(x.len(), y.len(), "softmax_rows: sizes of x and y");
    if width == 0 {
        return;
    }
    assert_eq!(x.len() % width, 0, "softmax_rows: {} values in rows of {width}", x.len());
    let (level, y) = (cpu::level(), Shared::new(y));
    parallel_rows(x.len() / width, width, |rows| {
        let range = rows.start * width..rows.end * width;
        // SAFETY: rows of tasks are disjoint.
        let y = unsafe { y.range(range.clone()) };
        dispatch(level, Rows { x: &x[range], width, y });
    });
}

/// [`softmax_rows`] in plain loops.
pub fn reference<R: Real>(x: &[R], width: usize, y: &mut [R]) {
    assert_eq!(x.len(), y.len(), "softmax_rows: sizes of x and y");
    if width == 0 {
        return;
    }
    assert_eq!(x.len() % width, 0, "softmax_rows: {} values in rows of {width}", x.len());
    for (x, y) in x.chunks_exact(width).zip(y.chunks_exact_mut(width)) {
        let largest = x.iter().fold(x[0], |a, &b| a.larger(b));
        let mut sum = R::default();
        for (&x, y) in x.iter().zip(y.iter_mut()) {
            *y = (x - largest).exp();
            sum += *y;
        }
        for y in y {
            *y = *y / sum;
        }
    }
}

struct Rows<'a> {
    x: &'a [f32],
    width: usize,
    y: &'a mut [f32],
}

impl Kernel for Rows<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        for (x, y) in self.x.chunks_exact(self.width).zip(self.y.chunks_exact_mut(self.width)) {
            let largest = largest::<S>(x);
            let sum = exp_row::<S>(x, largest, y);
            let factor = S::splat(1.0 / sum);
            for i in (0..y.len()).step_by(S::LANES) {
                S::read(&y[i..], 0.0).mul(factor).write(&mut y[i..]);
            }
        }
    }
}

/// The largest value of a row.
#[inline(always)]
pub(crate) fn largest<S: Simd>(x: &[f32]) -> f32 {
    let mut largest = S::splat(f32::NEG_INFINITY);
    for i in (0..x.len()).step_by(S::LANES) {
        largest = largest.max(S::read(&x[i..], f32::NEG_INFINITY));
    }
    largest.largest()
}

/// `y = exp(x - shift)`; returns the sum.
#[inline(always)]
pub(crate) fn exp_row<S: Simd>(x: &[f32], shift: f32, y: &mut [f32]) -> f32 {
    let shift = S::splat(shift);
    let mut sum = S::splat(0.0);
    for i in (0..x.len()).step_by(S::LANES) {
        let e = S::read(&x[i..], f32::NEG_INFINITY).sub(shift).exp();
        e.write(&mut y[i..]);
        sum = sum.add(e);
    }
    sum.sum()
}

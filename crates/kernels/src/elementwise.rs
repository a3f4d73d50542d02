//! Sums and scalings of whole slices and of rows.
//!
//! Their time goes to memory, so all the threads' share of it matters more than the arithmetic. Sums down
//! columns are cut by columns: each column is one chain of additions in rising row, whatever the threads.

use crate::bf16::Bf16;
use crate::pool::{Shared, parallel_for, parallel_rows};
use crate::simd::{Kernel, Simd, dispatch};
use crate::tile::Element;
use crate::{Write, cpu};
use std::ops::Range;

/// `y = a + b`.
pub fn add(a: &[f32], b: &[f32], y: &mut [f32]) {
    assert_eq!((a.len(), b.len()), (y.len(), y.len()), "add: sizes of a, b and y");
    let (level, y) = (cpu::level(), Shared::new(y));
    parallel_rows(a.len(), 1, |range| {
        // SAFETY: ranges of tasks are disjoint.
        let y = unsafe { y.range(range.clone()) };
        dispatch(level, Sum { a: &a[range.clone()], b: &b[range], y });
    });
}

/// `y += alpha * x`.
pub fn axpy(alpha: f32, x: &[f32], y: &mut [f32]) {
    assert_eq!(x.len(), y.len(), "axpy: sizes of x and y");
    let (level, y) = (cpu::level(), Shared::new(y));
    parallel_rows(x.len(), 1, |range| {
        // SAFETY: ranges of tasks are disjoint.
        let y = unsafe { y.range(range.clone()) };
        dispatch(level, AddScaled { alpha, x: &x[range], y });
    });
}

/// `x *= alpha`.
pub fn scale(alpha: f32, x: &mut [f32]) {
    let (n, x) = (x.len(), Shared::new(x));
    parallel_rows(n, 1, |range| {
        // SAFETY: ranges of tasks are disjoint.
        for x in unsafe { x.range(range) } {
            *x *= alpha;
        }
    });
}

/// `y = keep * y + (1 - keep) * x`, one step of an exponential moving average.
pub fn moving_average(keep: f32, x: &[f32], y: &mut [f32]) {
    assert_eq!(x.len(), y.len(), "moving_average: sizes of x and y");
    let y = Shared::new(y);
    parallel_rows(x.len(), 1, |range| {
        // SAFETY: ranges of tasks are disjoint.
        for (y, x) in unsafe { y.range(range.clone()) }.iter_mut().zip(&x[range]) {
            *y += (1.0 - keep) * (x - *y);
        }
    });
}

/// Adds `bias` `[d]` to each row of `x` `[n, d]`.
pub fn add_rows(bias: &[f32], x: &mut [f32]) {
    let d = bias.len();
    if d == 0 {
        return;
    }
    assert_eq!(x.len() % d, 0, "add_rows: {} values in rows of {d}", x.len());
    let level = cpu::level();
    let (n, x) = (x.len() / d, Shared::new(x));
    parallel_rows(n, d, |rows| {
        // SAFETY: rows of tasks are disjoint.
        let x = unsafe { x.range(rows.start * d..rows.end * d) };
        dispatch(level, AddToRows { bias, x });
    });
}

/// `y[j] += sum over rows of x[i, j]`, `x` `[n, width]`: the gradient of [`add_rows`].
pub fn sum_rows(x: &[f32], width: usize, y: &mut [f32]) {
    sum_down(x, width, y);
}

/// [`sum_rows`] of numbers in bf16, in f32.
pub fn sum_rows_bf16(x: &[Bf16], width: usize, y: &mut [f32]) {
    sum_down(x, width, y);
}

fn sum_down<E: Element>(x: &[E], width: usize, y: &mut [f32]) {
    assert_eq!(y.len(), width, "sum_rows: size of y");
    if width == 0 {
        return;
    }
    assert_eq!(x.len() % width, 0, "sum_rows: {} values in rows of {width}", x.len());
    let (level, y) = (cpu::level(), Shared::new(y));
    parallel_for(width.div_ceil(SUM_COLUMNS), |task| {
        let columns = task * SUM_COLUMNS..((task + 1) * SUM_COLUMNS).min(width);
        // SAFETY: columns of tasks are disjoint.
        let y = unsafe { y.range(columns.clone()) };
        dispatch(level, SumDown { x, width, first: columns.start, y });
    });
}

/// `y = x[:, columns]` for `x` `[n, width]`.
pub fn take_columns(x: &[f32], width: usize, columns: Range<usize>, y: &mut [f32]) {
    assert!(columns.end <= width, "take_columns: {columns:?} of {width}");
    let n = x.len() / width.max(1);
    assert_eq!((x.len(), y.len()), (n * width, n * columns.len()), "take_columns: sizes of x and y");
    let y = Shared::new(y);
    parallel_rows(n, columns.len(), |rows| {
        for i in rows {
            // SAFETY: rows of tasks are disjoint.
            let y = unsafe { y.range(i * columns.len()..(i + 1) * columns.len()) };
            y.copy_from_slice(&x[i * width..][columns.clone()]);
        }
    });
}

/// `dx[:, columns] (=|+=) dy` for `dx` `[n, width]`; the other columns become 0, or stay.
pub fn take_columns_backward(dy: &[f32], width: usize, columns: Range<usize>, dx: &mut [f32], write: Write) {
    assert!(columns.end <= width, "take_columns_backward: {columns:?} of {width}");
    let n = dx.len() / width.max(1);
    assert_eq!((dx.len(), dy.len()), (n * width, n * columns.len()), "take_columns_backward: sizes of dx and dy");
    let dx = Shared::new(dx);
    parallel_rows(n, width, |rows| {
        for i in rows {
            // SAFETY: rows of tasks are disjoint.
            let dx = unsafe { dx.range(i * width..(i + 1) * width) };
            let dy = &dy[i * columns.len()..][..columns.len()];
            match write {
                Write::Set => {
                    dx[..columns.start].fill(0.0);
                    dx[columns.clone()].copy_from_slice(dy);
                    dx[columns.end..].fill(0.0);
                }
                Write::Add => dx[columns.clone()].iter_mut().zip(dy).for_each(|(dx, dy)| *dx += dy),
            }
        }
    });
}

/// Sum of the squares of all values, in f64; chunks are summed in order, so threads do not change it.
pub fn sum_of_squares(x: &[f32]) -> f64 {
    const CHUNK: usize = 1 << 14;
    const CHUNKS_AT_ONCE: usize = 64;
    let mut total = 0.0;
    for x in x.chunks(CHUNK * CHUNKS_AT_ONCE) {
        let mut sums = [0.0; CHUNKS_AT_ONCE];
        let shared = Shared::new(&mut sums);
        parallel_for(x.len().div_ceil(CHUNK), |i| {
            let chunk = &x[i * CHUNK..((i + 1) * CHUNK).min(x.len())];
            // Eight sums side by side, which the compiler puts into vectors.
            let mut lanes = [0.0f64; 8];
            for eight in chunk.chunks(8) {
                for (lane, &x) in lanes.iter_mut().zip(eight) {
                    *lane += f64::from(x) * f64::from(x);
                }
            }
            // SAFETY: each task has its own place.
            let place = unsafe { shared.range(i..i + 1) };
            place[0] = lanes.iter().sum();
        });
        total += sums.iter().sum::<f64>();
    }
    total
}

/// Columns that one task of [`sum_rows`] goes down: two cache lines.
const SUM_COLUMNS: usize = 32;

struct Sum<'a> {
    a: &'a [f32],
    b: &'a [f32],
    y: &'a mut [f32],
}

impl Kernel for Sum<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        for i in (0..self.y.len()).step_by(S::LANES) {
            S::read(&self.a[i..], 0.0).add(S::read(&self.b[i..], 0.0)).write(&mut self.y[i..]);
        }
    }
}

struct AddScaled<'a> {
    alpha: f32,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl Kernel for AddScaled<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        let alpha = S::splat(self.alpha);
        for i in (0..self.y.len()).step_by(S::LANES) {
            let y = S::read(&self.y[i..], 0.0);
            S::read(&self.x[i..], 0.0).mul_add(alpha, y).write(&mut self.y[i..]);
        }
    }
}

struct AddToRows<'a> {
    bias: &'a [f32],
    x: &'a mut [f32],
}

impl Kernel for AddToRows<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        for row in self.x.chunks_exact_mut(self.bias.len()) {
            for i in (0..row.len()).step_by(S::LANES) {
                S::read(&row[i..], 0.0).add(S::read(&self.bias[i..], 0.0)).write(&mut row[i..]);
            }
        }
    }
}

/// Columns of `x` from `first` on, as many as `y` has.
struct SumDown<'a, E> {
    x: &'a [E],
    width: usize,
    first: usize,
    y: &'a mut [f32],
}

impl<E: Element> Kernel for SumDown<'_, E> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        let n = self.y.len();
        if n == SUM_COLUMNS {
            let mut sums = [S::splat(0.0); SUM_COLUMNS / 8];
            let sums = &mut sums[..SUM_COLUMNS / S::LANES];
            for row in self.x.chunks_exact(self.width) {
                let row = &row[self.first..self.first + SUM_COLUMNS];
                for (sum, x) in sums.iter_mut().zip(row.chunks_exact(S::LANES)) {
                    *sum = sum.add(E::read(x));
                }
            }
            for (sum, y) in sums.iter().zip(self.y.chunks_exact_mut(S::LANES)) {
                sum.add(S::read(y, 0.0)).write(y);
            }
        } else {
            let mut sums = [0.0; SUM_COLUMNS];
            for row in self.x.chunks_exact(self.width) {
                for (sum, &x) in sums.iter_mut().zip(&row[self.first..self.first + n]) {
                    *sum += x.widened();
                }
            }
            for (y, sum) in self.y.iter_mut().zip(sums) {
                *y += sum;
            }
        }
    }
}

//! Sums and scalings of whole slices and of rows.

use crate::pool::{Shared, parallel_for};

/// `y = a + b`.
pub fn add(a: &[f32], b: &[f32], y: &mut [f32]) {
    assert_eq!((a.len(), b.len()), (y.len(), y.len()), "add: sizes of a, b and y");
    for ((y, a), b) in y.iter_mut().zip(a).zip(b) {
        *y = a + b;
    }
}

/// `y += alpha * x`.
pub fn axpy(alpha: f32, x: &[f32], y: &mut [f32]) {
    assert_eq!(x.len(), y.len(), "axpy: sizes of x and y");
    for (y, x) in y.iter_mut().zip(x) {
        *y += alpha * x;
    }
}

/// `x *= alpha`.
pub fn scale(alpha: f32, x: &mut [f32]) {
    for x in x {
        *x *= alpha;
    }
}

/// Adds `bias` `[d]` to each row of `x` `[n, d]`.
pub fn add_rows(bias: &[f32], x: &mut [f32]) {
    for row in x.chunks_exact_mut(bias.len()) {
        for (x, bias) in row.iter_mut().zip(bias) {
            *x += bias;
        }
    }
}

/// `y[j] += sum over rows of x[i, j]`, `x` `[n, width]`: the gradient of [`add_rows`].
pub fn sum_rows(x: &[f32], width: usize, y: &mut [f32]) {
    assert_eq!(y.len(), width, "sum_rows: size of y");
    for row in x.chunks_exact(width) {
        for (y, x) in y.iter_mut().zip(row) {
            *y += x;
        }
    }
}

/// Sum of the squares of all values, in f64; chunks are summed in order, so threads do not change it.
pub fn sum_of_squares(x: &[f32]) -> f64 {
    const CHUNK: usize = 1 << 14;
    let mut sums = vec![0.0; x.len().div_ceil(CHUNK)];
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
    sums.iter().sum()
}

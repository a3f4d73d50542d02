//! Softmax of each row: `exp(x - max) / sum(exp(x - max))`.

use crate::Real;

/// `y` = softmax of each row of `x` `[n, width]`.
pub fn softmax_rows(x: &[f32], width: usize, y: &mut [f32]) {
    reference(x, width, y);
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

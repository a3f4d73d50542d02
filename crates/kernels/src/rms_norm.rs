//! Root mean square normalisation over rows: `y = x / sqrt(mean(x^2) + eps) * gain`.
//!
//! Layer normalisation without its mean and bias (Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019), as in
//! Llama and Qwen. The backward pass is plain loops: models are not trained with it at speed yet.

use crate::pool::{Shared, parallel_rows};
use crate::simd::{Kernel, Simd, dispatch};
use crate::{Real, Write, cpu};

/// Normalises each row of `x` `[n, d]`; `rstd` `[n]` keeps `1 / sqrt(mean(x^2) + eps)` for the backward pass.
///
/// ```
/// let (mut y, mut rstd) = ([0.0; 2], [0.0]);
/// kernels::rms_norm::rms_norm(&[3.0, 4.0], &[1.0, 2.0], 0.0, &mut y, &mut rstd);
/// assert!((y[0] - 3.0 / 12.5f32.sqrt()).abs() < 1e-6 && (y[1] - 8.0 / 12.5f32.sqrt()).abs() < 1e-6);
/// ```
pub fn rms_norm(x: &[f32], gain: &[f32], eps: f32, y: &mut [f32], rstd: &mut [f32]) {
    let d = gain.len();
    assert_eq!((x.len(), y.len()), (rstd.len() * d, rstd.len() * d), "rms_norm: sizes of x and y");
    let level = cpu::level();
    let (n, y, rstd) = (rstd.len(), Shared::new(y), Shared::new(rstd));
    parallel_rows(n, d, |rows| {
        let here = rows.start * d..rows.end * d;
        // SAFETY: rows of tasks are disjoint.
        let (y, rstd) = unsafe { (y.range(here.clone()), rstd.range(rows)) };
        dispatch(level, Forward { x: &x[here], gain, eps, y, rstd });
    });
}

/// [`rms_norm`] in plain loops.
pub fn reference<R: Real>(x: &[R], gain: &[R], eps: R, y: &mut [R], rstd: &mut [R]) {
    let d = gain.len();
    for (i, x) in x.chunks_exact(d).enumerate() {
        let mut squares = R::default();
        for &x in x {
            squares += x * x;
        }
        rstd[i] = R::of(1.0) / (squares / R::of(d as f64) + eps).sqrt();
        for j in 0..d {
            y[i * d + j] = x[j] * rstd[i] * gain[j];
        }
    }
}

/// What the backward pass gets.
#[derive(Clone, Copy)]
pub struct RmsNormGrad<'a, R = f32> {
    /// The input `[n, d]`.
    pub x: &'a [R],
    /// The gain `[d]`.
    pub gain: &'a [R],
    /// What the forward pass kept `[n]`.
    pub rstd: &'a [R],
    /// The output's gradient `[n, d]`.
    pub dy: &'a [R],
}

/// `dx (=|+=)` and `dgain +=`; either may be left out.
pub fn rms_norm_backward<R: Real>(
    grad: RmsNormGrad<R>,
    mut dx: Option<&mut [R]>,
    write: Write,
    mut dgain: Option<&mut [R]>,
) {
    let RmsNormGrad { x, gain, rstd, dy } = grad;
    let d = gain.len();
    assert_eq!((x.len(), dy.len()), (rstd.len() * d, rstd.len() * d), "rms_norm_backward: sizes of x and dy");
    for (i, &rstd) in rstd.iter().enumerate() {
        let row = i * d..(i + 1) * d;
        let (x, dy) = (&x[row.clone()], &dy[row.clone()]);
        // Mean over the row of dy * gain * normal: what the root mean square passes on.
        let mut sum = R::default();
        for j in 0..d {
            sum += dy[j] * gain[j] * x[j] * rstd;
        }
        let mean = sum / R::of(d as f64);
        if let Some(dx) = dx.as_deref_mut() {
            for (j, place) in dx[row].iter_mut().enumerate() {
                write.put(place, (dy[j] * gain[j] - x[j] * rstd * mean) * rstd);
            }
        }
        if let Some(dgain) = dgain.as_deref_mut() {
            for j in 0..d {
                dgain[j] += dy[j] * x[j] * rstd;
            }
        }
    }
}

struct Forward<'a> {
    x: &'a [f32],
    gain: &'a [f32],
    eps: f32,
    y: &'a mut [f32],
    rstd: &'a mut [f32],
}

impl Kernel for Forward<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        let d = self.gain.len();
        for (i, (x, y)) in self.x.chunks_exact(d).zip(self.y.chunks_exact_mut(d)).enumerate() {
            let mut squares = S::splat(0.0);
            for j in (0..d).step_by(S::LANES) {
                let x = S::read(&x[j..], 0.0);
                squares = x.mul_add(x, squares);
            }
            let rstd = 1.0 / (squares.sum() / d as f32 + self.eps).sqrt();
            let rstd_lanes = S::splat(rstd);
            for j in (0..d).step_by(S::LANES) {
                let value = S::read(&x[j..], 0.0).mul(rstd_lanes).mul(S::read(&self.gain[j..], 0.0));
                value.write(&mut y[j..]);
            }
            self.rstd[i] = rstd;
        }
    }
}

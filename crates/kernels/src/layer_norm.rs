//! Layer normalisation: `y = (x - mean(x)) / sqrt(var(x) + eps) * gain + bias`, row by row.

use crate::{Real, Write};

/// The inputs of the backward pass.
#[derive(Clone, Copy, Debug)]
pub struct LayerNormGrad<'a, R = f32> {
    /// Input of the forward pass, `[n, d]`.
    pub x: &'a [R],
    /// Gain, `[d]`.
    pub gain: &'a [R],
    /// Mean of each row, `[n]`, from the forward pass.
    pub mean: &'a [R],
    /// `1 / sqrt(var + eps)` of each row, `[n]`, from the forward pass.
    pub rstd: &'a [R],
    /// Gradient of the output, `[n, d]`.
    pub dy: &'a [R],
}

/// Normalises each row of `x` `[n, d]` into `y`; keeps `mean` and `rstd` `[n]` for the backward pass.
pub fn layer_norm(
    x: &[f32],
    gain: &[f32],
    bias: Option<&[f32]>,
    eps: f32,
    y: &mut [f32],
    mean: &mut [f32],
    rstd: &mut [f32],
) {
    reference(x, gain, bias, eps, y, mean, rstd);
}

/// Gradients of [`layer_norm`]; `dgain` and `dbias` are added to.
pub fn layer_norm_backward(
    grad: LayerNormGrad,
    dx: Option<&mut [f32]>,
    dx_write: Write,
    dgain: Option<&mut [f32]>,
    dbias: Option<&mut [f32]>,
) {
    reference_backward(grad, dx, dx_write, dgain, dbias);
}

/// [`layer_norm`] in plain loops.
pub fn reference<R: Real>(
    x: &[R],
    gain: &[R],
    bias: Option<&[R]>,
    eps: R,
    y: &mut [R],
    mean: &mut [R],
    rstd: &mut [R],
) {
    let d = gain.len();
    let width = R::of(d as f64);
    for (i, x) in x.chunks_exact(d).enumerate() {
        let mut sum = R::default();
        for &x in x {
            sum += x;
        }
        mean[i] = sum / width;
        let mut squares = R::default();
        for &x in x {
            squares += (x - mean[i]) * (x - mean[i]);
        }
        rstd[i] = R::of(1.0) / (squares / width + eps).sqrt();
        for j in 0..d {
            let normal = (x[j] - mean[i]) * rstd[i];
            y[i * d + j] = normal * gain[j] + bias.map_or(R::default(), |bias| bias[j]);
        }
    }
}

/// [`layer_norm_backward`] in plain loops.
pub fn reference_backward<R: Real>(
    grad: LayerNormGrad<R>,
    mut dx: Option<&mut [R]>,
    dx_write: Write,
    mut dgain: Option<&mut [R]>,
    mut dbias: Option<&mut [R]>,
) {
    let LayerNormGrad { x, gain, mean, rstd, dy } = grad;
    let d = gain.len();
    let width = R::of(d as f64);
    for i in 0..mean.len() {
        let row = i * d..(i + 1) * d;
        let (x, dy) = (&x[row.clone()], &dy[row.clone()]);
        let normal = |j: usize| (x[j] - mean[i]) * rstd[i];
        // Means over the row of g = dy * gain and of g * normal: what mean and variance pass on.
        let (mut sum_g, mut sum_gn) = (R::default(), R::default());
        for j in 0..d {
            let g = dy[j] * gain[j];
            sum_g += g;
            sum_gn += g * normal(j);
        }
        if let Some(dx) = dx.as_deref_mut() {
            for (j, place) in dx[row].iter_mut().enumerate() {
                dx_write.put(place, (dy[j] * gain[j] - sum_g / width - normal(j) * sum_gn / width) * rstd[i]);
            }
        }
        if let Some(dgain) = dgain.as_deref_mut() {
            for j in 0..d {
                dgain[j] += dy[j] * normal(j);
            }
        }
        if let Some(dbias) = dbias.as_deref_mut() {
            for j in 0..d {
                dbias[j] += dy[j];
            }
        }
    }
}

//! Layer normalisation: `y = (x - mean(x)) / sqrt(var(x) + eps) * gain + bias`, row by row.

use crate::pool::{Shared, parallel_for, parallel_rows};
use crate::simd::{Kernel, Simd, dispatch};
use crate::{Real, Write, cpu};
use std::cell::Cell;
use std::ops::Range;

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
    let (n, d) = (mean.len(), gain.len());
    assert_eq!((x.len(), y.len(), rstd.len()), (n * d, n * d, n), "layer_norm: sizes of x, y and rstd");
    assert!(bias.is_none_or(|bias| bias.len() == d), "layer_norm: size of the bias");
    let level = cpu::level();
    let (y, mean, rstd) = (Shared::new(y), Shared::new(mean), Shared::new(rstd));
    parallel_rows(n, d, |rows| {
        let range = rows.start * d..rows.end * d;
        // SAFETY: rows of tasks are disjoint.
        let (y, mean, rstd) = unsafe { (y.range(range.clone()), mean.range(rows.clone()), rstd.range(rows)) };
        dispatch(level, Forward { x: &x[range], gain, bias, eps, y, mean, rstd });
    });
}

/// Gradients of [`layer_norm`]; `dgain` and `dbias` are added to.
pub fn layer_norm_backward(
    grad: LayerNormGrad,
    dx: Option<&mut [f32]>,
    dx_write: Write,
    mut dgain: Option<&mut [f32]>,
    mut dbias: Option<&mut [f32]>,
) {
    let (n, d) = (grad.mean.len(), grad.gain.len());
    assert_eq!(
        (grad.x.len(), grad.dy.len(), grad.rstd.len()),
        (n * d, n * d, n),
        "layer_norm_backward: sizes of x, dy and rstd"
    );
    for (slice, size) in [(dx.as_deref(), n * d), (dgain.as_deref(), d), (dbias.as_deref(), d)] {
        assert!(slice.is_none_or(|slice| slice.len() == size), "layer_norm_backward: size of a gradient");
    }
    let level = cpu::level();
    let dx = dx.map(Shared::new);
    // Sums over rows of dgain and dbias: one partial sum for each block of rows, added in order below.
    let n_blocks = n.div_ceil(BLOCK_ROWS);
    let mut partial = PARTIAL.take();
    partial.clear();
    partial.resize(n_blocks * 2 * d, 0.0);
    let shared = Shared::new(&mut partial);
    parallel_for(n_blocks, |block| {
        let rows = block * BLOCK_ROWS..((block + 1) * BLOCK_ROWS).min(n);
        // SAFETY: each task has its own range and its own rows.
        let (sums, dx) = unsafe {
            let dx = dx.map(|dx| dx.range(rows.start * d..rows.end * d));
            (shared.range(block * 2 * d..(block + 1) * 2 * d), dx)
        };
        dispatch(level, Backward { grad, rows, dx, dx_write, sums });
    });
    for sums in partial.chunks_exact(2 * d.max(1)) {
        for (total, sums) in [(dgain.as_deref_mut(), &sums[..d]), (dbias.as_deref_mut(), &sums[d..])] {
            for (total, sum) in total.into_iter().flatten().zip(sums) {
                *total += sum;
            }
        }
    }
    PARTIAL.set(partial);
}

thread_local! {
    /// The caller's partial sums, kept to spare allocations.
    static PARTIAL: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
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

/// Rows whose dgain and dbias are summed by one task.
const BLOCK_ROWS: usize = 32;

struct Forward<'a> {
    x: &'a [f32],
    gain: &'a [f32],
    bias: Option<&'a [f32]>,
    eps: f32,
    y: &'a mut [f32],
    mean: &'a mut [f32],
    rstd: &'a mut [f32],
}

impl Kernel for Forward<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        let d = self.gain.len();
        for (i, (x, y)) in self.x.chunks_exact(d).zip(self.y.chunks_exact_mut(d)).enumerate() {
            let mut sum = S::splat(0.0);
            for j in (0..d).step_by(S::LANES) {
                sum = sum.add(S::read(&x[j..], 0.0));
            }
            let mean = sum.sum() / d as f32;
            let mean_lanes = S::splat(mean);
            let mut squares = S::splat(0.0);
            for j in (0..d).step_by(S::LANES) {
                // Lanes past the row's end are filled with the mean, so that they add nothing.
                let off = S::read(&x[j..], mean).sub(mean_lanes);
                squares = off.mul_add(off, squares);
            }
            let rstd = 1.0 / (squares.sum() / d as f32 + self.eps).sqrt();
            let rstd_lanes = S::splat(rstd);
            for j in (0..d).step_by(S::LANES) {
                let normal = S::read(&x[j..], 0.0).sub(mean_lanes).mul(rstd_lanes);
                let mut value = normal.mul(S::read(&self.gain[j..], 0.0));
                if let Some(bias) = self.bias {
                    value = value.add(S::read(&bias[j..], 0.0));
                }
                value.write(&mut y[j..]);
            }
            self.mean[i] = mean;
            self.rstd[i] = rstd;
        }
    }
}

/// Some rows of the backward pass; `dx` starts at the first of them, `sums` holds dgain, then dbias.
struct Backward<'a> {
    grad: LayerNormGrad<'a>,
    rows: Range<usize>,
    dx: Option<&'a mut [f32]>,
    dx_write: Write,
    sums: &'a mut [f32],
}

impl Kernel for Backward<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(mut self) {
        let LayerNormGrad { x, gain, mean, rstd, dy } = self.grad;
        let d = gain.len();
        let (dgain, dbias) = self.sums.split_at_mut(d);
        for i in self.rows.clone() {
            let (x, dy) = (&x[i * d..][..d], &dy[i * d..][..d]);
            let (mean, rstd) = (S::splat(mean[i]), S::splat(rstd[i]));
            let (mut sum_g, mut sum_gn) = (S::splat(0.0), S::splat(0.0));
            for j in (0..d).step_by(S::LANES) {
                let normal = S::read(&x[j..], 0.0).sub(mean).mul(rstd);
                let dy = S::read(&dy[j..], 0.0);
                let g = dy.mul(S::read(&gain[j..], 0.0));
                sum_g = sum_g.add(g);
                sum_gn = g.mul_add(normal, sum_gn);
                dy.mul_add(normal, S::read(&dgain[j..], 0.0)).write(&mut dgain[j..]);
                dy.add(S::read(&dbias[j..], 0.0)).write(&mut dbias[j..]);
            }
            let Some(dx) = self.dx.as_deref_mut() else { continue };
            let dx = &mut dx[(i - self.rows.start) * d..][..d];
            let (mean_g, mean_gn) = (S::splat(sum_g.sum() / d as f32), S::splat(sum_gn.sum() / d as f32));
            for j in (0..d).step_by(S::LANES) {
                let normal = S::read(&x[j..], 0.0).sub(mean).mul(rstd);
                let g = S::read(&dy[j..], 0.0).mul(S::read(&gain[j..], 0.0));
                let mut value = g.sub(mean_g).sub(normal.mul(mean_gn)).mul(rstd);
                if self.dx_write == Write::Add {
                    value = value.add(S::read(&dx[j..], 0.0));
                }
                value.write(&mut dx[j..]);
            }
        }
    }
}

//! One Muon step for a weight matrix: momentum, made orthogonal.
//!
//! The update is the nearest matrix with all singular values alike to the (Nesterov) momentum, so that directions in
//! which gradients are small are learnt as fast as those in which they are large. Five Newton-Schulz iterations of a
//! quintic find it by matrix products alone; singular values end between about 0.7 and 1.2, which is near enough.
//! Scaled by `0.2 sqrt(max(rows, columns))` its entries are as large as AdamW's typically are, so that one learning rate
//! serves both.
//!
//! Source: Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024); scale and decay: Liu et al.,
//! "Muon is Scalable for LLM Training" (2025), equation 4. For matrices of hidden layers only: embeddings, heads,
//! gains and biases stay with AdamW.

use crate::elementwise::{scale, sum_of_squares};
use crate::gemm::{Gemm, Layout, gemm, reference as gemm_reference};
use crate::{Real, Write};

/// Coefficients of the quintic `a X + b (X X^T) X + c (X X^T)^2 X`, chosen for the steepest slope at 0.
const QUINTIC: [f64; 3] = [3.4445, -4.7750, 2.0315];
/// Iterations.
const ITERATIONS: usize = 5;
/// Keeps the division by the norm finite for a zero gradient.
const NORM_MIN: f64 = 1e-7;

/// The numbers of one step.
#[derive(Clone, Copy, Debug)]
pub struct Muon {
    /// Learning rate of this step.
    pub lr: f32,
    /// Decay of the momentum.
    pub momentum: f32,
    /// Decoupled decay: `w *= 1 - lr * weight_decay`.
    pub weight_decay: f32,
    /// Factor on the gradients (clipping, averaging); 1 for none.
    pub grad_scale: f32,
}

/// Updates the matrix `w` `[rows, columns]` and its momentum `m` with the gradient `g`; `scratch` keeps its memory
/// between calls.
pub fn muon(step: Muon, [rows, columns]: [usize; 2], w: &mut [f32], g: &[f32], m: &mut [f32], scratch: &mut Scratch) {
    assert_eq!([w.len(), g.len(), m.len()], [rows * columns; 3], "muon: sizes of w, g and m");
    // The products are [small, small]: the matrix is taken by its shorter side.
    let (small, large) = (rows.min(columns), rows.max(columns));
    let Scratch { x, next, square, polynomial } = scratch;
    for buffer in [&mut *x, &mut *next] {
        buffer.resize(rows * columns, 0.0);
    }
    for buffer in [&mut *square, &mut *polynomial] {
        buffer.resize(small * small, 0.0);
    }
    momentum(step, g, m, x);
    scale(1.0 / sum_of_squares(x).sqrt().max(NORM_MIN) as f32, x);
    let [a, b, c] = QUINTIC.map(|factor| factor as f32);
    for _ in 0..ITERATIONS {
        // X X^T of the wide form; for a tall matrix X^T X, and products from the right.
        let (left, right) =
            if rows <= columns { (Layout::Normal, Layout::Transposed) } else { (Layout::Transposed, Layout::Normal) };
        gemm(Gemm { m: small, n: small, k: large, a: left, b: right, write: Write::Set }, x, x, square);
        let whole = Gemm { m: small, n: small, k: small, a: Layout::Normal, b: Layout::Normal, write: Write::Set };
        gemm(whole, square, square, polynomial);
        polynomial.iter_mut().zip(&*square).for_each(|(p, s)| *p = b * s + c * *p);
        (0..small).for_each(|i| polynomial[i * small + i] += a);
        let product = Gemm { m: rows, n: columns, k: small, a: Layout::Normal, b: Layout::Normal, write: Write::Set };
        match rows <= columns {
            true => gemm(product, polynomial, x, next),
            false => gemm(product, x, polynomial, next),
        }
        std::mem::swap(x, next);
    }
    let (keep, step_size) = (1.0 - step.lr * step.weight_decay, step.lr * 0.2 * (large as f32).sqrt());
    w.iter_mut().zip(&*x).for_each(|(w, x)| *w = keep * *w - step_size * x);
}

/// Buffers of [`muon`].
#[derive(Default)]
pub struct Scratch {
    x: Vec<f32>,
    next: Vec<f32>,
    square: Vec<f32>,
    polynomial: Vec<f32>,
}

/// `m = momentum m + (1 - momentum) g`, and `x` one such step ahead (Nesterov).
fn momentum(step: Muon, g: &[f32], m: &mut [f32], x: &mut [f32]) {
    for ((m, g), x) in m.iter_mut().zip(g).zip(x) {
        let g = g * step.grad_scale;
        *m += (1.0 - step.momentum) * (g - *m);
        *x = g + step.momentum * (*m - g);
    }
}

/// [`muon`] in plain loops.
pub fn reference<R: Real>(step: Muon, [rows, columns]: [usize; 2], w: &mut [R], g: &[R], m: &mut [R]) {
    assert_eq!([w.len(), g.len(), m.len()], [rows * columns; 3], "muon: sizes of w, g and m");
    let [beta, grad_scale] = [step.momentum, step.grad_scale].map(|x| R::of(x.into()));
    let mut x = vec![R::default(); w.len()];
    for i in 0..w.len() {
        let g = g[i] * grad_scale;
        m[i] += (R::of(1.0) - beta) * (g - m[i]);
        x[i] = g + beta * (m[i] - g);
    }
    let norm = x.iter().fold(R::default(), |sum, &x| sum + x * x).sqrt().larger(R::of(NORM_MIN));
    x.iter_mut().for_each(|x| *x = *x / norm);
    let [a, b, c] = QUINTIC.map(R::of);
    for _ in 0..ITERATIONS {
        let mut square = vec![R::default(); rows * rows];
        let mut quartic = square.clone();
        let mut next = vec![R::default(); w.len()];
        let outer = Gemm { m: rows, n: rows, k: columns, a: Layout::Normal, b: Layout::Transposed, write: Write::Set };
        gemm_reference(outer, &x, &x, &mut square);
        let inner = Gemm { k: rows, b: Layout::Normal, ..outer };
        gemm_reference(inner, &square, &square, &mut quartic);
        let polynomial: Vec<R> = square.iter().zip(&quartic).map(|(&s, &q)| b * s + c * q).collect();
        gemm_reference(Gemm { n: columns, ..inner }, &polynomial, &x, &mut next);
        for (x, next) in x.iter_mut().zip(next) {
            *x = a * *x + next;
        }
    }
    let lr = R::of(step.lr.into());
    let step_size = lr * R::of(0.2) * R::of(rows.max(columns) as f64).sqrt();
    for (w, x) in w.iter_mut().zip(x) {
        *w = *w - lr * R::of(step.weight_decay.into()) * *w - step_size * x;
    }
}

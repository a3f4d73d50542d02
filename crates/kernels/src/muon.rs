//! One Muon step for weight matrices: momentum, made orthogonal.
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
use crate::pool::parallel_for;
use crate::{Aligned, Real, Write};
use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};

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

/// A weight matrix `[rows, columns]` with what its update needs.
pub struct Matrix<'a> {
    /// Rows and columns.
    pub shape: [usize; 2],
    /// The weights.
    pub w: &'a mut [f32],
    /// Their gradient.
    pub g: &'a [f32],
    /// Its running mean.
    pub m: &'a mut [f32],
}

impl Matrix<'_> {
    /// The shorter and the longer side: the products are `[small, small]`, for the matrix is taken by its shorter side.
    fn sides(&self) -> [usize; 2] {
        let [rows, columns] = self.shape;
        [rows.min(columns), rows.max(columns)]
    }
}

thread_local! {
    /// Buffers of the last update, kept to spare allocations.
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Updates all matrices: a thread takes one after the other, because the products within one are too small to share out.
pub fn muon(step: Muon, mut matrices: Vec<Matrix>) {
    // Large ones first, so that no thread is left alone with one.
    matrices.sort_by_key(|matrix| {
        let [small, large] = matrix.sides();
        std::cmp::Reverse(small * small * large)
    });
    let matrices: Vec<_> = matrices.into_iter().map(|matrix| Mutex::new(Some(matrix))).collect();
    parallel_for(matrices.len(), |i| {
        let matrix = matrices[i].lock().unwrap_or_else(PoisonError::into_inner).take();
        let matrix = matrix.expect("each task is run once");
        SCRATCH.with_borrow_mut(|scratch| update(step, matrix, scratch));
    });
}

fn update(step: Muon, matrix: Matrix, scratch: &mut Scratch) {
    let ([rows, columns], [small, large]) = (matrix.shape, matrix.sides());
    let Matrix { w, g, m, .. } = matrix;
    assert_eq!([w.len(), g.len(), m.len()], [rows * columns; 3], "muon: sizes of w, g and m");
    let [x, next] = [&mut scratch.x, &mut scratch.next].map(|buffer| buffer.room(rows * columns));
    let [square, polynomial] = [&mut scratch.square, &mut scratch.polynomial].map(|buffer| buffer.room(small * small));
    let (mut x, mut next) = (x, next);
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
        std::mem::swap(&mut x, &mut next);
    }
    let (keep, step_size) = (1.0 - step.lr * step.weight_decay, step.lr * 0.2 * (large as f32).sqrt());
    w.iter_mut().zip(&*x).for_each(|(w, x)| *w = keep * *w - step_size * x);
}

/// Buffers of an update; matrices of other sizes leave them as large as the largest needs.
#[derive(Default)]
struct Scratch {
    x: Aligned<f32>,
    next: Aligned<f32>,
    square: Aligned<f32>,
    polynomial: Aligned<f32>,
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

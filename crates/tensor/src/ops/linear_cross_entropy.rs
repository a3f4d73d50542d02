//! The head and its loss in one: logits are computed for some rows at a time and never stored whole.
//!
//! A vocabulary is much wider than a model, so the logits of a batch and their gradient are its largest tensors. Here the
//! gradients of the hidden states and of the head's weight are made in the forward pass, while a few rows of logits are in the cache;
//! the backward pass hands them out. The same as a linear layer followed by cross-entropy, to the bit in the loss.
//!
//! In mixed precision the operands of the three products are bf16, the gradient of the logits among them; logits and loss stay f32.
//!
//! Source of the idea: Hsu et al., "Liger Kernel: Efficient Triton Kernels for LLM Training" (2024), section 3.2.

use crate::bf16::Rounded;
use crate::buffer::Buffer;
use crate::tape::{Op, Rule, Sink};
use crate::{Cx, Tensor};
use kernels::Write;
use kernels::bf16;
use kernels::cross_entropy::{cross_entropy, cross_entropy_and_gradient};
use kernels::elementwise::{axpy, scale};
use kernels::gemm::{Gemm, Layout, gemm, gemm_bf16};
use std::ops::Range;

/// Rows whose logits are held at once: enough to make good use of the head's weight each time it is read; at a vocabulary
/// of 4,096 they are 4 MiB.
const ROWS: usize = 256;

pub(crate) struct LinearCrossEntropy {
    x: Tensor,
    w: Tensor,
    d_x: Buffer,
    d_w: Buffer,
    /// What it took less to read the weight from its copy in bf16.
    bytes_spared: u64,
}

/// The weighted mean over rows of `-ln softmax(x w^T)[target]`, a scalar in nats; 0 when all weights are 0.
///
/// `x` is `[n, d]`, `w` `[v, d]`; `targets` and `weights` have n entries. A row with weight 0 does not count.
#[track_caller]
pub fn linear_cross_entropy(cx: &Cx, x: &Tensor, w: &Tensor, targets: &[u32], weights: &[f32]) -> Tensor {
    let ([n, d], [v, w_in]) = (x.dims(), w.dims());
    assert!(d == w_in, "linear_cross_entropy: x is {:?}, but the weight takes width {w_in}", x.shape());
    assert!(targets.len() == n && weights.len() == n, "linear_cross_entropy: {n} rows, {} targets", targets.len());
    assert!(targets.iter().all(|&target| (target as usize) < v), "linear_cross_entropy: a target is outside 0..{v}");
    let total: f64 = weights.iter().map(|&w| f64::from(w)).sum();
    let share = if total > 0.0 { 1.0 / total } else { 0.0 };
    let shares: Vec<f32> = weights.iter().map(|&w| (f64::from(w) * share) as f32).collect();

    let mut losses = vec![0.0; n];
    let mut logits = cx.fill(n.min(ROWS) * v, |_| {});
    let mut gradients = cx.records(&[x, w]).then(|| (cx.fill(n * d, |_| {}), cx.fill(v * d, |d_w| d_w.fill(0.0))));
    let mut operands = Operands::new(cx, x, w, if gradients.is_some() { logits.len() } else { 0 });
    let n_computed = if cx.is_plan() { 0 } else { n };
    for first in (0..n_computed).step_by(ROWS) {
        let rows = first..(first + ROWS).min(n);
        let (n, of_x) = (rows.len(), rows.start * d..rows.end * d);
        let (logits, targets) = (&mut logits[..n * v], &targets[rows.clone()]);
        let forward = Gemm { m: n, n: v, k: d, a: Layout::Normal, b: Layout::Transposed, write: Write::Set };
        operands.logits(forward, of_x.clone(), logits);
        match &mut gradients {
            None => cross_entropy(logits, targets, v, &mut losses[rows], &mut vec![0.0; n]),
            Some((d_x, d_w)) => {
                cross_entropy_and_gradient(logits, targets, &shares[rows.clone()], v, &mut losses[rows]);
                operands.gradients(forward, of_x, logits, d_x, d_w);
            }
        }
    }
    let loss: f64 = losses.iter().zip(weights).map(|(&loss, &w)| f64::from(loss) * f64::from(w)).sum();
    cx.emit(&[1], Buffer::from(&[(loss * share) as f32][..]), &[x, w], |_| {
        let (d_x, d_w) = gradients.expect("made because the operation is recorded");
        let bytes_spared = operands.bytes_spared();
        Op::LinearCrossEntropy(LinearCrossEntropy {
            x: x.without_values(),
            w: w.without_values(),
            d_x,
            d_w,
            bytes_spared,
        })
    })
}

/// What the head multiplies.
enum Operands<'a> {
    F32 {
        x: &'a Tensor,
        w: &'a Tensor,
    },
    Bf16 {
        x: Rounded,
        w: Rounded,
        /// Room for the gradient of some rows of logits.
        d_logits: Buffer,
    },
}

impl<'a> Operands<'a> {
    fn new(cx: &Cx, x: &'a Tensor, w: &'a Tensor, n_gradients: usize) -> Operands<'a> {
        match cx.rounded(x).zip(cx.rounded(w)) {
            None => Operands::F32 { x, w },
            Some((x, w)) => Operands::Bf16 { x, w, d_logits: cx.fill(bf16::n_words(n_gradients), |_| {}) },
        }
    }

    fn bytes_spared(&self) -> u64 {
        match self {
            Operands::F32 { .. } => 0,
            Operands::Bf16 { x, w, .. } => x.bytes_spared() + w.bytes_spared(),
        }
    }

    /// The logits of the rows `of_x` of x, by the product `forward`.
    fn logits(&self, forward: Gemm, of_x: Range<usize>, logits: &mut [f32]) {
        match self {
            Operands::F32 { x, w } => gemm(forward, &x.values()[of_x], w.values(), logits),
            Operands::Bf16 { x, w, .. } => gemm_bf16(forward, &x.values()[of_x], w.values(), logits),
        }
    }

    /// The gradients that `d`, that of those logits, gives: of these rows, and added to that of w.
    fn gradients(&mut self, forward: Gemm, of_x: Range<usize>, d: &[f32], d_x: &mut [f32], d_w: &mut [f32]) {
        let Gemm { m: n, n: v, k: d_model, .. } = forward;
        let to_x = Gemm { n: d_model, k: v, b: Layout::Normal, ..forward };
        let to_w = Gemm { m: v, k: n, a: Layout::Transposed, write: Write::Add, ..to_x };
        let d_x = &mut d_x[of_x.clone()];
        match self {
            Operands::F32 { x, w } => {
                gemm(to_x, d, w.values(), d_x);
                gemm(to_w, d, &x.values()[of_x], d_w);
            }
            Operands::Bf16 { x, w, d_logits } => {
                let rounded = bf16::in_words_mut(d_logits, d.len());
                bf16::round(d, rounded);
                gemm_bf16(to_x, rounded, w.values(), d_x);
                gemm_bf16(to_w, rounded, &x.values()[of_x], d_w);
            }
        }
    }
}

impl Rule for LinearCrossEntropy {
    fn backward(&self, d_out: Buffer, sink: &mut Sink) {
        for (input, d) in [(&self.x, &self.d_x), (&self.w, &self.d_w)] {
            sink.write(input, |to, write| match write {
                Write::Add => axpy(d_out[0], d, to),
                Write::Set => {
                    to.copy_from_slice(d);
                    scale(d_out[0], to);
                }
            });
        }
    }

    /// Of the loss alone, though the forward pass made the gradients, too.
    fn flops(&self) -> u64 {
        let ([n, _], [v, _]) = (self.x.dims(), self.w.dims());
        2 * n as u64 * self.w.n_values() as u64 + 5 * (n * v) as u64
    }

    fn bytes_read(&self, of_inputs: u64, _of_result: u64) -> u64 {
        of_inputs - self.bytes_spared
    }
}

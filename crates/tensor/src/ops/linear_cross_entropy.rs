//! The head and its loss in one: logits are computed for some rows at a time.
//!
//! A vocabulary is much wider than a model, so the logits of a batch and their gradient are its largest tensors, and the head's
//! weight is the largest of all. The gradient of the hidden states is made in the forward pass, while a few rows of logits are in the
//! cache; the backward pass hands it out. So is that of the weight, which is added up from these rows; but where it takes more memory than
//! the gradient of all logits (fewer tokens than the model is wide, in bf16 than twice that), the latter is kept, and its product with the
//! hidden states is added in place in the backward pass. The same as a linear layer followed by cross-entropy, to the bit in the loss.
//!
//! In mixed precision the operands of the three products are bf16, the gradient of the logits among them; logits and loss stay f32.
//!
//! Source of the idea: Hsu et al., "Liger Kernel: Efficient Triton Kernels for LLM Training" (2024), section 3.2.

use crate::bf16::Rounded;
use crate::buffer::Buffer;
use crate::tape::{Op, Rule, Sink};
use crate::{Cx, Tensor};
use kernels::bf16::{self, Bf16};
use kernels::cross_entropy::{cross_entropy, cross_entropy_and_gradient};
use kernels::elementwise::{axpy, scale};
use kernels::gemm::{Gemm, Layout, gemm, gemm_bf16};
use kernels::{Aligned, Write};
use std::ops::Range;

/// Rows whose logits are held at once: enough to make good use of the head's weight each time it is read; at a vocabulary
/// of 4,096 they are 4 MiB.
const ROWS: usize = 256;

pub(crate) struct LinearCrossEntropy {
    /// Where gradients go.
    x: Tensor,
    w: Tensor,
    sizes: Sizes,
    d_x: Buffer,
    d_w: OfWeight,
    /// What it took less to read the weight from its copy in bf16.
    bytes_spared: u64,
}

/// What the gradient of the weight comes from.
enum OfWeight {
    /// Itself `[v, d]`.
    Made(Buffer),
    /// The gradient of the logits `[n, v]` and the hidden states, as they are multiplied.
    Logits { d: Buffer, operands: Operands },
}

/// Rows, words of the vocabulary, width.
#[derive(Clone, Copy)]
struct Sizes {
    n: usize,
    v: usize,
    d: usize,
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

    let (sizes, mut losses) = (Sizes { n, v, d }, vec![0.0; n]);
    let operands = Operands::new(cx, x, w);
    let mut gradients = cx.records(&[x, w]).then(|| Gradients::new(cx, &operands, sizes));
    let mut logits = cx.fill(n.min(ROWS) * v, |_| {});
    let n_computed = if cx.is_plan() { 0 } else { n };
    for first in (0..n_computed).step_by(ROWS) {
        let rows = first..(first + ROWS).min(n);
        let (logits, targets) = (&mut logits[..rows.len() * v], &targets[rows.clone()]);
        operands.logits(sizes, rows.clone(), logits);
        match &mut gradients {
            None => cross_entropy(logits, targets, v, &mut losses[rows.clone()], &mut vec![0.0; rows.len()]),
            Some(gradients) => {
                cross_entropy_and_gradient(logits, targets, &shares[rows.clone()], v, &mut losses[rows.clone()]);
                gradients.add(&operands, sizes, rows, logits);
            }
        }
    }
    let loss: f64 = losses.iter().zip(weights).map(|(&loss, &w)| f64::from(loss) * f64::from(w)).sum();
    drop(logits);
    cx.emit(&[1], Buffer::from(&[(loss * share) as f32][..]), &[x, w], |_| {
        let Gradients { d_x, d_logits, d_w } = gradients.expect("made because the operation is recorded");
        let bytes_spared = operands.bytes_spared();
        let d_w = d_w.map_or_else(|| OfWeight::Logits { d: d_logits, operands }, OfWeight::Made);
        let (x, w) = (x.without_values(), w.without_values());
        Op::LinearCrossEntropy(LinearCrossEntropy { x, w, sizes, d_x, d_w, bytes_spared })
    })
}

/// What the head multiplies.
enum Operands {
    F32 { x: Tensor, w: Tensor },
    Bf16 { x: Rounded, w: Rounded },
}

impl Operands {
    fn new(cx: &Cx, x: &Tensor, w: &Tensor) -> Operands {
        match cx.rounded(x).zip(cx.rounded(w)) {
            None => Operands::F32 { x: x.clone(), w: w.clone() },
            Some((x, w)) => Operands::Bf16 { x, w },
        }
    }

    fn bytes_spared(&self) -> u64 {
        match self {
            Operands::F32 { .. } => 0,
            Operands::Bf16 { x, w } => x.bytes_spared() + w.bytes_spared(),
        }
    }

    /// The logits of `rows`.
    fn logits(&self, Sizes { v, d, .. }: Sizes, rows: Range<usize>, logits: &mut [f32]) {
        let of_x = rows.start * d..rows.end * d;
        let spec = Gemm { m: rows.len(), n: v, k: d, a: Layout::Normal, b: Layout::Transposed, write: Write::Set };
        match self {
            Operands::F32 { x, w } => gemm(spec, &x.values()[of_x], w.values(), logits),
            Operands::Bf16 { x, w } => gemm_bf16(spec, &x.values()[of_x], w.values(), logits),
        }
    }

    /// The gradient of the weight from that of all logits, `times` as large.
    fn add_product(&self, sizes: Sizes, d_logits: &[f32], times: f32, to: &mut [f32], write: Write) {
        let spec = product_for_w(sizes, write);
        // The hidden states are the smaller factor to scale. In bf16 that rounds them once more, unless by a power of two.
        match self {
            Operands::F32 { x, .. } if times == 1.0 => gemm(spec, d_logits, x.values(), to),
            Operands::F32 { x, .. } => {
                let mut x = Aligned::from(x.values());
                scale(times, &mut x);
                gemm(spec, d_logits, &x, to);
            }
            Operands::Bf16 { x, .. } => {
                let d_logits = bf16::in_words(d_logits, sizes.n * sizes.v);
                if times == 1.0 {
                    return gemm_bf16(spec, d_logits, x.values(), to);
                }
                let x: Vec<Bf16> = x.values().iter().map(|x| Bf16::rounded(times * x.widened())).collect();
                gemm_bf16(spec, d_logits, &x, to);
            }
        }
    }

    /// Places of a buffer that a gradient of `n` logits takes as it is multiplied.
    fn n_places(&self, n: usize) -> usize {
        match self {
            Operands::F32 { .. } => n,
            Operands::Bf16 { .. } => bf16::n_words(n),
        }
    }
}

/// The gradients as they come.
struct Gradients {
    d_x: Buffer,
    /// That of the logits as it is multiplied: of all, if it is kept; else of some, where it is not multiplied as it is computed.
    d_logits: Buffer,
    d_w: Option<Buffer>,
}

impl Gradients {
    fn new(cx: &Cx, operands: &Operands, Sizes { n, v, d }: Sizes) -> Gradients {
        let is_kept = operands.n_places(n * v) < v * d;
        let n_held = match operands {
            _ if is_kept => n,
            Operands::F32 { .. } => 0,
            Operands::Bf16 { .. } => n.min(ROWS),
        };
        Gradients {
            d_x: cx.fill(n * d, |_| {}),
            d_logits: cx.fill(operands.n_places(n_held * v), |_| {}),
            d_w: (!is_kept).then(|| cx.fill(v * d, |d_w| d_w.fill(0.0))),
        }
    }

    /// Takes `d`, the gradient of the logits of `rows`.
    fn add(&mut self, operands: &Operands, Sizes { n, v, d: width }: Sizes, rows: Range<usize>, d: &[f32]) {
        let Gradients { d_x, d_logits, d_w } = self;
        let of_x = rows.start * width..rows.end * width;
        let (n_held, held) = if d_w.is_none() { (n, rows.clone()) } else { (n.min(ROWS), 0..rows.len()) };
        let held = held.start * v..held.end * v;
        let to_x = Gemm { m: rows.len(), n: width, k: v, a: Layout::Normal, b: Layout::Normal, write: Write::Set };
        let to_w = product_for_w(Sizes { n: rows.len(), v, d: width }, Write::Add);
        match operands {
            Operands::F32 { x, w } => {
                gemm(to_x, d, w.values(), &mut d_x[of_x.clone()]);
                match d_w {
                    Some(d_w) => gemm(to_w, d, &x.values()[of_x], d_w),
                    None => d_logits[held].copy_from_slice(d),
                }
            }
            Operands::Bf16 { x, w } => {
                let rounded = &mut bf16::in_words_mut(d_logits, n_held * v)[held];
                bf16::round(d, rounded);
                gemm_bf16(to_x, rounded, w.values(), &mut d_x[of_x.clone()]);
                if let Some(d_w) = d_w {
                    gemm_bf16(to_w, rounded, &x.values()[of_x], d_w);
                }
            }
        }
    }
}

/// The product of the gradient of logits and the rows they were computed of.
fn product_for_w(Sizes { n, v, d }: Sizes, write: Write) -> Gemm {
    Gemm { m: v, n: d, k: n, a: Layout::Transposed, b: Layout::Normal, write }
}

impl Rule for LinearCrossEntropy {
    fn backward(&self, d_out: Buffer, sink: &mut Sink) {
        let LinearCrossEntropy { x, w, sizes, d_x, d_w, .. } = self;
        let times = d_out[0];
        let handed = |d: &[f32], to: &mut [f32], write| match write {
            Write::Add => axpy(times, d, to),
            Write::Set => {
                to.copy_from_slice(d);
                scale(times, to);
            }
        };
        sink.write(x, |to, write| handed(d_x, to, write));
        sink.write(w, |to, write| match d_w {
            OfWeight::Made(d_w) => handed(d_w, to, write),
            OfWeight::Logits { d, operands } => operands.add_product(*sizes, d, times, to, write),
        });
    }

    /// Of the loss alone, though the forward pass made gradients, too.
    fn flops(&self) -> u64 {
        let Sizes { n, v, d } = self.sizes;
        2 * (n * v * d) as u64 + 5 * (n * v) as u64
    }

    fn bytes_read(&self, of_inputs: u64, _of_result: u64) -> u64 {
        of_inputs - self.bytes_spared
    }
}

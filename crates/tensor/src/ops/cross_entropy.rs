//! Cross-entropy of softmax: how surprised the model is by the token that came, in nats.

use crate::buffer::Buffer;
use crate::tape::{Op, Rule, Sink};
use crate::{Cx, Tensor};
use kernels::cross_entropy as kernel;

pub(crate) struct CrossEntropy {
    logits: Tensor,
    targets: Vec<u32>,
    /// Each row's share of the mean; they sum to 1.
    shares: Vec<f32>,
    lse: Vec<f32>,
}

/// The weighted mean over rows of `-ln softmax(logits)[target]`, a scalar; 0 when all weights are 0.
///
/// `logits` is `[n, v]`; `targets` and `weights` have n entries. A row with weight 0 does not count.
#[track_caller]
pub fn cross_entropy(cx: &Cx, logits: &Tensor, targets: &[u32], weights: &[f32]) -> Tensor {
    let [n, v] = logits.dims();
    assert!(targets.len() == n && weights.len() == n, "cross_entropy: {n} rows, {} targets", targets.len());
    assert!(targets.iter().all(|&target| (target as usize) < v), "cross_entropy: a target is outside 0..{v}");
    let (mut losses, mut lse) = (vec![0.0; n], vec![0.0; n]);
    kernel::cross_entropy(logits.values(), targets, v, &mut losses, &mut lse);
    let total: f64 = weights.iter().map(|&w| f64::from(w)).sum();
    let scale = if total > 0.0 { 1.0 / total } else { 0.0 };
    let loss: f64 = losses.iter().zip(weights).map(|(&loss, &w)| f64::from(loss) * f64::from(w)).sum();
    cx.emit(&[1], vec![(loss * scale) as f32].into(), &[logits], |_| {
        let shares = weights.iter().map(|&w| (f64::from(w) * scale) as f32).collect();
        Op::CrossEntropy(CrossEntropy { logits: logits.clone(), targets: targets.to_vec(), shares, lse })
    })
}

impl Rule for CrossEntropy {
    fn backward(&self, d_out: Buffer, sink: &mut Sink) {
        let [_, v] = self.logits.dims();
        let weights: Vec<f32> = self.shares.iter().map(|share| share * d_out[0]).collect();
        sink.write(&self.logits, |d_logits, write| {
            let logits = self.logits.values();
            kernel::cross_entropy_backward(logits, &self.targets, &weights, &self.lse, v, d_logits, write);
        });
    }

    fn flops(&self) -> u64 {
        5 * self.logits.n_values() as u64
    }
}

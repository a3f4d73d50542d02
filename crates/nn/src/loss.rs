//! Losses: what training makes small.

use tensor::ops;
use tensor::{Cx, Tensor};

/// Mean surprise in nats of `targets` under `logits` `[n, v]`, rows weighted by `weights` `[n]`; a scalar.
pub fn cross_entropy(cx: &Cx, logits: &Tensor, targets: &[u32], weights: &[f32]) -> Tensor {
    ops::cross_entropy(cx, logits, targets, weights)
}

//! Clipping and AdamW over the flat arenas: one pass a step.
//!
//! The clipping factor rides along into the update, so gradients are read twice (norm, update) and written never.
//! Weight decay applies to matrices and embeddings, not to gains and biases, as the parameters themselves say.

use crate::recipe::OptimSection;
use kernels::adamw::{AdamW, adamw};
use std::ops::Range;
use tensor::{Grads, Params};

/// AdamW's moments, laid out like the weights.
pub struct Optimizer {
    /// Running mean of gradients.
    pub m: Vec<f32>,
    /// Running mean of squared gradients.
    pub v: Vec<f32>,
    /// Stretches of the arena with and without decay.
    spans: Vec<(Range<usize>, bool)>,
}

impl Optimizer {
    /// Zero moments for `params`.
    pub fn new(params: &Params) -> Optimizer {
        let mut spans: Vec<(Range<usize>, bool)> = Vec::new();
        for entry in params.entries() {
            match spans.last_mut() {
                Some((range, decay)) if *decay == entry.decay && range.end == entry.range.start => {
                    range.end = entry.range.end;
                }
                _ => spans.push((entry.range.clone(), entry.decay)),
            }
        }
        Optimizer { m: vec![0.0; params.len()], v: vec![0.0; params.len()], spans }
    }

    /// One update at `step` (counted from 1) with learning rate `lr`; `grad_norm` is [`norm`] of `grads`.
    pub fn update(&mut self, params: &mut Params, grads: &Grads, optim: &OptimSection, now: Now) {
        // As torch.nn.utils.clip_grad_norm_ does it, its 1e-6 included.
        let grad_scale = (optim.clip_norm / (now.grad_norm + 1e-6)).min(1.0) as f32;
        let weights = params.weights_mut();
        for (span, decay) in &self.spans {
            let step = AdamW {
                lr: now.lr as f32,
                beta1: optim.beta1 as f32,
                beta2: optim.beta2 as f32,
                eps: optim.eps as f32,
                weight_decay: if *decay { optim.weight_decay as f32 } else { 0.0 },
                step: now.step,
                grad_scale,
            };
            let span = span.clone();
            adamw(
                step,
                &mut weights[span.clone()],
                &grads.values()[span.clone()],
                &mut self.m[span.clone()],
                &mut self.v[span],
            );
        }
    }
}

/// What changes from update to update.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// Number of the step, counted from 1.
    pub step: u64,
    /// Its learning rate.
    pub lr: f64,
    /// Norm of its gradient, before clipping.
    pub grad_norm: f64,
}

/// Euclidean norm of the whole gradient.
pub fn norm(grads: &Grads) -> f64 {
    kernels::elementwise::sum_of_squares(grads.values()).sqrt()
}

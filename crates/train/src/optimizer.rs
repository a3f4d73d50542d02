//! Clipping and the optimisers over the flat arenas: one pass a step.
//!
//! The clipping factor rides along into the update, so gradients are read twice (norm, update) and written never.
//! Weight decay applies to matrices and tables, not to gains and biases, as the parameters themselves say.

use crate::recipe::{OptimKind, OptimSection};
use kernels::Aligned;
use kernels::adamw::{AdamW, adamw};
use kernels::elementwise::moving_average;
use kernels::muon::{Matrix, Muon, muon};
use std::ops::Range;
use tensor::{Grads, Params, Role};

/// Muon's decay of the momentum, as its authors use it everywhere.
const MUON_MOMENTUM: f32 = 0.95;

/// Moments, laid out like the weights, and what is updated how.
pub struct Optimizer {
    /// Running mean of gradients.
    pub m: Aligned<f32>,
    /// Running mean of squared gradients; stays 0 where Muon works.
    pub v: Aligned<f32>,
    /// Running average of the weights; empty when the recipe wants none.
    pub average: Aligned<f32>,
    /// They cover the arena, in its order.
    parts: Vec<Part>,
}

/// A stretch of the arena that is updated at once.
struct Part {
    range: Range<usize>,
    rule: Rule,
}

#[derive(Clone, Copy, PartialEq)]
enum Rule {
    AdamW { decays: bool },
    Muon { shape: [usize; 2] },
}

impl Optimizer {
    /// Zero moments for `params`, and their average, which begins as they do.
    pub fn new(params: &Params, optim: &OptimSection) -> Optimizer {
        let mut parts: Vec<Part> = Vec::new();
        for entry in params.entries() {
            let rule = match (optim.kind, entry.role, &entry.shape[..]) {
                (OptimKind::Muon, Role::Matrix, &[rows, columns]) => Rule::Muon { shape: [rows, columns] },
                _ => Rule::AdamW { decays: entry.decays() },
            };
            match parts.last_mut() {
                // AdamW knows no shapes, so what lies side by side is one pass.
                Some(part) if part.rule == rule && matches!(rule, Rule::AdamW { .. }) => {
                    part.range.end = entry.range.end
                }
                _ => parts.push(Part { range: entry.range.clone(), rule }),
            }
        }
        let average = if optim.ema_decay > 0.0 { params.weights().into() } else { Aligned::new() };
        Optimizer { m: Aligned::zeroed(params.len()), v: Aligned::zeroed(params.len()), average, parts }
    }

    /// One update at `step` (counted from 1) with learning rate `lr`; `grad_norm` is [`norm`] of `grads`.
    pub fn update(&mut self, params: &mut Params, grads: &Grads, optim: &OptimSection, now: Now) {
        // As torch.nn.utils.clip_grad_norm_ does it, its 1e-6 included.
        let grad_scale = (optim.clip_norm / (now.grad_norm + 1e-6)).min(1.0) as f32;
        let (lr, weight_decay) = (now.lr as f32, optim.weight_decay as f32);
        let (mut weights, mut ms, mut vs) = (params.weights_mut(), &mut self.m[..], &mut self.v[..]);
        let mut matrices = Vec::new();
        for Part { range, rule } in &self.parts {
            let [w, m, v] = [&mut weights, &mut ms, &mut vs]
                .map(|rest| rest.split_off_mut(..range.len()).expect("parts cover the arena"));
            let g = &grads.values()[range.clone()];
            match *rule {
                Rule::AdamW { decays } => {
                    let step = AdamW {
                        lr,
                        beta1: optim.beta1 as f32,
                        beta2: optim.beta2 as f32,
                        eps: optim.eps as f32,
                        weight_decay: if decays { weight_decay } else { 0.0 },
                        step: now.step,
                        grad_scale,
                    };
                    adamw(step, w, g, m, v);
                }
                Rule::Muon { shape } => matrices.push(Matrix { shape, w, g, m }),
            }
        }
        muon(Muon { lr, momentum: MUON_MOMENTUM, weight_decay, grad_scale }, matrices);
        if !self.average.is_empty() {
            moving_average(average_decay(optim.ema_decay, now.step), params.weights(), &mut self.average);
        }
    }

    /// Lets `work` see the averaged weights, if there are any, in place of those that are trained.
    pub fn with_average<T>(&mut self, params: &mut Params, work: impl FnOnce(&Params) -> T) -> T {
        if self.average.is_empty() {
            return work(params);
        }
        params.weights_mut().swap_with_slice(&mut self.average);
        let done = work(params);
        params.weights_mut().swap_with_slice(&mut self.average);
        done
    }
}

/// What the average keeps of itself at `step`: at first less than `decay`, or it would stay where training began (as TensorFlow's
/// `ExponentialMovingAverage` with `num_updates`).
fn average_decay(decay: f64, step: u64) -> f32 {
    decay.min((1 + step) as f64 / (10 + step) as f64) as f32
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

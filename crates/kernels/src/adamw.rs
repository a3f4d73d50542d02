//! One AdamW step over a flat slice of weights (decoupled weight decay).
//!
//! Source: Loshchilov and Hutter, "Decoupled Weight Decay Regularization" (2019), algorithm 2, with
//! PyTorch's order of operations: decay first, then `w -= lr / (1 - beta1^t) * m / (sqrt(v / (1 - beta2^t)) + eps)`.

use crate::pool::{Shared, parallel_rows};
use crate::simd::{Kernel, Simd, dispatch};
use crate::{Real, cpu};

/// The numbers of one step.
#[derive(Clone, Copy, Debug)]
pub struct AdamW {
    /// Learning rate of this step.
    pub lr: f32,
    /// Decay of the mean of gradients.
    pub beta1: f32,
    /// Decay of the mean of squared gradients.
    pub beta2: f32,
    /// Added to the root of the second moment.
    pub eps: f32,
    /// Decoupled decay: `w *= 1 - lr * weight_decay`.
    pub weight_decay: f32,
    /// Number of this step, counted from 1.
    pub step: u64,
    /// Factor on the gradients (clipping, averaging); 1 for none.
    pub grad_scale: f32,
}

/// Updates weights `w` and moments `m`, `v` with gradients `g`.
pub fn adamw(step: AdamW, w: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32]) {
    assert_eq!((g.len(), m.len(), v.len()), (w.len(), w.len(), w.len()), "adamw: sizes of w, g, m and v");
    assert!(step.step > 0, "adamw: steps count from 1");
    let level = cpu::level();
    let n = w.len();
    let (w, m, v) = (Shared::new(w), Shared::new(m), Shared::new(v));
    parallel_rows(n, 1, |range| {
        // SAFETY: ranges of tasks are disjoint.
        let (w, m, v) = unsafe { (w.range(range.clone()), m.range(range.clone()), v.range(range.clone())) };
        dispatch(level, Update { step, w, g: &g[range], m, v });
    });
}

/// [`adamw`] in plain loops.
pub fn reference<R: Real>(step: AdamW, w: &mut [R], g: &[R], m: &mut [R], v: &mut [R]) {
    assert_eq!((g.len(), m.len(), v.len()), (w.len(), w.len(), w.len()), "adamw: sizes of w, g, m and v");
    assert!(step.step > 0, "adamw: steps count from 1");
    let factors = Factors::of(step);
    let (step_size, v_root) = (R::of(factors.step_size), R::of(factors.v_root));
    for i in 0..w.len() {
        let g = g[i] * R::of(step.grad_scale.into());
        w[i] *= R::of(factors.keep);
        m[i] = m[i] + (g - m[i]) * R::of(1.0 - factors.beta1);
        v[i] = v[i] * R::of(factors.beta2) + g * g * R::of(1.0 - factors.beta2);
        w[i] = w[i] - step_size * m[i] / (v[i].sqrt() / v_root + R::of(factors.eps));
    }
}

struct Update<'a> {
    step: AdamW,
    w: &'a mut [f32],
    g: &'a [f32],
    m: &'a mut [f32],
    v: &'a mut [f32],
}

impl Kernel for Update<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        let factors = Factors::of(self.step);
        let [keep, step_size, v_root_inverse, eps] =
            [factors.keep, factors.step_size, 1.0 / factors.v_root, factors.eps].map(|x| S::splat(x as f32));
        let [beta1_rest, beta2, beta2_rest] =
            [1.0 - factors.beta1, factors.beta2, 1.0 - factors.beta2].map(|x| S::splat(x as f32));
        let grad_scale = S::splat(self.step.grad_scale);
        for i in (0..self.w.len()).step_by(S::LANES) {
            let g = S::read(&self.g[i..], 0.0).mul(grad_scale);
            let m = S::read(&self.m[i..], 0.0);
            let m = g.sub(m).mul_add(beta1_rest, m);
            let v = S::read(&self.v[i..], 0.0).mul(beta2).add(g.mul(g).mul(beta2_rest));
            m.write(&mut self.m[i..]);
            v.write(&mut self.v[i..]);
            let step = step_size.mul(m).div(v.sqrt().mul_add(v_root_inverse, eps));
            S::read(&self.w[i..], 0.0).mul(keep).sub(step).write(&mut self.w[i..]);
        }
    }
}

/// What depends on the step alone.
struct Factors {
    beta1: f64,
    beta2: f64,
    eps: f64,
    keep: f64,
    step_size: f64,
    v_root: f64,
}

impl Factors {
    fn of(step: AdamW) -> Factors {
        let [lr, beta1, beta2, eps] = [step.lr, step.beta1, step.beta2, step.eps].map(decimal);
        let exponent = i32::try_from(step.step).unwrap_or(i32::MAX);
        Factors {
            beta1,
            beta2,
            eps,
            keep: 1.0 - lr * decimal(step.weight_decay),
            step_size: lr / (1.0 - beta1.powi(exponent)),
            v_root: (1.0 - beta2.powi(exponent)).sqrt(),
        }
    }
}

/// The f64 that a person meant by an f32: 0.9, not 0.899999976. PyTorch keeps these numbers in f64, and
/// `1 - beta2` would otherwise be off in its fifth digit.
fn decimal(value: f32) -> f64 {
    value.to_string().parse().unwrap_or_else(|_| value.into())
}

//! One AdamW step over a flat slice of weights (decoupled weight decay).
//!
//! Source: Loshchilov and Hutter, "Decoupled Weight Decay Regularization" (2019), algorithm 2, with
//! PyTorch's order of operations: decay first, then `w -= lr / (1 - beta1^t) * m / (sqrt(v / (1 - beta2^t)) + eps)`.

use crate::Real;

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
    reference(step, w, g, m, v);
}

/// [`adamw`] in plain loops.
pub fn reference<R: Real>(step: AdamW, w: &mut [R], g: &[R], m: &mut [R], v: &mut [R]) {
    assert_eq!((g.len(), m.len(), v.len()), (w.len(), w.len(), w.len()), "adamw: sizes of w, g, m and v");
    assert!(step.step > 0, "adamw: steps count from 1");
    let [lr, beta1, beta2, eps] = [step.lr, step.beta1, step.beta2, step.eps].map(f64::from);
    let exponent = i32::try_from(step.step).unwrap_or(i32::MAX);
    let step_size = R::of(lr / (1.0 - beta1.powi(exponent)));
    let v_root = R::of((1.0 - beta2.powi(exponent)).sqrt());
    let keep = R::of(1.0 - lr * f64::from(step.weight_decay));
    for i in 0..w.len() {
        let g = g[i] * R::of(step.grad_scale.into());
        w[i] *= keep;
        m[i] = m[i] + (g - m[i]) * R::of(1.0 - beta1);
        v[i] = v[i] * R::of(beta2) + g * g * R::of(1.0 - beta2);
        w[i] = w[i] - step_size * m[i] / (v[i].sqrt() / v_root + R::of(eps));
    }
}

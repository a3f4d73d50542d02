//! The learning rate of each step: linear warm-up, then half a cosine (Loshchilov and Hutter, "SGDR", 2017, without
//! restarts), as nanoGPT does it.

use crate::recipe::OptimSection;
use std::f64::consts::PI;

/// Learning rate of `step` (counted from 1) in a run of `steps`, which counts only if the recipe sets no `decay_steps`.
///
/// The first step of the warm-up is not 0; the last step of the descent has `lr_min`, and so have all after it.
///
/// ```
/// use train::recipe::OptimSection;
/// let optim = OptimSection { lr_max: 1.0, lr_min: 0.2, warmup_steps: 4, ..OptimSection::default() };
/// let lr = |step| train::schedule::learning_rate(&optim, step, 14);
/// assert_eq!((lr(1), lr(4), lr(14)), (0.2, 0.8, 0.2));
/// assert!((lr(9) - 0.6).abs() < 0.13);
/// assert_eq!(lr(20), 0.2);
/// ```
pub fn learning_rate(optim: &OptimSection, step: u64, steps: u64) -> f64 {
    let OptimSection { lr_max, lr_min, warmup_steps, .. } = *optim;
    if step <= warmup_steps {
        return lr_max * step as f64 / (warmup_steps + 1) as f64;
    }
    let n_decaying = optim.descent(steps).saturating_sub(warmup_steps + 1).max(1);
    let progress = ((step - warmup_steps - 1) as f64 / n_decaying as f64).min(1.0);
    lr_min + 0.5 * (1.0 + (PI * progress).cos()) * (lr_max - lr_min)
}

//! The learning rate of each step: linear warm-up, then the descent.
//!
//! Half a cosine (Loshchilov and Hutter, "SGDR", 2017, without restarts) as nanoGPT does it, a straight line, or warm-up, stable,
//! decay (Hu et al., "MiniCPM", 2024, section 4; the decay in a straight line, as Hägele et al., "Scaling Laws and Compute-Optimal
//! Training Beyond Fixed Training Durations", 2024, section 3).

use crate::recipe::{OptimSection, Schedule};
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
    // The last step at lr_max, and the first at lr_min.
    let end = optim.descent(steps);
    let begin = match optim.schedule {
        Schedule::Cosine | Schedule::Linear => warmup_steps + 1,
        Schedule::Wsd => end.saturating_sub(optim.cooldown(steps)).max(warmup_steps + 1),
    };
    let progress = step.saturating_sub(begin) as f64 / end.saturating_sub(begin).max(1) as f64;
    let left = match optim.schedule {
        Schedule::Cosine => 0.5 * (1.0 + (PI * progress.min(1.0)).cos()),
        Schedule::Linear | Schedule::Wsd => 1.0 - progress.min(1.0),
    };
    lr_min + left * (lr_max - lr_min)
}

//! The learning rate and the clipping against their sources, written out again.

use check::Outcome;
use std::f64::consts::PI;
use tensor::{Grads, Init, ParamsBuilder};
use train::optimizer::{self, Now, Optimizer};
use train::recipe::{OptimSection, Schedule};
use train::schedule::learning_rate;

/// `get_lr` of nanoGPT's train.py, whose iterations count from 0 and which reaches the minimum one step after the last.
fn nano_gpt(optim: &OptimSection, iteration: u64, decay: u64) -> f64 {
    let OptimSection { lr_max, lr_min, warmup_steps: warmup, .. } = *optim;
    if iteration < warmup {
        return lr_max * (iteration + 1) as f64 / (warmup + 1) as f64;
    }
    if iteration > decay {
        return lr_min;
    }
    let ratio = (iteration - warmup) as f64 / (decay - warmup) as f64;
    lr_min + 0.5 * (1.0 + (PI * ratio).cos()) * (lr_max - lr_min)
}

pub fn the_learning_rate_is_nano_gpts() -> Outcome {
    let optim = OptimSection { lr_max: 1e-3, lr_min: 1e-4, warmup_steps: 100, ..OptimSection::default() };
    for step in 1..=2000 {
        let (ours, theirs) = (learning_rate(&optim, step, 2000), nano_gpt(&optim, step - 1, 1999));
        check::that((ours - theirs).abs() < 1e-15, || format!("step {step}: {ours} and {theirs}"))?;
    }
    check::equal(learning_rate(&optim, 2000, 2000), 1e-4, "the last step")?;
    let longer = OptimSection { decay_steps: Some(2000), ..optim.clone() };
    for (step, expected) in [(1000, learning_rate(&optim, 1000, 2000)), (2000, 1e-4), (2001, 1e-4), (9000, 1e-4)] {
        check::equal(learning_rate(&longer, step, 9000), expected, &format!("step {step} of a longer run"))?;
    }
    // A warm-up longer than the run, and a descent of no length: odd, but numbers all the same.
    for (warmup_steps, steps) in [(100, 10), (0, 1), (5, 5), (5, 6)] {
        let optim = OptimSection { warmup_steps, ..optim.clone() };
        for step in 1..=steps {
            let lr = learning_rate(&optim, step, steps);
            check::that(lr > 0.0 && lr <= 1e-3, || format!("{lr} at step {step} of {steps}, warm-up {warmup_steps}"))?;
        }
    }
    Ok(())
}

/// `get_wsd_schedule` of transformers with linear warm-up and decay, whose steps count from 0 and which reaches the minimum one step
/// after the last; without a stable part it is `get_linear_schedule_with_warmup`, down to a minimum.
fn transformers_wsd(optim: &OptimSection, step: u64, stable: u64, decay: u64) -> f64 {
    let OptimSection { lr_max, lr_min, warmup_steps: warmup, .. } = *optim;
    if step < warmup {
        return lr_max * (step + 1) as f64 / (warmup + 1) as f64;
    }
    if step < warmup + stable {
        return lr_max;
    }
    if step < warmup + stable + decay {
        return lr_max - (lr_max - lr_min) * (step - warmup - stable) as f64 / decay as f64;
    }
    lr_min
}

pub fn straight_lines_are_those_of_transformers() -> Outcome {
    let optim = OptimSection { lr_max: 1e-3, lr_min: 1e-4, warmup_steps: 100, ..OptimSection::default() };
    let linear = OptimSection { schedule: Schedule::Linear, ..optim.clone() };
    let wsd = OptimSection { schedule: Schedule::Wsd, cooldown_steps: Some(300), ..optim };
    for step in 1..=2100 {
        let lines = [(&linear, 0, 1899), (&wsd, 1599, 300)];
        for (optim, stable, decay) in lines {
            let (ours, theirs) = (learning_rate(optim, step, 2000), transformers_wsd(optim, step - 1, stable, decay));
            check::that((ours - theirs).abs() < 1e-15, || {
                format!("step {step} of {:?}: {ours} and {theirs}", optim.schedule)
            })?;
        }
    }
    let fifth = OptimSection { cooldown_steps: None, ..wsd.clone() };
    let stable = [1600, 1601, 2000].map(|step| learning_rate(&fifth, step, 2000));
    check::that(stable[0] == 1e-3 && stable[1] < 1e-3 && stable[2] == 1e-4, || format!("{stable:?}"))?;
    // A decay longer than the run, and one of a single step.
    for cooldown_steps in [Some(5000), Some(1)] {
        let optim = OptimSection { cooldown_steps, ..wsd.clone() };
        for step in 1..=2000 {
            let lr = learning_rate(&optim, step, 2000);
            check::that(lr > 0.0 && lr <= 1e-3, || format!("{lr} at step {step}, {cooldown_steps:?}"))?;
        }
        check::equal(learning_rate(&optim, 2000, 2000), 1e-4, "the last step")?;
    }
    Ok(())
}

/// One step of AdamW with betas 0 is lr * sign(g) on every weight, whatever the scale: so the decay shows alone.
pub fn the_norm_is_clipped_as_pytorch_does_it() -> Outcome {
    let mut builder = ParamsBuilder::new();
    builder.param("w", &[1, 2], Init::Ones);
    builder.param("b", &[2], Init::Ones);
    let mut params = builder.build();
    params.initialise(0);
    let mut grads = Grads::zeros(&params);
    grads.values_mut().copy_from_slice(&[3.0, 0.0, 0.0, 4.0]);
    let grad_norm = optimizer::norm(&grads);
    check::equal(grad_norm, 5.0, "norm")?;
    let optim = OptimSection { beta1: 0.5, beta2: 0.5, clip_norm: 1.0, weight_decay: 0.1, ..OptimSection::default() };
    let mut optimizer = Optimizer::new(&params, &optim);
    optimizer.update(&mut params, &grads, &optim, Now { step: 1, lr: 0.01, grad_norm });
    // torch.nn.utils.clip_grad_norm_ multiplies by max_norm / (norm + 1e-6).
    let scale = 1.0 / (5.0 + 1e-6);
    let moments: Vec<f32> = [3.0, 0.0, 0.0, 4.0].iter().map(|g: &f64| (0.5 * g * scale) as f32).collect();
    check::close(&optimizer.m, &moments, 1e-6, "first moments of the clipped gradient")?;
    // Decay on the matrix alone, 1 - 0.01 * 0.1; then lr in the direction of each gradient.
    check::close(params.weights(), &[0.999 - 0.01, 0.999, 1.0, 1.0 - 0.01], 1e-6, "weights")
}

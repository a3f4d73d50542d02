//! The GPT in mixed precision against PyTorch (`goldens/make_bf16.py`): the same rounding written out there, and its autocast.

use super::gpt::{config, golden, train};
use check::Outcome;
use kernels::cpu::{Bf16Unit, bf16_unit};
use tensor::Bf16Weights;

/// Compares with what PyTorch stored under `mode`: the first two losses and the later ones, and gradients relative to the largest of their array.
fn compare(mode: &str, losses_within: [f32; 2], gradients_within: f32) -> Outcome {
    let (golden, trained) = (golden("bf16")?, train("bias", config(true), |params| Some(Bf16Weights::new(params)))?);
    for (name, gradient) in &trained.gradients {
        let expected = &golden.get(&format!("{mode}/grad/{name}"))?.values;
        let largest = expected.iter().fold(0.0_f32, |largest, g| largest.max(g.abs()));
        let furthest = gradient.iter().zip(expected).map(|(g, e)| (g - e).abs()).fold(0.0_f32, f32::max);
        let share = furthest / largest;
        check::that(share <= gradients_within, || {
            format!("{mode}, gradient of {name}: off by {share:.2e} of the largest")
        })?;
    }
    let expected = &golden.get(&format!("{mode}/losses"))?.values;
    let within = |i: usize| losses_within[usize::from(i >= 2)];
    let are_close = trained.losses.iter().zip(expected).enumerate().all(|(i, (l, e))| (l - e).abs() <= within(i));
    check::that(are_close, || format!("{mode}: losses {:?}, expected {expected:?}", trained.losses))
}

/// A sum that differs in its last bit may round to the other neighbour, a 256th away: hence more than in f32, the more steps the more.
/// After four steps the units of ours, each with an order of its own, are 6e-4 apart.
pub fn rounded_operands_as_in_pytorch() -> Outcome {
    // Without a unit for bf16 attention multiplies in f32.
    let mode = if bf16_unit() == Bf16Unit::F32 { "operands" } else { "attention" };
    compare(mode, [1e-5, 2e-3], 5e-3)
}

/// PyTorch rounds results of products, too. A step of AdamW at this rate goes by the signs of gradients, of which small ones may turn.
pub fn close_to_autocast_of_pytorch() -> Outcome {
    compare("autocast", [1e-2, 1e-2], 3e-2)
}

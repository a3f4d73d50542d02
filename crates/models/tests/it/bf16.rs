//! The GPT in mixed precision against PyTorch (`goldens/make_bf16.py`): the same rounding written out there, and its autocast.

use super::gpt::config;
use check::{Golden, Outcome, Stop};
use kernels::adamw::{AdamW, adamw};
use models::{Model, ModelConfig};
use nn::Batch;
use tensor::{Bf16Weights, Cx, Grads};

/// Losses of five steps, and the gradients of the first with their names.
struct Trained {
    losses: Vec<f32>,
    gradients: Vec<(String, Vec<f32>)>,
}

fn read(file: &str) -> Result<Golden, Stop> {
    Golden::read(format!("{}/goldens/{file}.safetensors", env!("CARGO_MANIFEST_DIR")))
}

/// The model that `make_gpt.py` stored with biases, five steps on.
fn train() -> Result<Trained, Stop> {
    let stored = read("gpt")?;
    let (model, mut params) = Model::new(&ModelConfig::Gpt(config(true)))?;
    for entry in params.entries().to_vec() {
        let weight = stored.get(&format!("bias/weight/{}", entry.name))?;
        params.weights_mut()[entry.range].copy_from_slice(&weight.values);
    }
    let tokens = |name: &str| -> Result<Vec<u32>, Stop> {
        Ok(stored.get(&format!("bias/{name}"))?.values.iter().map(|&id| id as u32).collect())
    };
    let (batch, targets) = (Batch::packed(tokens("ids")?, vec![0, 5, 16]), tokens("targets")?);
    let mut trained = Trained { losses: vec![], gradients: vec![] };
    let (mut m, mut v) = (vec![0.0; params.len()], vec![0.0; params.len()]);
    let mut copy = Bf16Weights::new(&params);
    for step in 1..=5 {
        copy.refresh(&params);
        let mut grads = Grads::zeros(&params);
        {
            let cx = Cx::training(&params, [0, step]).in_bf16(&copy);
            let hidden = model.forward(&cx, &batch, None);
            let loss = model.loss(&cx, &hidden, &targets, &[1.0; 16]);
            trained.losses.push(loss.item());
            cx.backward(&loss, &mut grads);
        }
        for entry in params.entries().to_vec() {
            let range = entry.range.clone();
            if step == 1 {
                trained.gradients.push((entry.name.clone(), grads.values()[range.clone()].to_vec()));
            }
            let weight_decay = if entry.decays() { 0.1 } else { 0.0 };
            let rule = AdamW { lr: 1e-2, beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay, step, grad_scale: 1.0 };
            let w = &mut params.weights_mut()[range.clone()];
            adamw(rule, w, &grads.values()[range.clone()], &mut m[range.clone()], &mut v[range]);
        }
    }
    Ok(trained)
}

/// Compares with what PyTorch stored under `mode`: losses, and gradients relative to the largest of their array.
fn compare(mode: &str, losses_within: f32, gradients_within: f32) -> Outcome {
    let (golden, trained) = (read("bf16")?, train()?);
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
    let furthest = trained.losses.iter().zip(expected).map(|(l, e)| (l - e).abs()).fold(0.0_f32, f32::max);
    check::that(furthest <= losses_within, || format!("{mode}: losses {:?}, expected {expected:?}", trained.losses))
}

/// A sum that differs in its last bit may round to the other neighbour, a 256th away: hence more than in f32.
pub fn rounded_operands_as_in_pytorch() -> Outcome {
    compare("operands", 1e-3, 5e-3)
}

/// PyTorch rounds results of products, too, and what attention multiplies.
pub fn close_to_autocast_of_pytorch() -> Outcome {
    compare("autocast", 5e-3, 3e-2)
}

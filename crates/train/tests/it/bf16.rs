//! Runs in mixed precision.

use super::runs::{checkpoint, recipe, run, scratch};
use check::{Outcome, Stop};
use kernels::bf16::Bf16;
use kernels::pool;
use std::path::Path;
use train::Recipe;
use train::metrics::Metrics;

/// Everything that a step in bf16 might forget: dropout, batches added up, an average beside the weights.
const SETTINGS: [&str; 3] = ["train.dtype=bf16", "train.accumulate=2", "optim.ema_decay=0.9"];

fn metrics(out: &Path) -> Result<Vec<Metrics>, Stop> {
    let lines = std::fs::read_to_string(out.join("metrics.jsonl"))?;
    Ok(lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

pub fn a_run_has_the_same_bytes_for_any_threads_and_stops() -> Outcome {
    let folder = scratch("bf16-bytes")?;
    let recipe = recipe(&folder, &SETTINGS)?;
    let [whole, two, parts] = ["whole", "two", "parts"].map(|name| folder.join(name));
    pool::with_threads(1, || run(&recipe, &whole, None))?;
    pool::with_threads(2, || run(&recipe, &two, None))?;
    for n_steps in [1, 6, 10] {
        run(&recipe, &parts, Some(n_steps))?;
    }
    run(&recipe, &parts, None)?;
    let expected = checkpoint(&whole, 30)?;
    check::that(checkpoint(&two, 30)? == expected, || "two threads train another model".into())?;
    check::that(checkpoint(&parts, 30)? == expected, || "a run that goes on trains another model".into())?;
    // What a run was begun with it goes on with.
    let changed = self::recipe(&folder, &["train.accumulate=2", "optim.ema_decay=0.9", "train.steps=40"])?;
    let error = run(&changed, &parts, None).err().map(|error| error.to_string()).unwrap_or_default();
    check::that(error.contains("train.dtype"), || format!("going on in f32: {error:?}"))?;
    let written = std::fs::read_to_string(whole.join("recipe.toml"))?;
    check::that(written.contains("dtype = \"bf16\""), || written.clone())?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// It is another computation than in f32, about as good; and what it trains are f32 weights.
pub fn weights_stay_f32_and_losses_near_those_of_f32() -> Outcome {
    let folder = scratch("bf16-losses")?;
    let settings = ["train.steps=200", "validation.every=50", "optim.lr_max=1e-2", "model.dropout=0"];
    for dtype in ["f32", "bf16"] {
        let recipe = recipe(&folder, &[&settings[..], &[&format!("train.dtype={dtype}")]].concat())?;
        run(&recipe, &folder.join(dtype), None)?;
    }
    let [single, mixed] = [metrics(&folder.join("f32"))?, metrics(&folder.join("bf16"))?];
    let (first, last) = ((single[0].loss, mixed[0].loss), (single[199].val_loss, mixed[199].val_loss));
    check::that(first.0 != first.1 && (first.0 - first.1).abs() < 1e-2, || format!("first losses {first:?}"))?;
    let (Some(single), Some(mixed)) = last else { return check::fail("no validation after the last step") };
    check::that(single < 0.8 * f64::from(first.0), || format!("{single} after {}: nothing was learnt", first.0))?;
    check::that((single - mixed).abs() < 0.05, || format!("last validation losses {last:?}"))?;
    let model = folder.join("bf16/checkpoints/step-000200/model.safetensors");
    let stored = formats::safetensors::read(model)?;
    let weights = stored.get("h.0.attn.c_attn.weight").map(|array| array.values.to_vec()).unwrap_or_default();
    let is_finer = |w: &f32| Bf16::rounded(*w).widened() != *w;
    check::that(weights.iter().filter(|w| is_finer(w)).count() > weights.len() / 2, || {
        "the saved weights are rounded".into()
    })?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn an_estimate_counts_the_copy_and_what_is_kept_in_half_the_room() -> Outcome {
    let folder = scratch("bf16-estimate")?;
    let of = |dtype: &str| -> Result<train::estimate::Estimate, Stop> {
        let recipe: Recipe = recipe(&folder, &["train.steps=2", "model.d_model=64", dtype])?;
        Ok(train::estimate::estimate(&recipe, &mut |_| ())?)
    };
    let [single, mixed] = [of("train.dtype=f32")?, of("train.dtype=bf16")?];
    let n = single.n_params as u64;
    let parts = |estimate: &train::estimate::Estimate| {
        let bytes = estimate.bytes;
        (bytes.weights, bytes.gradients, bytes.optimizer)
    };
    check::equal(parts(&single), (4 * n, 4 * n, 8 * n), "bytes in f32")?;
    check::equal(parts(&mixed), (6 * n, 4 * n, 8 * n), "bytes in bf16")?;
    let kept = (mixed.bytes.activations, single.bytes.activations);
    check::that(kept.0 < kept.1, || format!("activations take {} bytes in bf16, {} in f32", kept.0, kept.1))?;
    check::equal(mixed.flops_per_token, single.flops_per_token, "operations")?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

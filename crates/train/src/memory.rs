//! Whether a run can fit into memory: said before it begins, since an allocation that fails ends the process.
//!
//! First by a lower bound, good enough to tell a slip of the pen from a model while nothing is known of the vocabulary: weights,
//! gradients and two moments in f32, a copy of the weights in bf16 if layers multiply in it, and what the tape keeps of one step. Then by the plan of a step ([`crate::estimate`]).

use crate::recipe::{Dtype, Recipe};
use crate::run_folder::RunError;

/// Bytes for each weight: itself, its gradient, its two moments; and its copy in bf16.
const BYTES_PER_PARAM: f64 = 16.0;
const BYTES_PER_COPY: f64 = 2.0;
/// Activations that the tape keeps of each token in a block at least, in widths of the model: the inputs of two norms and their
/// results, queries, keys, values, attention, and the feed-forward network's hidden layer (4 wide) before and after its activation.
const WIDTHS_PER_BLOCK: f64 = 16.0;
/// The same in mixed precision: results of norms and attention take half the room where they are multiplied, the hidden layer is kept
/// once and in half the room.
const WIDTHS_PER_BLOCK_BF16: f64 = 9.5;

/// Fails if a run needs more than `memory_bytes`, whatever its vocabulary; nothing is known about more than it says.
///
/// # Errors
/// [`RunError::Memory`].
pub fn check(recipe: &Recipe, memory_bytes: Option<u64>) -> Result<(), RunError> {
    check_bytes(bytes_at_least(recipe), memory_bytes)
}

/// Fails if `needed` bytes are more than `memory_bytes`.
///
/// # Errors
/// [`RunError::Memory`].
pub fn check_bytes(needed: f64, memory_bytes: Option<u64>) -> Result<(), RunError> {
    match memory_bytes {
        Some(found) if needed > found as f64 => {
            Err(RunError::Memory { needed_gb: gigabytes(needed), found_gb: gigabytes(found as f64) })
        }
        _ => Ok(()),
    }
}

/// In floating point, where the product of absurd sizes is only large.
fn bytes_at_least(recipe: &Recipe) -> f64 {
    let [n_layers, d, context, batch] =
        [recipe.model.n_layers, recipe.model.d_model, recipe.model.max_seq_len, recipe.train.batch_size]
            .map(|size| size as f64);
    let n_params = n_layers * 12.0 * d * d;
    let (per_param, widths) = match recipe.train.dtype {
        Dtype::F32 => (BYTES_PER_PARAM, WIDTHS_PER_BLOCK),
        Dtype::Bf16 => (BYTES_PER_PARAM + BYTES_PER_COPY, WIDTHS_PER_BLOCK_BF16),
    };
    let blocks = if recipe.train.checkpoint_blocks { n_layers + widths } else { n_layers * widths };
    per_param * n_params + size_of::<f32>() as f64 * batch * context * blocks * d
}

fn gigabytes(bytes: f64) -> String {
    format!("{:.1}", bytes / 1e9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_recipes_fit_into_2_gb_and_absurd_ones_into_nothing() {
        for preset in crate::recipe::presets() {
            let recipe = Recipe::parse(preset.name, preset.toml, &[]).unwrap();
            assert!(check(&recipe, Some(2_000_000_000)).is_ok(), "{}", preset.name);
            for absurd in ["model.d_model=16777200", "train.batch_size=16777216", "model.max_seq_len=16777216"] {
                let recipe = Recipe::parse(preset.name, preset.toml, &[absurd.into()]).unwrap();
                let error = check(&recipe, Some(1 << 35)).unwrap_err();
                assert!(error.to_string().starts_with("run.memory"), "{absurd}: {error}");
                assert!(check(&recipe, None).is_ok());
            }
        }
    }
}

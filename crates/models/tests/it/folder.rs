//! Opening runs and checkpoints, whole and damaged.

use crate::gpt::model;
use check::{Outcome, Stop};
use formats::{checksum, safetensors};
use models::gpt::{GptConfig, Positions};
use models::{folder, weights};
use std::path::{Path, PathBuf};

fn config() -> GptConfig {
    GptConfig {
        vocab_size: 11,
        n_layers: 1,
        n_heads: 2,
        d_model: 8,
        max_seq_len: 4,
        dropout: 0.0,
        bias: true,
        positions: Positions::Learned,
    }
}

/// A fresh folder for one check.
fn scratch(name: &str) -> Result<PathBuf, Stop> {
    let path = std::env::temp_dir().join(format!("sanjie-models-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(path.join("checkpoints"))?;
    Ok(path)
}

/// Writes a checkpoint with weights from `seed` as step `seed`.
fn write_checkpoint(run: &Path, seed: u64) -> Result<PathBuf, Stop> {
    let path = run.join(format!("checkpoints/step-{seed:06}"));
    std::fs::create_dir_all(&path)?;
    let (model, params) = model(config(), seed)?;
    safetensors::write(path.join("model.safetensors"), &[], &weights::to_arrays(&params))?;
    std::fs::write(path.join("tokenizer.json"), "{}")?;
    let state =
        serde_json::json!({ "format_version": 1, "step": seed, "model": model.config(), "chat_template": null });
    std::fs::write(path.join("state.json"), state.to_string())?;
    checksum::write_sums(&path, &["model.safetensors", "tokenizer.json", "state.json"])?;
    Ok(path)
}

pub fn opens_what_was_written() -> Outcome {
    let run = scratch("written")?;
    write_checkpoint(&run, 3)?;
    let newest = write_checkpoint(&run, 12)?;
    let (_, params) = model(config(), 12)?;
    let weights_file = newest.join("model.safetensors");
    for path in [&run, &newest, &weights_file] {
        let opened = folder::open(path)?;
        check::equal((opened.step, &opened.path), (Some(12), &newest), "step and path")?;
        check::same_bits(opened.params.weights(), params.weights(), "weights")?;
    }
    for (path, expected) in [("nowhere", "model.missing"), ("checkpoints", "model.not_a_model")] {
        let error = folder::open(run.join(path)).err().map(|error| error.to_string()).unwrap_or_default();
        check::that(error.starts_with(expected), || format!("expected {expected}, found {error}"))?;
    }
    std::fs::remove_dir_all(run)?;
    Ok(())
}

pub fn falls_back_to_the_checkpoint_before() -> Outcome {
    let run = scratch("damaged")?;
    write_checkpoint(&run, 1)?;
    let newest = write_checkpoint(&run, 2)?;
    for file in ["model.safetensors", "tokenizer.json", "state.json"] {
        let mut bytes = std::fs::read(newest.join(file))?;
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        std::fs::write(newest.join(file), &bytes)?;
        let opened = folder::open(&run)?;
        check::equal((opened.step, opened.skipped.len()), (Some(1), 1), file)?;
        let error = folder::open(&newest).err().map(|error| error.to_string()).unwrap_or_default();
        check::that(error.starts_with("model.damaged"), || format!("a flipped bit of {file} gave {error:?}"))?;
        bytes[last] ^= 1;
        std::fs::write(newest.join(file), &bytes)?;
    }
    check::equal(folder::open(&run)?.step, Some(2), "repaired")?;
    std::fs::remove_dir_all(run)?;
    Ok(())
}

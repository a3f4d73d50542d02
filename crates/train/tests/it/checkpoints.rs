//! Checkpoints: what is saved comes back, and what does not belong is refused.

use crate::runs::{recipe, run, scratch};
use check::{Outcome, Stop};
use models::gpt::{GptConfig, Positions};
use models::{Model, ModelConfig, folder};
use std::path::Path;
use tensor::Params;
use train::checkpoint::{self, Best, Keep, RngState, Snapshot, State};
use train::loader::Position;
use train::optimizer::Optimizer;
use train::recipe::OptimSection;

fn config(d_model: usize) -> ModelConfig {
    let (vocab_size, n_layers, n_heads, max_seq_len) = (11, 2, 2, 6);
    ModelConfig::Gpt(GptConfig {
        vocab_size,
        n_layers,
        n_heads,
        d_model,
        max_seq_len,
        dropout: 0.25,
        bias: true,
        positions: Positions::Learned,
    })
}

/// A model with weights and moments that hold every kind of number.
fn trained(d_model: usize) -> Result<(Params, Optimizer), Stop> {
    let (_, mut params) = Model::new(&config(d_model))?;
    params.initialise(5);
    params.weights_mut()[..4].copy_from_slice(&[-0.0, f32::MIN_POSITIVE / 2.0, f32::MAX, 1e-30]);
    let mut optimizer = Optimizer::new(&params, &OptimSection::default());
    optimizer.m.iter_mut().enumerate().for_each(|(i, m)| *m = (i as f32).sin());
    optimizer.v.iter_mut().enumerate().for_each(|(i, v)| *v = (i as f32).cos().abs());
    Ok((params, optimizer))
}

fn state(step: u64) -> State {
    State {
        format_version: folder::FORMAT_VERSION,
        step,
        tokens: 1234,
        model: config(8),
        chat_template: Some("{{ messages }}".into()),
        loader: Position::Documents { epoch: 2, next: 17 },
        rng: RngState { seed: 1, counter: step },
        best: Some(Best { step: 3, val_loss: 0.1 + 0.2 }),
        data_sha256: "0".repeat(64),
        recipe: None,
    }
}

fn save(run: &Path, step: u64) -> Result<std::path::PathBuf, Stop> {
    let (params, optimizer) = trained(8)?;
    let snapshot = Snapshot { state: &state(step), params: &params, optimizer: &optimizer, tokenizer_json: "{}" };
    Ok(checkpoint::save(run, &snapshot)?)
}

pub fn weights_and_moments_come_back_bit_for_bit() -> Outcome {
    let folder = scratch("round-trip")?;
    let path = save(&folder, 7)?;
    let loaded = checkpoint::load(&path)?;
    check::equal(&loaded.state, &state(7), "state")?;
    check::equal(loaded.tokenizer_json, b"{}".to_vec(), "tokenizer")?;
    let (stored, moments) = trained(8)?;
    let (_, mut params) = Model::new(&config(8))?;
    let mut optimizer = Optimizer::new(&params, &OptimSection::default());
    checkpoint::load_arrays(&path, &mut params, &mut optimizer)?;
    check::same_bits(params.weights(), stored.weights(), "weights")?;
    check::same_bits(&optimizer.m, &moments.m, "first moments")?;
    check::same_bits(&optimizer.v, &moments.v, "second moments")?;
    // Whoever only wants the model finds the same weights, and all files that a checkpoint has.
    let opened = folder::open(&folder)?;
    check::same_bits(opened.params.weights(), stored.weights(), "weights of the opened model")?;
    check::equal(opened.model.config(), config(8), "sizes")?;
    check::equal(opened.chat_template.as_deref(), Some("{{ messages }}"), "template")?;
    let mut files: Vec<_> = std::fs::read_dir(&path)?
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_, _>>()?;
    files.sort();
    let expected = ["SHA256SUMS", "model.safetensors", "optimizer.safetensors", "state.json", "tokenizer.json"];
    check::equal(files, expected.map(String::from).to_vec(), "files")?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn equal_runs_write_equal_bytes() -> Outcome {
    let folder = scratch("bytes")?;
    let [one, two] = [save(&folder.join("one"), 7)?, save(&folder.join("two"), 7)?];
    for entry in std::fs::read_dir(&one)? {
        let name = entry?.file_name();
        check::that(std::fs::read(one.join(&name))? == std::fs::read(two.join(&name))?, || {
            format!("{name:?} differs")
        })?;
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// A state that is read and written again is the same bytes, whatever the loss: the shortest digits of a number must be
/// read as that number, not as its neighbour.
pub fn every_loss_comes_back_bit_for_bit() -> Outcome {
    let mut bits = 0x9e37_79b9_7f4a_7c15_u64;
    let losses = (0..2000).map(|_| {
        bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (bits >> 11) as f64 / (1u64 << 50) as f64
    });
    for val_loss in std::iter::once(3.100_723_274_683_548_2).chain(losses) {
        let written = State { best: Some(Best { step: 3, val_loss }), ..state(7) };
        let text = serde_json::to_string(&written)?;
        let read: State = serde_json::from_str(&text)?;
        check::equal(serde_json::to_string(&read)?, text, "a state read and written")?;
    }
    Ok(())
}

pub fn what_does_not_fit_is_refused() -> Outcome {
    let folder = scratch("misfit")?;
    let path = save(&folder, 7)?;
    // The weights of another model.
    let (mut params, mut optimizer) = trained(16)?;
    let error = checkpoint::load_arrays(&path, &mut params, &mut optimizer).err().map(|error| error.to_string());
    let error = error.unwrap_or_default();
    check::that(error.starts_with("run.bad_checkpoint") && error.contains("weights.shape (name: wte.weight"), || {
        error.clone()
    })?;
    // A state that a later version wrote, and one that is none.
    let text = std::fs::read_to_string(path.join("state.json"))?;
    let newer = text.replacen("\"format_version\": 1", "\"format_version\": 2", 1);
    for (text, expected) in
        [(newer.as_str(), "checkpoint.version (found: 2"), ("{}", "run.bad_checkpoint"), ("", "bad_checkpoint")]
    {
        std::fs::write(path.join("state.json"), text)?;
        let error = checkpoint::load(&path).err().map(|error| error.to_string()).unwrap_or_default();
        check::that(error.contains(expected), || format!("expected {expected}: {error}"))?;
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn the_last_ones_and_the_best_stay() -> Outcome {
    let folder = scratch("pruned")?;
    let out = folder.join("run");
    run(&recipe(&folder, &["train.steps=50"])?, &out, Some(33))?;
    let steps = |out: &Path| folder::checkpoints(out).into_iter().map(|(step, _)| step).rev().collect::<Vec<u64>>();
    // The two newest scheduled ones, the interruption's, and the best, which is the newest as long as it learns.
    check::equal(steps(&out), vec![20, 30, 33], "after an interruption")?;
    run(&recipe(&folder, &["train.steps=50"])?, &out, None)?;
    check::equal(steps(&out), vec![40, 50], "at the end")?;
    checkpoint::prune(&out, Keep { every: 10, newest: 1, best: Some(40) })?;
    check::equal(steps(&out), vec![40, 50], "with an older best")?;
    checkpoint::prune(&out, Keep { every: 10, newest: 1, best: Some(50) })?;
    check::equal(steps(&out), vec![50], "with the last the best")?;
    // Half a checkpoint of a process that was killed is none, and is swept away.
    std::fs::create_dir(out.join("checkpoints/.step-000060.tmp"))?;
    check::equal(steps(&out), vec![50], "with half a checkpoint")?;
    checkpoint::sweep(&out);
    check::that(!out.join("checkpoints/.step-000060.tmp").exists(), || "half a checkpoint was left".into())?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

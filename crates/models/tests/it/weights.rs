//! Weights by the names of the published GPT-2 checkpoints, whose matrices are stored `[in, out]` (their `Conv1D`).

use crate::gpt::model;
use check::Outcome;
use formats::safetensors::{Contents, NamedArray};
use models::gpt::{GptConfig, Positions};
use models::{Model, ModelConfig, weights};
use nn::Batch;
use tensor::{Cx, Params};

/// The published architecture, two blocks and 8 wide.
fn config(bias: bool) -> GptConfig {
    GptConfig {
        vocab_size: 11,
        n_layers: 2,
        n_heads: 2,
        d_model: 8,
        max_seq_len: 5,
        dropout: 0.0,
        bias,
        positions: Positions::Learned,
    }
}

/// What the file of a published GPT-2 holds for [`config`], in its own order of a block.
fn published() -> Vec<(String, Vec<usize>)> {
    let mut arrays = vec![("wte.weight".to_string(), vec![11, 8]), ("wpe.weight".to_string(), vec![5, 8])];
    for i in 0..2 {
        for (name, shape) in [
            ("ln_1.weight", vec![8]),
            ("ln_1.bias", vec![8]),
            ("attn.c_attn.weight", vec![8, 24]),
            ("attn.c_attn.bias", vec![24]),
            ("attn.c_proj.weight", vec![8, 8]),
            ("attn.c_proj.bias", vec![8]),
            ("ln_2.weight", vec![8]),
            ("ln_2.bias", vec![8]),
            ("mlp.c_fc.weight", vec![8, 32]),
            ("mlp.c_fc.bias", vec![32]),
            ("mlp.c_proj.weight", vec![32, 8]),
            ("mlp.c_proj.bias", vec![8]),
        ] {
            arrays.push((format!("h.{i}.{name}"), shape));
        }
    }
    arrays.extend([("ln_f.weight".to_string(), vec![8]), ("ln_f.bias".to_string(), vec![8])]);
    arrays
}

pub fn names_and_shapes_are_the_published_ones() -> Outcome {
    let declared = |bias| -> Result<Vec<(String, Vec<usize>)>, check::Stop> {
        let (_, params) = model(config(bias), 1)?;
        Ok(params.entries().iter().map(|entry| (entry.name.clone(), entry.shape.clone())).collect())
    };
    check::equal(declared(true)?, published(), "with biases")?;
    let without: Vec<_> = published().into_iter().filter(|(name, _)| !name.ends_with(".bias")).collect();
    check::equal(declared(false)?, without, "without biases")?;
    let (_, params) = model(config(true), 1)?;
    for entry in params.entries() {
        check::equal(entry.decays(), entry.shape.len() == 2, &format!("decay of {}", entry.name))?;
    }
    Ok(())
}

fn contents(params: &Params) -> Contents {
    let array = |name: &str, shape: &[usize], values: &[f32]| NamedArray {
        name: name.to_string(),
        shape: shape.to_vec(),
        values: values.to_vec(),
        dtype: "F32".to_string(),
    };
    let arrays = weights::to_arrays(params).iter().map(|a| array(a.name, a.shape, a.values)).collect();
    Contents { arrays, metadata: Default::default() }
}

pub fn a_file_fills_the_model_or_changes_nothing() -> Outcome {
    let (_, stored) = model(config(true), 7)?;
    let mut file = contents(&stored);
    // The order of a file is its own business.
    file.arrays.reverse();
    let (_, mut params) = model(config(true), 8)?;
    weights::from_arrays(&mut params, &file)?;
    check::same_bits(params.weights(), stored.weights(), "weights")?;

    let before = params.weights().to_vec();
    let mut refuse = |change: &dyn Fn(&mut Contents), expected: &str| {
        let mut file = contents(&stored);
        change(&mut file);
        let found = weights::from_arrays(&mut params, &file).err().map(|error| error.to_string());
        check::equal(found.as_deref(), Some(expected), "refusal")?;
        check::same_bits(params.weights(), &before, "weights after a refusal")
    };
    refuse(&|file| drop(file.arrays.remove(3)), "weights.missing (name: h.0.ln_1.bias)")?;
    refuse(&|file| file.arrays[3].name = "h.9.ln_1.bias".into(), "weights.surplus (name: h.9.ln_1.bias)")?;
    refuse(
        &|file| file.arrays[4].shape = vec![24, 8],
        "weights.shape (name: h.0.attn.c_attn.weight, expected: [8, 24], found: [24, 8])",
    )
}

/// In a matrix stored `[in, out]`, row i is what input i contributes; a transposed reading would show at once.
pub fn matrices_are_read_as_in_by_out() -> Outcome {
    let (gpt, mut params) = Model::new(&ModelConfig::Gpt(GptConfig { n_layers: 1, ..config(true) }))?;
    let set = |params: &mut Params, name: &str, change: &dyn Fn(&mut [f32])| -> Outcome {
        let Some(entry) = params.entries().iter().find(|entry| entry.name == name).cloned() else {
            return check::fail(format!("no {name}"));
        };
        change(&mut params.weights_mut()[entry.range]);
        Ok(())
    };
    // Everything is 0 but the last norm, the tokens' vectors, and one entry of the feed-forward network's way down:
    // from hidden unit 5, which a bias drives, to width 2.
    set(&mut params, "ln_f.weight", &|w| w.fill(1.0))?;
    set(&mut params, "h.0.mlp.c_fc.bias", &|b| b[5] = 10.0)?;
    set(&mut params, "h.0.mlp.c_proj.weight", &|w| w[5 * 8 + 2] = 1.0)?;
    let cx = Cx::inference(&params);
    let hidden = gpt.forward(&cx, &Batch::single(vec![0]), None);
    let largest = hidden.values().iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map(|(i, _)| i);
    check::equal(largest, Some(2), "the width that was written to")
}

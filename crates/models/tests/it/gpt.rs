//! The GPT against PyTorch (`goldens/make_gpt.py`), and against itself in other arrangements.

use check::{Golden, Outcome, Stop};
use kernels::adamw::{AdamW, adamw};
use kernels::pool;
use models::gpt::{GptConfig, Positions};
use models::{Model, ModelConfig};
use nn::Batch;
use tensor::{Bf16Weights, Cx, Grads, Params};

pub fn config(bias: bool) -> GptConfig {
    GptConfig {
        vocab_size: 37,
        n_layers: 2,
        n_heads: 4,
        d_model: 32,
        max_seq_len: 16,
        dropout: 0.0,
        bias,
        positions: Positions::Learned,
    }
}

/// A model with weights from `seed`, larger than at initialisation, so that every part matters.
pub fn model(config: GptConfig, seed: u64) -> Result<(Model, Params), Stop> {
    let (model, mut params) = Model::new(&ModelConfig::Gpt(config))?;
    params.initialise(seed);
    params.weights_mut().iter_mut().for_each(|w| *w *= 5.0);
    Ok((model, params))
}

pub fn matches_pytorch_with_biases() -> Outcome {
    matches_pytorch("bias", config(true))
}

pub fn matches_pytorch_without_biases() -> Outcome {
    matches_pytorch("plain", config(false))
}

pub fn matches_pytorch_with_rotary_positions() -> Outcome {
    matches_pytorch("rotary", GptConfig { positions: Positions::Rotary, ..config(false) })
}

fn matches_pytorch(tag: &str, config: GptConfig) -> Outcome {
    let golden = golden("gpt")?;
    let trained = train(tag, config, |_| None)?;
    check::close(&trained.logits, &golden.get(&format!("{tag}/logits"))?.values, 2e-5, "logits")?;
    for (name, gradient) in &trained.gradients {
        check::close(gradient, &golden.get(&format!("{tag}/grad/{name}"))?.values, 2e-5, name)?;
    }
    check::close(&trained.losses, &golden.get(&format!("{tag}/losses"))?.values, 1e-4, "five AdamW losses")
}

/// What five steps of AdamW give.
pub struct Trained {
    /// Before the first.
    logits: Vec<f32>,
    /// Of the first, with their names.
    pub gradients: Vec<(String, Vec<f32>)>,
    pub losses: Vec<f32>,
}

/// The golden `file`.
pub fn golden(file: &str) -> Result<Golden, Stop> {
    Golden::read(format!("{}/goldens/{file}.safetensors", env!("CARGO_MANIFEST_DIR")))
}

/// Trains the model that `make_gpt.py` stored under `tag`, in mixed precision where `rounded` gives a copy of the weights.
pub fn train(tag: &str, config: GptConfig, rounded: impl Fn(&Params) -> Option<Bf16Weights>) -> Result<Trained, Stop> {
    let golden = golden("gpt")?;
    let (model, mut params) = Model::new(&ModelConfig::Gpt(config))?;
    for entry in params.entries().to_vec() {
        let stored = golden.get(&format!("{tag}/weight/{}", entry.name))?;
        check::equal(&entry.shape, &stored.shape, &entry.name)?;
        params.weights_mut()[entry.range].copy_from_slice(&stored.values);
    }
    let tokens = |name: &str| -> Result<Vec<u32>, Stop> {
        Ok(golden.get(&format!("{tag}/{name}"))?.values.iter().map(|&id| id as u32).collect())
    };
    let batch = Batch::packed(tokens("ids")?, vec![0, 5, 16]);
    let targets = tokens("targets")?;

    let mut grads = Grads::zeros(&params);
    let (mut m, mut v) = (vec![0.0; params.len()], vec![0.0; params.len()]);
    let mut trained = Trained { logits: vec![], gradients: vec![], losses: vec![] };
    for step in 1..=5 {
        grads.zero();
        {
            let cx = Cx::training(&params, [0, step]);
            let cx = match rounded(&params) {
                Some(copy) => cx.in_bf16(&copy),
                None => cx,
            };
            let hidden = model.forward(&cx, &batch, None);
            if step == 1 {
                trained.logits = model.head(&cx, &hidden).values().to_vec();
            }
            let loss = model.loss(&cx, &hidden, &targets, &[1.0; 16]);
            trained.losses.push(loss.item());
            cx.backward(&loss, &mut grads);
        }
        for entry in params.entries().to_vec() {
            if step == 1 {
                trained.gradients.push((entry.name.clone(), grads.values()[entry.range.clone()].to_vec()));
            }
            let weight_decay = if entry.decays() { 0.1 } else { 0.0 };
            let rule = AdamW { lr: 1e-2, beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay, step, grad_scale: 1.0 };
            let range = entry.range;
            let w = &mut params.weights_mut()[range.clone()];
            adamw(rule, w, &grads.values()[range.clone()], &mut m[range.clone()], &mut v[range]);
        }
    }
    Ok(trained)
}

pub fn counts_its_weights_and_operations() -> Outcome {
    let rotary = GptConfig { positions: Positions::Rotary, ..config(false) };
    for config in [config(false), config(true), rotary] {
        let (model, params) = model(config, 1)?;
        check::equal(model.n_params(), params.len(), "n_params")?;
    }
    let published = GptConfig::gpt2_124m();
    check::equal(published.n_params(), 124_439_808, "weights of the published GPT-2")?;
    // The formula against what the tape counts: matrix products and attention dominate; norms and GELU are left out.
    let (model, params) = model(config(false), 1)?;
    let cx = Cx::training(&params, [0, 0]);
    model.head(&cx, &model.forward(&cx, &Batch::single(vec![1; 16]), None));
    let (counted, formula) = (cx.flops() as f64, 16.0 * model.flops_per_token(8) as f64);
    check::that((counted / formula - 1.0).abs() < 0.1, || format!("tape {counted}, formula {formula}"))
}

pub fn refuses_impossible_sizes() -> Outcome {
    let cases = [
        (GptConfig { n_heads: 5, ..config(false) }, "model.heads (d_model: 32, n_heads: 5)"),
        (
            GptConfig { d_model: 36, n_heads: 4, positions: Positions::Rotary, ..config(false) },
            "model.odd_heads (d_head: 9)",
        ),
        (GptConfig { n_layers: 0, ..config(false) }, "model.size (key: model.n_layers, value: 0, max: 1024)"),
        (GptConfig { dropout: 1.0, ..config(false) }, "model.dropout (value: 1)"),
        (GptConfig { dropout: f32::NAN, ..config(false) }, "model.dropout (value: NaN)"),
    ];
    for (config, expected) in cases {
        let found = Model::new(&ModelConfig::Gpt(config)).err().map(|error| error.to_string());
        check::equal(found.as_deref(), Some(expected), "refusal")?;
    }
    Ok(())
}

/// Long enough for several attention chunks.
fn long_config() -> GptConfig {
    GptConfig { max_seq_len: 300, ..config(false) }
}

fn logits(model: &Model, params: &Params, batch: &Batch) -> Vec<f32> {
    let cx = Cx::inference(params);
    model.head(&cx, &model.forward(&cx, batch, None)).values().to_vec()
}

fn tokens(n: usize, seed: u32) -> Vec<u32> {
    (0..n as u32).map(|i| (i * 31 + i * i * 7 + seed) % 37).collect()
}

pub fn same_bits_for_any_number_of_threads() -> Outcome {
    let (model, params) = model(long_config(), 3)?;
    let batch = Batch::single(tokens(300, 0));
    let one = pool::with_threads(1, || logits(&model, &params, &batch));
    let two = pool::with_threads(2, || logits(&model, &params, &batch));
    check::same_bits(&two, &one, "logits of two threads against one")
}

pub fn same_bits_for_any_batch_composition() -> Outcome {
    any_batch_composition(long_config())?;
    any_batch_composition(GptConfig { positions: Positions::Rotary, ..long_config() })
}

fn any_batch_composition(config: GptConfig) -> Outcome {
    let (model, params) = model(config, 3)?;
    let lengths = [1, 7, 64, 65, 200, 299];
    let documents: Vec<Vec<u32>> = lengths.iter().map(|&n| tokens(n, n as u32)).collect();
    let mut offsets = vec![0];
    offsets.extend(lengths.iter().scan(0, |end, n| {
        *end += n;
        Some(*end)
    }));
    let together = logits(&model, &params, &Batch::packed(documents.concat(), offsets.clone()));
    for (document, start) in documents.into_iter().zip(&offsets) {
        let rows = start * 37..(start + document.len()) * 37;
        let what = format!("a document of {} tokens in a pack and alone", document.len());
        check::same_bits(&together[rows], &logits(&model, &params, &Batch::single(document)), &what)?;
    }
    Ok(())
}

pub fn trains_the_same_with_and_without_a_second_thread() -> Outcome {
    let (model, params) = model(GptConfig { dropout: 0.1, ..long_config() }, 5)?;
    let batch = Batch::packed(tokens(330, 2), vec![0, 30, 330]);
    let targets = tokens(330, 9);
    let gradients = |threads| {
        pool::with_threads(threads, || {
            let mut grads = Grads::zeros(&params);
            let cx = Cx::training(&params, [1, 2]);
            let hidden = model.forward(&cx, &batch, None);
            cx.backward(&model.loss(&cx, &hidden, &targets, &[1.0; 330]), &mut grads);
            grads.values().to_vec()
        })
    };
    check::same_bits(&gradients(2), &gradients(1), "gradients of two threads against one")
}

//! `first_batches RECIPE DATA N OUT`: what a run starts from, as one safetensors file, so that another program can train
//! the same: the weights before the first step (`weight/NAME`), and of the first N steps `inputs` and `targets`
//! `[N, batch, context]`. For recipes with the layout `stream`.

use formats::safetensors::{self, ArrayRef};
use models::{Model, ModelConfig};
use std::error::Error;
use std::path::Path;
use train::Recipe;
use train::data::{Corpus, Texts};
use train::loader::{Amount, Loader};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [recipe, data, n_steps, out] = arguments.as_slice() else {
        return Err("usage: first_batches RECIPE DATA N OUT".into());
    };
    let n_steps: usize = n_steps.parse()?;
    let mut recipe = Recipe::load(recipe, &[])?;
    recipe.read_data_from(Path::new(data));
    let texts = Texts::read(&recipe, &mut |_, _| ())?;
    let tokenizer = texts.train_tokenizer(&recipe)?;
    let corpus = Corpus::new(&recipe, texts, tokenizer, &mut |_, _| ())?;
    let (_, mut params) = Model::new(&ModelConfig::Gpt(recipe.model.gpt(corpus.tokenizer.vocab_size())))?;
    params.initialise(recipe.train.seed);

    let amount = Amount { batch_size: recipe.train.batch_size, context: recipe.model.max_seq_len };
    let mut loader = Loader::stream(&corpus.train, amount, recipe.train.seed);
    let (mut inputs, mut targets) = (Vec::new(), Vec::new());
    for step in 1..=n_steps as u64 {
        let batch = loader.batch(step);
        // Ids are below 2^24, so a float holds them exactly.
        inputs.extend(batch.inputs.ids.iter().map(|&id| id as f32));
        targets.extend(batch.targets.iter().map(|&id| id as f32));
    }
    let names: Vec<String> = params.entries().iter().map(|entry| format!("weight/{}", entry.name)).collect();
    let shape = [n_steps, amount.batch_size, amount.context];
    let mut arrays: Vec<ArrayRef> = names
        .iter()
        .zip(params.entries())
        .map(|(name, entry)| ArrayRef { name, shape: &entry.shape, values: &params.weights()[entry.range.clone()] })
        .collect();
    arrays.push(ArrayRef { name: "inputs", shape: &shape, values: &inputs });
    arrays.push(ArrayRef { name: "targets", shape: &shape, values: &targets });
    safetensors::write(Path::new(out), &[], &arrays)?;
    Ok(())
}

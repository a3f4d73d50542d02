//! The small model that the lessons' live figure shows before the learner has trained one of their own.
//!
//! Two layers of four heads, trained on the stories of the recipe `stories`; `figure/recipe.toml` is the whole run and
//! `figure/make.py` made the files from it. It shows how heads look, and is good for nothing else: nobody can chat with it.

use infer::{Codec, TextModel};
use models::{Model, ModelConfig};
use serde::Deserialize;
use std::sync::OnceLock;
use text::tokenizer::Tokenizer;

const WEIGHTS: &[u8] = include_bytes!("../figure/model.safetensors");
const TOKENIZER: &[u8] = include_bytes!("../figure/tokenizer.json");
const STATE: &[u8] = include_bytes!("../figure/state.json");

/// The part of a checkpoint's state that says what the model is.
#[derive(Deserialize)]
struct State {
    model: ModelConfig,
}

/// The model; it is put together when it is asked for first.
pub(crate) fn model() -> &'static TextModel {
    static MODEL: OnceLock<TextModel> = OnceLock::new();
    MODEL.get_or_init(|| {
        // The files are part of the program, and a check of this crate opens them.
        let state: State = serde_json::from_slice(STATE).expect("figure/state.json");
        let (model, mut params) = Model::new(&state.model).expect("figure/state.json");
        let weights =
            formats::safetensors::parse(WEIGHTS, "figure/model.safetensors").expect("figure/model.safetensors");
        models::weights::from_arrays(&mut params, &weights).expect("figure/model.safetensors");
        let tokenizer = Tokenizer::from_json(TOKENIZER).expect("figure/tokenizer.json");
        TextModel::from_parts(model, params, Codec::new(tokenizer, None)).expect("figure/tokenizer.json")
    })
}

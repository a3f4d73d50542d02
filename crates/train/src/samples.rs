//! What the model writes as it learns: continuations by the engine, from the weights being trained.

use crate::data::Corpus;
use crate::recipe::{Recipe, Source};
use crate::run_folder::{JsonLine, RunError};
use infer::{Codec, GenerationRequest, Input, Limits, Prepared, TextEngine, generate};
use models::Model;
use serde::{Deserialize, Serialize};
use tensor::Params;
use text::stories::{self, Lang, Split};
use text::tokenizer::Tokenizer;

/// Held-out stories from which the shortest opening is taken, so that a small context has room for more.
const STORIES_TO_CHOOSE_FROM: u64 = 16;
/// Tokens of a held-out text that a sample continues, when neither recipe nor stories give a beginning.
const PROMPT_TOKENS: usize = 8;

/// A line of `samples.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Steps done when it was written.
    pub step: u64,
    /// What was to be continued.
    pub prompt: String,
    /// How the model went on.
    pub text: String,
    /// The language of a story, `zh` or `en`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lang: Option<String>,
}

impl JsonLine for Sample {
    const IS_OF_EVERY_STEP: bool = false;
    fn step(&self) -> u64 {
        self.step
    }
}

/// Writes samples, always from the same beginnings.
pub struct Sampler<'r> {
    recipe: &'r Recipe,
    codec: Codec,
    prompts: Vec<Prompt>,
}

struct Prompt {
    text: String,
    lang: Option<String>,
}

impl<'r> Sampler<'r> {
    /// Beginnings from the recipe, else the shortest opening of some held-out stories of each language, else from the held-out text.
    pub fn new(recipe: &'r Recipe, corpus: &Corpus) -> Sampler<'r> {
        let tokenizer = Tokenizer::from_json(corpus.tokenizer.to_json()).expect("a tokenizer reads what it wrote");
        let plain = |text: String| Prompt { text, lang: None };
        let prompts = match (&recipe.samples.prompts, recipe.data.source) {
            (prompts, _) if !prompts.is_empty() => prompts.iter().cloned().map(plain).collect(),
            (_, Source::Stories) => Lang::ALL
                .map(|lang| {
                    let openings =
                        (0..STORIES_TO_CHOOSE_FROM).map(|seed| stories::story(lang, Split::HeldOut, seed).opening);
                    let shortest = openings.min_by_key(String::len).unwrap_or_default();
                    Prompt { text: shortest, lang: Some(lang.code().to_string()) }
                })
                .into(),
            _ => {
                let text = corpus.held_out.ids.iter().copied().filter(|&id| !tokenizer.is_special(id));
                let beginning: Vec<u32> = text.take(PROMPT_TOKENS).collect();
                vec![plain(tokenizer.decode(&beginning).unwrap_or_default())]
            }
        };
        Sampler { recipe, codec: Codec::new(tokenizer, None), prompts }
    }

    /// The recipe's own beginnings that `model` cannot continue, and why: they will be missing from every sample.
    pub fn unusable(&self, model: &Model) -> Vec<RunError> {
        let prompts = self.recipe.samples.prompts.iter();
        let error = |prompt: &String| {
            let cause = Prepared::new(self.request(prompt), &self.codec, model).err()?;
            Some(RunError::SamplePrompt { prompt: format!("{prompt:?}"), cause: Box::new(cause) })
        };
        prompts.filter_map(error).collect()
    }

    fn request(&self, prompt: &str) -> GenerationRequest {
        let settings = &self.recipe.samples;
        GenerationRequest {
            max_tokens: Some(settings.max_tokens),
            temperature: settings.temperature as f32,
            seed: self.recipe.train.seed,
            ..GenerationRequest::greedy(Input::Text(prompt.to_string()))
        }
    }

    /// One sample for each beginning; one that the model cannot continue is passed over.
    pub fn write(&self, model: &Model, params: &Params, step: u64) -> Vec<Sample> {
        let mut engine = TextEngine::new(model, params, &self.codec, Limits::standard());
        let mut samples = Vec::new();
        for Prompt { text: prompt, lang } in &self.prompts {
            if let Ok(answer) = generate(&mut engine, self.request(prompt), |_| {}) {
                samples.push(Sample { step, prompt: prompt.clone(), text: answer.text, lang: lang.clone() });
            }
        }
        samples
    }
}

//! What a model takes for likely as the next token of a text.

use super::{check_given, check_length};
use crate::App;
use crate::chat::Refusal;
use crate::failure::{Body, Failure};
use axum::Json;
use axum::extract::State;
use infer::sampler::LogProbs;
use infer::{Codec, Input, Prompt, SubmitError, TextModel, next_token_logits};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use text::template::{Message, Role};

/// Tokens told.
const TOKENS: usize = 10;
/// Tokens of a text that are read, the last ones: more would keep the page waiting.
const READ_MAX: usize = 1024;
/// Characters of a text.
const CHARACTERS_MAX: usize = 20_000;

/// A wish to know what comes next.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct AskNext {
    /// A model that writes: a run's id, or ORG/NAME.
    pub model: String,
    /// The text so far.
    pub text: String,
    /// Whether the text is a person's turn, which the chat template puts into words for the model.
    #[serde(default)]
    pub as_turn: bool,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct NextTokens {
    /// The text as the model reads it, markers shown.
    pub prompt: String,
    /// Tokens that it read.
    pub n_tokens: u32,
    /// Tokens at the beginning that it did not read.
    pub left_out_tokens: u32,
    /// The likeliest, best first.
    pub tokens: Vec<NextToken>,
    /// Tokens it chooses among.
    pub vocab_size: u32,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct NextToken {
    /// Its number in the vocabulary.
    pub id: u32,
    /// Its text; bytes that are no text alone show as U+FFFD.
    pub text: String,
    /// Whether it is a marker and no text.
    pub is_special: bool,
    /// Its probability.
    pub probability: f64,
}

/// `POST /api/next`.
pub(super) async fn ask(State(app): State<Arc<App>>, Body(wanted): Body<AskNext>) -> Result<Json<NextTokens>, Failure> {
    check_length(&wanted.text, CHARACTERS_MAX, "20000 characters at most")?;
    if wanted.as_turn {
        check_given(&wanted.text)?;
    }
    let model = wanted.model.clone();
    Ok(Json(crate::chat::ask(app, model, move |speaker| speaker.next(&wanted)).await?))
}

/// A text as a model reads it: some tokens, of which a tokenizer that knows none of the characters has none.
pub(crate) fn prompt(codec: &Codec, input: &Input) -> Result<Prompt, Refusal> {
    let prompt = codec.prompt(input).map_err(|error| Arc::new(error) as Refusal)?;
    if prompt.ids.is_empty() { Err(Arc::new(SubmitError::EmptyPrompt {})) } else { Ok(prompt) }
}

/// Reads the text once.
pub(crate) fn next(text_model: &TextModel, wanted: &AskNext) -> Result<NextTokens, Refusal> {
    let TextModel { model, params, codec, .. } = text_model;
    let input = if wanted.as_turn {
        Input::Messages(vec![Message::new(Role::User, wanted.text.clone())].into())
    } else {
        Input::Text(wanted.text.clone())
    };
    let prompt = prompt(codec, &input)?;
    let left_out = prompt.ids.len().saturating_sub(READ_MAX.min(model.max_seq_len()));
    let ids = &prompt.ids[left_out..];
    let logits = next_token_logits((model, params), ids);
    let tokenizer = codec.tokenizer();
    let tokens = LogProbs::new(&logits).best(TOKENS).into_iter().map(|(id, logprob)| NextToken {
        id,
        text: codec.token_text(id),
        is_special: tokenizer.is_special(id),
        probability: f64::from(logprob).exp(),
    });
    Ok(NextTokens {
        prompt: prompt.text,
        n_tokens: ids.len() as u32,
        left_out_tokens: left_out as u32,
        tokens: tokens.collect(),
        vocab_size: model.vocab_size() as u32,
    })
}

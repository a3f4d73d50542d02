//! OpenAI's API as far as it is spoken here: models, completions, chat completions, embeddings, errors.
//!
//! Source: OpenAI's published API reference, and what its Python client sends and reads.

mod chat;
mod completions;
mod embeddings;
mod error;
mod models;

pub use chat::{
    AppliedTemplate, ChatChoice, ChatChunk, ChatChunkChoice, ChatCompletion, ChatDelta, ChatLogprob, ChatLogprobs,
    ChatMessage, ChatRequest, ChatTopLogprob, Content, ContentPart,
};
pub use completions::{Completion, CompletionChoice, CompletionLogprobs, CompletionRequest, PromptInput};
pub use embeddings::{EmbeddingItem, EmbeddingReply, EmbeddingRequest, EmbeddingUsage, EmbeddingVector};
pub use error::{ErrorBody, ErrorReply};
pub use models::{ModelCard, ModelList};

use serde::{Deserialize, Serialize};

/// One string or several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a string or a list of strings")]
pub enum Strings {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Strings {
    /// As a list.
    pub fn into_vec(self) -> Vec<String> {
        match self {
            Strings::One(string) => vec![string],
            Strings::Many(strings) => strings,
        }
    }
}

/// What a streamed answer brings besides its text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StreamOptions {
    /// A last chunk without choices that holds the usage.
    pub include_usage: Option<bool>,
}

/// Tokens that were read and written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Of the prompt.
    pub prompt_tokens: usize,
    /// Of all answers.
    pub completion_tokens: usize,
    /// The sum.
    pub total_tokens: usize,
}

//! What goes into the engine and what comes out, in tokens.

use crate::sampler::Sampling;
use serde::Serialize;

/// Names a request for as long as the engine lives; counts up from 0 in order of submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub(crate) u64);

/// A prompt to be continued.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// At least one token, and fewer than the model's context.
    pub prompt: Vec<u32>,
    /// At most this many new tokens; `None` lets the context be the limit.
    pub max_tokens: Option<usize>,
    /// How the next token is chosen.
    pub sampling: Sampling,
    /// Tokens that end the answer; the one that did is not part of it.
    pub stop_tokens: Vec<u32>,
    /// How many of the likeliest tokens to report with each token.
    pub n_alternatives: usize,
    /// Whether the prompt's own tokens are reported, too; then `max_tokens` may be 0.
    pub score_prompt: bool,
}

/// A chosen token.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// Its id.
    pub id: u32,
    /// Natural logarithm of its probability under the model itself, before temperature and top-p.
    pub logprob: f32,
    /// The likeliest tokens with their log-probabilities, best first; ties go to the lower id.
    pub alternatives: Vec<(u32, f32)>,
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FinishReason {
    /// The model, or a stop string, ended it.
    Stop,
    /// `max_tokens` or the context was used up.
    Length,
}

impl FinishReason {
    /// `stop` or `length`, as on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            FinishReason::Stop => "stop",
            FinishReason::Length => "length",
        }
    }
}

/// How many tokens a request took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt_tokens: usize,
    /// Tokens of the answer; the token or the string that ended it is not counted.
    pub completion_tokens: usize,
}

/// What a step of the engine reports.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A prompt that is to be scored was read; before the request's first token.
    Scored {
        /// Whose.
        request: RequestId,
        /// The prompt's tokens but for the first, which nothing predicts.
        tokens: Vec<Token>,
    },
    /// A request got its next token.
    Token {
        /// Whose.
        request: RequestId,
        /// Which.
        token: Token,
    },
    /// A request is done and forgotten.
    Finished {
        /// Which.
        request: RequestId,
        /// Why.
        reason: FinishReason,
    },
}

sys::coded_error! {
    /// Why the engine does not take a request.
    pub enum SubmitError {
        /// There is nothing to continue.
        EmptyPrompt {} = "generate.empty_prompt",
        /// The prompt leaves no room for a single token.
        ContextExceeded { found: usize, context: usize } = "generate.context_exceeded",
        /// A token that the model does not know.
        UnknownToken { id: u32, vocab_size: usize } = "generate.unknown_token",
        /// `max_tokens` is 0, and the prompt is not to be scored.
        NothingAsked {} = "generate.nothing_asked",
        /// As many requests wait as may.
        QueueFull { limit: usize } = "generate.queue_full",
    }
}

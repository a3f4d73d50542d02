//! Generation: paged key/value cache, sampler, scheduler, the engine that runs them, and the text around them.
//!
//! [`Engine`] turns token prompts into tokens, many requests at once; `submit`, `cancel` and `step` are all it
//! offers. [`TextEngine`] wraps it for text and conversations: prompts are encoded, answers are decoded piece by
//! piece, stop strings are watched for. [`generate()`] runs one request to its end. [`Encoder`] gives texts
//! their vectors, [`Classifier`] their labels.
//!
//! Same request, same answer: whatever else is in the batch, however a prompt was cut into chunks, and for any
//! number of threads. Every random number is a function of (seed, position), and every row of the model's logits has
//! the same bits in any batch.
//!
//! No network, no files, no clock, and no seed that was not given.

mod attention_weights;
mod classifier;
mod codec;
mod encoder;
mod engine;
mod generate;
pub mod kv_cache;
mod next_token;
mod options;
mod penalties;
pub mod plug;
mod request;
pub mod sampler;
pub mod scheduler;
mod text_engine;
mod text_model;
mod text_stream;
mod window;

pub use attention_weights::{AttentionWeights, attention_weights};
pub use classifier::{Classifier, ClassifyError, CrossEncoder, Passage, PassageError};
pub use codec::{Codec, Input, Prompt, PromptError};
pub use encoder::{EncodeError, Encoder, InputError};
pub use engine::{Engine, Limits};
pub use generate::{Answer, generate, generate_all};
pub use next_token::next_token_logits;
pub use options::SamplingOptions;
pub use penalties::Penalties;
pub use request::{Event, FinishReason, Request, RequestId, SubmitError, Token, Usage};
pub use sampler::{Sampling, SamplingError};
pub use text_engine::{Alternative, GenerationRequest, PrepareError, Prepared, TextEngine, TextEvent, TextToken};
pub use text_model::{LoadError, MismatchError, TextModel};
pub use window::Fitted;

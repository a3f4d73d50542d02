//! An OpenAI-compatible HTTP server over one engine thread.
//!
//! [`ModelHandle`] owns the thread: anything that wants text from a model, this server or the studio, sends
//! it requests and gets events back. [`router`] speaks `/v1/models`, `/v1/completions` and `/v1/chat/completions`, and tells a
//! chat's rendered prompt under `/apply-template`;
//! [`EncoderHandle`] and [`encoder_router`] are the same for a model that gives vectors, with `/v1/embeddings`. [`run`] serves
//! either until the process is told to stop.
//!
//! No authentication, no TLS, no second model: a proxy's business. Web pages of strangers are kept out all the same.
//! Every limit is a constant in [`limits`].

mod answer;
mod chat;
mod completions;
mod connections;
mod embeddings;
mod encoder_handle;
mod engine_thread;
mod failure;
mod guard;
mod handle;
pub mod limits;
mod request;
mod server;

pub use connections::take_connections;
pub use encoder_handle::{EncoderHandle, EncoderOpenError};
pub use handle::{Generation, GenerationError, GenerationEvent, HandleError, ModelHandle, OpenError, fresh_seed};
pub use infer::{Alternative, FinishReason, GenerationRequest, Input, Prepared, Prompt, TextToken, Usage};
pub use request::RequestError;
pub use server::{Options, ServeError, encoder_router, router, run, until_told_to_stop};
pub use text::template::Message;

//! Wire types of hosted model APIs, for servers and clients alike; the clients (feature `clients`); and the traits [`Embedder`] and [`Reranker`],
//! behind which a hosted model and one of this machine are the same.
//!
//! A wire type is what travels, nothing more: what a field means is the business of whoever serves or asks. Unknown
//! fields are ignored, because clients are newer than servers; fields of a wrong type are named in the error.

mod embedder;
#[cfg(feature = "clients")]
mod embedding_endpoint;
#[cfg(feature = "clients")]
mod endpoint;
pub mod openai;
mod read;
mod reranker;

pub use embedder::{EmbedError, Embedder, normalise};
#[cfg(feature = "clients")]
pub use embedding_endpoint::EmbeddingEndpoint;
#[cfg(feature = "clients")]
pub use endpoint::{EndpointError, EndpointPatience, key_of_environment};
pub use read::{ReadError, in_words_of_json, read};
pub use reranker::{RerankError, Reranker};

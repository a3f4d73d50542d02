//! Layers: what models are put together from.
//!
//! A layer holds names of parameters, never numbers; its `forward` takes the context and tensors. [`Linear`] is the
//! one seam where adapters, quantised weights and sharding will enter, and [`attention()`] is the one call through
//! which every model attends, in training, prefill and decoding alike. Models share layers, not blocks.

mod attention;
mod batch;
mod embedding;
mod linear;
mod mlp;
mod norm;
mod swiglu;

pub use attention::{AttentionSpec, KvCache, attention, attention_both_ways, attention_joined};
pub use batch::Batch;
pub use embedding::Embedding;
pub use linear::Linear;
pub use mlp::{Mlp, MlpSpec};
pub use norm::{LayerNorm, RmsNorm};
pub use swiglu::SwigluMlp;
pub use tensor::ops::{Rotation, add, columns, dropout, gelu_erf, rope, select_rows, tanh};

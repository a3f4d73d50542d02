//! The closed set of architectures, and what can be wrong with a configuration.

use crate::gpt::{Gpt, GptConfig};
use crate::llama::{Llama, LlamaConfig};
use nn::{Batch, KvCache};
use serde::{Deserialize, Serialize};
use tensor::{Cx, Params, ParamsBuilder, Tensor};

/// Upper limit of every size: far beyond what a CPU computes, small enough that products of two fit in 64 bits.
pub(crate) const MAX_SIZE: usize = 1 << 24;
/// Upper limit of blocks, which are laid out before a checkpoint's shapes are compared.
pub(crate) const MAX_LAYERS: usize = 1 << 10;

/// Fails unless each size (its key, value, upper limit) is from 1 to its limit.
pub(crate) fn check_sizes(sizes: &[(&'static str, usize, usize)]) -> Result<(), ConfigError> {
    match sizes.iter().find(|(_, value, max)| *value == 0 || value > max) {
        Some(&(key, value, max)) => Err(ConfigError::Size { key, value, max }),
        None => Ok(()),
    }
}

/// Fails unless each number (its key and value) is finite and above 0.
pub(crate) fn check_numbers(numbers: &[(&'static str, f64)]) -> Result<(), ConfigError> {
    match numbers.iter().find(|(_, value)| !value.is_finite() || *value <= 0.0) {
        Some(&(key, value)) => Err(ConfigError::Number { key, value }),
        None => Ok(()),
    }
}

/// The shape of a model, as stored in recipes and checkpoints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "architecture", rename_all = "snake_case")]
pub enum ModelConfig {
    /// GPT-2's architecture.
    Gpt(GptConfig),
    /// Llama's architecture and its relatives.
    Llama(LlamaConfig),
}

sys::coded_error! {
    /// Why a configuration describes no model.
    pub enum ConfigError {
        /// A size is 0 or beyond what the engine addresses.
        Size { key: &'static str, value: usize, max: usize } = "model.size",
        /// A number of the model's mathematics is 0, below it, or none.
        Number { key: &'static str, value: f64 } = "model.number",
        /// The width is no multiple of the number of heads.
        Heads { d_model: usize, n_heads: usize } = "model.heads",
        /// Query heads cannot be shared out evenly among heads of keys and values.
        KvHeads { n_heads: usize, n_kv_heads: usize } = "model.kv_heads",
        /// Rotary positions turn pairs of features, and heads have an odd number of them.
        OddHeads { d_head: usize } = "model.odd_heads",
        /// Dropout is no probability below 1.
        Dropout { value: f32 } = "model.dropout",
    }
}

/// A model of any architecture, without its weights.
pub enum Model {
    /// GPT-2's architecture.
    Gpt(Gpt),
    /// Llama's architecture and its relatives.
    Llama(Llama),
}

impl Model {
    /// Lays out a model and its (zero) parameters.
    pub fn new(config: &ModelConfig) -> Result<(Model, Params), ConfigError> {
        let (model, builder) = Model::lay_out(config)?;
        Ok((model, builder.build()))
    }

    /// Lays out a model; who builds the parameters decides where they stand.
    pub fn lay_out(config: &ModelConfig) -> Result<(Model, ParamsBuilder), ConfigError> {
        let mut builder = ParamsBuilder::new();
        let model = match config {
            ModelConfig::Gpt(config) => Model::Gpt(Gpt::new(config, &mut builder)?),
            ModelConfig::Llama(config) => Model::Llama(Llama::new(config, &mut builder)?),
        };
        Ok((model, builder))
    }

    /// The configuration it was made from.
    pub fn config(&self) -> ModelConfig {
        match self {
            Model::Gpt(gpt) => ModelConfig::Gpt(gpt.config().clone()),
            Model::Llama(llama) => ModelConfig::Llama(llama.config().clone()),
        }
    }

    /// Hidden states `[n, d]` after the last norm; with `kv`, attending to what it holds and extending it.
    pub fn forward(&self, cx: &Cx, batch: &Batch, kv: Option<&mut dyn KvCache>) -> Tensor {
        match self {
            Model::Gpt(gpt) => gpt.forward(cx, batch, kv),
            Model::Llama(llama) => llama.forward(cx, batch, kv),
        }
    }

    /// Tokens as vectors, `[n, d]`: the first part of [`Model::forward`], which is this, the blocks in order and the last norm.
    pub fn embed(&self, cx: &Cx, batch: &Batch) -> Tensor {
        match self {
            Model::Gpt(gpt) => gpt.embed(cx, batch),
            Model::Llama(llama) => llama.embed(cx, batch),
        }
    }

    /// Block `i` on the residual stream `x` `[n, d]`, without a cache.
    pub fn block(&self, i: usize, cx: &Cx, x: &Tensor, batch: &Batch) -> Tensor {
        match self {
            Model::Gpt(gpt) => gpt.block(i).forward(cx, x, batch, None),
            Model::Llama(llama) => llama.block(i).forward(cx, x, batch, None),
        }
    }

    /// Hidden states `[n, d]` of what the last block gives.
    pub fn last_norm(&self, cx: &Cx, x: &Tensor) -> Tensor {
        match self {
            Model::Gpt(gpt) => gpt.last_norm(cx, x),
            Model::Llama(llama) => llama.last_norm(cx, x),
        }
    }

    /// Logits `[n, v]` of hidden states `[n, d]`.
    pub fn head(&self, cx: &Cx, hidden: &Tensor) -> Tensor {
        match self {
            Model::Gpt(gpt) => gpt.head(cx, hidden),
            Model::Llama(llama) => llama.head(cx, hidden),
        }
    }

    /// Mean surprise in nats of `targets` after hidden states `[n, d]`, rows weighted by `weights` `[n]`: a scalar, and logits are
    /// never in memory as a whole.
    pub fn loss(&self, cx: &Cx, hidden: &Tensor, targets: &[u32], weights: &[f32]) -> Tensor {
        match self {
            Model::Gpt(gpt) => gpt.loss(cx, hidden, targets, weights),
            Model::Llama(llama) => llama.loss(cx, hidden, targets, weights),
        }
    }

    /// Number of blocks.
    pub fn n_layers(&self) -> usize {
        match self {
            Model::Gpt(gpt) => gpt.config().n_layers,
            Model::Llama(llama) => llama.config().n_layers,
        }
    }

    /// Longest sequence it can read.
    pub fn max_seq_len(&self) -> usize {
        match self {
            Model::Gpt(gpt) => gpt.config().max_seq_len,
            Model::Llama(llama) => llama.config().max_seq_len,
        }
    }

    /// Number of tokens it knows.
    pub fn vocab_size(&self) -> usize {
        match self {
            Model::Gpt(gpt) => gpt.config().vocab_size,
            Model::Llama(llama) => llama.config().vocab_size,
        }
    }

    /// Width of a row of keys, n_kv_heads * d_head.
    pub fn kv_width(&self) -> usize {
        match self {
            Model::Gpt(gpt) => gpt.config().d_model,
            Model::Llama(llama) => llama.config().n_kv_heads * llama.config().d_head,
        }
    }

    /// Width of a row of queries, n_heads * d_head.
    pub fn q_width(&self) -> usize {
        match self {
            Model::Gpt(gpt) => gpt.config().d_model,
            Model::Llama(llama) => llama.config().n_heads * llama.config().d_head,
        }
    }

    /// Number of weights.
    pub fn n_params(&self) -> usize {
        match self {
            Model::Gpt(gpt) => gpt.n_params(),
            Model::Llama(llama) => llama.config().n_params(),
        }
    }

    /// Floating-point operations to read one token in a context of `context` tokens.
    pub fn flops_per_token(&self, context: usize) -> u64 {
        match self {
            Model::Gpt(gpt) => gpt.config().flops_per_token(context),
            Model::Llama(llama) => llama.config().flops_per_token(context),
        }
    }

    /// Bytes of keys and values one cached position takes, in f32: two rows a layer.
    pub fn kv_bytes_per_token(&self) -> usize {
        2 * self.n_layers() * self.kv_width() * size_of::<f32>()
    }
}

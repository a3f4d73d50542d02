//! BERT (Devlin et al., 2019) and RoBERTa (Liu et al., 2019): encoders, whose tokens see both ways.
//!
//! Notable features:
//! - every token attends to every token of its text,
//! - normalisation after each residual sum, not before each sublayer,
//! - GELU by the error function, biases everywhere,
//! - learned positions; RoBERTa counts them from 2, because its padding has the number 1,
//! - a vector for the first and the second text of a pair (BERT); a text alone is a first one,
//! - a head for classification on the first token, of two layers with a tangent between them.
//!
//! Parameters carry the published names, without the prefix (`bert.`, `roberta.`) that files of other tasks put before
//! them. Gradients flow through all of it; there is no dropout, since nothing trains it yet.

use crate::ConfigError;
use crate::config::{MAX_LAYERS, MAX_SIZE, check_numbers, check_sizes};
use nn::{AttentionSpec, Batch, Embedding, LayerNorm, Linear, add, attention_both_ways, gelu_erf, select_rows, tanh};
use tensor::{Cx, ParamsBuilder, Tensor};

/// Standard deviation of initial weights.
const INIT_STD: f32 = 0.02;

/// Sizes of a BERT.
#[derive(Clone, Debug, PartialEq)]
pub struct BertConfig {
    /// Number of tokens it knows, v.
    pub vocab_size: usize,
    /// Number of blocks.
    pub n_layers: usize,
    /// Attention heads in each block, h.
    pub n_heads: usize,
    /// Width of the residual stream, d.
    pub d_model: usize,
    /// Width of the feed-forward network.
    pub d_ff: usize,
    /// Rows of the table of positions.
    pub n_positions: usize,
    /// The row of the first position.
    pub first_position: usize,
    /// Rows of the table of text kinds.
    pub n_kinds: usize,
    /// Added to the variance in every norm.
    pub norm_eps: f32,
}

impl BertConfig {
    /// Fails unless the sizes and numbers describe a model.
    pub fn validate(&self) -> Result<(), ConfigError> {
        check_sizes(&[
            ("model.vocab_size", self.vocab_size, MAX_SIZE),
            ("model.n_layers", self.n_layers, MAX_LAYERS),
            ("model.n_heads", self.n_heads, MAX_SIZE),
            ("model.d_model", self.d_model, MAX_SIZE),
            ("model.d_ff", self.d_ff, MAX_SIZE),
            ("model.n_positions", self.n_positions, MAX_SIZE),
            ("model.n_positions", self.n_positions.saturating_sub(self.first_position), MAX_SIZE),
            ("model.n_kinds", self.n_kinds, MAX_SIZE),
        ])?;
        if !self.d_model.is_multiple_of(self.n_heads) {
            return Err(ConfigError::Heads { d_model: self.d_model, n_heads: self.n_heads });
        }
        check_numbers(&[("model.norm_eps", self.norm_eps.into())])
    }

    /// Longest text it can read, in tokens.
    pub fn max_seq_len(&self) -> usize {
        self.n_positions - self.first_position
    }
}

/// One block: attention and a feed-forward network, each summed with its input and normalised.
pub struct Block {
    spec: AttentionSpec,
    query: Linear,
    key: Linear,
    value: Linear,
    attention_output: Linear,
    attention_norm: LayerNorm,
    intermediate: Linear,
    output: Linear,
    output_norm: LayerNorm,
}

impl Block {
    fn new(config: &BertConfig, b: &mut ParamsBuilder, name: &str) -> Block {
        let &BertConfig { n_heads, d_model: d, d_ff, norm_eps, .. } = config;
        let d_head = d / n_heads;
        let mut linear = |part: &str, sizes| Linear::rows(b, &format!("{name}.{part}"), sizes, INIT_STD, true);
        let [query, key, value] =
            ["query", "key", "value"].map(|part| linear(&format!("attention.self.{part}"), [d, d]));
        let attention_output = linear("attention.output.dense", [d, d]);
        let intermediate = linear("intermediate.dense", [d, d_ff]);
        let output = linear("output.dense", [d_ff, d]);
        let mut norm = |part: &str| LayerNorm::new(b, &format!("{name}.{part}.LayerNorm"), d, norm_eps, true);
        let scale = 1.0 / (d_head as f32).sqrt();
        Block {
            spec: AttentionSpec { n_heads, n_kv_heads: n_heads, d_head, scale, window: None },
            query,
            key,
            value,
            attention_output,
            attention_norm: norm("attention.output"),
            intermediate,
            output,
            output_norm: norm("output"),
        }
    }

    /// The residual stream `[n, d]` to itself.
    pub fn forward(&self, cx: &Cx, x: &Tensor, batch: &Batch) -> Tensor {
        let [q, k, v] = [&self.query, &self.key, &self.value].map(|linear| linear.forward(cx, x)); // [n, d]
        let mixed = attention_both_ways(cx, [&q, &k, &v], self.spec, batch);
        let x = self.attention_norm.forward(cx, &self.attention_output.forward_onto(cx, x, &mixed));
        let hidden = gelu_erf(cx, &self.intermediate.forward(cx, &x));
        self.output_norm.forward(cx, &self.output.forward_onto(cx, &x, &hidden))
    }
}

/// A BERT without any head: tokens to hidden states.
pub struct Bert {
    config: BertConfig,
    words: Embedding,
    positions: Embedding,
    kinds: Embedding,
    norm: LayerNorm,
    blocks: Vec<Block>,
}

impl Bert {
    /// Declares all parameters in `b`.
    pub fn new(config: &BertConfig, b: &mut ParamsBuilder) -> Result<Bert, ConfigError> {
        config.validate()?;
        let d = config.d_model;
        Ok(Bert {
            words: Embedding::new(b, "embeddings.word_embeddings", [config.vocab_size, d], INIT_STD),
            positions: Embedding::new(b, "embeddings.position_embeddings", [config.n_positions, d], INIT_STD),
            kinds: Embedding::new(b, "embeddings.token_type_embeddings", [config.n_kinds, d], INIT_STD),
            norm: LayerNorm::new(b, "embeddings.LayerNorm", d, config.norm_eps, true),
            blocks: (0..config.n_layers).map(|i| Block::new(config, b, &format!("encoder.layer.{i}"))).collect(),
            config: config.clone(),
        })
    }

    /// Its sizes.
    pub fn config(&self) -> &BertConfig {
        &self.config
    }

    /// Hidden states `[n, d]` of whole texts; `kinds` says of each token whether it belongs to the first text (0) of a pair or to
    /// the second (1).
    pub fn forward(&self, cx: &Cx, batch: &Batch, kinds: &[u32]) -> Tensor {
        let first = self.config.first_position as u32;
        let positions: Vec<u32> = batch.positions.iter().map(|position| position + first).collect();
        let x = add(cx, &self.words.forward(cx, &batch.ids), &self.kinds.forward(cx, kinds));
        let mut x = self.norm.forward(cx, &add(cx, &x, &self.positions.forward(cx, &positions)));
        for block in &self.blocks {
            x = block.forward(cx, &x, batch);
        }
        x
    }
}

/// What the two layers of a classification head are called.
#[derive(Clone, Copy, Debug)]
pub struct HeadNames {
    /// The one before the tangent.
    pub(crate) dense: &'static str,
    /// The one that gives logits.
    pub(crate) out: &'static str,
}

impl HeadNames {
    /// BERT takes the layer that it was pretrained with.
    pub const BERT: HeadNames = HeadNames { dense: "pooler.dense", out: "classifier" };
    /// RoBERTa has a new one.
    pub const ROBERTA: HeadNames = HeadNames { dense: "classifier.dense", out: "classifier.out_proj" };
}

/// A BERT with a head for sequence classification: texts, or pairs of them, to logits.
pub struct BertClassifier {
    bert: Bert,
    dense: Linear,
    out: Linear,
}

impl BertClassifier {
    /// Declares all parameters in `b`.
    pub fn new(
        config: &BertConfig,
        n_labels: usize,
        names: HeadNames,
        b: &mut ParamsBuilder,
    ) -> Result<BertClassifier, ConfigError> {
        let (bert, d) = (Bert::new(config, b)?, config.d_model);
        let dense = Linear::rows(b, names.dense, [d, d], INIT_STD, true);
        let out = Linear::rows(b, names.out, [d, n_labels], INIT_STD, true);
        Ok(BertClassifier { bert, dense, out })
    }

    /// Its encoder.
    pub fn bert(&self) -> &Bert {
        &self.bert
    }

    /// Logits `[s, n_labels]` of s texts or pairs, none of them empty; `kinds` as for [`Bert::forward`].
    pub fn forward(&self, cx: &Cx, batch: &Batch, kinds: &[u32]) -> Tensor {
        let hidden = self.bert.forward(cx, batch, kinds); // [n, d]
        let firsts: Vec<u32> = batch.offsets[..batch.offsets.len() - 1].iter().map(|&row| row as u32).collect();
        let first = select_rows(cx, &hidden, &firsts); // [s, d]
        self.out.forward(cx, &tanh(cx, &self.dense.forward(cx, &first)))
    }
}

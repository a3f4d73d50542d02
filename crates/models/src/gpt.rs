//! GPT-2's architecture (Radford et al., "Language Models are Unsupervised Multitask Learners", 2019).
//!
//! Notable features:
//! - learned positions added to the token embedding; before training they are sines here, normal draws in GPT-2,
//! - normalisation before each sublayer and once at the end,
//! - GELU in its tanh form,
//! - the head is the token embedding again (tied); files that hold the two in different types have one of its own.
//!
//! `bias = false` leaves out all biases, as our recipes do; published GPT-2 checkpoints have them. Parameters carry
//! the names of those checkpoints, whose matrices are stored `[in, out]`, as ours are.

use crate::ConfigError;
use crate::config::{MAX_LAYERS, MAX_SIZE, check_sizes};
use nn::{
    AttentionSpec, Batch, Embedding, KvCache, LayerNorm, Linear, Mlp, MlpSpec, Rotation, add, attention,
    attention_joined, columns, dropout, rope,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tensor::{Cx, ParamsBuilder, Tensor};

/// Added to the variance in every norm, GPT-2's value.
pub(crate) const NORM_EPS: f32 = 1e-5;
/// Standard deviation of initial weights (root mean square of positions), GPT-2's value; outputs of sublayers divide it by
/// sqrt(2 n_layers).
const INIT_STD: f32 = 0.02;
/// Base of the wavelengths of rotary positions, RoFormer's value.
const ROTARY_BASE: f64 = 10_000.0;

/// A head of its own as a parameter, and as llama.cpp calls it.
pub(crate) const HEAD: &str = "lm_head.weight";
pub(crate) const GGUF_HEAD: &str = "output.weight";

/// Sizes of a GPT.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GptConfig {
    /// Number of tokens it knows, v.
    pub vocab_size: usize,
    /// Number of blocks.
    pub n_layers: usize,
    /// Attention heads in each block, h.
    pub n_heads: usize,
    /// Width of the residual stream, d.
    pub d_model: usize,
    /// Longest sequence it can read.
    pub max_seq_len: usize,
    /// Probability of dropping an activation in training.
    pub dropout: f32,
    /// Whether linear layers and norms have biases.
    pub bias: bool,
    /// How it knows the order of tokens.
    #[serde(default)]
    pub positions: Positions,
}

/// How a model knows the order of tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Positions {
    /// A vector for each position, added to the token's: GPT-2.
    #[default]
    Learned,
    /// Queries and keys turn by their position (Su et al., 2021): no weights, and distances count, not places.
    Rotary,
}

impl GptConfig {
    /// The published GPT-2 with 124 million weights.
    pub fn gpt2_124m() -> GptConfig {
        GptConfig {
            vocab_size: 50257,
            n_layers: 12,
            n_heads: 12,
            d_model: 768,
            max_seq_len: 1024,
            dropout: 0.1,
            bias: true,
            positions: Positions::Learned,
        }
    }

    /// Fails unless the sizes describe a model.
    pub fn validate(&self) -> Result<(), ConfigError> {
        check_sizes(&[
            ("model.vocab_size", self.vocab_size, MAX_SIZE),
            ("model.n_layers", self.n_layers, MAX_LAYERS),
            ("model.n_heads", self.n_heads, MAX_SIZE),
            ("model.d_model", self.d_model, MAX_SIZE),
            ("model.max_seq_len", self.max_seq_len, MAX_SIZE),
        ])?;
        if !self.d_model.is_multiple_of(self.n_heads) {
            return Err(ConfigError::Heads { d_model: self.d_model, n_heads: self.n_heads });
        }
        if self.positions == Positions::Rotary && !(self.d_model / self.n_heads).is_multiple_of(2) {
            return Err(ConfigError::OddHeads { d_head: self.d_model / self.n_heads });
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return Err(ConfigError::Dropout { value: self.dropout });
        }
        Ok(())
    }

    /// Number of weights: embeddings v d + l d (rotary positions: v d), each block 12 d^2 and its norms and biases, the last norm.
    pub fn n_params(&self) -> usize {
        let d = self.d_model;
        let norm = if self.bias { 2 * d } else { d };
        let biases = if self.bias { 9 * d } else { 0 };
        let rows =
            if self.positions == Positions::Learned { self.vocab_size + self.max_seq_len } else { self.vocab_size };
        rows * d + self.n_layers * (12 * d * d + biases + 2 * norm) + norm
    }

    /// Forward operations for a token that sees `context` positions: 2 per weight of a matrix product
    /// (Kaplan et al., 2020, section 2.1, with the head) and 4 d for each position attended to.
    pub fn flops_per_token(&self, context: usize) -> u64 {
        let matrices = self.n_layers * 12 * self.d_model * self.d_model + self.vocab_size * self.d_model;
        (2 * matrices + self.n_layers * 4 * self.d_model * context) as u64
    }
}

/// One block: attention and a feed-forward network, each behind a norm and around a residual connection.
pub struct Block {
    spec: AttentionSpec,
    rotation: Option<Arc<Rotation>>,
    ln_1: LayerNorm,
    c_attn: Linear,
    c_proj: Linear,
    ln_2: LayerNorm,
    mlp: Mlp,
    dropout: f32,
}

impl Block {
    fn new(config: &GptConfig, rotation: Option<Arc<Rotation>>, b: &mut ParamsBuilder, name: &str) -> Block {
        let (d, bias) = (config.d_model, config.bias);
        let std_out = INIT_STD / (2.0 * config.n_layers as f32).sqrt();
        let d_head = d / config.n_heads;
        Block {
            spec: AttentionSpec {
                n_heads: config.n_heads,
                n_kv_heads: config.n_heads,
                d_head,
                scale: 1.0 / (d_head as f32).sqrt(),
                window: None,
            },
            rotation,
            ln_1: LayerNorm::new(b, &format!("{name}.ln_1"), d, NORM_EPS, bias),
            c_attn: Linear::new(b, &format!("{name}.attn.c_attn"), [d, 3 * d], INIT_STD, bias),
            c_proj: Linear::new(b, &format!("{name}.attn.c_proj"), [d, d], std_out, bias),
            ln_2: LayerNorm::new(b, &format!("{name}.ln_2"), d, NORM_EPS, bias),
            mlp: Mlp::new(
                b,
                &MlpSpec {
                    up: &format!("{name}.mlp.c_fc"),
                    down: &format!("{name}.mlp.c_proj"),
                    d_model: d,
                    d_ff: 4 * d,
                    std: [INIT_STD, std_out],
                    bias,
                },
            ),
            dropout: config.dropout,
        }
    }

    /// The residual stream `[n, d]` to itself; `kv` is the cache and this block's index in it.
    pub fn forward(&self, cx: &Cx, x: &Tensor, batch: &Batch, kv: Option<(&mut dyn KvCache, usize)>) -> Tensor {
        let [_, d] = x.dims();
        let qkv = self.c_attn.forward(cx, &self.ln_1.forward(cx, x)); // [n, 3 d]
        let mixed = if self.rotation.is_none() && kv.is_none() {
            attention_joined(cx, &qkv, self.spec, batch)
        } else {
            let [mut q, mut k, v] = [0, 1, 2].map(|i| columns(cx, &qkv, i * d..(i + 1) * d));
            if let Some(rotation) = &self.rotation {
                [q, k] = [q, k].map(|x| rope(cx, &x, rotation, &batch.positions));
            }
            attention(cx, [&q, &k, &v], self.spec, batch, kv)
        }; // [n, d]
        if self.dropout == 0.0 {
            let x = self.c_proj.forward_onto(cx, x, &mixed);
            return self.mlp.forward_onto(cx, &x, &self.ln_2.forward(cx, &x));
        }
        let x = add(cx, x, &dropout(cx, &self.c_proj.forward(cx, &mixed), self.dropout));
        let thought = self.mlp.forward(cx, &self.ln_2.forward(cx, &x));
        add(cx, &x, &dropout(cx, &thought, self.dropout))
    }
}

/// A GPT: embeddings, blocks, a last norm, and the tied head.
pub struct Gpt {
    config: GptConfig,
    wte: Embedding,
    wpe: Option<Embedding>,
    blocks: Vec<Block>,
    ln_f: LayerNorm,
    lm_head: Option<Linear>,
}

impl Gpt {
    /// Declares all parameters in `b`.
    pub fn new(config: &GptConfig, b: &mut ParamsBuilder) -> Result<Gpt, ConfigError> {
        config.validate()?;
        let d = config.d_model;
        let rotation = (config.positions == Positions::Rotary)
            .then(|| Arc::new(Rotation::new(config.max_seq_len, d / config.n_heads, ROTARY_BASE)));
        Ok(Gpt {
            wte: Embedding::new(b, "wte", [config.vocab_size, d], INIT_STD),
            wpe: (rotation.is_none()).then(|| Embedding::positions(b, "wpe", [config.max_seq_len, d], INIT_STD)),
            blocks: (0..config.n_layers).map(|i| Block::new(config, rotation.clone(), b, &format!("h.{i}"))).collect(),
            ln_f: LayerNorm::new(b, "ln_f", d, NORM_EPS, config.bias),
            lm_head: None,
            config: config.clone(),
        })
    }

    /// Declares a head of its own in `b`, which declared the rest. The configuration says nothing of it: only a file's arrays do, and
    /// the model is not trained with it.
    pub(crate) fn untie(&mut self, b: &mut ParamsBuilder) {
        let name = HEAD.trim_end_matches(".weight");
        self.lm_head = Some(Linear::rows(b, name, [self.config.d_model, self.config.vocab_size], INIT_STD, false));
    }

    /// Number of weights.
    pub fn n_params(&self) -> usize {
        let head = if self.lm_head.is_some() { self.config.vocab_size * self.config.d_model } else { 0 };
        self.config.n_params() + head
    }

    /// Its sizes.
    pub fn config(&self) -> &GptConfig {
        &self.config
    }

    /// Tokens, and learned positions, as vectors, `[n, d]`.
    pub fn embed(&self, cx: &Cx, batch: &Batch) -> Tensor {
        let mut x = self.wte.forward(cx, &batch.ids);
        if let Some(wpe) = &self.wpe {
            x = add(cx, &x, &wpe.forward(cx, &batch.positions));
        }
        dropout(cx, &x, self.config.dropout)
    }

    /// Block `i`.
    pub fn block(&self, i: usize) -> &Block {
        &self.blocks[i]
    }

    /// Hidden states `[n, d]` after the last norm.
    pub fn forward(&self, cx: &Cx, batch: &Batch, mut kv: Option<&mut dyn KvCache>) -> Tensor {
        let mut x = self.embed(cx, batch);
        for (i, block) in self.blocks.iter().enumerate() {
            let kv = kv.as_mut().map(|cache| (&mut **cache as &mut dyn KvCache, i));
            x = block.forward(cx, &x, batch, kv);
        }
        self.last_norm(cx, &x)
    }

    /// What comes after the last block, `[n, d]`.
    pub fn last_norm(&self, cx: &Cx, x: &Tensor) -> Tensor {
        self.ln_f.forward(cx, x)
    }

    /// Logits `[n, v]` of hidden states `[n, d]`.
    pub fn head(&self, cx: &Cx, hidden: &Tensor) -> Tensor {
        match &self.lm_head {
            Some(head) => head.forward(cx, hidden),
            None => self.wte.as_head(cx, hidden),
        }
    }

    /// Mean surprise in nats of `targets` after hidden states `[n, d]`, rows weighted by `weights` `[n]`; a scalar.
    pub fn loss(&self, cx: &Cx, hidden: &Tensor, targets: &[u32], weights: &[f32]) -> Tensor {
        match &self.lm_head {
            Some(head) => head.head_loss(cx, hidden, targets, weights),
            None => self.wte.head_loss(cx, hidden, targets, weights),
        }
    }
}

/// The parameter that a published array named `name` fills; `None` for one that is none: the tied head again, and the causal
/// masks that older files hold.
///
/// ```
/// use models::gpt::published_name;
/// assert_eq!(published_name("transformer.h.3.attn.c_attn.bias").as_deref(), Some("h.3.attn.c_attn.bias"));
/// assert_eq!(published_name("h.3.attn.bias"), None);
/// ```
pub fn published_name(name: &str) -> Option<String> {
    let name = name.strip_prefix("transformer.").unwrap_or(name);
    let is_beside = name == "lm_head.weight" || name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias");
    (!is_beside).then(|| name.to_string())
}

/// The parameter that an array fills which llama.cpp calls `name`; its matrices are stored `[out, in]`.
///
/// ```
/// use models::gpt::gguf_name;
/// assert_eq!(gguf_name("blk.3.attn_qkv.bias").as_deref(), Some("h.3.attn.c_attn.bias"));
/// assert_eq!(gguf_name("output.weight"), None);
/// ```
pub fn gguf_name(name: &str) -> Option<String> {
    let (stem, kind) = name.rsplit_once('.')?;
    let Some(block) = stem.strip_prefix("blk.") else {
        let named = match stem {
            "token_embd" => "wte",
            "position_embd" => "wpe",
            "output_norm" => "ln_f",
            "output" => return None,
            other => other,
        };
        return Some(format!("{named}.{kind}"));
    };
    let (i, part) = block.split_once('.')?;
    let named = match part {
        "attn_norm" => "ln_1",
        "attn_qkv" => "attn.c_attn",
        "attn_output" => "attn.c_proj",
        "ffn_norm" => "ln_2",
        "ffn_up" => "mlp.c_fc",
        "ffn_down" => "mlp.c_proj",
        other => other,
    };
    Some(format!("h.{i}.{named}.{kind}"))
}

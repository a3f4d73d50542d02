//! Llama's architecture (Touvron et al., "LLaMA", 2023; "Llama 2", 2023) and its near relatives.
//!
//! Notable features:
//! - rotary positions on queries and keys, with the scalings of longer contexts,
//! - root mean square normalisation before each sublayer and once at the end,
//! - several query heads share a head of keys and values (Ainslie et al., 2023),
//! - the feed-forward network is gated (SwiGLU), no biases,
//! - the head is a matrix of its own, or the token embedding again (tied).
//!
//! Relatives differ in single features: Mistral looks back a window; Qwen2 has biases on queries, keys and values; Qwen3
//! normalises each head of queries and keys. Parameters carry the names of the published checkpoints, whose matrices are
//! stored `[out, in]`.

use crate::ConfigError;
use crate::config::{MAX_LAYERS, MAX_SIZE, check_numbers, check_sizes};
use nn::{AttentionSpec, Batch, Embedding, KvCache, Linear, RmsNorm, Rotation, SwigluMlp, attention, rope};
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;
use std::sync::Arc;
use tensor::{Cx, ParamsBuilder, Tensor};

/// Standard deviation of initial weights; outputs of sublayers divide it by sqrt(2 n_layers).
const INIT_STD: f32 = 0.02;
/// Upper limit of a head's width, whose table of rotations is made before a checkpoint's shapes are compared.
const MAX_D_HEAD: usize = 1 << 10;

/// Sizes and options of a Llama.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LlamaConfig {
    /// Number of tokens it knows, v.
    pub vocab_size: usize,
    /// Number of blocks.
    pub n_layers: usize,
    /// Query heads in each block, h.
    pub n_heads: usize,
    /// Heads of keys and values.
    pub n_kv_heads: usize,
    /// Width of a head, hd.
    pub d_head: usize,
    /// Width of the residual stream, d.
    pub d_model: usize,
    /// Width of the feed-forward network.
    pub d_ff: usize,
    /// Longest sequence it can read.
    pub max_seq_len: usize,
    /// Added to the mean square in every norm.
    pub norm_eps: f32,
    /// Base of the wavelengths of rotary positions.
    pub rope_base: f64,
    /// How they are stretched for longer contexts.
    pub rope_scaling: RopeScaling,
    /// How many positions back a query looks; all, unless given.
    pub window: Option<usize>,
    /// Whether the head is the token embedding.
    pub tied: bool,
    /// Whether queries, keys and values have biases (Qwen2).
    pub qkv_bias: bool,
    /// Whether each head of queries and keys is normalised (Qwen3).
    pub qk_norm: bool,
}

/// How rotary positions are stretched beyond the context of the first training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum RopeScaling {
    /// Not at all.
    None,
    /// All positions divided by a factor (Chen et al., 2023).
    Linear {
        /// The factor.
        factor: f64,
    },
    /// Long wavelengths by a factor, short ones not at all, those between gradually (Llama 3.1).
    Llama3 {
        /// The factor.
        factor: f64,
        /// Wavelengths above the context over this are stretched wholly.
        low_freq_factor: f64,
        /// Wavelengths below the context over this are not stretched.
        high_freq_factor: f64,
        /// The context of the first training.
        context: f64,
    },
    /// Wavelengths that turn less than `beta_slow` times in the context of the first training by a factor, those that turn more than
    /// `beta_fast` times not at all, those between gradually by their number; and all scores are sharper (YaRN, Peng et al., 2023).
    Yarn {
        /// The factor.
        factor: f64,
        /// The context of the first training.
        context: f64,
        /// Turns above which a wavelength is not stretched.
        beta_fast: f64,
        /// Turns below which a wavelength is stretched wholly.
        beta_slow: f64,
        /// Whether the range between is of whole numbers of pairs.
        whole: bool,
        /// What sines and cosines are multiplied by.
        attention_factor: f64,
    },
    /// Each wavelength by a factor of its own, as GGUF files hold them, `[d_head / 2]`.
    Factors {
        /// The factors.
        factors: Vec<f32>,
    },
}

impl RopeScaling {
    fn validate(&self, d_head: usize) -> Result<(), ConfigError> {
        match self {
            RopeScaling::None => Ok(()),
            &RopeScaling::Linear { factor } => check_numbers(&[("model.rope_scaling.factor", factor)]),
            &RopeScaling::Llama3 { factor, low_freq_factor, high_freq_factor, context } => check_numbers(&[
                ("model.rope_scaling.factor", factor),
                ("model.rope_scaling.low_freq_factor", low_freq_factor),
                ("model.rope_scaling.high_freq_factor", high_freq_factor),
                ("model.rope_scaling.high_freq_factor - low_freq_factor", high_freq_factor - low_freq_factor),
                ("model.rope_scaling.context", context),
            ]),
            &RopeScaling::Yarn { factor, context, beta_fast, beta_slow, attention_factor, .. } => check_numbers(&[
                ("model.rope_scaling.factor", factor),
                ("model.rope_scaling.context", context),
                ("model.rope_scaling.beta_fast", beta_fast),
                ("model.rope_scaling.beta_slow", beta_slow),
                ("model.rope_scaling.attention_factor", attention_factor),
            ]),
            RopeScaling::Factors { factors } if factors.len() != d_head / 2 => {
                let (key, value, max) = ("model.rope_scaling", factors.len(), d_head / 2);
                Err(ConfigError::Size { key, value, max })
            }
            RopeScaling::Factors { factors } => {
                factors.iter().try_for_each(|&factor| check_numbers(&[("rope_freqs.weight", factor.into())]))
            }
        }
    }
}

impl LlamaConfig {
    /// Fails unless the sizes and numbers describe a model.
    pub fn validate(&self) -> Result<(), ConfigError> {
        check_sizes(&[
            ("model.vocab_size", self.vocab_size, MAX_SIZE),
            ("model.n_layers", self.n_layers, MAX_LAYERS),
            ("model.n_heads", self.n_heads, MAX_SIZE),
            ("model.n_kv_heads", self.n_kv_heads, MAX_SIZE),
            ("model.d_head", self.d_head, MAX_D_HEAD),
            ("model.d_model", self.d_model, MAX_SIZE),
            ("model.d_ff", self.d_ff, MAX_SIZE),
            ("model.max_seq_len", self.max_seq_len, MAX_SIZE),
            ("model.window", self.window.unwrap_or(1), MAX_SIZE),
            // Two widths, whose product with another one and with the number of blocks fits in 64 bits.
            ("model.n_heads * model.d_head", self.n_heads.saturating_mul(self.d_head), MAX_SIZE),
        ])?;
        if !self.n_heads.is_multiple_of(self.n_kv_heads) {
            return Err(ConfigError::KvHeads { n_heads: self.n_heads, n_kv_heads: self.n_kv_heads });
        }
        if !self.d_head.is_multiple_of(2) {
            return Err(ConfigError::OddHeads { d_head: self.d_head });
        }
        check_numbers(&[("model.norm_eps", self.norm_eps.into()), ("model.rope_base", self.rope_base)])?;
        self.rope_scaling.validate(self.d_head)?;
        // Numbers that are none of them absurd by themselves may be so together.
        match self.frequencies().into_iter().find(|frequency| !frequency.is_finite()) {
            Some(value) => Err(ConfigError::Number { key: "model.rope_scaling: frequency", value }),
            None => Ok(()),
        }
    }

    /// Number of weights.
    pub fn n_params(&self) -> usize {
        let d = self.d_model;
        let bias = if self.qkv_bias { (self.n_heads + 2 * self.n_kv_heads) * self.d_head } else { 0 };
        let head_norms = if self.qk_norm { 2 * self.d_head } else { 0 };
        let block = self.matrices_of_a_block() + bias + head_norms + 2 * d;
        let heads = if self.tied { 1 } else { 2 };
        heads * self.vocab_size * d + self.n_layers * block + d
    }

    /// Forward operations for a token that sees `context` positions: 2 per weight of a matrix product
    /// (Kaplan et al., 2020, section 2.1, with the head) and 4 h hd for each position attended to.
    pub fn flops_per_token(&self, context: usize) -> u64 {
        let matrices = self.n_layers * self.matrices_of_a_block() + self.vocab_size * self.d_model;
        let seen = self.window.map_or(context, |window| context.min(window));
        (2 * matrices + self.n_layers * 4 * self.n_heads * self.d_head * seen) as u64
    }

    fn matrices_of_a_block(&self) -> usize {
        let d = self.d_model;
        2 * d * (self.n_heads + self.n_kv_heads) * self.d_head + 3 * d * self.d_ff
    }

    /// Angles by which each pair of features turns from one position to the next.
    pub fn frequencies(&self) -> Vec<f64> {
        let half = self.d_head / 2;
        let plain = (0..half).map(|i| self.rope_base.powf(-(i as f64) / half as f64));
        match &self.rope_scaling {
            RopeScaling::None => plain.collect(),
            RopeScaling::Linear { factor } => plain.map(|frequency| frequency / factor).collect(),
            RopeScaling::Factors { factors } => {
                plain.zip(factors).map(|(frequency, &factor)| frequency / f64::from(factor)).collect()
            }
            &RopeScaling::Llama3 { factor, low_freq_factor, high_freq_factor, context } => plain
                .map(|frequency| {
                    let turns = context * frequency / TAU;
                    let kept = ((turns - low_freq_factor) / (high_freq_factor - low_freq_factor)).clamp(0.0, 1.0);
                    frequency * (kept + (1.0 - kept) / factor)
                })
                .collect(),
            &RopeScaling::Yarn { factor, context, beta_fast, beta_slow, whole, .. } => {
                // The number of the pair of features that turns so many times in the context (equation 21).
                let n_dims = self.d_head as f64;
                let pair = |turns: f64| n_dims * (context / (turns * TAU)).ln() / (2.0 * self.rope_base.ln());
                let (first, last) = (pair(beta_fast), pair(beta_slow));
                let (first, last) = if whole { (first.floor(), last.ceil()) } else { (first, last) };
                let (first, last) = (first.max(0.0), last.min(n_dims - 1.0));
                let width = if first == last { 0.001 } else { last - first };
                let stretched = move |i: usize| ((i as f64 - first) / width).clamp(0.0, 1.0);
                let scaled = |(i, frequency)| frequency * (1.0 - stretched(i) + stretched(i) / factor);
                plain.enumerate().map(scaled).collect()
            }
        }
    }

    /// What scores of attention are multiplied by. YaRN scales sines and cosines, and so queries and keys alike: their products twice.
    fn attention_scale(&self) -> f32 {
        let plain = 1.0 / (self.d_head as f32).sqrt();
        match self.rope_scaling {
            RopeScaling::Yarn { attention_factor, .. } => plain * (attention_factor * attention_factor) as f32,
            _ => plain,
        }
    }
}

/// One block: attention and a gated feed-forward network, each behind a norm and around a residual connection.
pub struct Block {
    spec: AttentionSpec,
    rotation: Arc<Rotation>,
    input_layernorm: RmsNorm,
    q_proj: Linear,
    k_proj: Linear,
    v_proj: Linear,
    q_norm: Option<RmsNorm>,
    k_norm: Option<RmsNorm>,
    o_proj: Linear,
    post_attention_layernorm: RmsNorm,
    mlp: SwigluMlp,
}

impl Block {
    fn new(config: &LlamaConfig, rotation: Arc<Rotation>, b: &mut ParamsBuilder, name: &str) -> Block {
        let LlamaConfig { n_heads, n_kv_heads, d_head, d_model: d, norm_eps: eps, qkv_bias, qk_norm, .. } = *config;
        let std_out = INIT_STD / (2.0 * config.n_layers as f32).sqrt();
        let attn = |part: &str| format!("{name}.self_attn.{part}");
        Block {
            spec: AttentionSpec { n_heads, n_kv_heads, d_head, scale: config.attention_scale(), window: config.window },
            rotation,
            input_layernorm: RmsNorm::new(b, &format!("{name}.input_layernorm"), d, eps),
            q_proj: Linear::rows(b, &attn("q_proj"), [d, n_heads * d_head], INIT_STD, qkv_bias),
            k_proj: Linear::rows(b, &attn("k_proj"), [d, n_kv_heads * d_head], INIT_STD, qkv_bias),
            v_proj: Linear::rows(b, &attn("v_proj"), [d, n_kv_heads * d_head], INIT_STD, qkv_bias),
            q_norm: qk_norm.then(|| RmsNorm::new(b, &attn("q_norm"), d_head, eps)),
            k_norm: qk_norm.then(|| RmsNorm::new(b, &attn("k_norm"), d_head, eps)),
            o_proj: Linear::rows(b, &attn("o_proj"), [n_heads * d_head, d], std_out, false),
            post_attention_layernorm: RmsNorm::new(b, &format!("{name}.post_attention_layernorm"), d, eps),
            mlp: SwigluMlp::new(b, &format!("{name}.mlp"), [d, config.d_ff], [INIT_STD, std_out]),
        }
    }

    /// The residual stream `[n, d]` to itself; `kv` is the cache and this block's index in it.
    pub fn forward(&self, cx: &Cx, x: &Tensor, batch: &Batch, kv: Option<(&mut dyn KvCache, usize)>) -> Tensor {
        let normal = self.input_layernorm.forward(cx, x);
        let mut q = self.q_proj.forward(cx, &normal); // [n, h hd]
        let mut k = self.k_proj.forward(cx, &normal); // [n, h_kv hd]
        let v = self.v_proj.forward(cx, &normal);
        if let (Some(q_norm), Some(k_norm)) = (&self.q_norm, &self.k_norm) {
            (q, k) = (q_norm.forward(cx, &q), k_norm.forward(cx, &k));
        }
        [q, k] = [q, k].map(|x| rope(cx, &x, &self.rotation, &batch.positions));
        let mixed = attention(cx, [&q, &k, &v], self.spec, batch, kv); // [n, h hd]
        let x = self.o_proj.forward_onto(cx, x, &mixed);
        self.mlp.forward_onto(cx, &x, &self.post_attention_layernorm.forward(cx, &x))
    }
}

/// A Llama: the embedding, blocks, a last norm, and the head.
pub struct Llama {
    config: LlamaConfig,
    embed_tokens: Embedding,
    blocks: Vec<Block>,
    norm: RmsNorm,
    lm_head: Option<Linear>,
}

impl Llama {
    /// Declares all parameters in `b`.
    pub fn new(config: &LlamaConfig, b: &mut ParamsBuilder) -> Result<Llama, ConfigError> {
        config.validate()?;
        let d = config.d_model;
        let rotation = Arc::new(Rotation::of_frequencies(config.max_seq_len, &config.frequencies()));
        Ok(Llama {
            embed_tokens: Embedding::new(b, "model.embed_tokens", [config.vocab_size, d], INIT_STD),
            blocks: (0..config.n_layers)
                .map(|i| Block::new(config, rotation.clone(), b, &format!("model.layers.{i}")))
                .collect(),
            norm: RmsNorm::new(b, "model.norm", d, config.norm_eps),
            lm_head: (!config.tied).then(|| Linear::rows(b, "lm_head", [d, config.vocab_size], INIT_STD, false)),
            config: config.clone(),
        })
    }

    /// Its sizes.
    pub fn config(&self) -> &LlamaConfig {
        &self.config
    }

    /// Tokens as vectors, `[n, d]`.
    pub fn embed(&self, cx: &Cx, batch: &Batch) -> Tensor {
        self.embed_tokens.forward(cx, &batch.ids)
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
        self.norm.forward(cx, x)
    }

    /// Logits `[n, v]` of hidden states `[n, d]`.
    pub fn head(&self, cx: &Cx, hidden: &Tensor) -> Tensor {
        match &self.lm_head {
            Some(head) => head.forward(cx, hidden),
            None => self.embed_tokens.as_head(cx, hidden),
        }
    }

    /// Mean surprise in nats of `targets` after hidden states `[n, d]`, rows weighted by `weights` `[n]`; a scalar.
    pub fn loss(&self, cx: &Cx, hidden: &Tensor, targets: &[u32], weights: &[f32]) -> Tensor {
        match &self.lm_head {
            Some(head) => head.head_loss(cx, hidden, targets, weights),
            None => self.embed_tokens.head_loss(cx, hidden, targets, weights),
        }
    }
}

/// Whether an array holds rotary frequencies or their factors, which are no weights: they follow from the description.
pub(crate) fn is_computed(array: &str) -> bool {
    array.ends_with("rotary_emb.inv_freq") || array == "rope_freqs.weight"
}

/// The published name of an array that llama.cpp calls `name`; `None` for one that is no parameter.
///
/// ```
/// use models::llama::gguf_name;
/// assert_eq!(gguf_name("blk.3.attn_q.weight").as_deref(), Some("model.layers.3.self_attn.q_proj.weight"));
/// assert_eq!(gguf_name("rope_freqs.weight"), None);
/// ```
pub fn gguf_name(name: &str) -> Option<String> {
    let (stem, kind) = name.rsplit_once('.')?;
    let Some(block) = stem.strip_prefix("blk.") else {
        let named = match stem {
            "token_embd" => "model.embed_tokens",
            "output_norm" => "model.norm",
            "output" => "lm_head",
            _ => return None,
        };
        return Some(format!("{named}.{kind}"));
    };
    let (i, part) = block.split_once('.')?;
    let named = match part {
        "attn_norm" => "input_layernorm",
        "attn_q" => "self_attn.q_proj",
        "attn_k" => "self_attn.k_proj",
        "attn_v" => "self_attn.v_proj",
        "attn_q_norm" => "self_attn.q_norm",
        "attn_k_norm" => "self_attn.k_norm",
        "attn_output" => "self_attn.o_proj",
        "ffn_norm" => "post_attention_layernorm",
        "ffn_gate" => "mlp.gate_proj",
        "ffn_up" => "mlp.up_proj",
        "ffn_down" => "mlp.down_proj",
        _ => return None,
    };
    Some(format!("model.layers.{i}.{named}.{kind}"))
}

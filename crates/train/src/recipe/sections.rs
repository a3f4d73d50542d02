//! The sections of a recipe, one struct per component.

use models::gpt::{GptConfig, Positions};
use serde::{Deserialize, Serialize};

/// Where text comes from and how it is laid out in batches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DataSection {
    /// The kind of source.
    pub source: Source,
    /// Name of a public data set (`sanjie data list`), for sources text and jsonl.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
    /// A file or a folder, for sources text and jsonl; goes before `dataset`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Which field of a JSON line holds the text; `text` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Stories to write in each language, for source stories.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n_documents: Option<usize>,
    /// How tokens fill a batch.
    pub layout: Layout,
    /// Share of the text, at its end, that is only ever measured on.
    pub held_out: f64,
}

impl Default for DataSection {
    fn default() -> Self {
        DataSection {
            source: Source::Stories,
            dataset: None,
            path: None,
            field: None,
            n_documents: None,
            layout: Layout::Documents,
            held_out: 0.1,
        }
    }
}

/// Kinds of sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The built-in generator of small stories.
    Stories,
    /// Text files: one, or a folder of them.
    Text,
    /// JSON lines, one document a line.
    Jsonl,
}

/// How tokens fill a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// Windows at random places of one long text (nanoGPT's).
    Stream,
    /// Whole documents side by side, each attending only to itself.
    Documents,
}

/// How text becomes tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TokenizerSection {
    /// The kind.
    pub kind: TokenizerKind,
    /// Entries to aim for, bpe only; 2048 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vocab_size: Option<usize>,
}

impl Default for TokenizerSection {
    fn default() -> Self {
        TokenizerSection { kind: TokenizerKind::Bpe, vocab_size: None }
    }
}

/// Kinds of tokenizers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenizerKind {
    /// One id per byte value.
    Byte,
    /// One id per character that occurs.
    Char,
    /// Byte-pair encoding trained on the text.
    Bpe,
}

/// The sizes of a GPT; the vocabulary comes from the tokenizer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelSection {
    /// Number of blocks.
    pub n_layers: usize,
    /// Attention heads in each block; divides `d_model`.
    pub n_heads: usize,
    /// Width of the residual stream.
    pub d_model: usize,
    /// Context: the longest sequence it reads, and the length of training windows.
    pub max_seq_len: usize,
    /// Probability of dropping an activation in training.
    #[serde(default)]
    pub dropout: f64,
    /// Whether linear layers and norms have biases.
    #[serde(default)]
    pub bias: bool,
    /// How it knows the order of tokens.
    #[serde(default)]
    pub positions: Positions,
}

impl ModelSection {
    /// The model's sizes, once the tokenizer's vocabulary is known.
    pub fn gpt(&self, vocab_size: usize) -> GptConfig {
        let ModelSection { n_layers, n_heads, d_model, max_seq_len, dropout, bias, positions } = *self;
        GptConfig { vocab_size, n_layers, n_heads, d_model, max_seq_len, dropout: dropout as f32, bias, positions }
    }
}

/// How long, and how much at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainSection {
    /// Optimiser steps.
    pub steps: u64,
    /// Windows of `model.max_seq_len` tokens that are computed at once.
    #[serde(default = "batch_size")]
    pub batch_size: usize,
    /// Batches in a step, whose gradients are added up: a larger step in the memory of one batch.
    #[serde(default = "accumulate")]
    pub accumulate: u64,
    /// Whether a step keeps only the input of each block and computes the block once more when its gradients are due: less
    /// memory, more time, the same bits.
    #[serde(default)]
    pub checkpoint_blocks: bool,
    /// Fixes weights, order of data, dropout and samples.
    #[serde(default = "seed")]
    pub seed: u64,
    /// Type of matrix operands; weights, gradients and moments are f32 whichever it is.
    #[serde(default = "dtype")]
    pub dtype: Dtype,
}

fn batch_size() -> usize {
    12
}

fn accumulate() -> u64 {
    1
}

fn seed() -> u64 {
    1
}

fn dtype() -> Dtype {
    Dtype::F32
}

/// Types of matrix operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dtype {
    /// 32-bit floats.
    F32,
    /// 16-bit brain floats with 32-bit sums.
    Bf16,
}

/// Optimisers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OptimKind {
    /// AdamW for everything.
    Adamw,
    /// Muon for the matrices of hidden layers, AdamW for the rest.
    Muon,
}

/// The decay of warm-up, stable, decay takes one step in so many.
const WSD_DECAY: u64 = 5;

/// How the learning rate descends from `lr_max` to `lr_min`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Schedule {
    /// By half a cosine.
    Cosine,
    /// In a straight line.
    Linear,
    /// Warm-up, stable, decay: not at all until the last `cooldown_steps`, then in a straight line.
    Wsd,
}

/// The optimiser and its schedule: linear warm-up to `lr_max`, then down to `lr_min`, which then stays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OptimSection {
    /// Which optimiser.
    pub kind: OptimKind,
    /// Highest learning rate.
    pub lr_max: f64,
    /// Learning rate at the end of the descent.
    pub lr_min: f64,
    /// Steps of linear warm-up.
    pub warmup_steps: u64,
    /// How it descends.
    pub schedule: Schedule,
    /// Steps of the descent of [`Schedule::Wsd`]; a fifth of all up to its end when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cooldown_steps: Option<u64>,
    /// The step at which `lr_min` is reached; the last one when absent. A run that goes on with more steps keeps the
    /// descent it was begun with, so to take no step twice with another learning rate, name the final length here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decay_steps: Option<u64>,
    /// Decay of the mean of gradients.
    pub beta1: f64,
    /// Decay of the mean of squared gradients.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub eps: f64,
    /// Decoupled weight decay of matrices and embeddings.
    pub weight_decay: f64,
    /// Largest norm of the whole gradient; longer ones are scaled down to it.
    pub clip_norm: f64,
    /// What the running average of the weights keeps of itself in a step; 0 is no average. Where there is one, it is what is
    /// validated, sampled and saved as the model.
    pub ema_decay: f64,
}

impl OptimSection {
    /// The step at which `lr_min` is reached, in a run of `steps`.
    pub fn descent(&self, steps: u64) -> u64 {
        self.decay_steps.unwrap_or(steps)
    }

    /// Steps that the descent of [`Schedule::Wsd`] takes, in a run of `steps`.
    pub fn cooldown(&self, steps: u64) -> u64 {
        self.cooldown_steps.unwrap_or(self.descent(steps) / WSD_DECAY)
    }
}

impl Default for OptimSection {
    fn default() -> Self {
        OptimSection {
            kind: OptimKind::Adamw,
            lr_max: 1e-3,
            lr_min: 1e-4,
            warmup_steps: 100,
            schedule: Schedule::Cosine,
            cooldown_steps: None,
            decay_steps: None,
            beta1: 0.9,
            beta2: 0.99,
            eps: 1e-8,
            weight_decay: 0.1,
            clip_norm: 1.0,
            ema_decay: 0.0,
        }
    }
}

/// When to measure on held-out text; the last step is always measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ValidationSection {
    /// Steps between measurements.
    pub every: u64,
    /// Held-out stories to write and measure, source stories only; of other text the held-out part is measured whole.
    pub max_documents: usize,
}

impl Default for ValidationSection {
    fn default() -> Self {
        ValidationSection { every: 250, max_documents: 400 }
    }
}

/// What to write as it learns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SamplesSection {
    /// Steps between samples; the last step always writes some.
    pub every: u64,
    /// Beginnings to continue; when empty, beginnings of held-out text.
    pub prompts: Vec<String>,
    /// Most tokens of a sample.
    pub max_tokens: usize,
    /// Sampling temperature; 0 takes the likeliest token.
    pub temperature: f64,
}

impl Default for SamplesSection {
    fn default() -> Self {
        SamplesSection { every: 250, prompts: Vec::new(), max_tokens: 120, temperature: 0.8 }
    }
}

/// When to save; the last step is always saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CheckpointSection {
    /// Steps between checkpoints.
    pub every: u64,
    /// How many of the newest to keep, besides the best; at least 2.
    pub keep: usize,
}

impl Default for CheckpointSection {
    fn default() -> Self {
        CheckpointSection { every: 250, keep: 2 }
    }
}

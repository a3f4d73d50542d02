//! Which published models are read, each line with what proves it.
//!
//! These tables are what `sanjie capabilities` prints, and what the tests run over: for each checkpoint named here a file made
//! by `transformers` must give its logits and its greedy tokens, for each tokenizer the publisher's ids. A line whose proof is
//! gone fails, and so does a family that the readers accept and no line names.

use crate::encoder::ENCODERS;
use crate::family::DECODERS;
use kernels::quantised::Quant;
use std::collections::BTreeSet;

/// What a family's models do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// They write text.
    Decoder,
    /// They read text, and give vectors, labels or scores.
    Encoder,
}

/// What comes out of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Task {
    /// A text that goes on.
    Text,
    /// A vector for each text.
    Vectors,
    /// A label for each text or pair of texts.
    Labels,
    /// How well the two texts of a pair belong together.
    Relevance,
}

/// How a checkpoint is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// A GGUF file.
    Gguf,
    /// A Hugging Face folder with safetensors.
    Safetensors,
}

/// A checkpoint whose results are compared with those of `transformers`.
#[derive(Clone, Copy, Debug)]
pub struct Proof {
    /// The family, as its publisher's files name it.
    pub family: &'static str,
    /// What comes out of it.
    pub task: Task,
    /// How it is stored.
    pub format: Format,
    /// The checkpoint, in `goldens/families`.
    pub checkpoint: &'static str,
    /// The file beside it that holds what `transformers` computed.
    pub expected: &'static str,
}

/// Every proof of a family.
pub const PROOFS: [Proof; 27] = [
    folder("llama", "llama", "llama/expected.safetensors"),
    folder("llama", "llama-3", "llama-3/expected.safetensors"),
    folder("llama", "llama-dynamic", "llama-dynamic/expected.safetensors"),
    folder("llama", "llama-yarn", "llama-yarn/expected.safetensors"),
    folder("llama", "llama-linear", "llama-linear/expected.safetensors"),
    file("llama", "llama-3.gguf", "llama-3/expected.safetensors"),
    file("llama", "llama-linear.gguf", "llama-linear/expected.safetensors"),
    file("llama", "llama.gguf", "expected.safetensors"),
    folder("mistral", "mistral", "mistral/expected.safetensors"),
    folder("qwen2", "qwen2", "qwen2/expected.safetensors"),
    file("qwen2", "qwen2.gguf", "qwen2/expected.safetensors"),
    folder("qwen3", "qwen3-yarn", "qwen3-yarn/expected.safetensors"),
    folder("qwen3", "qwen3", "qwen3/expected.safetensors"),
    file("qwen3", "qwen3.gguf", "qwen3/expected.safetensors"),
    folder("gpt2", "gpt2", "gpt2/expected.safetensors"),
    folder("gpt2", "gpt2-bare", "gpt2-bare/expected.safetensors"),
    file("gpt2", "gpt2.gguf", "gpt2-gguf.expected.safetensors"),
    file("gpt2", "gpt2-head.gguf", "gpt2-head.expected.safetensors"),
    reader("bert", Task::Vectors, "bert", "bert/expected.safetensors"),
    reader("bert", Task::Labels, "bert-labels", "bert-labels/expected.safetensors"),
    reader("bert", Task::Relevance, "bert-relevance", "bert-relevance/expected.safetensors"),
    reader("roberta", Task::Vectors, "roberta", "roberta/expected.safetensors"),
    reader("roberta", Task::Labels, "roberta-labels", "roberta-labels/expected.safetensors"),
    reader("roberta", Task::Relevance, "roberta-relevance", "roberta-relevance/expected.safetensors"),
    reader("xlm-roberta", Task::Vectors, "xlm-roberta", "xlm-roberta/expected.safetensors"),
    reader("xlm-roberta", Task::Labels, "xlm-roberta-labels", "xlm-roberta-labels/expected.safetensors"),
    reader("xlm-roberta", Task::Relevance, "xlm-roberta-relevance", "xlm-roberta-relevance/expected.safetensors"),
];

/// Tokenizers whose ids are compared with those that their publishers' own encoders give, by llama.cpp's names of them.
pub const TOKENIZERS: [&str; 7] =
    ["gpt-2", "deepseek-coder", "llama-spm", "phi-3", "bert-bge", "qwen2", "deepseek-r1-qwen"];

/// A family with the formats in which it is proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// As its publisher's files name it.
    pub name: &'static str,
    /// What its models do.
    pub kind: Kind,
    /// Sorted by name.
    pub formats: Vec<Format>,
    /// What comes out of its models.
    pub tasks: Vec<Task>,
}

/// All families, decoders first.
///
/// ```
/// let families = models::capabilities::families();
/// assert!(families.iter().any(|family| family.name == "llama"));
/// ```
pub fn families() -> Vec<Family> {
    let decoders = DECODERS.into_iter().map(|name| (name, Kind::Decoder));
    let encoders = ENCODERS.into_iter().map(|name| (name, Kind::Encoder));
    let family = |(name, kind)| {
        let proofs = || PROOFS.iter().filter(|it| it.family == name);
        let formats: BTreeSet<Format> = proofs().map(|it| it.format).collect();
        let tasks: BTreeSet<Task> = proofs().map(|it| it.task).collect();
        Family { name, kind, formats: formats.into_iter().collect(), tasks: tasks.into_iter().collect() }
    };
    decoders.chain(encoders).map(family).collect()
}

/// Types in which weights may be stored; each value has the bits that the `gguf` package computes.
pub fn quantisation_types() -> Vec<&'static str> {
    Quant::ALL.into_iter().map(Quant::name).collect()
}

impl Format {
    /// Both.
    pub const ALL: [Format; 2] = [Format::Gguf, Format::Safetensors];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Format::Gguf => "gguf",
            Format::Safetensors => "safetensors",
        }
    }
}

impl Kind {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Decoder => "decoder",
            Kind::Encoder => "encoder",
        }
    }
}

impl Task {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Task::Text => "text",
            Task::Vectors => "vectors",
            Task::Labels => "labels",
            Task::Relevance => "relevance",
        }
    }
}

const fn folder(family: &'static str, checkpoint: &'static str, expected: &'static str) -> Proof {
    reader(family, Task::Text, checkpoint, expected)
}

const fn reader(family: &'static str, task: Task, checkpoint: &'static str, expected: &'static str) -> Proof {
    Proof { family, task, format: Format::Safetensors, checkpoint, expected }
}

const fn file(family: &'static str, checkpoint: &'static str, expected: &'static str) -> Proof {
    Proof { family, task: Task::Text, format: Format::Gguf, checkpoint, expected }
}

//! Where the time of a run goes: its phases, the operations of forward and backward, and the layers they stand in.
//!
//! The phases cost two looks at the clock each and are always measured; operations only when a run is asked to. Then the run
//! folder keeps what they sum up to in `profile.json` ([`Written`]), those of the last process that was asked, and its last
//! steps one by one in `trace.json` (`profile/trace.rs`).
//!
//! A layer is told by names: a parameter such as `h.3.attn.c_attn.weight` belongs to block 3, and an operation to the layer of
//! the parameter that was asked for last. What comes before the first block is the embedding, what comes after the last the head.

mod peaks;
mod trace;
mod written;

pub use peaks::Peaks;
pub use trace::{SPANS_MAX, TRACED_STEPS, Trace};
pub use written::{LayerSeconds, Memory, MemoryPoint, OpSeconds, PhaseSeconds, Written};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};
use tensor::{Params, Pass, Span};

/// What a run does with its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Gathering a batch and clearing the gradients.
    Batch,
    /// From the batch to the loss.
    Forward,
    /// From the loss to the gradients, freeing the tape included.
    Backward,
    /// The gradient's norm and the update of the weights, and of their copy in bf16 if layers multiply in it.
    Update,
    /// Measuring on held-out text.
    Validation,
    /// Writing samples.
    Samples,
    /// Writing and pruning checkpoints.
    Checkpoint,
}

impl Phase {
    /// All, in the order of a step.
    pub const ALL: [Phase; 7] = [
        Phase::Batch,
        Phase::Forward,
        Phase::Backward,
        Phase::Update,
        Phase::Validation,
        Phase::Samples,
        Phase::Checkpoint,
    ];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Batch => "batch",
            Phase::Forward => "forward",
            Phase::Backward => "backward",
            Phase::Update => "update",
            Phase::Validation => "validation",
            Phase::Samples => "samples",
            Phase::Checkpoint => "checkpoint",
        }
    }
}

/// A part of the model, in the order of the forward pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// From tokens to vectors.
    Embedding,
    /// A block, counted from 0.
    Block(usize),
    /// From the last block to the loss: the last norm, the head, the loss.
    Head,
}

impl Layer {
    /// The layer of a parameter called `name` that is asked for after one of layer `before`.
    ///
    /// ```
    /// use train::profile::Layer;
    /// assert_eq!(Layer::of("h.3.ln_1.weight", Layer::Embedding), Layer::Block(3));
    /// assert_eq!(Layer::of("wte.weight", Layer::Embedding), Layer::Embedding);
    /// assert_eq!(Layer::of("wte.weight", Layer::Block(3)), Layer::Head);
    /// ```
    pub fn of(name: &str, before: Layer) -> Layer {
        match name.split('.').find_map(|part| part.parse().ok()) {
            Some(index) => Layer::Block(index),
            None if before == Layer::Embedding => Layer::Embedding,
            None => Layer::Head,
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Layer::Embedding => f.write_str("embedding"),
            Layer::Block(index) => write!(f, "block {index}"),
            Layer::Head => f.write_str("head"),
        }
    }
}

/// What a layer took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LayerTime {
    /// Time of its forward computations.
    pub forward: Duration,
    /// Time of its backward computations.
    pub backward: Duration,
}

/// What one kind of operation took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OpTime {
    /// How often it was computed.
    pub calls: u64,
    /// Time of its forward computations.
    pub forward: Duration,
    /// Time of its backward computations.
    pub backward: Duration,
    /// Floating-point operations of its forward computations, a multiply-add counting as two.
    pub flops: u64,
    /// Bytes that its forward computations read and write at least.
    pub bytes: u64,
}

/// Times of one process's part of a run.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// Steps done.
    pub steps: u64,
    /// By operation; empty unless asked for.
    pub ops: BTreeMap<&'static str, OpTime>,
    /// By layer; empty unless asked for.
    pub layers: BTreeMap<Layer, LayerTime>,
    /// The last steps, one by one; empty unless asked for.
    pub trace: Trace,
    /// Whether operations are timed, too.
    pub(crate) times_ops: bool,
    phases: [Duration; Phase::ALL.len()],
    /// When the last phase of the step under way ended.
    since: Option<Instant>,
}

impl Profile {
    /// Time of `phase` so far.
    pub fn of(&self, phase: Phase) -> Duration {
        self.phases[phase as usize]
    }

    /// Time of all phases.
    pub fn total(&self) -> Duration {
        self.phases.iter().sum()
    }

    /// Adds what has passed since `begun`.
    pub(crate) fn add(&mut self, phase: Phase, begun: Instant) {
        self.phases[phase as usize] += begun.elapsed();
    }

    /// A step begins.
    pub(crate) fn begin_step(&mut self) {
        self.since = Some(Instant::now());
    }

    /// `phase` of the step under way ends, which began when the one before it ended; so they add up to the step.
    pub(crate) fn end_phase(&mut self, phase: Phase) {
        let end = Instant::now();
        let begin = self.since.replace(end).unwrap_or(end);
        self.phases[phase as usize] += end - begin;
        if self.times_ops {
            self.trace.add_phase(phase, begin, end);
        }
    }

    /// The step numbered `step` is done.
    pub(crate) fn end_step(&mut self, step: u64) {
        self.since = None;
        self.steps += 1;
        if self.times_ops {
            self.trace.end_step(step);
        }
    }

    /// Adds the operations of a computation that began in the layer `first`.
    pub(crate) fn add_spans(&mut self, profile: tensor::Profile, params: &Params, first: Layer) {
        let mut layers = BTreeMap::new();
        let mut before = first;
        for span in profile.spans {
            let layer = match span.pass {
                Pass::Forward => {
                    before = span.param.map_or(before, |id| Layer::of(&params.entry(id).name, before));
                    layers.insert(span.node, before);
                    before
                }
                Pass::Backward => layers[&span.node],
            };
            self.add_span(layer, span);
        }
    }

    fn add_span(&mut self, layer: Layer, span: Span) {
        let elapsed = span.end - span.begin;
        let op = self.ops.entry(span.op).or_default();
        let of_layer = self.layers.entry(layer).or_default();
        match span.pass {
            Pass::Forward => {
                op.calls += 1;
                op.forward += elapsed;
                of_layer.forward += elapsed;
            }
            Pass::Backward => {
                op.backward += elapsed;
                of_layer.backward += elapsed;
            }
        }
        op.flops += span.flops;
        op.bytes += span.bytes;
        self.trace.add_span(layer, span);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_parameter_tells_its_layer() {
        let names =
            ["wte.weight", "wpe.weight", "h.0.ln_1.weight", "h.11.mlp.c_fc.weight", "ln_f.weight", "wte.weight"];
        let mut before = Layer::Embedding;
        let layers = names.map(|name| {
            before = Layer::of(name, before);
            before.to_string()
        });
        assert_eq!(layers, ["embedding", "embedding", "block 0", "block 11", "head", "head"]);
        assert_eq!(Layer::of("model.layers.7.mlp.up_proj.weight", Layer::Block(6)), Layer::Block(7));
        assert_eq!(Layer::of("lm_head.weight", Layer::Head), Layer::Head);
    }
}

//! `profile.json`: what the operations of a run sum up to.

use super::{Layer, LayerTime, OpTime, Peaks, Phase, Profile};
use serde::{Deserialize, Serialize};

/// `profile.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Written {
    /// Steps that were measured.
    pub steps: u64,
    /// Every phase, in the order of a step.
    pub phases: Vec<PhaseSeconds>,
    /// The operations of forward and backward, by name.
    pub ops: Vec<OpSeconds>,
    /// The layers of the model, in the order of the forward pass.
    #[serde(default)]
    pub layers: Vec<LayerSeconds>,
    /// What the machine does at most.
    #[serde(default)]
    pub peaks: Option<Peaks>,
    /// What the last step held, over its time.
    #[serde(default)]
    pub memory: Option<Memory>,
}

/// A phase and the time of all its occurrences.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhaseSeconds {
    /// Which.
    pub phase: Phase,
    /// Seconds.
    pub seconds: f64,
}

/// A kind of operation over all steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpSeconds {
    /// A type of `tensor::ops`.
    pub name: String,
    /// How often it was computed.
    pub calls: u64,
    /// Seconds of its forward computations.
    pub forward_s: f64,
    /// Seconds of its backward computations.
    pub backward_s: f64,
    /// Floating-point operations of its forward computations, a multiply-add counting as two.
    pub flops: u64,
    /// Bytes that its forward computations read and write at least.
    #[serde(default)]
    pub bytes: u64,
}

/// A layer over all steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerSeconds {
    /// `embedding`, `block 0` and so on, `head`.
    pub name: String,
    /// Seconds of its forward computations.
    pub forward_s: f64,
    /// Seconds of its backward computations.
    pub backward_s: f64,
}

/// What a step holds, over its time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// Weights, gradients and the optimiser's moments: there all the time.
    pub held_bytes: u64,
    /// The most at once, those included.
    pub peak_bytes: u64,
    /// Results kept for the backward pass, and gradients on their way.
    pub points: Vec<MemoryPoint>,
}

/// A moment of a step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemoryPoint {
    /// Milliseconds since the step began.
    pub ms: f64,
    /// Bytes besides those that are there all the time.
    pub bytes: u64,
}

impl Written {
    /// What `profile` sums up to, on a machine with these `peaks`, where weights and the like take `held_bytes`.
    pub fn of(profile: &Profile, peaks: Peaks, held_bytes: u64) -> Written {
        let phase = |phase| PhaseSeconds { phase, seconds: profile.of(phase).as_secs_f64() };
        let op = |(name, time): (&&str, &OpTime)| OpSeconds {
            name: name.to_string(),
            calls: time.calls,
            forward_s: time.forward.as_secs_f64(),
            backward_s: time.backward.as_secs_f64(),
            flops: time.flops,
            bytes: time.bytes,
        };
        let layer = |(layer, time): (&Layer, &LayerTime)| LayerSeconds {
            name: layer.to_string(),
            forward_s: time.forward.as_secs_f64(),
            backward_s: time.backward.as_secs_f64(),
        };
        Written {
            steps: profile.steps,
            phases: Phase::ALL.map(phase).into(),
            ops: profile.ops.iter().map(op).collect(),
            layers: profile.layers.iter().map(layer).collect(),
            peaks: Some(peaks),
            memory: profile.trace.memory(held_bytes),
        }
    }
}

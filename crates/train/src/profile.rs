//! Where the time of a run goes: its phases, and the operations of forward and backward.
//!
//! The phases cost two looks at the clock each and are always measured; operations only when a run is asked to. Then the run
//! folder keeps both in `profile.json` ([`Written`]), those of the last process that was asked.

use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

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
    /// The gradient's norm and the update of the weights.
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
}

/// Times of one process's part of a run.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// Steps done.
    pub steps: u64,
    /// By operation; empty unless asked for.
    pub ops: tensor::Profile,
    phases: [Duration; Phase::ALL.len()],
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
}

/// `profile.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Written {
    /// Steps that were measured.
    pub steps: u64,
    /// Every phase, in the order of a step.
    pub phases: Vec<PhaseTime>,
    /// The operations of forward and backward, by name.
    pub ops: Vec<OpTime>,
}

/// A phase and the time of all its occurrences.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhaseTime {
    /// Which.
    pub phase: Phase,
    /// Seconds.
    pub seconds: f64,
}

/// A kind of operation over all steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpTime {
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
}

impl From<&Profile> for Written {
    fn from(profile: &Profile) -> Written {
        let phase = |phase| PhaseTime { phase, seconds: profile.of(phase).as_secs_f64() };
        let op = |(name, time): (&str, tensor::OpTime)| OpTime {
            name: name.to_string(),
            calls: time.calls,
            forward_s: time.forward.as_secs_f64(),
            backward_s: time.backward.as_secs_f64(),
            flops: time.flops,
        };
        Written { steps: profile.steps, phases: Phase::ALL.map(phase).into(), ops: profile.ops.ops().map(op).collect() }
    }
}

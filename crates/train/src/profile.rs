//! Where the time of a run goes: its phases, and the operations of forward and backward.
//!
//! The phases cost two looks at the clock each and are always measured; operations only when a run is asked to.

use std::time::{Duration, Instant};

/// What a run does with its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

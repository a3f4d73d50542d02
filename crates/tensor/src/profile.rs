//! Where the time of a computation goes, operation by operation.
//!
//! The tape knows what was computed, so a profile needs no marks in a model: in the forward pass, the time between two
//! recorded results belongs to the later one (what little a model does in between is counted with it); in the
//! backward pass, each node's rule is timed. Nothing is measured unless [`crate::Cx::profiled`] asks for it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// What one kind of operation took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OpTime {
    /// How often it was recorded.
    pub calls: u64,
    /// Time of its forward computations.
    pub forward: Duration,
    /// Time of its backward computations.
    pub backward: Duration,
    /// Floating-point operations of its forward computations, a multiply-add counting as two.
    pub flops: u64,
}

/// Times by the operation's name, a type of `tensor::ops`.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    ops: BTreeMap<&'static str, OpTime>,
}

impl Profile {
    /// The operations with their times, by name.
    pub fn ops(&self) -> impl Iterator<Item = (&'static str, OpTime)> + '_ {
        self.ops.iter().map(|(&name, &time)| (name, time))
    }

    /// Adds the times of `other`, such as those of another step.
    pub fn add(&mut self, other: &Profile) {
        for (name, time) in other.ops() {
            let sum = self.ops.entry(name).or_default();
            sum.calls += time.calls;
            sum.forward += time.forward;
            sum.backward += time.backward;
            sum.flops += time.flops;
        }
    }
}

/// Measures while a computation goes on.
pub(crate) struct Recorder {
    profile: Profile,
    /// When the last measured piece ended.
    since: Instant,
}

impl Recorder {
    pub fn new() -> Recorder {
        Recorder { profile: Profile::default(), since: Instant::now() }
    }

    /// A result of `name` is there: its time is all since the last piece.
    pub fn forward(&mut self, name: &'static str, flops: u64) {
        let elapsed = self.lap();
        let time = self.profile.ops.entry(name).or_default();
        time.calls += 1;
        time.forward += elapsed;
        time.flops += flops;
    }

    /// The gradients of a node of `name` are there.
    pub fn backward(&mut self, name: &'static str) {
        let elapsed = self.lap();
        self.profile.ops.entry(name).or_default().backward += elapsed;
    }

    /// Ends a piece that belongs to no operation.
    pub fn skip(&mut self) {
        self.lap();
    }

    pub fn finish(self) -> Profile {
        self.profile
    }

    fn lap(&mut self) -> Duration {
        let elapsed = self.since.elapsed();
        self.since += elapsed;
        elapsed
    }
}

//! `metrics.jsonl`: one line per optimiser step.

use crate::run_folder::JsonLine;
use serde::{Deserialize, Serialize};

/// What is known about one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Counted from 1.
    pub step: u64,
    /// Mean loss of its batch in nats, before the update.
    pub loss: f32,
    /// Loss on held-out text after the update, where it was measured.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub val_loss: Option<f64>,
    /// Learning rate.
    pub lr: f64,
    /// Norm of the gradient before clipping.
    pub grad_norm: f64,
    /// Tokens learnt from so far.
    pub tokens: u64,
    /// Speed of this step alone, without validation, sampling or saving.
    pub tokens_per_s: f64,
    /// Seconds of training since the run began, those before an interruption included.
    pub elapsed_s: f64,
}

impl JsonLine for Metrics {
    const IS_OF_EVERY_STEP: bool = true;
    fn step(&self) -> u64 {
        self.step
    }
}

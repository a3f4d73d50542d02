//! Where a run's time went, if it was started to measure that: `profile.json` of its folder, as crate `train` writes it.

use crate::failure::{Failure, StudioError};
use crate::{App, Id};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use train::profile::{OpTime, PhaseTime, Written};

/// Where the time of a run went; of one that was resumed, that of its last profiled process.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct RunProfile {
    /// Steps that were measured.
    pub steps: u64,
    /// Every phase, in the order of a step.
    pub phases: Vec<ProfilePhase>,
    /// The operations of forward and backward, those that took longest first.
    pub ops: Vec<ProfileOp>,
}

/// What a run does with its time.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct ProfilePhase {
    /// Which phase.
    #[ts(type = "'batch' | 'forward' | 'backward' | 'update' | 'validation' | 'samples' | 'checkpoint'")]
    pub phase: train::Phase,
    /// Seconds of all its occurrences.
    pub seconds: f64,
}

/// A kind of operation.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct ProfileOp {
    /// As the engine calls it.
    pub name: String,
    /// Times it was computed in a step.
    pub calls_per_step: f64,
    /// Milliseconds of a step in its forward computations.
    pub forward_ms: f64,
    /// Milliseconds of a step in its backward computations.
    pub backward_ms: f64,
    /// Floating-point operations a second of its forward computations, in thousand millions; null if it computes nothing
    /// that counts.
    pub gflops: Option<f64>,
}

impl From<Written> for RunProfile {
    fn from(Written { steps, phases, ops }: Written) -> RunProfile {
        let per_step = |amount: f64| amount / steps.max(1) as f64;
        let op = |OpTime { name, calls, forward_s, backward_s, flops }| ProfileOp {
            name,
            calls_per_step: per_step(calls as f64),
            forward_ms: per_step(1e3 * forward_s),
            backward_ms: per_step(1e3 * backward_s),
            gflops: (flops > 0 && forward_s > 0.0).then(|| flops as f64 / 1e9 / forward_s),
        };
        let mut ops: Vec<ProfileOp> = ops.into_iter().map(op).collect();
        ops.sort_by(|a, b| (b.forward_ms + b.backward_ms).total_cmp(&(a.forward_ms + a.backward_ms)));
        let phase = |PhaseTime { phase, seconds }| ProfilePhase { phase, seconds };
        RunProfile { steps, phases: phases.into_iter().map(phase).collect(), ops }
    }
}

/// `GET /api/runs/ID/profile`: null for a run that did not measure.
pub(crate) async fn show(State(app): State<Arc<App>>, Id(id): Id) -> Result<Json<Option<RunProfile>>, Failure> {
    let path = app.run(&id)?.path.join("profile.json");
    let written = match std::fs::read(&path) {
        Ok(written) => written,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Json(None)),
        Err(error) => return Err(StudioError::file(&path, &error).into()),
    };
    let unreadable = |error: serde_json::Error| StudioError::file(&path, &error.into());
    let written: Written = serde_json::from_slice(&written).map_err(unreadable)?;
    Ok(Json(Some(written.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_a_step_and_the_longest_come_first() {
        let op =
            |name: &str, forward_s, flops| OpTime { name: name.into(), calls: 8, forward_s, backward_s: 0.5, flops };
        let written =
            Written { steps: 4, phases: vec![], ops: vec![op("Add", 0.1, 0), op("Linear", 2.0, 30_000_000_000)] };
        let shown = RunProfile::from(written);
        let [linear, add] = &shown.ops[..] else { panic!("{shown:?}") };
        assert_eq!((linear.name.as_str(), linear.gflops, add.gflops), ("Linear", Some(15.0), None));
        assert_eq!((linear.calls_per_step, linear.forward_ms, linear.backward_ms), (2.0, 500.0, 125.0));
    }
}

//! Where a run's time went, if it was started to measure that: `profile.json` and `trace.json` of its folder, as crate `train`
//! writes them.

use crate::failure::{Failure, StudioError};
use crate::{App, Id};
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;
use train::profile::{LayerSeconds, Memory, MemoryPoint, OpSeconds, Peaks, PhaseSeconds, Written};

/// Where the time of a run went; of one that was resumed, that of its last profiled process.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct RunProfile {
    /// Steps that were measured.
    pub steps: u64,
    /// Every phase, in the order of a step.
    pub phases: Vec<ProfilePhase>,
    /// The operations of forward and backward, those that took longest first.
    pub ops: Vec<ProfileOp>,
    /// The layers of the model, in the order of the forward pass; none of a run that an earlier version measured.
    pub layers: Vec<ProfileLayer>,
    /// What the machine does at most.
    pub peaks: Option<ProfilePeaks>,
    /// What the last step held.
    pub memory: Option<ProfileMemory>,
    /// Whether there is a trace of the last steps.
    pub has_trace: bool,
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
    /// Bytes a second that its forward computations read and write at least, in thousand millions; null if nothing says how many.
    pub gb_per_s: Option<f64>,
}

/// A layer of the model.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct ProfileLayer {
    /// `embedding`, `block 0` and so on, `head`.
    pub name: String,
    /// Milliseconds of a step in its forward computations.
    pub forward_ms: f64,
    /// Milliseconds of a step in its backward computations.
    pub backward_ms: f64,
}

/// What the machine does at most.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct ProfilePeaks {
    /// Floating-point operations in f32 in a second, in thousand millions.
    pub gflops: f64,
    /// Bytes that are read from memory in a second, in thousand millions.
    pub gb_per_s: f64,
}

/// What a step holds, over its time.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct ProfileMemory {
    /// Weights, gradients and the optimiser's moments: there all the time.
    pub held_bytes: u64,
    /// The most at once, those included.
    pub peak_bytes: u64,
    /// Results kept for the backward pass, and gradients on their way.
    pub points: Vec<ProfileMemoryPoint>,
}

/// A moment of a step.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct ProfileMemoryPoint {
    /// Milliseconds since the step began.
    pub ms: f64,
    /// Bytes besides those that are there all the time.
    pub bytes: u64,
}

impl From<Written> for RunProfile {
    fn from(written: Written) -> RunProfile {
        let Written { steps, phases, ops, layers, peaks, memory } = written;
        let per_step = |amount: f64| amount / steps.max(1) as f64;
        let op = |OpSeconds { name, calls, forward_s, backward_s, flops, bytes }| {
            let speed = |amount: u64| (amount > 0 && forward_s > 0.0).then(|| amount as f64 / 1e9 / forward_s);
            ProfileOp {
                name,
                calls_per_step: per_step(calls as f64),
                forward_ms: per_step(1e3 * forward_s),
                backward_ms: per_step(1e3 * backward_s),
                gflops: speed(flops),
                gb_per_s: speed(bytes),
            }
        };
        let mut ops: Vec<ProfileOp> = ops.into_iter().map(op).collect();
        ops.sort_by(|a, b| (b.forward_ms + b.backward_ms).total_cmp(&(a.forward_ms + a.backward_ms)));
        let layer = |LayerSeconds { name, forward_s, backward_s }| ProfileLayer {
            name,
            forward_ms: per_step(1e3 * forward_s),
            backward_ms: per_step(1e3 * backward_s),
        };
        let phase = |PhaseSeconds { phase, seconds }| ProfilePhase { phase, seconds };
        let point = |MemoryPoint { ms, bytes }| ProfileMemoryPoint { ms, bytes };
        RunProfile {
            steps,
            phases: phases.into_iter().map(phase).collect(),
            ops,
            layers: layers.into_iter().map(layer).collect(),
            peaks: peaks.map(|Peaks { gflops, gb_per_s }| ProfilePeaks { gflops, gb_per_s }),
            memory: memory.map(|Memory { held_bytes, peak_bytes, points }| ProfileMemory {
                held_bytes,
                peak_bytes,
                points: points.into_iter().map(point).collect(),
            }),
            has_trace: false,
        }
    }
}

/// `GET /api/runs/ID/profile`: null for a run that did not measure.
pub(crate) async fn show(State(app): State<Arc<App>>, Id(id): Id) -> Result<Json<Option<RunProfile>>, Failure> {
    let folder = app.run(&id)?.path;
    let path = folder.join("profile.json");
    let Some(written) = read(&path)? else { return Ok(Json(None)) };
    let unreadable = |error: serde_json::Error| StudioError::file(&path, &error.into());
    let written: Written = serde_json::from_slice(&written).map_err(unreadable)?;
    let has_trace = folder.join("trace.json").is_file();
    Ok(Json(Some(RunProfile { has_trace, ..written.into() })))
}

/// `GET /api/runs/ID/trace`: the file as it is, to be kept.
pub(crate) async fn trace(State(app): State<Arc<App>>, Id(id): Id) -> Result<Response, Failure> {
    let path = app.run(&id)?.path.join("trace.json");
    let Some(trace) = read(&path)? else { return Err(StudioError::NoTrace { run: id }.into()) };
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_string()),
        // The page names it after its run.
        (header::CONTENT_DISPOSITION, "attachment".to_string()),
        (header::CACHE_CONTROL, "no-store".to_string()),
    ];
    Ok((headers, trace).into_response())
}

/// The bytes of a file; `None` if there is none.
fn read(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StudioError::file(path, &error).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_a_step_and_the_longest_come_first() {
        let op = |name: &str, forward_s, flops| OpSeconds {
            name: name.into(),
            calls: 8,
            forward_s,
            backward_s: 0.5,
            flops,
            bytes: flops / 10,
        };
        let written = Written {
            steps: 4,
            phases: vec![],
            ops: vec![op("Add", 0.1, 0), op("Linear", 2.0, 30_000_000_000)],
            layers: vec![LayerSeconds { name: "head".into(), forward_s: 2.0, backward_s: 1.0 }],
            peaks: None,
            memory: None,
        };
        let shown = RunProfile::from(written);
        let [linear, add] = &shown.ops[..] else { panic!("{shown:?}") };
        assert_eq!((linear.name.as_str(), linear.gflops, add.gflops), ("Linear", Some(15.0), None));
        assert_eq!((linear.gb_per_s, add.gb_per_s), (Some(1.5), None));
        assert_eq!((linear.calls_per_step, linear.forward_ms, linear.backward_ms), (2.0, 500.0, 125.0));
        assert_eq!((shown.layers[0].forward_ms, shown.layers[0].backward_ms), (500.0, 250.0));
    }

    #[test]
    fn what_an_earlier_version_wrote_is_read() {
        let old = r#"{"steps": 2, "phases": [], "ops":
            [{"name": "Add", "calls": 4, "forward_s": 0.1, "backward_s": 0.2, "flops": 8}]}"#;
        let shown = RunProfile::from(serde_json::from_str::<Written>(old).unwrap());
        assert!(shown.layers.is_empty() && shown.peaks.is_none() && shown.ops[0].gb_per_s.is_none(), "{shown:?}");
    }
}

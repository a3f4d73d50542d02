//! The last steps of a run, piece by piece: `trace.json`, which chrome://tracing and Perfetto open, and the memory of a step.
//!
//! A step holds its phases, forward and backward hold layers, a layer its operations; the operations of a layer follow one
//! another without a gap, and so do the phases of a step. Times are whole eighths of a microsecond, which floating-point
//! numbers add up exactly, so no event sticks out of the one around it by rounding.
//!
//! The format: "Trace Event Format" (Google, 2016), complete events (`X`) and counters (`C`).

use super::{Layer, Memory, MemoryPoint, Phase};
use serde::Serialize;
use std::collections::VecDeque;
use std::time::Instant;
use tensor::{Pass, Span};

/// Steps of a trace: enough to see what is alike in all, few enough for a file of some megabytes.
pub const TRACED_STEPS: usize = 3;
/// Operations of a step that are kept one by one, forward and backward together; six layers have about 200. A step of many
/// batches may have more: they count in all sums and are left out of the trace.
pub const SPANS_MAX: usize = 10_000;
/// Points of the memory of a step; what lies between is never more than the points around it say.
const POINTS_MAX: usize = 400;

/// The last steps of a run.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    steps: VecDeque<TracedStep>,
    /// The one under way.
    now: TracedStep,
}

/// A step, piece by piece.
#[derive(Clone, Debug, Default)]
struct TracedStep {
    step: u64,
    phases: Vec<(Phase, Instant, Instant)>,
    spans: Vec<(Layer, Span)>,
    n_left_out: usize,
}

impl Trace {
    pub(super) fn add_phase(&mut self, phase: Phase, begin: Instant, end: Instant) {
        self.now.phases.push((phase, begin, end));
    }

    pub(super) fn add_span(&mut self, layer: Layer, span: Span) {
        if self.now.spans.len() < SPANS_MAX {
            self.now.spans.push((layer, span));
        } else {
            self.now.n_left_out += 1;
        }
    }

    pub(super) fn end_step(&mut self, step: u64) {
        if self.steps.len() == TRACED_STEPS {
            self.steps.pop_front();
        }
        self.steps.push_back(TracedStep { step, ..std::mem::take(&mut self.now) });
    }

    /// `trace.json`.
    pub fn to_json(&self) -> Vec<u8> {
        let mut events = Vec::new();
        if let Some((_, begin, _)) = self.steps.front().and_then(|step| step.phases.first()) {
            self.steps.iter().for_each(|step| step.write(*begin, &mut events));
        }
        serde_json::to_vec(&File { display_time_unit: "ms", trace_events: events }).expect("plain data is JSON")
    }

    /// What the last step held besides `held_bytes`, over its time.
    pub(super) fn memory(&self, held_bytes: u64) -> Option<Memory> {
        let step = self.steps.back()?;
        let (_, begin, _) = step.phases.first()?;
        let mut points = vec![MemoryPoint { ms: 0.0, bytes: 0 }];
        for (_, span) in &step.spans {
            let ms = |time: Instant| (time - *begin).as_secs_f64() * 1e3;
            points.push(MemoryPoint {
                ms: ms(span.begin + (span.end - span.begin) / 2),
                bytes: bytes(span.n_values_max),
            });
            points.push(MemoryPoint { ms: ms(span.end), bytes: bytes(span.n_values) });
        }
        let (_, _, end) = step.phases.last()?;
        points.push(MemoryPoint { ms: (*end - *begin).as_secs_f64() * 1e3, bytes: 0 });
        let peak = points.iter().map(|point| point.bytes).max().unwrap_or(0);
        Some(Memory { held_bytes, peak_bytes: held_bytes + peak, points: thinned(&points) })
    }
}

impl TracedStep {
    fn write(&self, zero: Instant, events: &mut Vec<Event>) {
        let (Some((_, begin, _)), Some((_, _, end))) = (self.phases.first(), self.phases.last()) else { return };
        let event =
            |name: String, cat, begin: Instant, end: Instant| Event::complete(name, cat, (begin - zero, end - zero));
        let mut whole = event(format!("step {}", self.step), "step", *begin, *end);
        if self.n_left_out > 0 {
            whole.args = Some(Args { operations_left_out: Some(self.n_left_out), ..Args::default() });
        }
        events.push(whole);
        let mut spans = self.spans.as_slice();
        for (phase, begin, end) in &self.phases {
            events.push(event(phase.name().into(), "phase", *begin, *end));
            let within = spans.iter().take_while(|(_, span)| span.end <= *end).count();
            let (inside, rest) = spans.split_at(within);
            spans = rest;
            for run in inside.chunk_by(|(one, a), (other, b)| one == other && a.pass == b.pass) {
                let (layer, first) = run[0];
                let last = run[run.len() - 1].1;
                events.push(event(layer.to_string(), "layer", first.begin, last.end));
                for (_, span) in run {
                    let mut one = event(span.op.into(), "op", span.begin, span.end);
                    let pass = if span.pass == Pass::Forward { "forward" } else { "backward" };
                    let [flops, bytes_moved] = [span.flops, span.bytes].map(|n| (n > 0).then_some(n));
                    one.args = Some(Args { pass: Some(pass), flops, bytes_moved, ..Args::default() });
                    events.push(one);
                    events.push(Event::memory(span.end - zero, bytes(span.n_values)));
                }
            }
        }
    }
}

/// Bytes of f32 values.
fn bytes(n_values: usize) -> u64 {
    (n_values * size_of::<f32>()) as u64
}

/// At most [`POINTS_MAX`] of `points`: of neighbours, the one with the most bytes.
fn thinned(points: &[MemoryPoint]) -> Vec<MemoryPoint> {
    let size = points.len().div_ceil(POINTS_MAX).max(1);
    points.chunks(size).filter_map(|chunk| chunk.iter().max_by_key(|point| point.bytes).copied()).collect()
}

#[derive(Serialize)]
struct File {
    #[serde(rename = "displayTimeUnit")]
    display_time_unit: &'static str,
    #[serde(rename = "traceEvents")]
    trace_events: Vec<Event>,
}

/// An event; times are in microseconds.
#[derive(Serialize)]
struct Event {
    name: String,
    cat: &'static str,
    ph: &'static str,
    ts: f64,
    dur: f64,
    pid: u32,
    tid: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    args: Option<Args>,
}

#[derive(Default, Serialize)]
struct Args {
    #[serde(skip_serializing_if = "Option::is_none")]
    pass: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flops: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_moved: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operations_left_out: Option<usize>,
    /// Of a counter.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
}

impl Event {
    fn complete(name: String, cat: &'static str, (begin, end): (std::time::Duration, std::time::Duration)) -> Event {
        let [begin, end] = [begin, end].map(eighths);
        Event {
            name,
            cat,
            ph: "X",
            ts: begin as f64 / 8.0,
            dur: (end - begin) as f64 / 8.0,
            pid: 1,
            tid: 1,
            args: None,
        }
    }

    fn memory(at: std::time::Duration, bytes: u64) -> Event {
        let args = Some(Args { bytes: Some(bytes), ..Args::default() });
        let ts = eighths(at) as f64 / 8.0;
        Event { name: "activations".into(), cat: "memory", ph: "C", ts, dur: 0.0, pid: 1, tid: 1, args }
    }
}

/// Whole eighths of a microsecond.
fn eighths(time: std::time::Duration) -> u64 {
    (time.as_nanos() / 125) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_points_the_highest_stay() {
        let points: Vec<MemoryPoint> =
            (0..1000).map(|i| MemoryPoint { ms: f64::from(i), bytes: u64::from(i == 777) }).collect();
        let thinned = thinned(&points);
        assert!(thinned.len() <= POINTS_MAX && thinned.iter().any(|point| point.ms == 777.0), "{}", thinned.len());
    }
}

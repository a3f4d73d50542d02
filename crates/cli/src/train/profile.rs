//! The tables of `--profile`: where the time of a run went, by phase, operation and layer, and what a step held.

use messages::Lang;
use std::path::Path;
use train::Phase;
use train::profile::{LayerSeconds, OpSeconds, PhaseSeconds, Written};

/// All tables, each with the longest first but for the layers, which stand in the order of the model; `run` has the trace.
pub fn tables(lang: Lang, profile: &Written, run: &Path) -> String {
    let mut lines = phases(lang, profile);
    lines.extend(ops(lang, profile));
    lines.extend(layers(lang, profile));
    if let Some(memory) = &profile.memory {
        let fields = [("peak", megabytes(memory.peak_bytes)), ("held", megabytes(memory.held_bytes))];
        lines.push(super::text(lang, "cli.profile_memory", &fields));
    }
    let trace = run.join("trace.json").display().to_string();
    lines.push(super::text(lang, "cli.profile_trace", &[("path", trace)]));
    lines.join("\n")
}

fn phases(lang: Lang, profile: &Written) -> Vec<String> {
    let total: f64 = profile.phases.iter().map(|phase| phase.seconds).sum();
    let fields = [("seconds", format!("{total:.1}")), ("steps", profile.steps.to_string())];
    let mut phases = profile.phases.clone();
    phases.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    let line = |PhaseSeconds { phase, seconds }| {
        let name = messages::text(lang, key(phase), &[]);
        format!("{seconds:>9.2} s {:>5.1} %  {name}", percent(seconds, total))
    };
    let title = super::text(lang, "cli.profile", &fields);
    std::iter::once(title).chain(phases.into_iter().map(line)).collect()
}

fn ops(lang: Lang, profile: &Written) -> Vec<String> {
    let both = |op: &OpSeconds| op.forward_s + op.backward_s;
    let mut ops: Vec<&OpSeconds> = profile.ops.iter().collect();
    ops.sort_by(|a, b| both(b).total_cmp(&both(a)));
    let total: f64 = ops.iter().map(|op| both(op)).sum();
    let line = |op: &OpSeconds| {
        let [forward, backward] = [op.forward_s, op.backward_s].map(|seconds| milliseconds(seconds, profile));
        let [flops, bytes] = [op.flops, op.bytes].map(|n| n as f64 / 1e9 / op.forward_s.max(1e-9));
        let share = percent(both(op), total);
        format!("{forward:>9.3} {backward:>9.3} {share:>5.1} % {flops:>7.1} {bytes:>7.1}  {}", op.name)
    };
    let mut lines = vec![messages::text(lang, "cli.profile_ops", &[])];
    if let Some(peaks) = profile.peaks {
        let fields = [("gflops", format!("{:.1}", peaks.gflops)), ("gb", format!("{:.1}", peaks.gb_per_s))];
        lines.push(super::text(lang, "cli.profile_peaks", &fields));
    }
    lines.extend(ops.into_iter().map(line));
    lines
}

fn layers(lang: Lang, profile: &Written) -> Vec<String> {
    let both = |layer: &LayerSeconds| layer.forward_s + layer.backward_s;
    let total: f64 = profile.layers.iter().map(both).sum();
    let line = |layer: &LayerSeconds| {
        let [forward, backward] = [layer.forward_s, layer.backward_s].map(|seconds| milliseconds(seconds, profile));
        format!(
            "{forward:>9.3} {backward:>9.3} {:>5.1} %  {}",
            percent(both(layer), total),
            layer_name(lang, &layer.name)
        )
    };
    let title = messages::text(lang, "cli.profile_layers", &[]);
    std::iter::once(title).chain(profile.layers.iter().map(line)).collect()
}

fn layer_name(lang: Lang, name: &str) -> String {
    match name.strip_prefix("block ") {
        Some(index) => messages::text(lang, "cli.profile_block", &[("index", index)]),
        None if name == "embedding" => messages::text(lang, "cli.profile_embedding", &[]),
        None => messages::text(lang, "cli.profile_head", &[]),
    }
}

/// Of a step.
fn milliseconds(seconds: f64, profile: &Written) -> f64 {
    1e3 * seconds / profile.steps.max(1) as f64
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}

fn percent(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { 100.0 * part / whole } else { 0.0 }
}

fn key(phase: Phase) -> &'static str {
    match phase {
        Phase::Batch => "cli.profile_batch",
        Phase::Forward => "cli.profile_forward",
        Phase::Backward => "cli.profile_backward",
        Phase::Update => "cli.profile_update",
        Phase::Validation => "cli.profile_validation",
        Phase::Samples => "cli.profile_samples",
        Phase::Checkpoint => "cli.profile_checkpoint",
    }
}

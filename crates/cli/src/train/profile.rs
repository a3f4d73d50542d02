//! The table of `--profile`: where the time of a run went.

use messages::Lang;
use std::time::Duration;
use train::{Phase, Profile};

/// The phases of the run, then the operations of forward and backward, each with the longest first.
pub fn table(lang: Lang, profile: &Profile) -> String {
    let total = profile.total().as_secs_f64();
    let fields = [("seconds", format!("{total:.1}")), ("steps", profile.steps.to_string())];
    let mut lines = vec![super::text(lang, "cli.profile", &fields)];

    let mut phases: Vec<(Phase, Duration)> = Phase::ALL.map(|phase| (phase, profile.of(phase))).into();
    phases.sort_by_key(|&(_, time)| std::cmp::Reverse(time));
    for (phase, time) in phases {
        let seconds = time.as_secs_f64();
        let name = messages::text(lang, key(phase), &[]);
        lines.push(format!("{seconds:>9.2} s {:>5.1} %  {name}", percent(seconds, total)));
    }

    let mut ops: Vec<_> = profile.ops.ops().collect();
    ops.sort_by_key(|(_, time)| std::cmp::Reverse(time.forward + time.backward));
    let both: f64 = ops.iter().map(|(_, time)| (time.forward + time.backward).as_secs_f64()).sum();
    lines.push(messages::text(lang, "cli.profile_ops", &[]));
    for (name, time) in ops {
        let milliseconds = |time: Duration| 1e3 * time.as_secs_f64() / profile.steps.max(1) as f64;
        let share = percent((time.forward + time.backward).as_secs_f64(), both);
        let speed = time.flops as f64 / 1e9 / time.forward.as_secs_f64().max(1e-9);
        let [forward, backward] = [time.forward, time.backward].map(milliseconds);
        lines.push(format!("{forward:>9.3} {backward:>9.3} {share:>5.1} % {speed:>7.1}  {name}"));
    }
    lines.join("\n")
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

//! Waiting for a child no longer than it deserves.

use super::LOOK;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Time that somebody waited. While the machine sleeps, or everything on it is paused, whoever waits does not look either: such a
/// gap is nobody's time and counts as a single look.
pub(super) struct Waiting {
    waited: Duration,
    looked: Instant,
}

/// The most that one look adds.
const LOOK_MAX: Duration = LOOK.saturating_mul(4);

impl Waiting {
    pub fn begin() -> Waiting {
        Waiting { waited: Duration::ZERO, looked: Instant::now() }
    }

    /// How long it was up to now; asked at least every [`LOOK`].
    pub fn look(&mut self) -> Duration {
        self.look_at(Instant::now())
    }

    fn look_at(&mut self, now: Instant) -> Duration {
        self.waited += now.saturating_duration_since(self.looked).min(LOOK_MAX);
        self.looked = now;
        self.waited
    }
}

/// What a program prints that answers a question.
pub(super) enum Answer {
    Said(String),
    /// It cannot be started, or ends in failure.
    Failed,
    /// It was stopped.
    Late,
}

/// Asks `command`, and stops it with all that it started if it has not ended within `seconds`.
pub(super) fn ask(command: Command, seconds: u64) -> Answer {
    try_ask(command, seconds).unwrap_or(Answer::Failed)
}

fn try_ask(mut command: Command, seconds: u64) -> io::Result<Answer> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
    let mut child = command.spawn()?;
    let mut waiting = Waiting::begin();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if waiting.look() > Duration::from_secs(seconds) {
            sys::confine::kill(&mut child);
            return Ok(Answer::Late);
        }
        std::thread::sleep(LOOK / 10);
    };
    match child.stdout.take() {
        Some(stdout) if status.success() => Ok(Answer::Said(io::read_to_string(stdout)?)),
        _ => Ok(Answer::Failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_nobodys_time() {
        let mut waiting = Waiting::begin();
        let mut now = waiting.looked;
        for (gap, expected) in [(50, 50), (150, 200), (3_600_000, 400), (0, 400), (100, 500)] {
            now += Duration::from_millis(gap);
            assert_eq!(waiting.look_at(now), Duration::from_millis(expected), "after a gap of {gap} ms");
        }
    }

    #[test]
    fn a_program_answers_fails_or_is_late() {
        for (script, expected) in [("echo so", "so\n"), ("exit 1", "failed"), ("sleep 600", "late")] {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            let found = match ask(command, 1) {
                Answer::Said(text) => text,
                Answer::Failed => "failed".into(),
                Answer::Late => "late".into(),
            };
            assert_eq!(found, expected, "{script}");
        }
    }
}

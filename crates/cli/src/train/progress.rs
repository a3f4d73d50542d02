//! What a person sees of a run: a bar that is redrawn on a terminal, now and then a line anywhere else.
//!
//! All of it goes to standard error. Colour is one thing only, the dimmed beginning of a sample, and it goes when
//! `NO_COLOR` is set. A message that a narrow terminal has no room for is cut at its end, so the step and the loss,
//! which stand first, remain.

use crate::visible::visible;
use crate::working::{LINE_INTERVAL, Working, has_terminal};
use indicatif::{ProgressBar, ProgressStyle};
use messages::Lang;
use std::time::{Duration, Instant};
use train::Stage;
use train::metrics::Metrics;
use train::samples::Sample;

/// Shows how a run goes.
pub struct Progress {
    lang: Lang,
    /// Drawn on a terminal only.
    bar: ProgressBar,
    has_bar: bool,
    wants_bar: bool,
    /// What is done before the first step.
    preparation: Option<Working>,
    has_colour: bool,
    steps: u64,
    /// Where this process began: the step, and when.
    begun: (u64, Instant),
    last_line: Option<Instant>,
    val_loss: Option<f64>,
}

impl Progress {
    /// Shows a run of `steps`, with a bar if `wants_bar` and somebody can see one.
    pub fn new(lang: Lang, steps: u64, wants_bar: bool) -> Progress {
        let is_terminal = has_terminal();
        let has_bar = is_terminal && wants_bar;
        let bar = if has_bar { ProgressBar::new(steps) } else { ProgressBar::hidden() };
        bar.set_style(ProgressStyle::with_template("{bar:20} {wide_msg}").expect("a constant template"));
        let has_colour = is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let begun = (0, Instant::now());
        let preparation = None;
        Progress {
            lang,
            bar,
            has_bar,
            wants_bar,
            preparation,
            has_colour,
            steps,
            begun,
            last_line: None,
            val_loss: None,
        }
    }

    /// What the preparation does now.
    pub fn preparing(&mut self, stage: Stage) {
        // The one before goes first: two bars at once would write over each other.
        self.preparation = None;
        self.preparation = Some(Working::begin(self.lang, self::stage(self.lang, stage), self.wants_bar));
    }

    /// How much of that is done.
    pub fn prepares(&mut self, done: usize, total: usize) {
        if let Some(preparation) = &mut self.preparation {
            preparation.set(done, total);
        }
    }

    /// The steps begin, after `step` that were done before.
    pub fn begin(&mut self, step: u64) {
        self.preparation = None;
        self.bar.set_position(step);
        self.begun = (step, Instant::now());
    }

    /// Writes a line of its own, above the bar.
    pub fn note(&self, line: &str) {
        match &self.preparation {
            Some(preparation) => preparation.note(line),
            None if self.has_bar => self.bar.println(line),
            None => eprintln!("{line}"),
        }
    }

    /// Shows a step.
    pub fn step(&mut self, metrics: &Metrics) {
        let is_validated = metrics.val_loss.is_some();
        self.val_loss = metrics.val_loss.or(self.val_loss);
        let is_due = is_validated || self.last_line.is_none_or(|last| last.elapsed() >= LINE_INTERVAL);
        if !self.has_bar && !is_due {
            return;
        }
        let message = self.message(metrics);
        if self.has_bar {
            self.bar.set_message(message);
            self.bar.set_position(metrics.step);
        } else {
            self.last_line = Some(Instant::now());
            eprintln!("{message}");
        }
        if self.has_bar && metrics.step == self.steps {
            // The bar goes at the end; its last words stay.
            self.note(&self.message(metrics));
        }
    }

    /// Shows what the model wrote, line by line behind a margin.
    pub fn sample(&self, sample: &Sample) {
        self.note(&messages::text(self.lang, "cli.sample", &[("step", &sample.step.to_string())]));
        let prompt = sample.prompt.trim_start_matches('\n');
        let [dim, plain] = if self.has_colour && !prompt.is_empty() { ["\x1b[2m", "\x1b[0m"] } else { [""; 2] };
        // The marks stand within a line, so that a margin is never dimmed.
        let prompt = prompt.split('\n').map(|line| format!("{dim}{line}{plain}")).collect::<Vec<_>>().join("\n");
        for line in format!("{prompt}{}", visible(&sample.text)).lines() {
            self.note(&format!("  | {line}"));
        }
    }

    /// Takes the bar away.
    pub fn end(&mut self) {
        self.preparation = None;
        self.bar.finish_and_clear();
    }

    fn message(&self, metrics: &Metrics) -> String {
        let val_loss = self.val_loss.map_or(String::new(), |loss| {
            messages::text(self.lang, "cli.held_out", &[("loss", &format!("{loss:.4}"))])
        });
        let fields = [
            ("step", metrics.step.to_string()),
            ("steps", self.steps.to_string()),
            ("loss", format!("{:.4}", metrics.loss)),
            ("val", val_loss),
            ("speed", grouped(metrics.tokens_per_s as u64)),
            ("left", clock(self.left(metrics.step))),
        ];
        super::text(self.lang, "cli.step", &fields)
    }

    /// Time left if all goes on as it has on average, validation, samples and checkpoints included.
    fn left(&self, step: u64) -> Duration {
        let (before, since) = self.begun;
        let n_done = step.saturating_sub(before).max(1);
        let seconds = since.elapsed().as_secs_f64() / n_done as f64 * self.steps.saturating_sub(step) as f64;
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }
}

/// What the preparation does, in words.
pub fn stage(lang: Lang, stage: Stage) -> String {
    let key = match stage {
        Stage::Stories => "cli.stage_stories",
        Stage::Text => "cli.stage_text",
        Stage::Tokenizer => "cli.stage_tokenizer",
        Stage::Tokens => "cli.stage_tokens",
        Stage::Model => "cli.stage_model",
    };
    messages::text(lang, key, &[])
}

/// `h:mm:ss`, or `m:ss` within an hour.
pub fn clock(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// A number in groups of three digits.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().map(|g| std::str::from_utf8(g).unwrap_or("")).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_are_written_as_people_read_them() {
        assert_eq!([0, 999, 1000, 10_745_088].map(grouped), ["0", "999", "1,000", "10,745,088"]);
        assert_eq!([5, 83, 3723].map(|s| clock(Duration::from_secs(s))), ["0:05", "1:23", "1:02:03"]);
    }
}

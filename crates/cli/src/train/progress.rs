//! What a person sees of a run: a bar that is redrawn on a terminal, now and then a line anywhere else.
//!
//! All of it goes to standard error. Colour is one thing only, the dimmed beginning of a sample, and it goes when
//! `NO_COLOR` is set. Numbers come first and the bar takes the room that they leave: 80 columns hold every number of a run, in
//! either language, and a narrower terminal goes on in the next line.

use crate::say;
use crate::visible::visible;
use crate::working::{LINE_INTERVAL, Working, has_terminal};
use indicatif::{ProgressBar, ProgressStyle};
use messages::Lang;
use std::time::{Duration, Instant};
use train::Stage;
use train::metrics::Metrics;
use train::samples::Sample;

/// How the bar and what is said beside it share a line.
const LINE: &str = "{msg} {wide_bar}";

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
        bar.set_style(ProgressStyle::with_template(LINE).expect("a constant template"));
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
            None => say(line),
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
            say(message);
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
    use indicatif::{ProgressDrawTarget, TermLike};
    use std::io;
    use std::sync::{Arc, Mutex, PoisonError};

    /// A terminal of 80 columns that remembers what was written to it last.
    #[derive(Clone, Debug, Default)]
    struct Terminal(Arc<Mutex<String>>);

    impl TermLike for Terminal {
        fn width(&self) -> u16 {
            80
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            // What fills the rest of a line is written by itself.
            if !text.trim().is_empty() {
                *self.0.lock().unwrap_or_else(PoisonError::into_inner) = text.to_string();
            }
            Ok(())
        }
        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn eighty_columns_hold_every_number() {
        let cases = [
            (Lang::En, ["9999/12000", "loss 10.4321", "held out 10.1234", "123,456 tokens/s", "  4:0"]),
            (Lang::Zh, ["9999/12000", "损失 10.4321", "留出 10.1234", "每秒 123,456 词元", "还剩 4:0"]),
        ];
        for (lang, expected) in cases {
            let terminal = Terminal::default();
            let mut progress = Progress::new(lang, 12_000, true);
            progress.bar.set_draw_target(ProgressDrawTarget::term_like(Box::new(terminal.clone())));
            progress.has_bar = true;
            // Two hours for the last thousand steps: the time left has hours.
            progress.begun = (9000, Instant::now().checked_sub(Duration::from_secs(7200)).unwrap_or_else(Instant::now));
            progress.step(&Metrics {
                step: 9999,
                loss: 10.432_1,
                val_loss: Some(10.123_4),
                lr: 1e-3,
                grad_norm: 1.0,
                tokens: 1,
                tokens_per_s: 123_456.0,
                elapsed_s: 1.0,
            });
            let line = terminal.0.lock().unwrap().clone();
            for part in expected {
                assert!(line.contains(part), "{part:?} is not in {line:?}");
            }
            let columns: usize = line.chars().map(|c| if c.is_ascii() || matches!(c, '█' | '░') { 1 } else { 2 }).sum();
            assert!(columns <= 80, "{columns} columns: {line:?}");
        }
    }

    #[test]
    fn numbers_and_times_are_written_as_people_read_them() {
        assert_eq!([0, 999, 1000, 10_745_088].map(grouped), ["0", "999", "1,000", "10,745,088"]);
        assert_eq!([5, 83, 3723].map(|s| clock(Duration::from_secs(s))), ["0:05", "1:23", "1:02:03"]);
    }
}

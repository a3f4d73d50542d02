//! What a person sees of work that takes a while: a bar that is redrawn on a terminal, now and then a line anywhere else.
//!
//! All of it goes to standard error. A run's steps have a bar of their own (`train::progress`), since they have more to tell.

use crate::say;
use crate::train::{clock, grouped, text};
use indicatif::{ProgressBar, ProgressStyle};
use messages::Lang;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Least time between two lines where there is no bar.
pub const LINE_INTERVAL: Duration = Duration::from_secs(10);
/// Least time between two pictures of a bar.
const PICTURE_INTERVAL: Duration = Duration::from_millis(100);

/// Whether somebody can see a bar.
pub fn has_terminal() -> bool {
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    std::io::stderr().is_terminal() && !is_dumb
}

/// Shows that something is done, and how much of it; taken away when it is dropped.
pub struct Working {
    lang: Lang,
    what: String,
    bar: ProgressBar,
    has_bar: bool,
    begun: Instant,
    last_told: Instant,
}

impl Working {
    /// Says `what` begins, with a bar if `wants_bar` and somebody can see one.
    pub fn begin(lang: Lang, what: String, wants_bar: bool) -> Working {
        let has_bar = wants_bar && has_terminal();
        let bar = if has_bar { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        bar.set_style(ProgressStyle::with_template("{spinner} {msg}  {elapsed}").expect("a constant template"));
        bar.set_message(what.clone());
        if has_bar {
            bar.enable_steady_tick(PICTURE_INTERVAL);
        } else {
            say(&what);
        }
        Working { lang, what, bar, has_bar, begun: Instant::now(), last_told: Instant::now() }
    }

    /// `done` of `total` parts are done.
    pub fn set(&mut self, done: usize, total: usize) {
        let interval = if self.has_bar { PICTURE_INTERVAL } else { LINE_INTERVAL };
        if done == 0 || done >= total || self.last_told.elapsed() < interval {
            return;
        }
        self.last_told = Instant::now();
        let left = self.begun.elapsed().mul_f64((total - done) as f64 / done as f64);
        let fields = [
            ("what", self.what.clone()),
            ("done", grouped(done as u64)),
            ("total", grouped(total as u64)),
            ("left", clock(left)),
        ];
        let line = text(self.lang, "cli.working", &fields);
        if !self.has_bar {
            say(line);
            return;
        }
        if self.bar.length().is_none() {
            self.bar.set_style(ProgressStyle::with_template("{bar:20} {wide_msg}").expect("a constant template"));
        }
        self.bar.set_length(total as u64);
        self.bar.set_position(done as u64);
        self.bar.set_message(line);
    }

    /// Writes a line of its own, above the bar.
    pub fn note(&self, line: &str) {
        if self.has_bar { self.bar.println(line) } else { say(line) }
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

//! `sanjie verify`: whether two models are the same.

use crate::{Failure, Outcome, failure, model, print_line, say};
use eval::compare::{Comparison, PROMPTS, compare};
use messages::{Lang, text};
use std::path::PathBuf;

/// What `sanjie verify` takes.
#[derive(clap::Args)]
pub struct Arguments {
    a: PathBuf,
    b: PathBuf,
    #[arg(long)]
    json: bool,
}

/// Runs it; fails when the ids differ.
pub fn run(lang: Lang, arguments: &Arguments) -> Result<Outcome, Failure> {
    let (a, b) = (model::open(lang, &arguments.a)?, model::open(lang, &arguments.b)?);
    let comparison = compare(&a, &b, &PROMPTS).map_err(failure)?;
    let Comparison { prompts, ids_equal, max_abs_logprob_diff } = comparison;
    if prompts < PROMPTS.len() {
        let [n, total] = [prompts, PROMPTS.len()].map(|n| n.to_string());
        say(text(lang, "cli.verify_left_out", &[("n", &n), ("total", &total)]));
    }
    if max_abs_logprob_diff.is_none() {
        say(text(lang, "cli.verify_apart", &[]));
    }
    if arguments.json {
        print_line(&serde_json::to_string(&comparison).expect("numbers are JSON"));
    } else {
        let key = if ids_equal { "cli.verify_equal" } else { "cli.verify_differ" };
        // Equal ids are of prompts that begin alike.
        let difference = max_abs_logprob_diff.map_or("?".into(), |difference| {
            if difference < 0.01 { format!("{difference:.1e}") } else { format!("{difference:.2}") }
        });
        print_line(&text(lang, key, &[("n", &prompts.to_string()), ("difference", &difference)]));
    }
    Ok(if ids_equal { Outcome::Done } else { Outcome::Failed })
}

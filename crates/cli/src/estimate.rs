//! `sanjie estimate`: what a run will take, before it begins.

use crate::recipe::{self, Wanted};
use crate::train::stage;
use crate::working::Working;
use crate::{Failure, Outcome, failure, print_line};
use messages::{Lang, text};
use std::path::PathBuf;
use train::estimate::{Estimate, check, estimate};
use train::{Event, Stage};

/// What `sanjie estimate` takes.
#[derive(clap::Args)]
pub struct Arguments {
    recipe: String,
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub fn run(lang: Lang, arguments: &Arguments) -> Result<Outcome, Failure> {
    let Arguments { recipe, data, set, .. } = arguments;
    let recipe = recipe::load(&Wanted { name: recipe, set, data: data.as_deref(), resumed: None })?;
    check(&recipe).map_err(failure)?;
    let mut working = None;
    let estimate = estimate(&recipe, &mut |event| match event {
        Event::Preparing(begun) => {
            let what = if begun == Stage::Model { text(lang, "cli.estimating", &[]) } else { stage(lang, begun) };
            // The one before goes first: two bars at once would write over each other.
            drop(working.take());
            working = Some(Working::begin(lang, what, !arguments.json));
        }
        Event::Prepares { done, total } => {
            if let Some(working) = &mut working {
                working.set(done, total);
            }
        }
        _ => {}
    });
    drop(working);
    let estimate = estimate.map_err(failure)?;
    if arguments.json {
        print_line(&serde_json::to_string(&estimate).expect("numbers are JSON"));
        return Ok(Outcome::Done);
    }
    for (key, value) in rows(lang, &estimate) {
        print_line(&format!("{value:>12}  {}", text(lang, key, &[])));
    }
    Ok(Outcome::Done)
}

fn rows(lang: Lang, estimate: &Estimate) -> Vec<(&'static str, String)> {
    let bytes = estimate.bytes;
    let time = estimate.seconds.map_or_else(
        || text(lang, "cli.estimate_no_time", &[]),
        |seconds| crate::train::clock(std::time::Duration::from_secs_f64(seconds)),
    );
    vec![
        ("cli.estimate_params", short(estimate.n_params as f64, "")),
        ("cli.estimate_flops", short(estimate.flops_per_token as f64, "")),
        ("cli.estimate_weights", short(bytes.weights as f64, "B")),
        ("cli.estimate_gradients", short(bytes.gradients as f64, "B")),
        ("cli.estimate_optimizer", short(bytes.optimizer as f64, "B")),
        ("cli.estimate_activations", short(bytes.activations as f64, "B")),
        ("cli.estimate_peak", short(bytes.peak as f64, "B")),
        ("cli.estimate_seconds", time),
    ]
}

/// Three digits and a decimal prefix.
fn short(value: f64, unit: &str) -> String {
    let mut value = value;
    let mut prefix = 0;
    const PREFIXES: [&str; 5] = ["", "k", "M", "G", "T"];
    while value >= 999.5 && prefix + 1 < PREFIXES.len() {
        value /= 1e3;
        prefix += 1;
    }
    let digits = if prefix == 0 || value >= 99.95 {
        0
    } else if value >= 9.995 {
        1
    } else {
        2
    };
    format!("{value:.digits$} {}{unit}", PREFIXES[prefix]).trim_end().to_string()
}

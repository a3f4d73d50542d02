//! `sanjie pull`: a model from its publisher's server or from files that are here, into the folder of models.

use crate::{Failure, Outcome, failure, on_interrupt, print_line, say, say_piece};
use hub::{Got, ModelStore, Origin, Plan, PlannedFile, PullEvent};
use indicatif::{ProgressBar, ProgressStyle};
use messages::{Lang, text};
use std::io::{BufRead, IsTerminal};

/// Downloads above this are asked about on a terminal: seconds on a fast line, half an hour on a slow one.
const ASK_ABOVE_BYTES: u64 = 1_000_000_000;

/// What `sanjie pull` takes.
#[derive(clap::Args)]
pub struct Arguments {
    name: String,
    #[arg(long, value_name = "FILE")]
    file: Option<String>,
    #[arg(long, short)]
    yes: bool,
}

/// Runs it.
pub fn run(lang: Lang, arguments: &Arguments) -> Result<Outcome, Failure> {
    let endpoint = std::env::var("HF_ENDPOINT").ok();
    let origin = Origin::parse(&arguments.name, endpoint.as_deref()).map_err(failure)?;
    let store = ModelStore::standard();
    let plan = store.plan(&origin, arguments.file.as_deref()).map_err(failure)?;
    tell(lang, &plan);
    if !arguments.yes && plan.bytes() > ASK_ABOVE_BYTES && std::io::stdin().is_terminal() && !agreed(lang, &plan) {
        return Ok(Outcome::Failed);
    }
    let (id, n_bytes) = (plan.id.clone(), plan.bytes());
    let name = arguments.name.clone();
    // What has arrived stands on the disk already, so the process may end at once.
    on_interrupt(move || {
        say(format_args!("\n{}", text(lang, "cli.pull_stopped", &[("name", &name)])));
        std::process::exit(i32::from(crate::INTERRUPTED));
    });
    let bar = ProgressBar::new(n_bytes);
    let template = "{bar:24} {bytes}/{total_bytes}  {bytes_per_sec}  {msg}";
    bar.set_style(ProgressStyle::with_template(template).expect("a constant template"));
    let fetched = store.fetch(plan, &mut |event| match event {
        PullEvent::Begins { file, have, bytes } => {
            bar.set_length(bytes);
            bar.set_position(have);
            bar.reset_eta();
            bar.set_message(file.to_string());
        }
        PullEvent::BeginsAnew => bar.set_position(0),
        PullEvent::Received { bytes } => bar.inc(bytes),
    });
    bar.finish_and_clear();
    let (got, folder) = fetched.map_err(failure)?;
    let key = match got {
        Got::AlreadyHere => "cli.pull_already",
        Got::Arrived => "cli.pull_arrived",
    };
    say(text(lang, key, &[("name", &id)]));
    print_line(&folder.display().to_string());
    Ok(Outcome::Done)
}

/// The files with their sizes, on standard error.
fn tell(lang: Lang, plan: &Plan) {
    let revision = plan.revision.as_deref().map(|it| format!(" @ {it}")).unwrap_or_default();
    say(format_args!("{}{revision}", plan.source));
    for PlannedFile { path, bytes } in &plan.files {
        say(format_args!("{:>12}  {path}", size(*bytes)));
    }
    say(text(lang, "cli.pull_total", &[("size", &size(plan.bytes()))]));
}

fn agreed(lang: Lang, plan: &Plan) -> bool {
    say_piece(format_args!("{} ", text(lang, "cli.pull_ask", &[("size", &size(plan.bytes()))])));
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "是")
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1000 => format!("{bytes} B"),
        1000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.2} GB", bytes as f64 / 1e9),
    }
}

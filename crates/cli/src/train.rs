//! `sanjie train`: a recipe to a run folder, with progress, and a stop that saves.

mod launch;
mod plug;
mod profile;
mod progress;

use crate::recipe::{self, Wanted};
use crate::{Failure, Outcome, complain, failure, print_line, program, say};
use ::train::checkpoint::name_aside;
use ::train::data::FolderRead;
use ::train::run_folder::{Cost, Gap};
use ::train::{Ended, Event, RunOptions};
use launch::{Launch, claim_out};
use messages::Lang;
use progress::Progress;
pub use progress::{clock, grouped, stage};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use sys::shell_quoted;

/// Files left out of a folder that are named.
const LEFT_OUT_SHOWN_MAX: usize = 5;

/// What `sanjie train` takes.
#[derive(clap::Args)]
pub struct Arguments {
    recipe: String,
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    #[arg(long)]
    resume: bool,
    #[arg(long)]
    profile: bool,
    #[arg(long, value_name = "LAB=FILE", conflicts_with_all = ["out", "resume", "profile"])]
    plug: Option<String>,
    #[arg(long)]
    json: bool,
    // For the studio, which tells it in the language of whoever looks: where to write why a run did not begin.
    #[arg(long, value_name = "FILE", hide = true)]
    failure: Option<PathBuf>,
    // The same for what happens until the first step: `{stage, since}`; gone when that step is done.
    #[arg(long, value_name = "FILE", hide = true)]
    stage: Option<PathBuf>,
}

/// Runs it.
pub fn run(lang: Lang, arguments: Arguments) -> Result<Outcome, Failure> {
    let file = arguments.failure.clone();
    let outcome = train(lang, arguments);
    if let (Err(error), Some(file)) = (&outcome, file) {
        let failure = ::train::run_folder::Failure::of(error.as_ref());
        let bytes = serde_json::to_vec(&failure).expect("plain data is JSON");
        // If it cannot be written, the message on standard error is still there.
        let _ = sys::atomic_file::write(file, &bytes);
    }
    outcome
}

fn train(lang: Lang, arguments: Arguments) -> Result<Outcome, Failure> {
    if arguments.resume && arguments.out.is_none() {
        complain(lang, &messages::text(lang, "cli.resume_needs_out", &[]));
        return Ok(Outcome::Usage);
    }
    if let Some(written) = &arguments.plug {
        let Arguments { recipe, data, set, json, .. } = &arguments;
        return plug::run(lang, &plug::Wish { written, recipe, set, data: data.as_deref(), json: *json });
    }
    let resumed = arguments.out.as_deref().filter(|_| arguments.resume);
    let Arguments { recipe, data, set, .. } = &arguments;
    let recipe = recipe::load(&Wanted { name: recipe, set, data: data.as_deref(), resumed })?;
    let is_claimed = arguments.out.is_none();
    let out = match arguments.out {
        Some(out) => out,
        None => claim_out(&recipe.name).map_err(failure)?,
    };
    let (lr_min, warmup_steps) = (recipe.optim.lr_min, recipe.optim.warmup_steps);
    let options = RunOptions { recipe, out, resume: arguments.resume, profile: arguments.profile };
    let launch = Launch::new(lang, options, is_claimed, arguments.stage);
    let options = &launch.options;
    let mut progress = Progress::new(lang, options.recipe.train.steps, !arguments.json);
    let (mut is_prepared, mut note) = (false, None);
    let begun = Instant::now();
    let ended = ::train::run(options, &launch.stop, &mut |event| match event {
        Event::NothingToResume { path, meant } => {
            let path = path.display().to_string();
            let line = match meant {
                None => text(lang, "cli.nothing_to_resume", &[("path", path)]),
                Some(meant) => {
                    let fields = [("path", path), ("meant", shell_quoted(&meant))];
                    text(lang, "cli.nothing_to_resume_meant", &fields)
                }
            };
            progress.note(&line);
        }
        Event::Preparing(stage) => {
            progress.preparing(stage);
            note = Some(launch.enter(stage));
        }
        Event::Prepares { done, total } => {
            progress.prepares(done, total);
            if let Some(note) = &mut note {
                note.set(&launch, done, total);
            }
        }
        Event::GoingOn { step } => progress.note(&text(lang, "cli.going_on", &[("step", step.to_string())])),
        Event::Step(metrics) => {
            if !std::mem::replace(&mut is_prepared, true) {
                launch.forget_stage();
            }
            if arguments.json {
                print_line(&serde_json::to_string(&metrics).expect("numbers are JSON"));
            }
            progress.step(&metrics);
        }
        Event::Sampled(sample) => progress.sample(&sample),
        Event::Profiled(profile) => progress.note(&profile::tables(lang, &profile, &options.out)),
        Event::ReadFolder(read) => progress.note(&read_folder(lang, &read)),
        Event::MetricsMissing(gap) => progress.note(&metrics_missing(lang, &gap)),
        Event::UnusablePrompt(error) => progress.note(&messages::render(lang, error.as_ref())),
        Event::Saved { path, .. } => progress.note(&text(lang, "cli.saved", &[("path", path.display().to_string())])),
        Event::DamagedCheckpoints { paths, instead } => {
            let key = if instead.is_some() { "cli.passed_over" } else { "cli.passed_over_all" };
            let folder = paths[0].parent().unwrap_or(&options.out);
            let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let fields = [
                ("n", paths.len().to_string()),
                ("folder", folder.display().to_string()),
                ("names", paths.iter().map(name).collect::<Vec<_>>().join(", ")),
                ("aside", paths.iter().map(|path| name_aside(path)).collect::<Vec<_>>().join(", ")),
            ];
            progress.note(&text(lang, key, &fields));
        }
        Event::Prepared { n_params, n_train_tokens, n_held_out_tokens, vocab_size, step, steps, decay_steps } => {
            let [n_params, n_train, n_held_out, vocab_size] =
                [n_params, n_train_tokens, n_held_out_tokens, vocab_size].map(|n| grouped(n as u64));
            let fields =
                [("n_params", n_params), ("n_train", n_train), ("n_held_out", n_held_out), ("vocab_size", vocab_size)];
            progress.note(&text(lang, "cli.prepared", &fields));
            progress.note(&text(lang, "cli.out", &[("path", options.out.display().to_string())]));
            if decay_steps < steps && warmup_steps <= decay_steps {
                let fields = [("decay_steps", decay_steps.to_string()), ("lr_min", lr_min.to_string())];
                progress.note(&text(lang, "cli.lr_stays", &fields));
            }
            progress.begin(step);
        }
    });
    progress.end();
    launch.forget_stage();
    launch.clear(&ended);
    let (program, path) = (program(), shell_quoted(&options.out));
    match ended.map_err(failure)? {
        Ended::Finished(report) => {
            let fields = [
                ("val_loss", format!("{:.4}", report.last_val_loss)),
                ("time", clock(begun.elapsed())),
                ("program", program),
                ("path", path),
            ];
            say(text(lang, "cli.finished", &fields));
            if let Some((foreseen, measured)) = report.foreseen.zip(report.measured) {
                say_cost(lang, foreseen, measured);
            }
        }
        Ended::AlreadyFinished { steps } => {
            say(text(lang, "cli.already", &[("steps", steps.to_string()), ("program", program), ("path", path)]));
        }
        Ended::Interrupted { step } => {
            let key = if step == 0 { "cli.interrupted_early" } else { "cli.interrupted" };
            let recipe = shell_quoted(&options.out.join("recipe.toml"));
            let fields = [("step", step.to_string()), ("program", program), ("recipe", recipe), ("path", path)];
            say(text(lang, key, &fields));
            return Ok(Outcome::Interrupted);
        }
    }
    Ok(Outcome::Done)
}

/// What was read of a folder, and what was not.
fn read_folder(lang: Lang, read: &FolderRead) -> String {
    let FolderRead { path, files, left_out } = read;
    let name = |file: &PathBuf| file.strip_prefix(path).unwrap_or(file).display().to_string();
    let mut names: Vec<String> = left_out.iter().take(LEFT_OUT_SHOWN_MAX).map(name).collect();
    if left_out.len() > names.len() {
        names.push("...".into());
    }
    let key = if left_out.is_empty() { "cli.read_folder" } else { "cli.read_folder_left_out" };
    let fields = [
        ("n", grouped(files.len() as u64)),
        ("path", path.display().to_string()),
        ("left_out", grouped(left_out.len() as u64)),
        ("names", names.join(", ")),
    ];
    text(lang, key, &fields)
}

/// Which steps have no metrics, and where what could not be read is kept.
fn metrics_missing(lang: Lang, gap: &Gap) -> String {
    let piece = |(first, last): &(u64, u64)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    let key = if gap.aside.is_some() { "cli.metrics_missing_aside" } else { "cli.metrics_missing" };
    let fields = [
        ("path", gap.path.display().to_string()),
        ("steps", gap.missing.iter().map(piece).collect::<Vec<_>>().join(", ")),
        ("aside", gap.aside.as_ref().map(|path| path.display().to_string()).unwrap_or_default()),
    ];
    text(lang, key, &fields)
}

/// Sets what was foreseen against what it came to, as far as both are known.
fn say_cost(lang: Lang, foreseen: Cost, measured: Cost) {
    let time = |seconds: f64| clock(Duration::from_secs_f64(seconds));
    let memory = |bytes: u64| format!("{:.0}", bytes as f64 / 1e6);
    if let (Some(foreseen), Some(measured)) = (foreseen.seconds, measured.seconds) {
        let fields = [("foreseen", time(foreseen)), ("measured", time(measured))];
        say(text(lang, "cli.cost_time", &fields));
    }
    if let (Some(foreseen), Some(measured)) = (foreseen.peak_bytes, measured.peak_bytes) {
        let fields = [("foreseen", memory(foreseen)), ("measured", memory(measured))];
        say(text(lang, "cli.cost_memory", &fields));
    }
}

/// A message with fields that were made for it.
pub(super) fn text(lang: Lang, key: &str, fields: &[(&str, String)]) -> String {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (*key, value.as_str())).collect();
    messages::text(lang, key, &fields)
}

//! `sanjie train`: a recipe to a run folder, with progress, and a stop that saves.

mod plug;
mod profile;
mod progress;

use crate::recipe::{self, Wanted};
use crate::{Failure, INTERRUPTED, Outcome, complain, failure, print_line, program};
use ::train::recipe::Recipe;
use ::train::run_folder::{Cost, RunFolder, State};
use ::train::{Ended, Event, RunOptions, Stage, runs};
use messages::Lang;
pub use progress::clock;
use progress::{Progress, grouped};
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use sys::atomic_file::FileError;
use sys::shell_quoted;

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
    let stage = arguments.stage.clone();
    let outcome = train(lang, arguments);
    if let Some(stage) = stage {
        // There is none where the run got to its first step.
        let _ = fs::remove_file(stage);
    }
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
    let unbegun = Unbegun { out: out.clone(), is_claimed, stage: arguments.stage.clone(), recipe: recipe.clone() };
    let is_stoppable = Arc::new(AtomicBool::new(false));
    let stop = stop_on_signal(lang, is_stoppable.clone(), unbegun);
    let (lr_min, warmup_steps) = (recipe.optim.lr_min, recipe.optim.warmup_steps);
    let options = RunOptions { recipe, out, resume: arguments.resume, profile: arguments.profile };
    let mut stage_file = arguments.stage;
    let mut progress = Progress::new(lang, options.recipe.train.steps, !arguments.json);
    let begun = Instant::now();
    let ended = ::train::run(&options, &stop, &mut |event| match event {
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
            is_stoppable.store(stage == Stage::Model, Ordering::Relaxed);
            if let Some(file) = &stage_file {
                let note = serde_json::json!({ "stage": stage, "since": sys::unix_seconds() });
                // Whoever reads it can do without it.
                let _ = sys::atomic_file::write(file, note.to_string().as_bytes());
            }
        }
        Event::Step(metrics) => {
            if let Some(file) = stage_file.take() {
                let _ = fs::remove_file(file);
            }
            if arguments.json {
                print_line(&serde_json::to_string(&metrics).expect("numbers are JSON"));
            }
            progress.step(&metrics);
        }
        Event::Sampled(sample) => progress.sample(&sample),
        Event::Profiled(profile) => progress.note(&profile::tables(lang, &profile, &options.out)),
        Event::UnusablePrompt(error) => progress.note(&messages::render(lang, error.as_ref())),
        Event::Saved { path, .. } => progress.note(&text(lang, "cli.saved", &[("path", path.display().to_string())])),
        Event::DamagedCheckpoint { path, instead } => {
            let key = if instead.is_some() { "cli.damaged" } else { "cli.damaged_all" };
            progress.note(&text(lang, key, &[("path", path.display().to_string())]));
        }
        Event::Prepared { n_params, n_train_tokens, n_held_out_tokens, vocab_size, step, steps, decay_steps } => {
            let [n_params, n_train, n_held_out, vocab_size] =
                [n_params, n_train_tokens, n_held_out_tokens, vocab_size].map(|n| grouped(n as u64));
            let fields =
                [("n_params", n_params), ("n_train", n_train), ("n_held_out", n_held_out), ("vocab_size", vocab_size)];
            progress.note(&text(lang, "cli.prepared", &fields));
            progress.note(&text(lang, "cli.out", &[("path", options.out.display().to_string())]));
            if step > 0 {
                progress.note(&text(lang, "cli.going_on", &[("step", step.to_string())]));
            }
            if decay_steps < steps && warmup_steps <= decay_steps {
                let fields = [("decay_steps", decay_steps.to_string()), ("lr_min", lr_min.to_string())];
                progress.note(&text(lang, "cli.lr_stays", &fields));
            }
            progress.begin(step);
        }
    });
    progress.end();
    match ended {
        // A run that never made a step is nothing to come back to.
        Ok(Ended::Interrupted { step: 0 }) if is_claimed => drop(fs::remove_dir_all(&options.out)),
        // Without a recipe the run never began, for instance because the disk is full.
        Err(_) if is_claimed && !options.out.join("recipe.toml").is_file() => drop(fs::remove_dir_all(&options.out)),
        _ => {}
    }
    let (program, path) = (program(), shell_quoted(&options.out));
    match ended.map_err(failure)? {
        Ended::Finished(report) => {
            let fields = [
                ("val_loss", format!("{:.4}", report.last_val_loss)),
                ("time", clock(begun.elapsed())),
                ("program", program),
                ("path", path),
            ];
            eprintln!("{}", text(lang, "cli.finished", &fields));
            if let Some((foreseen, measured)) = report.foreseen.zip(report.measured) {
                say_cost(lang, foreseen, measured);
            }
        }
        Ended::AlreadyFinished { steps } => {
            eprintln!(
                "{}",
                text(lang, "cli.already", &[("steps", steps.to_string()), ("program", program), ("path", path)])
            );
        }
        Ended::Interrupted { step } => {
            let key = if step == 0 { "cli.interrupted_early" } else { "cli.interrupted" };
            let recipe = shell_quoted(&options.out.join("recipe.toml"));
            let fields = [("step", step.to_string()), ("program", program), ("recipe", recipe), ("path", path)];
            eprintln!("{}", text(lang, key, &fields));
            return Ok(Outcome::Interrupted);
        }
    }
    Ok(Outcome::Done)
}

/// Sets what was foreseen against what it came to, as far as both are known.
fn say_cost(lang: Lang, foreseen: Cost, measured: Cost) {
    let time = |seconds: f64| clock(Duration::from_secs_f64(seconds));
    let memory = |bytes: u64| format!("{:.0}", bytes as f64 / 1e6);
    if let (Some(foreseen), Some(measured)) = (foreseen.seconds, measured.seconds) {
        let fields = [("foreseen", time(foreseen)), ("measured", time(measured))];
        eprintln!("{}", text(lang, "cli.cost_time", &fields));
    }
    if let (Some(foreseen), Some(measured)) = (foreseen.peak_bytes, measured.peak_bytes) {
        let fields = [("foreseen", memory(foreseen)), ("measured", memory(measured))];
        eprintln!("{}", text(lang, "cli.cost_memory", &fields));
    }
}

/// What a run leaves that is stopped while it reads its text or trains its tokenizer.
struct Unbegun {
    out: PathBuf,
    /// Whether the folder was made for this run alone.
    is_claimed: bool,
    /// Where the studio reads the stage.
    stage: Option<PathBuf>,
    recipe: Recipe,
}

impl Unbegun {
    /// Nothing; for the studio, which named the run before it began, a run that was interrupted and can go on.
    fn leave(&self) {
        if self.is_claimed {
            let _ = fs::remove_dir(&self.out);
        }
        if let Some(stage) = &self.stage {
            let _ = fs::remove_file(stage);
            // There is a folder already if it was to go on.
            if let Ok(mut folder) = RunFolder::create(&self.out, &self.recipe.clone().resolved(None)) {
                let _ = folder.close(State::Interrupted, None);
            }
        }
    }
}

/// Set by the first Ctrl-C, which lets a run that `is_stoppable` save; the second ends the process: nobody has to wait for a
/// validation. While it is not, there is nothing to save, and what is under way would not notice for long: the first ends it.
fn stop_on_signal(lang: Lang, is_stoppable: Arc<AtomicBool>, unbegun: Unbegun) -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let asked = stop.clone();
    // Without a handler Ctrl-C would end the process at once, and only the last checkpoint would be left.
    let _ = ctrlc::set_handler(move || {
        if is_stoppable.load(Ordering::Relaxed) {
            if asked.swap(true, Ordering::Relaxed) {
                std::process::exit(i32::from(INTERRUPTED));
            }
            eprintln!("\n{}", text(lang, "cli.stopping", &[]));
        } else {
            unbegun.leave();
            eprintln!("\n{}", text(lang, "cli.interrupted_early", &[]));
            std::process::exit(i32::from(INTERRUPTED));
        }
    });
    stop
}

/// A message with fields that were made for it.
pub(super) fn text(lang: Lang, key: &str, fields: &[(&str, String)]) -> String {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (*key, value.as_str())).collect();
    messages::text(lang, key, &fields)
}

/// Makes a new folder below the data folder. Whoever makes it has its name, so two runs that begin in the same second get
/// two folders.
fn claim_out(name: &str) -> Result<PathBuf, FileError> {
    let runs = runs::runs_folder();
    fs::create_dir_all(&runs).map_err(|error| FileError::writing(&runs, &error))?;
    let first = format!("{name}-{}", sys::unix_seconds());
    let mut path = runs.join(&first);
    for number in 2u32.. {
        match fs::create_dir(&path) {
            Ok(()) => break,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => path = runs.join(format!("{first}-{number}")),
            Err(error) => return Err(FileError::writing(&path, &error)),
        }
    }
    Ok(path)
}

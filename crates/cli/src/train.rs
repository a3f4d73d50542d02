//! `sanjie train`: a recipe to a run folder, with progress, and a stop that saves.

use crate::{Failure, Outcome, complain};
use indicatif::{ProgressBar, ProgressStyle};
use messages::Lang;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use train::{Ended, Event, Recipe, RunOptions, TrainError};

/// What `sanjie train` takes.
#[derive(clap::Args)]
pub struct Arguments {
    /// A built-in recipe (stories, shakespeare-tiny, shakespeare-baby) or the path of one.
    recipe: String,
    /// Text to learn from: a file, a folder, or JSON lines; instead of the recipe's own.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Run folder; runs/NAME-TIME in the data folder when absent.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Change a key of the recipe, as in optim.lr_max=3e-4; may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Go on where the run in --out stopped.
    #[arg(long)]
    resume: bool,
    /// Print a line of JSON for each step.
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub fn run(lang: Lang, arguments: Arguments) -> Result<Outcome, Failure> {
    let failed = |error: TrainError| Box::new(error) as Failure;
    if arguments.resume && arguments.out.is_none() {
        complain(lang, &messages::text(lang, "cli.resume_needs_out", &[]));
        return Ok(Outcome::Usage);
    }
    let mut recipe = Recipe::load(&arguments.recipe, &arguments.set).map_err(failed)?;
    if let Some(path) = &arguments.data {
        // The recipe must mean the same from any folder; a path that does not exist is reported as it was given.
        recipe.read_data_from(&std::path::absolute(path).unwrap_or_else(|_| path.clone()));
    }
    let out = arguments.out.unwrap_or_else(|| default_out(&recipe.name));
    let stop = Arc::new(AtomicBool::new(false));
    let asked = stop.clone();
    // Without a handler Ctrl-C would end the process at once, and only the last checkpoint would be left.
    // The second one does end it: nobody has to wait for a long validation.
    let _ = ctrlc::set_handler(move || {
        if asked.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });

    let bar = ProgressBar::new(recipe.train.steps);
    bar.set_style(ProgressStyle::with_template("{bar:24} {msg}").expect("a constant template"));
    let steps = recipe.train.steps.to_string();
    let mut val_loss = None;
    let mut on_event = |event: Event| match event {
        Event::Prepared { n_params, n_train_tokens, n_held_out_tokens, vocab_size, step, .. } => {
            let [n_params, n_train, n_held_out, vocab_size] =
                [n_params, n_train_tokens, n_held_out_tokens, vocab_size].map(|n| n.to_string());
            let fields = [
                ("n_params", n_params.as_str()),
                ("n_train", &n_train),
                ("n_held_out", &n_held_out),
                ("vocab_size", &vocab_size),
            ];
            eprintln!("{}", messages::text(lang, "cli.prepared", &fields));
            bar.set_position(step);
            bar.reset_eta();
        }
        Event::Step(metrics) => {
            if arguments.json {
                println!("{}", serde_json::to_string(&metrics).expect("numbers are JSON"));
            }
            val_loss = metrics.val_loss.or(val_loss);
            bar.set_position(metrics.step);
            let left = bar.eta().as_secs();
            let fields = [
                ("step", metrics.step.to_string()),
                ("steps", steps.clone()),
                ("loss", format!("{:.4}", metrics.loss)),
                ("val", val_loss.map_or(String::new(), |loss| format!(" / {loss:.4}"))),
                ("speed", format!("{:.0}", metrics.tokens_per_s)),
                ("left", format!("{}:{:02}", left / 60, left % 60)),
            ];
            let fields: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (*key, value.as_str())).collect();
            bar.set_message(messages::text(lang, "cli.step", &fields));
        }
        Event::Sampled(sample) => bar.println(format!("  {}|{}", sample.prompt, sample.text.replace('\n', " "))),
        Event::Saved { path, .. } => {
            bar.println(messages::text(lang, "cli.saved", &[("path", &path.display().to_string())]));
        }
        Event::DamagedCheckpoint { path, instead } => {
            let key = if instead.is_some() { "cli.damaged" } else { "cli.damaged_all" };
            eprintln!("{}", messages::text(lang, key, &[("path", &path.display().to_string())]));
        }
    };
    let options = RunOptions { recipe, out: out.clone(), resume: arguments.resume };
    let ended = train::run(&options, &stop, &mut on_event);
    bar.finish_and_clear();
    let path = out.display().to_string();
    match ended.map_err(failed)? {
        Ended::Finished(_) => eprintln!("{}", messages::text(lang, "cli.finished", &[("path", &path)])),
        Ended::AlreadyFinished { steps } => {
            eprintln!("{}", messages::text(lang, "cli.already", &[("steps", &steps.to_string())]));
        }
        Ended::Interrupted { step } => {
            let key = if step == 0 { "cli.interrupted_early" } else { "cli.interrupted" };
            let fields = [("step", step.to_string()), ("path", path)];
            let fields: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (*key, value.as_str())).collect();
            eprintln!("{}", messages::text(lang, key, &fields));
            return Ok(Outcome::Interrupted);
        }
    }
    Ok(Outcome::Done)
}

/// A new folder below the data folder.
fn default_out(name: &str) -> PathBuf {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    sys::data_folder().join("runs").join(format!("{name}-{seconds}"))
}

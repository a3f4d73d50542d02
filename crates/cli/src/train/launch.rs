//! A run from its launch to its first step: its folder, what the studio is told meanwhile, and Ctrl-C.
//!
//! Until the model is set up there is nothing to save, and what is under way would not notice a wish to stop for long: Ctrl-C
//! ends the process, and the run leaves nothing. From then on the first Ctrl-C lets the run save, and a second one ends the
//! process without: nobody has to wait for a validation. A checkpoint that was being written does no harm, since it gets its
//! name when it is whole.

use super::text;
use crate::{INTERRUPTED, complain, program};
use ::train::run_folder::{RunFolder, State};
use ::train::{Ended, RunOptions, Stage, TrainError, runs};
use messages::Lang;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use sys::atomic_file::FileError;
use sys::shell_quoted;

/// A run that is about to begin.
pub struct Launch {
    /// What to run, and where.
    pub options: RunOptions,
    /// Whether the folder was made for this run alone.
    pub is_claimed: bool,
    /// Where the studio reads the stage.
    pub stage: Option<PathBuf>,
    /// Set by the first Ctrl-C that the run can follow.
    pub stop: AtomicBool,
    /// Whether the run looks at `stop` soon.
    is_stoppable: AtomicBool,
}

impl Launch {
    /// Takes charge of Ctrl-C.
    pub fn new(lang: Lang, options: RunOptions, is_claimed: bool, stage: Option<PathBuf>) -> Arc<Launch> {
        let [stop, is_stoppable] = [false, false].map(AtomicBool::new);
        let launch = Arc::new(Launch { options, is_claimed, stage, stop, is_stoppable });
        let asked = launch.clone();
        // Without a handler Ctrl-C would end the process at once, and only the last checkpoint would be left.
        let _ = ctrlc::set_handler(move || asked.interrupt(lang));
        launch
    }

    /// A stage of the preparation begins: told to the studio, if it waits for one.
    pub fn enter(&self, stage: Stage) {
        self.is_stoppable.store(stage == Stage::Model, Ordering::Relaxed);
        if let Some(file) = &self.stage {
            let note = serde_json::json!({ "stage": stage, "since": sys::unix_seconds() });
            // Whoever reads it can do without it.
            let _ = sys::atomic_file::write(file, note.to_string().as_bytes());
        }
    }

    /// The preparation is over.
    pub fn forget_stage(&self) {
        if let Some(file) = &self.stage {
            let _ = fs::remove_file(file);
        }
    }

    /// Takes the folder back that was made for this run alone, unless it made a step.
    pub fn clear(&self, ended: &Result<Ended, TrainError>) {
        let made_none = match ended {
            Ok(ended) => *ended == Ended::Interrupted { step: 0 },
            // Without a recipe the run never began, for instance because the disk is full.
            Err(_) => !self.options.out.join("recipe.toml").is_file(),
        };
        if made_none && self.is_claimed {
            let _ = fs::remove_dir_all(&self.options.out);
        }
    }

    fn interrupt(&self, lang: Lang) {
        if !self.is_stoppable.load(Ordering::Relaxed) {
            self.leave();
            eprintln!("\n{}", text(lang, "cli.interrupted_early", &[]));
            std::process::exit(i32::from(INTERRUPTED));
        }
        if self.stop.swap(true, Ordering::Relaxed) {
            let RunOptions { out, .. } = &self.options;
            let fields = [
                ("program", program()),
                ("recipe", shell_quoted(&out.join("recipe.toml"))),
                ("path", shell_quoted(out)),
            ];
            eprintln!();
            complain(lang, &text(lang, "cli.not_saved", &fields));
            // 130 would say that all was saved; before the first step there was nothing to save.
            std::process::exit(1);
        }
        eprintln!("\n{}", text(lang, "cli.stopping", &[]));
    }

    /// What a run leaves that is stopped before there is a model: nothing. For the studio, which named the run before it began,
    /// it is one that was interrupted and can go on.
    fn leave(&self) {
        let RunOptions { out, recipe, .. } = &self.options;
        if self.is_claimed {
            let _ = fs::remove_dir_all(out);
        }
        if self.stage.is_some() {
            self.forget_stage();
            // There is a folder already if it was to go on.
            if let Ok(mut folder) = RunFolder::create(out, &recipe.clone().resolved(None)) {
                let _ = folder.close(State::Interrupted, None);
            }
        }
    }
}

/// Makes a new folder below the data folder. Whoever makes it has its name, so two runs that begin in the same second get
/// two folders.
pub fn claim_out(name: &str) -> Result<PathBuf, FileError> {
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

//! A run from its launch to its first step: its folder, what the studio is told meanwhile, and Ctrl-C.
//!
//! Until the model is set up there is nothing to save, and what is under way would not notice a wish to stop for long: Ctrl-C
//! ends the process, and the run leaves nothing. From then on the first Ctrl-C lets the run save, and a second one ends the
//! process without: nobody has to wait for a validation. A checkpoint that was being written does no harm, since it gets its
//! name when it is whole.

use super::text;
use crate::{INTERRUPTED, complain, on_interrupt, program, say};
use ::train::run_folder::{RunFolder, State};
use ::train::{Ended, RunOptions, Stage, TrainError, runs};
use messages::Lang;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use sys::{SystemError, shell_quoted};

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
    /// Whether the run looks at `stop` soon. Held by whoever ends the process before that, so that no folder is made meanwhile.
    is_stoppable: Mutex<bool>,
    /// What stood in the place of its folder.
    before: Before,
}

/// What a studio reads of the stage that a run is in.
pub struct StageNote {
    stage: Stage,
    /// Unix seconds when it began.
    since: u64,
    /// When the note was written.
    at: Instant,
}

impl StageNote {
    /// Least time between two writes that only tell how much is done; a page looks no more often.
    const INTERVAL: Duration = Duration::from_secs(1);

    /// Notes that a stage begins.
    fn begin(launch: &Launch, stage: Stage) -> StageNote {
        let note = StageNote { stage, since: sys::unix_seconds(), at: Instant::now() };
        note.write(launch, None);
        note
    }

    /// Notes now and then that `done` of `total` parts are done.
    pub fn set(&mut self, launch: &Launch, done: usize, total: usize) {
        if self.at.elapsed() >= StageNote::INTERVAL {
            self.at = Instant::now();
            self.write(launch, Some(done as f64 / total.max(1) as f64));
        }
    }

    fn write(&self, launch: &Launch, share: Option<f64>) {
        let Some(file) = &launch.stage else { return };
        let mut note = serde_json::json!({ "stage": self.stage, "since": self.since });
        if let Some(share) = share {
            note["share"] = share.into();
        }
        // Whoever reads it can do without it.
        let _ = sys::atomic_file::write(file, note.to_string().as_bytes());
    }
}

/// What stood in the place of a run's folder before the run.
enum Before {
    Nothing,
    EmptyFolder,
    Something,
}

impl Before {
    fn of(path: &Path) -> Before {
        match fs::read_dir(path).map(|mut entries| entries.next().is_some()) {
            Ok(true) => Before::Something,
            Ok(false) => Before::EmptyFolder,
            Err(error) if error.kind() == ErrorKind::NotFound => Before::Nothing,
            Err(_) => Before::Something,
        }
    }
}

impl Launch {
    /// Takes charge of Ctrl-C.
    pub fn new(lang: Lang, options: RunOptions, is_claimed: bool, stage: Option<PathBuf>) -> Arc<Launch> {
        let before = if is_claimed { Before::Nothing } else { Before::of(&options.out) };
        let (stop, is_stoppable) = (AtomicBool::new(false), Mutex::new(false));
        let launch = Arc::new(Launch { options, is_claimed, stage, stop, is_stoppable, before });
        let asked = launch.clone();
        on_interrupt(move || asked.interrupt(lang));
        launch
    }

    /// A stage of the preparation begins.
    pub fn enter(&self, stage: Stage) -> StageNote {
        *self.is_stoppable.lock().unwrap_or_else(PoisonError::into_inner) = stage == Stage::Model;
        StageNote::begin(self, stage)
    }

    /// The preparation is over.
    pub fn forget_stage(&self) {
        if let Some(file) = &self.stage {
            let _ = fs::remove_file(file);
        }
    }

    /// Takes the folder back that this run made, unless it made a step: so the same command can be given again.
    pub fn clear(&self, ended: &Result<Ended, TrainError>) {
        let out = &self.options.out;
        let made_none = match ended {
            Ok(ended) => *ended == Ended::Interrupted { step: 0 },
            // Without a recipe the run never began, for instance because the disk is full. A folder that others may take, too, is
            // theirs then.
            Err(_) => self.is_claimed && !out.join("recipe.toml").is_file(),
        };
        // A studio named the run before it began, and can let it go on.
        if !made_none || self.stage.is_some() {
            return;
        }
        match self.before {
            Before::Nothing => drop(fs::remove_dir_all(out)),
            Before::EmptyFolder => {
                for entry in fs::read_dir(out).into_iter().flatten().flatten() {
                    let path = entry.path();
                    let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
                }
            }
            Before::Something => {}
        }
    }

    fn interrupt(&self, lang: Lang) {
        let is_stoppable = self.is_stoppable.lock().unwrap_or_else(PoisonError::into_inner);
        if !*is_stoppable {
            self.leave();
            let is_going_on = self.options.resume && matches!(self.before, Before::Something);
            let key = if is_going_on { "cli.interrupted_before_more" } else { "cli.interrupted_early" };
            say(format_args!("\n{}", text(lang, key, &[])));
            std::process::exit(i32::from(INTERRUPTED));
        }
        drop(is_stoppable);
        if self.stop.swap(true, Ordering::Relaxed) {
            let RunOptions { out, .. } = &self.options;
            let fields = [
                ("program", program()),
                ("recipe", shell_quoted(&out.join("recipe.toml"))),
                ("path", shell_quoted(out)),
            ];
            say("");
            complain(lang, &text(lang, "cli.not_saved", &fields));
            // 130 would say that all was saved; before the first step there was nothing to save.
            std::process::exit(1);
        }
        say(format_args!("\n{}", text(lang, "cli.stopping", &[])));
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

sys::coded_error! {
    /// Why a run gets no folder of its own.
    pub enum ClaimError {
        /// Nothing can be made where runs stand.
        NoPlace { path: String } by Cause = "run.no_place",
    }
}

/// Makes a new folder below the data folder. Whoever makes it has its name, so two runs that begin in the same second get
/// two folders.
pub fn claim_out(name: &str) -> Result<PathBuf, ClaimError> {
    let runs = runs::runs_folder();
    let no_place = |path: &Path, error: &std::io::Error| ClaimError::NoPlace {
        path: path.display().to_string(),
        cause: Box::new(SystemError::of(error)),
    };
    fs::create_dir_all(&runs).map_err(|error| no_place(&runs, &error))?;
    let first = format!("{name}-{}", sys::unix_seconds());
    let mut path = runs.join(&first);
    for number in 2u32.. {
        match fs::create_dir(&path) {
            Ok(()) => break,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => path = runs.join(format!("{first}-{number}")),
            Err(error) => return Err(no_place(&path, &error)),
        }
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::train::Recipe;

    const TOML: &str =
        "name = 'x'\nmodel = { n_layers = 1, n_heads = 2, d_model = 8, max_seq_len = 16 }\ntrain = { steps = 5 }";

    fn recipe() -> Recipe {
        Recipe::parse("x.toml", TOML, &[]).unwrap()
    }

    /// How much of a stage is done is told now and then, and a new stage begins with nothing.
    #[test]
    fn a_stage_tells_its_share() {
        let folder = std::env::temp_dir().join(format!("sanjie-stage-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let options = RunOptions { recipe: recipe(), out: folder.join("run"), resume: false, profile: false };
        let file = folder.join("stage");
        let launch = Launch::new(Lang::En, options, false, Some(file.clone()));
        let told = || serde_json::from_slice::<serde_json::Value>(&fs::read(&file).unwrap()).unwrap()["share"].as_f64();
        let mut note = launch.enter(Stage::Tokens);
        assert_eq!(told(), None);
        note.set(&launch, 1, 4);
        assert_eq!(told(), None, "too soon");
        note.at -= StageNote::INTERVAL;
        note.set(&launch, 3, 4);
        assert_eq!(told(), Some(0.75));
        launch.enter(Stage::Model);
        assert_eq!(told(), None);
        fs::remove_dir_all(&folder).unwrap();
    }

    /// The folder of a run that was stopped before its first step: made by it, found empty, found with something in it.
    #[test]
    fn what_a_run_made_goes_if_it_made_no_step() {
        let folder = std::env::temp_dir().join(format!("sanjie-launch-{}", std::process::id()));
        let recipe = recipe();
        let stopped = |step| Ok(Ended::Interrupted { step });
        let cases = [
            ("made", stopped(0), None, None),
            ("made", stopped(1), None, Some(2)),
            ("made", Ok(Ended::AlreadyFinished { steps: 5 }), None, Some(2)),
            // A studio can let it go on.
            ("made", stopped(0), Some("stage"), Some(2)),
            ("empty", stopped(0), None, Some(0)),
            ("full", stopped(0), None, Some(3)),
        ];
        for (found, ended, stage, n_left) in cases {
            let out = folder.join(found);
            if found != "made" {
                fs::create_dir_all(&out).unwrap();
            }
            if found == "full" {
                fs::write(out.join("note.txt"), "mine").unwrap();
            }
            let options = RunOptions { recipe: recipe.clone(), out: out.clone(), resume: false, profile: false };
            let launch = Launch::new(Lang::En, options, false, stage.map(|stage| folder.join(stage)));
            fs::create_dir_all(out.join("checkpoints")).unwrap();
            fs::write(out.join("recipe.toml"), TOML).unwrap();
            launch.clear(&ended);
            assert_eq!(fs::read_dir(&out).map(Iterator::count).ok(), n_left, "{found}: {ended:?}");
            let _ = fs::remove_dir_all(&folder);
        }
    }
}

//! A run's folder: who may write to it, what state it is in, and its growing files.
//!
//! ```text
//! recipe.toml     resolved; enough to repeat the run
//! run.lock        held by the training process while it lives
//! status.json     what the process last said about itself
//! metrics.jsonl   a line per step            samples.jsonl   what the model wrote
//! report.json     at the end                 checkpoints/    see `checkpoint`
//! profile.json    with `--profile`: where the time went, see `profile`; trace.json: its last steps one by one
//! ```
//!
//! Lines are appended whole. After a crash the files may be ahead of the checkpoint that a run resumes from; they
//! are then cut back to its step, so no step ever appears twice.

use crate::checkpoint;
use crate::profile::{Trace, Written};
use crate::recipe::Recipe;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use sys::atomic_file::{self, FileError};
use sys::{Coded, SystemError};

/// Least time between two writes of `status.json` that only move the step on; each costs an fsync.
const STATUS_INTERVAL: Duration = Duration::from_secs(5);

sys::coded_error! {
    /// What can be wrong with a run folder or the course of a run.
    pub enum RunError {
        /// The path of the run folder is that of a file.
        NotAFolder { path: String } = "run.not_a_folder",
        /// The folder of a new run is that of an earlier one.
        Exists { path: String } = "run.exists",
        /// Something else than a run stands in the folder of a new one.
        Occupied { path: String } = "run.occupied",
        /// Resuming needs `--out`, and this is no run folder.
        NotARun { path: String } = "run.not_a_run",
        /// Another process is training in it.
        Busy { path: String } = "run.busy",
        /// The recipe of a resumed run differs; `path` is its folder as a shell reads it.
        RecipeChanged { key: String, before: String, now: String, path: String } = "run.recipe_changed",
        /// A resumed run would be shorter than it was.
        FewerSteps { before: u64, now: u64 } = "run.fewer_steps",
        /// A run has lost its recipe, and its checkpoint was made by another one than is given.
        NoRecipe { path: String, key: String, before: String, now: String } = "run.no_recipe",
        /// The text of a resumed run, which stands in `data`, differs.
        DataChanged { path: String, data: String } = "run.data_changed",
        /// The stories of a resumed run differ: they are made up anew each time.
        StoriesChanged { path: String } = "run.stories_changed",
        /// A checkpoint whose checksums hold is nevertheless not one of this run.
        BadCheckpoint { path: String } by Cause = "run.bad_checkpoint",
        /// A beginning that the recipe gives is none for this model.
        SamplePrompt { prompt: String } by Cause = "run.sample_prompt",
        /// Model and batch cannot fit into memory.
        Memory { needed_gb: String, found_gb: String } = "run.memory",
        /// Nothing could be added to the end of a growing file.
        Append { path: String } by Cause = "file.append",
        /// A file ended the run in `step`, whose last checkpoint is of step `last`; `path` is its folder as a shell reads it.
        BrokenOff { step: u64, last: u64, path: String } by Cause = "run.broken_off",
        /// A number of a step became infinite or not a number, before the first checkpoint.
        NonFinite { step: u64 } by Cause = "run.non_finite",
        /// The same, with a checkpoint of step `last`; from there the run would take the same steps again.
        NonFiniteAfter { step: u64, last: u64 } by Cause = "run.non_finite_after",
    }
}

/// A line of a growing file; lines are in order of steps.
pub trait JsonLine: Serialize + DeserializeOwned {
    /// Whether every step has one.
    const IS_OF_EVERY_STEP: bool;
    /// The step it belongs to.
    fn step(&self) -> u64;
}

/// `status.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// What the process last said about itself.
    pub state: State,
    /// Its process id.
    pub pid: u32,
    /// Steps done.
    pub step: u64,
    /// Steps in all.
    pub steps: u64,
    /// Unix seconds.
    pub started_at: u64,
    /// Unix seconds.
    pub updated_at: u64,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<Failure>,
}

/// States of a run; `Running` is true only while `run.lock` is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// At work.
    Running,
    /// All steps done.
    Finished,
    /// Asked to stop, saved.
    Interrupted,
    /// Stopped by an error.
    Failed,
}

/// An error as `status.json` keeps it, for whoever renders it later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// Its code.
    pub code: String,
    /// Values for its sentence.
    pub fields: serde_json::Map<String, serde_json::Value>,
}

impl Failure {
    /// Keeps the code and the fields of `error`; the error behind it becomes the field `cause`, of the same form.
    pub fn of(error: &dyn Coded) -> Failure {
        let named = |(name, value): (&str, String)| (name.to_string(), value.into());
        let mut fields: serde_json::Map<_, _> = error.fields().into_iter().map(named).collect();
        if let Some(cause) = error.behind() {
            let Failure { code, fields: inner } = Failure::of(cause);
            fields.insert("cause".into(), serde_json::json!({ "code": code, "fields": inner }));
        }
        Failure { code: error.code().to_string(), fields }
    }
}

/// `report.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Lowest loss on held-out text.
    pub best_val_loss: f64,
    /// That of the last step.
    pub last_val_loss: f64,
    /// Steps done.
    pub steps: u64,
    /// Tokens learnt from.
    pub tokens: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// What it was expected to take: memory before its first step, seconds after the first round of everything.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub foreseen: Option<Cost>,
    /// What it took.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub measured: Option<Cost>,
}

/// What a run takes; what the system does not tell is left out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Bytes of main memory of the process at its largest; of a resumed run, of its last process.
    pub peak_bytes: Option<u64>,
    /// Seconds of training, those before a resumption included.
    pub seconds: Option<f64>,
}

/// What a run that goes on finds of its metrics.
pub struct History {
    /// Those of the last step.
    pub last: Option<crate::metrics::Metrics>,
    /// What is missing before it.
    pub gap: Option<Gap>,
}

/// Steps of a run that its metrics say nothing of.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    /// The file.
    pub path: PathBuf,
    /// First and last step of each piece that is missing.
    pub missing: Vec<(u64, u64)>,
    /// Where the file stands as it was found, if it held something that is no line of it.
    pub aside: Option<PathBuf>,
}

/// A run folder that this process holds.
pub struct RunFolder {
    path: PathBuf,
    status: Status,
    written_at: Instant,
    metrics: Option<File>,
    samples: Option<File>,
    /// Released when the process ends, however it ends.
    _lock: File,
}

impl RunFolder {
    /// Makes the folder of a new run and takes it; an empty folder will do.
    pub fn create(path: &Path, recipe: &Recipe) -> Result<RunFolder, crate::TrainError> {
        check_free(path)?;
        RunFolder::take(path, recipe)
    }

    /// Takes the folder of an earlier run. Its report, if it had ended, no longer says what is there.
    pub fn reopen(path: &Path, recipe: &Recipe) -> Result<RunFolder, crate::TrainError> {
        let folder = RunFolder::take(path, recipe)?;
        let report = path.join("report.json");
        match fs::remove_file(&report) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(FileError::writing(&report, &e).into()),
            _ => Ok(folder),
        }
    }

    fn take(path: &Path, recipe: &Recipe) -> Result<RunFolder, crate::TrainError> {
        let checkpoints = path.join("checkpoints");
        fs::create_dir_all(&checkpoints).map_err(|e| FileError::writing(&checkpoints, &e))?;
        let lock_path = path.join("run.lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&lock_path);
        let lock = lock.map_err(|e| FileError::writing(&lock_path, &e))?;
        hold(&lock, path)?;
        atomic_file::write(path.join("recipe.toml"), recipe.to_toml().as_bytes())?;
        let now = sys::unix_seconds();
        let status = Status {
            state: State::Running,
            pid: std::process::id(),
            step: 0,
            steps: recipe.train.steps,
            started_at: now,
            updated_at: now,
            error: None,
        };
        let written_at = Instant::now();
        let folder = RunFolder { path: path.into(), status, written_at, metrics: None, samples: None, _lock: lock };
        folder.write_status()?;
        Ok(folder)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Cuts the growing files back to `step` and opens them for the next.
    pub fn cut_back(&mut self, step: u64) -> Result<History, FileError> {
        let path = self.path.join("metrics.jsonl");
        let (metrics, n_unreadable) = cut_back::<crate::metrics::Metrics>(&path, step)?;
        cut_back::<crate::samples::Sample>(&self.path.join("samples.jsonl"), step)?;
        self.metrics = Some(open_to_append(&path)?);
        self.samples = Some(open_to_append(&self.path.join("samples.jsonl"))?);
        let gap = (metrics.len() as u64) < step;
        let gap = gap.then(|| Gap {
            missing: missing(&metrics, step),
            aside: (n_unreadable > 0).then(|| aside(&path)),
            path,
        });
        Ok(History { last: metrics.into_iter().next_back(), gap })
    }

    /// Appends to `metrics.jsonl`.
    pub fn append_metrics(&mut self, line: &crate::metrics::Metrics) -> Result<(), RunError> {
        append(self.metrics.as_mut(), line).map_err(|e| appending(&self.path.join("metrics.jsonl"), &e))
    }

    /// Appends to `samples.jsonl`.
    pub fn append_sample(&mut self, line: &crate::samples::Sample) -> Result<(), RunError> {
        append(self.samples.as_mut(), line).map_err(|e| appending(&self.path.join("samples.jsonl"), &e))
    }

    /// Notes the step; now and then also on disk.
    pub fn advance(&mut self, step: u64) -> Result<(), FileError> {
        self.status.step = step;
        if self.written_at.elapsed() < STATUS_INTERVAL {
            return Ok(());
        }
        self.written_at = Instant::now();
        self.write_status()
    }

    /// Writes a last word: how the run ended at the step noted last.
    ///
    /// A full disk, which may be why it ended, has no room for a file that takes the old one's place. There is still the room of
    /// the old one itself.
    pub fn close(&mut self, state: State, error: Option<Failure>) -> Result<(), FileError> {
        self.status.state = state;
        self.status.error = error;
        self.write_status().or_else(|error| self.overwrite_status().map_err(|_| error))
    }

    /// Writes `report.json`.
    pub fn write_report(&self, report: &Report) -> Result<(), FileError> {
        atomic_file::write(self.path.join("report.json"), &json(report))
    }

    /// Writes `profile.json` and `trace.json`.
    pub fn write_profile(&self, profile: &Written, trace: &Trace) -> Result<(), FileError> {
        atomic_file::write(self.path.join("trace.json"), &trace.to_json())?;
        atomic_file::write(self.path.join("profile.json"), &json(profile))
    }

    fn write_status(&self) -> Result<(), FileError> {
        atomic_file::write(self.path.join("status.json"), &self.status_now())
    }

    fn overwrite_status(&self) -> std::io::Result<()> {
        let mut file = OpenOptions::new().write(true).open(self.path.join("status.json"))?;
        let bytes = self.status_now();
        file.write_all(&bytes)?;
        file.set_len(bytes.len() as u64)?;
        file.sync_all()
    }

    fn status_now(&self) -> Vec<u8> {
        json(&Status { updated_at: sys::unix_seconds(), ..self.status.clone() })
    }
}

/// Fails unless a new run may begin in `path`: nothing is there, or an empty folder.
pub fn check_free(path: &Path) -> Result<(), RunError> {
    let shown = path.display().to_string();
    match fs::read_dir(path).map(|mut entries| entries.next().is_some()) {
        Ok(true) if holds_a_run(path) => Err(RunError::Exists { path: shown }),
        Ok(true) => Err(RunError::Occupied { path: shown }),
        Err(_) if path.is_file() => Err(RunError::NotAFolder { path: shown }),
        // What is wrong with a path that cannot be looked at is found, and said, when the folder is made.
        _ => Ok(()),
    }
}

/// Whether there is something of a run that can go on; one that was killed within its first moments leaves its lock and nothing else.
fn holds_a_run(path: &Path) -> bool {
    ["recipe.toml", "run.lock"].iter().any(|name| path.join(name).is_file())
        || !models::folder::checkpoints(path).is_empty()
}

/// Gives the recipe to go on with in `path`, what `recipe` leaves open filled in.
///
/// Fails unless it is the recipe the run there was begun with but for more steps, or nothing is there yet.
pub fn check_resumable(path: &Path, recipe: &Recipe) -> Result<Recipe, crate::TrainError> {
    let recipe = recipe.clone();
    match check_free(path) {
        Ok(()) => return Ok(recipe.resolved(None)),
        Err(error @ RunError::NotAFolder { .. }) => return Err(error.into()),
        Err(_) => {}
    }
    let file = path.join("recipe.toml");
    if !file.is_file() {
        return without_its_recipe(path, recipe);
    }
    let stored = Recipe::load(&file.display().to_string(), &[])?;
    let recipe = recipe.resolved(Some(&stored));
    let stored = stored.resolved(None);
    let (before, now) = (stored.train.steps, recipe.train.steps);
    if now < before {
        return Err(RunError::FewerSteps { before, now }.into());
    }
    let mut same_steps = recipe.clone();
    same_steps.train.steps = before;
    // Whether blocks are computed twice changes no bit, and whoever has less memory now may need it.
    same_steps.train.checkpoint_blocks = stored.train.checkpoint_blocks;
    match stored.first_difference(&same_steps) {
        Some((key, before, now)) => {
            Err(RunError::RecipeChanged { key, before, now, path: sys::shell_quoted(path) }.into())
        }
        None => Ok(recipe),
    }
}

/// [`check_resumable`] for a run that lost its `recipe.toml`, or never wrote one: its newest checkpoint says what it was.
fn without_its_recipe(path: &Path, recipe: Recipe) -> Result<Recipe, crate::TrainError> {
    let shown = || path.display().to_string();
    if !holds_a_run(path) {
        return Err(RunError::NotARun { path: shown() }.into());
    }
    let Some(checkpoint) = checkpoint::newest(path).path else { return Ok(recipe.resolved(None)) };
    let state = checkpoint::load(&checkpoint)?.state;
    let Some(before) = state.recipe.as_ref().and_then(|kept| kept.with(&recipe)) else {
        return Err(RunError::NotARun { path: shown() }.into());
    };
    let now = recipe.resolved(Some(&before));
    if now.train.steps < state.step {
        return Err(RunError::FewerSteps { before: state.step, now: now.train.steps }.into());
    }
    match before.resolved(None).first_difference(&now) {
        Some((key, before, now)) => Err(RunError::NoRecipe { path: shown(), key, before, now }.into()),
        None => Ok(now),
    }
}

/// The recipe that `name_or_path` means to a run that goes on in `path`, with overrides `key=value`.
///
/// A built-in recipe that the run there was begun by is the run's own: what was changed when it was begun need not be
/// said again.
///
/// # Errors
/// As [`Recipe::load`].
pub fn recipe_to_go_on(path: &Path, name_or_path: &str, overrides: &[String]) -> Result<Recipe, crate::TrainError> {
    let own = path.join("recipe.toml");
    let is_built_in = crate::recipe::presets().iter().any(|preset| preset.name == name_or_path);
    if is_built_in && own.is_file() {
        let own = own.display().to_string();
        if Recipe::load(&own, &[])?.name == name_or_path {
            return Recipe::load(&own, overrides);
        }
    }
    Recipe::load(name_or_path, overrides)
}

/// Fails unless this process could take `path` now: another one trains there, or nothing can be written. Changes
/// nothing.
///
/// # Errors
/// [`RunError::Busy`], a folder that lets nobody write.
pub fn check_usable(path: &Path) -> Result<(), crate::TrainError> {
    let lock_path = path.join("run.lock");
    match OpenOptions::new().write(true).open(&lock_path) {
        Ok(lock) => return hold(&lock, path),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(FileError::writing(&lock_path, &error).into());
        }
        Err(_) => {}
    }
    // A path that is not there yet is made in the nearest folder above it that is.
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let Some(above) = whole.ancestors().find(|folder| folder.exists()) else { return Ok(()) };
    let probe = above.join(format!(".sanjie-probe-{}", std::process::id()));
    let made = fs::create_dir(&probe).and_then(|()| fs::remove_dir(&probe));
    made.map_err(|error| FileError::writing(path, &error).into())
}

/// Takes the lock of the run in `path`, as long as `lock` stays open.
fn hold(lock: &File, path: &Path) -> Result<(), crate::TrainError> {
    // A studio that looks whether anyone holds it does so itself for a moment.
    match sys::try_lock_patiently(lock) {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(RunError::Busy { path: path.display().to_string() }.into()),
        Err(TryLockError::Error(e)) => Err(FileError::writing(&path.join("run.lock"), &e).into()),
    }
}

/// Keeps the whole lines up to `step`, and counts those that are none; the file is replaced in one go, and only if something has to
/// go. One in which whole lines follow on damaged ones is kept aside as it was; at its end a damaged line is that of a process
/// that was killed.
fn cut_back<L: JsonLine>(path: &Path, step: u64) -> Result<(Vec<L>, usize), FileError> {
    if !path.exists() {
        return Ok((Vec::new(), 0));
    }
    let bytes = atomic_file::read(path)?;
    let (mut kept, mut kept_bytes) = (Vec::new(), Vec::new());
    let (mut n_unreadable, mut is_damaged) = (0, false);
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        match serde_json::from_slice::<L>(line) {
            Ok(entry) if line.ends_with(b"\n") => {
                if entry.step() <= step {
                    is_damaged |= n_unreadable > 0;
                    kept_bytes.extend_from_slice(line);
                    kept.push(entry);
                }
            }
            _ => n_unreadable += 1,
        }
    }
    if kept_bytes.len() < bytes.len() {
        let lacks_some = L::IS_OF_EVERY_STEP && (kept.len() as u64) < step;
        if is_damaged || n_unreadable > 0 && lacks_some {
            atomic_file::write(aside(path), &bytes)?;
        }
        atomic_file::write(path, &kept_bytes)?;
    }
    Ok((kept, n_unreadable))
}

/// Where a growing file is kept that was found damaged.
fn aside(path: &Path) -> PathBuf {
    path.with_file_name(checkpoint::name_aside(path))
}

/// First and last step of each piece of `1..=step` that no line is of.
fn missing(lines: &[impl JsonLine], step: u64) -> Vec<(u64, u64)> {
    let mut found: Vec<u64> = lines.iter().map(JsonLine::step).collect();
    found.sort_unstable();
    let ends = std::iter::once(0).chain(found.iter().copied());
    let pieces = ends.zip(found.iter().copied().chain([step + 1]));
    pieces.filter(|(before, after)| before + 1 < *after).map(|(before, after)| (before + 1, after - 1)).collect()
}

fn open_to_append(path: &Path) -> Result<File, FileError> {
    OpenOptions::new().create(true).append(true).open(path).map_err(|e| FileError::writing(path, &e))
}

fn appending(path: &Path, cause: &std::io::Error) -> RunError {
    RunError::Append { path: path.display().to_string(), cause: Box::new(SystemError::of(cause)) }
}

/// One write call for the whole line, so that a killed process leaves no half of one.
fn append(file: Option<&mut File>, line: &impl Serialize) -> std::io::Result<()> {
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    file.expect("cut_back opens the growing files before the first step").write_all(&bytes)
}

fn json(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).expect("plain data is JSON");
    bytes.push(b'\n');
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What happens on a disk that fills up, which no test may do: an end of a file that takes nothing, and no room for a new file,
    /// here because every name it could get is taken.
    #[cfg(target_os = "linux")]
    #[test]
    fn on_a_full_disk_the_last_word_is_written_over_the_one_before() {
        let path = std::env::temp_dir().join(format!("sanjie-full-{}", std::process::id()));
        let toml =
            "name = 'x'\nmodel = { n_layers = 1, n_heads = 2, d_model = 8, max_seq_len = 16 }\ntrain = { steps = 5 }";
        let mut folder = RunFolder::create(&path, &Recipe::parse("x.toml", toml, &[]).unwrap()).unwrap();
        folder.metrics = Some(OpenOptions::new().append(true).open("/dev/full").unwrap());
        let line = crate::metrics::Metrics {
            step: 1,
            loss: 1.0,
            val_loss: None,
            lr: 1.0,
            grad_norm: 1.0,
            tokens: 1,
            tokens_per_s: 1.0,
            elapsed_s: 1.0,
        };
        let error = folder.append_metrics(&line).unwrap_err();
        assert_eq!((error.code(), error.behind().map(Coded::code)), ("file.append", Some("system.no_space")));
        let status = || serde_json::from_slice::<Status>(&fs::read(path.join("status.json")).unwrap()).unwrap();
        for number in 0..5000 {
            fs::create_dir(path.join(format!(".status.json.tmp-{}-{number}", std::process::id()))).unwrap();
        }
        assert!(folder.write_status().is_err(), "a name is left");
        folder.close(State::Failed, Some(Failure::of(&error))).unwrap();
        assert_eq!(
            (status().state, status().error.map(|error| error.code)),
            (State::Failed, Some("file.append".into()))
        );
        // A shorter one leaves nothing of the longer one behind it.
        folder.close(State::Finished, None).unwrap();
        assert_eq!((status().state, status().error), (State::Finished, None));
        fs::remove_dir_all(path).unwrap();
    }
}

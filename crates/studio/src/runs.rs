//! Runs as their folders tell them: nothing about a run is kept in the server's memory alone.
//!
//! A training process writes its own folder (`status.json`, `metrics.jsonl`, `samples.jsonl`, `checkpoints/`)
//! and holds `run.lock` while it lives. So a run started from a terminal looks like one started here, and a
//! restarted studio sees what the one before saw. "Running" in `status.json` is believed only while the lock is
//! held or while a child of this server is the process it names; otherwise the run was killed, and can go on
//! from its last checkpoint.
//!
//! Source of the file formats: the run folder's contract, written by crate `train`. This module never writes.

use crate::App;
use crate::failure::{Problem, StudioError};
use crate::recipes::{Settings, settings};
use crate::tail::JsonLines;
use formats::checksum::SUMS_FILE;
use messages::Lang;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// What a run is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "lowercase")]
#[ts(rename_all = "lowercase")]
pub enum RunState {
    /// The process lives and has not reported yet.
    Starting,
    /// Training.
    Running,
    /// All steps done.
    Finished,
    /// Stopped on request, after saving.
    Interrupted,
    /// Ended with an error.
    Failed,
    /// The process vanished (power, `kill -9`); at most the steps since the last checkpoint are lost.
    Killed,
}

/// One run, as listed.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Run {
    /// Name of its folder.
    pub id: String,
    /// The recipe it came from, where known.
    pub recipe: String,
    /// What it is doing.
    pub state: RunState,
    /// Optimiser steps done.
    pub step: u64,
    /// Steps planned; 0 until known.
    pub steps: u64,
    /// Unix seconds.
    pub started_at: f64,
    /// Unix seconds of the last report.
    pub updated_at: f64,
    /// Newest line of the metrics.
    pub last: Option<Metric>,
    /// Newest validation loss, in nats per token.
    pub val_loss: Option<f64>,
    /// Steps that have a checkpoint, ascending.
    pub checkpoints: Vec<u64>,
    /// Steps whose checkpoints were damaged and set aside when the run went on, ascending.
    pub damaged: Vec<u64>,
    /// What happens before its first step, while that is so.
    pub preparing: Option<Preparing>,
    /// Why it failed.
    pub problem: Option<Problem>,
    /// Scalar parameters of the model, from its newest checkpoint.
    pub n_params: Option<u64>,
    /// Tokens the model distinguishes, from its newest checkpoint.
    pub vocab_size: Option<u64>,
    /// Whether the model answers turns of a conversation; otherwise it continues text.
    pub chats: bool,
    /// The resolved recipe.
    #[ts(type = "Record<string, number | string | boolean>")]
    pub settings: Settings,
}

/// What a training process does before its first step.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Preparing {
    /// Each stage follows the one before.
    #[ts(type = "'stories' | 'text' | 'tokenizer' | 'tokens' | 'model'")]
    pub stage: train::Stage,
    /// Unix seconds when it began.
    pub since: f64,
    /// The share of it that is done, where it can tell.
    #[serde(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub share: Option<f64>,
}

/// One optimiser step, as crate `train` writes it. A type of the wire with fields that may be absent, so that a line
/// of another version is still a point of the curve.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, ts_rs::TS)]
pub struct Metric {
    /// Counted from 1.
    pub step: u64,
    /// Training loss in nats per token; absent when it is not a number.
    #[serde(default)]
    pub loss: Option<f64>,
    /// Validation loss in nats per token, at steps that validate.
    #[serde(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub val_loss: Option<f64>,
    /// Learning rate.
    #[serde(default)]
    pub lr: Option<f64>,
    /// Norm of the gradient before clipping.
    #[serde(default)]
    pub grad_norm: Option<f64>,
    /// Tokens seen so far.
    #[serde(default)]
    pub tokens: Option<u64>,
    /// Tokens per second of this step alone.
    #[serde(default)]
    pub tokens_per_s: Option<f64>,
    /// Seconds since the run began, without pauses between its processes.
    #[serde(default)]
    pub elapsed_s: Option<f64>,
}

/// Text the model wrote while it was learning.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, ts_rs::TS)]
pub struct Sample {
    /// After this step.
    pub step: u64,
    /// What it was given.
    pub prompt: String,
    /// What it wrote.
    pub text: String,
    /// `zh` or `en`, where the recipe knows.
    #[serde(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub lang: Option<String>,
}

/// `status.json`, written atomically by the training process.
#[derive(Debug, Deserialize)]
pub(crate) struct Status {
    state: String,
    pub pid: i32,
    #[serde(default)]
    step: u64,
    #[serde(default)]
    steps: u64,
    #[serde(default)]
    started_at: f64,
    #[serde(default)]
    updated_at: f64,
    error: Option<StatusError>,
}

#[derive(Debug, Deserialize)]
struct StatusError {
    code: String,
    #[serde(default)]
    fields: Fields,
}

/// Values of an error's placeholders: an object, or pairs.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Fields {
    Named(BTreeMap<String, serde_json::Value>),
    Pairs(Vec<(String, String)>),
}

impl Default for Fields {
    fn default() -> Self {
        Fields::Pairs(Vec::new())
    }
}

impl StatusError {
    fn problem(&self, lang: Lang) -> Problem {
        let plain = |value: &serde_json::Value| match (value, serde_json::from_value::<StatusError>(value.clone())) {
            (serde_json::Value::String(text), _) => text.clone(),
            // The error behind this one; its hint is for those who meet it alone.
            (_, Ok(cause)) => cause.problem(lang).message.lines().next().unwrap_or_default().to_string(),
            (other, Err(_)) => other.to_string(),
        };
        let fields: Vec<(String, String)> = match &self.fields {
            Fields::Named(named) => named.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
            Fields::Pairs(pairs) => pairs.clone(),
        };
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Problem { code: self.code.clone(), message: messages::text(lang, &self.code, &fields) }
    }
}

/// What the studio wrote down when it started a run; lives beside the run folders, because a training process
/// refuses a folder that exists.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Launch {
    pub recipe: String,
    pub settings: Settings,
    pub data: Option<String>,
    #[serde(default)]
    pub profile: bool,
    pub started_at: f64,
}

/// A run folder.
pub(crate) struct RunFolder {
    pub id: String,
    pub path: PathBuf,
}

impl App {
    /// The folder of all runs.
    pub(crate) fn runs_path(&self) -> PathBuf {
        self.home.join("runs")
    }

    /// Where the studio keeps launch records and the children's output.
    pub(crate) fn launches_path(&self) -> PathBuf {
        self.runs_path().join(".launches")
    }

    /// The run called `id`; names with a path in them do not exist.
    pub(crate) fn run(&self, id: &str) -> Result<RunFolder, StudioError> {
        let plain = !id.is_empty() && !id.starts_with('.') && !id.contains(['/', '\\', '\0']);
        let folder = RunFolder { id: id.to_string(), path: self.runs_path().join(id) };
        if plain && (folder.is_run() || self.launch_of(id).is_some()) {
            Ok(folder)
        } else {
            Err(StudioError::NoSuchRun { run: id.to_string() })
        }
    }

    /// Every run, newest first.
    pub(crate) fn runs(&self, lang: Lang) -> Result<Vec<Run>, StudioError> {
        let mut ids: Vec<String> = names_in(&self.runs_path())?.into_iter().filter(|id| !id.starts_with('.')).collect();
        ids.extend(
            names_in(&self.launches_path())?.iter().filter_map(|name| name.strip_suffix(".json").map(str::to_string)),
        );
        ids.sort();
        ids.dedup();
        let mut runs: Vec<Run> =
            ids.iter().filter_map(|id| self.run(id).ok()).map(|folder| self.describe(&folder, lang)).collect();
        runs.sort_by(|a, b| b.started_at.total_cmp(&a.started_at).then_with(|| b.id.cmp(&a.id)));
        Ok(runs)
    }

    pub(crate) fn launch_of(&self, id: &str) -> Option<Launch> {
        serde_json::from_slice(&fs::read(self.launches_path().join(format!("{id}.json"))).ok()?).ok()
    }

    /// Everything the folder tells about a run.
    pub(crate) fn describe(&self, folder: &RunFolder, lang: Lang) -> Run {
        let launch = self.launch_of(&folder.id);
        let status = folder.status();
        let state = self.state_of(folder, status.as_ref());
        let mut settings = folder.settings();
        if let Some(launch) = launch.as_ref().filter(|_| settings.is_empty()) {
            settings.clone_from(&launch.settings);
        }
        let recipe = match (&launch, settings.get("name").and_then(|name| name.as_str())) {
            (Some(launch), _) => launch.recipe.clone(),
            (None, Some(name)) => name.to_string(),
            (None, None) => folder.id.split('-').next().unwrap_or_default().to_string(),
        };
        let problem = (state == RunState::Failed).then(|| match status.as_ref().and_then(|s| s.error.as_ref()) {
            Some(error) => error.problem(lang),
            None => self.last_words(&folder.id, lang),
        });
        let newest = folder.newest_metrics().unwrap_or_default();
        let checkpoints = folder.checkpoints();
        let model = checkpoints.last().map(|&step| ModelFacts::read(&folder.checkpoint(step))).unwrap_or_default();
        Run {
            id: folder.id.clone(),
            recipe,
            state,
            step: status.as_ref().map_or(0, |s| s.step).max(newest.last().map_or(0, |metric| metric.step)),
            steps: status.as_ref().map_or(0, |s| s.steps),
            started_at: status.as_ref().map_or(launch.map_or(0.0, |l| l.started_at), |s| s.started_at),
            updated_at: status.as_ref().map_or(0.0, |s| s.updated_at),
            val_loss: newest.iter().rev().find_map(|metric| metric.val_loss),
            last: newest.into_iter().last(),
            checkpoints,
            damaged: folder.damaged(),
            preparing: self.preparing(&folder.id).filter(|_| matches!(state, RunState::Starting | RunState::Running)),
            problem,
            n_params: model.n_params,
            vocab_size: model.vocab_size,
            chats: model.chats,
            settings,
        }
    }

    /// What a run is doing, from its status, its lock and our own children.
    pub(crate) fn state_of(&self, folder: &RunFolder, status: Option<&Status>) -> RunState {
        let child = self.children.pid_of(&folder.id);
        match status {
            // A resumed process has not yet replaced the status of the one before.
            Some(status) if child.is_some_and(|pid| pid != status.pid) => RunState::Starting,
            // A process that has written its end is about to be gone; until then nothing can be done with its run.
            Some(_) if child.is_some() => RunState::Running,
            Some(status) => match status.state.as_str() {
                "finished" => RunState::Finished,
                "interrupted" => RunState::Interrupted,
                "failed" => RunState::Failed,
                _ if folder.is_locked() => RunState::Running,
                _ => RunState::Killed,
            },
            None if child.is_some() || folder.is_locked() => RunState::Starting,
            None if !self.children.knows(&folder.id) && self.was_just_launched(&folder.id) => RunState::Starting,
            // No status: either the process never got that far and said why, or somebody made the folder.
            None if folder.is_run() => RunState::Killed,
            None => RunState::Failed,
        }
    }

    /// Whether another studio may have started the run's process a moment ago: it has said nothing yet.
    fn was_just_launched(&self, id: &str) -> bool {
        const FIRST_REPORT_S: f64 = 10.0;
        let now = sys::unix_time().as_secs_f64();
        self.launch_of(id).is_some_and(|launch| (0.0..FIRST_REPORT_S).contains(&(now - launch.started_at)))
            && self.said(id).is_none()
            && self.failure_of(id).is_none()
    }

    /// Why a process that left no status ended.
    fn last_words(&self, id: &str, lang: Lang) -> Problem {
        if let Some(error) = self.failure_of(id) {
            return error.problem(lang);
        }
        let run = id.to_string();
        match self.said(id) {
            // What is no error of a library stands on standard error alone, for instance that memory ran out.
            Some(LastWords::Error(message)) => Problem { code: "studio.ended_early".to_string(), message },
            Some(LastWords::Bug { place }) => {
                let log = self.output_path(id).display().to_string();
                Problem::of(lang, &StudioError::EndedByBug { run, place, log })
            }
            None => Problem::of(lang, &StudioError::EndedEarly { run }),
        }
    }

    /// The error that the run's process wrote down before it had a folder.
    fn failure_of(&self, id: &str) -> Option<StatusError> {
        serde_json::from_slice(&fs::read(self.failure_path(id)).ok()?).ok()
    }

    /// What the run's process noted of its preparation; it takes the note away after its first step.
    fn preparing(&self, id: &str) -> Option<Preparing> {
        serde_json::from_slice(&fs::read(self.stage_path(id)).ok()?).ok()
    }

    /// Where a run's process notes what it does before its first step.
    pub(crate) fn stage_path(&self, id: &str) -> PathBuf {
        self.launches_path().join(format!("{id}.stage"))
    }

    /// Where the process of a run is noted that was asked to stop.
    pub(crate) fn told_path(&self, id: &str) -> PathBuf {
        self.launches_path().join(format!("{id}.told"))
    }

    /// Where a run's process writes why it did not begin.
    pub(crate) fn failure_path(&self, id: &str) -> PathBuf {
        self.launches_path().join(format!("{id}.failure"))
    }

    /// Where a run's process says what it has to say.
    pub(crate) fn output_path(&self, id: &str) -> PathBuf {
        self.launches_path().join(format!("{id}.err"))
    }

    /// The last that the process said on standard error. A panic before an error was caught, and the words of a panic may look like
    /// one.
    fn said(&self, id: &str) -> Option<LastWords> {
        let said = fs::read_to_string(self.output_path(id)).ok()?;
        let panic = said.rfind("panicked at ").map(|at| &said[at + "panicked at ".len()..]);
        let of_error = panic.unwrap_or(&said);
        let begins = |line: &&str| ["error: ", "错误：", "错误:"].iter().any(|prefix| line.starts_with(prefix));
        let error = of_error.lines().rfind(begins).map(|line| {
            let at = line.as_ptr().addr() - of_error.as_ptr().addr();
            let message = &of_error[at..];
            message.split_once([':', '：']).map_or(message, |(_, message)| message).trim().to_string()
        });
        let place = || panic?.lines().next().map(|place| place.trim_end_matches(':').to_string());
        error.map(LastWords::Error).or_else(|| place().map(|place| LastWords::Bug { place }))
    }
}

/// Why a process ended that wrote down no error.
enum LastWords {
    /// What stands after `error:`, in either language.
    Error(String),
    /// Where it broke off.
    Bug { place: String },
}

impl RunFolder {
    fn is_run(&self) -> bool {
        ["status.json", "recipe.toml", "metrics.jsonl"].iter().any(|name| self.path.join(name).is_file())
    }

    pub(crate) fn status(&self) -> Option<Status> {
        serde_json::from_slice(&fs::read(self.path.join("status.json")).ok()?).ok()
    }

    /// Whether a living process holds `run.lock`.
    ///
    /// A shared lock is asked for and given back at once. A process that starts in that very moment would find
    /// the lock taken, so this is asked only about runs whose status leaves the question open.
    pub(crate) fn is_locked(&self) -> bool {
        let Ok(file) = File::open(self.path.join("run.lock")) else { return false };
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }

    fn settings(&self) -> Settings {
        settings(&fs::read_to_string(self.path.join("recipe.toml")).unwrap_or_default())
    }

    /// Steps with a whole checkpoint folder, ascending.
    pub(crate) fn checkpoints(&self) -> Vec<u64> {
        let names = names_in(&self.path.join("checkpoints")).unwrap_or_default();
        let mut steps: Vec<u64> = names
            .iter()
            .filter_map(|name| name.strip_prefix("step-")?.parse().ok())
            .filter(|&step| self.checkpoint(step).join(SUMS_FILE).is_file())
            .collect();
        steps.sort_unstable();
        steps
    }

    /// Steps of the damaged checkpoints that a resumed run set aside, ascending.
    fn damaged(&self) -> Vec<u64> {
        let names = names_in(&self.path.join("checkpoints")).unwrap_or_default();
        let mut steps: Vec<u64> =
            names.iter().filter_map(|name| name.strip_prefix("damaged-step-")?.parse().ok()).collect();
        steps.sort_unstable();
        steps
    }

    pub(crate) fn checkpoint(&self, step: u64) -> PathBuf {
        self.path.join("checkpoints").join(format!("step-{step:06}"))
    }

    /// The whole lines among the last 64 KiB of the metrics: enough for the newest values, whatever the length.
    fn newest_metrics(&self) -> io::Result<Vec<Metric>> {
        const TAIL_BYTES: u64 = 64 * 1024;
        let mut file = File::open(self.path.join("metrics.jsonl"))?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').unwrap_or(0);
        Ok(bytes[..whole].split(|&byte| byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect())
    }

    /// All metrics.
    pub(crate) fn metrics(&self) -> io::Result<Vec<Metric>> {
        Ok(JsonLines::new(self.path.join("metrics.jsonl")).news()?.lines)
    }

    /// All samples.
    pub(crate) fn samples(&self) -> io::Result<Vec<Sample>> {
        Ok(JsonLines::new(self.path.join("samples.jsonl")).news()?.lines)
    }
}

/// What a checkpoint says about its model without reading the weights.
#[derive(Default)]
struct ModelFacts {
    n_params: Option<u64>,
    vocab_size: Option<u64>,
    chats: bool,
}

impl ModelFacts {
    fn read(checkpoint: &Path) -> ModelFacts {
        let state: serde_json::Value = fs::read(checkpoint.join("state.json"))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        ModelFacts {
            n_params: n_params(&checkpoint.join("model.safetensors")).ok(),
            vocab_size: state["model"]["vocab_size"].as_u64(),
            chats: state["chat_template"].is_string(),
        }
    }
}

/// Sum of the sizes that the header of a safetensors file declares.
fn n_params(path: &Path) -> io::Result<u64> {
    // The format's own limit on its header; a larger number means that the file is something else.
    const HEADER_BYTES_MAX: u64 = 100_000_000;
    let mut file = File::open(path)?;
    let mut length = [0; 8];
    file.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    if length > HEADER_BYTES_MAX {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut header = Vec::new();
    file.take(length).read_to_end(&mut header)?;
    let header: BTreeMap<String, serde_json::Value> = serde_json::from_slice(&header)?;
    let size = |tensor: &serde_json::Value| {
        tensor["shape"]
            .as_array()
            .map_or(0, |shape| shape.iter().filter_map(|dim| dim.as_u64()).fold(1, u64::saturating_mul))
    };
    Ok(header
        .iter()
        .filter(|(name, _)| *name != "__metadata__")
        .map(|(_, tensor)| size(tensor))
        .fold(0, u64::saturating_add))
}

/// Names in a folder; none if there is no such folder.
fn names_in(path: &Path) -> Result<Vec<String>, StudioError> {
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(StudioError::file(path, &error)),
    };
    Ok(entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect())
}

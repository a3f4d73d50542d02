//! Opening what a training run left on disk: the run itself, or one of its checkpoints.
//!
//! A checkpoint is a folder `step-NNNNNN` with `model.safetensors`, `optimizer.safetensors`, `tokenizer.json`,
//! `state.json` and `SHA256SUMS` over the four. A run opens at its newest checkpoint whose checksums hold.
//! Knows no tokenizer: its file is handed on as bytes.

use crate::loading::{self, Advice, LoadingError, Markers};
use crate::{Model, ModelConfig, weights};
use formats::{checksum, safetensors};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use sys::{Cause, Coded, atomic_file};
use tensor::Params;

/// Version of the checkpoint format that is written and read.
pub const FORMAT_VERSION: u32 = 1;

/// What a model needs of a checkpoint; the optimiser's state is the trainer's own business.
pub(crate) const MODEL_FILES: [&str; 3] = ["model.safetensors", "tokenizer.json", "state.json"];

/// A model with its weights, as opened.
pub struct ModelFolder {
    /// The model.
    pub model: Model,
    /// Its weights.
    pub params: Params,
    /// The bytes of `tokenizer.json`.
    pub tokenizer_json: Vec<u8>,
    /// The Jinja source of the chat template; `None` for a model that only continues text.
    pub chat_template: Option<String>,
    /// Tokens that its files name for a purpose; a model of our own says it by the names of its special tokens.
    pub markers: Markers,
    /// How its publisher advises to sample; `None` for a model of our own.
    pub advice: Option<Advice>,
    /// Optimiser steps behind these weights.
    pub step: Option<u64>,
    /// The checkpoint that was opened.
    pub path: PathBuf,
    /// Newer checkpoints that were passed over because their checksums do not hold.
    pub skipped: Vec<PathBuf>,
}

sys::coded_error! {
    /// Why a folder holds no model that can be opened.
    pub enum FolderError {
        /// There is nothing at this path.
        Missing { path: String } = "model.missing",
        /// The path is neither a run nor a checkpoint.
        NotAModel { path: String } = "model.not_a_model",
        /// A run that has not written a checkpoint yet.
        NoCheckpoint { path: String } = "model.no_checkpoint",
        /// Every checkpoint of a run is damaged; `oldest` is the one that `cause` speaks of.
        AllDamaged { path: String, oldest: String } by Cause = "model.all_damaged",
        /// A file of the checkpoint is damaged or unreadable.
        Damaged { path: String } by Cause = "model.damaged",
        /// The checksums of a checkpoint leave out one of its files.
        NotCovered { file: String } = "model.not_covered",
        /// What `state.json` holds is no state of a model.
        BadState { cause: String } = "model.bad_state",
        /// The checkpoint was written by a newer version.
        Version { path: String, found: u32, expected: u32 } = "model.version",
    }
}

sys::coded_union! {
    /// Why a path holds no model that can be opened, whoever made it.
    pub enum OpenError {
        /// As a run or a checkpoint of our own.
        Folder(FolderError),
        /// As a model that others published.
        Published(LoadingError),
    }
}

/// The part of `state.json` that says what the model is; the trainer's part is its own business.
#[derive(Deserialize)]
struct State {
    format_version: u32,
    step: u64,
    model: ModelConfig,
    chat_template: Option<String>,
}

/// Opens a model: a run, a checkpoint or its weights, a GGUF file or a Hugging Face folder.
///
/// # Errors
/// [`OpenError`].
pub fn open(path: impl AsRef<Path>) -> Result<ModelFolder, OpenError> {
    let path = path.as_ref();
    let path = checkpoint_of(path).unwrap_or(path);
    let is_ours = path.join("state.json").is_file() || path.join("checkpoints").is_dir();
    let is_published =
        path.is_file() || path.join("config.json").is_file() || formats::checkpoint::single_gguf(path).is_some();
    if is_ours || !is_published {
        return Ok(open_own(path)?);
    }
    Ok(loading::load(path)?)
}

/// The checkpoint of our own whose weights the file `path` is.
pub(crate) fn checkpoint_of(path: &Path) -> Option<&Path> {
    let folder = path.parent().filter(|_| path.file_name().is_some_and(|name| name == MODEL_FILES[0]))?;
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    (path.is_file() && folder.join("state.json").is_file()).then_some(folder)
}

/// Opens the model of a run or a checkpoint.
fn open_own(path: &Path) -> Result<ModelFolder, FolderError> {
    let shown = || path.display().to_string();
    if !path.exists() {
        return Err(FolderError::Missing { path: shown() });
    }
    if path.join("state.json").is_file() {
        verify(path, &MODEL_FILES)?;
        return open_checkpoint(path, Vec::new());
    }
    if !path.join("checkpoints").is_dir() {
        let is_run = path.join("recipe.toml").is_file();
        let refused =
            if is_run { FolderError::NoCheckpoint { path: shown() } } else { FolderError::NotAModel { path: shown() } };
        return Err(refused);
    }
    let (checkpoint, skipped) = newest_whole(path)?;
    open_checkpoint(&checkpoint, skipped)
}

/// The newest checkpoint of the run `path` whose checksums hold, and the newer ones whose do not.
///
/// # Errors
/// [`FolderError::AllDamaged`], [`FolderError::NoCheckpoint`].
pub fn newest_whole(path: &Path) -> Result<(PathBuf, Vec<PathBuf>), FolderError> {
    let mut skipped = Vec::new();
    let mut last = None;
    for (_, checkpoint) in checkpoints(path) {
        match check(&checkpoint, &MODEL_FILES) {
            Ok(()) => return Ok((checkpoint, skipped)),
            Err(cause) => {
                last = Some((checkpoint.display().to_string(), cause));
                skipped.push(checkpoint);
            }
        }
    }
    let path = path.display().to_string();
    Err(match last {
        Some((oldest, cause)) => FolderError::AllDamaged { path, oldest, cause },
        None => FolderError::NoCheckpoint { path },
    })
}

/// Checkpoints of a run with their steps, the newest first, whole or not; unfinished ones have other names.
pub fn checkpoints(run: &Path) -> Vec<(u64, PathBuf)> {
    let Ok(entries) = std::fs::read_dir(run.join("checkpoints")) else { return Vec::new() };
    let mut found: Vec<(u64, PathBuf)> =
        entries.flatten().filter_map(|entry| Some((step_of(&entry.path())?, entry.path()))).collect();
    found.sort();
    found.reverse();
    found
}

/// The step that the name of a checkpoint says.
pub fn step_of(checkpoint: &Path) -> Option<u64> {
    checkpoint.file_name()?.to_str()?.strip_prefix("step-")?.parse().ok()
}

/// Fails unless the checksums of a checkpoint hold and cover the files `needed`.
pub fn verify(checkpoint: &Path, needed: &[&str]) -> Result<(), FolderError> {
    check(checkpoint, needed).map_err(|cause| FolderError::Damaged { path: checkpoint.display().to_string(), cause })
}

fn check(checkpoint: &Path, needed: &[&str]) -> Result<(), Cause> {
    let covered = checksum::verify_sums(checkpoint).map_err(cause)?;
    match needed.iter().find(|name| !covered.iter().any(|found| found == *name)) {
        Some(name) => Err(cause(FolderError::NotCovered { file: name.to_string() })),
        None => Ok(()),
    }
}

fn cause(error: impl Coded + Send + Sync + 'static) -> Cause {
    Box::new(error)
}

fn open_checkpoint(path: &Path, skipped: Vec<PathBuf>) -> Result<ModelFolder, FolderError> {
    let damaged = |cause: Cause| FolderError::Damaged { path: path.display().to_string(), cause };
    let read = |name: &str| atomic_file::read(path.join(name)).map_err(|error| damaged(cause(error)));
    let state: State = serde_json::from_slice(&read("state.json")?)
        .map_err(|error| damaged(cause(FolderError::BadState { cause: error.to_string() })))?;
    if state.format_version > FORMAT_VERSION {
        let path = path.display().to_string();
        return Err(FolderError::Version { path, found: state.format_version, expected: FORMAT_VERSION });
    }
    let (model, mut params) = Model::new(&state.model).map_err(|error| damaged(cause(error)))?;
    let contents = safetensors::read(path.join(MODEL_FILES[0])).map_err(|error| damaged(cause(error)))?;
    weights::from_arrays(&mut params, &contents).map_err(|error| damaged(cause(error)))?;
    Ok(ModelFolder {
        model,
        params,
        tokenizer_json: read("tokenizer.json")?,
        chat_template: state.chat_template,
        markers: Markers::default(),
        advice: None,
        step: Some(state.step),
        path: path.to_path_buf(),
        skipped,
    })
}

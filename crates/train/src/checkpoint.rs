//! Checkpoints: everything a run needs to go on, in a folder that is whole or absent.
//!
//! `checkpoints/step-NNNNNN/` holds `model.safetensors`, `optimizer.safetensors` (moments as `m.NAME`, `v.NAME`),
//! `tokenizer.json`, `state.json` and their `SHA256SUMS`. If weights are averaged, the model is the average, and the weights in
//! training stand with the moments as `w.NAME`. It is written beside its place and renamed into it, so a kill
//! or a full disk never leaves half of one. Equal runs write equal bytes: no clock time is in it.
//!
//! The newest checkpoint is the one of the highest step whose checksums hold; damaged ones are reported and passed
//! over. Not here: sharding (arrays are logical and whole).

use crate::loader::Position;
use crate::optimizer::Optimizer;
use crate::recipe::{Kept, Recipe};
use crate::run_folder::RunError;
use formats::checksum;
use formats::safetensors::{self, ArrayRef, Contents};
use models::ModelConfig;
use models::folder::{FORMAT_VERSION, checkpoints, verify};
use models::weights::{self, WeightsError};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use sys::Coded;
use sys::atomic_file::{self, FileError};
use tensor::Params;

/// The files that the checksums cover.
const FILES: [&str; 4] = ["model.safetensors", "optimizer.safetensors", "tokenizer.json", "state.json"];

/// `state.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// [`FORMAT_VERSION`].
    pub format_version: u32,
    /// Steps done.
    pub step: u64,
    /// Tokens learnt from.
    pub tokens: u64,
    /// The model's architecture and sizes.
    pub model: ModelConfig,
    /// Jinja template of conversations, if the text has them.
    pub chat_template: Option<String>,
    /// Where the loader stands.
    pub loader: Position,
    /// Key and counter of all random numbers.
    pub rng: RngState,
    /// The best measurement on held-out text so far.
    pub best: Option<Best>,
    /// Of all tokens, to notice a text that changed.
    pub data_sha256: String,
    /// What the recipe says, to notice one that changed; the first checkpoints did not say it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recipe: Option<Kept>,
}

sys::coded_error! {
    /// Why a checkpoint whose checksums hold is none to go on from.
    pub enum Misfit {
        /// Its `state.json` says other things than expected.
        State { cause: String } = "checkpoint.state",
        /// It was written in another version of the format.
        Version { found: u32, expected: u32 } = "checkpoint.version",
        /// It was made by another recipe.
        Recipe { key: String, before: String, now: String } = "checkpoint.recipe",
    }
}

/// Every random number of a run is a function of these two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RngState {
    /// The recipe's seed.
    pub seed: u64,
    /// Steps whose numbers have been used.
    pub counter: u64,
}

/// A measurement on held-out text.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// After which step.
    pub step: u64,
    /// The loss.
    pub val_loss: f64,
}

/// What a checkpoint is written from.
pub struct Snapshot<'a> {
    /// Where the run stands.
    pub state: &'a State,
    /// The weights.
    pub params: &'a Params,
    /// The moments.
    pub optimizer: &'a Optimizer,
    /// The tokenizer's file.
    pub tokenizer_json: &'a str,
}

/// Writes the checkpoint of `snapshot.state.step` below `run` and returns its folder.
pub fn save(run: &Path, snapshot: &Snapshot) -> Result<PathBuf, crate::TrainError> {
    let folder = run.join("checkpoints");
    let name = folder_name(snapshot.state.step);
    let temporary = folder.join(format!(".{name}.tmp"));
    let written = write_files(&temporary, snapshot).and_then(|()| {
        let path = folder.join(&name);
        atomic_file::replace_dir(&temporary, &path)?;
        Ok(path)
    });
    if written.is_err() {
        let _ = fs::remove_dir_all(&temporary);
    }
    written
}

fn write_files(folder: &Path, snapshot: &Snapshot) -> Result<(), crate::TrainError> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|e| FileError::writing(folder, &e))?;
    }
    fs::create_dir_all(folder).map_err(|e| FileError::writing(folder, &e))?;
    let Snapshot { params, optimizer, .. } = snapshot;
    let is_averaged = !optimizer.average.is_empty();
    let model = if is_averaged { &optimizer.average } else { params.weights() };
    write_arrays(&folder.join(FILES[0]), &weights::arena_to_arrays(params, model))?;
    let mut arenas: Vec<(&str, &[f32])> = vec![("m", &optimizer.m), ("v", &optimizer.v)];
    if is_averaged {
        arenas.push(("w", params.weights()));
    }
    let names: Vec<String> = arenas.iter().flat_map(|(moment, _)| moment_names(params, moment)).collect();
    let arenas = arenas.iter().flat_map(|(_, arena)| params.entries().iter().map(move |e| (e, arena)));
    let moments = names.iter().zip(arenas);
    let moments = moments.map(|(name, (e, arena))| ArrayRef { name, shape: &e.shape, values: &arena[e.range.clone()] });
    write_arrays(&folder.join(FILES[1]), &moments.collect::<Vec<_>>())?;
    atomic_file::write(folder.join(FILES[2]), snapshot.tokenizer_json.as_bytes())?;
    let mut state = serde_json::to_vec_pretty(snapshot.state).expect("plain data is JSON");
    state.push(b'\n');
    atomic_file::write(folder.join(FILES[3]), &state)?;
    checksum::write_sums(folder, &FILES)?;
    Ok(())
}

fn moment_names<'p>(params: &'p Params, moment: &'p str) -> impl Iterator<Item = String> + 'p {
    params.entries().iter().map(move |entry| format!("{moment}.{}", entry.name))
}

fn write_arrays(path: &Path, arrays: &[ArrayRef]) -> Result<(), crate::TrainError> {
    // What transformers writes: others then read our weights as PyTorch's.
    Ok(safetensors::write(path, &[("format", "pt")], arrays)?)
}

/// What a checkpoint gives back, besides the weights and moments it fills in.
pub struct Loaded {
    /// Where the run stood.
    pub state: State,
    /// The tokenizer's file.
    pub tokenizer_json: Vec<u8>,
}

/// Reads `state.json` and the tokenizer of a checkpoint.
pub fn load(path: &Path) -> Result<Loaded, crate::TrainError> {
    let bytes = atomic_file::read(path.join(FILES[3]))?;
    let state: State = serde_json::from_slice(&bytes).map_err(|e| bad(path, Misfit::State { cause: e.to_string() }))?;
    if state.format_version != FORMAT_VERSION {
        let (found, expected) = (state.format_version, FORMAT_VERSION);
        return Err(bad(path, Misfit::Version { found, expected }).into());
    }
    Ok(Loaded { state, tokenizer_json: atomic_file::read(path.join(FILES[2]))? })
}

/// Fills weights and moments from the checkpoint at `path`.
pub fn load_arrays(path: &Path, params: &mut Params, optimizer: &mut Optimizer) -> Result<(), crate::TrainError> {
    let stored = safetensors::read(path.join(FILES[0]))?;
    weights::from_arrays(params, &stored).map_err(|error| bad(path, error))?;
    let moments = safetensors::read(path.join(FILES[1]))?;
    let is_averaged = !optimizer.average.is_empty();
    if is_averaged {
        optimizer.average.copy_from_slice(params.weights());
    }
    for entry in params.entries().to_vec() {
        let into = entry.range.clone();
        let (name, shape) = (&entry.name, &entry.shape);
        optimizer.m[into.clone()].copy_from_slice(values(path, &moments, &format!("m.{name}"), shape)?);
        optimizer.v[into.clone()].copy_from_slice(values(path, &moments, &format!("v.{name}"), shape)?);
        if is_averaged {
            params.weights_mut()[into].copy_from_slice(values(path, &moments, &format!("w.{name}"), shape)?);
        }
    }
    Ok(())
}

fn values<'c>(path: &Path, contents: &'c Contents, name: &str, shape: &[usize]) -> Result<&'c [f32], RunError> {
    match contents.get(name) {
        Some(array) if array.shape == shape => Ok(&array.values),
        Some(array) => {
            let (expected, found) = (format!("{shape:?}"), format!("{:?}", array.shape));
            Err(bad(path, WeightsError::Shape { name: name.to_string(), expected, found }))
        }
        None => Err(bad(path, WeightsError::Missing { name: name.to_string() })),
    }
}

fn bad(path: &Path, cause: impl Coded + Send + Sync + 'static) -> RunError {
    RunError::BadCheckpoint { path: path.display().to_string(), cause: Box::new(cause) }
}

/// Fails unless `recipe`, resolved, is the one that the checkpoint at `path` was made by, as far as its `state` says it.
pub fn check_recipe(path: &Path, state: &State, recipe: &Recipe) -> Result<(), RunError> {
    match state.recipe.as_ref().and_then(|kept| kept.first_difference(recipe)) {
        Some((key, before, now)) => Err(bad(path, Misfit::Recipe { key, before, now })),
        None => Ok(()),
    }
}

/// Checkpoints of a run, newest first.
pub struct Newest {
    /// The newest whose checksums hold.
    pub path: Option<PathBuf>,
    /// Newer ones whose checksums do not hold.
    pub damaged: Vec<PathBuf>,
}

/// Finds the newest whole checkpoint of the run at `run`.
pub fn newest(run: &Path) -> Newest {
    let mut damaged = Vec::new();
    for (_, path) in checkpoints(run) {
        if verify(&path, &FILES).is_ok() {
            return Newest { path: Some(path), damaged };
        }
        damaged.push(path);
    }
    Newest { path: None, damaged }
}

/// Sets a damaged checkpoint aside under a name that nothing takes for a checkpoint, for whoever wants to look into it.
pub fn set_aside(path: &Path) -> Result<(), FileError> {
    let aside = path.with_file_name(name_aside(path));
    let _ = fs::remove_dir_all(&aside);
    fs::rename(path, &aside).map_err(|e| FileError::writing(&aside, &e))
}

/// The name that the checkpoint at `path` gets by [`set_aside`].
pub fn name_aside(path: &Path) -> String {
    format!("damaged-{}", path.file_name().unwrap_or_default().to_string_lossy())
}

/// Which checkpoints stay.
#[derive(Clone, Copy, Debug)]
pub struct Keep {
    /// Steps between scheduled checkpoints.
    pub every: u64,
    /// How many of the newest scheduled ones stay.
    pub newest: usize,
    /// The best one stays, too.
    pub best: Option<u64>,
}

/// Removes what need not stay: all but the newest, the best, and the last few scheduled ones.
///
/// A checkpoint from an interruption goes once a newer one stands, so that an interrupted run and an undisturbed one
/// end with the same folders.
pub fn prune(run: &Path, keep: Keep) -> Result<(), FileError> {
    let mut n_scheduled = 0;
    for (index, (step, path)) in checkpoints(run).into_iter().enumerate() {
        let is_scheduled = step % keep.every == 0;
        n_scheduled += usize::from(is_scheduled);
        let stays = index == 0 || is_scheduled && n_scheduled <= keep.newest || Some(step) == keep.best;
        if !stays {
            // First out of sight: a process killed half-way through must not leave half a checkpoint.
            let gone = path.with_file_name(format!(".{}.gone", folder_name(step)));
            fs::rename(&path, &gone).map_err(|e| FileError::writing(&path, &e))?;
            fs::remove_dir_all(&gone).map_err(|e| FileError::writing(&gone, &e))?;
        }
    }
    Ok(())
}

/// Removes what killed processes left half-written; for the process that holds the run.
pub fn sweep(run: &Path) {
    atomic_file::sweep(run);
    let Ok(entries) = fs::read_dir(run.join("checkpoints")) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with('.') {
            // Nobody reads these; one that cannot be removed does no harm.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn folder_name(step: u64) -> String {
    format!("step-{step:06}")
}

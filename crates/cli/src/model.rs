//! Finding what a command names, and opening it if it is a model.

use crate::{Failure, failure, say};
use hub::ModelStore;
use infer::TextModel;
use messages::Lang;
use std::path::{Component, Path, PathBuf};
use train::runs;

sys::coded_error! {
    /// Why a name leads to no model.
    pub enum NameError {
        /// It is neither a path, nor a run's name, nor that of a pulled model; a run has a name like it.
        Unknown { name: String, runs: String, models: String, nearest: String } = "cli.no_model",
        /// The same, and there is no run at all.
        UnknownNoRuns { name: String, runs: String, models: String } = "cli.no_model_no_runs",
        /// It is neither a path nor the name of a pulled model, of the kind that is pulled and not trained here.
        Unpulled { name: String, models: String, example: &'static str } = "cli.no_pulled_model",
    }
}

/// Opens the model that `dir` names, and says which damaged checkpoints were passed over.
pub fn open(lang: Lang, dir: &Path) -> Result<TextModel, Failure> {
    let folder = models::folder::open(located(dir)?).map_err(failure)?;
    warn_of_damaged(lang, &folder.skipped);
    TextModel::new(folder).map_err(failure)
}

/// Where the model is: the path itself, else the run of this name in the data folder, or one of its checkpoints, else
/// the folder of ORG/NAME that `sanjie pull` made.
///
/// # Errors
/// [`NameError`], for a name; a path that leads nowhere is for whoever opens it to tell.
pub fn located(dir: &Path) -> Result<PathBuf, Failure> {
    locate(dir).map_err(failure)
}

/// As [`located`], for whoever needs to know what kind of error it is.
///
/// # Errors
/// [`NameError`].
pub fn locate(dir: &Path) -> Result<PathBuf, NameError> {
    if dir.exists() || !is_name(dir) {
        return Ok(dir.to_path_buf());
    }
    let store = ModelStore::standard();
    let pulled = dir.to_str().and_then(|name| store.folder(name));
    let found = run_named(dir).into_iter().chain(pulled).find(|path| path.exists());
    found.ok_or_else(|| unknown(dir, &store))
}

/// As [`locate`], for a kind of model that is not trained here, such as `example` on the Hub.
///
/// # Errors
/// [`NameError`].
pub fn locate_pulled(dir: &Path, example: &'static str) -> Result<PathBuf, NameError> {
    let models = ModelStore::standard().root().display().to_string();
    locate(dir).map_err(|_| NameError::Unpulled { name: dir.display().to_string(), models, example })
}

/// An encoder that reads well and is small.
pub const ENCODER: &str = "sentence-transformers/all-MiniLM-L6-v2";

/// Where a run of this name, or something in it, would be in the data folder; `None` if it is no name.
pub fn run_named(name: &Path) -> Option<PathBuf> {
    is_name(name).then(|| runs::runs_folder().join(name))
}

/// Plain names one below the other, which may be looked for elsewhere than here.
fn is_name(path: &Path) -> bool {
    path.components().next().is_some() && path.components().all(|part| matches!(part, Component::Normal(_)))
}

fn unknown(dir: &Path, store: &ModelStore) -> NameError {
    let folder = runs::runs_folder();
    let names = runs::run_names(&folder);
    // Of a checkpoint the run is what may be misspelt.
    let run = dir.components().next().map(|run| run.as_os_str().to_string_lossy()).unwrap_or_default();
    let nearest = sys::nearest(&run, names.iter().map(String::as_str)).unwrap_or_default().to_string();
    let (name, models) = (dir.display().to_string(), store.root().display().to_string());
    let runs = folder.display().to_string();
    if names.is_empty() {
        NameError::UnknownNoRuns { name, runs, models }
    } else {
        NameError::Unknown { name, runs, models, nearest }
    }
}

/// Says which checkpoints were passed over.
pub fn warn_of_damaged(lang: Lang, skipped: &[PathBuf]) {
    for path in skipped {
        say(messages::text(lang, "cli.damaged", &[("path", &path.display().to_string())]));
    }
}

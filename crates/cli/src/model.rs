//! Opening the model that a command names.

use crate::{Failure, failure};
use hub::ModelStore;
use infer::TextModel;
use messages::Lang;
use std::path::{Path, PathBuf};

/// Opens the model that `dir` names, and says which damaged checkpoints were passed over.
pub fn open(lang: Lang, dir: &Path) -> Result<TextModel, Failure> {
    let folder = models::folder::open(located(dir)).map_err(failure)?;
    warn_of_damaged(lang, &folder.skipped);
    TextModel::new(folder).map_err(failure)
}

/// Where the model is: the path itself, or the folder of ORG/NAME that `sanjie pull` made.
pub fn located(dir: &Path) -> PathBuf {
    let pulled = || dir.to_str().and_then(|name| ModelStore::standard().folder(name)).filter(|folder| folder.is_dir());
    if dir.exists() { dir.to_path_buf() } else { pulled().unwrap_or_else(|| dir.to_path_buf()) }
}

/// Says which checkpoints were passed over.
pub fn warn_of_damaged(lang: Lang, skipped: &[PathBuf]) {
    for path in skipped {
        eprintln!("{}", messages::text(lang, "cli.damaged", &[("path", &path.display().to_string())]));
    }
}

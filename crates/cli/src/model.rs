//! Opening the model that a command names.

use crate::{Failure, failure};
use infer::TextModel;
use messages::Lang;
use std::path::{Path, PathBuf};

/// Opens the model of a run or a checkpoint, and says which damaged checkpoints were passed over.
pub fn open(lang: Lang, dir: &Path) -> Result<TextModel, Failure> {
    let folder = models::folder::open(dir).map_err(failure)?;
    warn_of_damaged(lang, &folder.skipped);
    TextModel::new(folder).map_err(failure)
}

/// Says which checkpoints were passed over.
pub fn warn_of_damaged(lang: Lang, skipped: &[PathBuf]) {
    for path in skipped {
        eprintln!("{}", messages::text(lang, "cli.damaged", &[("path", &path.display().to_string())]));
    }
}

//! The language that the person chose, kept in `settings.toml` of the data folder.
//!
//! Other keys of that file stay as they are. A file that cannot be read counts as no choice, since no message can be
//! printed before the language is known; saving into one that does not parse is an error, since it would be lost.

use crate::Lang;
use std::path::PathBuf;
use sys::atomic_file::{self, FileError};

sys::coded_error! {
    /// Why the choice could not be kept.
    pub enum SettingsError {
        /// The file is no TOML.
        Malformed { path: String, cause: String } = "settings.malformed",
        /// The file exists and could not be read.
        Read { path: String, cause: String } = "file.read",
        /// The file could not be written; the choice before still holds.
        Write { path: String, cause: String } = "file.write",
    }
}

impl Lang {
    /// The saved choice.
    pub fn saved() -> Option<Lang> {
        let text = std::fs::read_to_string(path()).ok()?;
        Lang::parse(text.parse::<toml::Table>().ok()?.get("lang")?.as_str()?)
    }

    /// Saves the choice, or with `None` forgets it.
    ///
    /// # Errors
    /// See [`SettingsError`].
    pub fn save(choice: Option<Lang>) -> Result<(), SettingsError> {
        let path = path();
        let shown = path.display().to_string();
        let read_failed = |cause: String| SettingsError::Read { path: shown.clone(), cause };
        let write_failed = |cause: String| SettingsError::Write { path: shown.clone(), cause };
        let mut settings = match atomic_file::read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes)
                .parse::<toml::Table>()
                .map_err(|cause| SettingsError::Malformed { path: shown.clone(), cause: cause.to_string() })?,
            Err(FileError::Missing { .. }) => toml::Table::new(),
            Err(error) => return Err(read_failed(error.to_string())),
        };
        match choice {
            Some(lang) => settings.insert("lang".into(), lang.tag().into()),
            None => settings.remove("lang"),
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|cause| write_failed(cause.to_string()))?;
        }
        atomic_file::write(&path, settings.to_string().as_bytes()).map_err(|error| match error {
            FileError::Write { cause, .. } => write_failed(cause),
            other => write_failed(other.to_string()),
        })
    }
}

fn path() -> PathBuf {
    sys::data_folder().join("settings.toml")
}

//! The language that the person chose, kept in `settings.toml` of the data folder.
//!
//! Other keys of that file stay as they are. A file that cannot be read counts as no choice, since no message can be
//! printed before the language is known; saving into one that does not parse is an error, since it would be lost.

use crate::Lang;
use std::path::PathBuf;
use sys::atomic_file::{self, FileError};

sys::coded_error! {
    /// What can be wrong with the file itself.
    pub enum FormError {
        /// It is no TOML.
        Malformed { path: String, cause: String } = "settings.malformed",
    }
}

sys::coded_union! {
    /// Why the choice could not be kept.
    pub enum SettingsError {
        /// The file's form.
        Form(FormError),
        /// The disk; the choice before still holds.
        File(FileError),
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
        let mut settings = match atomic_file::read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes)
                .parse::<toml::Table>()
                .map_err(|cause| FormError::Malformed { path: path.display().to_string(), cause: cause.to_string() })?,
            Err(FileError::Missing { .. }) => toml::Table::new(),
            Err(error) => return Err(error.into()),
        };
        match choice {
            Some(lang) => settings.insert("lang".into(), lang.tag().into()),
            None => settings.remove("lang"),
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|cause| FileError::writing(folder, &cause))?;
        }
        Ok(atomic_file::write(&path, settings.to_string().as_bytes())?)
    }
}

fn path() -> PathBuf {
    sys::data_folder().join("settings.toml")
}

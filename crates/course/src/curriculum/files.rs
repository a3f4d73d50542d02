//! Where curriculum files come from, and errors that name them.

use rust_embed::RustEmbed;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};

#[derive(RustEmbed)]
#[folder = "../../curriculum"]
#[exclude = "README.md"]
struct BuiltIn;

sys::coded_error! {
    /// What can be wrong with a curriculum.
    pub enum CurriculumError {
        /// A file is missing.
        Missing { file: String } = "curriculum.missing",
        /// A file is not text.
        NotUtf8 { file: String } = "curriculum.not_utf8",
        /// A file is not TOML of its form.
        Malformed { file: String, line: usize, cause: String } = "curriculum.malformed",
        /// A key that the form does not have.
        UnknownKey { file: String, line: usize, key: String, nearest: String } = "curriculum.unknown_key",
        /// A name that stands for nothing.
        UnknownName { file: String, key: String, found: String, nearest: String } = "curriculum.unknown_name",
        /// An id with other characters than a-z, 0-9 and the hyphen.
        BadId { file: String, key: String, found: String } = "curriculum.bad_id",
        /// Two things of one name.
        Duplicate { file: String, key: String, found: String } = "curriculum.duplicate",
        /// Prerequisites that lead back to where they began.
        Cycle { file: String, path: String } = "curriculum.cycle",
        /// One of the two languages is empty.
        EmptyWords { file: String, key: String, language: String } = "curriculum.empty_words",
        /// A value outside what is allowed.
        BadValue { file: String, key: String, expected: String, found: String } = "curriculum.bad_value",
        /// The lessons in the two languages do not have the same headings or directives.
        LessonsDiffer { file: String, line: usize, expected: String, found: String } = "curriculum.lessons_differ",
        /// No such lab.
        NoLab { id: String, nearest: String } = "lab.unknown",
    }
}

/// A place to read curriculum files from.
pub(super) enum Files {
    BuiltIn,
    Folder(PathBuf),
}

impl Files {
    pub(super) fn built_in() -> Files {
        Files::BuiltIn
    }

    pub(super) fn folder(path: &Path) -> Result<Files, CurriculumError> {
        match path.is_dir() {
            true => Ok(Files::Folder(path.into())),
            false => Err(CurriculumError::Missing { file: path.display().to_string() }),
        }
    }

    /// The file's name as an error shows it.
    pub(super) fn name(&self, path: &str) -> String {
        match self {
            Files::BuiltIn => format!("curriculum/{path}"),
            Files::Folder(folder) => folder.join(path).display().to_string(),
        }
    }

    pub(super) fn has(&self, path: &str) -> bool {
        match self {
            Files::BuiltIn => BuiltIn::get(path).is_some(),
            Files::Folder(folder) => folder.join(path).is_file(),
        }
    }

    /// Names of the files in `folder`.
    pub(super) fn list(&self, folder: &str) -> Vec<String> {
        match self {
            Files::BuiltIn => {
                let inside = |path: std::borrow::Cow<'static, str>| {
                    path.strip_prefix(folder)?.strip_prefix('/').map(String::from)
                };
                BuiltIn::iter().filter_map(inside).filter(|name| !name.contains('/')).collect()
            }
            Files::Folder(root) => {
                let entries = std::fs::read_dir(root.join(folder)).into_iter().flatten().flatten();
                entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
            }
        }
    }

    pub(super) fn text(&self, path: &str) -> Result<String, CurriculumError> {
        let bytes = match self {
            Files::BuiltIn => BuiltIn::get(path).map(|file| file.data.into_owned()),
            Files::Folder(folder) => std::fs::read(folder.join(path)).ok(),
        };
        let bytes = bytes.ok_or_else(|| CurriculumError::Missing { file: self.name(path) })?;
        String::from_utf8(bytes).map_err(|_| CurriculumError::NotUtf8 { file: self.name(path) })
    }

    pub(super) fn toml<T: DeserializeOwned>(&self, path: &str) -> Result<T, CurriculumError> {
        let text = self.text(path)?;
        toml::from_str(&text).map_err(|error| {
            let before = &text.as_bytes()[..error.span().map_or(0, |span| span.start)];
            let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
            let (file, cause) = (self.name(path), error.message().to_string());
            match unknown_key(&cause) {
                Some((key, nearest)) => CurriculumError::UnknownKey { file, line, key, nearest },
                None => CurriculumError::Malformed { file, line, cause },
            }
        })
    }
}

/// The key and the nearest allowed one, out of serde's "unknown field `a`, expected one of `b`, `c`".
fn unknown_key(cause: &str) -> Option<(String, String)> {
    let mut quoted = cause.strip_prefix("unknown field ")?.split('`').skip(1).step_by(2);
    let key = quoted.next()?;
    Some((key.into(), sys::nearest(key, quoted).into()))
}

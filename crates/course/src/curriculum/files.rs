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
        /// The place of a curriculum is a file.
        NotFolder { path: String } = "curriculum.not_folder",
        /// A file is not text.
        NotUtf8 { file: String } = "curriculum.not_utf8",
        /// A file is not TOML of its form.
        Malformed { file: String, line: usize, cause: String } = "curriculum.malformed",
        /// A key that the form does not have.
        UnknownKey { file: String, line: usize, key: String, nearest: String } = "curriculum.unknown_key",
        /// A key that the form needs and this part does not have.
        MissingKey { file: String, line: usize, item: String, key: String } = "curriculum.missing_key",
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
        /// One language has a drawn number in its sentence and the other has not.
        PlaceholdersDiffer { file: String, item: String, key: String, name: String, language: String } = "curriculum.placeholders_differ",
        /// A name in braces that is not drawn, so that it would be shown as it stands.
        NotDrawn { file: String, item: String, key: String, name: String } = "curriculum.not_drawn",
        /// A drawn number that the question does not tell.
        NotAsked { file: String, item: String, name: String } = "curriculum.not_asked",
        /// For some drawn numbers there is no answer.
        NoAnswer { file: String, item: String, drawn: String } = "curriculum.no_answer",
        /// Too few wrong solutions to show that the checks tell wrong from right.
        FewMutants { file: String, lab: String, expected: usize, found: usize } = "curriculum.few_mutants",
        /// A wrong solution that the lab's sheet does not list.
        UnlistedMutant { file: String, lab: String, mutant: String } = "curriculum.unlisted_mutant",
        /// A key that this kind of thing needs.
        NeedsKey { file: String, item: String, key: String } = "curriculum.needs_key",
        /// A key that this kind of thing does not have.
        SurplusKey { file: String, item: String, key: String } = "curriculum.surplus_key",
        /// `output` that belongs to no code.
        StrayOutput { file: String, line: usize } = "curriculum.stray_output",
        /// A fence that is no directive, or has what that directive has not.
        NoDirective { file: String, line: usize, found: String } = "curriculum.no_directive",
        /// A bridge step before an ordinary one.
        BridgeFirst { file: String, step: String } = "curriculum.bridge_first",
        /// A wrong solution that imports something, which may be missing where a learner is graded.
        MutantImports { file: String, mutant: String, found: String } = "curriculum.mutant_imports",
        /// A check with the name of a built-in one.
        TakenName { file: String, step: String, name: String } = "curriculum.taken_name",
        /// A value outside what is allowed.
        BadValue { file: String, key: String, expected: String, found: String } = "curriculum.bad_value",
        /// The lessons in the two languages do not have the same headings or directives.
        LessonsDiffer { file: String, line: usize, expected: String, found: String } = "curriculum.lessons_differ",
        /// No such lab.
        NoLab { id: String, nearest: String } = "lab.unknown",
        /// No such topic.
        NoTopic { id: String, nearest: String } = "curriculum.no_topic",
        /// The topic is on the path, without content so far.
        NotBuilt { id: String } = "curriculum.not_built",
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
            false if path.exists() => Err(CurriculumError::NotFolder { path: path.display().to_string() }),
            false => Err(CurriculumError::Missing { file: path.display().to_string() }),
        }
    }

    /// The folder, if it is one.
    pub(super) fn root(&self) -> Option<&Path> {
        match self {
            Files::BuiltIn => None,
            Files::Folder(folder) => Some(folder),
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

    /// Every file under `folder`, however deep, by its path.
    pub(super) fn below(&self, folder: &str) -> Vec<String> {
        let mut paths: Vec<String> = match self {
            Files::BuiltIn => {
                let is_inside = |path: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
                BuiltIn::iter().map(|path| path.into_owned()).filter(|path| is_inside(path)).collect()
            }
            Files::Folder(root) => {
                let names = self.list(folder).into_iter().map(|name| format!("{folder}/{name}"));
                names.flat_map(|path| if root.join(&path).is_dir() { self.below(&path) } else { vec![path] }).collect()
            }
        };
        paths.sort();
        paths
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
            if let Some((key, nearest)) = unknown_key(&cause) {
                return CurriculumError::UnknownKey { file, line, key, nearest };
            }
            match cause.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
                Some(key) => CurriculumError::MissingKey { file, line, item: item_at(&text, line), key: key.into() },
                None => CurriculumError::Malformed { file, line, cause },
            }
        })
    }
}

/// The key and the nearest allowed one, out of serde's "unknown field `a`, expected one of `b`, `c`".
fn unknown_key(cause: &str) -> Option<(String, String)> {
    let mut quoted = cause.strip_prefix("unknown field ")?.split('`').skip(1).step_by(2);
    let key = quoted.next()?;
    Some((key.into(), nearest(key, quoted)))
}

/// What was probably meant, for the sentence of an error; nothing if no name is like enough.
pub(super) fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    sys::nearest(written, known).unwrap_or_default().into()
}

/// What a line of TOML belongs to: the `id`, `name` or `file` of its block, else the block's header.
fn item_at(text: &str, line: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let is_header = |at: &usize| lines[*at].starts_with('[');
    let begin = (0..line.min(lines.len())).rev().find(is_header).unwrap_or(0);
    let end = (begin + 1..lines.len()).find(is_header).unwrap_or(lines.len());
    let named = lines[begin..end].iter().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        ["id", "name", "file"].contains(&key.trim()).then(|| value.trim().trim_matches('"').to_string())
    });
    named.unwrap_or_else(|| lines.get(begin).copied().unwrap_or_default().trim_matches(['[', ']']).to_string())
}

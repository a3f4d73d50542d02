//! Where documents come from: folders, files, and JSON lines within files.
//!
//! A walk names every regular file below a folder, in order, and follows no link out of it; hidden files and folders of
//! build products are left out. A `.jsonl` file holds a document a line, `{id, title?, text, groups?, users?}`; any other file is
//! one document. What cannot be used is refused by name, and the rest goes on.
//!
//! A line may say more than that, which is not looked at, but nothing that reads like `groups` or `users` without being it: a document whose
//! access is misspelt would be for everyone.

use crate::Chunking;
use crate::access::Access;
use crate::document::Document;
use crate::parse::{self, Format, ParseError};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// A file of JSON lines may hold a whole collection.
pub const JSON_LINES_BYTES_MAX: u64 = 1 << 30;

sys::coded_error! {
    /// Why a file, or a line of one, is left out.
    pub enum SourceError {
        /// It does not exist.
        Missing { path: String } = "kb.missing",
        /// It cannot be read.
        Unreadable { path: String, cause: String } = "kb.unreadable",
        /// It is a link to something outside the folder that was added.
        LinkOutside { path: String } = "kb.link_outside",
        /// It is neither a file nor a folder.
        NotAFile { path: String } = "kb.not_a_file",
        /// A line is no document.
        BadLine { path: String, line: usize, cause: String } = "kb.bad_line",
        /// Another file holds a document of that name.
        DuplicateName { path: String, name: String } = "kb.duplicate_name",
    }
}

sys::coded_union! {
    /// Why something is left out while the rest is indexed.
    pub enum Refusal {
        /// The source.
        Source(SourceError),
        /// The content.
        Parse(ParseError),
    }
}

/// A file that may hold documents.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Absolute.
    pub path: PathBuf,
    /// What people call it: the path as it was given.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Time of the last change in nanoseconds since 1970.
    pub modified_ns: i64,
}

/// What a walk found.
#[derive(Debug, Default)]
pub struct Walk {
    /// Files of kinds that are read.
    pub files: Vec<Found>,
    /// Files that were named or should be readable, and are not.
    pub refused: Vec<Refusal>,
    /// Names of files of other kinds.
    pub other: Vec<String>,
}

/// Folders that hold nothing a person wrote.
const LEFT_OUT: [&str; 4] = ["node_modules", "target", "__pycache__", "venv"];
/// Deeper folders are not entered.
const DEPTH_MAX: usize = 64;

/// Finds the files at and below `path`; `given` is how the person wrote it.
pub fn walk(path: &Path, given: &str) -> Walk {
    let mut walk = Walk::default();
    match fs::metadata(path) {
        Ok(about) if about.is_dir() => enter(path, path, given.trim_end_matches('/'), 0, &mut walk),
        Ok(about) if about.is_file() && is_read(path) => walk.files.push(found(path, given, &about)),
        Ok(about) if about.is_file() => {
            walk.refused.push(ParseError::Unsupported { path: given.to_string() }.into());
        }
        Ok(_) => walk.refused.push(SourceError::NotAFile { path: given.to_string() }.into()),
        Err(_) => walk.refused.push(SourceError::Missing { path: given.to_string() }.into()),
    }
    walk
}

fn enter(root: &Path, folder: &Path, given: &str, depth: usize, walk: &mut Walk) {
    let unreadable =
        |cause: std::io::Error| SourceError::Unreadable { path: given.to_string(), cause: cause.to_string() };
    let entries = match fs::read_dir(folder).and_then(|entries| entries.collect::<Result<Vec<_>, _>>()) {
        Ok(mut entries) => {
            entries.sort_by_key(|entry| entry.file_name());
            entries
        }
        Err(cause) => return walk.refused.push(unreadable(cause).into()),
    };
    for entry in entries {
        let file_name = entry.file_name().to_string_lossy().into_owned();
        if file_name.starts_with('.') || LEFT_OUT.contains(&file_name.as_str()) {
            continue;
        }
        let path = entry.path();
        let given = format!("{given}/{file_name}");
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            if depth < DEPTH_MAX {
                enter(root, &path, &given, depth + 1, walk);
            }
        } else if kind.is_symlink() {
            // A link to something inside is met there.
            let is_inside = path.canonicalize().is_ok_and(|target| target.starts_with(root));
            if !is_inside {
                walk.refused.push(SourceError::LinkOutside { path: given }.into());
            }
        } else if !kind.is_file() {
            walk.refused.push(SourceError::NotAFile { path: given }.into());
        } else if !is_read(&path) {
            walk.other.push(given.strip_prefix("./").unwrap_or(&given).to_string());
        } else {
            match entry.metadata() {
                Ok(about) => walk.files.push(found(&path, &given, &about)),
                Err(cause) => {
                    walk.refused.push(SourceError::Unreadable { path: given, cause: cause.to_string() }.into())
                }
            }
        }
    }
}

fn is_read(path: &Path) -> bool {
    is_json_lines(path) || Format::of(path).is_some()
}

/// Whether a file holds a document a line.
pub(crate) fn is_json_lines(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("jsonl") || extension.eq_ignore_ascii_case("ndjson"))
}

fn found(path: &Path, given: &str, about: &fs::Metadata) -> Found {
    let modified = about.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Found {
        path: path.to_path_buf(),
        name: given.strip_prefix("./").unwrap_or(given).to_string(),
        size: about.len(),
        modified_ns: modified.map_or(0, |time| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)),
    }
}

/// Reads the bytes of a found file.
///
/// # Errors
/// [`SourceError::Unreadable`], [`ParseError::TooLarge`].
pub fn read(file: &Found) -> Result<Vec<u8>, Refusal> {
    let limit = if is_json_lines(&file.path) { JSON_LINES_BYTES_MAX } else { parse::FILE_BYTES_MAX };
    if file.size > limit {
        return Err(ParseError::TooLarge { path: file.name.clone(), limit }.into());
    }
    fs::read(&file.path)
        .map_err(|cause| SourceError::Unreadable { path: file.name.clone(), cause: cause.to_string() }.into())
}

/// A document from a source.
#[derive(Debug)]
pub struct Sourced {
    /// What people call it.
    pub name: String,
    /// SHA-256 of what it was made from.
    pub hash: Vec<u8>,
    /// Who may see it, if it says so itself.
    pub access: Option<Access>,
    /// What to parse.
    pub content: Content,
}

/// What a document is made from.
#[derive(Debug)]
pub enum Content {
    /// The bytes of its file.
    File,
    /// Title and text of a line.
    Line(Option<String>, String),
}

impl Sourced {
    /// Parses it for being cut in the way of `chunking`; `bytes` are those of its file. Delimiters may be Markdown's own marks, which are in
    /// no parsed text: for them the text stays as it is written.
    ///
    /// # Errors
    /// [`ParseError`].
    pub fn parse(&self, file: &Found, bytes: &[u8], chunking: &Chunking) -> Result<Document, ParseError> {
        match &self.content {
            Content::Line(title, text) => Ok(Document { title: title.clone(), ..Document::plain(text) }),
            // The name is what errors should say.
            Content::File => match chunking {
                Chunking::Delimited { .. } => parse::parse_as_written(Path::new(&file.name), bytes),
                _ => parse::parse(Path::new(&file.name), bytes),
            },
        }
    }
}

/// The documents of a file, unparsed, and the lines that are none.
pub fn documents(file: &Found, bytes: &[u8]) -> (Vec<Sourced>, Vec<Refusal>) {
    if !is_json_lines(&file.path) {
        let hash = Sha256::digest(bytes).to_vec();
        let document = Sourced { name: file.name.clone(), hash, access: None, content: Content::File };
        return (vec![document], vec![]);
    }
    let (mut documents, mut refused) = (vec![], vec![]);
    for (i, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match line_document(line) {
            Ok(document) => documents.push(document),
            Err(cause) => {
                refused.push(SourceError::BadLine { path: file.name.clone(), line: i + 1, cause }.into());
            }
        }
    }
    (documents, refused)
}

/// What the document of a line is called, if the line is one.
pub(crate) fn line_name(line: &[u8]) -> Option<String> {
    line_document(line).ok().map(|document| document.name)
}

fn line_document(line: &[u8]) -> Result<Sourced, String> {
    let value: Value = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let name = match &value["id"] {
        Value::String(id) if !id.is_empty() => id.clone(),
        Value::Number(id) => id.to_string(),
        _ => return Err("no `id`".to_string()),
    };
    let text = value["text"].as_str().ok_or("no `text`")?.to_string();
    let title = match &value["title"] {
        Value::Null => None,
        Value::String(title) => Some(title.clone()).filter(|title| !title.is_empty()),
        _ => return Err("`title` is no text".to_string()),
    };
    let names = |key: &str| match &value[key] {
        Value::Null => Ok(None),
        Value::Array(names) => {
            let names: Option<Vec<String>> = names.iter().map(|name| name.as_str().map(str::to_string)).collect();
            names.map(Some).ok_or(format!("`{key}` is no list of texts"))
        }
        _ => Err(format!("`{key}` is no list of texts")),
    };
    if let Some(key) = value.as_object().and_then(|line| line.keys().find(|key| is_misspelt_access(key))) {
        return Err(format!("`{key}` says nothing about who may see it: expected `groups` or `users`"));
    }
    let access = match (names("groups")?, names("users")?) {
        (None, None) => None,
        (groups, users) => Some(Access { groups: groups.unwrap_or_default(), users: users.unwrap_or_default() }),
    };
    Ok(Sourced { name, hash: Sha256::digest(line).to_vec(), access, content: Content::Line(title, text) })
}

/// Whether a key means an access and is not written like one: `group`, `Users`, `gruops`, or another usual name of it as a whole. What only
/// holds such a word (`group_by`, `user_agent`, `OwnerUserId`) means something else.
fn is_misspelt_access(key: &str) -> bool {
    // `user` is a letter off already: another one makes it `used`, or `use`.
    const MEANT: [&str; 3] = ["groups", "group", "users"];
    const OTHERS: [&str; 7] =
        ["acl", "access", "permission", "permissions", "visibility", "allowedgroups", "allowedusers"];
    let lower = key.to_lowercase();
    let letters: String = lower.chars().filter(|c| c.is_alphanumeric()).collect();
    let is_meant =
        OTHERS.contains(&&*letters) || MEANT.iter().any(|known| letters == *known || is_one_letter_off(&lower, known));
    is_meant && !matches!(key, "groups" | "users")
}

/// Whether one letter changed, added, left out or exchanged with its neighbour makes one word the other.
fn is_one_letter_off(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let start = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[start..], &b[start..]);
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[..a.len() - end], &b[..b.len() - end]);
    a.len().max(b.len()) <= 1 || (a.len() == 2 && b.len() == 2 && a[0] == b[1] && a[1] == b[0])
}

//! The documents of a file or a folder: plain text, or JSON lines with one document each.
//!
//! A folder gives its `.txt`, `.md` and `.jsonl` files (`.TXT` and so on, too) in the order of their paths, those of its
//! folders included. Hidden files and linked folders are passed over: the first are some program's own business, the
//! second may lead in a circle.
//!
//! Text is UTF-8. A byte order mark at the beginning goes, and a line ends in `\n` however the file writes it, as
//! when Python opens a file in text mode; all else is kept as it is.

use super::{DataError, unreadable};
use crate::TrainError;
use std::path::{Path, PathBuf};
use sys::atomic_file::{self, FileError};

/// What is read of a folder, by the ends of names.
const EXTENSIONS: [&str; 3] = ["txt", "md", "jsonl"];
/// The mark that some programs write before UTF-8.
const BYTE_ORDER_MARK: char = '\u{FEFF}';
/// Characters of a value that is none, as a message shows it.
const SHOWN_MAX: usize = 40;

/// What was read of a folder.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct FolderRead {
    /// The folder.
    pub path: PathBuf,
    /// Files that were read, in order.
    pub files: Vec<PathBuf>,
    /// Files that were not, since their names do not end as those of texts do.
    pub left_out: Vec<PathBuf>,
}

/// The texts of the file `path`, one document, or of all text files below the folder `path`, and in that case what was read of it.
///
/// # Errors
/// [`DataError`], a file that cannot be read.
pub(super) fn read_texts(path: &Path, field: &str) -> Result<(Vec<String>, Option<FolderRead>), TrainError> {
    let shown = || path.display().to_string();
    let mut folder = None;
    let documents = if path.is_dir() {
        let mut read = FolderRead { path: path.into(), ..FolderRead::default() };
        collect(path, &mut read)?;
        if read.files.is_empty() {
            return Err(DataError::NoFiles { path: shown() }.into());
        }
        read.files.sort();
        read.left_out.sort();
        let mut documents = Vec::new();
        for file in &folder.insert(read).files {
            if has_extension(file, "jsonl") {
                documents.extend(json_lines(file, field)?);
            } else {
                documents.push(read_plain(file)?);
            }
        }
        documents
    } else if has_extension(path, "json") && path.exists() {
        // Marks and names of fields would be learnt as text, which nobody wants.
        return Err(DataError::Json { path: shown() }.into());
    } else {
        vec![read_plain(path)?]
    };
    Ok((not_empty(documents, path)?, folder))
}

/// The documents of a JSON-lines file, each the text `field` of its line; blank lines are passed over.
///
/// # Errors
/// As [`read_texts`].
pub(super) fn read_json_lines(path: &Path, field: &str) -> Result<Vec<String>, TrainError> {
    not_empty(json_lines(path, field)?, path)
}

/// Empty documents teach nothing, and are dropped; some other must be left.
fn not_empty(mut documents: Vec<String>, path: &Path) -> Result<Vec<String>, TrainError> {
    documents.retain(|document| !document.trim().is_empty());
    if documents.is_empty() {
        return Err(DataError::Empty { path: path.display().to_string() }.into());
    }
    Ok(documents)
}

/// Whether there is something to read at `path`: a file, or a folder with text files below it.
pub(super) fn holds_text(path: &Path) -> bool {
    let mut read = FolderRead::default();
    path.is_file() || collect(path, &mut read).is_ok() && !read.files.is_empty()
}

fn collect(folder: &Path, read: &mut FolderRead) -> Result<(), DataError> {
    let failed = |cause: std::io::Error| unreadable(FileError::reading(folder, &cause));
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if entry.file_type().map_err(failed)?.is_dir() {
            collect(&path, read)?;
        } else if !path.is_dir() {
            let is_text = EXTENSIONS.iter().any(|known| has_extension(&path, known));
            if is_text { read.files.push(path) } else { read.left_out.push(path) }
        }
    }
    Ok(())
}

/// Whether the name ends in `.extension`; some systems write it in capitals.
fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

/// A file's text as it stands.
///
/// # Errors
/// A file that cannot be read, [`DataError::NotUtf8`].
pub fn read_utf8(path: &Path) -> Result<String, TrainError> {
    String::from_utf8(atomic_file::read(path)?).map_err(|error| {
        let byte = error.utf8_error().valid_up_to() + 1;
        DataError::NotUtf8 { path: path.display().to_string(), byte }.into()
    })
}

/// The text of a file that is nothing but text. A byte of zero, which is UTF-8, is a sign of anything else: UTF-16, a picture.
fn read_plain(path: &Path) -> Result<String, TrainError> {
    let text = read_whole(path)?;
    match text.find('\0') {
        Some(at) => Err(DataError::Binary { path: path.display().to_string(), byte: at + 1 }.into()),
        None => Ok(tidied(text)),
    }
}

/// A file's text as it stands, and what is wrong with it as with a run's text.
fn read_whole(path: &Path) -> Result<String, TrainError> {
    read_utf8(path).map_err(|error| match error {
        TrainError::File(error) => unreadable(error).into(),
        error => error,
    })
}

/// A text without its mark, its line ends alike.
fn tidied(text: String) -> String {
    let text = text.strip_prefix(BYTE_ORDER_MARK).map(str::to_string).unwrap_or(text);
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text }
}

fn json_lines(path: &Path, field: &str) -> Result<Vec<String>, TrainError> {
    let mut documents = Vec::new();
    for (line, number) in tidied(read_whole(path)?).lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()) {
        let path = || path.display().to_string();
        let value: serde_json::Value = serde_json::from_str(line).map_err(|error| DataError::BadLine {
            path: path(),
            line: number,
            // The parser was given this line alone, so its own number of the line would mislead.
            cause: error.to_string().replace("at line 1 column", "at column"),
        })?;
        match value.get(field) {
            Some(serde_json::Value::String(document)) => documents.push(document.clone()),
            found => {
                let (path, line, field) = (path(), number, field.to_string());
                return Err(match (found, value.as_object().filter(|fields| !fields.is_empty())) {
                    (None, Some(fields)) => {
                        let names: Vec<String> = fields.keys().map(|name| format!("`{name}`")).collect();
                        DataError::NoField { path, line, field, found: names.join(", ") }
                    }
                    (found, _) => DataError::NotText { path, line, field, found: beginning(found.unwrap_or(&value)) },
                }
                .into());
            }
        }
    }
    Ok(documents)
}

/// How a value begins in JSON, which tells its type.
fn beginning(value: &serde_json::Value) -> String {
    value.to_string().chars().take(SHOWN_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("sanjie-files-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(folder.join("下")).unwrap();
        folder
    }

    #[test]
    fn a_folder_is_read_in_order_and_without_what_is_not_text() {
        let folder = folder("order");
        let files: [(&str, &[u8]); 8] = [
            ("大.TXT", "大".as_bytes()),
            ("二.txt", "\u{FEFF}二\r\n行\r末".as_bytes()),
            ("一.md", "一".as_bytes()),
            ("下/三.jsonl", "{\"text\": \"三\"}\n\n{\"text\": \"四\"}\r\n".as_bytes()),
            (".hidden.txt", b"hidden"),
            ("photo.png", b"\x89PNG"),
            ("empty.txt", b" \n"),
            ("下/note", b"no extension"),
        ];
        for (name, bytes) in files {
            std::fs::write(folder.join(name), bytes).unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(&folder, folder.join("下/circle")).unwrap();
        let (texts, read) = read_texts(&folder, "text").unwrap();
        assert_eq!(texts, ["一", "三", "四", "二\n行\n末", "大"]);
        let left_out = ["photo.png", "下/note"].map(|name| folder.join(name));
        assert_eq!(read.map(|read| (read.files.len(), read.left_out)), Some((5, left_out.to_vec())));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let folder = folder("bad");
        let cases: [(&str, &[u8], &str); 8] = [
            ("h.jsonl", b"{}", "data.not_text"),
            ("a.jsonl", b"{\"text\": \"x\"}\n{\"text\": ", "data.bad_line"),
            ("g.jsonl", b"\n[1, }", "line: 2, cause: expected value at column 5"),
            ("b.jsonl", b"\n{\"txt\": \"x\", \"id\": 1}", "line: 2, field: text, found: `txt`, `id`"),
            ("c.jsonl", b"[1, 2]", "line: 1, field: text, found: [1,2]"),
            ("d.jsonl", b"\n\n", "data.empty"),
            ("e.jsonl", b"{\"text\": 3}", "field: text, found: 3"),
            ("f.jsonl", b"{\"text\": \"\xff\"}", "byte: 11"),
        ];
        for (name, bytes, expected) in cases {
            std::fs::write(folder.join(name), bytes).unwrap();
            let error = read_json_lines(&folder.join(name), "text").unwrap_err().to_string();
            assert!(error.contains(expected), "{name}: {error}");
        }
        std::fs::write(folder.join("g.JSON"), b"[{\"text\": \"x\"}]").unwrap();
        for (name, expected) in [("下", "data.no_files"), ("g.JSON", "data.json"), ("none.json", "data.missing")] {
            let error = read_texts(&folder.join(name), "text").unwrap_err().to_string();
            assert!(error.starts_with(expected), "{name}: {error}");
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}

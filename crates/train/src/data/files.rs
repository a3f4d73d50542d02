//! The documents of a file or a folder: plain text, or JSON lines with one document each.
//!
//! A folder gives its `.txt`, `.md` and `.jsonl` files in the order of their paths, those of its folders included. Hidden
//! files and linked folders are passed over: the first are some program's own business, the second may lead in a circle.
//!
//! Text is UTF-8. A byte order mark at the beginning goes, and a line ends in `\n` however the file writes it, as
//! when Python opens a file in text mode; all else is kept as it is.

use super::DataError;
use crate::TrainError;
use std::path::{Path, PathBuf};
use sys::atomic_file::{self, FileError};

/// What is read of a folder, by the ends of names.
const EXTENSIONS: [&str; 3] = ["txt", "md", "jsonl"];
/// The mark that some programs write before UTF-8.
const BYTE_ORDER_MARK: char = '\u{FEFF}';

/// The texts of the file `path`, one document, or of all text files below the folder `path`.
///
/// # Errors
/// [`DataError`], a file that cannot be read.
pub(super) fn read_texts(path: &Path, field: &str) -> Result<Vec<String>, TrainError> {
    let shown = || path.display().to_string();
    let documents = if path.is_dir() {
        let mut files = Vec::new();
        collect(path, &mut files)?;
        if files.is_empty() {
            return Err(DataError::NoFiles { path: shown() }.into());
        }
        files.sort();
        let mut documents = Vec::new();
        for file in files {
            match file.extension() {
                Some(extension) if extension == "jsonl" => documents.extend(json_lines(&file, field)?),
                _ => documents.push(read_text(&file)?),
            }
        }
        documents
    } else {
        vec![read_text(path)?]
    };
    not_empty(documents, path)
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

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), TrainError> {
    let failed = |cause: std::io::Error| FileError::reading(folder, &cause);
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if entry.file_type().map_err(failed)?.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|found| EXTENSIONS.iter().any(|known| found == *known)) && !path.is_dir()
        {
            files.push(path);
        }
    }
    Ok(())
}

/// A file's text as it stands.
///
/// # Errors
/// A file that cannot be read, [`DataError::NotUtf8`].
pub fn read_utf8(path: &Path) -> Result<String, TrainError> {
    String::from_utf8(atomic_file::read(path)?).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        DataError::NotUtf8 { path: path.display().to_string(), offset }.into()
    })
}

/// A file's text without its mark, its line ends alike.
fn read_text(path: &Path) -> Result<String, TrainError> {
    let text = read_utf8(path)?;
    let text = text.strip_prefix(BYTE_ORDER_MARK).map(str::to_string).unwrap_or(text);
    Ok(if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text })
}

fn json_lines(path: &Path, field: &str) -> Result<Vec<String>, TrainError> {
    let mut documents = Vec::new();
    for (line, number) in read_text(path)?.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()) {
        let path = || path.display().to_string();
        let value: serde_json::Value = serde_json::from_str(line).map_err(|error| DataError::BadLine {
            path: path(),
            line: number,
            cause: error.to_string(),
        })?;
        match value.get(field).and_then(serde_json::Value::as_str) {
            Some(document) => documents.push(document.to_string()),
            None => {
                let fields = value.as_object().map(|fields| fields.keys().cloned().collect::<Vec<_>>().join(", "));
                let found = fields.unwrap_or_else(|| value.to_string().chars().take(40).collect());
                return Err(DataError::NoField { path: path(), line: number, field: field.into(), found }.into());
            }
        }
    }
    Ok(documents)
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
        let files: [(&str, &[u8]); 7] = [
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
        let texts = read_texts(&folder, "text").unwrap();
        assert_eq!(texts, ["一", "三", "四", "二\n行\n末"]);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let folder = folder("bad");
        let cases: [(&str, &[u8], &str); 6] = [
            ("a.jsonl", b"{\"text\": \"x\"}\n{\"text\": ", "data.bad_line"),
            ("b.jsonl", b"\n{\"txt\": \"x\", \"id\": 1}", "line: 2, field: text, found: txt, id"),
            ("c.jsonl", b"[1, 2]", "line: 1, field: text, found: [1,2]"),
            ("d.jsonl", b"\n\n", "data.empty"),
            ("e.jsonl", b"{\"text\": 3}", "data.no_field"),
            ("f.jsonl", b"{\"text\": \"\xff\"}", "offset: 10"),
        ];
        for (name, bytes, expected) in cases {
            std::fs::write(folder.join(name), bytes).unwrap();
            let error = read_json_lines(&folder.join(name), "text").unwrap_err().to_string();
            assert!(error.contains(expected), "{name}: {error}");
        }
        let error = read_texts(&folder.join("下"), "text").unwrap_err().to_string();
        assert!(error.starts_with("data.no_files"), "{error}");
        std::fs::remove_dir_all(folder).unwrap();
    }
}

//! Reading a file of JSON lines while another process appends to it.
//!
//! Only whole lines are given out, each once, in order; a half-written last line waits for its rest. A resumed
//! run may cut its files back to the last checkpoint and write on, and the file may then be longer than before:
//! so the end of what was read is compared with the file each time, and a difference means "start again".
//!
//! Not here: watching. Callers ask a few times a second, which costs one `stat` when nothing happened.

use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// A place in a growing file of JSON lines.
pub struct JsonLines {
    path: PathBuf,
    read: u64,
    last_line: Vec<u8>,
}

/// What was found since the last call.
#[derive(Debug, PartialEq)]
pub struct News<T> {
    /// The file is not a continuation of what was given before; `lines` starts from its beginning.
    pub rewritten: bool,
    /// Whole lines that parse; others are skipped.
    pub lines: Vec<T>,
}

impl JsonLines {
    /// At the beginning of `path`, which need not exist yet.
    pub fn new(path: impl AsRef<Path>) -> JsonLines {
        JsonLines { path: path.as_ref().to_path_buf(), read: 0, last_line: Vec::new() }
    }

    /// The lines that have become whole since the last call.
    pub fn news<T: DeserializeOwned>(&mut self) -> io::Result<News<T>> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(News { rewritten: self.restart(), lines: Vec::new() });
            }
            Err(error) => return Err(error),
        };
        let rewritten = !self.still_there(&mut file)? && self.restart();
        file.seek(SeekFrom::Start(self.read))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
        let mut lines = Vec::new();
        for line in bytes[..whole].split_inclusive(|&byte| byte == b'\n') {
            self.last_line = line.to_vec();
            lines.extend(serde_json::from_slice(line).ok());
        }
        self.read += whole as u64;
        Ok(News { rewritten, lines })
    }

    /// Whether the last line given out stands where it stood.
    fn still_there(&self, file: &mut File) -> io::Result<bool> {
        if file.metadata()?.len() < self.read {
            return Ok(false);
        }
        file.seek(SeekFrom::Start(self.read - self.last_line.len() as u64))?;
        let mut found = vec![0; self.last_line.len()];
        match file.read_exact(&mut found) {
            Ok(()) => Ok(found == self.last_line),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Goes back to the beginning; says whether anything had been given out.
    fn restart(&mut self) -> bool {
        let had = self.read > 0;
        self.read = 0;
        self.last_line.clear();
        had
    }
}

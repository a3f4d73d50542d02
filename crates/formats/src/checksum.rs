//! SHA-256 of files, and the `SHA256SUMS` of a folder in the format of `sha256sum -c`.
//!
//! A line is the checksum in hexadecimal, two spaces, the file's name. Names are plain names in the folder itself.

use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use sys::atomic_file::{self, FileError};

/// Name of the list in its folder.
pub const SUMS_FILE: &str = "SHA256SUMS";

sys::coded_error! {
    /// A folder's files are not what its list says.
    pub enum ChecksumError {
        /// A listed file, or the list itself, is missing.
        Missing { path: String } = "file.missing",
        /// A file cannot be read.
        Unreadable { path: String } by Cause = "file.read",
        /// The list cannot be written.
        Unwritable { path: String } by Cause = "file.write",
        /// A line of the list is not of the form `checksum  name`.
        Malformed { path: String, line: usize } = "checksum.malformed",
        /// A file has other bytes than when the list was written.
        Differs { path: String, expected: String, found: String } = "checksum.differs",
    }
}

impl From<FileError> for ChecksumError {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Missing { path } => ChecksumError::Missing { path },
            FileError::Read { path, cause } => ChecksumError::Unreadable { path, cause },
            FileError::Write { path, cause } => ChecksumError::Unwritable { path, cause },
        }
    }
}

/// SHA-256 of bytes, in lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    sys::hex(&Sha256::digest(bytes))
}

/// SHA-256 of a file, read piece by piece.
///
/// # Errors
/// [`ChecksumError::Missing`], [`ChecksumError::Unreadable`].
pub fn sha256_file(path: impl AsRef<Path>) -> Result<String, ChecksumError> {
    let path = path.as_ref();
    let reading = |e: std::io::Error| FileError::reading(path, &e);
    let mut file = File::open(path).map_err(reading)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match file.read(&mut buffer).map_err(reading)? {
            0 => return Ok(sys::hex(&digest.finalize())),
            n => digest.update(&buffer[..n]),
        }
    }
}

/// Writes `SHA256SUMS` over `names` in `folder`, in the given order.
///
/// # Errors
/// All but [`ChecksumError::Malformed`] and [`ChecksumError::Differs`].
pub fn write_sums(folder: impl AsRef<Path>, names: &[&str]) -> Result<(), ChecksumError> {
    let folder = folder.as_ref();
    let mut list = String::new();
    for name in names {
        list.extend([&sha256_file(folder.join(name))?, "  ", name, "\n"]);
    }
    Ok(atomic_file::write(folder.join(SUMS_FILE), list.as_bytes())?)
}

/// Compares every file that `SHA256SUMS` in `folder` lists; returns their names.
///
/// # Errors
/// The first file that is missing, unreadable or different, or a malformed line.
pub fn verify_sums(folder: impl AsRef<Path>) -> Result<Vec<String>, ChecksumError> {
    let folder = folder.as_ref();
    let list_path = folder.join(SUMS_FILE);
    let bytes = atomic_file::read(&list_path)?;
    let list = String::from_utf8_lossy(&bytes);
    let mut names = Vec::new();
    for (line, number) in list.lines().zip(1..) {
        let malformed = || ChecksumError::Malformed { path: list_path.display().to_string(), line: number };
        let (expected, name) = line.split_once("  ").ok_or_else(malformed)?;
        let plain = !name.is_empty() && name != ".." && !name.contains(['/', '\\', '\u{FFFD}']);
        if expected.len() != 64 || !expected.bytes().all(|b| b.is_ascii_hexdigit()) || !plain {
            return Err(malformed());
        }
        let path = folder.join(name);
        let found = sha256_file(&path)?;
        if !found.eq_ignore_ascii_case(expected) {
            return Err(ChecksumError::Differs { path: path.display().to_string(), expected: expected.into(), found });
        }
        names.push(name.to_string());
    }
    Ok(names)
}

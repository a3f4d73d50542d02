//! Files that were handed over, not named: the knowledge base keeps them itself, in its folder `files/`.
//!
//! Each is a root of its own, so each has its own access. It stands under a hash of its name with the name's extension: no name,
//! whatever is in it, leads to another place. A file of the folder that the store does not know (its upload was killed, or its
//! document removed) is deleted at the next opening or change, so a removed document is not found here either.

use super::removal::hash;
use super::{KbError, KnowledgeBase, Report};
use crate::access::Access;
use crate::parse::{self, Format};
use crate::sources::{self, Refusal};
use crate::store::FileRow;
use std::collections::HashSet;
use std::fs;
use std::path::{Component, Path, PathBuf};
use sys::atomic_file::{self, FileError};

sys::coded_error! {
    /// Why a file cannot be taken in under its name.
    pub enum UploadError {
        /// The name is empty, too long, leads out of a folder, or holds what names do not hold.
        BadName { name: String } = "kb.bad_file_name",
    }
}

/// The folder of the files.
const FILES: &str = "files";
/// Longer names than any file system takes.
const NAME_BYTES_MAX: usize = 1024;

impl KnowledgeBase {
    /// Takes a file in under `name`, in place of one that was taken in under it before; who may see it is `access`. A file that
    /// cannot be read is refused in the report, and what stood there before stays.
    ///
    /// # Errors
    /// [`UploadError`], and [`KbError`].
    pub fn upload(&mut self, name: &str, bytes: &[u8], access: Option<&Access>) -> Result<Report, KbError> {
        let name = plain_name(name).ok_or_else(|| UploadError::BadName { name: name.to_string() })?;
        let path = Path::new(&name);
        if !sources::is_json_lines(path)
            && let Err(error) = parse::parse(path, bytes)
        {
            return Ok(Report { refused: vec![Refusal::from(error)], ..Report::default() });
        }
        let folder = self.folder.join(FILES);
        fs::create_dir_all(&folder).map_err(|cause| FileError::writing(&folder, &cause))?;
        // As a walk names it, without links.
        let folder = folder.canonicalize().map_err(|cause| FileError::reading(&folder, &cause))?;
        let _lock = self.lock()?;
        let file = folder.join(file_name(path));
        atomic_file::write(&file, bytes)?;
        let report = self.add_locked(&[(file.clone(), name)], access, &mut |_| {})?;
        let is_empty = |store_file: &FileRow| self.documents.iter().all(|row| row.file != store_file.id);
        let path = file.to_string_lossy();
        let useless: Vec<i64> = self
            .store
            .files()?
            .iter()
            .filter(|file| file.path == path && is_empty(file))
            .map(|file| file.root)
            .collect();
        if !useless.is_empty() {
            self.store.change(|change| useless.iter().try_for_each(|root| change.remove_root(*root)))?;
            self.finish()?;
        }
        self.sweep()?;
        Ok(report)
    }

    /// Whether a file is one that was handed over.
    pub(super) fn is_upload(&self, path: &Path) -> bool {
        self.folder.join(FILES).canonicalize().is_ok_and(|folder| path.starts_with(folder))
    }

    /// Takes documents out of a handed over file that holds several.
    pub(super) fn cut_out(&self, file: &Path, names: &[String]) -> Result<(), KbError> {
        if !self.is_upload(file) {
            return Ok(());
        }
        let bytes = atomic_file::read(file)?;
        let is_kept = |line: &&[u8]| sources::line_name(line).is_none_or(|name| !names.contains(&name));
        let kept: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').filter(is_kept).collect();
        Ok(atomic_file::write(file, &kept.join(&b'\n'))?)
    }

    /// Deletes handed over files that the store does not know; the right to write must be held.
    pub(super) fn sweep(&self) -> Result<(), KbError> {
        let folder = self.folder.join(FILES);
        // Most knowledge bases have none.
        let Ok(folder) = folder.canonicalize() else { return Ok(()) };
        let known: HashSet<PathBuf> = self.store.files()?.into_iter().map(|file| file.path.into()).collect();
        let found = fs::read_dir(&folder).map_err(|cause| FileError::reading(&folder, &cause))?;
        for path in found.flatten().map(|entry| entry.path()).filter(|path| !known.contains(path)) {
            fs::remove_file(&path).map_err(|cause| FileError::writing(&path, &cause))?;
        }
        Ok(())
    }
}

/// The name of a file within a folder, written with `/`; `None` if it is none.
///
/// A name that leads elsewhere is refused, not mended: whoever sends two dots means something that does not happen here.
fn plain_name(name: &str) -> Option<String> {
    let has_bad_part = |c: char| c.is_control() || c == '\\' || c == ':';
    let path = Path::new(name);
    let parts: Option<Vec<&str>> = path
        .components()
        .map(|part| match part {
            Component::Normal(part) => part.to_str(),
            Component::CurDir | Component::ParentDir | Component::RootDir | Component::Prefix(_) => None,
        })
        .collect();
    let parts =
        parts.filter(|parts| !parts.is_empty() && name.len() <= NAME_BYTES_MAX && !name.contains(has_bad_part))?;
    // `a//b` and `a/` name the same as `a/b` and `a`.
    Some(parts.join("/"))
}

/// A name that is the file's alone, with an extension that tells its format.
fn file_name(path: &Path) -> String {
    let name = sys::hex(&hash(path, None));
    let is_known = Format::of(path).is_some() || sources::is_json_lines(path);
    match path.extension().and_then(|extension| extension.to_str()).filter(|_| is_known) {
        Some(extension) => format!("{name}.{}", extension.to_ascii_lowercase()),
        None => name,
    }
}

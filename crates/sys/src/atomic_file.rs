//! Files and folders that are whole or absent, never half-written.
//!
//! A write goes to a temporary file in the same folder, is flushed to the disk (`fsync`), and only then takes
//! the final name (`rename`, atomic within one file system); the folder is flushed last, so that the new name
//! itself survives a power failure. Whatever goes wrong before the rename (disk full, a broken pipe, a caller's
//! error) leaves the old file untouched and removes the temporary one. A process killed in between leaves
//! a file `.NAME.tmp-PID-N` that nothing reads, until [`sweep`] removes it.
//!
//! Not here: locking (two writers of one name are safe, the last rename wins), and permissions.

use crate::SystemError;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

crate::coded_error! {
    /// A file could not be read or written.
    pub enum FileError {
        /// There is no such file or folder.
        Missing { path: String } = "file.missing",
        /// The file exists and could not be read.
        Read { path: String } by Cause = "file.read",
        /// The file or folder could not be written; what stood there before still stands.
        Write { path: String } by Cause = "file.write",
    }
}

impl FileError {
    /// Tells a missing file from one that cannot be read.
    pub fn reading(path: &Path, cause: &io::Error) -> FileError {
        let path = path.display().to_string();
        match cause.kind() {
            io::ErrorKind::NotFound => FileError::Missing { path },
            _ => FileError::Read { path, cause: Box::new(SystemError::of(cause)) },
        }
    }

    /// Names the file that could not be written, and why.
    pub fn writing(path: &Path, cause: &io::Error) -> FileError {
        FileError::Write { path: path.display().to_string(), cause: Box::new(SystemError::of(cause)) }
    }
}

/// A pipe or a device tells no size beforehand and may never end; more than this is read of plain files only.
pub const STREAM_BYTES_MAX: u64 = 1 << 30;

/// Reads a whole file.
///
/// # Errors
/// [`FileError::Missing`], [`FileError::Read`].
pub fn read(path: impl AsRef<Path>) -> Result<Vec<u8>, FileError> {
    let path = path.as_ref();
    let whole = || -> io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let mut bytes = Vec::new();
        if file.metadata()?.is_file() {
            file.read_to_end(&mut bytes)?;
            return Ok(bytes);
        }
        file.take(STREAM_BYTES_MAX + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > STREAM_BYTES_MAX {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(bytes)
    };
    whole().map_err(|e| FileError::reading(path, &e))
}

/// Reads a plain file, up to one byte more than `most`; `None` of anything else that can be opened. Never waits, as
/// opening a pipe would until somebody writes to it.
///
/// # Errors
/// [`FileError::Missing`], [`FileError::Read`].
pub fn read_plain(path: impl AsRef<Path>, most: usize) -> Result<Option<Vec<u8>>, FileError> {
    let path = path.as_ref();
    let whole = || -> io::Result<Option<Vec<u8>>> {
        let mut options = File::options();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK | libc::O_NOCTTY);
        let file = options.read(true).open(path)?;
        if !file.metadata()?.is_file() {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        file.take(most as u64 + 1).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    };
    whole().map_err(|e| FileError::reading(path, &e))
}

/// Writes `bytes` as the whole content of `path`, replacing what stood there.
///
/// ```
/// let path = std::env::temp_dir().join(format!("sanjie-atomic-{}", std::process::id()));
/// sys::atomic_file::write(&path, b"whole")?;
/// assert_eq!(std::fs::read(&path).unwrap(), b"whole");
/// # std::fs::remove_file(&path).unwrap();
/// # Ok::<(), sys::atomic_file::FileError>(())
/// ```
///
/// # Errors
/// [`FileError::Write`] (also when the disk is full); the old file is then untouched.
pub fn write(path: impl AsRef<Path>, bytes: &[u8]) -> Result<(), FileError> {
    write_with(path, |w| w.write_all(bytes))
}

/// Like [`write()`], for content produced piece by piece through a buffered writer.
///
/// # Errors
/// [`FileError::Write`], also for an error that `fill` returns.
pub fn write_with(
    path: impl AsRef<Path>,
    fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), FileError> {
    let path = path.as_ref();
    let temporary = beside(path, "tmp");
    let result = fill_and_rename(&temporary, path, fill);
    if result.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    result.map_err(|e| FileError::writing(path, &e))
}

/// Gives the finished folder `temporary` the name `path`, replacing a folder that stands there.
///
/// Every file below `temporary` is flushed first. Between setting the old folder aside and naming the new one
/// there is an instant without either; the old one is then still beside it, and comes back if naming fails.
///
/// # Errors
/// [`FileError::Write`]; `temporary` is then still there, and so is the old folder.
pub fn replace_dir(temporary: impl AsRef<Path>, path: impl AsRef<Path>) -> Result<(), FileError> {
    let (temporary, path) = (temporary.as_ref(), path.as_ref());
    swap_dirs(temporary, path).map_err(|e| FileError::writing(path, &e))
}

/// Removes from `folder` what processes killed while they wrote left there. For whoever knows that no other process is
/// writing into it.
pub fn sweep(folder: impl AsRef<Path>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let process = name.strip_prefix('.').and_then(|name| name.rsplit_once(".tmp-")).map(|(_, process)| process);
        if process.is_some_and(|process| process.chars().all(|c| c.is_ascii_digit() || c == '-')) {
            // Nobody reads it; one that cannot be removed does no harm.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn fill_and_rename(
    temporary: &Path,
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let mut writer = BufWriter::with_capacity(1 << 18, File::create_new(temporary)?);
    fill(&mut writer)?;
    writer.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    fs::rename(temporary, path)?;
    sync_dir(parent(path))
}

fn swap_dirs(temporary: &Path, path: &Path) -> io::Result<()> {
    sync_tree(temporary)?;
    if path.exists() {
        let aside = beside(path, "old");
        fs::rename(path, &aside)?;
        if let Err(e) = fs::rename(temporary, path) {
            fs::rename(&aside, path)?;
            return Err(e);
        }
        sync_dir(parent(path))?;
        fs::remove_dir_all(&aside)
    } else {
        fs::rename(temporary, path)?;
        sync_dir(parent(path))
    }
}

fn sync_tree(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_tree(&entry.path())?;
        } else {
            File::open(entry.path())?.sync_all()?;
        }
    }
    sync_dir(folder)
}

/// A folder's entries reach the disk with its own `fsync`; Windows has no such call and needs none.
fn sync_dir(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A name in the same folder that no other write of this or another process uses.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let n = COUNTER.fetch_add(1, Ordering::Relaxed);
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{suffix}-{}-{n}", std::process::id()));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Coded;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("sanjie-atomic-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_failed_write_keeps_the_old_file_and_leaves_nothing_else() {
        let folder = folder("failed");
        let path = folder.join("state.json");
        write(&path, b"old").unwrap();
        let error = write_with(&path, |w| {
            w.write_all(&[7; 1 << 20])?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        })
        .unwrap_err();
        assert_eq!(error.code(), "file.write");
        assert_eq!(error.fields()[0], ("path", path.display().to_string()));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_full_disk_is_a_coded_error() {
        if Path::new("/dev/full").exists() {
            let mut full = BufWriter::new(fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
            let cause = full.write_all(&[0; 1 << 16]).and_then(|()| full.flush()).unwrap_err();
            assert_eq!(cause.kind(), io::ErrorKind::StorageFull);
            assert_eq!(FileError::writing(Path::new("x"), &cause).code(), "file.write");
        }
        let error = write("no-such-folder-here/x", b"").unwrap_err();
        assert_eq!(error.code(), "file.write");
    }

    #[test]
    fn a_folder_replaces_another_whole() {
        let folder = folder("replace");
        let (new, path) = (folder.join("new"), folder.join("step"));
        for (n, text) in ["first", "second"].iter().enumerate() {
            fs::create_dir_all(new.join("sub")).unwrap();
            write(new.join("sub/a"), text.as_bytes()).unwrap();
            if n == 0 {
                write(new.join("only-first"), b"").unwrap();
            }
            replace_dir(&new, &path).unwrap();
            assert_eq!(fs::read_to_string(path.join("sub/a")).unwrap(), *text);
        }
        assert!(!path.join("only-first").exists() && !new.exists());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_a_killed_process_left_is_swept_and_nothing_else() {
        let folder = folder("sweep");
        let [left, mine] = [beside(&folder.join("recipe.toml"), "tmp"), folder.join(".notes.tmp-mine")];
        for path in [&left, &mine, &folder.join("recipe.toml")] {
            fs::write(path, b"").unwrap();
        }
        sweep(&folder);
        assert_eq!([left.exists(), mine.exists(), folder.join("recipe.toml").exists()], [false, true, true]);
        fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn of_what_is_no_plain_file_nothing_is_read_or_waited_for() {
        let folder = folder("plain");
        let [file, pipe] = ["file", "pipe"].map(|name| folder.join(name));
        fs::write(&file, b"12345").unwrap();
        assert_eq!(read_plain(&file, 9).unwrap().unwrap(), b"12345");
        assert_eq!(read_plain(&file, 3).unwrap().unwrap().len(), 4);
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for none in [&pipe, &folder, Path::new("/dev/zero")] {
            assert!(read_plain(none, 9).unwrap().is_none(), "{none:?}");
        }
        assert_eq!(read_plain(folder.join("missing"), 9).unwrap_err().code(), "file.missing");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_missing_file_is_told_from_an_unreadable_one() {
        assert_eq!(read("no-such-file-here").unwrap_err().code(), "file.missing");
        assert_eq!(read(std::env::temp_dir()).unwrap_err().code(), "file.read");
    }
}

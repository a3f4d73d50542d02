//! A file as a slice of memory, without reading it first.
//!
//! The system brings a page in when it is touched and may drop it again, so a checkpoint larger than the memory opens at
//! once and costs what is used of it. The file must not be shortened while it is mapped: the system ends a process that
//! touches a page which is no longer there. Where there are no memory maps the file is read.

use crate::atomic_file::FileError;
use std::fs::File;
use std::ops::Deref;
use std::path::Path;

/// The bytes of a file, read-only.
///
/// ```
/// let path = std::env::temp_dir().join(format!("sanjie-mapped-{}", std::process::id()));
/// std::fs::write(&path, b"whole").unwrap();
/// assert_eq!(&*sys::Mapped::open(&path)?, b"whole");
/// # std::fs::remove_file(&path).unwrap();
/// # Ok::<(), sys::atomic_file::FileError>(())
/// ```
pub struct Mapped(Bytes);

impl Mapped {
    /// Maps the whole of a file.
    ///
    /// # Errors
    /// [`FileError::Missing`], [`FileError::Read`] (also for a folder).
    pub fn open(path: impl AsRef<Path>) -> Result<Mapped, FileError> {
        let path = path.as_ref();
        let reading = |e: std::io::Error| FileError::reading(path, &e);
        let file = File::open(path).map_err(reading)?;
        let facts = file.metadata().map_err(reading)?;
        if facts.is_dir() {
            return Err(reading(std::io::ErrorKind::IsADirectory.into()));
        }
        let len = usize::try_from(facts.len()).map_err(|_| reading(std::io::ErrorKind::FileTooLarge.into()))?;
        // A map of nothing is an error to the system.
        if len == 0 {
            return Ok(Mapped(Bytes::Read(Vec::new())));
        }
        Bytes::map(file, len).map(Mapped).map_err(reading)
    }

    /// Bytes that are in memory already.
    pub fn of(bytes: Vec<u8>) -> Mapped {
        Mapped(Bytes::Read(bytes))
    }
}

impl Deref for Mapped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Bytes::Read(bytes) => bytes,
            #[cfg(unix)]
            Bytes::Map { start, len } => {
                // SAFETY: the map covers `len` readable bytes and lives until `self` is dropped.
                unsafe { std::slice::from_raw_parts(start.cast(), *len) }
            }
        }
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Bytes::Map { start, len } = self.0 {
            // SAFETY: the map was made with this length and is not used any more.
            unsafe { libc::munmap(start.cast_mut().cast(), len) };
        }
    }
}

enum Bytes {
    Read(Vec<u8>),
    #[cfg(unix)]
    Map {
        start: *const u8,
        len: usize,
    },
}

// SAFETY: the bytes are only ever read.
unsafe impl Send for Bytes {}
// SAFETY: as above.
unsafe impl Sync for Bytes {}

impl Bytes {
    #[cfg(unix)]
    fn map(file: File, len: usize) -> std::io::Result<Bytes> {
        use std::os::fd::AsRawFd;
        let (protection, flags) = (libc::PROT_READ, libc::MAP_PRIVATE);
        // SAFETY: a new map at an address of the system's choice touches no memory of ours.
        let start = unsafe { libc::mmap(std::ptr::null_mut(), len, protection, flags, file.as_raw_fd(), 0) };
        if start == libc::MAP_FAILED {
            return Err(std::io::Error::last_os_error());
        }
        Ok(Bytes::Map { start: start.cast_const().cast(), len })
    }

    #[cfg(not(unix))]
    fn map(mut file: File, len: usize) -> std::io::Result<Bytes> {
        use std::io::Read;
        let mut bytes = Vec::with_capacity(len);
        file.read_to_end(&mut bytes)?;
        Ok(Bytes::Read(bytes))
    }
}

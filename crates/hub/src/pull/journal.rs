//! Which pieces of a file have arrived: a list beside the partial file that survives any interruption.
//!
//! The first line says of which file, the others name a whole piece each. A line is written after its piece, so what is
//! listed is there; and should a crash of the machine have lost it all the same, the file's checksum tells.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use sys::atomic_file::FileError;

/// The pieces of a file on their way.
pub(crate) struct Journal {
    list: PathBuf,
    handle: File,
    bytes: u64,
    piece_bytes: u64,
    is_here: Vec<bool>,
}

impl Journal {
    /// Opens the partial file `part` and the list beside it; what belongs to another file begins anew. `identity` tells
    /// files of one name apart.
    pub fn open(part: &Path, identity: &str, bytes: u64, piece_bytes: u64) -> Result<Journal, FileError> {
        let list = part.with_added_extension("pieces");
        let failed = |e: io::Error| FileError::writing(&list, &e);
        let n_pieces =
            usize::try_from(bytes.div_ceil(piece_bytes)).map_err(|_| failed(io::ErrorKind::FileTooLarge.into()))?;
        let head = format!("{bytes} {piece_bytes} {identity}");
        let mut is_here = vec![false; n_pieces];
        let known = fs::read_to_string(&list).unwrap_or_default();
        let mut lines = known.lines();
        let has_part = fs::metadata(part).is_ok_and(|it| it.len() == bytes);
        let goes_on = has_part && lines.next() == Some(head.as_str());
        if goes_on {
            for piece in lines.filter_map(|line| line.parse::<usize>().ok()).filter(|&piece| piece < n_pieces) {
                is_here[piece] = true;
            }
        }
        let mut handle = OpenOptions::new().create(true).append(true).open(&list).map_err(failed)?;
        if !goes_on {
            handle.set_len(0).map_err(failed)?;
            writeln!(handle, "{head}").map_err(failed)?;
            let file = File::create(part).and_then(|file| file.set_len(bytes));
            file.map_err(|e| FileError::writing(part, &e))?;
        } else if !known.ends_with('\n') {
            // A line that was cut off names no piece, or the wrong one of fewer digits: end it, so that the next is whole.
            writeln!(handle).map_err(failed)?;
        }
        Ok(Journal { list, handle, bytes, piece_bytes, is_here })
    }

    /// The bytes of a piece.
    pub fn range(&self, piece: usize) -> Range<u64> {
        let start = piece as u64 * self.piece_bytes;
        start..(start + self.piece_bytes).min(self.bytes)
    }

    /// Pieces that are not here.
    pub fn missing(&self) -> Vec<usize> {
        (0..self.is_here.len()).filter(|&piece| !self.is_here[piece]).collect()
    }

    /// Bytes that are here.
    pub fn have(&self) -> u64 {
        let here = (0..self.is_here.len()).filter(|&piece| self.is_here[piece]);
        here.map(|piece| self.range(piece)).map(|range| range.end - range.start).sum()
    }

    /// Notes that a piece is whole.
    pub fn arrived(&mut self, piece: usize) -> Result<(), FileError> {
        self.is_here[piece] = true;
        writeln!(self.handle, "{piece}").map_err(|e| FileError::writing(&self.list, &e))
    }

    /// Notes that all of the file is here.
    pub fn all_arrived(&mut self) -> Result<(), FileError> {
        self.missing().into_iter().try_for_each(|piece| self.arrived(piece))
    }

    /// Throws the list away, and with `part` the file too.
    pub fn forget(self, part: Option<&Path>) -> Result<(), FileError> {
        let remove = |path: &Path| fs::remove_file(path).map_err(|e| FileError::writing(path, &e));
        part.map_or(Ok(()), remove)?;
        remove(&self.list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_arrived_is_known_again() {
        let folder = std::env::temp_dir().join(format!("sanjie-journal-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let part = folder.join("a.part");
        let open = |identity: &str| Journal::open(&part, identity, 25, 10).unwrap();
        let mut journal = open("x");
        assert_eq!((journal.missing(), journal.have()), (vec![0, 1, 2], 0));
        journal.arrived(2).unwrap();
        assert_eq!((journal.range(2), journal.have()), (20..25, 5));
        drop(journal);
        // The process ended while it wrote a line.
        OpenOptions::new().append(true).open(folder.join("a.part.pieces")).unwrap().write_all(b"x").unwrap();
        let mut journal = open("x");
        assert_eq!(journal.missing(), [0, 1]);
        journal.arrived(0).unwrap();
        assert_eq!(open("x").missing(), [1]);
        assert_eq!(open("y").missing(), [0, 1, 2], "another file");
        open("y").all_arrived().unwrap();
        assert_eq!(open("y").have(), 25);
        fs::write(&part, "short").unwrap();
        assert_eq!(open("y").have(), 0, "the list without its file");
        open("y").forget(Some(&part)).unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        fs::remove_dir_all(folder).unwrap();
    }
}

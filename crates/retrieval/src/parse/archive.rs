//! Zip archives from strangers: parts are unpacked one at a time, and counted.
//!
//! The sizes an archive states are not believed; unpacking stops at [`UNPACKED_BYTES_MAX`] over all parts together, so an
//! archive that unpacks to terabytes costs no more than one that is just too large. Every offset is checked before it
//! is followed, and every part against its checksum.
//!
//! Source: PKWARE APPNOTE 6.3.10, 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (its end). Stored and deflated parts,
//! which is what office programs write. Not here: Zip64, which begins at 4 GiB, encryption, archives in several files.

use super::{ParseError, UNPACKED_BYTES_MAX};
use flate2::Crc;
use flate2::read::DeflateDecoder;
use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

/// What can be wrong with an archive or its parts, before the file's name is known.
#[derive(Debug)]
pub enum Fault {
    TooLarge,
    Encrypted,
    /// The file is not what its name says.
    Damaged,
    /// A part that should be there is not.
    NoPart(String),
    /// A part that cannot be unpacked, or is no text.
    DamagedPart(String),
    /// XML that makes no sense from this byte on, counted from 1.
    BadXml(u64),
}

impl Fault {
    /// A part that should be there is not.
    pub fn missing(part: &str) -> Fault {
        Fault::NoPart(part.to_string())
    }

    /// The error about the file `path`.
    pub fn of(self, path: &Path) -> ParseError {
        let path = path.display().to_string();
        match self {
            Fault::TooLarge => ParseError::TooLarge { path, limit: UNPACKED_BYTES_MAX },
            Fault::Encrypted => ParseError::Encrypted { path },
            Fault::Damaged => ParseError::Damaged { path },
            Fault::NoPart(part) => ParseError::NoPart { path, part },
            Fault::DamagedPart(part) => ParseError::DamagedPart { path, part },
            Fault::BadXml(byte) => ParseError::BadXml { path, byte },
        }
    }
}

/// An opened archive.
pub struct Archive<'b> {
    bytes: &'b [u8],
    entries: HashMap<String, Entry>,
    bytes_left: u64,
}

/// What the directory says of a part.
#[derive(Clone, Copy)]
struct Entry {
    is_encrypted: bool,
    method: u16,
    checksum: u32,
    packed_bytes: usize,
    header: usize,
}

/// Office files with a password are not archives but this container.
const OLE_MAGIC: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
const END_MAGIC: &[u8] = b"PK\x05\x06";
const ENTRY_MAGIC: &[u8] = b"PK\x01\x02";
const HEADER_MAGIC: &[u8] = b"PK\x03\x04";
/// The end of the directory is followed by a comment of at most 65,535 bytes.
const END_BYTES_MAX: usize = 22 + 0xffff;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

impl Archive<'_> {
    /// Opens the archive in `bytes`.
    pub fn open(bytes: &[u8]) -> Result<Archive<'_>, Fault> {
        if bytes.starts_with(OLE_MAGIC) {
            return Err(Fault::Encrypted);
        }
        let entries = directory(bytes).ok_or(Fault::Damaged)?;
        Ok(Archive { bytes, entries, bytes_left: UNPACKED_BYTES_MAX })
    }

    /// The text of the part `name`, which is UTF-8 or says what it is; `None` if there is no such part.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, Fault> {
        let Some(entry) = self.entries.get(name).copied() else { return Ok(None) };
        let bytes = self.unpack(name, entry)?;
        let text = super::encoding::decode(&bytes).ok_or_else(|| Fault::DamagedPart(name.to_string()))?;
        Ok(Some(text.into_owned()))
    }

    /// The text of a part that must be there.
    pub fn need(&mut self, name: &str) -> Result<String, Fault> {
        self.text(name)?.ok_or_else(|| Fault::missing(name))
    }

    fn unpack(&mut self, name: &str, entry: Entry) -> Result<Vec<u8>, Fault> {
        if entry.is_encrypted {
            return Err(Fault::Encrypted);
        }
        let damaged = || Fault::DamagedPart(name.to_string());
        let packed = packed(self.bytes, entry).ok_or_else(damaged)?;
        let mut bytes = vec![];
        let limit = self.bytes_left + 1;
        let unpacked = match entry.method {
            STORED => packed.take(limit).read_to_end(&mut bytes),
            DEFLATED => DeflateDecoder::new(packed).take(limit).read_to_end(&mut bytes),
            _ => return Err(damaged()),
        };
        unpacked.map_err(|_| damaged())?;
        if bytes.len() as u64 > self.bytes_left {
            return Err(Fault::TooLarge);
        }
        self.bytes_left -= bytes.len() as u64;
        let mut checksum = Crc::new();
        checksum.update(&bytes);
        if checksum.sum() == entry.checksum { Ok(bytes) } else { Err(damaged()) }
    }
}

/// All parts by name; `None` if the bytes hold no whole directory.
fn directory(bytes: &[u8]) -> Option<HashMap<String, Entry>> {
    let tail = bytes.len().saturating_sub(END_BYTES_MAX);
    let end = tail + bytes[tail..].windows(END_MAGIC.len()).rposition(|window| window == END_MAGIC)?;
    let n_entries = u16_at(bytes, end + 10)?;
    let mut at = u32_at(bytes, end + 16)? as usize;
    let mut entries = HashMap::new();
    for _ in 0..n_entries {
        if bytes.get(at..at + 4)? != ENTRY_MAGIC {
            return None;
        }
        let entry = Entry {
            is_encrypted: u16_at(bytes, at + 8)? & 1 != 0,
            method: u16_at(bytes, at + 10)?,
            checksum: u32_at(bytes, at + 16)?,
            packed_bytes: u32_at(bytes, at + 20)? as usize,
            header: u32_at(bytes, at + 42)? as usize,
        };
        let [name, extra, comment] = [28, 30, 32].map(|offset| u16_at(bytes, at + offset).map(usize::from));
        let (name, rest) = (name?, extra? + comment?);
        let name_bytes = bytes.get(at + 46..at + 46 + name)?;
        entries.insert(String::from_utf8_lossy(name_bytes).into_owned(), entry);
        at += 46 + name + rest;
    }
    Some(entries)
}

/// The packed bytes of a part, which follow its own header.
fn packed(bytes: &[u8], entry: Entry) -> Option<&[u8]> {
    if bytes.get(entry.header..entry.header.checked_add(4)?)? != HEADER_MAGIC {
        return None;
    }
    let (name, extra) = (u16_at(bytes, entry.header + 26)?, u16_at(bytes, entry.header + 28)?);
    let start = entry.header + 30 + usize::from(name) + usize::from(extra);
    bytes.get(start..start.checked_add(entry.packed_bytes)?)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

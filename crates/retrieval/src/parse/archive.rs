//! Zip archives from strangers: parts are unpacked one at a time, and counted.
//!
//! The sizes an archive states are not believed; reading stops at [`UNPACKED_BYTES_MAX`] over all parts together, so an
//! archive that unpacks to terabytes costs no more than one that is just too large.

use super::{ParseError, UNPACKED_BYTES_MAX};
use std::io::{Cursor, Read};
use std::path::Path;
use zip::ZipArchive;
use zip::result::ZipError;

/// What can be wrong with an archive or its parts, before the file's name is known.
#[derive(Debug)]
pub enum Fault {
    TooLarge,
    Encrypted,
    Damaged(String),
}

impl Fault {
    /// A part that should be there is not.
    pub fn missing(part: &str) -> Fault {
        Fault::Damaged(format!("no {part} in it"))
    }

    /// The error about the file `path`.
    pub fn of(self, path: &Path) -> ParseError {
        let path = path.display().to_string();
        match self {
            Fault::TooLarge => ParseError::TooLarge { path, limit: UNPACKED_BYTES_MAX },
            Fault::Encrypted => ParseError::Encrypted { path },
            Fault::Damaged(cause) => ParseError::Damaged { path, cause },
        }
    }
}

/// An opened archive.
pub struct Archive<'b> {
    zip: ZipArchive<Cursor<&'b [u8]>>,
    bytes_left: u64,
}

/// Office files with a password are not archives but this container.
const OLE_MAGIC: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

impl Archive<'_> {
    /// Opens the archive in `bytes`.
    pub fn open(bytes: &[u8]) -> Result<Archive<'_>, Fault> {
        if bytes.starts_with(OLE_MAGIC) {
            return Err(Fault::Encrypted);
        }
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| Fault::Damaged(error.to_string()))?;
        Ok(Archive { zip, bytes_left: UNPACKED_BYTES_MAX })
    }

    /// The text of the part `name`, which is UTF-8 or says what it is; `None` if there is no such part.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, Fault> {
        let part = match self.zip.by_name(name) {
            Ok(part) => part,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword) => {
                return Err(Fault::Encrypted);
            }
            Err(error) => return Err(Fault::Damaged(error.to_string())),
        };
        let mut bytes = vec![];
        part.take(self.bytes_left + 1).read_to_end(&mut bytes).map_err(|error| Fault::Damaged(error.to_string()))?;
        if bytes.len() as u64 > self.bytes_left {
            return Err(Fault::TooLarge);
        }
        self.bytes_left -= bytes.len() as u64;
        let text = super::encoding::decode(&bytes).ok_or_else(|| Fault::Damaged(format!("{name} is no text")))?;
        Ok(Some(text.into_owned()))
    }

    /// The text of a part that must be there.
    pub fn need(&mut self, name: &str) -> Result<String, Fault> {
        self.text(name)?.ok_or_else(|| Fault::missing(name))
    }
}

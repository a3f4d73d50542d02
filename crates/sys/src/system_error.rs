//! Why the system did not do what was asked with a file, in codes for the commonest reasons.
//!
//! The system's own words are English and end in a number; what happens to people often has a sentence of its own.

use std::io::{self, ErrorKind};

crate::coded_error! {
    /// Why the system refused.
    pub enum SystemError {
        /// The disk, or what one may use of it, is full.
        NoSpace {} = "system.no_space",
        /// This user may not.
        Denied {} = "system.denied",
        /// Nobody may write there.
        ReadOnly {} = "system.read_only",
        /// There is no such file or folder, or none to put it in.
        Missing {} = "system.missing",
        /// The path leads through a file.
        NotAFolder {} = "system.not_a_folder",
        /// A folder stands in the place of a file.
        IsAFolder {} = "system.is_a_folder",
        /// The file is larger than is read, or may be written.
        TooLarge {} = "system.too_large",
        /// Another reason, in the system's words.
        Other { cause: String } = "system.other",
    }
}

impl SystemError {
    /// The reason of `error`.
    ///
    /// ```
    /// use sys::{Coded, SystemError};
    /// let error = std::io::Error::from(std::io::ErrorKind::StorageFull);
    /// assert_eq!(SystemError::of(&error).code(), "system.no_space");
    /// ```
    pub fn of(error: &io::Error) -> SystemError {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => SystemError::NoSpace {},
            ErrorKind::PermissionDenied => SystemError::Denied {},
            ErrorKind::ReadOnlyFilesystem => SystemError::ReadOnly {},
            ErrorKind::NotFound => SystemError::Missing {},
            ErrorKind::NotADirectory => SystemError::NotAFolder {},
            ErrorKind::IsADirectory => SystemError::IsAFolder {},
            ErrorKind::FileTooLarge => SystemError::TooLarge {},
            _ => SystemError::Other { cause: error.to_string() },
        }
    }
}

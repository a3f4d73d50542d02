//! Why the system did not do what was asked with a file or an address, in codes for the commonest reasons.
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
        /// Something stands there already.
        Exists {} = "system.exists",
        /// No file may be called so: the name is too long, or holds what none may.
        BadName {} = "system.bad_name",
        /// Another program listens there.
        AddressInUse {} = "system.address_in_use",
        /// The address is none of this machine's.
        NoSuchAddress {} = "system.no_such_address",
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
            ErrorKind::AlreadyExists => SystemError::Exists {},
            ErrorKind::InvalidFilename => SystemError::BadName {},
            ErrorKind::AddrInUse => SystemError::AddressInUse {},
            ErrorKind::AddrNotAvailable => SystemError::NoSuchAddress {},
            _ => {
                let cause = error.to_string();
                // The number says nothing to most people, and the rest all there is to know to the others.
                let words = cause.split_once(" (os error ").map_or(cause.as_str(), |(words, _)| words);
                SystemError::Other { cause: words.to_string() }
            }
        }
    }
}

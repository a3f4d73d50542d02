//! The text that a command reads: a file, or standard input.

use crate::{Failure, failure};
use std::io::Read;
use std::path::Path;

sys::coded_error! {
    /// Why standard input gives no text.
    enum InputError {
        /// It broke off, or is no UTF-8.
        Unreadable { cause: String } = "cli.standard_input",
    }
}

/// All of `file`; of standard input, if there is none.
pub fn read(file: Option<&Path>) -> Result<String, Failure> {
    if let Some(file) = file {
        return train::data::read_utf8(file).map_err(failure);
    }
    let mut text = String::new();
    let read = std::io::stdin().read_to_string(&mut text);
    read.map_err(|error| failure(InputError::Unreadable { cause: error.to_string() }))?;
    Ok(text)
}

//! Facts about the machine and the thin layer to the operating system.
//!
//! Lowest crate of the workspace: coded errors, atomic files, CPU features. Knows nothing of models or text.

pub mod atomic_file;
mod coded_error;

pub use coded_error::Coded;

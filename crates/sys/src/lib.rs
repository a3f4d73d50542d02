//! Facts about the machine and the thin layer to the operating system.
//!
//! Lowest crate of the workspace: coded errors, atomic and mapped files, the data folder, memory. Knows nothing of models or text.

pub mod atomic_file;
mod coded_error;
pub mod confine;
mod data_folder;
mod mapped;
mod memory;

pub use coded_error::Coded;
pub use data_folder::data_folder;
pub use mapped::Mapped;
pub use memory::{memory_bytes, resident_bytes, resident_bytes_max};

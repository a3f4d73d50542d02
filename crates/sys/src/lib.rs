//! Facts about the machine and the thin layer to the operating system.
//!
//! Lowest crate of the workspace: coded errors, why the system refuses, atomic and mapped files, locks, the data folder, memory, the clock, the nearest name,
//! paths as a shell reads them, signals that shall not end a process, leave to use the matrix unit.
//! Knows nothing of models or text.

pub mod atomic_file;
mod clock;
mod coded_error;
pub mod confine;
mod data_folder;
mod hex;
mod mapped;
mod matrix_unit;
mod memory;
mod nearest;
mod patient_lock;
#[cfg(unix)]
mod readable;
mod shell;
mod signals;
mod system_error;

pub use clock::{unix_millis, unix_seconds, unix_time};
pub use coded_error::{Cause, Coded};
pub use data_folder::{data_folder, shared_data_folder};
pub use hex::hex;
pub use mapped::Mapped;
pub use matrix_unit::permit_matrix_unit;
pub use memory::{memory_bytes, resident_bytes, resident_bytes_max};
pub use nearest::{likeness, nearest, nearest_by};
pub use patient_lock::try_lock_patiently;
#[cfg(unix)]
pub use readable::{set_nonblocking, wait_readable};
pub use shell::shell_quoted;
pub use signals::{ignore_file_limit, keeping_nohup};
pub use system_error::SystemError;

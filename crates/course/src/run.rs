//! Running a learner's functions in a child process, one frame each way.
//!
//! A frame is a little-endian u32, a JSON header of that many bytes, then the header's arrays, little-endian and
//! row-major. The child is confined (`sys::confine`); wall clock, memory and printed bytes are bounded, and exceeding a
//! bound is a [`Fault`] like any other wrong answer. Nothing here knows what is right.

mod fault;
mod prints;
mod python;
mod rust;
mod waiting;
mod worker;

pub use fault::{Fault, TraceLine};
pub use python::Python;
pub use rust::Rust;
pub(crate) use worker::AHEAD;
pub use worker::{ARRAY_BYTES_MAX, Module, Printed, Worker};

use crate::lab::Code;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

sys::coded_error! {
    /// What keeps a lab from being graded at all.
    pub enum RunError {
        /// No `python3` on `PATH`.
        NoPython {} = "lab.no_python",
        /// It does not answer.
        PythonHangs { python: String, seconds: u64 } = "lab.python_hangs",
        /// That Python has no numpy.
        NoNumpy { python: String } = "lab.no_numpy",
        /// The same, and the system does not let pip install any.
        NoNumpyManaged { python: String } = "lab.no_numpy_managed",
        /// That Python lacks the package of a bridge step.
        NoPackage { step: String, package: String } = "lab.no_package",
        /// No `rustc` on `PATH`.
        NoRust {} = "lab.no_rust",
        /// That `rustc` has nothing to link with.
        NoLinker { linker: String } = "lab.no_linker",
        /// The child could not be started.
        Start { program: String, cause: String } = "lab.start",
        /// The cache folder could not be written.
        Cache { path: String, cause: String } = "lab.cache",
        /// Whoever waited for it has gone.
        Cancelled {} = "lab.cancelled",
    }
}

/// A learner's file.
#[derive(Clone, Debug)]
pub struct Source {
    /// As tracebacks name it.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Where it stands: its neighbours can be imported.
    pub folder: Option<PathBuf>,
    /// Its language.
    pub code: Code,
}

impl Source {
    /// Tells whether the text changed: the first half of its SHA-256, in hexadecimal.
    pub fn hash(&self) -> String {
        formats::checksum::sha256(self.text.as_bytes())[..32].into()
    }
}

/// What a child may use while it works on one step.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// The lab's limits.
    pub limits: crate::lab::Limits,
    /// Folders that it must not see.
    pub hidden: Vec<PathBuf>,
    /// Ends it early.
    pub cancel: Cancel,
}

/// Ends what was started with a clone of it, within [`LOOK`].
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

/// How often those who wait for a child look whether they still should.
const LOOK: Duration = Duration::from_millis(50);

impl Cancel {
    /// Ends it, now and for good.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was ended.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What of the environment a child keeps: where its programs and libraries are, and how it writes text.
const KEPT_VARIABLES: [&str; 8] =
    ["PATH", "HOME", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "SYSTEMROOT"];

/// Those that there are, with their values.
fn kept_environment() -> impl Iterator<Item = (&'static str, std::ffi::OsString)> {
    KEPT_VARIABLES.iter().filter_map(|name| Some((*name, std::env::var_os(name)?)))
}

/// The program called `name` that comes first on `PATH`.
fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}

//! Finding Python and starting the harness in it.

use super::waiting::{Answer, ask};
use super::{RunError, on_path};
use std::path::PathBuf;
use std::process::Command;

/// An interpreter with numpy.
#[derive(Clone, Debug)]
pub struct Python {
    program: PathBuf,
}

/// An interpreter answers within a second; a shim that waits for a network or a person may never do.
const ANSWER_SECONDS: u64 = 20;
const HARNESS: &str = include_str!("../../harness/harness.py");
/// Prints the interpreter itself (not a shim before it, which would have to start processes), whether numpy is there, and
/// whether its packages are the system's business alone (PEP 668: a mark beside the standard library, outside of virtual
/// environments).
const PROBE: &str = "
import sys, os, sysconfig, importlib.util as u
mark = os.path.join(sysconfig.get_path('stdlib'), 'EXTERNALLY-MANAGED')
print(sys.executable)
print(u.find_spec('numpy') is not None)
print(sys.prefix == sys.base_prefix and os.path.exists(mark))
";

impl Python {
    /// The first `python3` on `PATH`, which must have numpy.
    ///
    /// # Errors
    /// [`RunError::NoPython`], [`RunError::PythonHangs`], [`RunError::NoNumpy`], [`RunError::NoNumpyManaged`].
    pub fn find() -> Result<Python, RunError> {
        Python::at(on_path("python3").ok_or(RunError::NoPython {})?)
    }

    /// The interpreter that `program` starts.
    ///
    /// # Errors
    /// As [`Python::find`].
    pub fn at(program: PathBuf) -> Result<Python, RunError> {
        let mut command = Command::new(&program);
        command.args(["-c", PROBE]);
        let text = match ask(command, ANSWER_SECONDS) {
            Answer::Said(text) => text,
            Answer::Failed => return Err(RunError::NoPython {}),
            Answer::Late => {
                let python = program.display().to_string();
                return Err(RunError::PythonHangs { python, seconds: ANSWER_SECONDS });
            }
        };
        let mut lines = text.lines().map(str::trim);
        let executable = lines.next().filter(|line| !line.is_empty()).ok_or(RunError::NoPython {})?;
        let [has_numpy, is_managed] = [lines.next(), lines.next()].map(|line| line == Some("True"));
        let python = || sys::shell_quoted(executable.as_ref());
        match (has_numpy, is_managed) {
            (true, _) => Ok(Python { program: executable.into() }),
            (false, false) => Err(RunError::NoNumpy { python: python() }),
            (false, true) => Err(RunError::NoNumpyManaged { python: python() }),
        }
    }

    /// Whether it can import `package`.
    pub fn has(&self, package: &str) -> bool {
        let probe = format!("import importlib.util as u, sys; sys.exit(u.find_spec({package:?}) is None)");
        let mut command = Command::new(&self.program);
        command.args(["-c", &probe]);
        matches!(ask(command, ANSWER_SECONDS), Answer::Said(_))
    }

    /// A command that runs `program` (Python source) with these arguments, unconfined.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["-B", "-c", program]);
        command
    }

    pub(super) fn harness(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["-u", "-B", "-c", HARNESS]);
        command
    }
}

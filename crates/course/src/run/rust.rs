//! Compiling a learner's Rust file with the harness beside it: `rustc` alone, so that it builds offline.
//!
//! A compiler does what a file tells it: it reads other files, and grows without end. So it is confined as the program is
//! that it makes, but for its linker's processes and the folder that it writes to.

use super::prints::{Drained, Prints};
use super::waiting::{Answer, Waiting, ask};
use super::{Bounds, Cancel, Fault, LOOK, RunError, Source, kept_environment, on_path};
use crate::lab::{Element, Lab, Type};
use formats::checksum::{verify_sums, write_sums};
use std::fmt::Write;
use std::fs;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// A compiler, and where its results are kept.
#[derive(Clone, Debug)]
pub struct Rust {
    /// As `PATH` has it; maybe a shim that chooses one of several.
    rustc: PathBuf,
    /// The compiler itself, asked for once.
    chosen: OnceLock<PathBuf>,
    cache: PathBuf,
}

const HARNESS: &str = include_str!("../../harness/lab.rs");
/// How it is called. Checked sums: an index below 0 is told where it arises, as `cargo run` tells it.
const ARGUMENTS: [&str; 11] =
    ["--edition", "2021", "-C", "opt-level=1", "-C", "overflow-checks=on", "-A", "warnings", "-o", PROGRAM, "main.rs"];
/// Of a compiler's complaint as many lines are shown,
const COMPLAINT_LINES: usize = 30;
/// and as many characters; a macro in a macro makes lines without end.
const COMPLAINT_CHARACTERS: usize = 4000;
/// A compiler that complains of more is stopped.
const COMPLAINTS_KB: usize = 64;
/// A shim answers at once, unless it downloads what it should start.
const SHIM_SECONDS: u64 = 10;
/// A lab's file compiles in a second; a macro or constant that never ends is stopped.
const COMPILE_SECONDS: u64 = 60;
/// A lab's file takes a fifth of it.
const COMPILE_MEMORY_MB: u64 = 1024;
/// The program, in a folder of its own with what it was made of and its checksum.
const PROGRAM: &str = "lab";
/// Compiled files that are kept; the oldest go first.
const KEPT: usize = 32;

impl Rust {
    /// The first `rustc` on `PATH`; results go to `cache`.
    ///
    /// # Errors
    /// [`RunError::NoRust`].
    pub fn find(cache: PathBuf) -> Result<Rust, RunError> {
        Ok(Rust { rustc: on_path("rustc").ok_or(RunError::NoRust {})?, chosen: OnceLock::new(), cache })
    }

    /// The compiler that a shim would start. Shims look up settings, and may download, which the confined cannot.
    fn compiler(&self) -> &Path {
        self.chosen.get_or_init(|| {
            let root = self.sysroot().unwrap_or_default();
            let program = Path::new(root.trim()).join("bin/rustc");
            if program.is_absolute() && program.is_file() { program } else { self.rustc.clone() }
        })
    }

    /// What it answers to the question where it lies, if it does so in time.
    fn sysroot(&self) -> Option<String> {
        let mut command = Command::new(&self.rustc);
        command.args(["--print", "sysroot"]).env("RUSTUP_AUTO_INSTALL", "0");
        match ask(command, SHIM_SECONDS) {
            Answer::Said(text) => Some(text),
            Answer::Failed | Answer::Late => None,
        }
    }

    /// The program made of `source` and the harness; compiled unless it is in the cache.
    pub(super) fn build(
        &self,
        lab: &Lab,
        source: &Source,
        bounds: &Bounds,
    ) -> Result<Result<PathBuf, Fault>, RunError> {
        let name = module_name(&source.name);
        let main = main_file(lab, &source.text, &name);
        // The compiler works in another folder than we do.
        let hidden = bounds.hidden.iter().map(std::path::absolute).collect::<io::Result<Vec<_>>>();
        let hidden = hidden.map_err(|cause| self.not_started(&cause))?;
        // What it may see is part of what it makes: files can be compiled in.
        let seen = format!("{hidden:?}");
        let parts = [HARNESS, &main, &source.text, &seen, &ARGUMENTS.join(" ")]
            .map(|part| formats::checksum::sha256(part.as_bytes()));
        let folder = self.cache.join(&formats::checksum::sha256(parts.concat().as_bytes())[..32]);
        let program = folder.join(PROGRAM);
        if is_whole(&folder) {
            // What is in use is not old.
            let _ = fs::File::open(&folder).and_then(|folder| folder.set_modified(SystemTime::now()));
            return Ok(Ok(program));
        }
        self.forget_old();
        // A folder of its own until it is whole: two graders may compile the same file at once.
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let unfinished = self.cache.join(format!("unfinished-{}-{number}", std::process::id()));
        let cache =
            |cause: io::Error| RunError::Cache { path: unfinished.display().to_string(), cause: cause.to_string() };
        fs::create_dir_all(&unfinished).map_err(cache)?;
        let written = [("lab.rs", HARNESS), ("main.rs", &main), (&format!("{name}.rs"), &source.text)]
            .into_iter()
            .try_for_each(|(file, text)| fs::write(unfinished.join(file), text))
            .map_err(cache);
        let built = written.and_then(|()| self.compile(&unfinished, hidden, &bounds.cancel));
        let kept = match built {
            Ok(Ok(())) => keep(&unfinished, &folder).map_err(cache),
            _ => Ok(()),
        };
        // Gone if it became the program's folder.
        let _ = fs::remove_dir_all(&unfinished);
        kept.and(built).map(|built| built.map(|()| program))
    }

    fn not_started(&self, cause: &io::Error) -> RunError {
        RunError::Start { program: self.rustc.display().to_string(), cause: cause.to_string() }
    }

    fn compile(&self, folder: &Path, hidden: Vec<PathBuf>, cancel: &Cancel) -> Result<Result<(), Fault>, RunError> {
        let start = |cause: io::Error| self.not_started(&cause);
        let folder = fs::canonicalize(folder).map_err(start)?;
        let (prints, printing) = io::pipe().map_err(start)?;
        let complaints = Prints::new(prints, COMPLAINTS_KB * 1024).map_err(start)?;
        let mut command = Command::new(self.compiler());
        command.env_clear().envs(kept_environment());
        command.args(ARGUMENTS);
        command.current_dir(&folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(printing);
        let limits = sys::confine::Limits {
            memory_bytes: COMPILE_MEMORY_MB << 20,
            hidden,
            writable: Some(folder),
            processes: true,
        };
        sys::confine::confine(&mut command, &limits).map_err(start)?;
        let mut child = command.spawn().map_err(start)?;
        // With the command goes our copy of the pipe's end.
        drop(command);
        let mut waiting = Waiting::begin();
        let status = loop {
            if let Some(status) = child.try_wait().map_err(start)? {
                break Some(status);
            }
            // Also so that it need not wait until it has said everything.
            let says_too_much = complaints.emptied().1 == Drained::TooMuch;
            let is_late = waiting.look() > Duration::from_secs(COMPILE_SECONDS);
            if !says_too_much && !cancel.is_cancelled() && !is_late {
                std::thread::sleep(LOOK / 10);
                continue;
            }
            sys::confine::kill(&mut child);
            if cancel.is_cancelled() {
                return Ok(Err(Fault::Cancelled));
            }
            if says_too_much {
                break None;
            }
            return Ok(Err(Fault::Time { seconds: COMPILE_SECONDS }));
        };
        if status.is_some_and(|status| status.success()) {
            return Ok(Ok(()));
        }
        let text = String::from_utf8_lossy(&complaints.emptied().0).into_owned();
        // Mostly it complains that there is no memory; where it cannot even do that it aborts.
        match status.and_then(|status| status.signal()) {
            Some(_) if text.contains("memory allocation of") => {
                return Ok(Err(Fault::Memory { mb: COMPILE_MEMORY_MB }));
            }
            Some(signal) if text.trim().is_empty() => return Ok(Err(Fault::Exit { status: -signal })),
            _ => {}
        }
        // The first complaint alone: the others often follow from it.
        let first = text.split("\n\n").next().unwrap_or_default();
        if let Some(linker) = missing_linker(first) {
            return Err(RunError::NoLinker { linker: linker.into() });
        }
        let lines = first.lines().take(COMPLAINT_LINES).collect::<Vec<_>>().join("\n");
        Ok(Err(Fault::Compile { text: lines.chars().take(COMPLAINT_CHARACTERS).collect() }))
    }

    /// Keeps the cache small.
    fn forget_old(&self) {
        let Ok(entries) = fs::read_dir(&self.cache) else { return };
        let mut folders: Vec<_> = entries
            .flatten()
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        folders.sort();
        let surplus = folders.len().saturating_sub(KEPT);
        for (_, folder) in &folders[..surplus] {
            let _ = fs::remove_dir_all(folder);
        }
    }
}

/// The linker that a compiler looked for in vain: that is nothing in the learner's file. Rust itself brings none.
fn missing_linker(complaint: &str) -> Option<&str> {
    complaint.strip_prefix("error: linker `")?.lines().next()?.strip_suffix("` not found")
}

/// Whether a folder holds the program that was compiled into it. One that a full disk cut short, or that something else was
/// copied over, would blame the learner for what it does.
fn is_whole(folder: &Path) -> bool {
    verify_sums(folder).is_ok_and(|names| names == [PROGRAM])
}

/// Makes a finished folder that of its program. Another grader may have been faster; what is damaged gives way.
fn keep(unfinished: &Path, folder: &Path) -> io::Result<()> {
    write_sums(unfinished, &[PROGRAM]).map_err(io::Error::other)?;
    if fs::rename(unfinished, folder).is_ok() || is_whole(folder) {
        return Ok(());
    }
    fs::remove_dir_all(folder)?;
    fs::rename(unfinished, folder)
}

/// `causal_attention` of `causal-attention.rs`: a name that both a module and a file may have.
fn module_name(file: &str) -> String {
    let stem = file.strip_suffix(".rs").unwrap_or(file);
    let name: String = stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    match name.as_str() {
        "" | "main" | "lab" => "solution".into(),
        _ => name,
    }
}

/// `main.rs`: calls those of the lab's functions that the file has.
fn main_file(lab: &Lab, text: &str, name: &str) -> String {
    let (mut arms, mut entries) = (String::new(), vec![]);
    for step in lab.sheet.steps.iter().filter(|step| step.bridge.is_none() && defines(text, &step.entry)) {
        let arguments = step.inputs.iter().enumerate().map(|(i, input)| match &input.ty {
            Type::Int => format!("a.int({i})"),
            Type::Array { element: Element::F32, .. } => format!("a.floats({i})"),
            Type::Array { element: Element::I32, .. } => format!("a.ints({i})"),
        });
        let arguments = arguments.collect::<Vec<_>>().join(", ");
        let _ = writeln!(arms, "        \"{0}\" => Some(learner::{0}({arguments})),", step.entry);
        entries.push(format!("\\\"{}\\\"", step.entry));
    }
    format!(
        "mod lab;\n#[path = \"{name}.rs\"]\nmod learner;\nfn main() {{\n    lab::serve(\"{}\", \"{name}.rs\", |entry, a| match entry {{\n{arms}        _ => None,\n    }});\n}}\n",
        entries.join(", ")
    )
}

/// Whether some line begins a function of this name.
fn defines(text: &str, entry: &str) -> bool {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).any(|line| {
        line.split_once("fn ").is_some_and(|(_, rest)| {
            rest.trim_start().strip_prefix(entry).is_some_and(|rest| rest.trim_start().starts_with(['(', '<']))
        })
    })
}

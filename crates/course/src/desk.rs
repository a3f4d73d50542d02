//! The learner's desk: the file of a lab, how it is begun, found again, checked and helped with.
//!
//! The terminal and the studio sit at the same desk: both call this, so that a lab begun in one goes on in the other.
//! Nothing is shown or written to the log here; what happened is handed back.

use crate::CheckResult;
use crate::events::{Event, Happening, What};
use crate::grade::{Grader, Tools};
use crate::lab::{Code, Lab, Step};
use crate::progress;
use crate::run::{RunError, Source};
use crate::verdict::StepReport;
use std::path::{Path, PathBuf};
use sys::atomic_file::{self, FileError};

/// The learner's log of a data folder: one for terminal and studio.
pub fn log_file(home: &Path) -> PathBuf {
    home.join("learner.sqlite")
}

/// Python and Rust as they are on this machine, with what is compiled kept in a data folder.
pub fn tools(home: &Path) -> Tools {
    Tools::find(home.join("cache").join("labs"))
}

sys::coded_error! {
    /// What a lab cannot be worked on with.
    pub enum DeskError {
        /// The lab has no such step.
        UnknownStep { lab: String, step: String, steps: String } = "lab.unknown_step",
        /// The lab is not offered in this programming language.
        NoCode { lab: String } = "lab.no_code",
        /// Nothing says which file is the learner's.
        NoFile { lab: String } = "lab.no_file",
        /// The file is neither Python nor Rust by its name.
        UnknownCode { path: String } = "lab.unknown_code",
        /// It is a folder, a pipe or a device.
        NotFile { path: String } = "lab.not_file",
        /// The file is larger than anybody writes.
        TooLarge { path: String, limit_kb: usize } = "lab.too_large",
        /// The file is not text.
        NotUtf8 { path: String } = "lab.not_utf8",
        /// The place for the learner's files is a file itself.
        NotFolder { path: String } = "lab.not_folder",
        /// The solution is for those who passed, or gave up.
        NotPassed { lab: String } = "lab.not_passed",
        /// Hints are for steps that were tried.
        NoAttempt { lab: String } = "lab.no_attempt",
    }
}

sys::coded_union! {
    /// Why the learner's file was not read or begun.
    pub enum DeskFileError {
        /// It is not what a lab needs.
        Desk(DeskError),
        /// The file system did not let it.
        File(FileError),
    }
}

/// A learner's file has some kilobytes.
pub const FILE_BYTES_MAX: usize = 1 << 20;

/// A hint that is due.
#[derive(Debug)]
pub struct DueHint<'a> {
    /// The step it is about.
    pub step: &'a Step,
    /// The first tier that was not read yet, else the highest open one; 0 as long as no value was compared that the first
    /// one could point at.
    pub tier: u8,
    /// The highest tier that is open.
    pub open: u8,
    /// The check that failed last.
    pub failed: Option<CheckResult>,
}

/// `causal_attention.py` for the lab `causal-attention`: a name that Python can import.
pub fn file_name(lab: &Lab, code: Code) -> String {
    format!("{}.{}", lab.id.replace('-', "_"), code.extension())
}

/// What beginning a lab left in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// The file to write in.
    pub file: PathBuf,
    /// Whether it was not there before.
    pub is_new: bool,
    /// The rules for coding agents, if they were not there before.
    pub rules: Option<PathBuf>,
}

/// Writes the stub into `folder` unless the file is there, and `rules` for coding agents beside it unless there are some.
///
/// # Errors
/// [`DeskError::NoCode`], [`DeskError::NotFolder`], and what the file system does not let.
pub fn begin(lab: &Lab, code: Code, folder: &Path, rules: &str, language: &str) -> Result<Begun, DeskFileError> {
    let files = lab.files(code).ok_or_else(|| DeskError::NoCode { lab: lab.id.clone() })?;
    let file = folder.join(file_name(lab, code));
    let is_new = !file.exists();
    if folder.is_file() {
        return Err(DeskError::NotFolder { path: folder.display().to_string() }.into());
    }
    std::fs::create_dir_all(folder).map_err(|cause| FileError::writing(folder, &cause))?;
    if is_new {
        atomic_file::write(&file, files.stub_in(language).as_bytes())?;
    }
    let rules_file = Some(folder.join("AGENTS.md")).filter(|path| !path.exists());
    if let Some(path) = &rules_file {
        atomic_file::write(path, rules.as_bytes())?;
    }
    let whole = |path: PathBuf| std::fs::canonicalize(&path).unwrap_or(path);
    Ok(Begun { file: whole(file), is_new, rules: rules_file.map(whole) })
}

/// Files that were begun for `lab`, newest first; they may be gone.
fn begun<'a>(lab: &'a Lab, events: &'a [Event]) -> impl Iterator<Item = PathBuf> + 'a {
    events.iter().rev().filter_map(|event| match &event.what {
        What::Known(Happening::LabStarted { lab: begun, file }) if *begun == lab.id => Some(PathBuf::from(file)),
        _ => None,
    })
}

/// Whether a file holds what it began with, in any language, and nothing else.
fn is_untouched(lab: &Lab, file: &Path) -> bool {
    let Some(files) = Code::of(file).and_then(|code| lab.files(code)) else { return false };
    let text = atomic_file::read_plain(file, FILE_BYTES_MAX).ok().flatten();
    text.is_some_and(|text| ["en", "zh"].iter().any(|language| files.stub_in(language).as_bytes() == text))
}

/// The file of a language, or of any, begun last of those that hold work, else the one begun last: to begin anew elsewhere puts no work out
/// of sight.
pub fn own_file(lab: &Lab, code: Option<Code>, events: &[Event]) -> Option<PathBuf> {
    let is_one = |file: &PathBuf| code.is_none_or(|code| Code::of(file) == Some(code)) && file.is_file();
    let files: Vec<PathBuf> = begun(lab, events).filter(is_one).collect();
    files.iter().find(|file| !is_untouched(lab, file)).or(files.first()).cloned()
}

/// Files that hold work on `lab`: those that were begun and those of its names in `here`. The one that was changed or
/// begun last comes first.
pub fn files(lab: &Lab, events: &[Event], here: &Path) -> Vec<PathBuf> {
    let begun = events.iter().filter_map(|event| match &event.what {
        What::Known(Happening::LabStarted { lab: begun, file }) if *begun == lab.id => {
            Some((event.at, PathBuf::from(file)))
        }
        _ => None,
    });
    let named = [Code::Python, Code::Rust].map(|code| (i64::MIN, here.join(file_name(lab, code))));
    let mut files: Vec<(i64, PathBuf)> = Vec::new();
    for (begun_at, file) in begun.chain(named) {
        let Ok(file) = std::fs::canonicalize(file) else { continue };
        let Some(touched) = changed_at(&file).map(|changed| changed.max(begun_at)) else { continue };
        match files.iter_mut().find(|(_, known)| *known == file) {
            Some((known, _)) => *known = touched.max(*known),
            None => files.push((touched, file)),
        }
    }
    files.sort_by_key(|&(touched, _)| std::cmp::Reverse(touched));
    files.into_iter().map(|(_, file)| file).collect()
}

/// When a file was changed, in milliseconds since 1970; `None` if it is none.
fn changed_at(file: &Path) -> Option<i64> {
    let data = std::fs::metadata(file).ok().filter(std::fs::Metadata::is_file)?;
    let since = data.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok()
}

/// Reads a learner's file. The mark that some editors put before the text is none of it: compilers and interpreters skip
/// it in a file, and Python refuses it in a string.
///
/// # Errors
/// [`DeskError::UnknownCode`], [`DeskError::NotFile`], [`DeskError::TooLarge`], [`DeskError::NotUtf8`], and what the file system does not let.
pub fn read(path: &Path) -> Result<Source, DeskFileError> {
    let name = path.display().to_string();
    let code = Code::of(path).ok_or_else(|| DeskError::UnknownCode { path: name.clone() })?;
    let bytes = atomic_file::read_plain(path, FILE_BYTES_MAX)?;
    let bytes = bytes.ok_or_else(|| DeskError::NotFile { path: name.clone() })?;
    if bytes.len() > FILE_BYTES_MAX {
        return Err(DeskError::TooLarge { path: name, limit_kb: FILE_BYTES_MAX / 1024 }.into());
    }
    let text = String::from_utf8(bytes).map_err(|_| DeskError::NotUtf8 { path: name })?;
    let text = text.strip_prefix('\u{FEFF}').map(String::from).unwrap_or(text);
    let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let whole = std::fs::canonicalize(path).ok();
    let folder = whole.and_then(|path| Some(path.parent()?.to_path_buf()));
    Ok(Source { name: file_name, text, folder, code })
}

/// The step called `step`.
///
/// # Errors
/// [`DeskError::UnknownStep`] with the steps there are.
pub fn step<'a>(lab: &'a Lab, step: &str) -> Result<&'a Step, DeskError> {
    lab.step(step).ok_or_else(|| {
        let steps = lab.sheet.steps.iter().map(|step| step.id.as_str()).collect::<Vec<_>>().join(", ");
        DeskError::UnknownStep { lab: lab.id.clone(), step: step.into(), steps }
    })
}

/// Grades `source` as [`Grader::check`] does; `on_step` gets each report with the event that belongs into the log.
///
/// # Errors
/// What keeps the file from being run at all.
pub fn check(
    grader: &Grader,
    source: &Source,
    only: Option<&str>,
    seed: u64,
    events: &[Event],
    on_step: &mut dyn FnMut(StepReport, Happening),
) -> Result<bool, RunError> {
    let hash = source.hash();
    let standing = |step: &Step, checks: &[CheckResult]| {
        progress::standing(events, grader.lab, &step.id, sys::unix_millis(), &hash, checks)
    };
    grader.check(source, only, seed, &standing, &mut |report| {
        let happened = progress::attempt(events, &report.verdict, source, sys::unix_millis());
        on_step(report, happened);
    })
}

/// The hint that is due for `only` step, else for the one that failed last.
///
/// # Errors
/// [`DeskError::UnknownStep`]; [`DeskError::NoAttempt`] before the first check.
pub fn due_hint<'a>(lab: &'a Lab, only: Option<&str>, events: &[Event]) -> Result<DueHint<'a>, DeskError> {
    let chosen = match only {
        Some(id) => Some(step(lab, id)?),
        None => progress::failed_step(lab, events).or_else(|| progress::first_open_step(lab, events)),
    };
    let no_attempt = || DeskError::NoAttempt { lab: lab.id.clone() };
    let step = chosen.ok_or_else(no_attempt)?;
    let open = progress::hint_tier(events, lab, &step.id, sys::unix_millis()).ok_or_else(no_attempt)?;
    let failed: Option<CheckResult> = events.iter().rev().find_map(|event| match &event.what {
        What::Known(Happening::Attempt { lab: l, step: s, failed, .. }) if *l == lab.id && *s == step.id => {
            failed.as_deref().cloned()
        }
        _ => None,
    });
    let tier = match hint_read(lab, step, events).map_or(1, |read| read + 1).min(open) {
        1 if !failed.as_ref().is_some_and(progress::points_at_value) => {
            if open > 1 {
                2
            } else {
                0
            }
        }
        tier => tier,
    };
    Ok(DueHint { step, tier, open, failed })
}

/// The solution in this programming language, for those who passed every step or gave up.
///
/// # Errors
/// [`DeskError::NotPassed`], [`DeskError::NoCode`].
pub fn solution<'a>(lab: &'a Lab, code: Code, events: &[Event]) -> Result<&'a str, DeskError> {
    if progress::first_open_step(lab, events).is_some() && !progress::gave_up(lab, events) {
        return Err(DeskError::NotPassed { lab: lab.id.clone() });
    }
    let files = lab.files(code).ok_or_else(|| DeskError::NoCode { lab: lab.id.clone() })?;
    Ok(&files.solution)
}

/// What giving up adds to the log: nothing if every step passed, or if it is there already.
///
/// # Errors
/// [`DeskError::NoAttempt`] before the first check.
pub fn give_up(lab: &Lab, events: &[Event]) -> Result<Option<Happening>, DeskError> {
    let tried = |step: &Step| progress::hint_tier(events, lab, &step.id, sys::unix_millis()).is_some();
    let steps: Vec<String> = progress::open_steps(lab, events).map(|step| step.id.clone()).collect();
    if steps.is_empty() || progress::gave_up(lab, events) {
        return Ok(None);
    }
    if !lab.sheet.steps.iter().any(tried) {
        return Err(DeskError::NoAttempt { lab: lab.id.clone() });
    }
    Ok(Some(Happening::GaveUp { lab: lab.id.clone(), steps }))
}

/// The highest hint of `step` that was read.
pub fn hint_read(lab: &Lab, step: &Step, events: &[Event]) -> Option<u8> {
    let read = events.iter().filter_map(|event| match &event.what {
        What::Known(Happening::Hint { lab: l, step: s, tier }) if *l == lab.id && *s == step.id => Some(*tier),
        _ => None,
    });
    read.max()
}

/// 32 bits, short enough to be typed.
pub fn fresh_seed() -> u64 {
    let nanos = sys::unix_time().as_nanos() as u64;
    (nanos ^ u64::from(std::process::id()) << 16) & 0xFFFF_FFFF
}

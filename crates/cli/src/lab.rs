//! `sanjie lab`: list, start, check, hint, watch.

mod dump;
pub mod show;

use crate::path::{CurriculumArguments, open_log, said};
use crate::{Failure, Outcome, complain, print_line};
use course::events::{Event, Happening, Log, What};
use course::lab::{Code, Lab, Step};
use course::run::Source;
use course::{Curriculum, Grader, StepReport, Tools, progress};
use messages::{Lang, text};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What `sanjie lab` takes.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    List(ListArguments),
    Start(StartArguments),
    Check(CheckArguments),
    Hint(HintArguments),
    Watch(WatchArguments),
}

/// What `sanjie lab list` takes.
#[derive(clap::Args)]
struct ListArguments {
    #[command(flatten)]
    curriculum: CurriculumArguments,
}

/// What `sanjie lab start` takes.
#[derive(clap::Args)]
struct StartArguments {
    id: String,
    #[arg(long, value_enum, default_value = "python")]
    code: CodeArgument,
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    #[command(flatten)]
    curriculum: CurriculumArguments,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum CodeArgument {
    Python,
    Rust,
}

/// What `sanjie lab check` takes.
#[derive(clap::Args)]
struct CheckArguments {
    id: String,
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    #[arg(long, value_name = "STEP")]
    step: Option<String>,
    #[arg(long, value_name = "SEED")]
    seed: Option<u64>,
    #[arg(long, value_name = "FILE")]
    dump: Option<PathBuf>,
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    curriculum: CurriculumArguments,
}

/// What `sanjie lab hint` takes.
#[derive(clap::Args)]
struct HintArguments {
    id: String,
    #[arg(long, value_name = "STEP")]
    step: Option<String>,
    #[command(flatten)]
    curriculum: CurriculumArguments,
}

/// What `sanjie lab watch` takes.
#[derive(clap::Args)]
struct WatchArguments {
    id: String,
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    curriculum: CurriculumArguments,
}

sys::coded_error! {
    /// What a lab command cannot work with.
    enum LabError {
        /// The lab has no such step.
        UnknownStep { lab: String, step: String, steps: String } = "lab.unknown_step",
        /// The lab is not offered in this programming language.
        NoCode { lab: String } = "lab.no_code",
        /// Nothing says which file is the learner's.
        NoFile { lab: String } = "lab.no_file",
        /// The file is neither Python nor Rust by its name.
        UnknownCode { path: String } = "lab.unknown_code",
        /// The file is larger than anybody writes.
        TooLarge { path: String, limit_kb: usize } = "lab.too_large",
        /// The file is not text.
        NotUtf8 { path: String } = "lab.not_utf8",
        /// Hints are for steps that were tried.
        NoAttempt { lab: String } = "lab.no_attempt",
    }
}

/// A learner's file has some kilobytes.
const FILE_BYTES_MAX: usize = 1 << 20;
/// How often `watch` looks at the file.
const WATCH_INTERVAL: Duration = Duration::from_millis(200);

/// Runs it.
pub fn run(lang: Lang, arguments: Arguments) -> Result<Outcome, Failure> {
    match arguments.command {
        Command::List(arguments) => list(lang, &arguments),
        Command::Start(arguments) => start(lang, &arguments),
        Command::Check(arguments) => check(lang, &arguments),
        Command::Hint(arguments) => hint(lang, &arguments),
        Command::Watch(arguments) => watch(lang, &arguments),
    }
}

fn list(lang: Lang, arguments: &ListArguments) -> Result<Outcome, Failure> {
    let curriculum = arguments.curriculum.load()?;
    let events = open_log()?.events().map_err(failure)?;
    for lab in curriculum.labs() {
        let steps: Vec<&Step> = lab.sheet.steps.iter().filter(|step| step.bridge.is_none()).collect();
        let first_open = progress::first_open_step(lab, &events);
        let passed = first_open.map_or(steps.len(), |open| steps.iter().take_while(|step| step.id != open.id).count());
        let codes = if lab.rust.is_some() { "python, rust" } else { "python" };
        let title = said(lang, &lab.sheet.title);
        print_line(&format!("{}  {passed}/{}  {title} ({codes})", lab.id, steps.len()));
    }
    Ok(Outcome::Done)
}

fn start(lang: Lang, arguments: &StartArguments) -> Result<Outcome, Failure> {
    let curriculum = arguments.curriculum.load()?;
    let lab = curriculum.lab(&arguments.id).map_err(failure)?;
    let code = match arguments.code {
        CodeArgument::Python => Code::Python,
        CodeArgument::Rust => Code::Rust,
    };
    let files = lab.files(code).ok_or_else(|| failure(LabError::NoCode { lab: lab.id.clone() }))?;
    let file = arguments.dir.join(file_name(lab, code));
    let is_new = !file.exists();
    std::fs::create_dir_all(&arguments.dir)
        .map_err(|cause| failure(sys::atomic_file::FileError::writing(&arguments.dir, &cause)))?;
    if is_new {
        sys::atomic_file::write(&file, files.stub_in(lang.tag()).as_bytes()).map_err(failure)?;
    }
    let rules = arguments.dir.join("AGENTS.md");
    if !rules.exists() {
        sys::atomic_file::write(&rules, text(lang, "cli.lab_agents", &[]).as_bytes()).map_err(failure)?;
    }
    let file = std::fs::canonicalize(&file).unwrap_or(file).display().to_string();
    note(lang, &open_log()?, Happening::LabStarted { lab: lab.id.clone(), file: file.clone() });
    let key = if is_new { "cli.lab_started" } else { "cli.lab_already" };
    eprintln!("{}", text(lang, key, &[("lab", &lab.id)]));
    print_line(&file);
    Ok(Outcome::Done)
}

fn check(lang: Lang, arguments: &CheckArguments) -> Result<Outcome, Failure> {
    let curriculum = arguments.curriculum.load()?;
    let lab = curriculum.lab(&arguments.id).map_err(failure)?;
    if let Some(step) = &arguments.step {
        known_step(lab, step)?;
    }
    let log = open_log();
    if let Err(error) = &log {
        // Grading does not need the log: the learner gets the verdict, and hears that it is not kept.
        complain(lang, &messages::render(lang, error.as_ref()));
    }
    let session = Session {
        only: arguments.step.as_deref(),
        dump: arguments.dump.as_deref(),
        json: arguments.json,
        ..Session::new(lang, &curriculum, lab, log.ok(), &arguments.curriculum)
    };
    let source = read_source(&session.find_file(arguments.file.as_deref())?)?;
    match session.check(&source, arguments.seed.unwrap_or_else(fresh_seed))? {
        true => Ok(Outcome::Done),
        false => Ok(Outcome::Failed),
    }
}

fn hint(lang: Lang, arguments: &HintArguments) -> Result<Outcome, Failure> {
    let curriculum = arguments.curriculum.load()?;
    let lab = curriculum.lab(&arguments.id).map_err(failure)?;
    let log = open_log()?;
    let events = log.events().map_err(failure)?;
    let step = match &arguments.step {
        Some(step) => Some(known_step(lab, step)?),
        None => progress::failed_step(lab, &events).or_else(|| progress::first_open_step(lab, &events)),
    };
    let no_attempt = || failure(LabError::NoAttempt { lab: lab.id.clone() });
    let step = step.ok_or_else(no_attempt)?;
    let open = progress::hint_tier(&events, lab, &step.id, now()).ok_or_else(no_attempt)?;
    let read = events.iter().filter_map(|event| match &event.what {
        What::Known(Happening::Hint { lab: l, step: s, tier }) if *l == lab.id && *s == step.id => Some(*tier),
        _ => None,
    });
    let tier = read.max().map_or(1, |read| read + 1).min(open);
    let failed = events.iter().rev().find_map(|event| match &event.what {
        What::Known(Happening::Attempt { lab: l, step: s, failed, .. }) if *l == lab.id && *s == step.id => {
            failed.as_deref()
        }
        _ => None,
    });
    let (step_title, tier_text) = (said(lang, &step.title), tier.to_string());
    eprintln!("{}", text(lang, "cli.hint_head", &[("step", step_title), ("tier", &tier_text)]));
    print_line(&progress::hint_text(step, tier, failed, lang.tag()));
    if tier == open && open < progress::TIER_MAX {
        eprintln!("{}", text(lang, "cli.hint_later", &[]));
    }
    note(lang, &log, Happening::Hint { lab: lab.id.clone(), step: step.id.clone(), tier });
    Ok(Outcome::Done)
}

fn watch(lang: Lang, arguments: &WatchArguments) -> Result<Outcome, Failure> {
    let curriculum = arguments.curriculum.load()?;
    let lab = curriculum.lab(&arguments.id).map_err(failure)?;
    let session = Session::new(lang, &curriculum, lab, open_log().ok(), &arguments.curriculum);
    let file = session.find_file(arguments.file.as_deref())?;
    eprintln!("{}", text(lang, "cli.lab_watching", &[("file", &file.display().to_string())]));
    let mut seen = None;
    loop {
        let changed = std::fs::metadata(&file).and_then(|data| data.modified()).ok();
        if changed.is_some() && changed != seen {
            seen = changed;
            // An editor may have the file half written: what cannot be read now is read at the next change.
            match read_source(&file) {
                Ok(source) => drop(session.check(&source, fresh_seed())?),
                Err(error) => complain(lang, &messages::render(lang, error.as_ref())),
            }
        }
        std::thread::sleep(WATCH_INTERVAL);
    }
}

/// One lab being graded for one person.
struct Session<'a> {
    lang: Lang,
    curriculum: &'a Curriculum,
    lab: &'a Lab,
    log: Option<Log>,
    tools: Tools,
    /// Folders that learners' code must not see: a curriculum's holds solutions.
    hidden: Vec<PathBuf>,
    /// This step alone.
    only: Option<&'a str>,
    /// Where a failing case is written.
    dump: Option<&'a Path>,
    /// Verdicts as JSON lines.
    json: bool,
}

impl<'a> Session<'a> {
    /// All steps, shown to a person.
    fn new(
        lang: Lang,
        curriculum: &'a Curriculum,
        lab: &'a Lab,
        log: Option<Log>,
        from: &CurriculumArguments,
    ) -> Session<'a> {
        let hidden = from.folder().cloned().into_iter().collect();
        Session { lang, curriculum, lab, log, tools: tools(), hidden, only: None, dump: None, json: false }
    }

    /// Grades and shows; whether every step passed.
    fn check(&self, source: &Source, seed: u64) -> Result<bool, Failure> {
        let events = self.events();
        let hash = source.hash();
        let hidden = self.hidden.clone();
        let grader = Grader { lab: self.lab, answers: answers::find, tools: &self.tools, hidden };
        let standing =
            |step: &Step, passed: bool| progress::standing(&events, self.lab, &step.id, now(), &hash, passed);
        let mut dumped = Ok(());
        let all_passed = grader.check(source, self.only, seed, &standing, &mut |report| {
            self.show(&report);
            if let (Some(path), Some(case)) = (self.dump, &report.case) {
                dumped = dump::write(path, source, &report, case);
            }
            if let Some(log) = &self.log {
                note(self.lang, log, progress::attempt(&events, &report.verdict, &hash, now()));
            }
        });
        let all_passed = all_passed.map_err(failure)?;
        dumped.map_err(failure)?;
        if all_passed && !self.json {
            print_line(&text(self.lang, "cli.lab_passed", &[("lab", said(self.lang, &self.lab.sheet.title))]));
        }
        if all_passed && self.only.is_none() {
            for error in grader.ungraded(source) {
                eprintln!("{}", messages::render(self.lang, &error));
            }
        }
        Ok(all_passed)
    }

    fn show(&self, report: &StepReport) {
        if self.json {
            print_line(&serde_json::to_string(&report.verdict).expect("a verdict is JSON"));
        } else {
            print_line(&show::report(self.lang, self.curriculum, self.lab, report));
        }
        if !report.printed.is_empty() && self.json {
            eprintln!("{}", report.printed.trim_end());
        }
    }

    /// The file named, else that of `lab start`, else one of its name here.
    fn find_file(&self, named: Option<&Path>) -> Result<PathBuf, Failure> {
        if let Some(path) = named {
            return Ok(path.into());
        }
        let started = self.events().into_iter().rev().filter_map(|event| match event.what {
            What::Known(Happening::LabStarted { lab, file }) if lab == self.lab.id => Some(PathBuf::from(file)),
            _ => None,
        });
        let here = [Code::Python, Code::Rust].map(|code| PathBuf::from(file_name(self.lab, code)));
        let found = here.into_iter().chain(started).find(|path| path.is_file());
        found.ok_or_else(|| failure(LabError::NoFile { lab: self.lab.id.clone() }))
    }

    fn events(&self) -> Vec<Event> {
        self.log.as_ref().and_then(|log| log.events().ok()).unwrap_or_default()
    }
}

fn known_step<'a>(lab: &'a Lab, step: &str) -> Result<&'a Step, Failure> {
    lab.step(step).ok_or_else(|| {
        let steps = lab.sheet.steps.iter().map(|step| step.id.as_str()).collect::<Vec<_>>().join(", ");
        failure(LabError::UnknownStep { lab: lab.id.clone(), step: step.into(), steps })
    })
}

/// A learner's file, read and looked at from outside.
pub fn read_source(path: &Path) -> Result<Source, Failure> {
    let name = path.display().to_string();
    let code = Code::of(path).ok_or_else(|| failure(LabError::UnknownCode { path: name.clone() }))?;
    let bytes = sys::atomic_file::read(path).map_err(failure)?;
    if bytes.len() > FILE_BYTES_MAX {
        return Err(failure(LabError::TooLarge { path: name, limit_kb: FILE_BYTES_MAX / 1024 }));
    }
    let text = String::from_utf8(bytes).map_err(|_| failure(LabError::NotUtf8 { path: name }))?;
    let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let whole = std::fs::canonicalize(path).ok();
    let folder = whole.and_then(|path| Some(path.parent()?.to_path_buf()));
    Ok(Source { name: file_name, text, folder, code })
}

/// `causal_attention.py` for the lab `causal-attention`: a name that Python can import.
fn file_name(lab: &Lab, code: Code) -> String {
    format!("{}.{}", lab.id.replace('-', "_"), code.extension())
}

/// Python and Rust as they are on this machine.
pub fn tools() -> Tools {
    Tools::find(sys::data_folder().join("cache").join("labs"))
}

/// Adds to the log; a log that cannot be written costs the entry and not the work.
fn note(lang: Lang, log: &Log, happening: Happening) {
    if let Err(error) = log.add(happening) {
        complain(lang, &messages::render(lang, &error));
    }
}

/// 32 bits, short enough to be typed.
pub fn fresh_seed() -> u64 {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64);
    (nanos ^ u64::from(std::process::id()) << 16) & 0xFFFF_FFFF
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

/// An error on its way to the person.
pub fn failure(error: impl sys::Coded + 'static) -> Failure {
    Box::new(error)
}

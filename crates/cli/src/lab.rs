//! `sanjie lab`: list, start, check, hint, watch, solution.

mod dump;
pub mod show;

use crate::path::{CurriculumArguments, events, open_log, said};
use crate::visible::visible;
use crate::{Failure, Outcome, complain, failure, print_line, say};
use course::desk::{self, DeskError};
use course::events::{Event, Happening, Log};
use course::lab::{Code, Lab, Step};
use course::run::Source;
use course::{Curriculum, Grader, StepReport, Tools, progress};
use messages::{Lang, text};
use std::path::{Path, PathBuf};
use std::time::Duration;

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
    Solution(SolutionArguments),
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

impl CodeArgument {
    fn code(self) -> Code {
        match self {
            CodeArgument::Python => Code::Python,
            CodeArgument::Rust => Code::Rust,
        }
    }
}

/// What `sanjie lab check` takes.
#[derive(clap::Args)]
struct CheckArguments {
    id: String,
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    #[arg(long, value_name = "STEP")]
    step: Option<String>,
    #[arg(long, value_name = "SEED", allow_negative_numbers = true)]
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

/// What `sanjie lab solution` takes.
#[derive(clap::Args)]
struct SolutionArguments {
    id: String,
    #[arg(long, value_enum, default_value = "python")]
    code: CodeArgument,
    #[arg(long)]
    give_up: bool,
    #[command(flatten)]
    curriculum: CurriculumArguments,
}

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
        Command::Solution(arguments) => solution(lang, &arguments),
    }
}

fn list(lang: Lang, arguments: &ListArguments) -> Result<Outcome, Failure> {
    let curriculum = arguments.curriculum.load()?;
    let events = events(lang);
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
    let code = arguments.code.code();
    let rules = text(lang, "cli.lab_agents", &[]);
    let begun = desk::begin(lab, code, &arguments.dir, &rules, lang.tag()).map_err(failure)?;
    let file = begun.file.display().to_string();
    note(lang, &open_log()?, Happening::LabStarted { lab: lab.id.clone(), file: file.clone() });
    let key = if begun.is_new { "cli.lab_started" } else { "cli.lab_already" };
    say(text(lang, key, &[("lab", &lab.id)]));
    if let Some(rules) = &begun.rules {
        say(text(lang, "cli.lab_rules", &[("file", &rules.display().to_string())]));
    }
    print_line(&file);
    Ok(Outcome::Done)
}

fn check(lang: Lang, arguments: &CheckArguments) -> Result<Outcome, Failure> {
    let curriculum = arguments.curriculum.load()?;
    let lab = curriculum.lab(&arguments.id).map_err(failure)?;
    if let Some(step) = &arguments.step {
        desk::step(lab, step).map_err(failure)?;
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
    let source = desk::read(&session.find_file(arguments.file.as_deref())?).map_err(failure)?;
    match session.check(&source, arguments.seed.unwrap_or_else(desk::fresh_seed))? {
        true => Ok(Outcome::Done),
        false => Ok(Outcome::Failed),
    }
}

fn hint(lang: Lang, arguments: &HintArguments) -> Result<Outcome, Failure> {
    let curriculum = arguments.curriculum.load()?;
    let lab = curriculum.lab(&arguments.id).map_err(failure)?;
    let log = open_log()?;
    let events = log.events().map_err(failure)?;
    let due = desk::due_hint(lab, arguments.step.as_deref(), &events).map_err(failure)?;
    let (step, tier) = (due.step, due.tier);
    let file = desk::files(lab, &events, Path::new(".")).into_iter().next();
    let code = file.and_then(|file| Code::of(&file)).unwrap_or(Code::Python);
    let (key, fields) = progress::hint(step, tier, due.failed.as_ref(), code, lang.tag());
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    if tier == 0 {
        print_line(&text(lang, key, &fields));
        return Ok(Outcome::Done);
    }
    let (step_title, tier_text) = (said(lang, &step.title), tier.to_string());
    say(text(lang, "cli.hint_head", &[("step", step_title), ("tier", &tier_text)]));
    print_line(&text(lang, key, &fields));
    if tier == due.open && due.open < progress::TIER_MAX {
        say(text(lang, "cli.hint_later", &[]));
    }
    note(lang, &log, Happening::Hint { lab: lab.id.clone(), step: step.id.clone(), tier });
    Ok(Outcome::Done)
}

fn watch(lang: Lang, arguments: &WatchArguments) -> Result<Outcome, Failure> {
    let curriculum = arguments.curriculum.load()?;
    let lab = curriculum.lab(&arguments.id).map_err(failure)?;
    let session = Session::new(lang, &curriculum, lab, open_log().ok(), &arguments.curriculum);
    let file = session.find_file(arguments.file.as_deref())?;
    say(text(lang, "cli.lab_watching", &[("file", &file.display().to_string())]));
    let mut seen = None;
    loop {
        let changed = std::fs::metadata(&file).and_then(|data| data.modified()).ok();
        if changed.is_some() && changed != seen {
            seen = changed;
            // An editor may have the file half written: what cannot be read now is read at the next change.
            match desk::read(&file) {
                Ok(source) => drop(session.check(&source, desk::fresh_seed())?),
                Err(error) => complain(lang, &messages::render(lang, &error)),
            }
        }
        std::thread::sleep(WATCH_INTERVAL);
    }
}

fn solution(lang: Lang, arguments: &SolutionArguments) -> Result<Outcome, Failure> {
    let curriculum = arguments.curriculum.load()?;
    let lab = curriculum.lab(&arguments.id).map_err(failure)?;
    let log = open_log()?;
    if arguments.give_up
        && let Some(happened) = desk::give_up(lab, &log.events().map_err(failure)?).map_err(failure)?
    {
        log.add(happened).map_err(failure)?;
        say(text(lang, "cli.lab_gave_up", &[]));
    }
    let events = log.events().map_err(failure)?;
    print_line(desk::solution(lab, arguments.code.code(), &events).map_err(failure)?.trim_end());
    Ok(Outcome::Done)
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
        let hidden = self.hidden.clone();
        let grader = Grader { hidden, ..Grader::new(self.lab, answers::find, &self.tools) };
        let mut dumped = Ok(());
        let all_passed = desk::check(&grader, source, self.only, seed, &events, &mut |report, happened| {
            self.show(&report);
            if let (Some(path), Some(case)) = (self.dump, &report.case) {
                dumped = dump::write(path, source, &report, case);
            }
            if let Some(log) = &self.log {
                note(self.lang, log, happened);
            }
        });
        let all_passed = all_passed.map_err(failure)?;
        dumped.map_err(failure)?;
        if all_passed && !self.json {
            print_line(&text(self.lang, "cli.lab_passed", &[("lab", said(self.lang, &self.lab.sheet.title))]));
        }
        if all_passed && self.only.is_none() {
            for error in grader.ungraded(source) {
                say(messages::render(self.lang, &error));
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
            say(visible(report.printed.trim_end()));
        }
    }

    /// The file named, else the one that was worked on last; of several it says which.
    fn find_file(&self, named: Option<&Path>) -> Result<PathBuf, Failure> {
        if let Some(path) = named {
            return Ok(path.into());
        }
        let mut files = desk::files(self.lab, &self.events(), Path::new(".")).into_iter();
        let found = files.next().ok_or_else(|| failure(DeskError::NoFile { lab: self.lab.id.clone() }))?;
        if files.next().is_some() {
            say(text(self.lang, "cli.lab_which", &[("file", &found.display().to_string())]));
        }
        Ok(found)
    }

    fn events(&self) -> Vec<Event> {
        self.log.as_ref().and_then(|log| log.events().ok()).unwrap_or_default()
    }
}

/// Python and Rust as they are on this machine.
pub fn tools() -> Tools {
    desk::tools(&sys::data_folder())
}

/// Adds to the log; a log that cannot be written costs the entry and not the work.
fn note(lang: Lang, log: &Log, happening: Happening) {
    if let Err(error) = log.add(happening) {
        complain(lang, &messages::render(lang, &error));
    }
}

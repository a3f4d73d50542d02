//! A lab: its steps, the learner's file, checks, hints, the solution.
//!
//! The file is the one the learner began, in the terminal or here, and it is theirs: another editor may change it at
//! any time. So whoever saves says which version they changed, and a check runs what is on the disk. A check takes
//! seconds and streams its reports, one a step; it runs in the sandbox as in the terminal.

use super::topic::{TrapLine, trap_line};
use super::{Answer, Learning, Name, blocking, refused, said};
use crate::App;
use crate::failure::{Asked, Body, Failure, Problem, StudioError, Values};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event as Sent, KeepAlive};
use axum::response::{IntoResponse, Response, Sse};
use course::curriculum::Topic;
use course::desk::{self, DeskError, FILE_BYTES_MAX};
use course::events::{Event, Happening};
use course::lab::{Code, Lab, Step, Type};
use course::run::{Fault, Source};
use course::{Array, FailingCase, Grader, StepReport, Value, Values as Numbers, progress};
use messages::Lang;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc::{Sender, channel};
use tokio_stream::wrappers::ReceiverStream;

/// A lab as its page shows it.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct LabPage {
    /// Stable name.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Its topic.
    pub topic: String,
    /// What the topic is called.
    pub topic_title: String,
    /// Programming languages it is offered in.
    pub codes: Vec<CodeName>,
    /// The one asked for, else that of the file begun last, else Python.
    pub code: CodeName,
    /// In order.
    pub steps: Vec<LabStep>,
    /// The learner's file; null before it is begun.
    pub file: Option<LabFile>,
    /// Why files of this language cannot be run here.
    pub missing: Option<Problem>,
}

/// The programming language of a learner's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename_all = "snake_case")]
pub enum CodeName {
    /// Python with numpy.
    Python,
    /// Rust, without dependencies.
    Rust,
}

/// A step of a lab.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct LabStep {
    /// Stable name.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// What to write; Markdown.
    pub task: String,
    /// Planned minutes.
    pub minutes: f64,
    /// `attend(q: f32[n,hd], k: f32[m,hd]) -> f32[n,hd]`.
    pub signature: String,
    /// Whether it was ever passed.
    pub passed: bool,
    /// The package it needs; then it is graded only where that is there.
    pub bridge: Option<String>,
    /// Null before the first check, and for a step without hints.
    pub hints: Option<HintState>,
}

/// How far a step's hints are.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct HintState {
    /// The highest tier that is open, 0 to 4.
    pub open: u8,
    /// The highest that was read; 0 if none was.
    pub read: u8,
    /// How many there are.
    pub total: u8,
}

/// The learner's file.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct LabFile {
    /// Where it stands.
    pub path: String,
    /// What stands in it.
    pub text: String,
    /// Changes with the text.
    pub version: String,
}

/// A wish to begin.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct StartLab {
    /// In which language.
    pub code: CodeName,
}

/// What was typed.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct SaveFile {
    /// Whose file.
    pub code: CodeName,
    /// What stands in it from now on.
    pub text: String,
    /// The version that was changed.
    pub version: String,
}

/// A wish to be judged.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct CheckFile {
    /// Whose file.
    pub code: CodeName,
    /// This step alone; null checks all up to the first failure.
    pub step: Option<String>,
}

/// A step's verdict, event `report`.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Report {
    /// The step.
    pub step: String,
    /// What it is called.
    pub title: String,
    /// Counted from 1, over all attempts in the log.
    pub attempt: u64,
    /// Whether every check held.
    pub passed: bool,
    /// Draws the same cases again.
    pub seed: u64,
    /// What was judged, in order.
    pub checks: Vec<CheckShown>,
    /// What failed before values could be compared.
    pub fault: Option<FaultShown>,
    /// The property that does not hold.
    pub says: Option<String>,
    /// The smallest case that shows it.
    pub case: Option<CaseShown>,
    /// The trap whose wrong solution gives exactly these outputs.
    pub trap: Option<TrapLine>,
    /// `namespaces` or `none`.
    pub sandbox: String,
    /// How long it took.
    pub ms: u64,
    /// The last lines that the learner's code printed.
    pub printed: String,
}

/// One line of a verdict.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct CheckShown {
    /// The check.
    pub name: String,
    /// The property; null for checks that every step has.
    pub says: Option<String>,
    /// Whether it held.
    pub passed: bool,
}

/// Why a call gave no array of the right type.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct FaultShown {
    /// The sentence.
    pub message: String,
    /// Whether the sentence is the learner's program's own: an exception or a compiler's complaint.
    pub is_quoted: bool,
    /// The learner's own lines, outermost first.
    pub trace: Vec<TracePlace>,
    /// The line to look at, counted from 1.
    pub line: Option<usize>,
}

/// A line on the way to an exception.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct TracePlace {
    /// Counted from 1.
    pub line: usize,
    /// The function it stands in.
    pub function: String,
    /// The line itself.
    pub text: String,
}

/// A call that shows the failure.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct CaseShown {
    /// The function.
    pub entry: String,
    /// Arguments.
    pub inputs: Vec<NamedValue>,
    /// For a property: the arguments of the second call that differ.
    pub varied: Vec<NamedValue>,
    /// What is right; for a property, what the first call gave.
    pub expected: Option<ArrayShown>,
    /// What the learner's function gave; for a property, by the second call.
    pub found: Option<ArrayShown>,
    /// Index of the first differing number.
    pub index: Option<Vec<usize>>,
}

/// An argument by name.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct NamedValue {
    /// Its name.
    pub name: String,
    /// A plain integer has no dimensions and one value.
    pub value: ArrayShown,
}

/// An array.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct ArrayShown {
    /// Its dimensions.
    pub shape: Vec<usize>,
    /// Row-major, as decimals or `NaN`, `inf`, `-inf`, which JSON's numbers lack.
    pub values: Vec<String>,
}

/// The end of a check, event `done`.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Checked {
    /// Whether every step that was judged passed.
    pub passed: bool,
    /// Why the verdicts are not in the log, if they are not.
    pub unkept: Option<Problem>,
}

/// A wish for help.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct WantHint {
    /// With which step.
    pub step: String,
    /// One that was read already; null asks for the next.
    pub tier: Option<u8>,
}

/// A hint.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct HintShown {
    /// 1 to 4.
    pub tier: u8,
    /// The highest that is open.
    pub open: u8,
    /// Markdown.
    pub text: String,
}

/// What passes.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Solution {
    /// A whole file with comments.
    pub text: String,
}

/// Which of the learner's files.
#[derive(Deserialize)]
pub(super) struct Which {
    code: Option<CodeName>,
}

/// Characters of what was printed that a page is sent: the end, where the newest lines are.
const PRINTED_MAX: usize = 4000;
/// Reports that wait for the page; a lab has fewer steps.
const QUEUE: usize = 16;

impl CodeName {
    fn code(self) -> Code {
        match self {
            CodeName::Python => Code::Python,
            CodeName::Rust => Code::Rust,
        }
    }

    fn of(code: Code) -> CodeName {
        match code {
            Code::Python => CodeName::Python,
            Code::Rust => CodeName::Rust,
        }
    }
}

/// `GET /api/labs/ID`
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Name(id): Name,
    Values(Which { code }): Values<Which>,
    asked: Asked,
) -> Answer<Json<LabPage>> {
    blocking(app, asked, move |learning, lang| {
        let (lab, events) = (learning.lab(&id)?, learning.events()?);
        let topic = learning.topic(&lab.topic)?;
        let begun = desk::begun(lab, &events).find(|file| file.is_file()).and_then(|file| Code::of(&file));
        let code = code.map(CodeName::code).or(begun).filter(|&code| lab.files(code).is_some());
        let code = code.unwrap_or(Code::Python);
        let file = own_file(lab, code, &events).map(|path| read(&path)).transpose()?;
        let tools = learning.tools();
        let missing = match code {
            Code::Python => tools.python.as_ref().err(),
            Code::Rust => tools.rust.as_ref().err(),
        };
        Ok(Json(LabPage {
            title: said(lang, &lab.sheet.title),
            topic: lab.topic.clone(),
            topic_title: said(lang, &topic.graph.title),
            codes: [Code::Python, Code::Rust]
                .into_iter()
                .filter(|&code| lab.files(code).is_some())
                .map(CodeName::of)
                .collect(),
            code: CodeName::of(code),
            steps: lab.sheet.steps.iter().map(|step| step_line(lab, step, &events, lang)).collect(),
            file,
            missing: missing.map(|error| Problem::of(lang, error)),
            id,
        }))
    })
    .await
}

/// `POST /api/labs/ID/start`: the file that was begun already, else a new one in the data folder.
pub(super) async fn start(
    State(app): State<Arc<App>>,
    Name(id): Name,
    asked: Asked,
    Body(StartLab { code }): Body<StartLab>,
) -> Answer<(StatusCode, Json<LabFile>)> {
    blocking(app, asked, move |learning, lang| {
        let (lab, events) = (learning.lab(&id)?, learning.events()?);
        if let Some(path) = own_file(lab, code.code(), &events) {
            return Ok((StatusCode::OK, Json(read(&path)?)));
        }
        let folder = learning.home.join("labs").join(&lab.id);
        let rules = messages::text(lang, "cli.lab_agents", &[]);
        let (path, _) = desk::begin(lab, code.code(), &folder, &rules, lang.tag()).map_err(refused)?;
        learning.note(Happening::LabStarted { lab: lab.id.clone(), file: path.display().to_string() })?;
        Ok((StatusCode::CREATED, Json(read(&path)?)))
    })
    .await
}

/// `GET /api/labs/ID/file`
pub(super) async fn file(
    State(app): State<Arc<App>>,
    Name(id): Name,
    Values(Which { code }): Values<Which>,
    asked: Asked,
) -> Answer<Json<LabFile>> {
    blocking(app, asked, move |learning, _| {
        let code = code.unwrap_or(CodeName::Python).code();
        Ok(Json(read(&known_file(learning.lab(&id)?, code, &learning.events()?)?)?))
    })
    .await
}

/// `PUT /api/labs/ID/file`: refused when the file changed since the version that was changed.
pub(super) async fn save(
    State(app): State<Arc<App>>,
    Name(id): Name,
    asked: Asked,
    Body(wanted): Body<SaveFile>,
) -> Answer<Json<LabFile>> {
    blocking(app, asked, move |learning, _| {
        let path = known_file(learning.lab(&id)?, wanted.code.code(), &learning.events()?)?;
        let name = path.display().to_string();
        if wanted.text.len() > FILE_BYTES_MAX {
            return Err(refused(DeskError::TooLarge { path: name, limit_kb: FILE_BYTES_MAX / 1024 }));
        }
        if read(&path)?.version != wanted.version {
            return Err(StudioError::FileChanged { path: name }.into());
        }
        sys::atomic_file::write(&path, wanted.text.as_bytes()).map_err(refused)?;
        Ok(Json(read(&path)?))
    })
    .await
}

/// `POST /api/labs/ID/check`: events `report`, then `done` or `failed`.
pub(super) async fn check(
    State(app): State<Arc<App>>,
    Name(id): Name,
    Asked(lang): Asked,
    Body(wanted): Body<CheckFile>,
) -> Answer<Response> {
    let asked = wanted.clone();
    let (lab, source, events) = blocking(app.clone(), Asked(lang), move |learning, _| {
        let (lab, events) = (learning.lab(&id)?, learning.events()?);
        if let Some(step) = &asked.step {
            desk::step(lab, step).map_err(refused)?;
        }
        let source = desk::read(&known_file(lab, asked.code.code(), &events)?).map_err(refused)?;
        Ok((id, source, events))
    })
    .await?;
    let (sender, receiver) = channel(QUEUE);
    tokio::spawn(async move {
        // Held while the learner's file runs, so that many tabs do not share two cores.
        let Ok(_permit) = app.learning.checks.acquire().await else { return };
        let judging = app.clone();
        let judged = tokio::task::spawn_blocking(move || {
            judge(&judging.learning, &lab, &source, wanted.step.as_deref(), &events, lang, &sender)
        });
        if let Err(panic) = judged.await {
            std::panic::resume_unwind(panic.into_panic());
        }
    });
    Ok(Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::default()).into_response())
}

/// `POST /api/labs/ID/hint`: the next hint, which the log notes, or one that was read already.
pub(super) async fn hint(
    State(app): State<Arc<App>>,
    Name(id): Name,
    asked: Asked,
    Body(wanted): Body<WantHint>,
) -> Answer<Json<HintShown>> {
    blocking(app, asked, move |learning, lang| {
        let (lab, events) = (learning.lab(&id)?, learning.events()?);
        let due = desk::due_hint(lab, Some(&wanted.step), &events).map_err(refused)?;
        let read = desk::hint_read(lab, due.step, &events).unwrap_or(0);
        let tier = wanted.tier.map_or(due.tier, |tier| tier.min(read.max(due.tier)));
        if tier > read {
            learning.note(Happening::Hint { lab: lab.id.clone(), step: due.step.id.clone(), tier })?;
        }
        let text = progress::hint_text(due.step, tier, due.failed.as_ref(), lang.tag());
        Ok(Json(HintShown { tier, open: due.open, text }))
    })
    .await
}

/// `GET /api/labs/ID/solution`: once every step was passed.
pub(super) async fn solution(
    State(app): State<Arc<App>>,
    Name(id): Name,
    Values(Which { code }): Values<Which>,
    asked: Asked,
) -> Answer<Json<Solution>> {
    blocking(app, asked, move |learning, _| {
        let (lab, code) = (learning.lab(&id)?, code.unwrap_or(CodeName::Python).code());
        if progress::first_open_step(lab, &learning.events()?).is_some() {
            return Err(StudioError::NotPassed { lab: id.clone() }.into());
        }
        let files = lab.files(code).ok_or_else(|| refused(DeskError::NoCode { lab: id.clone() }))?;
        Ok(Json(Solution { text: files.solution.clone() }))
    })
    .await
}

fn own_file(lab: &Lab, code: Code, events: &[Event]) -> Option<PathBuf> {
    desk::begun(lab, events).find(|file| Code::of(file) == Some(code) && file.is_file())
}

fn known_file(lab: &Lab, code: Code, events: &[Event]) -> Answer<PathBuf> {
    own_file(lab, code, events).ok_or_else(|| refused(DeskError::NoFile { lab: lab.id.clone() }))
}

fn read(path: &Path) -> Answer<LabFile> {
    let source = desk::read(path).map_err(refused)?;
    Ok(LabFile { path: path.display().to_string(), version: source.hash(), text: source.text })
}

fn step_line(lab: &Lab, step: &Step, events: &[Event], lang: Lang) -> LabStep {
    let open = progress::hint_tier(events, lab, &step.id, desk::now()).filter(|_| !step.hints.is_empty());
    LabStep {
        id: step.id.clone(),
        title: said(lang, &step.title),
        task: said(lang, &step.task),
        minutes: step.minutes,
        signature: signature(step),
        passed: progress::has_passed(lab, &step.id, events),
        bridge: step.bridge.clone(),
        hints: open.map(|open| HintState {
            open,
            read: desk::hint_read(lab, step, events).unwrap_or(0),
            total: step.hints.len() as u8,
        }),
    }
}

fn signature(step: &Step) -> String {
    let inputs: Vec<String> =
        step.inputs.iter().map(|input| format!("{}: {}", input.name, type_name(&input.ty))).collect();
    format!("{}({}) -> {}", step.entry, inputs.join(", "), type_name(&step.output))
}

fn type_name(ty: &Type) -> String {
    match ty {
        Type::Int => "int".into(),
        Type::Array { element, shape } => {
            let dims: Vec<String> = shape.iter().map(ToString::to_string).collect();
            format!("{element}[{}]", dims.join(", "))
        }
    }
}

/// Grades and sends; whoever closed the page meanwhile finds the verdicts in the log.
fn judge(
    learning: &Learning,
    lab: &str,
    source: &Source,
    only: Option<&str>,
    events: &[Event],
    lang: Lang,
    sender: &Sender<Result<Sent, Infallible>>,
) {
    let failed = |failure: Failure| send(sender, "failed", &failure.problem(lang));
    let (lab, topic) = match learning.lab(lab).and_then(|lab| Ok((lab, learning.topic(&lab.topic)?))) {
        Ok(known) => known,
        Err(failure) => return failed(failure),
    };
    let log = learning.log();
    let mut unkept = log.as_ref().err().map(|failure| failure.problem(lang));
    let tools = learning.tools();
    let grader = Grader { lab, answers: answers::find, tools: &tools, hidden: vec![] };
    let done = desk::check(&grader, source, only, desk::fresh_seed(), events, &mut |report, happened| {
        if let Ok(log) = &log
            && let Err(error) = log.add(happened)
        {
            unkept = Some(Problem::of(lang, &error));
        }
        send(sender, "report", &shown(lab, topic, &report, lang));
    });
    match done {
        Ok(passed) => send(sender, "done", &Checked { passed, unkept }),
        Err(error) => failed(refused(error)),
    }
}

/// A page that has gone away hears nothing, and loses nothing.
fn send(sender: &Sender<Result<Sent, Infallible>>, name: &str, value: &impl Serialize) {
    let event = Sent::default().event(name).json_data(value).expect("these types serialise");
    let _ = sender.blocking_send(Ok(event));
}

fn shown(lab: &Lab, topic: &Topic, report: &StepReport, lang: Lang) -> Report {
    let verdict = &report.verdict;
    let step = lab.step(&verdict.step);
    let says = |name: &str| {
        let check = step.and_then(|step| step.checks.iter().find(|check| check.name == name));
        check.map(|check| said(lang, &check.says))
    };
    let checks = verdict.checks.iter().map(|check| CheckShown {
        name: check.name.clone(),
        says: says(&check.name),
        passed: check.passed,
    });
    let printed = report.printed.trim_end();
    let from = printed.char_indices().rev().nth(PRINTED_MAX).map_or(0, |(at, _)| at);
    Report {
        step: verdict.step.clone(),
        title: step.map(|step| said(lang, &step.title)).unwrap_or_default(),
        attempt: verdict.attempt,
        passed: verdict.passed,
        seed: verdict.seed,
        checks: checks.collect(),
        fault: report.fault.as_ref().map(|fault| fault_shown(fault, lang)),
        says: report.says.as_ref().map(|says| said(lang, says)),
        case: report.case.as_ref().map(case_shown),
        trap: verdict.trap.as_ref().and_then(|trap| trap_line(topic, trap, lang)),
        sandbox: verdict.sandbox.into(),
        ms: verdict.ms,
        printed: printed[from..].into(),
    }
}

fn fault_shown(fault: &Fault, lang: Lang) -> FaultShown {
    let trace: Vec<TracePlace> = match fault {
        Fault::Raised { trace, .. } => trace
            .iter()
            .map(|place| TracePlace { line: place.line, function: place.function.clone(), text: place.text.clone() })
            .collect(),
        _ => vec![],
    };
    let line = match fault {
        Fault::NotWritten { line } | Fault::Processes { line } => *line,
        Fault::Forbidden { line, .. } => Some(*line),
        _ => trace.last().map(|place| place.line),
    };
    let is_quoted = matches!(fault, Fault::Raised { .. } | Fault::Compile { .. });
    FaultShown { message: messages::render(lang, fault), is_quoted, trace, line }
}

fn case_shown(case: &FailingCase) -> CaseShown {
    let named = |values: &[(String, Value)]| -> Vec<NamedValue> {
        values.iter().map(|(name, value)| NamedValue { name: name.clone(), value: value_shown(value) }).collect()
    };
    CaseShown {
        entry: case.entry.clone(),
        inputs: named(&case.inputs),
        varied: named(&case.varied),
        expected: case.expected.as_ref().map(array_shown),
        found: case.found.as_ref().map(array_shown),
        index: case.index.clone(),
    }
}

fn value_shown(value: &Value) -> ArrayShown {
    match value {
        Value::Int(value) => ArrayShown { shape: vec![], values: vec![value.to_string()] },
        Value::Array(array) => array_shown(array),
    }
}

fn array_shown(array: &Array) -> ArrayShown {
    let values = match &array.values {
        Numbers::F32(values) => values.iter().map(f32::to_string).collect(),
        Numbers::I32(values) => values.iter().map(i32::to_string).collect(),
    };
    ArrayShown { shape: array.shape.clone(), values }
}

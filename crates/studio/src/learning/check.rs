//! A check of a learner's file: the request, and its reports as the page shows them.
//!
//! A check runs what is on the disk, in the sandbox as in the terminal. It takes seconds and streams its reports, one
//! a step, so that the first steps are told while the last still run.

use super::lab::{CodeName, known_file};
use super::topic::{TrapLine, trap_line};
use super::{Answer, Learning, Name, blocking, refused, said};
use crate::App;
use crate::failure::{Asked, Body, Problem};
use axum::extract::State;
use axum::response::sse::{Event as Sent, KeepAlive};
use axum::response::{IntoResponse, Response, Sse};
use course::curriculum::Topic;
use course::desk;
use course::events::Event;
use course::lab::Lab;
use course::run::{Cancel, Fault, Source};
use course::{Array, FailingCase, StepReport, Value, Values as Numbers};
use messages::Lang;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::mpsc::{Sender, channel};
use tokio::task::JoinHandle;
use tokio_stream::wrappers::ReceiverStream;

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

/// Characters of what was printed that a page is sent: the end, where the newest lines are.
const PRINTED_MAX: usize = 4000;
/// Events that wait for the page; a lab has fewer steps, and so has a short training run.
const QUEUE: usize = 16;

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
    let hearing = Hearing { lab, source, only: wanted.step, events };
    Ok(streamed(app, lang, move |learning, page| hearing.verdict(learning, page)))
}

/// Whoever follows what a learner's file does.
pub(super) struct Page {
    /// Its language.
    pub lang: Lang,
    /// Cancelled once it is closed.
    pub cancel: Cancel,
    told: Sender<Result<Sent, Infallible>>,
}

impl Page {
    /// Sends an event. A page that has gone away hears nothing, and loses nothing.
    pub fn tell(&self, name: &str, value: &impl Serialize) {
        let event = Sent::default().event(name).json_data(value).expect("these types serialise");
        let _ = self.told.blocking_send(Ok(event));
    }
}

/// The events of `work`, which runs a learner's file, then `done` with what it gives, or `failed`.
pub(super) fn streamed<T: Serialize>(
    app: Arc<App>,
    lang: Lang,
    work: impl FnOnce(&Learning, &Page) -> Answer<T> + Send + 'static,
) -> Response {
    let (sender, receiver) = channel(QUEUE);
    tokio::spawn(async move {
        // Held while the learner's file runs, so that many tabs do not share two cores.
        let _permit = tokio::select! {
            permit = app.learning.checks.acquire() => permit.expect("nobody closes it"),
            () = sender.closed() => return,
        };
        let cancel = Cancel::default();
        let page = Page { lang, cancel: cancel.clone(), told: sender.clone() };
        let working = app.clone();
        let worked = tokio::task::spawn_blocking(move || match work(&working.learning.now(), &page) {
            Ok(done) => page.tell("done", &done),
            Err(failure) => page.tell("failed", &failure.problem(lang)),
        });
        while_read(&sender, &cancel, worked).await;
    });
    Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::default()).into_response()
}

/// Waits for work that tells a stream, and cancels it once nobody reads that any more: the page was left, or its
/// *Cancel* pressed. Returns when the work has ended.
pub(crate) async fn while_read<T>(stream: &Sender<T>, cancel: &Cancel, mut work: JoinHandle<()>) {
    let ended = tokio::select! {
        ended = &mut work => ended,
        () = stream.closed() => {
            cancel.cancel();
            work.await
        }
    };
    if let Err(panic) = ended {
        std::panic::resume_unwind(panic.into_panic());
    }
}

/// A file that is to be judged.
struct Hearing {
    lab: String,
    source: Source,
    /// This step alone.
    only: Option<String>,
    /// What the log held when the check was asked for.
    events: Vec<Event>,
}

impl Hearing {
    /// Grades and tells, until nobody listens; steps judged by then are in the log.
    fn verdict(&self, learning: &Learning, page: &Page) -> Answer<Checked> {
        let lang = page.lang;
        let lab = learning.lab(&self.lab)?;
        let topic = learning.topic(&lab.topic)?;
        let log = learning.log();
        let mut unkept = log.as_ref().err().map(|failure| failure.problem(lang));
        let tools = learning.tools();
        let grader = learning.grader(lab, &tools, &page.cancel);
        let (only, seed) = (self.only.as_deref(), desk::fresh_seed());
        let passed = desk::check(&grader, &self.source, only, seed, &self.events, &mut |report, happened| {
            if let Ok(log) = &log
                && let Err(error) = log.add(happened)
            {
                unkept = Some(Problem::of(lang, &error));
            }
            page.tell("report", &shown(lab, topic, &report, lang));
        });
        Ok(Checked { passed: passed.map_err(refused)?, unkept })
    }
}

/// The end of what a learner's code printed, as a page is sent it.
pub(crate) fn last_printed(printed: &str) -> String {
    let printed = printed.trim_end();
    let from = printed.char_indices().rev().nth(PRINTED_MAX - 1).map_or(0, |(at, _)| at);
    printed[from..].into()
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
        printed: last_printed(&report.printed),
    }
}

pub(super) fn fault_shown(fault: &Fault, lang: Lang) -> FaultShown {
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

//! A lab: its steps, the learner's file, hints, the solution.
//!
//! The file is the one the learner began, in the terminal or here, and it is theirs: another editor may change it at
//! any time. So whoever saves says which version they changed.

use super::{Answer, Name, blocking, refused, said};
use crate::App;
use crate::failure::{Asked, Body, Problem, StudioError, Values};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use course::desk::{self, DeskError, FILE_BYTES_MAX};
use course::events::{Event, Happening};
use course::lab::{Code, Lab, Step};
use course::progress;
use messages::Lang;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
    /// Whether the solution was looked at before every step had passed.
    pub gave_up: bool,
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
    /// Whether it was ever passed in this programming language.
    pub passed: bool,
    /// Whether it was in another one, and not in this.
    pub passed_elsewhere: bool,
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
    /// 1 to 4; 0 as long as nothing was compared that a hint could point at.
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

impl CodeName {
    pub(super) fn code(self) -> Code {
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
        let begun = desk::own_file(lab, None, &events).and_then(|file| Code::of(&file));
        let code = code.map(CodeName::code).or(begun).filter(|&code| lab.files(code).is_some());
        let code = code.unwrap_or(Code::Python);
        let file = desk::own_file(lab, Some(code), &events).map(|path| read(&path)).transpose()?;
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
            steps: lab.sheet.steps.iter().map(|step| step_line(lab, step, code, &events, lang)).collect(),
            file,
            gave_up: progress::gave_up(lab, &events),
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
        if let Some(path) = desk::own_file(lab, Some(code.code()), &events) {
            return Ok((StatusCode::OK, Json(read(&path)?)));
        }
        let folder = learning.home.join("labs").join(&lab.id);
        let rules = messages::text(lang, "cli.lab_agents", &[]);
        let begun = desk::begin(lab, code.code(), &folder, &rules, lang.tag()).map_err(refused)?;
        learning.note(Happening::LabStarted { lab: lab.id.clone(), file: begun.file.display().to_string() })?;
        Ok((StatusCode::CREATED, Json(read(&begun.file)?)))
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
        let file = desk::files(lab, &events, learning.home).into_iter().next();
        let code = file.and_then(|file| Code::of(&file)).unwrap_or(Code::Python);
        let (key, fields) = progress::hint(due.step, tier, due.failed.as_ref(), code, lang.tag());
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Ok(Json(HintShown { tier, open: due.open, text: messages::text(lang, key, &fields) }))
    })
    .await
}

/// `POST /api/labs/ID/give-up`: the log notes it once, and the solution is open from then on.
pub(super) async fn give_up(State(app): State<Arc<App>>, Name(id): Name, asked: Asked) -> Answer<StatusCode> {
    blocking(app, asked, move |learning, _| {
        if let Some(happened) = desk::give_up(learning.lab(&id)?, &learning.events()?).map_err(refused)? {
            learning.note(happened)?;
        }
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// `GET /api/labs/ID/solution`: once every step was passed, or the lab given up.
pub(super) async fn solution(
    State(app): State<Arc<App>>,
    Name(id): Name,
    Values(Which { code }): Values<Which>,
    asked: Asked,
) -> Answer<Json<Solution>> {
    blocking(app, asked, move |learning, _| {
        let code = code.unwrap_or(CodeName::Python).code();
        let text = desk::solution(learning.lab(&id)?, code, &learning.events()?).map_err(refused)?;
        Ok(Json(Solution { text: text.into() }))
    })
    .await
}

pub(super) fn known_file(lab: &Lab, code: Code, events: &[Event]) -> Answer<PathBuf> {
    desk::own_file(lab, Some(code), events).ok_or_else(|| refused(DeskError::NoFile { lab: lab.id.clone() }))
}

fn read(path: &Path) -> Answer<LabFile> {
    let source = desk::read(path).map_err(refused)?;
    Ok(LabFile { path: path.display().to_string(), version: source.hash(), text: source.text })
}

fn step_line(lab: &Lab, step: &Step, code: Code, events: &[Event], lang: Lang) -> LabStep {
    let passed = progress::has_passed_in(code, lab, &step.id, events);
    let open = progress::hint_tier(events, lab, &step.id, sys::unix_millis()).filter(|_| !step.hints.is_empty());
    LabStep {
        id: step.id.clone(),
        title: said(lang, &step.title),
        task: said(lang, &step.task),
        minutes: step.minutes,
        signature: signature(step),
        passed,
        passed_elsewhere: !passed && progress::has_passed(lab, &step.id, events),
        bridge: step.bridge.clone(),
        hints: open.map(|open| HintState {
            open,
            read: desk::hint_read(lab, step, events).unwrap_or(0),
            total: step.hints.len() as u8,
        }),
    }
}

fn signature(step: &Step) -> String {
    let inputs: Vec<String> = step.inputs.iter().map(|input| format!("{}: {}", input.name, input.ty)).collect();
    format!("{}({}) -> {}", step.entry, inputs.join(", "), step.output)
}

//! What the log says about the learner, and taking it to another computer and back.

use super::topic::{TrapLine, trap_line};
use super::{Answer, Learning, blocking, refused, said};
use crate::App;
use crate::failure::{Asked, StudioError};
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header;
use axum::response::IntoResponse;
use course::Curriculum;
use course::events::{Event, Happening, What};
use course::progress::{self, Totals};
use messages::Lang;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What the learner's page shows.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct MePage {
    /// Attempts at steps of labs, up to the one that passed.
    pub attempts: usize,
    /// Steps passed.
    pub passes: usize,
    /// Hints read.
    pub hints: usize,
    /// Questions answered.
    pub answers: usize,
    /// Of them right.
    pub right: usize,
    /// Titles of the topics passed.
    pub topics: Vec<String>,
    /// Skills that the log says something about, in the order of the path.
    pub skills: Vec<SkillLine>,
    /// In the order of meeting.
    pub traps: Vec<MetTrap>,
    /// The newest entries of the log, newest first.
    pub log: Vec<LogLine>,
    /// Entries in all.
    pub n_events: usize,
    /// Where the log stands.
    pub file: String,
}

/// How well the learner has a skill.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct SkillLine {
    /// Stable name.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// The topic it belongs to.
    pub topic: String,
    /// How likely it is that the learner has it, 0 to 1.
    pub probability: f64,
    /// Likely enough, and shown once more without help on a later day.
    pub is_mastered: bool,
    /// Days until it is due for review, negative once it is; null before the first success.
    pub due_in_days: Option<i64>,
}

/// A misconception in the learner's log.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct MetTrap {
    /// Stable name.
    pub id: String,
    /// What one believes.
    pub says: String,
    /// The topic it belongs to.
    pub topic: String,
    /// The heading of the lesson that answers it.
    pub anchor: String,
    /// How often it showed.
    pub times: usize,
    /// Whether the place where it showed last was then passed.
    pub left: bool,
}

/// An entry of the log.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct LogLine {
    /// Milliseconds since 1970.
    pub at: i64,
    /// `lab_started`, `attempt`, `hint`, `gave_up`, `quiz_answer`, `review`, `minutes`, or `other` for what this version does not know.
    pub kind: String,
    /// The lab's or topic's title.
    pub place: String,
    /// The step's title or the question.
    pub part: Option<String>,
    /// Whether it was passed or right.
    pub passed: Option<bool>,
    /// A hint's tier, or minutes.
    pub amount: Option<f64>,
}

/// What an import came to.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct ImportDone {
    /// Entries that were not there before.
    pub added: usize,
    /// Entries that were.
    pub known: usize,
    /// Lines that are none.
    pub damaged: usize,
}

/// Entries that the page shows.
const SHOWN_MAX: usize = 100;
/// An exported log of many years; a line has some 300 bytes.
const IMPORT_BYTES_MAX: usize = 64 << 20;

/// `GET /api/me`
pub(super) async fn show(State(app): State<Arc<App>>, asked: Asked) -> Answer<Json<MePage>> {
    blocking(app, asked, |learning, lang| {
        let (curriculum, events) = (learning.curriculum()?, learning.events()?);
        let Totals { attempts, passes, hints, answers, right } = progress::totals(&events);
        let traps = progress::traps(curriculum, &events).into_iter().filter_map(|met| {
            let TrapLine { id, says, topic, anchor } = trap_line(curriculum.topic(&met.topic)?, &met.trap, lang)?;
            Some(MetTrap { id, says, topic, anchor, times: met.times, left: met.left })
        });
        Ok(Json(MePage {
            attempts,
            passes,
            hints,
            answers,
            right,
            topics: progress::passed(curriculum, &events).map(|topic| said(lang, &topic.graph.title)).collect(),
            skills: skills(curriculum, &events, lang),
            traps: traps.collect(),
            log: events.iter().rev().take(SHOWN_MAX).map(|event| line(learning, event, lang)).collect(),
            n_events: events.len(),
            file: learning.log_file().display().to_string(),
        }))
    })
    .await
}

/// `GET /api/me/export`
pub(super) async fn export(State(app): State<Arc<App>>, asked: Asked) -> Answer<impl IntoResponse> {
    let lines = blocking(app, asked, |learning, _| learning.log()?.export().map_err(refused)).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/jsonl; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"sanjie-learning.jsonl\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, lines))
}

/// `POST /api/me/import`
pub(super) async fn import(
    State(app): State<Arc<App>>,
    asked: Asked,
    lines: Result<Bytes, BytesRejection>,
) -> Answer<Json<ImportDone>> {
    let lines = lines.map_err(|_| StudioError::BodyTooLarge { max: IMPORT_BYTES_MAX })?;
    blocking(app, asked, move |learning, lang| {
        let name = messages::text(lang, "studio.imported_file", &[]);
        let done = learning.log()?.import(&String::from_utf8_lossy(&lines), &name).map_err(refused)?;
        Ok(Json(ImportDone { added: done.added, known: done.known, damaged: done.damaged }))
    })
    .await
}

/// A log may be larger than anything else that the studio is sent.
pub(super) fn import_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(IMPORT_BYTES_MAX)
}

fn skills(curriculum: &Curriculum, events: &[Event], lang: Lang) -> Vec<SkillLine> {
    let skills = progress::skills(curriculum, events, sys::unix_millis());
    let line = |skill: progress::SkillState| SkillLine {
        id: skill.id.into(),
        title: said(lang, skill.title),
        topic: skill.topic.graph.id.clone(),
        probability: skill.mastery.probability,
        is_mastered: skill.mastery.is_mastered(),
        due_in_days: skill.due_in_days,
    };
    skills.map(line).collect()
}

fn line(learning: &Learning, event: &Event, lang: Lang) -> LogLine {
    let topic_title = |id: &str| learning.topic(id).map_or(id.to_string(), |topic| said(lang, &topic.graph.title));
    let lab_title = |id: &str| learning.lab(id).map_or(id.to_string(), |lab| said(lang, &lab.sheet.title));
    let step_title = |lab: &str, step: &str| {
        let known = learning.lab(lab).ok().and_then(|lab| lab.step(step));
        Some(known.map_or(step.to_string(), |known| said(lang, &known.title)))
    };
    let entry = |kind: &str, place: String| LogLine {
        at: event.at,
        kind: kind.into(),
        place,
        part: None,
        passed: None,
        amount: None,
    };
    match &event.what {
        What::Known(Happening::LabStarted { lab, .. }) => entry("lab_started", lab_title(lab)),
        What::Known(Happening::Attempt { lab, step, passed, .. }) => {
            LogLine { part: step_title(lab, step), passed: Some(*passed), ..entry("attempt", lab_title(lab)) }
        }
        What::Known(Happening::Hint { lab, step, tier }) => {
            LogLine { part: step_title(lab, step), amount: Some((*tier).into()), ..entry("hint", lab_title(lab)) }
        }
        What::Known(Happening::GaveUp { lab, .. }) => entry("gave_up", lab_title(lab)),
        What::Known(Happening::QuizAnswer { topic, item, seed, right, .. }) => {
            let asked = learning.topic(topic).ok().and_then(|topic| topic.question(item));
            let part = asked.map_or(item.clone(), |asked| asked.ask(*seed, lang.tag()).text);
            LogLine { part: Some(part), passed: Some(*right), ..entry("quiz_answer", topic_title(topic)) }
        }
        What::Known(Happening::Review { skill, right, .. }) => {
            let known = learning.curriculum().ok().and_then(|curriculum| curriculum.skill(skill));
            let place = known.map_or(skill.clone(), |(_, words)| said(lang, words));
            LogLine { passed: Some(*right), ..entry("review", place) }
        }
        What::Known(Happening::Minutes { topic, minutes }) => {
            LogLine { amount: Some(*minutes), ..entry("minutes", topic_title(topic)) }
        }
        What::Unknown(_) => entry("other", String::new()),
    }
}

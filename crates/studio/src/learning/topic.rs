//! A topic: its lesson, its questions with the learner's answers, its labs.
//!
//! A question is a variant drawn from a seed. One that was answered keeps its variant, so the page looks the same after
//! a reload; asking anew draws another. What is right leaves the server only with the verdict.

use super::path::{before, state};
use super::{Answer, Before, CourseState, Learning, Name, blocking, said, source};
use crate::App;
use crate::failure::{Asked, Body, StudioError};
use axum::Json;
use axum::extract::State;
use course::curriculum::{Topic, TopicContent, TopicKind};
use course::events::{Event, Happening, What};
use course::quiz::{QuizItem, QuizKind, QuizUse};
use course::{desk, progress};
use messages::Lang;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A topic as its page shows it.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct TopicPage {
    /// Stable name.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// The stage it belongs to.
    pub stage: String,
    /// What the stage is called.
    pub stage_title: String,
    /// Whether something of one's own is made.
    pub is_project: bool,
    /// Where the learner stands.
    pub state: CourseState,
    /// Planned hours, labs included.
    pub hours: f64,
    /// Nearest prerequisites.
    pub after: Vec<Before>,
    /// What one can do afterwards.
    pub skills: Vec<String>,
    /// Null while it is not built.
    pub body: Option<TopicBody>,
}

/// What a built topic holds.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct TopicBody {
    /// One sentence.
    pub summary: String,
    /// Measured minutes of the lesson alone.
    pub minutes: f64,
    /// Markdown; its fences stand in `curriculum/README.md`.
    pub lesson: String,
    /// The engine's items that the lesson shows.
    pub sources: Vec<SourceText>,
    /// Questions in the lesson and after it.
    pub questions: Vec<AskedQuestion>,
    /// Its labs, in order.
    pub labs: Vec<LabLine>,
    /// What to read beside it.
    pub resources: Vec<Reading>,
}

/// An item of the engine.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct SourceText {
    /// `kernels::attention::reference`.
    pub path: String,
    /// The file it stands in.
    pub file: String,
    /// Today's.
    pub text: String,
}

/// A question, and what the learner answered last.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct AskedQuestion {
    /// The item.
    pub id: String,
    /// Draws this variant again.
    pub seed: u64,
    /// Whether it stands in the lesson, before what it asks about.
    pub is_predict: bool,
    /// Whether a number is asked for.
    pub is_number: bool,
    /// With drawn numbers in place; Markdown.
    pub text: String,
    /// Shuffled; empty for a number.
    pub options: Vec<String>,
    /// Null until it is answered.
    pub answered: Option<Answered>,
}

/// An answer with its verdict.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Answered {
    /// The position of an option counted from 0, or a number.
    pub answer: f64,
    /// Whether it was right.
    pub right: bool,
    /// The right position or number.
    pub expected: f64,
    /// Why; Markdown.
    pub why: String,
    /// The trap that the answer shows.
    pub trap: Option<TrapLine>,
}

/// A misconception.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct TrapLine {
    /// Stable name.
    pub id: String,
    /// What one believes.
    pub says: String,
    /// The topic whose lesson answers it.
    pub topic: String,
    /// The heading there.
    pub anchor: String,
}

/// A lab of a topic.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct LabLine {
    /// Stable name.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Its steps by id and title, and whether each was passed.
    pub steps: Vec<(String, String, bool)>,
}

/// Something to read beside a lesson.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Reading {
    /// As published.
    pub title: String,
    /// Where.
    pub url: String,
    /// What in it.
    pub note: String,
}

/// An answer to a variant.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct GiveAnswer {
    /// The item.
    pub item: String,
    /// The variant.
    pub seed: u64,
    /// The position of an option counted from 0, or a number.
    pub answer: f64,
}

/// A wish for another variant.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct NewQuestion {
    /// The item.
    pub item: String,
}

/// `GET /api/topics/ID`
pub(super) async fn show(State(app): State<Arc<App>>, Name(id): Name, asked: Asked) -> Answer<Json<TopicPage>> {
    blocking(app, asked, move |learning, lang| {
        let (curriculum, topic, events) = (learning.curriculum()?, learning.topic(&id)?, learning.events()?);
        let graph = &topic.graph;
        let stage = curriculum.stages.iter().find(|stage| stage.id == graph.stage);
        Ok(Json(TopicPage {
            title: said(lang, &graph.title),
            stage: graph.stage.clone(),
            stage_title: stage.map(|stage| said(lang, &stage.title)).unwrap_or_default(),
            is_project: graph.kind == TopicKind::Project,
            state: state(curriculum, topic, &events),
            hours: graph.hours,
            after: before(curriculum, topic, &events, lang),
            skills: graph.skills.0.iter().map(|(_, words)| said(lang, words)).collect(),
            body: topic.content.as_ref().map(|content| body(topic, content, &events, lang)),
            id,
        }))
    })
    .await
}

/// `POST /api/topics/ID/answers`
pub(super) async fn answer(
    State(app): State<Arc<App>>,
    Name(id): Name,
    asked: Asked,
    Body(given): Body<GiveAnswer>,
) -> Answer<Json<Answered>> {
    blocking(app, asked, move |learning, lang| {
        let (topic, item) = find(learning, &id, &given.item)?;
        let is_option = (0..item.options.len()).any(|at| at as f64 == given.answer);
        if item.kind == QuizKind::Choice && !is_option {
            let (expected, found) = ("the position of an option", given.answer.to_string());
            return Err(StudioError::OutOfRange { field: "answer", expected, found }.into());
        }
        let answered = judge(topic, item, given.seed, given.answer, lang);
        learning.note(Happening::QuizAnswer {
            topic: id.clone(),
            item: given.item.clone(),
            seed: given.seed,
            answer: given.answer,
            right: answered.right,
            trap: answered.trap.as_ref().map(|trap| trap.id.clone()),
        })?;
        Ok(Json(answered))
    })
    .await
}

/// `POST /api/topics/ID/questions`
pub(super) async fn question(
    State(app): State<Arc<App>>,
    Name(id): Name,
    asked: Asked,
    Body(wanted): Body<NewQuestion>,
) -> Answer<Json<AskedQuestion>> {
    blocking(app, asked, move |learning, lang| {
        let (_, item) = find(learning, &id, &wanted.item)?;
        Ok(Json(ask(item, desk::fresh_seed(), lang)))
    })
    .await
}

/// The trap called `trap` of `topic`, as a page shows it.
pub(super) fn trap_line(topic: &Topic, trap: &str, lang: Lang) -> Option<TrapLine> {
    let found = topic.trap(trap)?;
    Some(TrapLine {
        id: found.id.clone(),
        says: said(lang, &found.says),
        topic: topic.graph.id.clone(),
        anchor: found.answer.clone(),
    })
}

fn find<'a>(learning: &'a Learning<'_>, topic: &str, item: &str) -> Answer<(&'a Topic, &'a QuizItem)> {
    let topic = learning.topic(topic)?;
    let missing = || StudioError::NoSuchQuestion { topic: topic.graph.id.clone(), item: item.into() };
    Ok((topic, topic.question(item).ok_or_else(missing)?))
}

fn body(topic: &Topic, content: &TopicContent, events: &[Event], lang: Lang) -> TopicBody {
    let lesson = said(lang, &content.lesson);
    TopicBody {
        summary: said(lang, &content.sheet.summary),
        minutes: content.sheet.minutes,
        sources: sources(&lesson),
        questions: content.quiz.iter().map(|item| question_now(topic, item, events, lang)).collect(),
        labs: content.labs.iter().map(|lab| lab_line(lab, events, lang)).collect(),
        resources: content
            .sheet
            .resources
            .iter()
            .map(|one| Reading { title: one.title.clone(), url: one.url.clone(), note: said(lang, &one.note) })
            .collect(),
        lesson,
    }
}

fn sources(lesson: &str) -> Vec<SourceText> {
    let paths = lesson.lines().filter_map(|line| line.strip_prefix("```source "));
    let text = |path: &str| {
        let (file, text) = source::find(path.trim())?;
        Some(SourceText { path: path.trim().into(), file, text })
    };
    paths.filter_map(text).collect()
}

fn lab_line(lab: &course::lab::Lab, events: &[Event], lang: Lang) -> LabLine {
    let steps = lab
        .sheet
        .steps
        .iter()
        .map(|step| (step.id.clone(), said(lang, &step.title), progress::has_passed(lab, &step.id, events)));
    LabLine { id: lab.id.clone(), title: said(lang, &lab.sheet.title), steps: steps.collect() }
}

/// The variant that was answered last with its verdict, else a fresh one.
fn question_now(topic: &Topic, item: &QuizItem, events: &[Event], lang: Lang) -> AskedQuestion {
    let last = events.iter().rev().find_map(|event| match &event.what {
        What::Known(Happening::QuizAnswer { topic: t, item: i, seed, answer, .. })
            if *t == topic.graph.id && *i == item.id =>
        {
            Some((*seed, *answer))
        }
        _ => None,
    });
    match last {
        Some((seed, answer)) => {
            AskedQuestion { answered: Some(judge(topic, item, seed, answer, lang)), ..ask(item, seed, lang) }
        }
        None => ask(item, desk::fresh_seed(), lang),
    }
}

/// The variant of `item` that `seed` gives, not answered yet.
pub(super) fn ask(item: &QuizItem, seed: u64, lang: Lang) -> AskedQuestion {
    let question = item.ask(seed, lang.tag());
    AskedQuestion {
        id: question.id,
        seed,
        is_predict: item.used == QuizUse::Predict,
        is_number: question.kind == QuizKind::Number,
        text: question.text,
        options: question.options,
        answered: None,
    }
}

/// What an answer to the variant of `seed` is worth.
pub(super) fn judge(topic: &Topic, item: &QuizItem, seed: u64, answer: f64, lang: Lang) -> Answered {
    let judgement = item.judge(seed, answer, lang.tag());
    Answered {
        answer,
        right: judgement.right,
        expected: judgement.expected,
        why: judgement.why,
        trap: judgement.trap.and_then(|trap| trap_line(topic, &trap, lang)),
    }
}

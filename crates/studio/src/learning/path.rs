//! The whole path with the learner's place on it, and where to go next.

use super::{Answer, blocking, said};
use crate::App;
use crate::failure::Asked;
use axum::Json;
use axum::extract::State;
use course::Curriculum;
use course::curriculum::{Topic, TopicKind};
use course::events::Event;
use course::progress::{self, Next, TopicState, Why};
use messages::{Lang, text};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The path.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct CoursePath {
    /// In order.
    pub stages: Vec<CourseStage>,
    /// Where to go now; null once everything that is built has been passed.
    pub next: Option<NextStop>,
}

/// A stage of the path.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct CourseStage {
    /// Stable name.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// In order.
    pub topics: Vec<CourseTopic>,
}

/// A topic or project of the path.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct CourseTopic {
    /// Stable name.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Whether something of one's own is made, rather than a lesson read.
    pub is_project: bool,
    /// Where the learner stands.
    pub state: CourseState,
    /// Nearest prerequisites.
    pub after: Vec<Before>,
    /// Planned hours, labs included.
    pub hours: f64,
}

/// Something that comes first.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Before {
    /// Its topic.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Where the learner stands with it.
    pub state: CourseState,
}

/// Where a learner stands with a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename_all = "snake_case")]
pub enum CourseState {
    /// Not built yet.
    Planned,
    /// Something that comes before it was not passed; it may be opened all the same.
    Locked,
    /// Can be begun.
    Ready,
    /// Something of it was done.
    Started,
    /// Every step of its labs passed.
    Passed,
    /// And every skill of it is mastered.
    Mastered,
}

/// Where to go now.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct NextStop {
    /// The topic.
    pub topic: String,
    /// What it is called.
    pub title: String,
    /// The lab to go on with; null begins with the lesson.
    pub lab: Option<String>,
    /// Its first step that was not passed.
    pub step: Option<String>,
    /// What that step is called.
    pub step_title: Option<String>,
    /// Why this and nothing else; one sentence.
    pub why: String,
}

/// `GET /api/path`
pub(super) async fn show(State(app): State<Arc<App>>, asked: Asked) -> Answer<Json<CoursePath>> {
    blocking(app, asked, |learning, lang| {
        let (curriculum, events) = (learning.curriculum()?, learning.events()?);
        let line = |topic: &Topic| CourseTopic {
            id: topic.graph.id.clone(),
            title: said(lang, &topic.graph.title),
            is_project: topic.graph.kind == TopicKind::Project,
            state: state(curriculum, topic, &events),
            after: before(curriculum, topic, &events, lang),
            hours: topic.graph.hours,
        };
        let next = progress::next(curriculum, &events);
        let stages = curriculum.stages.iter().map(|stage| CourseStage {
            id: stage.id.clone(),
            title: said(lang, &stage.title),
            topics: curriculum.topics.iter().filter(|topic| topic.graph.stage == stage.id).map(line).collect(),
        });
        Ok(Json(CoursePath { stages: stages.collect(), next: next.map(|next| next_stop(curriculum, next, lang)) }))
    })
    .await
}

/// Where the learner stands with `topic`, what comes before it included.
pub(super) fn state(curriculum: &Curriculum, topic: &Topic, events: &[Event]) -> CourseState {
    match progress::state(curriculum, topic, events) {
        TopicState::Planned => CourseState::Planned,
        TopicState::Open if progress::is_ready(curriculum, topic, events) => CourseState::Ready,
        TopicState::Open => CourseState::Locked,
        TopicState::Started => CourseState::Started,
        TopicState::Passed => CourseState::Passed,
        TopicState::Mastered => CourseState::Mastered,
    }
}

/// Nearest prerequisites of `topic`.
pub(super) fn before(curriculum: &Curriculum, topic: &Topic, events: &[Event], lang: Lang) -> Vec<Before> {
    let known = topic.graph.after.iter().filter_map(|id| curriculum.topic(id));
    let line = |before: &Topic| Before {
        id: before.graph.id.clone(),
        title: said(lang, &before.graph.title),
        state: state(curriculum, before, events),
    };
    known.map(line).collect()
}

/// Where to go, as a page shows it.
pub(super) fn next_stop(curriculum: &Curriculum, next: Next, lang: Lang) -> NextStop {
    let title = |id: &String| curriculum.topic(id).map(|topic| said(lang, &topic.graph.title)).unwrap_or_default();
    let why = match &next.why {
        Why::Begun => text(lang, "next.begun", &[]),
        Why::First => text(lang, "next.first", &[]),
        Why::After(topics) => {
            let titles = topics.iter().map(title).collect::<Vec<_>>().join(&text(lang, "next.and", &[]));
            text(lang, "next.after", &[("topics", &titles)])
        }
    };
    let title = title(&next.topic);
    let (lab, step) = next.step.unzip();
    let known = lab.as_ref().and_then(|lab| curriculum.lab(lab).ok());
    let step_title = known.zip(step.as_ref()).and_then(|(lab, step)| Some(said(lang, &lab.step(step)?.title)));
    NextStop { topic: next.topic, title, lab, step, step_title, why }
}

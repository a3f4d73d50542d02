//! One session of learning: what is due for review, question by question, then the next step of the path.

use super::path::{NextStop, next_stop};
use super::topic::{Answered, AskedQuestion, ask, judge, trap_line};
use super::{Answer, Learning, blocking, refused, said};
use crate::App;
use crate::failure::{Asked, Body, StudioError};
use axum::Json;
use axum::extract::State;
use course::events::ReviewForm;
use course::quiz::QuizKind;
use course::review::{self, Card, MutantQuestion, Posed, Review};
use course::{Grader, session};
use messages::{Lang, text};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A session.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct TodayPage {
    /// How long it lasts.
    pub minutes: f64,
    /// Reviews in it, the most doubtful first.
    pub reviews: Vec<DueReview>,
    /// Reviews that are due in all.
    pub n_due: usize,
    /// Days until something is due again; null if something is due now or nothing will be.
    pub due_in_days: Option<i64>,
    /// What comes after the reviews; null if they fill the session, or everything that is built has been passed.
    pub next: Option<NextStop>,
}

/// A skill that is due.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct DueReview {
    /// The skill.
    pub skill: String,
    /// What it is called.
    pub title: String,
    /// What its topic is called.
    pub topic_title: String,
    /// Why it is asked now; one sentence.
    pub why: String,
}

/// The question of a review.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct ReviewQuestion {
    /// What it is about, and why now.
    pub about: DueReview,
    /// Which kind of question.
    pub form: ReviewFormName,
    /// The topic of the question, or the lab of the wrong solution.
    pub of: String,
    /// The wrong solution, in Python.
    pub code: Option<String>,
    /// The question; its id is the wrong solution's file for one.
    pub question: AskedQuestion,
}

/// The kinds of reviews.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename_all = "snake_case")]
pub enum ReviewFormName {
    /// A fresh variant of a topic's question.
    Quiz,
    /// Which check does this wrong solution fail?
    Mutant,
}

/// An answer to a review.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct GiveReview {
    /// The skill.
    pub skill: String,
    /// Which kind of question.
    pub form: ReviewFormName,
    /// As in the question.
    pub of: String,
    /// The question's id.
    pub item: String,
    /// The variant.
    pub seed: u64,
    /// The position of an option counted from 0, or a number.
    pub answer: f64,
}

/// `GET /api/today`
pub(super) async fn show(State(app): State<Arc<App>>, asked: Asked) -> Answer<Json<TodayPage>> {
    blocking(app, asked, |learning, lang| {
        let (curriculum, events) = (learning.curriculum()?, learning.events()?);
        let session = session::session(curriculum, &events, sys::unix_millis());
        Ok(Json(TodayPage {
            minutes: session::MINUTES,
            reviews: session.reviews.iter().map(|card| due(learning, card, lang)).collect(),
            n_due: session.n_due,
            due_in_days: session.due_in_days,
            next: session.next.map(|next| next_stop(curriculum, next, lang)),
        }))
    })
    .await
}

/// `GET /api/review`
pub(super) async fn question(State(app): State<Arc<App>>, asked: Asked) -> Answer<Json<Option<ReviewQuestion>>> {
    blocking(app, asked, |learning, lang| {
        let (curriculum, events, tools) = (learning.curriculum()?, learning.events()?, learning.tools());
        let graders = |lab| tools.python.is_ok().then(|| Grader::new(lab, answers::find, &tools));
        let cards = review::due(curriculum, &events, sys::unix_millis());
        let posed = cards.iter().find_map(|card| Some((card, review::pose(curriculum, &events, card, &graders)?)));
        Ok(Json(posed.map(|(card, review)| shown(due(learning, card, lang), &review, lang))))
    })
    .await
}

/// `POST /api/review`
pub(super) async fn answer(
    State(app): State<Arc<App>>,
    asked: Asked,
    Body(given): Body<GiveReview>,
) -> Answer<Json<Answered>> {
    blocking(app, asked, move |learning, lang| {
        let (curriculum, tools) = (learning.curriculum()?, learning.tools());
        let form = match given.form {
            ReviewFormName::Quiz => ReviewForm::Quiz,
            ReviewFormName::Mutant => ReviewForm::Mutant,
        };
        let grader = |lab| Grader::new(lab, answers::find, &tools);
        let names = (given.of.as_str(), given.item.as_str());
        let found = review::find(curriculum, (&given.skill, form), names, given.seed, grader).map_err(refused)?;
        let missing = || StudioError::NoSuchQuestion { topic: given.of.clone(), item: given.item.clone() };
        let review = found.ok_or_else(missing)?;
        let n_options = match &review.posed {
            Posed::Quiz(_, item) => (item.kind == QuizKind::Choice).then_some(item.options.len()),
            Posed::Mutant(_, question) => Some(question.options.len()),
        };
        if n_options.is_some_and(|n| !(0..n).any(|at| at as f64 == given.answer)) {
            let (expected, found) = ("the position of an option", given.answer.to_string());
            return Err(StudioError::OutOfRange { field: "answer", expected, found }.into());
        }
        let (answered, trap) = match &review.posed {
            Posed::Quiz(topic, item) => {
                let answered = judge(topic, item, given.seed, given.answer, lang);
                let trap = answered.trap.as_ref().map(|trap| trap.id.clone());
                (answered, trap)
            }
            Posed::Mutant(lab, question) => {
                (judge_mutant(learning.topic(&lab.topic)?, question, given.answer, lang), None)
            }
        };
        learning.note(review.answered(given.answer, answered.right, trap))?;
        Ok(Json(answered))
    })
    .await
}

fn due(learning: &Learning, card: &Card, lang: Lang) -> DueReview {
    let skill = learning.curriculum().ok().and_then(|curriculum| curriculum.skill(card.skill));
    let (key, fields) = card.why(sys::unix_millis());
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    DueReview {
        skill: card.skill.into(),
        title: skill.map_or(card.skill.into(), |(_, words)| said(lang, words)),
        topic_title: said(lang, &card.topic.graph.title),
        why: text(lang, key, &fields),
    }
}

fn shown(about: DueReview, review: &Review, lang: Lang) -> ReviewQuestion {
    match &review.posed {
        Posed::Quiz(topic, item) => ReviewQuestion {
            about,
            form: ReviewFormName::Quiz,
            of: topic.graph.id.clone(),
            code: None,
            question: ask(item, review.seed, lang),
        },
        Posed::Mutant(lab, mutant) => ReviewQuestion {
            about,
            form: ReviewFormName::Mutant,
            of: lab.id.clone(),
            code: Some(mutant.code.into()),
            question: AskedQuestion {
                id: mutant.mutant.file.clone(),
                seed: review.seed,
                is_predict: false,
                is_number: false,
                text: text(lang, "review.mutant", &[("entry", &mutant.step.entry)]),
                options: mutant.options.iter().map(|check| said(lang, &check.says)).collect(),
                answered: None,
            },
        },
    }
}

fn judge_mutant(topic: &course::curriculum::Topic, question: &MutantQuestion, answer: f64, lang: Lang) -> Answered {
    let failed: Vec<String> = question.failed.iter().map(|check| said(lang, &check.says)).collect();
    let checks = failed.join(&text(lang, "review.semicolon", &[]));
    Answered {
        answer,
        right: answer == question.right as f64,
        expected: question.right as f64,
        why: text(lang, "review.mutant_why", &[("checks", &checks)]),
        trap: trap_line(topic, &question.mutant.trap, lang),
    }
}

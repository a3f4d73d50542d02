//! Searching a knowledge base, asking it and measuring it over HTTP.

use super::{Answer, Name, Pairs, Who, blocking, refused};
use crate::App;
use crate::failure::{Body, StudioError};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use retrieval::evaluate::Line;
use retrieval::knowledge_base::{By, Hit, K_MAX};
use retrieval::lexical::explain::Part;
use retrieval::questions::{self, Answered, AnsweredQuestions, Compared};
use retrieval::{KnowledgeBase, answer};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Ways of cutting that one request compares: each indexes all documents anew.
const WAYS_MAX: usize = 16;

/// What a search goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "lowercase")]
#[ts(rename_all = "lowercase")]
pub enum SearchBy {
    /// Shared words.
    Words,
    /// Nearness of vectors.
    Meaning,
    /// Both, by ranks.
    Both,
}

/// A search.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct SearchKb {
    /// Words; a phrase in quotation marks must occur.
    pub query: String,
    /// Passages wanted, 1 to 1000.
    #[serde(default = "ten")]
    pub k: usize,
    /// What it goes by; what was learned for the knowledge base if nothing is said, else words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub by: Option<SearchBy>,
    /// Whether to take scores apart.
    #[serde(default)]
    pub explain: bool,
    /// A name that the caller has made sure of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub user: Option<String>,
    /// Groups that the caller has made sure of.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Whoever the knowledge base belongs to.
    #[serde(default)]
    pub owner: bool,
}

pub(super) fn ten() -> usize {
    10
}

/// A found chunk, as `sanjie search --json` prints it.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct KbHit {
    /// 1 is the best.
    pub rank: usize,
    /// Higher is better; comparable within one search only.
    pub score: f32,
    /// The document's id or path.
    pub document: String,
    /// Place among the document's chunks, from 0.
    pub chunk: u64,
    /// First byte in the document's normalised text.
    pub start: usize,
    /// Byte after the last one.
    pub end: usize,
    /// The chunk.
    pub text: String,
    /// The document's title.
    pub title: Option<String>,
    /// Headings above the chunk, outermost first.
    pub headings: Vec<String>,
    /// Byte ranges within `text` of the words that the query shares.
    pub highlights: Vec<[usize; 2]>,
    /// Where the chunk begins in a paged file.
    pub page: Option<u32>,
    /// Left, top, right, bottom of the chunk on that page, in points from its top left corner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub bounds: Option<[f32; 4]>,
    /// What each term adds to the score by words, if asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub explain: Option<Vec<KbPart>>,
}

/// What one term adds to a score; all of them together are the score of a search by words.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct KbPart {
    /// As the index writes it.
    pub term: String,
    /// Chunks that have it.
    pub documents: usize,
    /// How much it counts: its rarity, times the times that the query has it.
    pub weight: f32,
    /// What frequency and length make of it.
    pub impact: f32,
    /// `weight * impact`.
    pub score: f32,
    /// Its share of the whole score, 0 to 1.
    pub share: f32,
}

impl From<Part> for KbPart {
    fn from(Part { term, documents, weight, impact, score, share }: Part) -> KbPart {
        KbPart { term, documents, weight, impact, score, share }
    }
}

/// A question.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct AskKb {
    /// Its words.
    pub question: String,
    /// The confidence that an answer must have, 0 to 1; what was learned for the knowledge base if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub threshold: Option<f32>,
    /// A name that the caller has made sure of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub user: Option<String>,
    /// Groups that the caller has made sure of.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Whoever the knowledge base belongs to.
    #[serde(default)]
    pub owner: bool,
}

/// An answer, or that there is none.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct KbAnswer {
    /// The sentences together; null if the documents do not answer.
    pub answer: Option<String>,
    /// Whether there is no answer.
    pub abstained: bool,
    /// How likely it is that the documents answer the question with this, 0 to 1.
    pub confidence: f32,
    /// The confidence that an answer had to have.
    pub threshold: f32,
    /// The sentences with their places.
    pub citations: Vec<KbCitation>,
}

/// A quoted sentence.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct KbCitation {
    /// The document's id or path.
    pub document: String,
    /// First byte in the document's normalised text.
    pub start: usize,
    /// Byte after the last one.
    pub end: usize,
    /// The sentence: exactly these bytes.
    pub text: String,
}

/// How well a knowledge base answers questions.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct KbEvaluated {
    /// Every metric at every depth.
    pub metrics: Vec<KbMetric>,
    /// What came of each question.
    pub questions: Vec<KbQuestion>,
    /// Questions that name nothing relevant, and were not asked.
    pub left_out: usize,
    /// Documents that questions call relevant and that are not there for whoever asks, so that they cannot be found.
    pub unknown: Vec<String>,
}

/// A mean over questions.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct KbMetric {
    /// `recall`, `ndcg` or `mrr`.
    pub metric: String,
    /// How deep.
    pub k: usize,
    /// Questions.
    pub n: usize,
    /// The mean.
    pub value: f64,
    /// The 95 % interval of the mean.
    pub ci95: [f64; 2],
}

/// What came of one question.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct KbQuestion {
    /// The question's id.
    pub id: String,
    /// Its words.
    pub question: String,
    /// What was retrieved, the best first.
    pub retrieved: Vec<String>,
    /// What should have been.
    pub relevant: Vec<String>,
    /// nDCG at 10; 0 if nothing relevant was retrieved.
    pub ndcg: f64,
}

/// A way of cutting documents and weighing their titles, and how it answered the questions.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct KbWay {
    /// `recursive:256`
    pub chunking: String,
    /// How many times a title word counts.
    pub title_weight: f32,
    /// Chunks it makes.
    pub chunks: usize,
    /// Questions.
    pub n: usize,
    /// Mean nDCG at 10.
    pub ndcg: f64,
    /// Its 95 % interval.
    pub ci95: [f64; 2],
    /// Mean difference to the knowledge base as it is.
    pub difference: f64,
    /// Its 95 % interval; one that holds 0 says that nothing is known.
    pub difference_ci95: [f64; 2],
    /// `current`, `better`, `worse` or `undecided`, by that interval.
    #[ts(type = "'current' | 'better' | 'worse' | 'undecided'")]
    pub verdict: String,
}

/// The header that tells what a search went by: `words`, `meaning`, `both`, or `weighted:0.35` with the share of meaning.
const SEARCHED_BY: &str = "sanjie-searched-by";

fn told(by: Option<By>) -> String {
    match by {
        None => "words".to_string(),
        Some(By::Meaning) => "meaning".to_string(),
        Some(By::Both) => "both".to_string(),
        Some(By::Weighted(share)) => format!("weighted:{share}"),
    }
}

/// `POST /api/kb/NAME/search`
pub(super) async fn search(
    State(app): State<Arc<App>>,
    Name(name): Name,
    Body(wanted): Body<SearchKb>,
) -> Answer<([(&'static str, String); 1], Json<Vec<KbHit>>)> {
    let SearchKb { query, k, by, explain, user, groups, owner } = wanted;
    let viewer = Who { user, groups, owner }.viewer()?;
    check_k(k)?;
    blocking(app, move |app| {
        let find = |kb: &KnowledgeBase, by: Option<By>| {
            let hits = kb.search_as(by, &query, k, &viewer).map_err(refused)?;
            let hits = hits.into_iter().map(|hit| shown(kb, hit, explain.then_some(&query)));
            Ok(([(SEARCHED_BY, told(by))], Json(hits.collect())))
        };
        let by = match by {
            None => return app.knowledge.with_vectors_if_any(&app.home, &name, |kb| find(kb, kb.usual_way())),
            Some(SearchBy::Words) => return app.knowledge.with(&app.home, &name, |kb| find(kb, None)),
            Some(SearchBy::Meaning) => By::Meaning,
            Some(SearchBy::Both) => By::Both,
        };
        app.knowledge.with_vectors(&app.home, &name, |kb| find(kb, Some(by)))
    })
    .await
}

/// As many as may be wanted.
pub(super) fn check_k(k: usize) -> Answer<()> {
    match (1..=K_MAX).contains(&k) {
        true => Ok(()),
        false => Err(StudioError::OutOfRange { field: "k", expected: "1 to 1000", found: k.to_string() }.into()),
    }
}

/// A hit with its score taken apart for `query`, if that is wanted.
pub(super) fn shown(kb: &KnowledgeBase, hit: Hit, query: Option<&String>) -> KbHit {
    let explain = query.map(|query| kb.explain(query, hit.id).into_iter().map(KbPart::from).collect());
    let Hit { rank, score, document, chunk, start, end, text, title, headings, highlights, page, bounds, .. } = hit;
    KbHit { rank, score, document, chunk, start, end, text, title, headings, highlights, page, bounds, explain }
}

/// `POST /api/kb/NAME/ask`
pub(super) async fn ask(
    State(app): State<Arc<App>>,
    Name(name): Name,
    Body(wanted): Body<AskKb>,
) -> Answer<Json<KbAnswer>> {
    let AskKb { question, threshold, user, groups, owner } = wanted;
    let viewer = Who { user, groups, owner }.viewer()?;
    if let Some(found) = threshold.filter(|threshold| !(0.0..=1.0).contains(threshold)) {
        let (field, expected) = ("threshold", "0 to 1");
        return Err(StudioError::OutOfRange { field, expected, found: found.to_string() }.into());
    }
    blocking(app, move |app| {
        app.knowledge.with(&app.home, &name, |kb| {
            let threshold = answer::threshold(kb, threshold).map_err(refused)?;
            let found = answer::answer(kb, &question, &viewer, threshold).map_err(refused)?;
            let answer::Answer { answer, abstained, confidence, citations, .. } = found;
            let citations = citations.into_iter().map(|answer::Citation { document, start, end, text }| KbCitation {
                document,
                start,
                end,
                text,
            });
            Ok(Json(KbAnswer { answer, abstained, confidence, threshold, citations: citations.collect() }))
        })
    })
    .await
}

/// `POST /api/kb/NAME/evaluate`, with a questions file for a body
pub(super) async fn evaluate(
    State(app): State<Arc<App>>,
    Name(name): Name,
    pairs: Pairs,
    lines: Result<Bytes, BytesRejection>,
) -> Answer<Json<KbEvaluated>> {
    let lines = lines.map_err(|_| StudioError::BodyTooLarge { max: super::QUESTIONS_BYTES_MAX })?;
    let viewer = pairs.only(&["user", "group", "owner"])?.viewer()?;
    blocking(app, move |app| {
        let AnsweredQuestions { questions: asked, left_out } = read(&lines)?;
        app.knowledge.with_vectors_if_any(&app.home, &name, |kb| {
            let (lines, answered) = questions::evaluate(kb, &asked, &viewer).map_err(refused)?;
            let unknown = questions::unknown(kb, &asked, &viewer);
            let metric = |Line { metric, k, n, value, ci95 }| {
                let metric = metric.name().to_string();
                KbMetric { metric, k, n, value, ci95 }
            };
            let question = |Answered { id, question, retrieved, relevant, ndcg }| KbQuestion {
                id,
                question,
                retrieved,
                relevant,
                ndcg,
            };
            let metrics = lines.into_iter().map(metric).collect();
            let questions = answered.into_iter().map(question).collect();
            Ok(Json(KbEvaluated { metrics, questions, left_out, unknown }))
        })
    })
    .await
}

/// The questions of a request's body that documents answer.
fn read(lines: &[u8]) -> Answer<AnsweredQuestions> {
    questions::parse_answered("questions", &String::from_utf8_lossy(lines)).map_err(refused)
}

/// `POST /api/kb/NAME/compare`, with a questions file for a body: the best way first. `chunking=` names ways to compare
/// with the current one; without any it is the usual ones, and other weights of titles.
pub(super) async fn compare(
    State(app): State<Arc<App>>,
    Name(name): Name,
    pairs: Pairs,
    lines: Result<Bytes, BytesRejection>,
) -> Answer<Json<Vec<KbWay>>> {
    let lines = lines.map_err(|_| StudioError::BodyTooLarge { max: super::QUESTIONS_BYTES_MAX })?;
    let pairs = pairs.only(&["user", "group", "owner", "chunking"])?;
    let (viewer, named) = (pairs.viewer()?, pairs.all("chunking"));
    if named.len() > WAYS_MAX {
        let (field, expected) = ("chunking", "at most 16 of them");
        return Err(StudioError::OutOfRange { field, expected, found: named.len().to_string() }.into());
    }
    blocking(app, move |app| {
        let AnsweredQuestions { questions: asked, .. } = read(&lines)?;
        // One of its own, since a comparison takes long and others want to search meanwhile.
        let mut kb = KnowledgeBase::open(&app.home, &name).map_err(refused)?;
        let ways = questions::ways(&kb, &named).map_err(refused)?;
        if ways.iter().any(|(chunking, _)| chunking.needs_embedder()) {
            app.knowledge.embedders.lend(&mut kb)?;
        }
        let compared = questions::compare(&kb, &asked, &viewer, &ways, None).map_err(refused)?;
        let shown = |way: Compared| {
            let Compared { chunking, title_weight, chunks, n, ndcg, ci95, difference, difference_ci95, verdict } = way;
            let verdict = verdict.to_string();
            KbWay { chunking, title_weight, chunks, n, ndcg, ci95, difference, difference_ci95, verdict }
        };
        Ok(Json(compared.into_iter().map(shown).collect()))
    })
    .await
}

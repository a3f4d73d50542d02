//! Checking a knowledge base over HTTP, taking its documents out of it, and learning from questions when it answers.

use super::{Answer, Name, Pairs, blocking, refused};
use crate::App;
use crate::failure::StudioError;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header;
use retrieval::answer::calibrate::{self, Calibrated, Learned, Rates};
use retrieval::questions::weights::LearnedWeights;
use retrieval::{KnowledgeBase, questions};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Whether a knowledge base is whole, as far as whoever asks may see it.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct KbChecked {
    /// Documents that were looked at.
    pub documents: usize,
    /// Their chunks.
    pub chunks: usize,
    /// What is wrong; nothing if it is whole.
    pub faults: Vec<String>,
}

/// What was learned from questions, and is kept in the knowledge base.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct KbCalibrated {
    /// From this confidence on there is an answer.
    pub threshold: f32,
    /// The share of answers that should be right.
    pub right: f32,
    /// Questions.
    pub n: usize,
    /// Those among them that the documents do not answer.
    pub unanswerable: usize,
    /// With the threshold as it is when nothing was learned.
    pub before: KbRates,
    /// With thresholds learned from other questions.
    pub after: KbRates,
    /// What searches weigh by.
    pub weights: KbWeights,
}

/// How much titles and meaning count in a search that says nothing else.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct KbWeights {
    /// How many times a title word counts.
    pub title_weight: f32,
    /// The share of meaning, 0 to 1.
    pub meaning: f32,
    /// Questions that documents answer.
    pub n: usize,
    /// Their mean nDCG at 10 with the usual weights.
    pub before: f64,
    /// The same with weights learned from other questions.
    pub after: f64,
    /// Whether that is better; if not, the weights are the usual ones.
    pub is_better: bool,
}

/// How answers did.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct KbRates {
    /// Of the answerable questions, the share that got an answer from the right document.
    pub coverage: f64,
    /// Of the answers given, the share from the right document; null if there was no answer.
    pub precision: Option<f64>,
}

impl From<Rates> for KbRates {
    fn from(Rates { coverage, precision }: Rates) -> KbRates {
        KbRates { coverage, precision }
    }
}

/// `GET /api/kb/NAME/check`
pub(super) async fn check(State(app): State<Arc<App>>, Name(name): Name, pairs: Pairs) -> Answer<Json<KbChecked>> {
    let viewer = pairs.only(&["user", "group", "owner"])?.viewer()?;
    blocking(app, move |app| {
        app.knowledge.with(&app.home, &name, |kb| {
            let seen = || kb.documents().iter().filter(|row| viewer.may_see(row.access.as_ref()));
            let chunks = seen().map(|row| (row.chunks.end - row.chunks.start) as usize).sum();
            let faults = kb.check(&viewer).map_err(refused)?;
            Ok(Json(KbChecked { documents: seen().count(), chunks, faults }))
        })
    })
    .await
}

/// `GET /api/kb/NAME/export`: JSON lines that `add` takes.
pub(super) async fn export(
    State(app): State<Arc<App>>,
    Name(name): Name,
    pairs: Pairs,
) -> Answer<([(header::HeaderName, &'static str); 1], String)> {
    let viewer = pairs.only(&["user", "group", "owner"])?.viewer()?;
    blocking(app, move |app| {
        app.knowledge.with(&app.home, &name, |kb| {
            let mut lines = String::new();
            kb.export(&viewer, &mut |line| {
                lines.push_str(&line);
                lines.push('\n');
            })
            .map_err(refused)?;
            Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], lines))
        })
    })
    .await
}

/// `POST /api/kb/NAME/calibrate?right=SHARE`, with a questions file for a body
pub(super) async fn calibrate(
    State(app): State<Arc<App>>,
    Name(name): Name,
    pairs: Pairs,
    lines: Result<Bytes, BytesRejection>,
) -> Answer<Json<KbCalibrated>> {
    let lines = lines.map_err(|_| StudioError::BodyTooLarge { max: super::QUESTIONS_BYTES_MAX })?;
    let pairs = pairs.only(&["user", "group", "owner", "right"])?;
    let viewer = pairs.viewer()?;
    let right = match pairs.one("right") {
        None => calibrate::RIGHT,
        Some(found) => {
            let share = found.parse().ok().filter(|share| 0.0 < *share && *share < 1.0);
            let (field, expected) = ("right", "more than 0 and less than 1");
            share.ok_or_else(|| StudioError::OutOfRange { field, expected, found: found.to_string() })?
        }
    };
    blocking(app, move |app| {
        let asked = questions::parse("questions", &String::from_utf8_lossy(&lines)).map_err(refused)?;
        let _writing = app.knowledge.writing();
        // One of its own, since others want to search meanwhile.
        let mut kb = KnowledgeBase::open(&app.home, &name).map_err(refused)?;
        // Where it does not open, words alone are weighed.
        let _ = app.knowledge.embedders.lend(&mut kb);
        let Learned { calibrated, weights } = calibrate::learn(&mut kb, &asked, &viewer, right).map_err(refused)?;
        let Calibrated { threshold, right, n, unanswerable, before, after } = calibrated;
        let LearnedWeights { title_weight, meaning, n: answered, before: was, after: is, is_better } = weights;
        let weights = KbWeights { title_weight, meaning, n: answered, before: was, after: is, is_better };
        let (before, after) = (before.into(), after.into());
        Ok(Json(KbCalibrated { threshold, right, n, unanswerable, before, after, weights }))
    })
    .await
}

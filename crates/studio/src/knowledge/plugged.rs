//! Searching a knowledge base by the learner's own ranking, with the engine's beside it.
//!
//! Passed or not: a broken one may be plugged in, too. What it does wrong is told as a check of its lab tells it.

use super::search::{KbHit, check_k, shown};
use super::{Answer, Name, Who, blocking, refused};
use crate::App;
use crate::failure::{Asked, Body};
use crate::learning::{Unplugged, last_printed, unplugged};
use answers::plug::PlugFault;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A search by a learner's ranking.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct PlugKb {
    /// Words; a phrase in quotation marks must occur.
    pub query: String,
    /// Passages wanted, 1 to 1000.
    #[serde(default = "super::search::ten")]
    pub k: usize,
    /// The lab whose file ranks.
    pub lab: String,
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

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct KbPlugged {
    /// Both rankings; null if the learner's code gave up.
    pub compared: Option<KbCompared>,
    /// Why it gave up.
    pub unplugged: Option<Unplugged>,
    /// The last lines that the learner's code printed.
    pub printed: String,
}

/// A learner's ranking beside the engine's.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct KbCompared {
    /// Passages in the learner's order.
    pub yours: Vec<KbHit>,
    /// In the engine's.
    pub engine: Vec<KbHit>,
    /// Milliseconds of the learner's ranking.
    pub ms: f64,
    /// Of the engine's.
    pub engine_ms: f64,
    /// Places of the longer ranking.
    pub places: usize,
    /// The first place, counted from 0, where the passages are not the same.
    pub first_other: Option<usize>,
    /// The largest difference of two scores of a passage, relative to the engine's.
    pub max_relative: f32,
    /// Passages that the learner's functions found and that must not be found; they are left out.
    pub n_closed: usize,
}

/// `POST /api/kb/NAME/plugged`
pub(super) async fn search(
    State(app): State<Arc<App>>,
    Name(name): Name,
    Asked(lang): Asked,
    Body(wanted): Body<PlugKb>,
) -> Answer<Json<KbPlugged>> {
    let PlugKb { query, k, lab, user, groups, owner } = wanted;
    let viewer = Who { user, groups, owner }.viewer()?;
    check_k(k)?;
    let slot = app.learning.checks.clone().acquire_owned().await.expect("nobody closes it");
    blocking(app, move |app| {
        let gave_up = |fault: &PlugFault, printed: &str| KbPlugged {
            compared: None,
            unplugged: Some(unplugged(fault, printed, lang)),
            printed: String::new(),
        };
        let mut ranking = match app.learning.now().plug_in_ranking(&lab)? {
            Ok(ranking) => ranking,
            Err(fault) => return Ok(Json(gave_up(&fault, ""))),
        };
        let found = app.knowledge.with(&app.home, &name, |kb| {
            let Some(found) = ranking.search(kb, &query, k, &viewer).map_err(refused)? else { return Ok(None) };
            let all = |hits: Vec<_>| hits.into_iter().map(|hit| shown(kb, hit, Some(&query))).collect();
            let [ms, engine_ms] = found.times.map(|time| time.as_secs_f64() * 1e3);
            Ok(Some(KbCompared {
                yours: all(found.yours),
                engine: all(found.engine),
                ms,
                engine_ms,
                places: found.apart.places,
                first_other: found.apart.first_other,
                max_relative: found.apart.max_relative,
                n_closed: found.n_closed,
            }))
        });
        drop(slot);
        let printed = last_printed(&ranking.take_printed());
        match (found?, ranking.fault()) {
            (None, Some(fault)) => Ok(Json(gave_up(fault, &printed))),
            (compared, _) => Ok(Json(KbPlugged { compared, unplugged: None, printed })),
        }
    })
    .await
}

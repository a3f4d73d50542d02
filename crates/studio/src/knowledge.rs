//! Knowledge bases over HTTP, for the page *Knowledge* and for other programs on this computer.
//!
//! Who may send a request is the studio's [`guard`](crate::guard) to say. For whom it asks is in the request: `user` and `groups`,
//! or `owner`; a request that names nobody sees what is for everyone only, as on the command line. What a person may not see
//! does not exist for the answer: not as a hit, not as a document, not as evidence. How many chunks have a word, which scores
//! come from, and the sizes in the list of knowledge bases count everything.
//!
//! A knowledge base is kept open between requests and takes up what other processes change. Whoever writes opens one of
//! his own, one at a time, so that searches do not wait for a long addition.

mod documents;
mod embedders;
mod plugged;
mod search;
mod upkeep;

pub use documents::{
    AddPaths, KbBlock, KbChanged, KbChunk, KbDocument, KbDocumentPage, KbPlace, RemoveBase, RemoveDocuments, Removed,
};
pub(crate) use embedders::Embedders;
pub use embedders::OpenEmbedder;
pub use plugged::{KbCompared, KbPlugged, PlugKb};
pub use search::{
    AskKb, KbAnswer, KbCitation, KbEvaluated, KbHit, KbMetric, KbPart, KbQuestion, KbWay, SearchBy, SearchKb,
};
pub use upkeep::{KbCalibrated, KbChecked, KbRates, KbWeights};

use crate::App;
use crate::failure::{Failure, Name, StudioError, Values, refused};
use axum::extract::{DefaultBodyLimit, FromRequestParts, State};
use axum::http::request::Parts;
use axum::routing::{get, post};
use axum::{Json, Router};
use retrieval::KnowledgeBase;
use retrieval::access::Viewer;
use retrieval::knowledge_base::Summary;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Answer<T> = Result<T, Failure>;

/// A file that is handed over: no parser takes a larger one.
pub const UPLOAD_BYTES_MAX: usize = retrieval::parse::FILE_BYTES_MAX as usize;
/// A questions file: some hundred thousand questions.
const QUESTIONS_BYTES_MAX: usize = 32 << 20;

/// A knowledge base, as listed.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct KbLine {
    /// Its name.
    pub name: String,
    /// Documents in it.
    pub documents: usize,
    /// Chunks in it.
    pub chunks: u64,
    /// Where its embedder is; null if vectors are learned from the documents.
    pub embedder: Option<String>,
}

/// For whom a request asks.
struct Who {
    user: Option<String>,
    groups: Vec<String>,
    owner: bool,
}

impl Who {
    /// As the library says it; the owner has neither name nor groups, so that no slip lets somebody see everything.
    fn viewer(self) -> Answer<Viewer> {
        match self {
            Who { owner: true, user: None, groups } if groups.is_empty() => Ok(Viewer::Owner),
            Who { owner: true, .. } => {
                let (field, expected) = ("owner", "alone, without `user` and `groups`");
                Err(StudioError::OutOfRange { field, expected, found: "true".to_string() }.into())
            }
            Who { owner: false, user, groups } => Ok(Viewer::Person { user, groups }),
        }
    }
}

/// Knowledge bases that were opened, and the right to change one.
pub(crate) struct Knowledge {
    pub embedders: Embedders,
    open: Mutex<HashMap<String, Arc<Mutex<Opened>>>>,
    writing: Mutex<()>,
}

/// An open knowledge base and the file that it is: another one may take its name.
struct Opened {
    kb: KnowledgeBase,
    file: u64,
}

impl Knowledge {
    /// None is open yet; embedders are opened by `open`.
    pub fn new(open: OpenEmbedder) -> Knowledge {
        Knowledge { embedders: Embedders::new(open), open: Mutex::default(), writing: Mutex::default() }
    }

    /// Does `work` with the knowledge base as it is now.
    fn with<T>(&self, home: &std::path::Path, name: &str, work: impl FnOnce(&KnowledgeBase) -> Answer<T>) -> Answer<T> {
        self.with_opened(home, name, |kb| work(kb))
    }

    /// As [`Knowledge::with`], and with its embedder.
    fn with_vectors<T>(
        &self,
        home: &std::path::Path,
        name: &str,
        work: impl FnOnce(&KnowledgeBase) -> Answer<T>,
    ) -> Answer<T> {
        self.with_opened(home, name, |kb| {
            if !kb.has_its_embedder().map_err(refused)? {
                self.embedders.lend(kb)?;
            }
            work(kb)
        })
    }

    /// As [`Knowledge::with`], and with its embedder if what was learned for it goes by meaning and it opens; words need none.
    fn with_vectors_if_any<T>(
        &self,
        home: &std::path::Path,
        name: &str,
        work: impl FnOnce(&KnowledgeBase) -> Answer<T>,
    ) -> Answer<T> {
        self.with_opened(home, name, |kb| {
            if kb.wants_embedder().map_err(refused)? {
                let _ = self.embedders.lend(kb);
            }
            work(kb)
        })
    }

    fn with_opened<T>(
        &self,
        home: &std::path::Path,
        name: &str,
        work: impl FnOnce(&mut KnowledgeBase) -> Answer<T>,
    ) -> Answer<T> {
        let file = store_file(home, name);
        let known = locked(&self.open).get(name).cloned();
        let known = match known.filter(|known| Some(locked(known).file) == file) {
            Some(known) => known,
            None => {
                locked(&self.open).remove(name);
                let kb = KnowledgeBase::open(home, name).map_err(refused)?;
                let opened = Arc::new(Mutex::new(Opened { kb, file: store_file(home, name).unwrap_or_default() }));
                locked(&self.open).insert(name.to_string(), opened.clone());
                opened
            }
        };
        let mut opened = locked(&known);
        opened.kb.refresh().map_err(refused)?;
        work(&mut opened.kb)
    }

    /// Waits for the right to write; then nobody else of this studio does.
    fn writing(&self) -> MutexGuard<'_, ()> {
        locked(&self.writing)
    }

    /// Lets go of a knowledge base that is no more.
    fn forget(&self, name: &str) {
        locked(&self.open).remove(name);
    }
}

/// Tells one store from another of the same name; `None` if there is none.
fn store_file(home: &std::path::Path, name: &str) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    Some(std::fs::metadata(home.join("kb").join(name).join("store.sqlite")).ok()?.ino())
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The requests.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/kb", get(list))
        .route("/api/kb/{name}", axum::routing::delete(documents::remove_base))
        .route("/api/kb/{name}/add", post(documents::add))
        .route("/api/kb/{name}/files", post(documents::upload).layer(DefaultBodyLimit::max(UPLOAD_BYTES_MAX)))
        .route("/api/kb/{name}/sync", post(documents::sync))
        .route("/api/kb/{name}/documents", get(documents::list).delete(documents::remove))
        .route("/api/kb/{name}/document", get(documents::show))
        .route("/api/kb/{name}/search", post(search::search))
        .route("/api/kb/{name}/plugged", post(plugged::search))
        .route("/api/kb/{name}/ask", post(search::ask))
        .route("/api/kb/{name}/evaluate", post(search::evaluate).layer(DefaultBodyLimit::max(QUESTIONS_BYTES_MAX)))
        .route("/api/kb/{name}/compare", post(search::compare).layer(DefaultBodyLimit::max(QUESTIONS_BYTES_MAX)))
        .route("/api/kb/{name}/calibrate", post(upkeep::calibrate).layer(DefaultBodyLimit::max(QUESTIONS_BYTES_MAX)))
        .route("/api/kb/{name}/check", get(upkeep::check))
        .route("/api/kb/{name}/export", get(upkeep::export))
}

/// `GET /api/kb`
async fn list(State(app): State<Arc<App>>) -> Answer<Json<Vec<KbLine>>> {
    blocking(app, |app| {
        let lines = KnowledgeBase::names(&app.home).into_iter().filter_map(|name| {
            // One that vanished or is damaged hides no other.
            let Summary { documents, chunks, embedder } = KnowledgeBase::summary(&app.home, &name).ok()?;
            Some(KbLine { name, documents, chunks, embedder })
        });
        Ok(Json(lines.collect()))
    })
    .await
}

/// Does `work` where blocking is allowed.
async fn blocking<T: Send + 'static>(
    app: Arc<App>,
    work: impl FnOnce(&App) -> Answer<T> + Send + 'static,
) -> Answer<T> {
    crate::blocking(move || work(&app)).await
}

/// The query values of a request, of which `group` and `user` may come several times.
struct Pairs(Vec<(String, String)>);

impl FromRequestParts<Arc<App>> for Pairs {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let Values(pairs) = Values::from_request_parts(parts, app).await?;
        Ok(Pairs(pairs))
    }
}

impl Pairs {
    /// That nothing else was sent: a name written wrongly must not go unnoticed where it says who may see something.
    fn only(self, known: &[&str]) -> Answer<Pairs> {
        // These go with every request.
        let is_known = |key: &str| known.contains(&key) || matches!(key, "lang" | "token");
        match self.0.iter().find(|(key, _)| !is_known(key)) {
            Some((key, _)) => Err(StudioError::BadRequest { cause: format!("unknown value `{key}`") }.into()),
            None => Ok(self),
        }
    }

    fn one(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    fn all(&self, key: &str) -> Vec<String> {
        self.0.iter().filter(|(known, _)| known == key).map(|(_, value)| value.clone()).collect()
    }

    /// For whom the request asks: `user=`, any number of `group=`, or `owner=true`.
    fn viewer(&self) -> Answer<Viewer> {
        let owner = match self.one("owner") {
            None | Some("false") => false,
            Some("true") => true,
            Some(found) => {
                let (field, expected) = ("owner", "true or false");
                return Err(StudioError::OutOfRange { field, expected, found: found.to_string() }.into());
            }
        };
        Who { user: self.one("user").map(str::to_string), groups: self.all("group"), owner }.viewer()
    }
}

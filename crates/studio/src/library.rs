//! The models that are here: those of runs, and those that were pulled or put into the folder of models.
//!
//! A run is named by its id, a pulled model by ORG/NAME; a slash tells them apart. What a model's files say of it ([`facts`]) is
//! read once and kept until one of them changes. Nothing here writes or removes anything.

mod facts;
mod next;
mod tokens;

pub use facts::ModelUse;
pub use next::{AskNext, NextToken, NextTokens};
pub(crate) use next::{next, prompt};
pub use tokens::{Piece, Tokenise, Tokenised};

use crate::App;
use crate::chat::Model;
use crate::failure::{Asked, Failure, Problem, StudioError, Values};
use crate::kept::{Kept, MODELS_MAX};
use crate::runs::RunState;
use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use facts::Facts;
use formats::checksum::SUMS_FILE;
use hub::{ModelHere, ModelStore, Pace, Patience};
use messages::Lang;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokens::Cutter;

/// Tokenizers kept open; each may take a second to read.
const TOKENIZERS_MAX: usize = 4;

/// What is kept between requests.
pub(crate) struct Library {
    facts: Kept<Arc<Facts>>,
    tokenizers: Kept<Arc<Cutter>>,
}

impl Library {
    /// Nothing was read yet.
    pub fn new() -> Library {
        Library { facts: Kept::at_most(MODELS_MAX), tokenizers: Kept::at_most(TOKENIZERS_MAX) }
    }
}

/// A model that is here.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct LibraryModel {
    /// A run's name, or ORG/NAME.
    pub id: String,
    /// Whether it was trained here.
    pub is_run: bool,
    /// The page or the path that it came from; null if nobody wrote it down.
    pub source: Option<String>,
    /// The commit, where its server named one.
    pub revision: Option<String>,
    /// Its family, as its publisher's files call it.
    pub architecture: Option<String>,
    /// What it can be used for here; null if for nothing.
    pub does: Option<ModelUse>,
    /// Why not.
    pub problem: Option<Problem>,
    /// The licence that its files state.
    pub license: Option<String>,
    /// Number of parameters.
    pub n_params: Option<u64>,
    /// Tokens it reads at most.
    pub context: Option<u64>,
    /// Size of its files; of a run, of its newest checkpoint.
    pub bytes: u64,
}

/// All that is known of a model without running it.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct LibraryPage {
    /// As in the list.
    pub model: LibraryModel,
    /// Where it stands.
    pub path: String,
    /// Arrays by the type of their numbers.
    pub types: Vec<TypeCount>,
    /// Tokens it tells apart.
    pub vocab_size: Option<u64>,
    /// The kind of its tokenizer.
    pub tokenizer: Option<String>,
    /// The Jinja source of its chat template.
    pub template: Option<String>,
    /// Its card in Markdown, without the front matter.
    pub card: Option<String>,
    /// Its files.
    pub files: Vec<FileLine>,
}

/// How many arrays hold numbers of one type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct TypeCount {
    /// The type.
    pub name: String,
    /// Arrays.
    pub n: u32,
}

/// A file of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct FileLine {
    /// Its path in the model's folder.
    pub path: String,
    /// Its size.
    pub bytes: u64,
}

/// Where a model's files are, and what tells whether they are still the same.
pub(crate) struct Place {
    /// What is opened: a run's folder, a model's folder, a GGUF file.
    pub path: PathBuf,
    /// A checkpoint, whose files are shown; the same as `path` for what is no run.
    pub files: PathBuf,
    /// Of a pulled model.
    pub here: Option<ModelHere>,
    /// Names, sizes and times of the files. Of a run, the checksums of its newest checkpoint: a name may be used again after a
    /// deletion, and a step may be reached again after a resumption; equal checksums are equal weights.
    pub stamp: Vec<u8>,
}

impl App {
    /// The folder of models.
    fn store(&self) -> ModelStore {
        // Nothing is fetched, so nobody has to be patient, and no token is shown.
        ModelStore::at(self.home.join("models"), Patience::standard(), Pace::standard(), None)
    }

    /// Where the model called `id` is.
    ///
    /// # Errors
    /// [`StudioError::NoSuchRun`], [`StudioError::NoSuchModel`], [`StudioError::NoCheckpoint`].
    pub(crate) fn place(&self, id: &str) -> Result<Place, StudioError> {
        if id.contains('/') {
            let here = self.store().model(id).ok_or_else(|| StudioError::NoSuchModel { model: id.into() })?;
            return Ok(Place::of(here));
        }
        let folder = self.run(id)?;
        let newest = folder.checkpoints().into_iter().next_back();
        let step = newest.ok_or_else(|| StudioError::NoCheckpoint { run: folder.id.clone() })?;
        let files = folder.checkpoint(step);
        let sums = files.join(SUMS_FILE);
        let stamp = std::fs::read(&sums).map_err(|error| StudioError::file(&sums, &error))?;
        Ok(Place { path: folder.path, files, here: None, stamp })
    }

    /// What the files of a model say; a large one's vocabulary takes a moment, so it is kept.
    fn facts(&self, place: &Place) -> Arc<Facts> {
        let read = || Ok::<_, Infallible>(Arc::new(facts::read(&place.files)));
        let Ok(facts) = self.library.facts.get(&place.path, &place.stamp, read);
        facts
    }

    /// All models: runs with a checkpoint, newest first, then what was pulled, by name.
    fn library_models(&self, lang: Lang) -> Result<Vec<LibraryModel>, StudioError> {
        let mut lines = Vec::new();
        for run in self.runs(lang)? {
            // A run without a checkpoint is no model yet.
            let Ok(place) = self.place(&run.id) else { continue };
            lines.push(self.facts(&place).line(lang, run.id, &place));
        }
        for here in self.store().models() {
            let (id, place) = (here.id.clone(), Place::of(here));
            lines.push(self.facts(&place).line(lang, id, &place));
        }
        Ok(lines)
    }

    /// Those that were not trained here and can be talked to, as the chat lists models.
    pub(crate) fn published_models(&self) -> Vec<Model> {
        let models = self.store().models().into_iter();
        models
            .filter_map(|here| {
                let (id, place) = (here.id.clone(), Place::of(here));
                let facts = self.facts(&place);
                let does = facts.does?;
                matches!(does, ModelUse::Chats | ModelUse::Continues).then(|| Model {
                    id,
                    step: 0,
                    steps: 0,
                    state: RunState::Finished,
                    chats: does == ModelUse::Chats,
                    n_params: facts.n_params,
                    context: facts.context,
                    val_loss: None,
                    alphabet: None,
                    is_published: true,
                })
            })
            .collect()
    }
}

impl Place {
    fn of(here: ModelHere) -> Place {
        let path = here.path.clone();
        Place { stamp: facts::stamp(&path), files: path.clone(), path, here: Some(here) }
    }
}

impl Facts {
    fn line(&self, lang: Lang, id: String, place: &Place) -> LibraryModel {
        LibraryModel {
            id,
            is_run: place.here.is_none(),
            source: place.here.as_ref().and_then(|here| here.source.clone()),
            revision: place.here.as_ref().and_then(|here| here.revision.clone()),
            architecture: self.architecture.clone(),
            does: self.does,
            problem: self.refusal.as_ref().map(|refusal| Problem::of(lang, refusal.as_ref())),
            license: self.license.clone(),
            n_params: self.n_params,
            context: self.context,
            bytes: facts::files(&place.files).iter().map(|file| file.bytes).sum(),
        }
    }
}

type Answer<T> = Result<Json<T>, Failure>;

/// What this module answers.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/library", get(list))
        .route("/api/library/model", get(show))
        .route("/api/tokenize", post(tokens::tokenise))
        .route("/api/next", post(next::ask))
}

async fn list(State(app): State<Arc<App>>, Asked(lang): Asked) -> Answer<Vec<LibraryModel>> {
    Ok(Json(crate::blocking(move || app.library_models(lang)).await?))
}

/// Which model.
#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    id: Option<String>,
}

async fn show(State(app): State<Arc<App>>, Asked(lang): Asked, Values(named): Values<Named>) -> Answer<LibraryPage> {
    let id = named.id.ok_or(StudioError::MissingValue { name: "id" })?;
    let page = crate::blocking(move || -> Result<LibraryPage, StudioError> {
        let place = app.place(&id)?;
        let facts = app.facts(&place);
        Ok(LibraryPage {
            path: place.path.display().to_string(),
            types: facts.types.clone(),
            vocab_size: facts.vocab_size,
            tokenizer: facts.tokenizer.clone(),
            template: facts.template.clone(),
            card: facts::card(&place.files),
            files: facts::files(&place.files),
            model: facts.line(lang, id, &place),
        })
    });
    Ok(Json(page.await?))
}

/// The folder that a model's small files stand in.
fn folder_of(path: &Path) -> &Path {
    if path.is_dir() { path } else { path.parent().unwrap_or(path) }
}

/// Refuses a text without a character.
pub(crate) fn check_given(text: &str) -> Result<(), StudioError> {
    if !text.trim().is_empty() {
        return Ok(());
    }
    let (field, expected) = ("text", "1 character or more");
    Err(StudioError::OutOfRange { field, expected, found: "0".into() })
}

/// Refuses a text that no page would send.
fn check_length(text: &str, max: usize, expected: &'static str) -> Result<(), StudioError> {
    let n = text.chars().count();
    if n <= max { Ok(()) } else { Err(StudioError::OutOfRange { field: "text", expected, found: n.to_string() }) }
}

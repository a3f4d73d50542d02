//! Documents of a knowledge base over HTTP: adding, listing, looking at one, removing.

use super::{Answer, Name, Pairs, blocking, refused};
use crate::App;
use crate::failure::{Asked, Body, Problem, StudioError};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use messages::Lang;
use retrieval::access::Access;
use retrieval::document::{Kind, Place};
use retrieval::knowledge_base::{KbError, OpenedEmbedder, Report};
use retrieval::sources::{Refusal, SourceError};
use retrieval::store::{ChunkRow, DocumentRow};
use retrieval::{Chunking, Document, KnowledgeBase};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of a document's text that one answer shows, so that no page has to hold a whole book.
const SHOWN_BYTES: usize = 200_000;

/// A wish to add what is in a folder.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct AddPaths {
    /// An absolute path.
    pub folder: String,
    /// Files and folders within it; none means all of it.
    #[serde(default)]
    pub paths: Vec<String>,
    /// Groups that may see it; nobody named means everybody.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Users that may see it.
    #[serde(default)]
    pub users: Vec<String>,
    /// How documents are cut, if the knowledge base is new: `recursive:256`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub chunking: Option<String>,
    /// Where vectors come from from now on: an encoder's folder or name, `URL#MODEL`, or `lsa`, learned from the documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub embedder: Option<String>,
}

/// What a change came to.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct KbChanged {
    /// Documents that are new.
    pub added: usize,
    /// Documents whose content is new.
    pub changed: usize,
    /// Documents that stayed.
    pub unchanged: usize,
    /// Documents that are gone.
    pub removed: usize,
    /// Files of kinds that are not read.
    pub other_files: usize,
    /// What was left out, and why.
    pub refused: Vec<Problem>,
    /// Why the embedder did not open, where it did not: vectors wait for it, words go on.
    pub waits: Option<Problem>,
}

/// A document, as listed.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct KbDocument {
    /// Its id or path.
    pub document: String,
    /// Its title.
    pub title: Option<String>,
    /// Its chunks.
    pub chunks: u64,
    /// Groups that may see it; null is everybody.
    pub groups: Option<Vec<String>>,
    /// Users that may see it; null is everybody.
    pub users: Option<Vec<String>>,
}

/// A document with what was made of it. Places are bytes of its normalised text.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct KbDocumentPage {
    /// Itself.
    pub about: KbDocument,
    /// The part of the text that is shown.
    pub text: String,
    /// Where that part begins.
    pub start: usize,
    /// Bytes of the whole text.
    pub bytes: usize,
    /// What the parser found, as far as it touches the part.
    pub blocks: Vec<KbBlock>,
    /// What is searched, as far as it touches the part.
    pub chunks: Vec<KbChunk>,
    /// The beginning of the file as it was read, if it is a text and still the same.
    pub source: Option<String>,
}

/// A part of a document that is one thing.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct KbBlock {
    /// `heading`, `paragraph`, `item`, `row` or `code`.
    pub kind: String,
    /// A heading's, 1 to 6.
    pub level: Option<u8>,
    /// First byte.
    pub start: usize,
    /// Byte after the last one.
    pub end: usize,
    /// Where it stands in a paged file.
    pub place: Option<KbPlace>,
}

/// A chunk of a document.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct KbChunk {
    /// Place among the document's chunks, from 0.
    pub chunk: u64,
    /// First byte.
    pub start: usize,
    /// Byte after the last one.
    pub end: usize,
    /// First byte of what a reader is given.
    pub context_start: usize,
    /// Byte after it.
    pub context_end: usize,
    /// Headings above it, outermost first.
    pub headings: Vec<String>,
    /// Where it stands in a paged file.
    pub place: Option<KbPlace>,
}

/// A place on a page.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct KbPlace {
    /// Page, counted from 1.
    pub page: u32,
    /// Left, top, right, bottom in points from the top left corner.
    pub bounds: [f32; 4],
}

/// A wish to remove documents.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct RemoveDocuments {
    /// Their ids or paths.
    pub documents: Vec<String>,
}

/// A wish to delete a knowledge base.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct RemoveBase {
    /// Its name again.
    pub confirm: String,
}

/// What a removal came to.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Removed {
    /// Documents that are gone.
    pub removed: usize,
}

/// `POST /api/kb/NAME/add`
pub(super) async fn add(
    State(app): State<Arc<App>>,
    Name(name): Name,
    Asked(lang): Asked,
    Body(wanted): Body<AddPaths>,
) -> Answer<Json<KbChanged>> {
    let AddPaths { folder, paths, groups, users, chunking, embedder } = wanted;
    blocking(app, move |app| {
        let paths = within(&folder, &paths)?;
        let ways = Ways { chunking: chunking.as_deref(), embedder: embedder.as_deref() };
        change(app, lang, &name, ways, |kb| kb.add(&paths, Access::of(groups, users).as_ref(), &mut |_| {}))
    })
    .await
}

/// The paths in `folder`, none of which leads out of it.
fn within(folder: &str, paths: &[String]) -> Answer<Vec<PathBuf>> {
    let missing = |path: &str| refused(SourceError::Missing { path: path.to_string() });
    if !Path::new(folder).is_absolute() {
        let (field, expected) = ("folder", "an absolute path");
        return Err(StudioError::OutOfRange { field, expected, found: folder.to_string() }.into());
    }
    let real = Path::new(folder).canonicalize().map_err(|_| missing(folder))?;
    if paths.is_empty() {
        return Ok(vec![real]);
    }
    let place = |path: &String| {
        let left = || StudioError::LeftTheFolder { path: path.clone(), folder: folder.to_string() };
        // The way is looked at as it is written, since what lies outside must not even be told to be there or not.
        let stays = Path::new(path)
            .components()
            .all(|part| matches!(part, std::path::Component::Normal(_) | std::path::Component::CurDir));
        if !stays {
            return Err(left().into());
        }
        let found = real.join(path).canonicalize().map_err(|_| missing(path))?;
        if found.starts_with(&real) { Ok(found) } else { Err(left().into()) }
    };
    paths.iter().map(place).collect()
}

/// `POST /api/kb/NAME/files?name=FILE`
pub(super) async fn upload(
    State(app): State<Arc<App>>,
    Name(name): Name,
    Asked(lang): Asked,
    pairs: Pairs,
    bytes: Result<Bytes, BytesRejection>,
) -> Answer<Json<KbChanged>> {
    let bytes = bytes.map_err(|_| StudioError::BodyTooLarge { max: super::UPLOAD_BYTES_MAX })?;
    let pairs = pairs.only(&["name", "group", "user", "chunking", "embedder"])?;
    let file = pairs.one("name").map(str::to_string);
    let file = file.ok_or_else(|| StudioError::BadRequest { cause: "no `name`".to_string() })?;
    let access = Access::of(pairs.all("group"), pairs.all("user"));
    blocking(app, move |app| {
        let ways = Ways { chunking: pairs.one("chunking"), embedder: pairs.one("embedder") };
        change(app, lang, &name, ways, |kb| kb.upload(&file, &bytes, access.as_ref()))
    })
    .await
}

/// How a knowledge base is made, as far as a person says it.
struct Ways<'w> {
    chunking: Option<&'w str>,
    embedder: Option<&'w str>,
}

/// Changes a knowledge base, which is made if it is not there and unmade if nothing came into it.
fn change(
    app: &App,
    lang: Lang,
    name: &str,
    ways: Ways,
    work: impl FnOnce(&mut KnowledgeBase) -> Result<Report, KbError>,
) -> Answer<Json<KbChanged>> {
    let chunking: Option<Chunking> = ways.chunking.map(str::parse).transpose().map_err(refused)?;
    // Before anything is made: a model that is not there makes no knowledge base.
    let embedder = ways.embedder.map(|written| app.knowledge.embedders.open(written)).transpose()?;
    let _writing = app.knowledge.writing();
    let is_new = !KnowledgeBase::names(&app.home).iter().any(|known| known == name);
    if is_new {
        OpenedEmbedder::can_cut(chunking.as_ref(), embedder.as_ref()).map_err(refused)?;
    }
    let mut kb = KnowledgeBase::open_or_create(&app.home, name, chunking.as_ref()).map_err(refused)?;
    let waits = match embedder {
        Some(opened) => {
            kb.choose_embedder(opened).map_err(refused)?;
            None
        }
        None => waits(app, lang, &mut kb),
    };
    let report = work(&mut kb);
    if is_new && kb.documents().is_empty() {
        app.knowledge.forget(name);
        kb.delete().map_err(refused)?;
    }
    Ok(Json(changed(&report.map_err(refused)?, lang, waits)))
}

/// Lends a knowledge base its embedder; why not, if it does not open.
fn waits(app: &App, lang: Lang, kb: &mut KnowledgeBase) -> Option<Problem> {
    app.knowledge.embedders.lend(kb).err().map(|failure| failure.problem(lang))
}

/// `POST /api/kb/NAME/sync`
pub(super) async fn sync(State(app): State<Arc<App>>, Name(name): Name, Asked(lang): Asked) -> Answer<Json<KbChanged>> {
    blocking(app, move |app| {
        let _writing = app.knowledge.writing();
        let mut kb = KnowledgeBase::open(&app.home, &name).map_err(refused)?;
        let waits = waits(app, lang, &mut kb);
        Ok(Json(changed(&kb.sync(&mut |_| {}).map_err(refused)?, lang, waits)))
    })
    .await
}

fn changed(report: &Report, lang: Lang, waits: Option<Problem>) -> KbChanged {
    let Report { added, changed, unchanged, removed, other_files, refused, .. } = report;
    let problem = |refusal: &Refusal| Problem::of(lang, refusal);
    KbChanged {
        added: *added,
        changed: *changed,
        unchanged: *unchanged,
        removed: *removed,
        other_files: *other_files,
        refused: refused.iter().map(problem).collect(),
        waits,
    }
}

/// `GET /api/kb/NAME/documents`
pub(super) async fn list(State(app): State<Arc<App>>, Name(name): Name, pairs: Pairs) -> Answer<Json<Vec<KbDocument>>> {
    let viewer = pairs.only(&["user", "group", "owner"])?.viewer()?;
    blocking(app, move |app| {
        app.knowledge.with(&app.home, &name, |kb| {
            let seen = kb.documents().iter().filter(|row| viewer.may_see(row.access.as_ref()));
            Ok(Json(seen.map(about).collect()))
        })
    })
    .await
}

fn about(row: &DocumentRow) -> KbDocument {
    let (groups, users) = match row.access.clone() {
        Some(Access { groups, users }) => (Some(groups), Some(users)),
        None => (None, None),
    };
    let chunks = row.chunks.end - row.chunks.start;
    KbDocument { document: row.name.clone(), title: row.title.clone(), chunks, groups, users }
}

/// `GET /api/kb/NAME/document?document=ID&at=BYTE`
pub(super) async fn show(State(app): State<Arc<App>>, Name(name): Name, pairs: Pairs) -> Answer<Json<KbDocumentPage>> {
    let pairs = pairs.only(&["document", "at", "user", "group", "owner"])?;
    let viewer = pairs.viewer()?;
    let id = pairs.one("document").unwrap_or_default().to_string();
    let at = match pairs.one("at").map(str::parse) {
        None => 0,
        Some(Ok(at)) => at,
        Some(Err(error)) => {
            let error: std::num::ParseIntError = error;
            return Err(StudioError::BadRequest { cause: format!("at: {error}") }.into());
        }
    };
    blocking(app, move |app| {
        app.knowledge.with(&app.home, &name, |kb| {
            let missing = || StudioError::NoSuchDocument { name: name.clone(), document: id.clone() };
            let row = kb.find(&id, &viewer).ok_or_else(missing)?;
            let document = kb.document(row.id).map_err(refused)?.ok_or_else(missing)?;
            let chunks = kb.chunks(row.id).map_err(refused)?;
            let mut source = kb.source(row).map_err(refused)?;
            if let Some(text) = &mut source {
                text.truncate(text.floor_char_boundary(SHOWN_BYTES));
            }
            Ok(Json(page(row, &document, &chunks, at, source)))
        })
    })
    .await
}

/// The part of the document around the byte `at`.
fn page(
    row: &DocumentRow,
    document: &Document,
    chunks: &[ChunkRow],
    at: usize,
    source: Option<String>,
) -> KbDocumentPage {
    let text = &document.text;
    // Whole parts follow each other without a gap, so that going back and forth shows the same ones.
    let part = at.min(text.len().saturating_sub(1)) / SHOWN_BYTES;
    let [start, end] = [part, part + 1].map(|part| text.floor_char_boundary(part * SHOWN_BYTES));
    let touches = |range: &std::ops::Range<usize>| range.start < end && range.end > start;
    let blocks = document.blocks.iter().filter(|block| touches(&block.range)).map(|block| {
        let (kind, level) = match block.kind {
            Kind::Heading(level) => ("heading", Some(level)),
            Kind::Paragraph => ("paragraph", None),
            Kind::Item => ("item", None),
            Kind::Row => ("row", None),
            Kind::Code => ("code", None),
        };
        let place = block.place.map(place);
        KbBlock { kind: kind.to_string(), level, start: block.range.start, end: block.range.end, place }
    });
    let shown = chunks.iter().filter(|row| touches(&row.chunk.range)).map(|ChunkRow { id, chunk }| KbChunk {
        chunk: id - row.chunks.start,
        start: chunk.range.start,
        end: chunk.range.end,
        context_start: chunk.context.start,
        context_end: chunk.context.end,
        headings: chunk.headings.clone(),
        place: chunk.place.map(place),
    });
    KbDocumentPage {
        about: about(row),
        text: text[start..end].to_string(),
        start,
        bytes: text.len(),
        blocks: blocks.collect(),
        chunks: shown.collect(),
        source,
    }
}

fn place(place: Place) -> KbPlace {
    KbPlace { page: place.page, bounds: place.bounds }
}

/// `DELETE /api/kb/NAME/documents`
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    Name(name): Name,
    Body(wanted): Body<RemoveDocuments>,
) -> Answer<Json<Removed>> {
    blocking(app, move |app| {
        let _writing = app.knowledge.writing();
        let mut kb = KnowledgeBase::open(&app.home, &name).map_err(refused)?;
        let removed = kb.remove(&wanted.documents).map_err(refused)?;
        if removed == 0 {
            let document = wanted.documents.join(", ");
            return Err(StudioError::NoSuchDocument { name, document }.into());
        }
        Ok(Json(Removed { removed }))
    })
    .await
}

/// `DELETE /api/kb/NAME`
pub(super) async fn remove_base(
    State(app): State<Arc<App>>,
    Name(name): Name,
    Body(confirmed): Body<RemoveBase>,
) -> Answer<StatusCode> {
    blocking(app, move |app| {
        let _writing = app.knowledge.writing();
        let kb = KnowledgeBase::open(&app.home, &name).map_err(refused)?;
        if confirmed.confirm != name {
            return Err(StudioError::NotConfirmed { run: name }.into());
        }
        app.knowledge.forget(&name);
        kb.delete().map_err(refused)?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

//! A knowledge base: a folder with a store and the index made from it.
//!
//! The store is what counts. A change is committed there first, batch by batch, then the index follows; whatever
//! moment a process is killed at, the store holds whole documents, and opening compares the index's chunk numbers with the
//! store's and takes out or adds what differs. So no index ever answers with something that is gone, and none has to be repaired
//! by hand. One process writes at a time (`writer.lock`); any number read.
//!
//! Who asks is asked about before a chunk can take a place among the results, not after: a search for ten gives ten that the
//! viewer may see, if there are ten.

mod removal;
mod search;
mod update;
pub mod uploads;
mod vectors;

pub use search::{By, Hit, K_MAX, Weights};
pub use update::Report;
pub use vectors::{Chosen, EmbedderError, OpenedEmbedder};

use crate::access::Viewer;
use crate::lexical::Index;
use crate::parse::{self, Format};
use crate::store::{ChunkRow, DocumentRow, Store, StoreError};
use crate::{Chunk, Chunking, Document, chunk::ChunkingError};
use api::{EmbedError, Embedder};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use sys::atomic_file::{self, FileError};
use uploads::UploadError;

sys::coded_error! {
    /// Why a knowledge base cannot be used.
    pub enum OpenError {
        /// There is none of that name.
        Unknown { name: String } = "kb.unknown",
        /// The name cannot be that of a folder.
        BadName { name: String } = "kb.bad_name",
        /// Another process is writing.
        Busy { name: String } = "kb.busy",
        /// It cuts its documents in another way than asked for.
        ChunkingStays { name: String, found: String, asked: String } = "kb.chunking_stays",
    }
}

sys::coded_union! {
    /// What can go wrong with a knowledge base.
    pub enum KbError {
        /// Opening.
        Open(OpenError),
        /// The store.
        Store(StoreError),
        /// A file.
        File(FileError),
        /// A chunking.
        Chunking(ChunkingError),
        /// A file that was handed over.
        Upload(UploadError),
        /// The embedder that should be there.
        Embedder(EmbedderError),
        /// Embedding.
        Embed(EmbedError),
    }
}

/// Longer names are no folders' names.
const NAME_BYTES_MAX: usize = 100;

/// The file of the vectors that were learned from the chunks.
const MEANING: &str = "meaning.idx";

/// A knowledge base that is not open.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Documents in it.
    pub documents: usize,
    /// Chunks in it.
    pub chunks: u64,
    /// Where its embedder is; `None` if vectors are learned from the documents.
    pub embedder: Option<String>,
}

/// An open knowledge base.
pub struct KnowledgeBase {
    folder: PathBuf,
    name: String,
    store: Store,
    index: Index,
    weights: Weights,
    chunking: Chunking,
    /// By ascending chunks.
    documents: Vec<DocumentRow>,
    generation: u64,
    /// Lent for as long as this is open.
    embedder: Option<Arc<dyn Embedder>>,
}

impl KnowledgeBase {
    /// Opens the knowledge base `name` below `home`.
    ///
    /// # Errors
    /// [`OpenError::Unknown`] if there is none, and those of its files.
    pub fn open(home: &Path, name: &str) -> Result<KnowledgeBase, KbError> {
        KnowledgeBase::load(existing(home, name)?, name)
    }

    /// Opens it, or makes it with `chunking`.
    ///
    /// # Errors
    /// [`OpenError::ChunkingStays`] if one is there and cuts otherwise; and [`KbError`].
    pub fn open_or_create(home: &Path, name: &str, chunking: Option<&Chunking>) -> Result<KnowledgeBase, KbError> {
        let folder = folder(home, name)?;
        fs::create_dir_all(&folder).map_err(|cause| FileError::writing(&folder, &cause))?;
        let mut store = Store::open(&folder.join("store.sqlite"))?;
        if store.setting("chunking")?.is_none() {
            let usual = Chunking::usual();
            let chunking = chunking.unwrap_or(&usual).to_string();
            store.change(|change| change.set("chunking", &chunking))?;
        }
        drop(store);
        let kb = KnowledgeBase::load(folder, name)?;
        match chunking {
            Some(chunking) if *chunking != kb.chunking => {
                let found = kb.chunking.to_string();
                Err(OpenError::ChunkingStays { name: name.to_string(), found, asked: chunking.to_string() }.into())
            }
            _ => Ok(kb),
        }
    }

    /// The names of all knowledge bases below `home`, sorted.
    pub fn names(home: &Path) -> Vec<String> {
        let entries = fs::read_dir(home.join("kb")).into_iter().flatten().flatten();
        let kept = entries.filter(|entry| entry.path().join("store.sqlite").is_file());
        let mut names: Vec<String> = kept.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    /// What there is to say about the knowledge base `name` without its index.
    ///
    /// # Errors
    /// As [`KnowledgeBase::open`].
    pub fn summary(home: &Path, name: &str) -> Result<Summary, KbError> {
        let store = Store::open(&existing(home, name)?.join("store.sqlite"))?;
        let rows = store.documents()?;
        let chunks = rows.iter().map(|row| row.chunks.end - row.chunks.start).sum();
        let embedder = store.setting("embedder")?.filter(|place| !place.is_empty());
        Ok(Summary { documents: rows.len(), chunks, embedder })
    }

    fn load(folder: PathBuf, name: &str) -> Result<KnowledgeBase, KbError> {
        let store = Store::open(&folder.join("store.sqlite"))?;
        let chunking = match store.setting("chunking")? {
            Some(chunking) => chunking.parse()?,
            None => Chunking::usual(),
        };
        let bytes = fs::read(folder.join("lexical.idx")).unwrap_or_default();
        let weights = Weights::kept(&store)?;
        let (index, stamp) =
            Index::from_bytes(&bytes, weights.bm25()).unwrap_or_else(|| (Index::new(weights.bm25()), 0));
        let mut kb = KnowledgeBase {
            folder,
            name: name.to_string(),
            store,
            index,
            weights,
            chunking,
            documents: vec![],
            generation: 0,
            embedder: None,
        };
        kb.documents = kb.store.documents()?;
        kb.generation = kb.store.generation()?;
        if stamp != kb.generation {
            kb.reconcile()?;
            // Left to the next one if somebody else writes at this moment.
            if let Ok(_lock) = kb.lock() {
                kb.save()?;
            }
        }
        if kb.folder.join("files").is_dir()
            && let Ok(_lock) = kb.lock()
        {
            kb.sweep()?;
        }
        Ok(kb)
    }

    /// Takes up what other processes have changed since.
    ///
    /// # Errors
    /// Those of the store.
    pub fn refresh(&mut self) -> Result<(), KbError> {
        let generation = self.store.generation()?;
        if generation != self.generation {
            self.documents = self.store.documents()?;
            self.generation = generation;
            let weights = Weights::kept(&self.store)?;
            if weights != self.weights {
                self.index = self.index_with(weights.title_weight);
                self.weights = weights;
            }
            self.reconcile()?;
        }
        Ok(())
    }

    /// Makes the index hold exactly the chunks of the store.
    fn reconcile(&mut self) -> Result<(), KbError> {
        let surplus: Vec<u64> = self.index.ids().filter(|id| self.document_of(*id).is_none()).collect();
        for id in surplus {
            self.index.remove(id);
        }
        for i in 0..self.documents.len() {
            let row = &self.documents[i];
            if row.chunks.clone().all(|id| self.index.contains(id)) {
                continue;
            }
            // Gone since the rows were read: the next refresh takes out what is left of it.
            let Some(text) = self.store.text(row.id)? else { continue };
            for ChunkRow { id, chunk } in self.store.chunks(row.id)? {
                insert(&mut self.index, id, &row.name, row.title.as_deref(), &text, &chunk);
            }
        }
        self.index.commit();
        Ok(())
    }

    fn save(&self) -> Result<(), KbError> {
        remove_if_there(&self.folder.join(MEANING))?;
        self.prune_vectors()?;
        let bytes = self.index.to_bytes(self.generation);
        Ok(atomic_file::write(self.folder.join("lexical.idx"), &bytes)?)
    }

    /// The right to write, until it is dropped.
    fn lock(&self) -> Result<File, KbError> {
        let path = self.folder.join("writer.lock");
        let file = File::options().create(true).append(true).open(&path);
        let file = file.map_err(|cause| FileError::writing(&path, &cause))?;
        sys::try_lock_patiently(&file).map_err(|_| OpenError::Busy { name: self.name.clone() })?;
        Ok(file)
    }

    /// The confidence from which on questions are answered, as it was learned; `None` before that.
    ///
    /// # Errors
    /// Those of the store.
    pub fn threshold(&self) -> Result<Option<f32>, KbError> {
        Ok(self.store.setting("ask_threshold")?.and_then(|kept| kept.parse().ok()))
    }

    /// Keeps it, or forgets it.
    ///
    /// # Errors
    /// Those of the store; [`OpenError::Busy`].
    pub fn keep_threshold(&self, threshold: Option<f32>) -> Result<(), KbError> {
        let _lock = self.lock()?;
        Ok(self.store.keep("ask_threshold", threshold.map(|threshold| threshold.to_string()).as_deref())?)
    }

    /// What searches weigh by when nothing else is asked.
    pub fn weights(&self) -> Weights {
        self.weights
    }

    /// Whether what was learned for searches goes by meaning, and the embedder for it has not been lent.
    ///
    /// # Errors
    /// Those of the store.
    pub fn wants_embedder(&self) -> Result<bool, KbError> {
        Ok(self.weights.meaning > 0.0 && !self.has_its_embedder()?)
    }

    /// Keeps the weights that searches go by from now on.
    ///
    /// # Errors
    /// Those of the store; [`OpenError::Busy`].
    pub fn keep_weights(&mut self, weights: Weights) -> Result<(), KbError> {
        if weights == self.weights {
            return Ok(());
        }
        let _lock = self.lock()?;
        self.refresh()?;
        self.store.change(|change| weights.keep(change))?;
        self.refresh()?;
        self.save()
    }

    /// The index with another weight of titles.
    pub(crate) fn index_with(&self, title_weight: f32) -> Index {
        let bm25 = Weights { title_weight, ..Weights::USUAL }.bm25();
        Index::from_bytes(&self.index.to_bytes(0), bm25).map_or_else(|| Index::new(bm25), |(index, _)| index)
    }

    /// How documents are cut.
    pub fn chunking(&self) -> &Chunking {
        &self.chunking
    }

    /// All documents, in the order of their chunks.
    pub fn documents(&self) -> &[DocumentRow] {
        &self.documents
    }

    /// The content of a document; `None` if another process has removed it meanwhile.
    ///
    /// # Errors
    /// Those of the store.
    pub fn document(&self, id: i64) -> Result<Option<Document>, KbError> {
        Ok(self.store.document(id)?)
    }

    /// The document called `name` that `viewer` may see.
    pub fn find(&self, name: &str, viewer: &Viewer) -> Option<&DocumentRow> {
        self.documents.iter().find(|row| row.name == name && viewer.may_see(row.access.as_ref()))
    }

    /// Gives `take` every document that `viewer` may see as a JSON line that [`KnowledgeBase::add`] takes:
    /// `{id, title?, text, groups?, users?}`.
    ///
    /// # Errors
    /// Those of the store.
    pub fn export(&self, viewer: &Viewer, take: &mut dyn FnMut(String)) -> Result<(), KbError> {
        for row in self.documents.iter().filter(|row| viewer.may_see(row.access.as_ref())) {
            let Some(document) = self.document(row.id)? else { continue };
            let mut line = serde_json::json!({"id": row.name, "title": document.title, "text": document.text});
            if let Some(access) = &row.access {
                line["groups"] = access.groups.clone().into();
                line["users"] = access.users.clone().into();
            }
            take(line.to_string());
        }
        Ok(())
    }

    /// The chunks of a document, in order.
    ///
    /// # Errors
    /// Those of the store.
    pub fn chunks(&self, document: i64) -> Result<Vec<ChunkRow>, KbError> {
        Ok(self.store.chunks(document)?)
    }

    /// The text of the file that a document was made from; `None` if it is no text or no longer the file that was read.
    ///
    /// # Errors
    /// Those of the store.
    pub fn source(&self, row: &DocumentRow) -> Result<Option<String>, KbError> {
        let file = self.store.files()?.into_iter().find(|file| file.id == row.file);
        let Some(path) = file.map(|file| PathBuf::from(file.path)) else { return Ok(None) };
        let is_small = fs::metadata(&path).is_ok_and(|about| about.len() <= parse::FILE_BYTES_MAX);
        let is_text = Format::of(&path).is_some_and(Format::is_text);
        let bytes = if is_small && is_text { fs::read(&path).unwrap_or_default() } else { vec![] };
        let is_same = Sha256::digest(&bytes).as_slice() == row.hash;
        Ok(if is_same { parse::encoding::decode(&bytes).map(Cow::into_owned) } else { None })
    }

    /// Deletes the knowledge base with everything in it; how many documents it held.
    ///
    /// # Errors
    /// [`OpenError::Busy`], or its folder cannot be removed.
    pub fn delete(self) -> Result<usize, KbError> {
        let lock = self.lock()?;
        let (n, folder) = (self.documents.len(), self.folder.clone());
        drop(self);
        fs::remove_dir_all(&folder).map_err(|cause| FileError::writing(&folder, &cause))?;
        drop(lock);
        Ok(n)
    }

    /// The index.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Whether there is a document that `viewer` may not see.
    pub(crate) fn hides_from(&self, viewer: &Viewer) -> bool {
        self.documents.iter().any(|row| !viewer.may_see(row.access.as_ref()))
    }

    pub(crate) fn may_see(&self, chunk: u64, viewer: &Viewer) -> bool {
        self.document_of(chunk).is_some_and(|row| viewer.may_see(row.access.as_ref()))
    }

    /// The document that a chunk belongs to.
    fn document_of(&self, chunk: u64) -> Option<&DocumentRow> {
        let i = self.documents.partition_point(|row| row.chunks.start <= chunk).checked_sub(1)?;
        let row = &self.documents[i];
        row.chunks.contains(&chunk).then_some(row)
    }

    /// What is wrong with the knowledge base, as far as `viewer` may see it; nothing if it is whole.
    ///
    /// # Errors
    /// Those of the store.
    pub fn check(&self, viewer: &Viewer) -> Result<Vec<String>, KbError> {
        let mut faults = self.store.faults()?;
        let mut chunks = HashSet::new();
        for row in &self.documents {
            if !viewer.may_see(row.access.as_ref()) {
                chunks.extend(row.chunks.clone());
                continue;
            }
            let Some(text) = self.store.text(row.id)? else {
                faults.push(format!("{}: is not in the store", row.name));
                continue;
            };
            let found = self.store.chunks(row.id)?;
            if found.iter().map(|chunk| chunk.id).ne(row.chunks.clone()) {
                faults.push(format!("{}: its chunks are not all there", row.name));
            }
            for ChunkRow { id, chunk } in found {
                chunks.insert(id);
                if text.get(chunk.range).is_none() || text.get(chunk.context).is_none() {
                    faults.push(format!("{}: chunk {} is no part of its text", row.name, id - row.chunks.start));
                }
                if !self.index.contains(id) {
                    faults.push(format!("{}: chunk {} is not in the index", row.name, id - row.chunks.start));
                }
            }
        }
        let orphans = self.index.ids().filter(|id| !chunks.contains(id)).count();
        if orphans > 0 {
            faults.push(format!("the index holds {orphans} chunks that belong to nothing"));
        }
        let orphans = self.vector_chunks().iter().filter(|id| !chunks.contains(id)).count();
        if orphans > 0 {
            faults.push(format!("the vectors hold {orphans} chunks that belong to nothing"));
        }
        Ok(faults)
    }
}

fn folder(home: &Path, name: &str) -> Result<PathBuf, OpenError> {
    let is_good = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > NAME_BYTES_MAX || name.starts_with('.') || !name.chars().all(is_good) {
        return Err(OpenError::BadName { name: name.to_string() });
    }
    Ok(home.join("kb").join(name))
}

fn remove_if_there(path: &Path) -> Result<(), KbError> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => Err(FileError::writing(path, &cause).into()),
        _ => Ok(()),
    }
}

/// The folder of a knowledge base that is there.
fn existing(home: &Path, name: &str) -> Result<PathBuf, OpenError> {
    let folder = folder(home, name)?;
    let is_there = folder.join("store.sqlite").is_file();
    if is_there { Ok(folder) } else { Err(OpenError::Unknown { name: name.to_string() }) }
}

/// Puts a chunk into the index.
pub(crate) fn insert(index: &mut Index, id: u64, name: &str, title: Option<&str>, text: &str, chunk: &Chunk) {
    index.insert(id, &title_field(name, title, chunk), text.get(chunk.range.clone()).unwrap_or(""));
}

/// What is indexed as the title of a chunk: the document's title (else its name) and the headings above.
fn title_field(name: &str, title: Option<&str>, chunk: &Chunk) -> String {
    let stem = || Path::new(name).file_stem().and_then(|stem| stem.to_str()).unwrap_or(name);
    let title = title.unwrap_or_else(stem);
    let headings = chunk.headings.iter().map(String::as_str).filter(|heading| *heading != title);
    let field: Vec<&str> = std::iter::once(title).chain(headings).collect();
    field.join("\n")
}

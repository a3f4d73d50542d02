//! The vectors of a knowledge base: those of a chosen embedder, or what an LSA learns from the chunks.
//!
//! An embedder's vectors are a derived index, `vectors.idx`: for each chunk its number, a hash of the text that was embedded, and the
//! vector, under the embedder's identity. A chunk's number names its content for ever, so a vector that is there is right; a
//! new chunk whose text was embedded before (in a document that changed elsewhere) takes that vector; only the others are embedded.
//! They are written as they come, so a kill costs a batch at most, and those of chunks that are gone are taken out with the next
//! change or opening. Vectors of two embedders never meet: another identity begins anew.
//!
//! The store remembers which embedder was chosen. Where it cannot be opened, words go on as ever, and vectors wait.

use super::{KbError, KnowledgeBase, MEANING};
use crate::bytes::{Kind, put_f32s, put_u32, put_u64, seal, take, take_f32s, take_u32, take_u64};
use crate::chunk::ChunkingError;
use crate::meaning::{Meaning, Source};
use crate::store::ChunkRow;
use crate::vector::{Coding, VectorIndex};
use crate::{Chunk, Chunking, Document};
use api::Embedder;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs;
use std::sync::Arc;
use sys::atomic_file;

sys::coded_error! {
    /// Why there are no vectors.
    pub enum EmbedderError {
        /// The vectors are an embedder's, and it is not at hand.
        Missing { name: String, embedder: String } = "kb.embedder_missing",
        /// What stands at the embedder's place gives other vectors than those that are kept.
        Changed { name: String, embedder: String, expected: String, found: String } = "kb.embedder_changed",
    }
}

/// The file of an embedder's vectors.
const VECTORS: &str = "vectors.idx";
const KIND: Kind = Kind { magic: b"sanjieve", version: 1 };
/// Texts that are embedded before the next look at what is done.
const BATCH_TEXTS: usize = 64;
/// Vectors after which the file is written: what a kill can cost.
const SAVED_EVERY: usize = 2048;
/// Bytes of a hash: no two texts of a collection ever share one.
const HASH_BYTES: usize = 16;

type Hash = [u8; HASH_BYTES];

/// The embedder that a person chose.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    /// As it is opened: a folder, or an address and a model.
    pub place: String,
    /// What tells its vectors apart.
    pub id: String,
}

/// An embedder that was opened, as [`KnowledgeBase::choose_embedder`] takes it.
#[derive(Clone)]
pub struct OpenedEmbedder {
    /// What opens it again from any folder; empty for vectors that are learned from the documents.
    pub place: String,
    /// `None` for vectors that are learned from the documents.
    pub embedder: Option<Arc<dyn Embedder>>,
}

impl OpenedEmbedder {
    /// Fails if a new knowledge base is to cut by `chunking`, which needs an embedder, and `opened` is none.
    ///
    /// # Errors
    /// [`ChunkingError::NeedsEmbedder`].
    pub fn can_cut(chunking: Option<&Chunking>, opened: Option<&OpenedEmbedder>) -> Result<(), ChunkingError> {
        let is_there = opened.is_some_and(|opened| opened.embedder.is_some());
        match chunking.filter(|chunking| chunking.needs_embedder() && !is_there) {
            Some(chunking) => Err(ChunkingError::NeedsEmbedder { asked: chunking.to_string() }),
            None => Ok(()),
        }
    }
}

/// The vector of a chunk.
struct Entry {
    chunk: u64,
    hash: Hash,
    vector: Vec<f32>,
}

/// The vectors of one embedder.
#[derive(Default)]
struct Vectors {
    embedder: String,
    width: usize,
    entries: Vec<Entry>,
}

impl KnowledgeBase {
    /// The embedder that was chosen; `None` if vectors are learned from the documents.
    ///
    /// # Errors
    /// Those of the store.
    pub fn chosen_embedder(&self) -> Result<Option<Chosen>, KbError> {
        let (place, id) = (self.store.setting("embedder")?, self.store.setting("embedder_id")?);
        Ok(place.zip(id).map(|(place, id)| Chosen { place, id }).filter(|chosen| !chosen.place.is_empty()))
    }

    /// Chooses an embedder for good. The next change gives every chunk its vector.
    ///
    /// # Errors
    /// Those of the store; [`super::OpenError::Busy`].
    pub fn choose_embedder(&mut self, OpenedEmbedder { place, embedder }: OpenedEmbedder) -> Result<(), KbError> {
        let _lock = self.lock()?;
        let wanted = embedder.as_ref().map(|embedder| Chosen { place, id: embedder.id().to_string() });
        if self.chosen_embedder()? != wanted {
            let (place, id) = wanted.as_ref().map_or(("", ""), |chosen| (chosen.place.as_str(), chosen.id.as_str()));
            self.store.change(|change| {
                change.set("embedder", place)?;
                change.set("embedder_id", id)
            })?;
        }
        self.embedder = embedder;
        Ok(())
    }

    /// Lends the chosen embedder for as long as this is open.
    ///
    /// # Errors
    /// [`EmbedderError::Changed`] if it is another one.
    pub fn lend_embedder(&mut self, embedder: Arc<dyn Embedder>) -> Result<(), KbError> {
        if let Some(Chosen { place, id }) = self.chosen_embedder()?
            && id != embedder.id()
        {
            let (name, found) = (self.name.clone(), embedder.id().to_string());
            return Err(EmbedderError::Changed { name, embedder: place, expected: id, found }.into());
        }
        self.embedder = Some(embedder);
        Ok(())
    }

    /// Whether the embedder that was chosen is the one that was lent.
    ///
    /// # Errors
    /// Those of the store.
    pub fn has_its_embedder(&self) -> Result<bool, KbError> {
        let lent = self.embedder.as_ref().map(|embedder| embedder.id());
        Ok(self.chosen_embedder()?.is_none_or(|chosen| lent == Some(chosen.id.as_str())))
    }

    /// The chunks' vectors: the embedder's, of which those that are missing are made now; or learned from the chunks, if the
    /// collection has changed since they were.
    ///
    /// # Errors
    /// [`EmbedderError::Missing`] if the chosen embedder was not lent; those of it, the store and the files.
    pub fn meaning(&self) -> Result<Meaning, KbError> {
        let Some(Chosen { place, .. }) = self.chosen_embedder()? else { return self.learned() };
        let Some(embedder) = &self.embedder else {
            return Err(EmbedderError::Missing { name: self.name.clone(), embedder: place }.into());
        };
        // Kept only if nobody writes and nothing has changed: what a removal takes away must not come back by this.
        let lock = self.lock().ok();
        let is_kept = lock.is_some() && self.store.generation()? == self.generation;
        let (vectors, _) = self.caught_up(embedder.as_ref(), is_kept)?;
        let mut index = VectorIndex::new(vectors.width, Coding::Int8);
        for entry in &vectors.entries {
            // A chunk in which the embedder reads nothing is near to nothing.
            index.insert(entry.chunk, &entry.vector);
        }
        Ok(Meaning { source: Source::Model(embedder.clone()), index })
    }

    /// Cuts a document, with the embedder if that is needed.
    ///
    /// # Errors
    /// [`ChunkingError::NeedsEmbedder`] if none was chosen, [`EmbedderError::Missing`] if it was not lent, and its own.
    pub(crate) fn cut(&self, chunking: &Chunking, document: &Document) -> Result<Vec<Chunk>, KbError> {
        match &self.embedder {
            Some(embedder) => Ok(chunking.cut_with(document, embedder.as_ref())?),
            None => {
                self.can_cut(chunking)?;
                Ok(chunking.cut(document))
            }
        }
    }

    /// Fails if documents cannot be cut in this way now.
    pub(super) fn can_cut(&self, chunking: &Chunking) -> Result<(), KbError> {
        if self.embedder.is_some() || !chunking.needs_embedder() {
            return Ok(());
        }
        match self.chosen_embedder()? {
            Some(Chosen { place, .. }) => {
                Err(EmbedderError::Missing { name: self.name.clone(), embedder: place }.into())
            }
            None => Err(ChunkingError::NeedsEmbedder { asked: chunking.to_string() }.into()),
        }
    }

    /// What an LSA learns from the chunks.
    fn learned(&self) -> Result<Meaning, KbError> {
        let path = self.folder.join(MEANING);
        let bytes = fs::read(&path).unwrap_or_default();
        if let Some(meaning) = Meaning::from_bytes(&bytes, self.generation) {
            return Ok(meaning);
        }
        let mut chunks = vec![];
        for row in &self.documents {
            let Some(text) = self.store.text(row.id)? else { continue };
            for ChunkRow { id, chunk } in self.store.chunks(row.id)? {
                chunks.push((id, text.get(chunk.range).unwrap_or("").to_string()));
            }
        }
        let meaning = Meaning::of(&chunks);
        // Kept only if nobody writes and nothing has changed: what a removal takes away must not come back by this.
        if let Ok(_lock) = self.lock()
            && self.store.generation()? == self.generation
            && let Some(bytes) = meaning.to_bytes(self.generation)
        {
            atomic_file::write(&path, &bytes)?;
        }
        Ok(meaning)
    }

    /// Gives every chunk its vector, if the embedder was lent; how many were embedded. The right to write must be held.
    pub(super) fn catch_up(&self) -> Result<usize, KbError> {
        match &self.embedder {
            Some(embedder) => Ok(self.caught_up(embedder.as_ref(), true)?.1),
            None => Ok(0),
        }
    }

    /// The vectors of all chunks, and how many had to be embedded; they are written if `is_kept`.
    fn caught_up(&self, embedder: &dyn Embedder, is_kept: bool) -> Result<(Vectors, usize), KbError> {
        let found =
            self.read_vectors().filter(|found| found.embedder == embedder.id() && found.width == embedder.width());
        let n_before = found.as_ref().map(|found| found.entries.len());
        let mut known: HashMap<u64, Entry> = HashMap::new();
        let mut by_hash: HashMap<Hash, Vec<f32>> = HashMap::new();
        for entry in found.map(|found| found.entries).unwrap_or_default() {
            if self.document_of(entry.chunk).is_none() {
                by_hash.insert(entry.hash, entry.vector);
            } else {
                known.insert(entry.chunk, entry);
            }
        }
        let mut vectors = Vectors { embedder: embedder.id().to_string(), width: embedder.width(), entries: vec![] };
        let mut waiting: Vec<(u64, Hash, String)> = vec![];
        for row in &self.documents {
            if row.chunks.clone().all(|id| known.contains_key(&id)) {
                vectors.entries.extend(row.chunks.clone().filter_map(|id| known.remove(&id)));
                continue;
            }
            let Some(text) = self.store.text(row.id)? else { continue };
            for ChunkRow { id, chunk } in self.store.chunks(row.id)? {
                let text = embedded(row.title.as_deref(), &text, &chunk);
                let hash = hash(&text);
                match known.remove(&id).map(|entry| entry.vector).or_else(|| by_hash.get(&hash).cloned()) {
                    Some(vector) => vectors.entries.push(Entry { chunk: id, hash, vector }),
                    None => waiting.push((id, hash, text)),
                }
            }
        }
        let is_new = n_before != Some(vectors.entries.len()) || !waiting.is_empty();
        let mut n_unsaved = 0;
        for batch in waiting.chunks(BATCH_TEXTS) {
            let texts: Vec<&str> = batch.iter().map(|(_, _, text)| text.as_str()).collect();
            let made = embedder.embed(&texts);
            if made.is_err() && is_kept {
                self.write_vectors(&vectors)?;
            }
            let entries =
                batch.iter().zip(made?).map(|((chunk, hash, _), vector)| Entry { chunk: *chunk, hash: *hash, vector });
            vectors.entries.extend(entries);
            n_unsaved += batch.len();
            if is_kept && n_unsaved >= SAVED_EVERY {
                self.write_vectors(&vectors)?;
                n_unsaved = 0;
            }
        }
        if is_kept && is_new {
            self.write_vectors(&vectors)?;
        }
        Ok((vectors, waiting.len()))
    }

    /// Takes the vectors of chunks that are gone out of the file, and the file away if no embedder is chosen. The right to write must
    /// be held.
    pub(super) fn prune_vectors(&self) -> Result<(), KbError> {
        let path = self.folder.join(VECTORS);
        if !path.exists() {
            return Ok(());
        }
        let found = self.read_vectors().filter(|_| self.chosen_embedder().is_ok_and(|chosen| chosen.is_some()));
        let Some(mut vectors) = found else { return super::remove_if_there(&path) };
        let n = vectors.entries.len();
        vectors.entries.retain(|entry| self.document_of(entry.chunk).is_some());
        if vectors.entries.len() == n { Ok(()) } else { self.write_vectors(&vectors) }
    }

    /// Numbers of chunks that the file has vectors for.
    pub(super) fn vector_chunks(&self) -> Vec<u64> {
        self.read_vectors().map_or(vec![], |vectors| vectors.entries.iter().map(|entry| entry.chunk).collect())
    }

    fn read_vectors(&self) -> Option<Vectors> {
        let bytes = fs::read(self.folder.join(VECTORS)).ok()?;
        let (mut input, _) = KIND.open(&bytes)?;
        let length = take_u32(&mut input)? as usize;
        let embedder = std::str::from_utf8(take(&mut input, length)?).ok()?.to_string();
        let width = take_u32(&mut input)? as usize;
        let mut vectors = Vectors { embedder, width, entries: vec![] };
        for _ in 0..take_u32(&mut input)? {
            let chunk = take_u64(&mut input)?;
            let hash = take(&mut input, HASH_BYTES)?.try_into().ok()?;
            vectors.entries.push(Entry { chunk, hash, vector: take_f32s(&mut input, width)? });
        }
        Some(vectors)
    }

    fn write_vectors(&self, vectors: &Vectors) -> Result<(), KbError> {
        let mut out = KIND.begin(self.generation);
        put_u32(&mut out, vectors.embedder.len() as u32);
        out.extend_from_slice(vectors.embedder.as_bytes());
        put_u32(&mut out, vectors.width as u32);
        put_u32(&mut out, vectors.entries.len() as u32);
        for entry in &vectors.entries {
            put_u64(&mut out, entry.chunk);
            out.extend_from_slice(&entry.hash);
            put_f32s(&mut out, &entry.vector);
        }
        Ok(atomic_file::write(self.folder.join(VECTORS), &seal(out))?)
    }
}

/// What is embedded of a chunk: the title of its document, the headings above it, and its text.
fn embedded(title: Option<&str>, text: &str, chunk: &Chunk) -> String {
    let headings = chunk.headings.iter().map(String::as_str).filter(|heading| Some(*heading) != title);
    let parts: Vec<&str> = title.into_iter().chain(headings).chain(text.get(chunk.range.clone())).collect();
    parts.join("\n")
}

fn hash(text: &str) -> Hash {
    let mut hash = [0; HASH_BYTES];
    hash.copy_from_slice(&Sha256::digest(text)[..HASH_BYTES]);
    hash
}

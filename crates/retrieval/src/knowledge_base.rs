//! A knowledge base: a folder with a store and the index made from it.
//!
//! The store is what counts. A change is committed there first, batch by batch, then the index follows; whatever
//! moment a process is killed at, the store holds whole documents, and opening compares the index's chunk numbers with the
//! store's and takes out or adds what differs. So no index ever answers with something that is gone, and none has to be repaired
//! by hand. One process writes at a time (`writer.lock`); any number read.
//!
//! Who asks is asked about before a chunk can take a place among the results, not after: a search for ten gives ten that the
//! viewer may see, if there are ten.

pub mod uploads;

use crate::access::{Access, Viewer};
use crate::document::Place;
use crate::fuse;
use crate::lexical::explain::Part;
use crate::lexical::{Bm25, Index, PostingLists, Query, Scored};
use crate::meaning::Meaning;
use crate::parse::{self, Format};
use crate::sources::{self, Found, Refusal, SourceError, Sourced};
use crate::store::{ChunkRow, DocumentRow, FileRow, NewDocument, Root, Store, StoreError};
use crate::{Chunk, Chunking, Document, chunk::ChunkingError};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::ops::Range;
use std::path::{Path, PathBuf};
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
    }
}

/// Documents in one transaction at most, and bytes of their texts: what a kill can cost.
const BATCH_DOCUMENTS: usize = 256;
const BATCH_BYTES: usize = 8 << 20;
/// A file changed so shortly before it was read may have changed again within the same tick of the clock.
const TICK_NS: i64 = 2_000_000_000;
/// Longer names are no folders' names.
const NAME_BYTES_MAX: usize = 100;

/// The file of the vectors.
const MEANING: &str = "meaning.idx";
/// Passages of one search at most: more than anybody reads.
pub const K_MAX: usize = 1000;
/// So many of each ranking are fused at least.
const FUSED: usize = 100;

/// What a search goes by, besides words alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum By {
    /// Nearness of the vectors alone.
    Meaning,
    /// Words and meaning, by reciprocal ranks.
    Both,
    /// Words and meaning by their scores, with the share of meaning, 0 to 1.
    Weighted(f32),
}

/// An open knowledge base.
pub struct KnowledgeBase {
    folder: PathBuf,
    name: String,
    store: Store,
    index: Index,
    chunking: Chunking,
    /// By ascending chunks.
    documents: Vec<DocumentRow>,
    generation: u64,
}

/// What a change came to.
#[derive(Debug, Default, Serialize)]
pub struct Report {
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
    #[serde(skip)]
    pub refused: Vec<Refusal>,
}

/// A found chunk.
#[derive(Clone, Debug, Serialize)]
pub struct Hit {
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// What a reader should be given: byte range in the document's normalised text.
    #[serde(skip)]
    pub context: Range<usize>,
    /// The document's number.
    #[serde(skip)]
    pub document_id: i64,
    /// The chunk's number.
    #[serde(skip)]
    pub id: u64,
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

    /// Numbers of documents and of chunks of the knowledge base `name`, without its index.
    ///
    /// # Errors
    /// As [`KnowledgeBase::open`].
    pub fn sizes(home: &Path, name: &str) -> Result<(usize, u64), KbError> {
        let documents = Store::open(&existing(home, name)?.join("store.sqlite"))?.documents()?;
        Ok((documents.len(), documents.iter().map(|row| row.chunks.end - row.chunks.start).sum()))
    }

    fn load(folder: PathBuf, name: &str) -> Result<KnowledgeBase, KbError> {
        let store = Store::open(&folder.join("store.sqlite"))?;
        let chunking = match store.setting("chunking")? {
            Some(chunking) => chunking.parse()?,
            None => Chunking::usual(),
        };
        let bytes = fs::read(folder.join("lexical.idx")).unwrap_or_default();
        let (index, stamp) = Index::from_bytes(&bytes, Bm25::USUAL).unwrap_or_else(|| (Index::new(Bm25::USUAL), 0));
        let mut kb =
            KnowledgeBase { folder, name: name.to_string(), store, index, chunking, documents: vec![], generation: 0 };
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
        let meaning = self.folder.join(MEANING);
        if let Err(cause) = fs::remove_file(&meaning)
            && cause.kind() != std::io::ErrorKind::NotFound
        {
            return Err(FileError::writing(&meaning, &cause).into());
        }
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

    /// Adds folders and files; those added before are brought up to date, `access` is theirs from now on, and what was
    /// removed from within them comes back.
    ///
    /// # Errors
    /// [`KbError`]; what cannot be read is in the report.
    pub fn add(
        &mut self,
        paths: &[PathBuf],
        access: Option<&Access>,
        progress: &mut dyn FnMut(usize),
    ) -> Result<Report, KbError> {
        let named: Vec<(PathBuf, String)> =
            paths.iter().map(|path| (path.clone(), path.to_string_lossy().into_owned())).collect();
        let _lock = self.lock()?;
        self.add_locked(&named, access, progress)
    }

    /// Adds folders and files under the names that their documents get; the right to write must be held.
    fn add_locked(
        &mut self,
        paths: &[(PathBuf, String)],
        access: Option<&Access>,
        progress: &mut dyn FnMut(usize),
    ) -> Result<Report, KbError> {
        self.refresh()?;
        let mut report = Report::default();
        let mut roots = vec![];
        for (path, given) in paths {
            let given = given.clone();
            match path.canonicalize() {
                Ok(path) => roots.push((path.to_string_lossy().into_owned(), given)),
                Err(_) => report.refused.push(SourceError::Missing { path: given }.into()),
            }
        }
        self.store.change(|change| {
            roots.iter().try_for_each(|(path, given)| change.let_in(change.put_root(path, given, access)?))
        })?;
        let all = self.store.roots()?;
        let chosen: Vec<Root> =
            all.into_iter().filter(|root| roots.iter().any(|(path, _)| *path == root.path)).collect();
        self.update(&chosen, &mut report, progress)?;
        Ok(report)
    }

    /// Brings everything that was added up to date: new, changed and vanished files.
    ///
    /// # Errors
    /// [`KbError`]; what cannot be read is in the report.
    pub fn sync(&mut self, progress: &mut dyn FnMut(usize)) -> Result<Report, KbError> {
        let _lock = self.lock()?;
        self.refresh()?;
        let mut report = Report::default();
        let roots = self.store.roots()?;
        self.update(&roots, &mut report, progress)?;
        Ok(report)
    }

    fn update(&mut self, roots: &[Root], report: &mut Report, progress: &mut dyn FnMut(usize)) -> Result<(), KbError> {
        let known: HashMap<String, FileRow> =
            self.store.files()?.into_iter().map(|file| (file.path.clone(), file)).collect();
        let mut by_file: HashMap<i64, Vec<DocumentRow>> = HashMap::new();
        for row in &self.documents {
            by_file.entry(row.file).or_default().push(row.clone());
        }
        let all_roots = self.store.roots()?;
        let kept_out = KeptOut { hashes: self.store.kept_out()? };
        let mut seen: HashSet<String> = HashSet::new();
        let mut batch = Batch::default();
        let mut names: HashMap<String, i64> = self.documents.iter().map(|row| (row.name.clone(), row.file)).collect();
        for root in roots {
            let walk = sources::walk(Path::new(&root.path), &root.given);
            report.refused.extend(walk.refused);
            report.other_files += walk.n_other;
            for found in walk.files {
                let path = found.path.to_string_lossy().into_owned();
                // A file below several roots belongs to the innermost, whose access is the one meant for it.
                let owner =
                    all_roots.iter().filter(|root| found.path.starts_with(&root.path)).max_by_key(|r| r.path.len());
                let is_elsewhere = owner.is_none_or(|owner| owner.id != root.id);
                if is_elsewhere || kept_out.has_file(root, &found.path) || !seen.insert(path.clone()) {
                    continue;
                }
                let before = known.get(&path);
                let rows = before.and_then(|file| by_file.get(&file.id)).map_or(&[][..], Vec::as_slice);
                if before.is_some_and(|file| file.root == root.id && is_untouched(file, &found)) {
                    report.unchanged += rows.len();
                    let stale = rows.iter().filter(|row| !row.has_own_access && row.access != root.access);
                    batch.accesses.extend(stale.map(|row| (row.id, root.access.clone())));
                } else {
                    self.read(&found, &path, root, &kept_out, before, rows, &mut names, &mut batch, report);
                }
                if batch.is_full() {
                    self.apply(&mut batch)?;
                }
                progress(seen.len());
            }
        }
        for file in known.values().filter(|file| roots.iter().any(|root| root.id == file.root)) {
            if !seen.contains(&file.path) {
                report.removed += by_file.get(&file.id).map_or(0, Vec::len);
                batch.gone_files.push(file.id);
            }
        }
        self.apply(&mut batch)?;
        self.finish()
    }

    /// Notes what a new or touched file changes.
    #[expect(clippy::too_many_arguments, reason = "the state of one update, which nothing else holds")]
    fn read(
        &self,
        found: &Found,
        path: &str,
        root: &Root,
        kept_out: &KeptOut,
        before: Option<&FileRow>,
        rows: &[DocumentRow],
        names: &mut HashMap<String, i64>,
        batch: &mut Batch,
        report: &mut Report,
    ) {
        let bytes = match sources::read(found) {
            Ok(bytes) => bytes,
            Err(refusal) => {
                report.refused.push(refusal);
                if let Some(file) = before {
                    report.removed += rows.len();
                    batch.gone_files.push(file.id);
                }
                return;
            }
        };
        let (documents, refused) = sources::documents(found, &bytes);
        let n_refused = report.refused.len();
        report.refused.extend(refused);
        let mut old: HashMap<&str, &DocumentRow> = rows.iter().map(|row| (row.name.as_str(), row)).collect();
        let file = before.map_or(-1, |file| file.id);
        let mut new = vec![];
        for document in documents {
            if kept_out.has_document(root, path, &document.name) {
                continue;
            }
            let is_taken = names
                .get(&document.name)
                .is_some_and(|owner| *owner != file || !old.contains_key(document.name.as_str()));
            if is_taken {
                let (path, name) = (found.name.clone(), document.name);
                report.refused.push(SourceError::DuplicateName { path, name }.into());
                continue;
            }
            let access = document.access.clone().or_else(|| root.access.clone());
            let row = old.remove(document.name.as_str());
            if let Some(row) = row.filter(|row| row.hash == document.hash) {
                report.unchanged += 1;
                if row.access != access {
                    batch.accesses.push((row.id, access));
                }
                continue;
            }
            match document.parse(found, &bytes) {
                Ok(parsed) => {
                    if row.is_some() {
                        report.changed += 1
                    } else {
                        report.added += 1
                    }
                    batch.gone_documents.extend(row.map(|row| row.id));
                    names.insert(document.name.clone(), file);
                    batch.n_bytes += parsed.text.len();
                    let chunks = self.chunking.cut(&parsed);
                    new.push(Prepared { sourced: document, parsed, access, chunks });
                }
                Err(error) => {
                    report.refused.push(error.into());
                    report.removed += usize::from(row.is_some());
                    batch.gone_documents.extend(row.map(|row| row.id));
                }
            }
        }
        report.removed += old.len();
        batch.gone_documents.extend(old.values().map(|row| row.id));
        let row = FileRow {
            id: file,
            root: root.id,
            path: path.to_string(),
            size: found.size,
            modified_ns: found.modified_ns,
            // Read again next time if anything was refused: its cause may lie elsewhere.
            read_ns: if report.refused.len() > n_refused { 0 } else { now_ns() },
        };
        batch.n_documents += new.len().max(1);
        batch.files.push((row, new));
    }

    /// Commits a batch to the store, then to the index.
    fn apply(&mut self, batch: &mut Batch) -> Result<(), KbError> {
        let batch = std::mem::take(batch);
        if batch.is_empty() {
            return Ok(());
        }
        let added = self.store.change(|change| {
            for id in &batch.gone_documents {
                change.remove_document(*id)?;
            }
            for id in &batch.gone_files {
                change.remove_file(*id)?;
            }
            for (id, access) in &batch.accesses {
                change.set_access(*id, access.as_ref())?;
            }
            let mut added = vec![];
            for (file, documents) in &batch.files {
                let file = change.put_file(file)?;
                for new in documents {
                    let document = NewDocument {
                        name: &new.sourced.name,
                        document: &new.parsed,
                        hash: &new.sourced.hash,
                        access: new.access.as_ref(),
                        has_own_access: new.sourced.access.is_some(),
                        chunks: &new.chunks,
                    };
                    added.push((change.add_document(file, &document)?, new));
                }
            }
            Ok(added)
        })?;
        for (ids, new) in added {
            for (id, chunk) in ids.zip(&new.chunks) {
                insert(&mut self.index, id, &new.sourced.name, new.parsed.title.as_deref(), &new.parsed.text, chunk);
            }
        }
        Ok(())
    }

    /// Makes the index and its file current after changes.
    fn finish(&mut self) -> Result<(), KbError> {
        let generation = self.store.generation()?;
        if generation != self.generation {
            self.generation = generation;
            self.documents = self.store.documents()?;
            let surplus: Vec<u64> = self.index.ids().filter(|id| self.document_of(*id).is_none()).collect();
            for id in surplus {
                self.index.remove(id);
            }
            self.index.commit();
            self.save()?;
        }
        Ok(())
    }

    /// Forgets documents by id or path, or everything below a path; how many were forgotten. A sync leaves out what was
    /// removed from within a folder, until the folder is added again.
    ///
    /// # Errors
    /// [`KbError`].
    pub fn remove(&mut self, names: &[String]) -> Result<usize, KbError> {
        let _lock = self.lock()?;
        self.refresh()?;
        let files = self.store.files()?;
        let paths: Vec<PathBuf> = names.iter().map(|name| canonical(Path::new(name))).collect();
        let is_below = |path: &str| paths.iter().any(|wanted| Path::new(path).starts_with(wanted));
        // What was handed over has no other place to come back from.
        let is_named = |root: &Root| names.contains(&root.given) && self.is_upload(Path::new(&root.path));
        let (gone_roots, roots): (Vec<Root>, Vec<Root>) =
            self.store.roots()?.into_iter().partition(|root| is_below(&root.path) || is_named(root));
        let mut gone_files: HashMap<i64, &str> = files
            .iter()
            .filter(|file| is_below(&file.path) || gone_roots.iter().any(|root| root.id == file.root))
            .map(|file| (file.id, file.path.as_str()))
            .collect();
        let mut gone: Vec<i64> = vec![];
        // Paths, and documents within files, that a sync would find again.
        let mut unwanted: Vec<(PathBuf, Vec<u8>)> = paths.iter().map(|path| (path.clone(), hash(path, None))).collect();
        for row in &self.documents {
            if gone_files.contains_key(&row.file) {
                gone.push(row.id);
            } else if names.contains(&row.name) {
                gone.push(row.id);
                let Some(file) = files.iter().find(|file| file.id == row.file) else { continue };
                let path = PathBuf::from(&file.path);
                if sources::is_json_lines(&path) {
                    unwanted.push((path.clone(), hash(&path, Some(&row.name))));
                } else {
                    gone_files.insert(file.id, &file.path);
                    unwanted.push((path.clone(), hash(&path, None)));
                }
            }
        }
        let kept_out = unwanted.iter().flat_map(|(path, hash)| {
            roots.iter().filter(|root| path.starts_with(&root.path)).map(move |root| (root.id, hash))
        });
        for file in files.iter().filter(|file| sources::is_json_lines(Path::new(&file.path))) {
            if self.documents.iter().any(|row| row.file == file.id && names.contains(&row.name)) {
                self.cut_out(Path::new(&file.path), names)?;
            }
        }
        let kept_out: Vec<(i64, &Vec<u8>)> = if gone.is_empty() { vec![] } else { kept_out.collect() };
        self.store.change(|change| {
            gone.iter().try_for_each(|id| change.remove_document(*id))?;
            gone_files.keys().try_for_each(|id| change.remove_file(*id))?;
            gone_roots.iter().try_for_each(|root| change.remove_root(root.id))?;
            kept_out.iter().try_for_each(|(root, hash)| change.keep_out(*root, hash))
        })?;
        self.finish()?;
        self.sweep()?;
        Ok(gone.len())
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

    /// The best `k` chunks for a query.
    ///
    /// # Errors
    /// Those of the store.
    pub fn search(&self, query: &str, k: usize, viewer: &Viewer) -> Result<Vec<Hit>, KbError> {
        let query = Query::parse(query);
        let found = self.index.searcher().search(&query, k, |id| self.may_see(id, viewer));
        self.hits(&query, found)
    }

    /// The best `k` chunks for a query in the way of `by`, by words alone if that is `None`.
    ///
    /// # Errors
    /// Those of the store and of the file that keeps the vectors.
    pub fn search_as(&self, by: Option<By>, query: &str, k: usize, viewer: &Viewer) -> Result<Vec<Hit>, KbError> {
        match by {
            None => self.search(query, k, viewer),
            Some(by) => self.search_by(by, &self.meaning()?, query, k, viewer),
        }
    }

    /// The best `k` chunks for a query by words and meaning in the way of `by`; `meaning` is that of [`Self::meaning`].
    ///
    /// # Errors
    /// Those of the store.
    pub fn search_by(
        &self,
        by: By,
        meaning: &Meaning,
        text: &str,
        k: usize,
        viewer: &Viewer,
    ) -> Result<Vec<Hit>, KbError> {
        let query = Query::parse(text);
        let filter = meaning.index.filter(|id| self.may_see(id, viewer));
        let near = |k| meaning.index.search(&meaning.lsa.embed(text), k, &filter);
        let worded = |k| self.index.searcher().search(&query, k, |id| self.may_see(id, viewer));
        let depth = k.max(FUSED);
        let found = match by {
            By::Meaning => near(k),
            By::Both => fuse::reciprocal_rank(&[&worded(depth), &near(depth)], k),
            By::Weighted(share) => fuse::weighted(&[(&worded(depth), 1.0 - share), (&near(depth), share)], k),
        };
        self.hits(&query, found)
    }

    /// The chunks' vectors, learned now if the collection has changed since they were.
    ///
    /// # Errors
    /// Those of the store and of the file that keeps them.
    pub fn meaning(&self) -> Result<Meaning, KbError> {
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
        {
            atomic_file::write(&path, &meaning.to_bytes(self.generation))?;
        }
        Ok(meaning)
    }

    /// What was found, as long as it is in the store.
    fn hits(&self, query: &Query, found: Vec<Scored>) -> Result<Vec<Hit>, KbError> {
        let mut hits = vec![];
        for found in found {
            let Some(row) = self.document_of(found.id) else { continue };
            // Another process may have removed the document since the index was read.
            let (Some(ChunkRow { chunk, .. }), Some(document)) =
                (self.store.chunk(found.id)?, self.store.text(row.id)?)
            else {
                continue;
            };
            let Some(text) = document.get(chunk.range.clone()) else { continue };
            hits.push(Hit {
                rank: hits.len() + 1,
                score: found.score,
                document: row.name.clone(),
                chunk: found.id - row.chunks.start,
                start: chunk.range.start,
                end: chunk.range.end,
                highlights: self.index.highlights(query, text),
                text: text.to_string(),
                title: row.title.clone(),
                headings: chunk.headings,
                page: chunk.place.map(|place: Place| place.page),
                context: chunk.context,
                document_id: row.id,
                id: found.id,
            });
        }
        Ok(hits)
    }

    /// What a ranking of one's own needs of the index for a query.
    pub fn posting_lists(&self, query: &str, viewer: &Viewer) -> PostingLists {
        self.index.posting_lists(&Query::parse(query), |chunk| self.may_see(chunk, viewer))
    }

    /// The chunks of a ranking that is not the index's own, without those that `viewer` may not see.
    ///
    /// # Errors
    /// Those of the store.
    pub fn ranked(&self, query: &str, mut found: Vec<Scored>, viewer: &Viewer) -> Result<Vec<Hit>, KbError> {
        found.retain(|scored| self.may_see(scored.id, viewer));
        self.hits(&Query::parse(query), found)
    }

    /// The documents with the best chunks, `k` at most, the best first.
    pub fn rank_documents(&self, query: &str, k: usize, viewer: &Viewer) -> Vec<&DocumentRow> {
        let mut searcher = self.index.searcher();
        let may_see = |chunk| self.may_see(chunk, viewer);
        searcher.search_owners(&Query::parse(query), k, may_see, |chunk| self.document_of(chunk))
    }

    /// The score of a found chunk term by term.
    pub fn explain(&self, query: &str, chunk: u64) -> Vec<Part> {
        self.index.explain(&Query::parse(query), chunk)
    }

    /// The index.
    pub fn index(&self) -> &Index {
        &self.index
    }

    fn may_see(&self, chunk: u64, viewer: &Viewer) -> bool {
        self.document_of(chunk).is_some_and(|row| viewer.may_see(row.access.as_ref()))
    }

    /// The document that a chunk belongs to.
    fn document_of(&self, chunk: u64) -> Option<&DocumentRow> {
        let i = self.documents.partition_point(|row| row.chunks.start <= chunk).checked_sub(1)?;
        let row = &self.documents[i];
        row.chunks.contains(&chunk).then_some(row)
    }

    /// What is wrong with the knowledge base; nothing if it is whole.
    ///
    /// # Errors
    /// Those of the store.
    pub fn check(&self) -> Result<Vec<String>, KbError> {
        let mut faults = self.store.faults()?;
        let mut chunks = HashSet::new();
        for row in &self.documents {
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

/// The folder of a knowledge base that is there.
fn existing(home: &Path, name: &str) -> Result<PathBuf, OpenError> {
    let folder = folder(home, name)?;
    let is_there = folder.join("store.sqlite").is_file();
    if is_there { Ok(folder) } else { Err(OpenError::Unknown { name: name.to_string() }) }
}

/// What was removed from within roots, and is not to come back by itself.
struct KeptOut {
    hashes: HashSet<(i64, Vec<u8>)>,
}

impl KeptOut {
    /// Whether a file or any folder above it, down from the root, was removed.
    fn has_file(&self, root: &Root, path: &Path) -> bool {
        let within = path.ancestors().take_while(|folder| folder.starts_with(&root.path));
        !self.hashes.is_empty() && within.into_iter().any(|path| self.hashes.contains(&(root.id, hash(path, None))))
    }

    /// Whether a document was removed from a file that holds several.
    fn has_document(&self, root: &Root, file: &str, name: &str) -> bool {
        !self.hashes.is_empty() && self.hashes.contains(&(root.id, hash(Path::new(file), Some(name))))
    }
}

/// SHA-256 of a path, or of a document within a file.
fn hash(path: &Path, document: Option<&str>) -> Vec<u8> {
    let mut hasher = Sha256::new().chain_update(path.as_os_str().as_encoded_bytes());
    if let Some(name) = document {
        hasher.update([0]);
        hasher.update(name);
    }
    hasher.finalize().to_vec()
}

/// The path as a walk would name it, without links; what is no longer there keeps its last parts as they are written.
fn canonical(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_default();
    for folder in path.ancestors() {
        if let Ok(found) = folder.canonicalize() {
            let rest = path.strip_prefix(folder).unwrap_or(Path::new(""));
            return if rest.as_os_str().is_empty() { found } else { found.join(rest) };
        }
    }
    path
}

/// Whether a file is as it was when it was read, as far as the system tells.
fn is_untouched(file: &FileRow, found: &Found) -> bool {
    file.size == found.size && file.modified_ns == found.modified_ns && file.read_ns - file.modified_ns > TICK_NS
}

fn now_ns() -> i64 {
    i64::try_from(sys::unix_time().as_nanos()).unwrap_or(i64::MAX)
}

/// Puts a chunk into the index; its title field holds the document's title (else its name) and the headings above.
pub(crate) fn insert(index: &mut Index, id: u64, name: &str, title: Option<&str>, text: &str, chunk: &Chunk) {
    let stem = || Path::new(name).file_stem().and_then(|stem| stem.to_str()).unwrap_or(name);
    let title = title.unwrap_or_else(stem);
    let headings = chunk.headings.iter().map(String::as_str).filter(|heading| *heading != title);
    let field: Vec<&str> = std::iter::once(title).chain(headings).collect();
    index.insert(id, &field.join("\n"), text.get(chunk.range.clone()).unwrap_or(""));
}

/// A document that is ready to be stored.
struct Prepared {
    sourced: Sourced,
    parsed: Document,
    access: Option<Access>,
    chunks: Vec<Chunk>,
}

/// Changes that go into one transaction.
#[derive(Default)]
struct Batch {
    files: Vec<(FileRow, Vec<Prepared>)>,
    gone_files: Vec<i64>,
    gone_documents: Vec<i64>,
    accesses: Vec<(i64, Option<Access>)>,
    n_documents: usize,
    n_bytes: usize,
}

impl Batch {
    fn is_full(&self) -> bool {
        self.n_documents >= BATCH_DOCUMENTS || self.n_bytes >= BATCH_BYTES
    }

    fn is_empty(&self) -> bool {
        self.files.is_empty()
            && self.gone_files.is_empty()
            && self.gone_documents.is_empty()
            && self.accesses.is_empty()
    }
}

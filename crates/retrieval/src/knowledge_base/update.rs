//! Taking in what is new, changed or gone: [`KnowledgeBase::add`] and [`KnowledgeBase::sync`].
//!
//! What is to change is gathered into batches; a batch is one transaction of the store, after which the index follows.

use super::removal::KeptOut;
use super::{KbError, KnowledgeBase, insert};
use crate::access::Access;
use crate::sources::{self, Found, Refusal, SourceError, Sourced};
use crate::store::{DocumentRow, FileRow, NewDocument, Root};
use crate::{Chunk, Document};
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// Documents in one transaction at most, and bytes of their texts: what a kill can cost.
const BATCH_DOCUMENTS: usize = 256;
const BATCH_BYTES: usize = 8 << 20;
/// A file changed so shortly before it was read may have changed again within the same tick of the clock.
const TICK_NS: i64 = 2_000_000_000;

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
    /// Chunks that an embedder was asked for.
    pub embedded: usize,
    /// Files of kinds that are not read.
    pub other_files: usize,
    /// Their names.
    #[serde(skip)]
    pub unread: Vec<String>,
    /// What was left out, and why.
    #[serde(skip)]
    pub refused: Vec<Refusal>,
}

impl KnowledgeBase {
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
    pub(super) fn add_locked(
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
        self.can_cut(&self.chunking)?;
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
            report.other_files += walk.other.len();
            report.unread.extend(walk.other);
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
                    self.read(&found, &path, root, &kept_out, before, rows, &mut names, &mut batch, report)?;
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
        report.embedded = self.finish()?;
        Ok(())
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
    ) -> Result<(), KbError> {
        let bytes = match sources::read(found) {
            Ok(bytes) => bytes,
            Err(refusal) => {
                report.refused.push(refusal);
                if let Some(file) = before {
                    report.removed += rows.len();
                    batch.gone_files.push(file.id);
                }
                return Ok(());
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
            match document.parse(found, &bytes, &self.chunking) {
                Ok(parsed) => {
                    if row.is_some() {
                        report.changed += 1
                    } else {
                        report.added += 1
                    }
                    batch.gone_documents.extend(row.map(|row| row.id));
                    names.insert(document.name.clone(), file);
                    batch.n_bytes += parsed.text.len();
                    let chunks = self.cut(&self.chunking, &parsed)?;
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
        Ok(())
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

    /// Makes the indexes and their files current after changes; how many chunks were embedded.
    pub(super) fn finish(&mut self) -> Result<usize, KbError> {
        let generation = self.store.generation()?;
        let is_changed = generation != self.generation;
        if is_changed {
            self.generation = generation;
            self.documents = self.store.documents()?;
            let surplus: Vec<u64> = self.index.ids().filter(|id| self.document_of(*id).is_none()).collect();
            for id in surplus {
                self.index.remove(id);
            }
            self.index.commit();
        }
        // Before the vectors of what is gone are taken out: a changed document may hold the same text elsewhere.
        let embedded = self.catch_up();
        if is_changed {
            self.save()?;
        }
        embedded
    }
}

/// Whether a file is as it was when it was read, as far as the system tells.
fn is_untouched(file: &FileRow, found: &Found) -> bool {
    file.size == found.size && file.modified_ns == found.modified_ns && file.read_ns - file.modified_ns > TICK_NS
}

fn now_ns() -> i64 {
    i64::try_from(sys::unix_time().as_nanos()).unwrap_or(i64::MAX)
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

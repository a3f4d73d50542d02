//! Forgetting documents, and keeping out what was removed from within a folder.

use super::{KbError, KnowledgeBase};
use crate::sources;
use crate::store::Root;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

impl KnowledgeBase {
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
}

/// What was removed from within roots, and is not to come back by itself.
pub(super) struct KeptOut {
    pub(super) hashes: HashSet<(i64, Vec<u8>)>,
}

impl KeptOut {
    /// Whether a file or any folder above it, down from the root, was removed.
    pub(super) fn has_file(&self, root: &Root, path: &Path) -> bool {
        let within = path.ancestors().take_while(|folder| folder.starts_with(&root.path));
        !self.hashes.is_empty() && within.into_iter().any(|path| self.hashes.contains(&(root.id, hash(path, None))))
    }

    /// Whether a document was removed from a file that holds several.
    pub(super) fn has_document(&self, root: &Root, file: &str, name: &str) -> bool {
        !self.hashes.is_empty() && self.hashes.contains(&(root.id, hash(Path::new(file), Some(name))))
    }
}

/// SHA-256 of a path, or of a document within a file.
pub(super) fn hash(path: &Path, document: Option<&str>) -> Vec<u8> {
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

//! The embedders of knowledge bases: opened as on the command line, kept while they are used, lent to whoever needs vectors.
//!
//! The opener is the caller's (see [`crate::Config`]), so that what a person writes means the same here and on the command line,
//! and is refused in the same words. One that does not open is told where vectors are wanted; words go on without it.

use super::{Answer, locked, refused};
use crate::chat::Refusal;
use crate::failure::Failure;
use retrieval::KnowledgeBase;
use retrieval::knowledge_base::OpenedEmbedder;
use std::sync::Mutex;

/// Opens what a person wrote: a folder, a name, `URL#MODEL`, `lsa`.
pub type OpenEmbedder = fn(&str) -> Result<OpenedEmbedder, Refusal>;

/// The opener, and what it opened last: files that are handed over come one by one.
pub(crate) struct Embedders {
    open: OpenEmbedder,
    /// With what was written for it.
    last: Mutex<Option<(String, OpenedEmbedder)>>,
}

impl Embedders {
    pub fn new(open: OpenEmbedder) -> Embedders {
        Embedders { open, last: Mutex::default() }
    }

    /// Opens what a person wrote.
    pub fn open(&self, written: &str) -> Result<OpenedEmbedder, Failure> {
        let mut last = locked(&self.last);
        if let Some((asked, known)) = last.as_ref()
            && (asked == written || known.place == written)
        {
            return Ok(known.clone());
        }
        let opened = (self.open)(written).map_err(Failure::of)?;
        // What is learned from the documents is at no place by which it could be known again.
        *last = opened.embedder.is_some().then(|| (written.to_string(), opened.clone()));
        Ok(opened)
    }

    /// Lends a knowledge base the embedder that was chosen for it; nothing if none was.
    pub fn lend(&self, kb: &mut KnowledgeBase) -> Answer<()> {
        if let Some(chosen) = kb.chosen_embedder().map_err(refused)?
            && let Some(embedder) = self.open(&chosen.place)?.embedder
            && let Err(error) = kb.lend_embedder(embedder)
        {
            // Another model stands there now, or did when it was opened.
            locked(&self.last).take();
            return Err(refused(error));
        }
        Ok(())
    }
}

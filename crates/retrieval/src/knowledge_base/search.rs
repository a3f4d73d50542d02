//! Searching a knowledge base: by words, by meaning, by both.

use super::{KbError, KnowledgeBase};
use crate::access::Viewer;
use crate::document::Place;
use crate::fuse;
use crate::lexical::explain::Part;
use crate::lexical::{PostingLists, Query, Scored};
use crate::meaning::Meaning;
use crate::store::{ChunkRow, DocumentRow};
use serde::Serialize;
use std::ops::Range;

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
    /// Those of the store and of [`Self::meaning`].
    pub fn search_as(&self, by: Option<By>, query: &str, k: usize, viewer: &Viewer) -> Result<Vec<Hit>, KbError> {
        match by {
            None => self.search(query, k, viewer),
            Some(by) => self.search_by(by, &self.meaning()?, query, k, viewer),
        }
    }

    /// The best `k` chunks for a query by words and meaning in the way of `by`; `meaning` is that of [`Self::meaning`].
    ///
    /// # Errors
    /// Those of the store and of the embedder.
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
        let vector = meaning.embed(text)?;
        let near = |k| meaning.index.search(&vector, k, &filter);
        let worded = |k| self.index.searcher().search(&query, k, |id| self.may_see(id, viewer));
        let depth = k.max(FUSED);
        let found = match by {
            By::Meaning => near(k),
            By::Both => fuse::reciprocal_rank(&[&worded(depth), &near(depth)], k),
            By::Weighted(share) => fuse::weighted(&[(&worded(depth), 1.0 - share), (&near(depth), share)], k),
        };
        self.hits(&query, found)
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
}

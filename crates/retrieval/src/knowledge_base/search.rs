//! Searching a knowledge base: by words, by meaning, by both.

use super::{KbError, KnowledgeBase};
use crate::access::Viewer;
use crate::document::Place;
use crate::fuse;
use crate::lexical::explain::Part;
use crate::lexical::{Bm25, Index, PostingLists, Query, Scored};
use crate::meaning::Meaning;
use crate::store::{Change, ChunkRow, Store, StoreError};
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

/// What searches weigh by when nothing else is asked.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Weights {
    /// How many times a title word counts.
    pub title_weight: f32,
    /// The share of meaning, 0 to 1; 0 is words alone.
    pub meaning: f32,
}

/// Their names in the store.
const TITLE_WEIGHT: &str = "search_title_weight";
const MEANING_SHARE: &str = "search_meaning";

impl Weights {
    /// Those of a knowledge base for which nothing was learned.
    pub const USUAL: Weights = Weights { title_weight: Bm25::USUAL.title_weight, meaning: 0.0 };

    pub(super) fn kept(store: &Store) -> Result<Weights, StoreError> {
        let kept = |key| -> Result<Option<f32>, StoreError> {
            let value: Option<f32> = store.setting(key)?.and_then(|value| value.parse().ok());
            Ok(value.filter(|value| *value >= 0.0 && value.is_finite()))
        };
        let title_weight = kept(TITLE_WEIGHT)?.unwrap_or(Weights::USUAL.title_weight);
        Ok(Weights { title_weight, meaning: kept(MEANING_SHARE)?.unwrap_or(0.0).min(1.0) })
    }

    pub(super) fn keep(self, change: &Change) -> rusqlite::Result<()> {
        change.set(TITLE_WEIGHT, &self.title_weight.to_string())?;
        change.set(MEANING_SHARE, &self.meaning.to_string())
    }

    pub(super) fn bm25(self) -> Bm25 {
        Bm25 { title_weight: self.title_weight, ..Bm25::USUAL }
    }
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
    /// Left, top, right, bottom of the chunk on that page, in points from its top left corner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounds: Option<[f32; 4]>,
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
        let found = self.index.searcher().search(&query, k, |id| self.lets_pass(&query, id, viewer));
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
        let found = self.fused(&self.index, by, meaning, (text, &query), (k.max(FUSED), k), viewer)?;
        self.hits(&query, found)
    }

    /// The best `k` chunks by words, of which `index` decides, and by meaning; of two lists so many of each are looked at.
    fn fused(
        &self,
        index: &Index,
        by: By,
        meaning: &Meaning,
        (text, query): (&str, &Query),
        (depth, k): (usize, usize),
        viewer: &Viewer,
    ) -> Result<Vec<Scored>, KbError> {
        let filter = meaning.index.filter(|id| self.lets_pass(query, id, viewer));
        let vector = meaning.embed(text)?;
        let near = |k| meaning.index.search(&vector, k, &filter);
        let worded = || index.searcher().search(query, depth, |id| self.lets_pass(query, id, viewer));
        Ok(match by {
            By::Meaning => near(k),
            By::Both => fuse::reciprocal_rank(&[&worded(), &near(depth)], k),
            By::Weighted(share) => fuse::weighted(&[(&worded(), 1.0 - share), (&near(depth), share)], k),
        })
    }

    /// Whether `viewer` may see a chunk, and all phrases of the query stand in it or in the headings above it.
    fn lets_pass(&self, query: &Query, id: u64, viewer: &Viewer) -> bool {
        if query.phrases.is_empty() || !self.may_see(id, viewer) {
            return self.may_see(id, viewer);
        }
        let reads = || {
            let row = self.document_of(id)?;
            let (text, ChunkRow { chunk, .. }) = (self.store.text(row.id).ok()??, self.store.chunk(id).ok()??);
            let title = super::title_field(&row.name, row.title.as_deref(), &chunk);
            Some(query.stands_in(&[&title, text.get(chunk.range)?]))
        };
        self.index.has_phrases(query, id) && reads().unwrap_or(false)
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
                bounds: chunk.place.map(|place: Place| place.bounds),
                context: chunk.context,
                document_id: row.id,
                id: found.id,
            });
        }
        Ok(hits)
    }

    /// What a search goes by when nothing else is asked: what was learned, as far as the embedder for it is there; else words.
    pub fn usual_way(&self) -> Option<By> {
        let is_there = || self.has_its_embedder().unwrap_or(false);
        (self.weights.meaning > 0.0 && is_there()).then_some(By::Weighted(self.weights.meaning))
    }

    /// The names of the documents with the best chunks, `k` at most, the best first, in the [usual way](Self::usual_way).
    ///
    /// # Errors
    /// Those of the embedder.
    pub fn rank_documents(&self, query: &str, k: usize, viewer: &Viewer) -> Result<Vec<&str>, KbError> {
        let meaning = self.usual_way().map(|_| self.meaning()).transpose()?;
        let meaning = meaning.as_ref().map(|meaning| (meaning, self.weights.meaning));
        self.rank_with(&self.index, meaning, query, k, viewer)
    }

    /// The same with an index of these chunks that weighs titles otherwise, and with a share of a meaning where one is given.
    pub(crate) fn rank_with(
        &self,
        index: &Index,
        meaning: Option<(&Meaning, f32)>,
        text: &str,
        k: usize,
        viewer: &Viewer,
    ) -> Result<Vec<&str>, KbError> {
        let query = Query::parse(text);
        let name_of = |chunk| self.document_of(chunk).map(|row| row.name.as_str());
        let Some((meaning, share)) = meaning else {
            let may_see = |chunk| self.lets_pass(&query, chunk, viewer);
            return Ok(index.searcher().search_owners(&query, k, may_see, name_of));
        };
        let sizes = (FUSED, 2 * FUSED);
        let mut names: Vec<&str> = vec![];
        for found in self.fused(index, By::Weighted(share), meaning, (text, &query), sizes, viewer)? {
            if let Some(name) = name_of(found.id)
                && names.len() < k
                && !names.contains(&name)
            {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// The score of a found chunk term by term.
    pub fn explain(&self, query: &str, chunk: u64) -> Vec<Part> {
        self.index.explain(&Query::parse(query), chunk)
    }

    /// What a ranking of one's own needs of the index for a query.
    pub fn posting_lists(&self, query: &str, viewer: &Viewer) -> PostingLists {
        let query = Query::parse(query);
        self.index.posting_lists(&query, |chunk| self.lets_pass(&query, chunk, viewer))
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

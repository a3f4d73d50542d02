//! A score taken apart: what each term of the query adds to it, and why that much.
//!
//! BM25 is a sum, so nothing is left over: the parts, added in their order, are the score that a search gives, to the bit.

use super::{Index, Query};
use serde::Serialize;

/// What one term of a query adds to the score of a text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// The term as the index writes it: a stem, a pair of characters, a word of the dictionary, a part number.
    pub term: String,
    /// Texts that have it.
    pub documents: usize,
    /// How much it counts: its rarity, times the times that the query has it.
    pub weight: f32,
    /// What frequency and length of the text make of it: 0 to k1 + 1.
    pub impact: f32,
    /// `weight * impact`.
    pub score: f32,
    /// Its share of the whole score, 0 to 1.
    pub share: f32,
}

impl Index {
    /// The parts of the score of the text `id`, one for each term of the query that it has, in the order of the query; their
    /// sum is the score. Nothing if there is no such text.
    ///
    /// ```
    /// use retrieval::lexical::{Bm25, Index, Query};
    /// let mut index = Index::new(Bm25::USUAL);
    /// index.insert(1, "", "green tea");
    /// index.insert(2, "", "black tea");
    /// index.commit();
    /// let parts = index.explain(&Query::parse("green tea"), 1);
    /// assert_eq!((parts[0].term.as_str(), parts[0].documents), ("green", 1));
    /// assert_eq!(parts[1].documents, 2);
    /// ```
    pub fn explain(&self, query: &Query, id: u64) -> Vec<Part> {
        let Some(&(segment, local)) = self.places.get(&id) else { return vec![] };
        let Some(segment) = self.segments.get(segment as usize) else { return vec![] };
        let mut parts: Vec<Part> = vec![];
        for (term, weight) in self.weights(query) {
            let postings = segment.postings(term);
            let Ok(i) = postings.binary_search_by_key(&local, |posting| posting.text) else { continue };
            let impact = postings[i].impact;
            let (term, documents) = (self.dictionary.name(term).to_string(), self.frequency(term));
            parts.push(Part { term, documents, weight, impact, score: weight * impact, share: 0.0 });
        }
        let total: f32 = parts.iter().map(|part| part.score).sum();
        parts.iter_mut().for_each(|part| part.share = part.score / total);
        parts
    }
}

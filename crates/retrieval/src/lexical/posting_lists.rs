//! What a query needs of an index, as plain arrays: for a ranking that is not the index's own.

use super::segment::Local;
use super::{Index, Query, has_phrase};
use std::collections::HashMap;

/// The lists of a query's terms and all that a score depends on. Texts are numbered from 0 by ascending id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PostingLists {
    /// How much each term of the query counts, its rarity apart.
    pub weights: Vec<f32>,
    /// The postings of term `t` stand at `starts[t]..starts[t + 1]`.
    pub starts: Vec<i32>,
    /// The text of each posting, ascending within a term.
    pub texts: Vec<i32>,
    /// How often the term stands in it, words of the title more.
    pub frequencies: Vec<f32>,
    /// The length of every text, words of the title more.
    pub lengths: Vec<f32>,
    /// Whether each text may be found: for this viewer, and with the phrases of the query.
    pub is_open: Vec<bool>,
    /// The id of each text.
    pub ids: Vec<u64>,
}

impl Index {
    /// Those of the index as of the last commit.
    ///
    /// ```
    /// use retrieval::lexical::{Bm25, Index, Query};
    /// let mut index = Index::new(Bm25::USUAL);
    /// index.insert(7, "", "green tea");
    /// index.insert(3, "", "tea, black tea");
    /// index.commit();
    /// let lists = index.posting_lists(&Query::parse("tea"), |_| true);
    /// assert_eq!((lists.ids, lists.texts, lists.frequencies), (vec![3, 7], vec![0, 1], vec![2.0, 1.0]));
    /// ```
    pub fn posting_lists(&self, query: &Query, may_see: impl Fn(u64) -> bool) -> PostingLists {
        let phrases: Option<Vec<_>> = query.phrases.iter().map(|phrase| self.phrase(phrase)).collect();
        let mut texts: Vec<(u64, usize, Local)> = vec![];
        for (number, segment) in self.segments.iter().enumerate() {
            texts.extend(segment.texts().map(|(local, id)| (id, number, local)));
        }
        texts.sort_unstable();
        let mut lists = PostingLists { starts: vec![0], ..PostingLists::default() };
        let mut numbers: HashMap<(usize, Local), i32> = HashMap::with_capacity(texts.len());
        for (id, number, local) in texts {
            let segment = &self.segments[number];
            numbers.insert((number, local), lists.ids.len() as i32);
            lists.ids.push(id);
            lists.lengths.push(segment.length_of(local));
            // A word that no text has is in no text's phrase.
            let has_phrases =
                phrases.as_ref().is_some_and(|all| all.iter().all(|phrase| has_phrase(segment, local, phrase)));
            lists.is_open.push(has_phrases && may_see(id));
        }
        for (term, weight) in self.terms(query) {
            let mut list: Vec<(i32, f32)> = vec![];
            for (number, segment) in self.segments.iter().enumerate() {
                let postings = segment.frequencies(term);
                list.extend(postings.map(|(local, frequency)| (numbers[&(number, local)], frequency)));
            }
            list.sort_unstable_by_key(|(text, _)| *text);
            lists.weights.push(weight);
            lists.texts.extend(list.iter().map(|(text, _)| text));
            lists.frequencies.extend(list.iter().map(|(_, frequency)| frequency));
            lists.starts.push(lists.texts.len() as i32);
        }
        lists
    }
}

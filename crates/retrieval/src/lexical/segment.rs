//! A segment: some texts, forwards and inverted.
//!
//! *Forwards*: the terms of every text in order, from which everything else is made anew, phrases are verified, and a text
//! is removed. *Inverted*: for each term one slice of postings, all slices in one array. A posting holds the text and its
//! precomputed share of the BM25 score, so that a query only multiplies and adds.
//!
//! Building is a counting sort: count each term's texts, sum up, fill. Removing closes the gap in each of its terms'
//! slices; the holes it leaves are compacted when the segment is built again.

use super::blocks::BlockMaxima;
use super::dictionary::Term;
use super::{Bm25, STOP_TERMS};

/// A text within a segment.
pub type Local = u32;

/// Marks a text that was removed.
const REMOVED: u64 = u64::MAX;

/// Where a term occurs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Posting {
    /// The text.
    pub text: Local,
    /// BM25's factor of frequency and length, without the term's rarity.
    pub impact: f32,
}

/// Terms of one text: `[title units | body units | extras]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// Units of the title.
    pub title: u32,
    /// Units of the body.
    pub body: u32,
    /// Extras of the title, which come first, of all extras.
    pub title_extras: u32,
    /// All extras.
    pub extras: u32,
}

impl Shape {
    /// Terms in all.
    pub fn len(self) -> usize {
        (self.title + self.body + self.extras) as usize
    }
}

/// Some texts and their postings.
#[derive(Default)]
pub struct Segment {
    ids: Vec<u64>,
    shapes: Vec<Shape>,
    /// Where each text's terms begin.
    starts: Vec<usize>,
    terms: Vec<Term>,
    /// Length of each text as BM25 sees it.
    lengths: Vec<f32>,
    /// The slice of term `t` is `begins[t]..ends[t]`.
    begins: Vec<u32>,
    ends: Vec<u32>,
    postings: Vec<Posting>,
    /// Weighted frequency of each posting.
    frequencies: Vec<f32>,
    n_removed: usize,
    /// What a search with pruning goes by; `None` where every posting is looked at.
    pub blocks: Option<BlockMaxima>,
}

impl Segment {
    /// Adds a text; it has no postings before [`Segment::build`].
    pub fn push(&mut self, id: u64, terms: &[Term], shape: Shape) {
        debug_assert_eq!(terms.len(), shape.len());
        self.ids.push(id);
        self.shapes.push(shape);
        self.starts.push(self.terms.len());
        self.terms.extend_from_slice(terms);
    }

    /// Takes over all texts of `other`.
    pub fn append(&mut self, other: &Segment) {
        for (local, id) in other.texts() {
            self.push(id, other.terms_of(local), other.shapes[local as usize]);
        }
    }

    /// Makes the postings anew, and compacts what removed texts left.
    pub fn build(&mut self, n_terms: usize, bm25: &Bm25) {
        if self.n_removed > 0 {
            let mut compact = Segment::default();
            compact.append(self);
            *self = compact;
        }
        let mut last = vec![Local::MAX; n_terms];
        let mut counts = vec![0u32; n_terms + 1];
        for (local, _) in self.texts() {
            for &term in self.terms_of(local) {
                let term = term as usize;
                if term >= STOP_TERMS && last[term] != local {
                    last[term] = local;
                    counts[term + 1] += 1;
                }
            }
        }
        for term in 0..n_terms {
            counts[term + 1] += counts[term];
        }
        let n_postings = counts[n_terms] as usize;
        self.begins = counts;
        self.begins.truncate(n_terms);
        self.ends = self.begins.clone();
        self.postings = vec![Posting { text: 0, impact: 0.0 }; n_postings];
        self.frequencies = vec![0.0; n_postings];
        self.lengths = Vec::with_capacity(self.ids.len());
        last.fill(Local::MAX);
        for local in 0..self.ids.len() as Local {
            let start = self.starts[local as usize];
            let shape = self.shapes[local as usize];
            let title_end = shape.title as usize;
            let body_end = title_end + shape.body as usize;
            let title_extras_end = body_end + shape.title_extras as usize;
            let mut length = 0.0;
            for i in 0..shape.len() {
                let term = self.terms[start + i] as usize;
                if term < STOP_TERMS {
                    continue;
                }
                let is_title = i < title_end || (body_end..title_extras_end).contains(&i);
                let weight = if is_title { bm25.title_weight } else { 1.0 };
                length += weight;
                if last[term] != local {
                    last[term] = local;
                    self.postings[self.ends[term] as usize].text = local;
                    self.ends[term] += 1;
                }
                self.frequencies[self.ends[term] as usize - 1] += weight;
            }
            self.lengths.push(length);
        }
    }

    /// Computes the impacts for the collection's mean length.
    pub fn weigh(&mut self, bm25: &Bm25, mean_length: f32) {
        let norms: Vec<f32> = self.lengths.iter().map(|length| bm25.norm(*length, mean_length)).collect();
        for (posting, &frequency) in self.postings.iter_mut().zip(&self.frequencies) {
            posting.impact = bm25.impact(frequency, norms[posting.text as usize]);
        }
    }

    /// Removes a text and all its postings.
    pub fn remove(&mut self, local: Local) {
        let start = self.starts[local as usize];
        let end = start + self.shapes[local as usize].len();
        let mut terms = self.terms[start..end].to_vec();
        terms.sort_unstable();
        terms.dedup();
        for term in terms.into_iter().map(|term| term as usize).filter(|term| *term >= STOP_TERMS) {
            let Some((&begin, &end)) = self.begins.get(term).zip(self.ends.get(term)) else { continue };
            let (begin, end) = (begin as usize, end as usize);
            if let Ok(i) = self.postings[begin..end].binary_search_by_key(&local, |posting| posting.text) {
                self.postings.copy_within(begin + i + 1..end, begin + i);
                self.frequencies.copy_within(begin + i + 1..end, begin + i);
                self.ends[term] -= 1;
            }
        }
        self.terms[start..end].fill(0);
        self.ids[local as usize] = REMOVED;
        if let Some(length) = self.lengths.get_mut(local as usize) {
            *length = 0.0;
        }
        self.n_removed += 1;
    }

    /// Postings of a term, by ascending text.
    pub fn postings(&self, term: Term) -> &[Posting] {
        match (self.begins.get(term as usize), self.ends.get(term as usize)) {
            (Some(begin), Some(end)) => &self.postings[*begin as usize..*end as usize],
            _ => &[],
        }
    }

    /// Text and weighted frequency of each posting of a term, by ascending text.
    pub fn frequencies(&self, term: Term) -> impl Iterator<Item = (Local, f32)> + '_ {
        let postings = self.postings(term);
        let begin = if postings.is_empty() { 0 } else { self.begins[term as usize] as usize };
        let frequencies = &self.frequencies[begin..begin + postings.len()];
        postings.iter().zip(frequencies).map(|(posting, &frequency)| (posting.text, frequency))
    }

    /// Length of a text as BM25 sees it.
    pub fn length_of(&self, local: Local) -> f32 {
        self.lengths[local as usize]
    }

    /// The texts that are there, with their ids.
    pub fn texts(&self) -> impl Iterator<Item = (Local, u64)> + '_ {
        self.ids.iter().enumerate().filter(|(_, id)| **id != REMOVED).map(|(i, id)| (i as Local, *id))
    }

    /// All terms of a text.
    pub fn terms_of(&self, local: Local) -> &[Term] {
        let start = self.starts[local as usize];
        &self.terms[start..start + self.shapes[local as usize].len()]
    }

    /// Title and body as two runs of units.
    pub fn units_of(&self, local: Local) -> [&[Term]; 2] {
        let shape = self.shapes[local as usize];
        let units = &self.terms_of(local)[..(shape.title + shape.body) as usize];
        let (title, body) = units.split_at(shape.title as usize);
        [title, body]
    }

    /// How a text's terms are laid out.
    pub fn shape_of(&self, local: Local) -> Shape {
        self.shapes[local as usize]
    }

    /// The id of a text.
    pub fn id(&self, local: Local) -> u64 {
        self.ids[local as usize]
    }

    /// Places for texts, removed ones included.
    pub fn capacity(&self) -> usize {
        self.ids.len()
    }

    /// Texts that are there.
    pub fn len(&self) -> usize {
        self.ids.len() - self.n_removed
    }

    /// Sum of the lengths of the texts that are there.
    pub fn total_length(&self) -> f64 {
        self.lengths.iter().map(|length| f64::from(*length)).sum()
    }
}

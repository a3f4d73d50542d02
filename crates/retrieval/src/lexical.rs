//! The lexical index: which texts share rare words with a query, by BM25.
//!
//! The score of a text for a query is the sum over the query's terms of
//! `idf(t) * f * (k1 + 1) / (f + k1 * (1 - b + b * length / mean length))` with `idf(t) = ln(1 + (N - n + 0.5) / (n + 0.5))`,
//! where f is the term's frequency in the text (title words count `title_weight` times), N the number of texts and n
//! of those with the term. Everything but `idf` is known before the query comes, so a posting stores it, and a search is: for
//! each term run along one contiguous slice, multiply, add into one number per text; then one pass keeps the best k.
//! For a few hundred thousand texts this beats every clever skipping, since nothing in it is a branch or a jump; segments of more
//! than a million pass over what cannot be among the best ([`blocks`]), with the same results to the bit.
//!
//! Texts come and go: they collect in new segments, small neighbours merge, and after [`Index::commit`] all scores are
//! exactly those of an index built anew from the texts that are there. Who may see a text is asked before it can take a place
//! among the k.
//!
//! Source: Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond"; Lù 2024, "BM25S" (scores
//! computed when indexing). The formula in plain loops: [`reference`].

pub mod analyse;
mod blocks;
mod dictionary;
pub mod explain;
mod file;
mod posting_lists;
pub mod query;
pub mod reference;
mod segment;
pub mod top;

pub use posting_lists::PostingLists;
pub use query::Query;
pub use top::Scored;

use analyse::{Role, analyse};
use blocks::{BLOCK, BlockMaxima, from_text};
use dictionary::{Dictionary, Term};
use segment::{Local, Posting, Segment, Shape};
use std::collections::{HashMap, HashSet};
use top::Top;

/// The numbers of stop words come first.
const STOP_TERMS: usize = analyse::STOP_WORDS.len();

/// The constants of the score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bm25 {
    /// How soon repetition stops counting.
    pub k1: f32,
    /// How much long texts are held back, 0 to 1.
    pub b: f32,
    /// How many times a word in the title counts.
    pub title_weight: f32,
    /// What a pair of characters counts beside a word.
    pub pair_weight: f32,
    /// What a whole or a dictionary word counts beside a word.
    pub extra_weight: f32,
}

impl Bm25 {
    /// Chosen on SciFact's training queries and CMRC 2018's trial questions.
    pub const USUAL: Bm25 = Bm25 { k1: 1.6, b: 0.75, title_weight: 3.0, pair_weight: 1.0, extra_weight: 0.3 };

    fn norm(&self, length: f32, mean_length: f32) -> f32 {
        self.k1 * (1.0 - self.b + self.b * length / mean_length)
    }

    fn impact(&self, frequency: f32, norm: f32) -> f32 {
        frequency * (self.k1 + 1.0) / (frequency + norm)
    }

    fn weight(&self, role: Role) -> f32 {
        match role {
            Role::Word => 1.0,
            Role::Pair => self.pair_weight,
            Role::Extra => self.extra_weight,
        }
    }
}

/// An index over texts that have numbers of the caller's.
///
/// ```
/// use retrieval::lexical::{Bm25, Index, Query};
/// let mut index = Index::new(Bm25::USUAL);
/// index.insert(7, "Tea", "Green tea is not fermented.");
/// index.insert(8, "", "红茶全发酵。");
/// index.commit();
/// let found = index.searcher().search(&Query::parse("fermentation"), 10, |_| true);
/// assert_eq!(found[0].id, 7);
/// assert_eq!(index.searcher().search(&Query::parse("发酵"), 10, |_| true)[0].id, 8);
/// ```
pub struct Index {
    bm25: Bm25,
    dictionary: Dictionary,
    segments: Vec<Segment>,
    /// Texts since the last commit.
    fresh: Segment,
    /// Segment and place of every text; the fresh segment comes after all others.
    places: HashMap<u64, (u32, Local)>,
    buffer: Vec<Term>,
    extras: Vec<Term>,
    /// Segments with more texts are searched with pruning.
    exhaustive_max: usize,
}

/// Texts of a segment up to which every posting is looked at: a query takes little more than a millisecond then, for which maxima are not
/// worth their memory and the time that every commit would take to find them.
const EXHAUSTIVE_MAX: usize = 1_000_000;

/// A segment is merged with the one before it until that one is so many times as large.
const MERGE_FACTOR: usize = 4;

impl Index {
    /// An empty index.
    pub fn new(bm25: Bm25) -> Index {
        Index {
            bm25,
            dictionary: Dictionary::new(),
            segments: vec![],
            fresh: Segment::default(),
            places: HashMap::new(),
            buffer: vec![],
            extras: vec![],
            exhaustive_max: EXHAUSTIVE_MAX,
        }
    }

    /// The same with another limit from which on segments are searched with pruning, for tests and measurements: what is found does
    /// not depend on it.
    pub fn with_exhaustive_max(self, n_texts: usize) -> Index {
        Index { exhaustive_max: n_texts, ..self }
    }

    /// Adds a text, in place of one with the same id; searches see it after the next commit.
    pub fn insert(&mut self, id: u64, title: &str, body: &str) {
        self.remove(id);
        self.buffer.clear();
        self.extras.clear();
        let title_units = self.add_terms(title);
        let title_extras = self.extras.len() as u32;
        let body_units = self.add_terms(body);
        let extras = self.extras.len() as u32;
        self.buffer.append(&mut self.extras);
        let place = (self.segments.len() as u32, self.fresh.capacity() as Local);
        let shape = Shape { title: title_units, body: body_units, title_extras, extras };
        self.fresh.push(id, &self.buffer, shape);
        self.places.insert(id, place);
    }

    fn add_terms(&mut self, text: &str) -> u32 {
        let (dictionary, units, extras) = (&mut self.dictionary, &mut self.buffer, &mut self.extras);
        let before = units.len();
        analyse(text, |word, role, _| {
            let term = dictionary.add(word, role);
            if role == Role::Extra { extras.push(term) } else { units.push(term) }
        });
        (units.len() - before) as u32
    }

    /// Removes a text at once; false if there is none. The scores of others are exact after the next commit.
    pub fn remove(&mut self, id: u64) -> bool {
        let Some((segment, local)) = self.places.remove(&id) else { return false };
        self.segments.get_mut(segment as usize).unwrap_or(&mut self.fresh).remove(local);
        true
    }

    /// Makes all changes visible.
    pub fn commit(&mut self) {
        let n_terms = self.dictionary.len();
        if self.fresh.len() > 0 {
            let mut last = std::mem::take(&mut self.fresh);
            while let Some(before) = self.segments.last()
                && before.len() < MERGE_FACTOR * last.len()
            {
                let mut merged = self.segments.pop().expect("there is one");
                merged.append(&last);
                last = merged;
            }
            last.build(n_terms, &self.bm25);
            for (local, id) in last.texts() {
                self.places.insert(id, (self.segments.len() as u32, local));
            }
            self.segments.push(last);
        }
        self.fresh = Segment::default();
        let mean_length = self.mean_length();
        for segment in &mut self.segments {
            segment.weigh(&self.bm25, mean_length);
            segment.blocks =
                (segment.capacity() > self.exhaustive_max).then(|| BlockMaxima::of(segment, self.dictionary.len()));
        }
    }

    /// Texts that are there.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Whether there is a text with this id.
    pub fn contains(&self, id: u64) -> bool {
        self.places.contains_key(&id)
    }

    /// The ids of all texts, in no order.
    pub fn ids(&self) -> impl Iterator<Item = u64> + '_ {
        self.places.keys().copied()
    }

    /// Something to search with: one for each thread, kept as long as possible.
    pub fn searcher(&self) -> Searcher<'_> {
        let exhaustive = self.segments.iter().filter(|segment| segment.blocks.is_none());
        let texts = exhaustive.map(Segment::capacity).max().unwrap_or(0);
        // Padded to whole blocks, so that the last pass has no remainder.
        Searcher { index: self, scores: vec![0.0; texts.next_multiple_of(BLOCK)] }
    }

    fn mean_length(&self) -> f32 {
        let total: f64 = self.segments.iter().map(Segment::total_length).sum();
        (total / self.len().max(1) as f64).max(1.0) as f32
    }

    /// Texts that have a term.
    fn frequency(&self, term: Term) -> usize {
        self.segments.iter().map(|segment| segment.postings(term).len()).sum()
    }

    /// `ln(1 + (N - n + 0.5) / (n + 0.5))`.
    fn idf(&self, term: Term) -> f32 {
        let (total, n) = (self.len() as f64, self.frequency(term) as f64);
        (1.0 + (total - n + 0.5) / (n + 0.5)).ln() as f32
    }

    /// Terms of a query that some text has, each once, with its weight: its rarity times what it counts in the query.
    fn weights(&self, query: &Query) -> Vec<(Term, f32)> {
        self.terms(query).into_iter().map(|(term, weight)| (term, weight * self.idf(term))).collect()
    }

    /// Terms of a query that some text has, each once, with what it counts in the query.
    fn terms(&self, query: &Query) -> Vec<(Term, f32)> {
        let mut weights: Vec<(Term, f32)> = vec![];
        for (word, role) in &query.terms {
            let Some(term) = self.dictionary.find(word, *role) else { continue };
            if self.dictionary.is_stop_word(term) {
                continue;
            }
            let weight = self.bm25.weight(*role);
            match weights.iter_mut().find(|(known, _)| *known == term) {
                Some((_, sum)) => *sum += weight,
                None => weights.push((term, weight)),
            }
        }
        weights
    }
}

/// Scores of a block that are compared at once.
const LANES: usize = 8;
/// Texts that are looked at for one owner at first; most owners have their best ones among these.
const TEXTS_PER_OWNER: usize = 8;

/// Searches an index; holds one number per text.
pub struct Searcher<'i> {
    index: &'i Index,
    /// All zero between searches.
    scores: Vec<f32>,
}

impl Searcher<'_> {
    /// The best `k` texts that `may_see` lets pass and that have all phrases by their stems, the best first.
    pub fn search(&mut self, query: &Query, k: usize, may_see: impl Fn(u64) -> bool) -> Vec<Scored> {
        let index = self.index;
        let weights = index.weights(query);
        let phrases: Option<Vec<Vec<Term>>> = query.phrases.iter().map(|phrase| index.phrase(phrase)).collect();
        // A word that no text has is in no text's phrase.
        let Some(phrases) = phrases else { return vec![] };
        let mut top = Top::new(k);
        for segment in &index.segments {
            let lists: Vec<(Term, f32, &[Posting])> =
                weights.iter().map(|(term, weight)| (*term, *weight, segment.postings(*term))).collect();
            let passes = |local: Local| {
                // Who may see it may be dear to tell, where texts have to be read for phrases.
                phrases.iter().all(|phrase| has_phrase(segment, local, phrase)) && may_see(segment.id(local))
            };
            match &segment.blocks {
                None => self.search_all(segment, &lists, passes, &mut top),
                Some(blocks) => search_blocks(segment, blocks, lists, passes, &mut top),
            }
        }
        top.finish()
    }

    /// Offers the texts of a segment, each of which gets a score.
    fn search_all(
        &mut self,
        segment: &Segment,
        lists: &[(Term, f32, &[Posting])],
        passes: impl Fn(Local) -> bool,
        top: &mut Top,
    ) {
        let scores = &mut self.scores[..segment.capacity().next_multiple_of(BLOCK)];
        for (_, weight, postings) in lists {
            for posting in *postings {
                scores[posting.text as usize] += weight * posting.impact;
            }
        }
        for (block, scores) in scores.as_chunks_mut::<BLOCK>().0.iter_mut().enumerate() {
            let best = maxima(scores);
            if !reaches(&best, f32::MIN_POSITIVE) {
                continue;
            }
            offer_block(segment, block, scores, &best, &passes, top);
            scores.fill(0.0);
        }
    }

    /// The owners of the best texts, `k` at most, each once, the best first: what [`Searcher::search`] finds, looked at ever
    /// deeper until there are enough. A text without an owner counts for nobody.
    pub fn search_owners<O: PartialEq>(
        &mut self,
        query: &Query,
        k: usize,
        may_see: impl Fn(u64) -> bool,
        owner_of: impl Fn(u64) -> Option<O>,
    ) -> Vec<O> {
        let mut depth = TEXTS_PER_OWNER * k;
        loop {
            let found = self.search(query, depth, &may_see);
            let mut owners: Vec<O> = vec![];
            for owner in found.iter().filter_map(|hit| owner_of(hit.id)) {
                if owners.len() < k && !owners.contains(&owner) {
                    owners.push(owner);
                }
            }
            if owners.len() == k || found.len() < depth {
                return owners;
            }
            depth *= TEXTS_PER_OWNER;
        }
    }
}

/// Offers the texts of the blocks of a segment that may hold one of the best.
fn search_blocks(
    segment: &Segment,
    blocks: &BlockMaxima,
    mut lists: Vec<(Term, f32, &[Posting])>,
    passes: impl Fn(Local) -> bool,
    top: &mut Top,
) {
    for (block, bound) in blocks.bounds(&lists).into_iter().enumerate() {
        if bound < top.threshold {
            continue;
        }
        let mut scores = [0.0; BLOCK];
        let start = (block * BLOCK) as Local;
        for (_, weight, postings) in &mut lists {
            *postings = from_text(postings, start);
            for posting in postings.iter().take_while(|posting| posting.text - start < BLOCK as Local) {
                scores[(posting.text - start) as usize] += *weight * posting.impact;
            }
        }
        offer_block(segment, block, &scores, &maxima(&scores), &passes, top);
    }
}

/// Offers what is good enough of a block, whose scores have the maxima `best`.
#[inline(always)]
fn offer_block(
    segment: &Segment,
    block: usize,
    scores: &[f32; BLOCK],
    best: &[f32; LANES],
    passes: &impl Fn(Local) -> bool,
    top: &mut Top,
) {
    if !reaches(best, top.threshold) {
        return;
    }
    for (lane, best) in best.iter().enumerate() {
        if *best < top.threshold {
            continue;
        }
        for i in (lane..BLOCK).step_by(LANES) {
            let (score, local) = (scores[i], (block * BLOCK + i) as Local);
            if score >= top.threshold && passes(local) {
                top.offer(Scored { id: segment.id(local), score });
            }
        }
    }
}

/// The greatest of every eighth score, none being negative. Plain comparisons in lanes become vectors, which `f32::max`, minding what
/// is no number, would not; and the lanes stay apart, since their greatest would take longer than all before it.
#[inline(always)]
fn maxima(scores: &[f32; BLOCK]) -> [f32; LANES] {
    let mut lanes = [0.0f32; LANES];
    for scores in scores.as_chunks::<LANES>().0 {
        for (lane, score) in lanes.iter_mut().zip(scores) {
            *lane = if *score > *lane { *score } else { *lane };
        }
    }
    lanes
}

/// Whether any lane is at least `threshold`; without a branch for each.
#[inline(always)]
fn reaches(lanes: &[f32; LANES], threshold: f32) -> bool {
    lanes.iter().fold(false, |any, lane| any | (*lane >= threshold))
}

impl Index {
    fn phrase(&self, phrase: &[(String, Role)]) -> Option<Vec<Term>> {
        phrase.iter().map(|(word, role)| self.dictionary.find(word, *role)).collect()
    }

    /// Whether a text has all phrases of a query by their stems.
    pub fn has_phrases(&self, query: &Query, id: u64) -> bool {
        let Some(&(segment, local)) = self.places.get(&id) else { return false };
        let Some(segment) = self.segments.get(segment as usize) else { return false };
        let has = |phrase: &Vec<_>| self.phrase(phrase).is_some_and(|phrase| has_phrase(segment, local, &phrase));
        query.phrases.iter().all(has)
    }

    /// Byte ranges of the words in `text` that the query has too, and of its phrases, of whose words none counts alone; ascending,
    /// touching ones joined.
    pub fn highlights(&self, query: &Query, text: &str) -> Vec<[usize; 2]> {
        let known = query.outside.iter().filter_map(|(word, role)| self.known(word, *role));
        let wanted: HashSet<Term> = known.map(|(term, _)| term).collect();
        let mut found: Vec<[usize; 2]> = query.phrase_places(text).into_iter().map(|at| [at.start, at.end]).collect();
        analyse(text, |word, role, range| {
            if self.dictionary.find(word, role).is_some_and(|term| wanted.contains(&term)) {
                found.push([range.start, range.end]);
            }
        });
        found.sort_unstable();
        let mut joined: Vec<[usize; 2]> = vec![];
        for [start, end] in found {
            match joined.last_mut() {
                Some(last) if start <= last[1] => last[1] = last[1].max(end),
                _ => joined.push([start, end]),
            }
        }
        joined
    }

    /// The term of a word and the number of texts that have it; `None` if it has none, or is a stop word.
    pub(crate) fn known(&self, word: &str, role: Role) -> Option<(u32, usize)> {
        let term = self.dictionary.find(word, role).filter(|term| !self.dictionary.is_stop_word(*term))?;
        Some((term, self.frequency(term)))
    }

    /// The ids of the texts that have a term.
    pub(crate) fn texts_with(&self, term: u32) -> impl Iterator<Item = u64> + '_ {
        self.segments
            .iter()
            .flat_map(move |segment| segment.postings(term).iter().map(|posting| segment.id(posting.text)))
    }
}

fn has_phrase(segment: &Segment, local: Local, phrase: &[Term]) -> bool {
    segment.units_of(local).iter().any(|units| units.windows(phrase.len()).any(|window| window == phrase))
}

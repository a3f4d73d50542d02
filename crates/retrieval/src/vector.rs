//! The exact vector index: the nearest of all vectors by the cosine, none skipped.
//!
//! Vectors are scaled to length 1, so the cosine is a dot product. [`Coding`] says what a scan reads: f32 as it is; int8,
//! a quarter of the bytes; or signs, a thirty-second. The coarse two only choose candidates, several times as many as
//! are wanted, which are then scored with f32 again; so scores are exact and only a near miss can be lost.
//!
//! Who may see a vector is a [`Filter`], one bit each, made once for a viewer and looked at before a place is given. A filter
//! made before the last change lets nobody in: it no longer says whose bits its bits are.
//!
//! Source: Charikar 2002 (signs for angles). Not here: graphs, which skip most vectors and are for millions of them.

use crate::lexical::Scored;
use crate::lexical::top::Top;
use std::collections::HashMap;

/// What a scan reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// Every value as it is.
    F32,
    /// A byte a value, each vector with a scale of its own.
    Int8,
    /// The sign of every value.
    Signs,
}

impl Coding {
    /// Candidates that are scored again, for each one wanted.
    fn candidates(self) -> usize {
        match self {
            Coding::F32 => 1,
            Coding::Int8 => 4,
            Coding::Signs => 40,
        }
    }
}

/// Vectors of one width under numbers of the caller's.
///
/// ```
/// use retrieval::vector::{Coding, VectorIndex};
/// let mut index = VectorIndex::new(2, Coding::F32);
/// index.insert(7, &[1.0, 0.0]);
/// index.insert(8, &[3.0, 4.0]);
/// let found = index.search(&[0.0, 2.0], 1, &index.filter(|_| true));
/// assert_eq!((found[0].id, found[0].score), (8, 0.8));
/// ```
pub struct VectorIndex {
    width: usize,
    coding: Coding,
    ids: Vec<u64>,
    places: HashMap<u64, usize>,
    /// `[n, width]`, each row of length 1.
    rows: Vec<f32>,
    /// `[n, width]` for [`Coding::Int8`].
    bytes: Vec<i8>,
    /// What a unit of each row of `bytes` is worth.
    scales: Vec<f32>,
    /// `[n, words]` for [`Coding::Signs`].
    signs: Vec<u64>,
    n_changes: u64,
}

/// Which vectors a search may find.
#[derive(Clone, Debug)]
pub struct Filter {
    bits: Vec<u64>,
    /// The index's changes when it was made.
    n_changes: u64,
}

/// Rows whose scores are held at once: they stay in the first cache.
const BLOCK: usize = 512;

impl VectorIndex {
    /// No vector yet, each to be `width` long.
    pub fn new(width: usize, coding: Coding) -> VectorIndex {
        VectorIndex {
            width,
            coding,
            ids: vec![],
            places: HashMap::new(),
            rows: vec![],
            bytes: vec![],
            scales: vec![],
            signs: vec![],
            n_changes: 0,
        }
    }

    /// Adds a vector, in place of one with the same id. One that has no direction (all zero, or not finite) is near to
    /// nothing and is not kept; false then.
    pub fn insert(&mut self, id: u64, vector: &[f32]) -> bool {
        assert_eq!(vector.len(), self.width, "insert: width of the vector");
        self.remove(id);
        let Some(row) = unit(vector) else { return false };
        match self.coding {
            Coding::F32 => {}
            Coding::Int8 => {
                let (bytes, scale) = to_bytes(&row);
                self.bytes.extend(bytes);
                self.scales.push(scale);
            }
            Coding::Signs => self.signs.extend(to_signs(&row)),
        }
        self.rows.extend(row);
        self.places.insert(id, self.ids.len());
        self.ids.push(id);
        self.n_changes += 1;
        true
    }

    /// Removes a vector; false if there is none. The last one takes its place, so nothing of it is left.
    pub fn remove(&mut self, id: u64) -> bool {
        let Some(place) = self.places.remove(&id) else { return false };
        self.ids.swap_remove(place);
        swap_remove_row(&mut self.rows, place, self.width);
        match self.coding {
            Coding::F32 => {}
            Coding::Int8 => {
                swap_remove_row(&mut self.bytes, place, self.width);
                self.scales.swap_remove(place);
            }
            Coding::Signs => swap_remove_row(&mut self.signs, place, self.width.div_ceil(64)),
        }
        if let Some(moved) = self.ids.get(place) {
            self.places.insert(*moved, place);
        }
        self.n_changes += 1;
        true
    }

    /// Vectors that are there.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The ids and vectors, in no order.
    pub fn vectors(&self) -> impl Iterator<Item = (u64, &[f32])> {
        self.ids.iter().copied().zip(self.rows.chunks_exact(self.width.max(1)))
    }

    /// The vectors that `may_see` lets pass.
    pub fn filter(&self, may_see: impl Fn(u64) -> bool) -> Filter {
        let word = |ids: &[u64]| ids.iter().enumerate().fold(0, |word, (i, id)| word | u64::from(may_see(*id)) << i);
        Filter { bits: self.ids.chunks(64).map(word).collect(), n_changes: self.n_changes }
    }

    /// The `k` nearest of those in `filter`, the nearest first; those at a right angle or farther are not near.
    pub fn search(&self, query: &[f32], k: usize, filter: &Filter) -> Vec<Scored> {
        assert_eq!(query.len(), self.width, "search: width of the query");
        let is_current = filter.n_changes == self.n_changes;
        let Some(query) = unit(query).filter(|_| is_current && k > 0) else { return vec![] };
        let mut top = Top::new(k.saturating_mul(self.coding.candidates()));
        let mut offer = |first: usize, scores: &[f32]| {
            for (i, score) in scores.iter().enumerate() {
                let place = first + i;
                if *score >= top.threshold && filter.bits[place / 64] >> (place % 64) & 1 == 1 {
                    top.offer(Scored { id: self.ids[place], score: *score });
                }
            }
        };
        match self.coding {
            Coding::F32 => self.scan(&self.rows, self.width, &mut offer, |rows, scores| {
                kernels::scan::dot_rows(&query, rows, scores);
            }),
            Coding::Int8 => {
                let (query, _) = to_bytes(&query);
                let mut sums = [0; BLOCK];
                let mut at = 0;
                self.scan(&self.bytes, self.width, &mut offer, |rows, scores| {
                    let sums = &mut sums[..scores.len()];
                    kernels::scan::dot_rows_i8(&query, rows, sums);
                    for ((score, sum), scale) in scores.iter_mut().zip(sums).zip(&self.scales[at..]) {
                        *score = *sum as f32 * scale;
                    }
                    at += scores.len();
                });
            }
            Coding::Signs => {
                let query = to_signs(&query);
                let mut distances = [0; BLOCK];
                self.scan(&self.signs, self.width.div_ceil(64), &mut offer, |rows, scores| {
                    let distances = &mut distances[..scores.len()];
                    kernels::scan::hamming_rows(&query, rows, distances);
                    for (score, distance) in scores.iter_mut().zip(distances) {
                        // Positive for all: a candidate's sign is known only when it is scored again.
                        *score = (self.width + 1) as f32 - *distance as f32;
                    }
                });
            }
        }
        let found = top.finish();
        if self.coding == Coding::F32 {
            return found;
        }
        let mut again = Top::new(k);
        for Scored { id, .. } in found {
            let mut score = [0.0];
            kernels::scan::dot_rows(&query, &self.rows[self.places[&id] * self.width..][..self.width], &mut score);
            if score[0] >= again.threshold {
                again.offer(Scored { id, score: score[0] });
            }
        }
        again.finish()
    }

    /// Scores all rows block by block.
    fn scan<T>(
        &self,
        rows: &[T],
        width: usize,
        offer: &mut impl FnMut(usize, &[f32]),
        mut score: impl FnMut(&[T], &mut [f32]),
    ) {
        let mut scores = [0.0; BLOCK];
        for (block, rows) in rows.chunks(BLOCK * width.max(1)).enumerate() {
            let scores = &mut scores[..rows.len() / width];
            score(rows, scores);
            offer(block * BLOCK, scores);
        }
    }
}

/// `vector` scaled to length 1; `None` if it has no direction.
fn unit(vector: &[f32]) -> Option<Vec<f32>> {
    let length = vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
    (length > 0.0 && length.is_finite())
        .then(|| vector.iter().map(|value| (f64::from(*value) / length) as f32).collect())
}

/// The values in steps of a 127th of the greatest, and the step.
fn to_bytes(row: &[f32]) -> (Vec<i8>, f32) {
    let step = row.iter().fold(0.0f32, |greatest, value| greatest.max(value.abs())) / 127.0;
    (row.iter().map(|value| (value / step).round() as i8).collect(), step)
}

/// A bit a value, set where it is negative.
fn to_signs(row: &[f32]) -> Vec<u64> {
    let word = |values: &[f32]| values.iter().enumerate().fold(0, |word, (i, v)| word | u64::from(*v < 0.0) << i);
    row.chunks(64).map(word).collect()
}

/// Removes row `place`; the last one moves there.
fn swap_remove_row<T: Copy>(rows: &mut Vec<T>, place: usize, width: usize) {
    let last = rows.len() - width;
    rows.copy_within(last.., place * width);
    rows.truncate(last);
}

//! The exact vector index: the nearest of all vectors by the cosine, none skipped.
//!
//! Vectors are scaled to length 1, so the cosine is a dot product. [`Coding`] says what a scan reads: f32 as it is; bf16, half of the
//! bytes; int8, a quarter; or signs, a thirty-second. The coarse ones only choose candidates, which are then scored with f32 again.
//!
//! With bf16 and int8 nothing is lost by that. A row x and a query q are read as x' and q', and how far these are off is known, so by
//! Cauchy and Schwarz the true product lies within |q - q'| + |q'| |x - x'| of the one that was read. A row is a candidate while
//! its upper bound reaches the k-th best lower bound; that is a few hundred of a hundred thousand. With signs no such bound is
//! of use: many times as many as are wanted are looked at again, and a near miss can be lost.
//!
//! Who may see a vector is a [`Filter`], one bit each, made once for a viewer and looked at before a place is given. A filter
//! made before the last change lets nobody in: it no longer says whose bits its bits are.
//!
//! Source: Charikar 2002 (signs for angles). Not here: graphs, which skip most vectors and are for millions of them.

mod signs;

use crate::lexical::Scored;
use crate::lexical::top::Top;
use kernels::Write;
use kernels::bf16::Bf16;
use kernels::gemm::{Gemm, Layout, gemm_bf16};
use signs::{Nearest, SignRows};
use std::collections::HashMap;

/// What a scan reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// Every value as it is.
    F32,
    /// Two bytes a value; finds what `F32` finds.
    Bf16,
    /// A byte a value, each vector with a scale of its own; finds what `F32` finds.
    Int8,
    /// The sign of every value.
    Signs,
}

/// Candidates of [`Coding::Signs`] that are scored again, for each one wanted.
const CANDIDATES: usize = 40;

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
    /// `[n, width]` for [`Coding::Bf16`].
    halves: Vec<Bf16>,
    /// `[n, width]` for [`Coding::Int8`].
    bytes: Vec<i8>,
    /// What a unit of each row of `bytes` is worth.
    scales: Vec<f32>,
    /// How far each row of `halves` or of `bytes` is off.
    errors: Vec<f32>,
    /// For [`Coding::Signs`].
    signs: SignRows,
    n_changes: u64,
}

/// Which vectors a search may find.
#[derive(Clone, Debug)]
pub struct Filter {
    bits: Vec<u64>,
    /// The index's changes when it was made.
    n_changes: u64,
}

/// Rows whose scores are held at once: they stay in the first cache. A multiple of eight.
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
            halves: vec![],
            bytes: vec![],
            scales: vec![],
            errors: vec![],
            signs: SignRows::new(width.div_ceil(64)),
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
            Coding::Bf16 => {
                let Halves { values, error } = to_halves(&row);
                self.halves.extend(values);
                self.errors.push(error);
            }
            Coding::Int8 => {
                let Bytes { values, scale, error } = to_bytes(&row);
                self.bytes.extend(values);
                self.scales.push(scale);
                self.errors.push(error);
            }
            Coding::Signs => self.signs.push(&to_signs(&row)),
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
            Coding::Bf16 => {
                swap_remove_row(&mut self.halves, place, self.width);
                self.errors.swap_remove(place);
            }
            Coding::Int8 => {
                swap_remove_row(&mut self.bytes, place, self.width);
                self.scales.swap_remove(place);
                self.errors.swap_remove(place);
            }
            Coding::Signs => self.signs.swap_remove(place),
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
        self.search_many(&[query], k, filter).pop().unwrap_or_default()
    }

    /// [`VectorIndex::search`] for each query; the vectors are read once for all.
    pub fn search_many(&self, queries: &[&[f32]], k: usize, filter: &Filter) -> Vec<Vec<Scored>> {
        assert!(queries.iter().all(|query| query.len() == self.width), "search_many: width of the queries");
        let is_current = filter.n_changes == self.n_changes;
        let units: Vec<Option<Vec<f32>>> =
            queries.iter().map(|query| unit(query).filter(|_| is_current && k > 0)).collect();
        let known: Vec<&[f32]> = units.iter().flatten().map(Vec::as_slice).collect();
        if known.is_empty() {
            return vec![vec![]; queries.len()];
        }
        let mut found = match self.coding {
            Coding::F32 => self.search_f32(&known, k, filter),
            Coding::Bf16 => self.search_bf16(&known, k, filter),
            Coding::Int8 => self.search_int8(&known, k, filter),
            Coding::Signs => self.search_signs(&known, k, filter),
        }
        .into_iter();
        units.iter().map(|unit| unit.as_ref().and_then(|_| found.next()).unwrap_or_default()).collect()
    }

    fn search_f32(&self, queries: &[&[f32]], k: usize, filter: &Filter) -> Vec<Vec<Scored>> {
        let mut tops: Vec<Top> = queries.iter().map(|_| Top::new(k)).collect();
        let mut scores = [0.0; BLOCK];
        for (block, rows) in self.rows.chunks(BLOCK * self.width).enumerate() {
            let scores = &mut scores[..rows.len() / self.width];
            for (query, top) in queries.iter().zip(&mut tops) {
                kernels::scan::dot_rows(query, rows, scores);
                self.offer(block * BLOCK, scores, filter, top);
            }
        }
        tops.into_iter().map(Top::finish).collect()
    }

    fn search_bf16(&self, queries: &[&[f32]], k: usize, filter: &Filter) -> Vec<Vec<Scored>> {
        let coded: Vec<Halves> = queries.iter().map(|query| to_halves(query)).collect();
        let values: Vec<Bf16> = coded.iter().flat_map(|query| query.values.iter().copied()).collect();
        let errors: Vec<f32> = coded.iter().map(|query| query.error).collect();
        let mut products = vec![0.0; queries.len() * BLOCK];
        self.search_near(queries, &errors, k, filter, |first, scores| {
            let (m, n) = (scores[0].len(), queries.len());
            let rows = &self.halves[first * self.width..][..m * self.width];
            let (a, b, write) = (Layout::Normal, Layout::Transposed, Write::Set);
            gemm_bf16(Gemm { m, n, k: self.width, a, b, write }, rows, &values, &mut products[..m * n]);
            for (i, products) in products[..m * n].chunks_exact(n).enumerate() {
                scores.iter_mut().zip(products).for_each(|(scores, product)| scores[i] = *product);
            }
        })
    }

    fn search_int8(&self, queries: &[&[f32]], k: usize, filter: &Filter) -> Vec<Vec<Scored>> {
        let coded: Vec<Bytes> = queries.iter().map(|query| to_bytes(query)).collect();
        let values: Vec<i16> = coded.iter().flat_map(|query| &query.values).map(|value| i16::from(*value)).collect();
        let errors: Vec<f32> = coded.iter().map(|query| query.error).collect();
        let mut sums = vec![0; queries.len() * BLOCK];
        self.search_near(queries, &errors, k, filter, |first, scores| {
            let n = scores[0].len();
            let sums = &mut sums[..queries.len() * n];
            kernels::scan::dot_rows_i8(self.width, &values, &self.bytes[first * self.width..][..n * self.width], sums);
            let row_scales = &self.scales[first..][..n];
            for ((query, sums), scores) in coded.iter().zip(sums.chunks_exact(n)).zip(scores) {
                for ((score, sum), scale) in scores.iter_mut().zip(sums).zip(row_scales) {
                    *score = *sum as f32 * (query.scale * scale);
                }
            }
        })
    }

    /// The nearest by rows and queries that are off by known lengths; `score` gives the products of the rows from a place on with each
    /// query. Those that may be among the nearest are scored again.
    fn search_near(
        &self,
        queries: &[&[f32]],
        query_errors: &[f32],
        k: usize,
        filter: &Filter,
        mut score: impl FnMut(usize, &mut [Vec<f32>]),
    ) -> Vec<Vec<Scored>> {
        // Lower bounds, and the places whose upper bounds reached the least of them when they were met.
        let mut near: Vec<(Top, Vec<(usize, f32)>)> = queries.iter().map(|_| (Top::new(k), vec![])).collect();
        let mut scores: Vec<Vec<f32>> = vec![vec![0.0; BLOCK]; queries.len()];
        let mut errors = [0.0; BLOCK];
        for first in (0..self.ids.len()).step_by(BLOCK) {
            let n = BLOCK.min(self.ids.len() - first);
            scores.iter_mut().for_each(|scores| scores.truncate(n));
            score(first, &mut scores);
            let row_errors = &self.errors[first..][..n];
            for ((query_error, scores), (top, places)) in query_errors.iter().zip(&scores).zip(&mut near) {
                // The products themselves are rounded, too.
                let rounding = query_error + self.width as f32 * f32::EPSILON;
                for (error, row_error) in errors.iter_mut().zip(row_errors) {
                    *error = (1.0 + query_error) * row_error + rounding;
                }
                for (i, (score, error)) in scores.iter().zip(&errors).enumerate() {
                    let (place, upper) = (first + i, score + error);
                    if upper >= top.threshold && filter.has(place) {
                        places.push((place, upper));
                        let lower = score - error;
                        if lower >= top.threshold {
                            top.offer(Scored { id: self.ids[place], score: lower });
                        }
                    }
                }
            }
        }
        let chosen = near.into_iter().map(|(top, places)| {
            places.into_iter().filter(move |(_, upper)| *upper >= top.threshold).map(|(place, _)| place)
        });
        queries.iter().zip(chosen).map(|(query, places)| self.score(query, places, k)).collect()
    }

    fn search_signs(&self, queries: &[&[f32]], k: usize, filter: &Filter) -> Vec<Vec<Scored>> {
        let coded: Vec<Vec<u64>> = queries.iter().map(|query| to_signs(query)).collect();
        let wanted = k.saturating_mul(CANDIDATES);
        let mut nearest: Vec<Nearest> = queries.iter().map(|_| Nearest::new(wanted, self.width)).collect();
        let mut near = Vec::with_capacity(BLOCK);
        for first in (0..self.ids.len()).step_by(BLOCK) {
            for (query, nearest) in coded.iter().zip(&mut nearest) {
                near.clear();
                self.signs.within(query, [first, BLOCK], nearest.limit, &mut near);
                for (row, distance) in &near {
                    if filter.has(first + row) {
                        nearest.offer(first + row, *distance);
                    }
                }
            }
        }
        let places = nearest.into_iter().map(|nearest| nearest.finish(&self.ids).into_iter());
        queries.iter().zip(places).map(|(query, places)| self.score(query, places, k)).collect()
    }

    /// Offers the rows from `first` on.
    fn offer(&self, first: usize, scores: &[f32], filter: &Filter, top: &mut Top) {
        for (i, score) in scores.iter().enumerate() {
            if *score >= top.threshold && filter.has(first + i) {
                top.offer(Scored { id: self.ids[first + i], score: *score });
            }
        }
    }

    /// The best of `places` by their f32 rows.
    fn score(&self, query: &[f32], places: impl Iterator<Item = usize>, k: usize) -> Vec<Scored> {
        let mut top = Top::new(k);
        for place in places {
            let mut score = [0.0];
            kernels::scan::dot_rows(query, &self.rows[place * self.width..][..self.width], &mut score);
            if score[0] >= top.threshold {
                top.offer(Scored { id: self.ids[place], score: score[0] });
            }
        }
        top.finish()
    }
}

impl Filter {
    fn has(&self, place: usize) -> bool {
        self.bits[place / 64] >> (place % 64) & 1 == 1
    }
}

/// `vector` scaled to length 1; `None` if it has no direction.
fn unit(vector: &[f32]) -> Option<Vec<f32>> {
    let length = vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
    (length > 0.0 && length.is_finite())
        .then(|| vector.iter().map(|value| (f64::from(*value) / length) as f32).collect())
}

/// A vector in bf16.
struct Halves {
    values: Vec<Bf16>,
    /// Length of what was rounded away, or a little more.
    error: f32,
}

fn to_halves(row: &[f32]) -> Halves {
    let values: Vec<Bf16> = row.iter().map(|value| Bf16::rounded(*value)).collect();
    let lost = |(value, half): (&f32, &Bf16)| (f64::from(*value) - f64::from(half.widened())).powi(2);
    let error = row.iter().zip(&values).map(lost).sum::<f64>().sqrt();
    Halves { values, error: (error * (1.0 + 1e-6)) as f32 }
}

/// A vector in steps of a 127th of its greatest value.
struct Bytes {
    values: Vec<i8>,
    /// The step.
    scale: f32,
    /// Length of what was rounded away, or a little more.
    error: f32,
}

fn to_bytes(row: &[f32]) -> Bytes {
    let scale = row.iter().fold(0.0f32, |greatest, value| greatest.max(value.abs())) / 127.0;
    let values: Vec<i8> = row.iter().map(|value| (value / scale).round() as i8).collect();
    let lost = |(value, byte): (&f32, &i8)| (f64::from(*value) - f64::from(scale) * f64::from(*byte)).powi(2);
    let error = row.iter().zip(&values).map(lost).sum::<f64>().sqrt();
    Bytes { values, scale, error: (error * (1.0 + 1e-6)) as f32 }
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

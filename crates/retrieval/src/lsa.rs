//! Latent semantic analysis: vectors for texts, learned from the texts themselves.
//!
//! A text is a row of term weights (`(1 + ln f) * idf`, length 1). Words that stand in the same texts have similar columns, and
//! the few directions in which the table varies most keep just that: along them "car" and "engine" lie near one another if
//! the collection uses them together. The vector of a text is its row projected on these directions, so a new text or a question
//! gets one as well. Nothing is downloaded, and nothing is known that the collection does not show: it is no language model.
//!
//! The directions are the right singular vectors of the table. The table is far too wide to decompose; a random projection
//! finds the space that they span (multiply by a random matrix, orthonormalise, repeat [`ITERATIONS`] times), and the small matrix
//! within that space is decomposed exactly by Jacobi rotations. The random numbers have a fixed seed: the same texts in the same
//! order give the same vectors.
//!
//! Source: Deerwester et al. 1990; Halko, Martinsson and Tropp 2011, algorithms 4.4 and 5.1.

use crate::bytes::{put_f32s, put_u32, take, take_f32s, take_u32};
use crate::lexical::analyse::{Role, STOP_WORDS, analyse};
use rust_stemmers::{Algorithm, Stemmer};
use std::collections::HashMap;

/// Values of a vector, at most.
const WIDTH: usize = 128;
/// Texts for each direction that is kept. With as many directions as texts nothing falls together, and words would be near
/// only if they share a text.
const TEXTS_PER_DIRECTION: usize = 3;
/// A row has length 1; a projection shorter than this lies along no kept direction, and is rounding.
const LENGTH_MIN: f32 = 1e-3;
/// Directions that the projection has beyond those kept, so that the last of these are right too.
const OVERSAMPLE: usize = 16;
/// Multiplications by the table and back: each sharpens the large singular values against the small ones.
const ITERATIONS: usize = 3;
/// Texts that are learned from; of more, evenly chosen ones, which show the same words together.
const TEXTS_MAX: usize = 20_000;
/// Terms that are kept, the most frequent first.
const TERMS_MAX: usize = 50_000;
/// A term of one text alone says nothing of how texts are alike.
const TEXTS_PER_TERM_MIN: usize = 2;
const SEED: [u64; 2] = [0x15a, 0];

/// What was learned from a collection.
pub struct Lsa {
    /// Values of a vector; fewer than [`WIDTH`] if the collection is small.
    width: usize,
    terms: HashMap<String, usize>,
    idf: Vec<f32>,
    /// `[terms, width]`
    directions: Vec<f32>,
    stemmer: Stemmer,
}

/// The weighted terms of a text, by ascending term.
type Row = Vec<(usize, f32)>;

impl Lsa {
    /// Learns from texts.
    ///
    /// ```
    /// use retrieval::lsa::Lsa;
    /// let texts = ["the car has an engine", "an engine in a car", "tea from leaves", "leaves make tea"];
    /// let lsa = Lsa::train(&texts);
    /// let cosine = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    /// let [engine, car, tea] = ["engine", "car", "tea"].map(|text| lsa.embed(text));
    /// assert!(cosine(&engine, &car) > 10.0 * cosine(&engine, &tea).abs());
    /// ```
    pub fn train(texts: &[impl AsRef<str>]) -> Lsa {
        let step = texts.len().div_ceil(TEXTS_MAX).max(1);
        let mut lsa = Lsa {
            width: 0,
            terms: HashMap::new(),
            idf: vec![],
            directions: vec![],
            stemmer: Stemmer::create(Algorithm::English),
        };
        let counted: Vec<HashMap<String, f32>> =
            texts.iter().step_by(step).map(|text| lsa.count(text.as_ref())).collect();
        let mut frequencies: HashMap<&str, usize> = HashMap::new();
        counted.iter().flat_map(HashMap::keys).for_each(|term| *frequencies.entry(term).or_default() += 1);
        let mut kept: Vec<(&str, usize)> = frequencies.into_iter().filter(|(_, n)| *n >= TEXTS_PER_TERM_MIN).collect();
        kept.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        kept.truncate(TERMS_MAX);
        lsa.idf = kept.iter().map(|(_, n)| (counted.len() as f32 / *n as f32).ln() + 1.0).collect();
        lsa.terms = kept.iter().enumerate().map(|(i, (term, _))| (term.to_string(), i)).collect();
        let rows: Vec<Row> = counted.iter().map(|counts| lsa.row(counts)).filter(|row| !row.is_empty()).collect();
        (lsa.directions, lsa.width) = directions(&rows, lsa.idf.len());
        lsa
    }

    /// Appends what [`Lsa::read`] reads.
    pub fn write(&self, out: &mut Vec<u8>) {
        put_u32(out, self.width as u32);
        put_u32(out, self.idf.len() as u32);
        let mut names: Vec<(&String, usize)> = self.terms.iter().map(|(name, term)| (name, *term)).collect();
        names.sort_unstable_by_key(|(_, term)| *term);
        for (name, _) in names {
            put_u32(out, name.len() as u32);
            out.extend_from_slice(name.as_bytes());
        }
        put_f32s(out, &self.idf);
        put_f32s(out, &self.directions);
    }

    /// Takes off `input` what [`Lsa::write`] wrote; `None` if it did not.
    pub fn read(input: &mut &[u8]) -> Option<Lsa> {
        let (width, n_terms) = (take_u32(input)? as usize, take_u32(input)? as usize);
        let mut terms = HashMap::new();
        for term in 0..n_terms {
            let length = take_u32(input)? as usize;
            terms.insert(std::str::from_utf8(take(input, length)?).ok()?.to_string(), term);
        }
        let idf = take_f32s(input, n_terms)?;
        let directions = take_f32s(input, n_terms.checked_mul(width)?)?;
        Some(Lsa { width, terms, idf, directions, stemmer: Stemmer::create(Algorithm::English) })
    }

    /// Values of a vector.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The vector of a text; all zero if no term of it is known, or none that several texts share.
    pub fn embed(&self, text: &str) -> Vec<f32> {
        let mut vector = vec![0.0; self.width];
        for (term, weight) in self.row(&self.count(text)) {
            let direction = &self.directions[term * self.width..][..self.width];
            vector.iter_mut().zip(direction).for_each(|(value, part)| *value += weight * part);
        }
        if vector.iter().map(|value| value * value).sum::<f32>().sqrt() < LENGTH_MIN {
            vector.fill(0.0);
        }
        vector
    }

    /// How often each term stands in a text. Of Chinese, the dictionary's words count: pairs would say the same again.
    fn count(&self, text: &str) -> HashMap<String, f32> {
        let mut counts: HashMap<String, f32> = HashMap::new();
        analyse(text, |word, role, _| {
            let term = match role {
                Role::Pair if word.chars().count() == 2 && word.chars().all(is_han) => return,
                Role::Word if STOP_WORDS.contains(&word) => return,
                Role::Word => self.stemmer.stem(word).into_owned(),
                Role::Pair | Role::Extra => word.to_string(),
            };
            *counts.entry(term).or_default() += 1.0;
        });
        counts
    }

    fn row(&self, counts: &HashMap<String, f32>) -> Row {
        let known = counts.iter().filter_map(|(term, count)| Some((*self.terms.get(term)?, *count)));
        let mut row: Row = known.map(|(term, count)| (term, (1.0 + count.ln()) * self.idf[term])).collect();
        row.sort_unstable_by_key(|(term, _)| *term);
        let length = row.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
        row.iter_mut().for_each(|(_, weight)| *weight /= length);
        row
    }
}

fn is_han(c: char) -> bool {
    matches!(c as u32, 0x3400..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x3ffff)
}

/// The first right singular vectors of the table, as `[terms, width]`, and their number.
fn directions(rows: &[Row], n_terms: usize) -> (Vec<f32>, usize) {
    let n = (WIDTH + OVERSAMPLE).min(rows.len()).min(n_terms);
    if n == 0 {
        return (vec![], 0);
    }
    // The space of the rows' side, [rows, n], orthonormal columns; kept transposed, [n][rows].
    let random = |i: usize| kernels::rng::normal(SEED, i as u64);
    let mut space: Vec<Vec<f32>> =
        times(rows, &(0..n).map(|c| (0..n_terms).map(|t| random(c * n_terms + t)).collect()).collect::<Vec<_>>());
    orthonormalise(&mut space);
    for _ in 0..ITERATIONS {
        let mut back = transposed_times(rows, &space, n_terms);
        orthonormalise(&mut back);
        space = times(rows, &back);
        orthonormalise(&mut space);
    }
    // B = Q^T A, [n][terms]; the eigenvectors of B B^T turn its rows into the singular vectors.
    let small = transposed_times(rows, &space, n_terms);
    let products: Vec<Vec<f64>> = small.iter().map(|a| small.iter().map(|b| dot(a, b)).collect()).collect();
    let (values, vectors) = eigen(products);
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
    let greatest = values[order[0]];
    order.retain(|i| values[*i] > 1e-6 * greatest);
    order.truncate(WIDTH.min(rows.len().div_ceil(TEXTS_PER_DIRECTION)));
    let width = order.len();
    let mut directions = vec![0.0; n_terms * width];
    for (column, &i) in order.iter().enumerate() {
        let scale = 1.0 / values[i].sqrt();
        for (part, row) in vectors[i].iter().zip(&small) {
            let part = (part * scale) as f32;
            for (term, value) in row.iter().enumerate() {
                directions[term * width + column] += part * value;
            }
        }
    }
    (directions, width)
}

/// `A x` for each column x, `[terms]` to `[rows]`.
fn times(rows: &[Row], columns: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let product = |x: &Vec<f32>| rows.iter().map(|row| row.iter().map(|(t, w)| w * x[*t]).sum()).collect();
    columns.iter().map(product).collect()
}

/// `A^T x` for each column x, `[rows]` to `[terms]`.
fn transposed_times(rows: &[Row], columns: &[Vec<f32>], n_terms: usize) -> Vec<Vec<f32>> {
    let product = |x: &Vec<f32>| {
        let mut y = vec![0.0; n_terms];
        for (row, x) in rows.iter().zip(x) {
            row.iter().for_each(|(term, weight)| y[*term] += weight * x);
        }
        y
    };
    columns.iter().map(product).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

/// Gram and Schmidt's method, twice for each column, since once leaves errors; a column that depends on others becomes zero.
fn orthonormalise(columns: &mut [Vec<f32>]) {
    for i in 0..columns.len() {
        let (done, rest) = columns.split_at_mut(i);
        let column = &mut rest[0];
        let before = dot(column, column).sqrt();
        for _ in 0..2 {
            for other in done.iter() {
                let part = dot(other, column) as f32;
                column.iter_mut().zip(other).for_each(|(value, other)| *value -= part * other);
            }
        }
        let length = dot(column, column).sqrt();
        let scale = if length > 1e-6 * before { 1.0 / length } else { 0.0 };
        column.iter_mut().for_each(|value| *value = (f64::from(*value) * scale) as f32);
    }
}

/// Eigenvalues and eigenvectors (one a row) of a symmetric matrix, by Jacobi's rotations.
fn eigen(mut a: Vec<Vec<f64>>) -> (Vec<f64>, Vec<Vec<f64>>) {
    let n = a.len();
    let mut vectors: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| f64::from(u8::from(i == j))).collect()).collect();
    // Each sweep squares what is left beside the diagonal; six leave nothing, twenty are a bound.
    for _ in 0..20 {
        let beside: f64 = (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a[i][j] * a[i][j]).sum();
        let along: f64 = (0..n).map(|i| a[i][i] * a[i][i]).sum();
        if beside <= 1e-24 * along {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                if a[p][q] == 0.0 {
                    continue;
                }
                let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
                let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
                let c = 1.0 / (t * t + 1.0).sqrt();
                let s = t * c;
                for row in a.iter_mut() {
                    let (x, y) = (row[p], row[q]);
                    (row[p], row[q]) = (c * x - s * y, s * x + c * y);
                }
                rotate(&mut a, p, q, c, s);
                rotate(&mut vectors, p, q, c, s);
            }
        }
    }
    ((0..n).map(|i| a[i][i]).collect(), vectors)
}

/// Turns rows p and q.
fn rotate(rows: &mut [Vec<f64>], p: usize, q: usize, c: f64, s: f64) {
    let (before, after) = rows.split_at_mut(q);
    for (x, y) in before[p].iter_mut().zip(&mut after[0]) {
        (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
    }
}

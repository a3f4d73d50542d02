//! One query against every row of a table: the inner loop of an exact vector search.
//!
//! A search for the nearest of n vectors that skips none reads each of them once, so its time is the bytes of the table over
//! the memory's speed, as long as the arithmetic keeps up. Hence three tables: f32; int8, a quarter of the bytes, whose dot
//! products are exact in i32; and signs, a thirty-second, where the number of differing bits stands for the angle
//! (Charikar 2002, "Similarity Estimation Techniques from Rounding Algorithms"). The coarse ones find candidates, which the
//! caller scores again with f32.
//!
//! Four rows are taken at once, so that the query's lanes are loaded once for all and four chains of additions run beside
//! one another. The integer kernels are plain loops, which the compiler turns into the level's vectors.
//!
//! Not here: several queries at once, which are a matrix product (`gemm`), and choosing the best k.

use crate::cpu;
use crate::real::Real;
use crate::simd::{Kernel, Simd, dispatch};

/// Rows taken at once.
const ROWS: usize = 4;

/// `scores[i] = query . rows[i]`, `rows` `[n, d]`; a row's bits depend on no other row.
///
/// ```
/// let mut scores = [0.0; 2];
/// kernels::scan::dot_rows(&[1.0, 2.0], &[3.0, 4.0, 0.0, 1.0], &mut scores);
/// assert_eq!(scores, [11.0, 2.0]);
/// ```
pub fn dot_rows(query: &[f32], rows: &[f32], scores: &mut [f32]) {
    assert_eq!(rows.len(), query.len() * scores.len(), "dot_rows: sizes of query, rows and scores");
    if query.is_empty() {
        return scores.fill(0.0);
    }
    dispatch(cpu::level(), DotRows { query, rows, scores });
}

/// The reference of [`dot_rows`]: one value after another.
pub fn dot_rows_reference<R: Real>(query: &[R], rows: &[R], scores: &mut [R]) {
    for (i, score) in scores.iter_mut().enumerate() {
        let row = &rows[i * query.len()..][..query.len()];
        *score = R::of(0.0);
        for (a, b) in query.iter().zip(row) {
            *score += *a * *b;
        }
    }
}

struct DotRows<'a> {
    query: &'a [f32],
    rows: &'a [f32],
    scores: &'a mut [f32],
}

impl Kernel for DotRows<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        let d = self.query.len();
        let (groups, rest) = self.scores.as_chunks_mut::<ROWS>();
        let n_grouped = groups.len() * ROWS;
        for (rows, scores) in self.rows.chunks_exact(ROWS * d).zip(groups) {
            *scores = dots::<S, ROWS>(self.query, rows);
        }
        for (row, score) in self.rows[n_grouped * d..].chunks_exact(d).zip(rest) {
            [*score] = dots::<S, 1>(self.query, row);
        }
    }
}

/// Dot products of `N` rows. Each has one chain of additions, whatever `N`.
#[inline(always)]
fn dots<S: Simd, const N: usize>(query: &[f32], rows: &[f32]) -> [f32; N] {
    let d = query.len();
    let mut sums = [S::splat(0.0); N];
    let mut at = 0;
    while at < d {
        let end = (at + S::LANES).min(d);
        let lanes = S::read(&query[at..end], 0.0);
        for (i, sum) in sums.iter_mut().enumerate() {
            *sum = lanes.mul_add(S::read(&rows[i * d + at..i * d + end], 0.0), *sum);
        }
        at = end;
    }
    let mut totals = [0.0; N];
    for (total, sum) in totals.iter_mut().zip(sums) {
        *total = sum.sum();
    }
    totals
}

/// `sums[i] = query . rows[i]` in integers, `rows` `[n, d]`; exact for rows up to 131,071 wide.
pub fn dot_rows_i8(query: &[i8], rows: &[i8], sums: &mut [i32]) {
    assert_eq!(rows.len(), query.len() * sums.len(), "dot_rows_i8: sizes of query, rows and sums");
    if query.is_empty() {
        return sums.fill(0);
    }
    dispatch(cpu::level(), DotRowsI8 { query, rows, sums });
}

/// The reference of [`dot_rows_i8`].
pub fn dot_rows_i8_reference(query: &[i8], rows: &[i8], sums: &mut [i32]) {
    for (row, sum) in rows.chunks_exact(query.len()).zip(sums) {
        *sum = query.iter().zip(row).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
    }
}

struct DotRowsI8<'a> {
    query: &'a [i8],
    rows: &'a [i8],
    sums: &'a mut [i32],
}

impl Kernel for DotRowsI8<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        /// Values that the compiler sees as one step, so that it needs no remainder within a step.
        const STEP: usize = 32;
        for (row, sum) in self.rows.chunks_exact(self.query.len()).zip(self.sums) {
            let ((query, query_rest), (row, row_rest)) = (self.query.as_chunks::<STEP>(), row.as_chunks::<STEP>());
            let mut total = 0i32;
            for (a, b) in query.iter().zip(row) {
                let mut part = 0i32;
                for i in 0..STEP {
                    part += i32::from(a[i]) * i32::from(b[i]);
                }
                total += part;
            }
            for (a, b) in query_rest.iter().zip(row_rest) {
                total += i32::from(*a) * i32::from(*b);
            }
            *sum = total;
        }
    }
}

/// `distances[i]` is the number of bits in which `query` and `rows[i]` differ, `rows` `[n, words]`.
pub fn hamming_rows(query: &[u64], rows: &[u64], distances: &mut [u32]) {
    assert_eq!(rows.len(), query.len() * distances.len(), "hamming_rows: sizes of query, rows and distances");
    if query.is_empty() {
        return distances.fill(0);
    }
    dispatch(cpu::level(), HammingRows { query, rows, distances });
}

/// The reference of [`hamming_rows`]: bit by bit.
pub fn hamming_rows_reference(query: &[u64], rows: &[u64], distances: &mut [u32]) {
    for (row, distance) in rows.chunks_exact(query.len()).zip(distances) {
        let differs = |(a, b): (&u64, &u64)| (0..64).filter(|bit| (a ^ b) >> bit & 1 == 1).count();
        *distance = query.iter().zip(row).map(differs).sum::<usize>() as u32;
    }
}

struct HammingRows<'a> {
    query: &'a [u64],
    rows: &'a [u64],
    distances: &'a mut [u32],
}

impl Kernel for HammingRows<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        for (row, distance) in self.rows.chunks_exact(self.query.len()).zip(self.distances) {
            let mut total = 0;
            for (a, b) in self.query.iter().zip(row) {
                total += (a ^ b).count_ones();
            }
            *distance = total;
        }
    }
}

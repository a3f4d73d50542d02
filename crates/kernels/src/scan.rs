//! One query against every row of a table: the inner loop of an exact vector search.
//!
//! A search for the nearest of n vectors that skips none reads each of them once, so its time is the bytes of the table over
//! the memory's speed, as long as the arithmetic keeps up. Hence three tables: f32; int8, a quarter of the bytes, whose dot
//! products are exact in i32; and signs, a thirty-second, where the number of differing bits stands for the angle
//! (Charikar 2002, "Similarity Estimation Techniques from Rounding Algorithms"). The coarse ones find candidates, which the
//! caller scores again with f32. Several queries share one reading of int8 rows.
//!
//! Four rows are taken at once, so that the query's lanes are loaded once for all and four chains of additions run beside
//! one another. Bits are counted in plain loops, which the compiler turns into the level's vectors.
//!
//! Not here: several queries at once in f32, which are a matrix product (`gemm`), and choosing the best k.

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

/// `sums[q][i] = queries[q] . rows[i]` in integers, `queries` `[q, d]`, `rows` `[n, d]`, `sums` `[q, n]`; exact where no query leaves
/// the range of i8 and rows are up to 131,071 wide. Queries come as i16, as wide as they are multiplied.
///
/// ```
/// let mut sums = [0; 4];
/// kernels::scan::dot_rows_i8(2, &[1, 2, -1, 0], &[3, 4, 0, 1], &mut sums);
/// assert_eq!(sums, [11, 2, -3, 0]);
/// ```
pub fn dot_rows_i8(d: usize, queries: &[i16], rows: &[i8], sums: &mut [i32]) {
    if d == 0 {
        return sums.fill(0);
    }
    let (n_queries, n_rows) = (queries.len() / d, rows.len() / d);
    let is_whole = queries.len() == n_queries * d && rows.len() == n_rows * d;
    assert!(is_whole && sums.len() == n_queries * n_rows, "dot_rows_i8: sizes of queries, rows and sums");
    match cpu::level() {
        cpu::Level::Portable => dot_rows_i8_reference(d, queries, rows, sums),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `cpu::level` gives only levels that this CPU has, and both have AVX2; the sizes are checked.
        cpu::Level::Avx2 | cpu::Level::Avx512 => unsafe { x86::dot_rows_i8(d, queries, rows, sums) },
        #[cfg(not(target_arch = "x86_64"))]
        level => unreachable!("{level} exists on x86-64 only"),
    }
}

/// The reference of [`dot_rows_i8`].
pub fn dot_rows_i8_reference(d: usize, queries: &[i16], rows: &[i8], sums: &mut [i32]) {
    let n_rows = rows.len() / d;
    for (query, sums) in queries.chunks_exact(d).zip(sums.chunks_mut(n_rows.max(1))) {
        for (row, sum) in rows.chunks_exact(d).zip(sums) {
            *sum = query.iter().zip(row).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    /// Values that are multiplied at once.
    const LANES: usize = 16;

    /// [`super::dot_rows_i8`], two rows by four queries at once: a row is widened once for four queries, a query loaded once for two
    /// rows.
    ///
    /// # Safety
    /// `queries` is `[q, d]`, `rows` `[n, d]`, `sums` `[q, n]`.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn dot_rows_i8(d: usize, queries: &[i16], rows: &[i8], sums: &mut [i32]) {
        let (n_queries, n_rows) = (queries.len() / d, rows.len() / d);
        let mut row = 0;
        while row < n_rows {
            let n = if row + 2 <= n_rows { 2 } else { 1 };
            let mut query = 0;
            while query < n_queries {
                let m = if query + 4 <= n_queries { 4 } else { 1 };
                let (q, r) = (queries[query * d..].as_ptr(), rows[row * d..].as_ptr());
                let out = &mut sums[query * n_rows + row..];
                // SAFETY: there are `n` rows and `m` queries from here.
                unsafe {
                    match (n, m) {
                        (2, 4) => tile::<2, 4>(d, q, r, n_rows, out),
                        (2, _) => tile::<2, 1>(d, q, r, n_rows, out),
                        (_, 4) => tile::<1, 4>(d, q, r, n_rows, out),
                        _ => tile::<1, 1>(d, q, r, n_rows, out),
                    }
                }
                query += m;
            }
            row += n;
        }
    }

    /// `R` rows by `Q` queries; `sums[q * stride + r]`.
    ///
    /// # Safety
    /// `Q * d` values can be read at `queries`, `R * d` at `rows`.
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn tile<const R: usize, const Q: usize>(
        d: usize,
        queries: *const i16,
        rows: *const i8,
        stride: usize,
        sums: &mut [i32],
    ) {
        let mut parts = [[_mm256_setzero_si256(); R]; Q];
        let mut at = 0;
        while at + LANES <= d {
            // SAFETY: 16 values from `at` on are within each row; any address will do.
            let row = |r: usize| unsafe { _mm256_cvtepi8_epi16(_mm_loadu_si128(rows.add(r * d + at).cast())) };
            let wide: [__m256i; R] = std::array::from_fn(row);
            for (q, parts) in parts.iter_mut().enumerate() {
                // SAFETY: as above, within each query.
                let query = unsafe { _mm256_loadu_si256(queries.add(q * d + at).cast()) };
                for (part, wide) in parts.iter_mut().zip(wide) {
                    *part = _mm256_add_epi32(*part, _mm256_madd_epi16(wide, query));
                }
            }
            at += LANES;
        }
        for (q, parts) in parts.into_iter().enumerate() {
            for (r, part) in parts.into_iter().enumerate() {
                let half = _mm_add_epi32(_mm256_castsi256_si128(part), _mm256_extracti128_si256::<1>(part));
                let pair = _mm_add_epi32(half, _mm_shuffle_epi32::<0b01_00_11_10>(half));
                let mut sum = _mm_cvtsi128_si32(_mm_add_epi32(pair, _mm_shuffle_epi32::<0b10_11_00_01>(pair)));
                for i in at..d {
                    // SAFETY: `i` is within the row and the query.
                    sum += unsafe { i32::from(*queries.add(q * d + i)) * i32::from(*rows.add(r * d + i)) };
                }
                sums[q * stride + r] = sum;
            }
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

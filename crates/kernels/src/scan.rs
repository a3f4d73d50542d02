//! One query against every row of a table: the inner loop of an exact vector search.
//!
//! A search for the nearest of n vectors that skips none reads each of them once, so its time is the bytes of the table over
//! the memory's speed, as long as the arithmetic keeps up. Hence three tables: f32; int8, a quarter of the bytes, whose dot
//! products are exact in i32; and signs, a thirty-second, where the number of differing bits stands for the angle
//! (Charikar 2002, "Similarity Estimation Techniques from Rounding Algorithms"). The coarse ones find candidates, which the
//! caller scores again with f32. Several queries share one reading of int8 rows.
//!
//! Four rows are taken at once, so that the query's lanes are loaded once for all and four chains of additions run beside
//! one another. Bits are counted in plain loops, which the compiler turns into the level's vectors; AVX-512 has an instruction of
//! its own for that on some CPUs (`vpopcntq`), which is used where it is there.
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
    use super::RowsWithin;
    use crate::simd::{Kernel, Portable};
    use std::arch::x86_64::*;

    /// [`super::rows_within`], which counts the bits of eight words in one instruction; its loops are plain ones.
    #[target_feature(enable = "avx512vpopcntdq,avx512f,avx512bw,avx512dq,avx512vl,avx2,popcnt")]
    pub(super) fn rows_within(kernel: RowsWithin) {
        kernel.run::<Portable>();
    }

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

/// Rows of bits that stand side by side.
pub const BIT_ROWS: usize = 8;

/// Appends to `found` the place and the distance of each row that differs from `query` in at most `limit` bits. `rows` is
/// `[n / 8, words, 8]`: of each eight rows, [`BIT_ROWS`], the first words side by side, then the second ones, so that a vector
/// holds a word of eight rows and nothing is summed across its lanes.
///
/// ```
/// let mut found = vec![];
/// kernels::scan::rows_within(&[0b1100], &[0b1100, 0b0100, 0b0011, 0, 7, 7, 7, 7], 1, &mut found);
/// assert_eq!(found, [(0, 0), (1, 1)]);
/// ```
pub fn rows_within(query: &[u64], rows: &[u64], limit: u32, found: &mut Vec<(usize, u32)>) {
    assert!(
        !query.is_empty() && rows.len().is_multiple_of(query.len() * BIT_ROWS),
        "rows_within: sizes of query and rows"
    );
    let kernel = RowsWithin { query, rows, limit, found };
    #[cfg(target_arch = "x86_64")]
    if cpu::level() == cpu::Level::Avx512 && is_x86_feature_detected!("avx512vpopcntdq") {
        // SAFETY: the CPU has AVX-512, and the one instruction beyond the level is asked for.
        return unsafe { x86::rows_within(kernel) };
    }
    dispatch(cpu::level(), kernel);
}

/// The reference of [`rows_within`]: bit by bit.
pub fn rows_within_reference(query: &[u64], rows: &[u64], limit: u32, found: &mut Vec<(usize, u32)>) {
    for place in 0..rows.len() / query.len() {
        let group = place / BIT_ROWS * BIT_ROWS * query.len();
        let word = |i: usize| rows[group + i * BIT_ROWS + place % BIT_ROWS];
        let differs = |i: usize| (0..64).filter(|bit| (query[i] ^ word(i)) >> bit & 1 == 1).count();
        let distance = (0..query.len()).map(differs).sum::<usize>() as u32;
        if distance <= limit {
            found.push((place, distance));
        }
    }
}

struct RowsWithin<'a> {
    query: &'a [u64],
    rows: &'a [u64],
    limit: u32,
    found: &'a mut Vec<(usize, u32)>,
}

impl Kernel for RowsWithin<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        let limit = u64::from(self.limit);
        for (i, group) in self.rows.chunks_exact(self.query.len() * BIT_ROWS).enumerate() {
            let mut totals = [0; BIT_ROWS];
            for (a, words) in self.query.iter().zip(group.as_chunks::<BIT_ROWS>().0) {
                for (total, b) in totals.iter_mut().zip(words) {
                    *total += u64::from((a ^ b).count_ones());
                }
            }
            // All lanes are compared at once; few groups have one that is near.
            if totals.iter().fold(false, |is_near, total| is_near | (*total <= limit)) {
                for (row, total) in totals.iter().enumerate().filter(|(_, total)| **total <= limit) {
                    self.found.push((i * BIT_ROWS + row, *total as u32));
                }
            }
        }
    }
}

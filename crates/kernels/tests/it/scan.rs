//! One query against all rows: every level and size against the references.

use super::levels::{narrow, supported, values, widen};
use check::{Outcome, close, equal, same_bits};
use kernels::cpu::with_level;
use kernels::scan;

const SIZES: [(usize, usize); 9] = [(0, 3), (1, 1), (3, 5), (4, 8), (6, 31), (7, 64), (9, 100), (70, 384), (33, 1030)];

/// Close to the sum in f64; a row's bits are the same alone and beside others.
pub fn f32_rows_equal_the_reference() -> Outcome {
    for (level, (n, d)) in supported().into_iter().flat_map(|level| SIZES.map(|size| (level, size))) {
        let what = format!("{n} x {d} at {level}");
        let (query, rows) = (values(d, 1), values(n * d, 2));
        let (mut found, mut expected) = (vec![9.0; n], vec![0.0; n]);
        with_level(level, || scan::dot_rows(&query, &rows, &mut found));
        scan::dot_rows_reference(&widen(&query), &widen(&rows), &mut expected);
        close(&found, &narrow(&expected), 2e-5, &what)?;
        for (i, row) in rows.chunks_exact(d).enumerate() {
            let mut alone = [9.0];
            with_level(level, || scan::dot_rows(&query, row, &mut alone));
            same_bits(&alone, &found[i..=i], &format!("row {i} alone, {what}"))?;
        }
    }
    Ok(())
}

/// The same integers at every level, the extreme ones included.
pub fn integers_and_bits_are_exact() -> Outcome {
    for (level, (n, d)) in supported().into_iter().flat_map(|level| SIZES.map(|size| (level, size))) {
        let what = format!("{n} x {d} at {level}");
        let bytes = |n: usize, seed: u64| -> Vec<i8> {
            let random = (0..n as u64).map(|i| kernels::rng::bits([seed, 0], i) as i8);
            random.map(|value| if value % 5 == 0 { i8::MIN } else { value }).collect()
        };
        for n_queries in [0, 1, 3, 4, 9] {
            let queries: Vec<i16> = bytes(n_queries * d, 1).into_iter().map(i16::from).collect();
            let rows = bytes(n * d, 2);
            let (mut found, mut expected) = (vec![9; n_queries * n], vec![0; n_queries * n]);
            with_level(level, || scan::dot_rows_i8(d, &queries, &rows, &mut found));
            scan::dot_rows_i8_reference(d, &queries, &rows, &mut expected);
            equal(found, expected, &format!("{n_queries} queries, {what}"))?;
        }
        let words = |n: usize, seed: u64| -> Vec<u64> {
            let half = |i: u64| u64::from(kernels::rng::bits([seed, 1], i));
            (0..n as u64).map(|i| half(2 * i) << 32 | half(2 * i + 1)).collect()
        };
        let (query, rows) = (words(d, 3), words(n * d * scan::BIT_ROWS, 4));
        for limit in [0, 32 * d as u32 - 1, 64 * d as u32] {
            let (mut found, mut expected) = (vec![], vec![]);
            with_level(level, || scan::rows_within(&query, &rows, limit, &mut found));
            scan::rows_within_reference(&query, &rows, limit, &mut expected);
            equal(found, expected, &format!("{what}, within {limit}"))?;
        }
    }
    Ok(())
}

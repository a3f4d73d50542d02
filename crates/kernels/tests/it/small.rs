//! Kernels that move or add values: embedding, dropout and whole slices.

use super::levels::{narrow, supported, values, widen};
use check::{Outcome, close, equal, fail, same_bits, that};
use kernels::bf16::Bf16;
use kernels::cpu::with_level;
use kernels::pool::with_threads;
use kernels::{Write, dropout, elementwise, embedding};

const SIZES: [(usize, usize); 8] = [(0, 3), (1, 1), (3, 5), (64, 33), (65, 32), (7, 100), (1030, 64), (300, 131)];

/// Runs `check` for every size, level and number of threads.
fn sizes(check: impl Fn(usize, usize, &str) -> Outcome) -> Outcome {
    for (level, (n, d)) in supported().into_iter().flat_map(|level| SIZES.map(|size| (level, size))) {
        for n_threads in [1, 3] {
            let what = format!("{n} x {d} at {level}, {n_threads} threads");
            with_level(level, || with_threads(n_threads, || check(n, d, &what)))?;
        }
    }
    Ok(())
}

pub fn embedding_picks_rows_and_adds_gradients_back() -> Outcome {
    sizes(|n, d, what| {
        let n_rows = 9;
        let ids: Vec<u32> = (0..n).map(|i| (i * i % n_rows) as u32).collect();
        let (table, dy, start) = (values(n_rows * d, 1), values(n * d, 2), values(n * d, 3));
        let rows = || ids.iter().map(|&id| id as usize * d..(id as usize + 1) * d);
        let picked: Vec<f32> = rows().flat_map(|row| table[row].to_vec()).collect();
        let mut y = start.clone();
        embedding::embedding(&ids, &table, d, &mut y, Write::Set);
        same_bits(&y, &picked, what)?;
        y.copy_from_slice(&start);
        embedding::embedding(&ids, &table, d, &mut y, Write::Add);
        let added: Vec<f32> = start.iter().zip(&picked).map(|(a, b)| a + b).collect();
        same_bits(&y, &added, what)?;
        let (mut found, mut expected) = (table.clone(), table.clone());
        embedding::embedding_backward(&ids, &dy, d, &mut found);
        for (row, dy) in rows().zip(dy.chunks_exact(d)) {
            expected[row].iter_mut().zip(dy).for_each(|(place, dy)| *place += dy);
        }
        same_bits(&found, &expected, what)
    })
}

pub fn embedding_refuses_an_id_outside_the_table() -> Outcome {
    let outcome = std::panic::catch_unwind(|| {
        embedding::embedding(&[2], &[1.0f32, 2.0], 1, &mut [0.0], Write::Set);
    });
    equal(outcome.is_err(), true, "an id outside the table panics")
}

pub fn slices_equal_plain_loops() -> Outcome {
    sizes(|n, d, what| {
        let (a, b, bias) = (values(n * d, 1), values(n * d, 2), values(d, 3));
        let mut y = vec![9.0; n * d];
        elementwise::add(&a, &b, &mut y);
        let sums: Vec<f32> = a.iter().zip(&b).map(|(a, b)| a + b).collect();
        same_bits(&y, &sums, &format!("add, {what}"))?;
        let mut y = b.clone();
        elementwise::axpy(0.3, &a, &mut y);
        let expected: Vec<f32> = a.iter().zip(&b).map(|(a, b)| b + 0.3 * a).collect();
        close(&y, &expected, 2e-7, &format!("axpy, {what}"))?;
        let mut y = a.clone();
        elementwise::scale(0.3, &mut y);
        let expected: Vec<f32> = a.iter().map(|a| a * 0.3).collect();
        same_bits(&y, &expected, &format!("scale, {what}"))?;
        let mut y = a.clone();
        elementwise::add_rows(&bias, &mut y);
        let expected: Vec<f32> = a.iter().zip(bias.iter().cycle()).map(|(a, b)| a + b).collect();
        same_bits(&y, &expected, &format!("add_rows, {what}"))?;
        let mut y = bias.clone();
        elementwise::sum_rows(&a, d, &mut y);
        let mut expected = widen(&bias);
        for (i, &a) in a.iter().enumerate() {
            expected[i % d] += f64::from(a);
        }
        close(&y, &narrow(&expected), 4e-5, &format!("sum_rows, {what}"))?;
        let rounded: Vec<Bf16> = a.iter().map(|&a| Bf16::rounded(a)).collect();
        let widened: Vec<f32> = rounded.iter().map(|a| a.widened()).collect();
        let [mut y, mut expected] = [(); 2].map(|()| bias.clone());
        elementwise::sum_rows_bf16(&rounded, d, &mut y);
        elementwise::sum_rows(&widened, d, &mut expected);
        same_bits(&y, &expected, &format!("sum_rows_bf16, {what}"))?;
        let expected: f64 = a.iter().map(|&a| f64::from(a).powi(2)).sum();
        let found = elementwise::sum_of_squares(&a);
        that((found - expected).abs() <= 1e-12 * expected, || format!("sum_of_squares, {what}: {found}, {expected}"))
    })
}

pub fn sum_of_squares_goes_beyond_one_batch_of_chunks() -> Outcome {
    let x = vec![0.5; (64 << 14) + (3 << 14) + 5];
    equal(elementwise::sum_of_squares(&x), 0.25 * x.len() as f64, "sum of many equal squares")
}

pub fn dropout_equals_the_reference() -> Outcome {
    sizes(|n, d, what| {
        let (x, start, key) = (values(n * d, 1), values(n * d, 2), [1 << 40, 7]);
        for (p, write) in [(0.0, Write::Set), (0.3, Write::Set), (0.9, Write::Add)] {
            let (mut found, mut expected) = (start.clone(), start.clone());
            dropout::dropout_backward(&x, p, key, &mut found, write);
            dropout::reference(&x, p, key, &mut expected, write);
            same_bits(&found, &expected, &format!("p {p} {write:?}, {what}"))?;
        }
        Ok(())
    })
}

pub fn dropout_keeps_its_share_and_the_mean() -> Outcome {
    let n = 200_000;
    for p in [0.1, 0.5, 0.8] {
        let mut y = vec![0.0; n];
        dropout::dropout(&vec![1.0; n], p, [3, 4], &mut y);
        let kept = y.iter().filter(|&&y| y != 0.0).count() as f64;
        let (mean, deviation) = (n as f64 * f64::from(1.0 - p), (n as f64 * f64::from(p * (1.0 - p))).sqrt());
        that((kept - mean).abs() < 4.0 * deviation, || format!("p {p}: kept {kept}, expected about {mean}"))?;
        let scale = (1.0 / (1.0 - f64::from(p))) as f32;
        that(y.iter().all(|&y| y == 0.0 || y == scale), || format!("p {p}: a kept value is not {scale}"))?;
        // Whether a value is kept says nothing about the next one.
        let pairs = y.windows(2).filter(|pair| pair[0] != 0.0 && pair[1] != 0.0).count() as f64;
        let expected = n as f64 * f64::from(1.0 - p).powi(2);
        that((pairs - expected).abs() < 0.01 * n as f64, || format!("p {p}: {pairs} pairs, expected {expected}"))?;
        let mut other = vec![0.0; n];
        dropout::dropout(&vec![1.0; n], p, [3, 5], &mut other);
        if other == y {
            return fail("two keys give one mask");
        }
    }
    Ok(())
}

pub fn dropped_infinities_are_zero() -> Outcome {
    let mut y = vec![1.0; 100];
    dropout::dropout(&[f32::INFINITY; 100], 0.5, [1, 2], &mut y);
    equal(y.iter().all(|&y| y == 0.0 || y == f32::INFINITY), true, "no NaN from a dropped infinity")
}

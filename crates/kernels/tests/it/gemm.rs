//! The matrix product against its reference in f64, at each level.

use super::levels::{narrow, supported, values, widen};
use check::{Outcome, close, same_bits};
use kernels::bf16::Bf16;
use kernels::cpu::with_level;
use kernels::gemm::{Addends, Gemm, Layout, Packed, gemm, gemm_bf16, gemm_bf16_plus, gemm_plus, reference};
use kernels::pool::with_threads;
use kernels::{Products, Write};

pub const LAYOUTS: [Layout; 2] = [Layout::Normal, Layout::Transposed];

pub const SIZES: [[usize; 3]; 12] = [
    [1, 1, 1],
    [1, 65, 300],
    [3, 17, 5],
    [8, 64, 64],
    [9, 33, 257],
    [17, 100, 3],
    [64, 64, 64],
    [65, 31, 100],
    [97, 513, 40],
    [100, 16, 513],
    [5, 0, 3],
    [4, 5, 0],
];

pub fn equals_the_reference_at_every_level() -> Outcome {
    for [m, n, k] in SIZES {
        for (a, b) in LAYOUTS.into_iter().flat_map(|a| LAYOUTS.map(|b| (a, b))) {
            for write in [Write::Set, Write::Add] {
                let spec = Gemm { m, n, k, a, b, write };
                let (left, right, start) = (values(m * k, 1), values(k * n, 2), values(m * n, 3));
                let mut expected = widen(&start);
                reference(spec, &widen(&left), &widen(&right), &mut expected);
                for level in supported() {
                    let mut found = start.clone();
                    with_level(level, || gemm(spec, &left, &right, &mut found));
                    close(&found, &narrow(&expected), 1e-5, &format!("{spec:?} at {level}"))?;
                }
            }
        }
    }
    Ok(())
}

pub fn rows_do_not_depend_on_other_rows() -> Outcome {
    let (m, n, k) = (101, 70, 600);
    for (level, b) in supported().into_iter().flat_map(|level| LAYOUTS.map(|b| (level, b))) {
        let spec = |m| Gemm { m, n, k, a: Layout::Normal, b, write: Write::Set };
        let (left, right) = (values(m * k, 1), values(k * n, 2));
        let mut all = vec![0.0; m * n];
        with_level(level, || gemm(spec(m), &left, &right, &mut all));
        for rows in [0..1, 100..101, 3..9, 5..13, 40..99] {
            let mut some = vec![0.0; rows.len() * n];
            with_level(level, || gemm(spec(rows.len()), &left[rows.start * k..rows.end * k], &right, &mut some));
            same_bits(&some, &all[rows.start * n..rows.end * n], &format!("rows {rows:?}, b {b:?} at {level}"))?;
        }
    }
    Ok(())
}

pub fn threads_do_not_change_bits() -> Outcome {
    for m in [1, 250] {
        let spec = Gemm { m, n: 700, k: 300, a: Layout::Normal, b: Layout::Normal, write: Write::Set };
        let (left, right) = (values(m * 300, 1), values(300 * 700, 2));
        let run = |n_threads| {
            let mut c = vec![0.0; m * 700];
            with_threads(n_threads, || gemm(spec, &left, &right, &mut c));
            c
        };
        same_bits(&run(2), &run(1), "two threads and one")?;
        same_bits(&run(5), &run(1), "five threads and one")?;
    }
    Ok(())
}

/// What is added with a product has the bits of what is added after it, in every way that a product goes.
pub fn addends_have_the_bits_of_later_sums() -> Outcome {
    let shapes = SIZES.into_iter().chain([[3, 96, 300], [30, 384, 96], [200, 1100, 70], [250, 40, 600]]);
    for ([m, n, k], b) in shapes.flat_map(|size| LAYOUTS.map(|b| (size, b))) {
        let spec = Gemm { m, n, k, a: Layout::Normal, b, write: Write::Set };
        let (left, right) = (values(m * k, 1), values(k * n, 2));
        let (bias, residual) = (values(n, 3), values(m * n, 4));
        let rounded = |values: &[f32]| values.iter().map(|&x| Bf16::rounded(x)).collect::<Vec<_>>();
        let (left_bf16, right_bf16) = (rounded(&left), rounded(&right));
        for (has_bias, has_residual) in [(true, false), (false, true), (true, true)] {
            let addends = Addends { bias: has_bias.then_some(&*bias), residual: has_residual.then_some(&*residual) };
            let later = |mut c: Vec<f32>| {
                for (i, c) in c.iter_mut().enumerate() {
                    *c += if has_bias { bias[i % n] } else { 0.0 };
                    *c += if has_residual { residual[i] } else { 0.0 };
                }
                c
            };
            for level in supported() {
                let what = format!("{spec:?}, bias {has_bias}, residual {has_residual} at {level}");
                let run = |product: &dyn Fn(&mut [f32])| {
                    let mut c = vec![9.0; m * n];
                    with_level(level, || product(&mut c));
                    c
                };
                let plain = later(run(&|c| gemm(spec, &left, &right, c)));
                same_bits(&run(&|c| gemm_plus(spec, &left, &right, addends, c)), &plain, &what)?;
                let packed = run(&|c| Packed::new(Products::F32, b, [k, n], &right).multiply(&left, addends, c));
                same_bits(&packed, &plain, &format!("packed, {what}"))?;
                let plain = later(run(&|c| gemm_bf16(spec, &left_bf16, &right_bf16, c)));
                let found = run(&|c| gemm_bf16_plus(spec, &left_bf16, &right_bf16, addends, c));
                same_bits(&found, &plain, &format!("bf16, {what}"))?;
                let packed = run(&|c| Packed::new(Products::Bf16, b, [k, n], &right).multiply(&left, addends, c));
                same_bits(&packed, &plain, &format!("packed in bf16, {what}"))?;
            }
        }
    }
    Ok(())
}

/// A matrix packed once against one that is packed for each product: the same bits, for every number of rows.
pub fn packed_once_gives_the_same_bits() -> Outcome {
    let shapes = SIZES.into_iter().chain([[30, 384, 96], [200, 1100, 70]]);
    for ([m, n, k], b) in shapes.flat_map(|size| LAYOUTS.map(|b| (size, b))) {
        let spec = Gemm { m, n, k, a: Layout::Normal, b, write: Write::Set };
        let (left, right) = (values(m * k, 1), values(k * n, 2));
        for level in supported() {
            let (mut expected, mut found) = (vec![9.0; m * n], vec![9.0; m * n]);
            with_level(level, || {
                gemm(spec, &left, &right, &mut expected);
                Packed::new(Products::F32, b, [k, n], &right).multiply(&left, Addends::default(), &mut found);
            });
            same_bits(&found, &expected, &format!("{spec:?} at {level}"))?;
        }
    }
    Ok(())
}

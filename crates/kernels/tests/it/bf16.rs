//! bf16 and its matrix product: rounding against plain arithmetic and PyTorch, products against f64 and PyTorch
//! (`goldens/make_bf16.py`), at each level.

use super::gemm::{LAYOUTS, SIZES};
use super::levels::{narrow, supported, values, widen};
use check::{Golden, Outcome, Stop, close, equal, same_bits};
use kernels::Write;
use kernels::bf16::{self, Bf16};
use kernels::cpu::with_level;
use kernels::gemm::{Gemm, Layout, gemm_bf16, reference_bf16};
use kernels::pool::with_threads;

/// [`values`], rounded.
fn rounded(n: usize, seed: u64) -> Vec<Bf16> {
    let mut to = vec![Bf16::default(); n];
    bf16::round(&values(n, seed), &mut to);
    to
}

fn bits(values: &[Bf16]) -> Vec<u16> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// Every bf16 with what decides which way an f32 next to it goes.
pub fn rounding_equals_the_reference() -> Outcome {
    let lower = [0, 1, 0x7fff, 0x8000, 0x8001, 0xffff];
    let from: Vec<f32> =
        (0..=u32::from(u16::MAX)).flat_map(|upper| lower.map(|lower| f32::from_bits(upper << 16 | lower))).collect();
    let mut expected = vec![Bf16::default(); from.len()];
    bf16::reference(&from, &mut expected);
    for level in supported() {
        let mut found = vec![Bf16::default(); from.len()];
        with_level(level, || bf16::round(&from, &mut found));
        let wrong = found.iter().zip(&expected).position(|(found, expected)| found != expected);
        if let Some(i) = wrong {
            equal(found[i], expected[i], &format!("{:e} ({:#x}) at {level}", from[i], from[i].to_bits()))?;
        }
    }
    Ok(())
}

fn golden() -> Result<Golden, Stop> {
    Golden::read(concat!(env!("CARGO_MANIFEST_DIR"), "/goldens/bf16.safetensors"))
}

pub fn rounding_equals_pytorch() -> Outcome {
    let golden = golden()?;
    let from = &golden.get("values")?.values;
    let mut found = vec![Bf16::default(); from.len()];
    bf16::round(from, &mut found);
    let found: Vec<f32> = found.iter().map(|value| value.widened()).collect();
    same_bits(&found, &golden.get("rounded")?.values, "rounded values")
}

pub fn two_stand_in_each_place() -> Outcome {
    for n in [0, 1, 2, 7] {
        let mut words = vec![0.0; bf16::n_words(n)];
        bf16::in_words_mut(&mut words, n).copy_from_slice(&rounded(n, 1));
        equal(bits(bf16::in_words(&words, n)), bits(&rounded(n, 1)), "values in places of f32")?;
    }
    Ok(())
}

pub fn products_equal_the_reference_at_every_level() -> Outcome {
    for [m, n, k] in SIZES.into_iter().chain([[193, 40, 301]]) {
        for (a, b) in LAYOUTS.into_iter().flat_map(|a| LAYOUTS.map(|b| (a, b))) {
            for write in [Write::Set, Write::Add] {
                compare(Gemm { m, n, k, a, b, write }, 1)?;
            }
        }
    }
    Ok(())
}

/// Compares a product of numbers from `seed` with the reference, at each level.
pub fn compare(spec: Gemm, seed: u64) -> Outcome {
    let Gemm { m, n, k, .. } = spec;
    let (left, right, start) = (rounded(m * k, seed), rounded(k * n, seed + 500), values(m * n, seed + 1000));
    let mut expected = widen(&start);
    reference_bf16(spec, &left, &right, &mut expected);
    for level in supported() {
        let mut found = start.clone();
        with_level(level, || gemm_bf16(spec, &left, &right, &mut found));
        close(&found, &narrow(&expected), 1e-5, &format!("{spec:?} at {level}"))?;
    }
    Ok(())
}

pub fn products_equal_pytorch() -> Outcome {
    let golden = golden()?;
    for name in ["small", "odd", "deep"] {
        let array = |part: &str| golden.get(&format!("{name}/{part}"));
        let ([m, k], [_, n]): ([usize; 2], [usize; 2]) =
            (array("a")?.shape[..].try_into()?, array("b")?.shape[..].try_into()?);
        let round = |values: &[f32]| values.iter().map(|&value| Bf16::rounded(value)).collect::<Vec<_>>();
        let (a, b) = (round(&array("a")?.values), round(&array("b")?.values));
        let spec = Gemm { m, n, k, a: Layout::Normal, b: Layout::Normal, write: Write::Set };
        for level in supported() {
            let mut found = vec![0.0; m * n];
            with_level(level, || gemm_bf16(spec, &a, &b, &mut found));
            close(&found, &array("product")?.values, 1e-5, &format!("{name} at {level}"))?;
        }
    }
    Ok(())
}

pub fn rows_do_not_depend_on_other_rows() -> Outcome {
    let (m, n, k) = (301, 70, 601);
    for (level, b) in supported().into_iter().flat_map(|level| LAYOUTS.map(|b| (level, b))) {
        let spec = |m| Gemm { m, n, k, a: Layout::Normal, b, write: Write::Set };
        let (left, right) = (rounded(m * k, 1), rounded(k * n, 2));
        let mut all = vec![0.0; m * n];
        with_level(level, || gemm_bf16(spec(m), &left, &right, &mut all));
        for rows in [0..1, 300..301, 7..9, 3..9, 5..13, 40..99, 1..300] {
            let mut some = vec![0.0; rows.len() * n];
            with_level(level, || gemm_bf16(spec(rows.len()), &left[rows.start * k..rows.end * k], &right, &mut some));
            same_bits(&some, &all[rows.start * n..rows.end * n], &format!("rows {rows:?}, b {b:?} at {level}"))?;
        }
    }
    Ok(())
}

pub fn threads_do_not_change_bits() -> Outcome {
    for m in [1, 250] {
        let spec = Gemm { m, n: 700, k: 301, a: Layout::Normal, b: Layout::Normal, write: Write::Set };
        let (left, right) = (rounded(m * 301, 1), rounded(301 * 700, 2));
        let run = |n_threads| {
            let mut c = vec![0.0; m * 700];
            with_threads(n_threads, || gemm_bf16(spec, &left, &right, &mut c));
            c
        };
        same_bits(&run(2), &run(1), "two threads and one")?;
        same_bits(&run(5), &run(1), "five threads and one")?;
    }
    let from = values(100_003, 5);
    let run = |n_threads| {
        let mut to = vec![Bf16::default(); from.len()];
        with_threads(n_threads, || bf16::round(&from, &mut to));
        bits(&to)
    };
    equal(run(2) == run(1), true, "rounding on two threads and on one")
}

/// An infinity or a NaN in an operand is seen in its row or column, and nowhere else, an odd last step of k among them.
pub fn what_is_no_number_spreads() -> Outcome {
    let (m, n, k) = (20, 35, 5);
    for (a, b) in LAYOUTS.into_iter().flat_map(|a| LAYOUTS.map(|b| (a, b))) {
        for value in [f32::NAN, f32::INFINITY] {
            let spec = Gemm { m, n, k, a, b, write: Write::Set };
            let (mut left, right) = (rounded(m * k, 1), rounded(k * n, 2));
            let (row, last) = (3, k - 1);
            left[if a == Layout::Normal { row * k + last } else { last * m + row }] = Bf16::rounded(value);
            for level in supported() {
                let mut c = vec![0.0; m * n];
                with_level(level, || gemm_bf16(spec, &left, &right, &mut c));
                let is_as_expected = |i: usize| c[i * n..(i + 1) * n].iter().all(|x| x.is_finite() == (i != row));
                check::that((0..m).all(is_as_expected), || format!("{value} in {spec:?} at {level}"))?;
            }
        }
    }
    Ok(())
}

//! Which instruction sets this run covers, and numbers to test with.

use check::{Outcome, skip};
use kernels::cpu::Level;

/// The levels of this CPU; checks run at each.
pub fn supported() -> Vec<Level> {
    Level::ALL.into_iter().filter(|level| level.is_supported()).collect()
}

/// `n` values in (-1, 1) from a fixed stream.
pub fn values(n: usize, seed: u64) -> Vec<f32> {
    (0..n).map(|i| kernels::rng::uniform([seed, 1], i as u64) * 2.0 - 1.0).collect()
}

/// The same numbers in f64.
pub fn widen(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| value.into()).collect()
}

/// Rounded to f32.
pub fn narrow(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&value| value as f32).collect()
}

pub fn avx2_is_covered() -> Outcome {
    if Level::Avx2.is_supported() { Ok(()) } else { skip("this CPU has no AVX2") }
}

/// The products of `gemm_bf16` at this level are checked like those of the others; without the instruction they are those of f32.
pub fn products_of_pairs_are_covered() -> Outcome {
    if kernels::cpu::has_pairs() { Ok(()) } else { skip("this CPU has no avx512_bf16") }
}

/// So are they on a matrix unit.
pub fn products_of_tiles_are_covered() -> Outcome {
    if kernels::cpu::has_tiles() { Ok(()) } else { skip("this CPU has no AMX, or the system does not permit it") }
}

pub fn avx512_is_covered() -> Outcome {
    if Level::Avx512.is_supported() { Ok(()) } else { skip("this CPU has no AVX-512") }
}

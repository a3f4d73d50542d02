//! The machine's peaks, measured: the roofs that benches compare with.
//!
//! Of multiply-adds, in f32 and in bf16: twelve independent chains of them in registers, more than latency times units of any CPU
//! this runs on; no memory is touched. Of memory: values are read in order and added up in as many chains.

use crate::cpu::{self, Bf16Unit};
use crate::simd::{Kernel, Simd, dispatch, dispatch_pairs};
use crate::tile::Tiles;

const N_CHAINS: usize = 12;

/// Runs `repeats` steps of all chains at the current level on this thread.
pub fn multiply_adds(repeats: usize) {
    std::hint::black_box(dispatch(cpu::level(), Chains(repeats)));
}

/// Floating-point operations of [`multiply_adds`] with these repeats at the current level.
pub fn flops(repeats: usize) -> f64 {
    2.0 * repeats as f64 * (N_CHAINS * dispatch(cpu::level(), Lanes)) as f64
}

/// [`multiply_adds`] of bf16, on the unit that multiplies them.
pub fn multiply_adds_bf16(repeats: usize) {
    match cpu::bf16_unit() {
        Bf16Unit::Tiles => Tiles::multiply_adds(repeats),
        Bf16Unit::Pairs => drop(std::hint::black_box(dispatch_pairs(cpu::level(), PairChains(repeats)))),
        Bf16Unit::F32 => multiply_adds(repeats),
    }
}

/// Floating-point operations of [`multiply_adds_bf16`] with these repeats at the current level.
pub fn flops_bf16(repeats: usize) -> f64 {
    match cpu::bf16_unit() {
        Bf16Unit::Tiles => repeats as f64 * Tiles::FLOPS,
        Bf16Unit::Pairs => 2.0 * flops(repeats),
        Bf16Unit::F32 => flops(repeats),
    }
}

struct PairChains(usize);

impl Kernel for PairChains {
    type Output = f32;
    #[inline(always)]
    fn run<S: Simd>(self) -> f32 {
        // Pairs of 1 and 1, and of small numbers: opaque, or the compiler might know the sums.
        let one = S::splat(f32::from_bits(std::hint::black_box(0x3f80_3f80)));
        let small = S::splat(f32::from_bits(std::hint::black_box(0x3580_3580)));
        let mut chains = [S::splat(1.0); N_CHAINS];
        for _ in 0..self.0 {
            for chain in &mut chains {
                *chain = one.dot_pairs(small, *chain);
            }
        }
        total(chains)
    }
}

struct Chains(usize);

impl Kernel for Chains {
    type Output = f32;
    #[inline(always)]
    fn run<S: Simd>(self) -> f32 {
        // Opaque, or the compiler would see the fixed point.
        let factor = S::splat(std::hint::black_box(0.999_999));
        let addend = S::splat(std::hint::black_box(1e-6));
        let mut chains = [S::splat(1.0); N_CHAINS];
        for _ in 0..self.0 {
            for chain in &mut chains {
                *chain = chain.mul_add(factor, addend);
            }
        }
        total(chains)
    }
}

/// All lanes of all chains, so that none of them is computed for nothing.
#[inline(always)]
fn total<S: Simd>(chains: [S; N_CHAINS]) -> f32 {
    let mut sum = S::splat(0.0);
    for chain in chains {
        sum = sum.add(chain);
    }
    sum.sum()
}

/// Reads `values` at the current level on this thread.
pub fn read(values: &[f32]) {
    std::hint::black_box(dispatch(cpu::level(), Read(values)));
}

struct Read<'a>(&'a [f32]);

impl Kernel for Read<'_> {
    type Output = f32;
    #[inline(always)]
    fn run<S: Simd>(self) -> f32 {
        let mut chains = [S::splat(0.0); N_CHAINS];
        for values in self.0.chunks_exact(N_CHAINS * S::LANES) {
            for (chain, values) in chains.iter_mut().zip(values.chunks_exact(S::LANES)) {
                *chain = chain.add(S::read(values, 0.0));
            }
        }
        total(chains)
    }
}

struct Lanes;

impl Kernel for Lanes {
    type Output = usize;
    #[inline(always)]
    fn run<S: Simd>(self) -> usize {
        S::LANES
    }
}

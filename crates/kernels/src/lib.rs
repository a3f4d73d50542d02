//! Slices in, slices out: the arithmetic of the engine, each kernel beside its plain reference.
//!
//! One kernel, one file: a reference in plain loops (generic over f32 and f64, read by lessons, never
//! deleted), a fast version, the dispatch between instruction sets, and forward beside backward.
//! Slices are row-major. A size that does not fit is a bug and panics.
//!
//! Two promises hold for every kernel: the same bits for any number of threads, because work is cut by
//! size; and a row's bits never depend on which other rows are computed with it.
//!
//! No tensor, no tape, no `Result`: those live above, in `tensor`.

pub mod adamw;
mod aligned;
pub mod attention;
pub mod bf16;
pub mod cpu;
pub mod cross_entropy;
pub mod dropout;
pub mod elementwise;
pub mod embedding;
pub mod gelu;
pub mod gelu_erf;
pub mod gemm;
pub mod layer_norm;
pub mod muon;
pub mod peak;
pub mod pool;
pub mod quantised;
pub mod real;
pub mod rms_norm;
pub mod rng;
pub mod rope;
pub mod scan;
mod simd;
pub mod softmax;
pub mod swiglu;
pub mod tanh;
mod tile;
pub mod utf8;

pub use aligned::Aligned;
pub use real::Real;

/// In what matrices multiply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Products {
    /// f32.
    F32,
    /// bf16 with sums of f32: faster where a CPU has units for it, and less exact.
    Bf16,
}

/// Whether a kernel overwrites its output or adds to it (gradients accumulate in place).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// `y = result`.
    Set,
    /// `y += result`.
    Add,
}

impl Write {
    /// Writes one value. `Write::Add.put(&mut y, 2.0)` turns `y = 1` into 3.
    #[inline(always)]
    pub fn put<R: Real>(self, place: &mut R, value: R) {
        match self {
            Write::Set => *place = value,
            Write::Add => *place += value,
        }
    }
}

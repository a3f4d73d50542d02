//! What this machine does at most, measured after a profiled run: the roofs that its operations are compared with.
//!
//! Multiply-adds in registers, and memory that is read in order, on as many threads as the run had. A machine that is busy with
//! something else has lower roofs, and the run had them, too.

use kernels::{peak, pool};
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// Steps of multiply-adds: some milliseconds.
const REPEATS: usize = 1 << 20;
/// Values that are read, 128 MiB: more than caches hold.
const READ_VALUES: usize = 32 << 20;
/// Parts of them, one a task.
const READ_PARTS: usize = 64;
/// Both are measured so often; the fastest counts.
const TIMES: usize = 5;

/// The roofs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Peaks {
    /// Floating-point operations in f32 in a second, in thousand millions.
    pub gflops: f64,
    /// Bytes that are read from memory in a second, in thousand millions.
    pub gb_per_s: f64,
}

impl Peaks {
    /// Measures them, which takes a fraction of a second.
    pub fn measure() -> Peaks {
        let n_threads = pool::threads();
        let seconds = fastest(|| pool::parallel_for(n_threads, |_| peak::multiply_adds(REPEATS)));
        let gflops = peak::flops(REPEATS) * n_threads as f64 * 1e-9 / seconds;
        // Ones: fresh memory full of zeros may be one page that is read again and again.
        let values = vec![1.0_f32; READ_VALUES];
        let part = READ_VALUES / READ_PARTS;
        let seconds =
            fastest(|| pool::parallel_for(READ_PARTS, |task| peak::read(&values[task * part..(task + 1) * part])));
        Peaks { gflops, gb_per_s: size_of_val(&*values) as f64 * 1e-9 / seconds }
    }
}

fn fastest(mut run: impl FnMut()) -> f64 {
    let time = |_| {
        let begun = Instant::now();
        run();
        begun.elapsed().as_secs_f64()
    };
    (0..TIMES).map(time).fold(f64::INFINITY, f64::min)
}

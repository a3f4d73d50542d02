//! Prints each kernel's speed as a share of this machine's peak, both measured in the same run.
//!
//! `cargo run --release -p kernels --example roofline`. The peak is that of multiply-adds
//! that touch no memory (`kernels::peak`).

use kernels::Write;
use kernels::gemm::{Gemm, Layout, gemm};
use kernels::{cpu, pool};
use std::time::Instant;

/// [m, n, k], a, b: a square, then the products of a small GPT's forward and backward pass.
const PRODUCTS: [([usize; 3], Layout, Layout); 9] = {
    use Layout::{Normal as N, Transposed as T};
    [
        ([512, 512, 512], N, N),
        ([1024, 1024, 1024], N, N),
        ([768, 384, 128], N, N),
        ([768, 512, 128], N, N),
        ([4096, 1152, 384], N, N),
        ([4096, 1536, 384], N, N),
        ([4096, 384, 1536], N, T),
        ([384, 1536, 4096], T, N),
        ([1, 1536, 384], N, N),
    ]
};

fn main() {
    let peak = peak_gflops();
    println!("level {}, {} threads, peak {peak:.1} GFLOP/s", cpu::level(), pool::threads());
    for ([m, n, k], a, b) in PRODUCTS {
        let spec = Gemm { m, n, k, a, b, write: Write::Set };
        let (left, right, mut c) = (vec![0.5; m * k], vec![0.25; k * n], vec![0.0; m * n]);
        let seconds = seconds_min(|| gemm(spec, &left, &right, &mut c));
        let gflops = 2e-9 * (m * n * k) as f64 / seconds;
        println!("gemm {m:5}x{n:5}x{k:5} {a:?}, {b:?}: {gflops:6.1} GFLOP/s, {:4.1} % of peak", 100.0 * gflops / peak);
    }
}

fn peak_gflops() -> f64 {
    const REPEATS: usize = 4_000_000;
    let n_threads = pool::threads();
    let seconds = seconds_min(|| pool::parallel_for(n_threads, |_| kernels::peak::multiply_adds(REPEATS)));
    kernels::peak::flops(REPEATS) * n_threads as f64 * 1e-9 / seconds
}

/// The shortest of the runs of about half a second.
fn seconds_min(mut run: impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut shortest = f64::INFINITY;
    while start.elapsed().as_secs_f64() < 0.5 {
        let start = Instant::now();
        run();
        shortest = shortest.min(start.elapsed().as_secs_f64());
    }
    shortest
}

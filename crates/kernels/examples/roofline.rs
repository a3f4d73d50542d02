//! Prints each kernel's speed as a share of this machine's peak, both measured in the same run.
//!
//! `cargo run --release -p kernels --example roofline`. The peak is that of multiply-adds
//! that touch no memory (`kernels::peak`). Operands are warm (the same ones again and again), or cold as in training, where many
//! others were touched since.

use kernels::Write;
use kernels::gemm::{Gemm, Layout, gemm};
use kernels::{cpu, pool};
use std::time::Instant;

type Product = ([usize; 3], Layout, Layout);

const WARM: [Product; 6] = {
    use Layout::{Normal as N, Transposed as T};
    [
        ([512, 512, 512], N, N),
        ([1024, 1024, 1024], N, N),
        ([4096, 1536, 384], N, N),
        ([4096, 384, 1536], N, T),
        ([384, 1536, 4096], T, N),
        ([1, 1536, 384], N, N),
    ]
};

/// The products of the model of `stories`, width 128, in a step of 2,560 tokens.
const COLD: [Product; 15] = {
    use Layout::{Normal as N, Transposed as T};
    [
        ([2560, 384, 128], N, N),
        ([2560, 128, 128], N, N),
        ([2560, 512, 128], N, N),
        ([2560, 128, 512], N, N),
        ([2560, 128, 384], N, T),
        ([2560, 128, 128], N, T),
        ([2560, 128, 512], N, T),
        ([2560, 512, 128], N, T),
        ([128, 384, 2560], T, N),
        ([128, 128, 2560], T, N),
        ([128, 512, 2560], T, N),
        ([512, 128, 2560], T, N),
        ([256, 3072, 128], N, T),
        ([256, 128, 3072], N, N),
        ([3072, 128, 256], T, N),
    ]
};

/// Values that a cold run touches before it takes the same operands again: more than caches hold.
const COLD_VALUES: usize = 32 << 20;

fn main() {
    let peak = peak_gflops();
    println!("level {}, {} threads, peak {peak:.1} GFLOP/s", cpu::level(), pool::threads());
    for (what, products) in [("warm", &WARM[..]), ("cold", &COLD[..])] {
        for &([m, n, k], a, b) in products {
            let spec = Gemm { m, n, k, a, b, write: Write::Set };
            let n_sets = if what == "warm" { 1 } else { COLD_VALUES / (m * k + k * n + m * n) };
            let mut sets: Vec<_> =
                (0..n_sets).map(|_| (vec![0.5; m * k], vec![0.25; k * n], vec![0.0; m * n])).collect();
            let mut next = 0;
            let seconds = seconds_median(|| {
                let (left, right, c) = &mut sets[next];
                gemm(spec, left, right, c);
                next = (next + 1) % n_sets;
            });
            let gflops = 2e-9 * (m * n * k) as f64 / seconds;
            let share = 100.0 * gflops / peak;
            println!("{what} {m:5}x{n:5}x{k:5} {a:?}, {b:?}: {gflops:6.1} GFLOP/s, {share:4.1} % of peak");
        }
    }
}

fn peak_gflops() -> f64 {
    const REPEATS: usize = 4_000_000;
    let n_threads = pool::threads();
    let seconds = seconds_median(|| pool::parallel_for(n_threads, |_| kernels::peak::multiply_adds(REPEATS)));
    kernels::peak::flops(REPEATS) * n_threads as f64 * 1e-9 / seconds
}

/// The median of the runs of about half a second.
fn seconds_median(mut run: impl FnMut()) -> f64 {
    let (start, mut laps) = (Instant::now(), Vec::new());
    while start.elapsed().as_secs_f64() < 0.5 || laps.len() < 3 {
        let lap = Instant::now();
        run();
        laps.push(lap.elapsed().as_secs_f64());
    }
    laps.sort_by(f64::total_cmp);
    laps[laps.len() / 2]
}

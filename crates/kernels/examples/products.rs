//! Answers each line on stdin with one number: what `bench/kernels/gemm.py` compares with others.
//!
//! - `M N K LAYOUTS`, such as `256 256 256 NT`: the median seconds of that product of f32, with ` bf16` after it of bf16;
//! - `peak`, or `peak bf16`: multiply-adds in registers, in GFLOP/s;
//! - `read`: reading memory that no cache holds, in GB/s.

use kernels::bf16::Bf16;
use kernels::gemm::{Gemm, Layout, gemm, gemm_bf16};
use kernels::{Aligned, Write, peak, pool};
use std::time::Instant;

/// Values read for the bandwidth of memory: 512 MiB.
const READ_VALUES: usize = 128 << 20;
/// Parts of them, one a task.
const READ_PARTS: usize = 64;

fn main() {
    for line in std::io::stdin().lines() {
        let line = line.expect("text");
        let number = match &*line.split_whitespace().collect::<Vec<_>>() {
            ["peak"] => peak_gflops(peak::multiply_adds, peak::flops),
            ["peak", "bf16"] => peak_gflops(peak::multiply_adds_bf16, peak::flops_bf16),
            ["read"] => read_gb_per_s(),
            [m, n, k, layouts] => {
                let (spec, mut c) = product(m, n, k, layouts);
                let (left, right) = (filled(spec.m * spec.k, 0.5), filled(spec.k * spec.n, 0.25));
                median_seconds(|| gemm(spec, &left, &right, &mut c))
            }
            [m, n, k, layouts, "bf16"] => {
                let (spec, mut c) = product(m, n, k, layouts);
                let [half, quarter] = [0.5, 0.25].map(Bf16::rounded);
                let (left, right) = (filled(spec.m * spec.k, half), filled(spec.k * spec.n, quarter));
                median_seconds(|| gemm_bf16(spec, &left, &right, &mut c))
            }
            _ => panic!("not understood: {line}"),
        };
        println!("{number}");
    }
}

fn filled<T: Copy + Default>(len: usize, value: T) -> Aligned<T> {
    let mut values = Aligned::zeroed(len);
    values.fill(value);
    values
}

/// What the words say, and room for its result.
fn product(m: &str, n: &str, k: &str, layouts: &str) -> (Gemm, Aligned<f32>) {
    let [m, n, k] = [m, n, k].map(|size| size.parse().expect("a size"));
    let layout = |letter: u8| if letter == b'N' { Layout::Normal } else { Layout::Transposed };
    let [a, b] = [0, 1].map(|i| layout(layouts.as_bytes()[i]));
    let spec = Gemm { m, n, k, a, b, write: Write::Set };
    (spec, Aligned::zeroed(m * n))
}

fn peak_gflops(multiply_adds: impl Fn(usize) + Sync, flops: impl Fn(usize) -> f64) -> f64 {
    const REPEATS: usize = 4_000_000;
    let n_threads = pool::threads();
    let seconds = median_seconds(|| pool::parallel_for(n_threads, |_| multiply_adds(REPEATS)));
    flops(REPEATS) * n_threads as f64 * 1e-9 / seconds
}

fn read_gb_per_s() -> f64 {
    let values = vec![1.0_f32; READ_VALUES];
    let part = READ_VALUES / READ_PARTS;
    let seconds = median_seconds(|| {
        pool::parallel_for(READ_PARTS, |task| peak::read(&values[task * part..(task + 1) * part]));
    });
    size_of_val(&*values) as f64 * 1e-9 / seconds
}

/// The median of the runs of 0.3 seconds, of five at least.
fn median_seconds(mut run: impl FnMut()) -> f64 {
    let (start, mut laps) = (Instant::now(), Vec::new());
    while start.elapsed().as_secs_f64() < 0.3 || laps.len() < 5 {
        let lap = Instant::now();
        run();
        laps.push(lap.elapsed().as_secs_f64());
    }
    laps.sort_by(f64::total_cmp);
    laps[laps.len() / 2]
}

//! Answers each line on stdin with one number: what `bench/kernels/gemm.py` compares with others.
//!
//! - `M N K LAYOUTS`, such as `256 256 256 NT`: the median seconds of that product of f32, with ` bf16` after it of bf16;
//! - `attention DOCUMENTS LENGTH HEADS WIDTH`: the median seconds of causal attention, with ` backward` after it of its gradients;
//! - `peak`, or `peak bf16`: multiply-adds in registers, in GFLOP/s;
//! - `read`: reading memory that no cache holds, in GB/s.

use kernels::attention::{AttentionGrad, AttentionShape, Sequence, attention, attention_backward};
use kernels::bf16::Bf16;
use kernels::gemm::{Gemm, Layout, gemm, gemm_bf16};
use kernels::{Write, peak, pool};
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
            ["attention", sizes @ .., "backward"] => attention_seconds(sizes, true),
            ["attention", sizes @ ..] => attention_seconds(sizes, false),
            [m, n, k, layouts] => {
                let (spec, mut c) = product(m, n, k, layouts);
                let (left, right) = (vec![0.5; spec.m * spec.k], vec![0.25; spec.k * spec.n]);
                median_seconds(|| gemm(spec, &left, &right, &mut c))
            }
            [m, n, k, layouts, "bf16"] => {
                let (spec, mut c) = product(m, n, k, layouts);
                let [half, quarter] = [0.5, 0.25].map(Bf16::rounded);
                let (left, right) = (vec![half; spec.m * spec.k], vec![quarter; spec.k * spec.n]);
                median_seconds(|| gemm_bf16(spec, &left, &right, &mut c))
            }
            _ => panic!("not understood: {line}"),
        };
        println!("{number}");
    }
}

/// What the words say, and room for its result.
fn product(m: &str, n: &str, k: &str, layouts: &str) -> (Gemm, Vec<f32>) {
    let [m, n, k] = [m, n, k].map(|size| size.parse().expect("a size"));
    let layout = |letter: u8| if letter == b'N' { Layout::Normal } else { Layout::Transposed };
    let [a, b] = [0, 1].map(|i| layout(layouts.as_bytes()[i]));
    let spec = Gemm { m, n, k, a, b, write: Write::Set };
    (spec, vec![0.0; m * n])
}

fn attention_seconds(sizes: &[&str], is_backward: bool) -> f64 {
    let sizes: Vec<usize> = sizes.iter().map(|size| size.parse().expect("a size")).collect();
    let [documents, length, n_heads, d_head] = sizes[..] else { panic!("four sizes, found {sizes:?}") };
    let shape =
        AttentionShape { n_heads, n_kv_heads: n_heads, d_head, scale: (d_head as f32).sqrt().recip(), window: None };
    let (n, d) = (documents * length, n_heads * d_head);
    let values = |seed: usize| (0..n * d).map(|i| ((i * 37 + seed) % 101) as f32 / 50.0 - 1.0).collect::<Vec<f32>>();
    let [q, k, v, d_out] = [1, 2, 3, 4].map(values);
    let [mut out, mut dq, mut dk, mut dv] = [(); 4].map(|()| vec![0.0; n * d]);
    let mut lse = vec![0.0; n * n_heads];
    let offsets: Vec<usize> = (0..=documents).map(|i| i * length).collect();
    let forward = |out: &mut [f32], lse: &mut [f32]| {
        let sequences: Vec<_> = offsets.windows(2).map(|span| Sequence::whole(span[0]..span[1], d, &k, &v)).collect();
        attention(&shape, &q, &sequences, out, Some(lse));
    };
    if !is_backward {
        return median_seconds(|| forward(&mut out, &mut lse));
    }
    forward(&mut out, &mut lse);
    let (shape, offsets) = (&shape, &offsets[..]);
    let grad =
        AttentionGrad { shape, q: &q, k: &k, v: &v, out: &out, lse: &lse, d_out: &d_out, offsets, both_ways: false };
    median_seconds(|| attention_backward(grad, &mut dq, &mut dk, &mut dv))
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

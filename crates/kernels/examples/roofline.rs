//! Prints the speed of products and attention, of f32 and of bf16, as a share of this machine's peak for each, all measured in the
//! same run.
//!
//! `cargo run --release -p kernels --example roofline`. The peak is that of multiply-adds
//! that touch no memory (`kernels::peak`). Operands are warm (the same ones again and again), or cold as in training, where many
//! others were touched since.

use kernels::Write;
use kernels::attention::{AttentionGrad, AttentionShape, Sequence, attention, attention_backward};
use kernels::bf16::{self, Bf16};
use kernels::gemm::{Gemm, Layout, gemm, gemm_bf16};
use kernels::{Products, cpu, peak, pool};
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

/// Causal attention: documents, their length, heads, their width.
const ATTENTION: [[usize; 4]; 3] = [[12, 64, 4, 32], [8, 256, 6, 64], [1, 1024, 12, 64]];

/// Values that a cold run touches before it takes the same operands again: more than caches hold.
const COLD_VALUES: usize = 32 << 20;

fn main() {
    let peak = gflops(peak::multiply_adds, peak::flops);
    let peak_bf16 = gflops(peak::multiply_adds_bf16, peak::flops_bf16);
    println!("level {}, {} threads, peak {peak:.1} GFLOP/s", cpu::level(), pool::threads());
    println!("bf16 by {:?}, peak {peak_bf16:.1} GFLOP/s", cpu::bf16_unit());
    for (what, products) in [("warm", &WARM[..]), ("cold", &COLD[..])] {
        for &([m, n, k], a, b) in products {
            let spec = Gemm { m, n, k, a, b, write: Write::Set };
            let n_sets = if what == "warm" { 1 } else { COLD_VALUES / (m * k + k * n + m * n) };
            let mut sets: Vec<_> = (0..n_sets).map(|_| Operands::new(spec)).collect();
            let mut next = 0;
            let mut turn = |multiply: &dyn Fn(&mut Operands)| {
                seconds_median(|| {
                    multiply(&mut sets[next]);
                    next = (next + 1) % n_sets;
                })
            };
            let seconds = turn(&|x| gemm(spec, &x.a, &x.b, &mut x.c));
            let seconds_bf16 = turn(&|x| gemm_bf16(spec, &x.a_bf16, &x.b_bf16, &mut x.c));
            let flops = 2e-9 * (m * n * k) as f64;
            let shown = |seconds: f64, peak: f64| {
                format!("{:6.1} GFLOP/s, {:4.1} % of peak", flops / seconds, 100.0 * flops / seconds / peak)
            };
            let (f32, bf16) = (shown(seconds, peak), shown(seconds_bf16, peak_bf16));
            println!("{what} {m:5}x{n:5}x{k:5} {a:?}, {b:?}: f32 {f32}; bf16 {bf16}");
        }
    }
    for sizes in ATTENTION {
        print_attention(sizes, Products::F32, peak);
        print_attention(sizes, Products::Bf16, peak_bf16);
    }
}

/// Forward and backward; two products of head width for each pair of positions that a query sees, five with gradients.
fn print_attention([documents, length, n_heads, d_head]: [usize; 4], products: Products, peak: f64) {
    let scale = (d_head as f32).sqrt().recip();
    let shape = &AttentionShape { n_heads, n_kv_heads: n_heads, d_head, scale, window: None };
    let (n, d) = (documents * length, n_heads * d_head);
    let values = |seed: usize| (0..n * d).map(|i| ((i * 37 + seed) % 101) as f32 / 50.0 - 1.0).collect::<Vec<f32>>();
    let [q, k, v, d_out] = [1, 2, 3, 4].map(values);
    let [mut out, mut dq, mut dk, mut dv] = [(); 4].map(|()| vec![0.0; n * d]);
    let mut lse = vec![0.0; n * n_heads];
    let offsets: Vec<usize> = (0..=documents).map(|i| i * length).collect();
    let sequences: Vec<_> = offsets.windows(2).map(|span| Sequence::whole(span[0]..span[1], d, &k, &v)).collect();
    let forward = seconds_median(|| attention(shape, products, &q, &sequences, &mut out, Some(&mut lse)));
    let (q, k, v, out, lse, d_out, offsets) = (&q, &k, &v, &out, &lse, &d_out, &offsets);
    let grad = AttentionGrad { shape, q, k, v, out, lse, d_out, offsets, both_ways: false };
    let backward = seconds_median(|| attention_backward(grad, products, [&mut dq, &mut dk, &mut dv]));
    let pairs = documents * length * (length + 1) / 2 * n_heads;
    for (what, n_products, seconds) in [("forward", 2, forward), ("backward", 5, backward)] {
        let speed = 2e-9 * (n_products * pairs * d_head) as f64 / seconds;
        let (ms, share) = (1e3 * seconds, 100.0 * speed / peak);
        println!(
            "attention {documents} x {length}, {n_heads} heads of {d_head}, {what} in {products:?}: {ms:.2} ms, {speed:.1} GFLOP/s, {share:.1} % of peak"
        );
    }
}

/// A product's operands in both types, and its result.
struct Operands {
    a: Vec<f32>,
    b: Vec<f32>,
    a_bf16: Vec<Bf16>,
    b_bf16: Vec<Bf16>,
    c: Vec<f32>,
}

impl Operands {
    fn new(Gemm { m, n, k, .. }: Gemm) -> Operands {
        let (a, b) = (vec![0.5; m * k], vec![0.25; k * n]);
        let round = |values: &[f32]| {
            let mut rounded = vec![Bf16::default(); values.len()];
            bf16::round(values, &mut rounded);
            rounded
        };
        Operands { a_bf16: round(&a), b_bf16: round(&b), a, b, c: vec![0.0; m * n] }
    }
}

fn gflops(multiply_adds: impl Fn(usize) + Sync, flops: impl Fn(usize) -> f64) -> f64 {
    const REPEATS: usize = 4_000_000;
    let n_threads = pool::threads();
    let seconds = seconds_median(|| pool::parallel_for(n_threads, |_| multiply_adds(REPEATS)));
    flops(REPEATS) * n_threads as f64 * 1e-9 / seconds
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

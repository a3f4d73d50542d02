//! Attention: fast against reference, and the bits of a query whatever is computed beside it.

use super::levels::{narrow, supported, values, widen};
use check::{Outcome, close, same_bits};
use kernels::Products;
use kernels::attention::{
    AttentionGrad, AttentionShape, CHUNK, KvChunk, Sequence, attention, attention_backward, attention_joined,
    attention_joined_backward, reference, reference_backward,
};
use kernels::cpu::{Level, with_level};
use kernels::pool::with_threads;
use std::ops::Range;

/// Heads, key-value heads, width of a head, window.
const SHAPES: [(usize, usize, usize, Option<usize>); 8] = [
    (1, 1, 1, None),
    (2, 2, 5, None),
    (4, 2, 20, Some(7)),
    (6, 1, 33, None),
    (6, 6, 32, None),
    (3, 3, 64, Some(64)),
    (4, 1, 16, Some(100)),
    (70, 1, 8, None),
];

/// Lengths of packed documents.
const DOCUMENTS: [&[usize]; 7] = [&[], &[0], &[1], &[63, 0, 2], &[64, 65], &[130, 1, 5], &[200]];

fn shape((n_heads, n_kv_heads, d_head, window): (usize, usize, usize, Option<usize>)) -> AttentionShape {
    AttentionShape { n_heads, n_kv_heads, d_head, scale: 1.0 / (d_head as f32).sqrt(), window }
}

pub fn offsets(lengths: &[usize]) -> Vec<usize> {
    let ends = lengths.iter().scan(0, |end, length| {
        *end += length;
        Some(*end)
    });
    [0].into_iter().chain(ends).collect()
}

/// A sequence whose keys are rows `span` of `k` and `v`.
pub fn sequence<'a, R>(
    span: Range<usize>,
    rows: Range<usize>,
    width: usize,
    k: &'a [R],
    v: &'a [R],
) -> Sequence<'a, R> {
    let values = span.start * width..span.end * width;
    let chunks = k[values.clone()].chunks(CHUNK * width).zip(v[values].chunks(CHUNK * width));
    Sequence { rows, n_keys: span.len(), chunks: chunks.map(|(k, v)| KvChunk { k, v }).collect(), both_ways: false }
}

pub fn documents<'a, R>(offsets: &[usize], width: usize, k: &'a [R], v: &'a [R]) -> Vec<Sequence<'a, R>> {
    let spans = offsets.windows(2).map(|span| span[0]..span[1]);
    spans.map(|span| sequence(span.clone(), span, width, k, v)).collect()
}

/// [`documents`] whose queries see what came before, or all of their document.
pub fn seeing<'a, R>(both_ways: bool, offsets: &[usize], width: usize, k: &'a [R], v: &'a [R]) -> Vec<Sequence<'a, R>> {
    let causal = documents(offsets, width, k, v).into_iter();
    causal.map(|sequence| Sequence { both_ways, ..sequence }).collect()
}

/// Each level with f32, and with bf16, for which only the highest has units of its own.
fn levels_and_products() -> Vec<(Level, Products)> {
    let with = |products| supported().into_iter().map(move |level| (level, products));
    with(Products::F32).chain(with(Products::Bf16)).collect()
}

/// Compares outputs and gradients with the references, causal and both ways, queries being `factor` times those of the stream.
pub fn compare(shape: &AttentionShape, lengths: &[usize], factor: f32) -> Outcome {
    compare_one(shape, lengths, factor, false)?;
    compare_one(shape, lengths, factor, true)
}

fn compare_one(shape: &AttentionShape, lengths: &[usize], factor: f32, both_ways: bool) -> Outcome {
    let offsets = offsets(lengths);
    let n: usize = lengths.iter().sum();
    let (size, size_kv) = (n * shape.d_q(), n * shape.d_kv());
    let q: Vec<f32> = values(size, 1).iter().map(|x| x * factor).collect();
    let (k, v, d_out) = (values(size_kv, 2), values(size_kv, 3), values(size, 4));
    let [q_64, k_64, v_64, d_out_64] = [&q, &k, &v, &d_out].map(|x| widen(x));
    let (mut out_64, mut lse_64) = (vec![0.0; size], vec![0.0; n * shape.n_heads]);
    reference(shape, &q_64, &seeing(both_ways, &offsets, shape.d_kv(), &k_64, &v_64), &mut out_64, Some(&mut lse_64));
    let (mut dq_64, mut dk_64, mut dv_64) = (vec![0.0; size], vec![0.0; size_kv], vec![0.0; size_kv]);
    let (q_64, k_64, v_64, d_out_64) = (&q_64[..], &k_64[..], &v_64[..], &d_out_64[..]);
    let (out, lse, offsets) = (&out_64[..], &lse_64[..], &offsets[..]);
    let grad = AttentionGrad { shape, q: q_64, k: k_64, v: v_64, out, lse, d_out: d_out_64, offsets, both_ways };
    reference_backward(grad, &mut dq_64, &mut dk_64, &mut dv_64);
    for (level, products) in levels_and_products() {
        let ways = if both_ways { "both ways" } else { "causal" };
        let what = |name| format!("{name} of {shape:?}, {ways}, over {lengths:?} at {level} in {products:?}");
        let (mut out, mut lse) = (vec![9.0; size], vec![9.0; n * shape.n_heads]);
        let (mut dq, mut dk, mut dv) = (vec![9.0; size], vec![9.0; size_kv], vec![9.0; size_kv]);
        with_level(level, || {
            attention(shape, products, &q, &seeing(both_ways, offsets, shape.d_kv(), &k, &v), &mut out, Some(&mut lse));
            let (q, k, v, out, lse, d_out) = (&q, &k, &v, &out, &lse, &d_out);
            let grad = AttentionGrad { shape, q, k, v, out, lse, d_out, offsets, both_ways };
            attention_backward(grad, products, [&mut dq, &mut dk, &mut dv]);
        });
        // A value of bf16 is within 2^-9 of what was rounded, and gradients are products of several.
        let coarse = if products == Products::Bf16 { 3000.0 * f64::from(factor.max(1.0)) } else { 1.0 };
        close(&out, &narrow(&out_64), 1e-5 * coarse, &what("out"))?;
        close(&lse, &narrow(&lse_64), 1e-5 * coarse, &what("lse"))?;
        close(&dq, &narrow(&dq_64), 4e-5 * coarse, &what("dq"))?;
        close(&dk, &narrow(&dk_64), 4e-5 * coarse, &what("dk"))?;
        close(&dv, &narrow(&dv_64), 4e-5 * coarse, &what("dv"))?;
    }
    Ok(())
}

pub fn equals_the_reference() -> Outcome {
    for (heads, lengths) in SHAPES.into_iter().flat_map(|heads| DOCUMENTS.map(|lengths| (heads, lengths))) {
        compare(&shape(heads), lengths, 1.0)?;
    }
    Ok(())
}

/// One call for a whole sequence against calls for its parts, of many sizes, as prefill and decoding make them.
pub fn queries_do_not_depend_on_other_queries() -> Outcome {
    let n = 150;
    for (level, heads) in supported().into_iter().flat_map(|level| SHAPES.map(|heads| (level, heads))) {
        let shape = shape(heads);
        let (q, k, v) = (values(n * shape.d_q(), 1), values(n * shape.d_kv(), 2), values(n * shape.d_kv(), 3));
        let run = |rows: Range<usize>| {
            let size = rows.len() * shape.d_q();
            let (mut out, mut lse) = (vec![0.0; size], vec![0.0; rows.len() * shape.n_heads]);
            let sequences = [sequence(0..rows.end, 0..rows.len(), shape.d_kv(), &k, &v)];
            let q = &q[rows.start * shape.d_q()..rows.end * shape.d_q()];
            with_level(level, || attention(&shape, Products::F32, q, &sequences, &mut out, Some(&mut lse)));
            (out, lse)
        };
        let (out, lse) = run(0..n);
        for part in [1, 2, 5, 13, 64] {
            for start in (0..n).step_by(part) {
                let rows = start..(start + part).min(n);
                let what = format!("rows {rows:?} of {heads:?} at {level}");
                let (found, found_lse) = run(rows.clone());
                same_bits(&found, &out[rows.start * shape.d_q()..rows.end * shape.d_q()], &what)?;
                same_bits(&found_lse, &lse[rows.start * shape.n_heads..rows.end * shape.n_heads], &what)?;
            }
        }
    }
    Ok(())
}

/// Both ways, against the reference and against calls in which each query is the last of all keys.
pub fn both_ways_each_query_sees_what_the_last_one_sees() -> Outcome {
    for (heads, lengths) in SHAPES.into_iter().flat_map(|heads| DOCUMENTS.map(|lengths| (heads, lengths))) {
        let (shape, offsets) = (shape(heads), offsets(lengths));
        let n: usize = lengths.iter().sum();
        let (q, k, v) = (values(n * shape.d_q(), 1), values(n * shape.d_kv(), 2), values(n * shape.d_kv(), 3));
        let run = |sequences: &[Sequence]| {
            let mut out = vec![9.0; q.len()];
            attention(&shape, Products::F32, &q, sequences, &mut out, None);
            out
        };
        let whole = seeing(true, &offsets, shape.d_kv(), &k, &v);
        let rows = offsets.windows(2).flat_map(|span| (span[0]..span[1]).map(move |row| (span[0]..span[1], row)));
        let single: Vec<_> = rows.map(|(span, row)| sequence(span, row..row + 1, shape.d_kv(), &k, &v)).collect();
        let [q_64, k_64, v_64] = [&q, &k, &v].map(|x| widen(x));
        let wide = seeing(true, &offsets, shape.d_kv(), &k_64, &v_64);
        let mut expected = vec![0.0; q.len()];
        reference(&shape, &q_64, &wide, &mut expected, None);
        for level in supported() {
            let what = format!("{heads:?} over {lengths:?} at {level}");
            let (out, one_by_one) = with_level(level, || (run(&whole), run(&single)));
            close(&out, &narrow(&expected), 1e-5, &what)?;
            same_bits(&out, &one_by_one, &what)?;
        }
    }
    Ok(())
}

pub fn threads_and_neighbours_do_not_change_bits() -> Outcome {
    let shape = shape((4, 2, 20, None));
    let all = offsets(&[70, 3, 129]);
    let (q, k, v) = (values(202 * 80, 1), values(202 * 40, 2), values(202 * 40, 3));
    let d_out = values(202 * 80, 4);
    let run = |products, n_threads, offsets: &[usize]| {
        let (mut out, mut lse) = (vec![0.0; 202 * 80], vec![0.0; 202 * 4]);
        let (mut dq, mut dk, mut dv) = (vec![0.0; 202 * 80], vec![0.0; 202 * 40], vec![0.0; 202 * 40]);
        with_threads(n_threads, || {
            attention(&shape, products, &q, &documents(offsets, 40, &k, &v), &mut out, Some(&mut lse));
            let (q, k, v, out, lse, d_out) = (&q, &k, &v, &out, &lse, &d_out);
            let grad = AttentionGrad { shape: &shape, q, k, v, out, lse, d_out, offsets, both_ways: false };
            attention_backward(grad, products, [&mut dq, &mut dk, &mut dv]);
        });
        [out, dq, dk, dv].concat()
    };
    for products in [Products::F32, Products::Bf16] {
        let one = run(products, 1, &all);
        same_bits(&run(products, 2, &all), &one, "two threads and one")?;
        same_bits(&run(products, 3, &all), &one, "three threads and one")?;
        let alone = run(products, 1, &[70, 73]);
        for (start, width) in [(0, 80), (202 * 80, 80), (404 * 80, 40), (404 * 80 + 202 * 40, 40)] {
            let rows = start + 70 * width..start + 73 * width;
            same_bits(&alone[rows.clone()], &one[rows], "a document alone and among others")?;
        }
    }
    Ok(())
}

/// One matrix of queries, keys and values gives the bits of three.
pub fn columns_of_one_matrix_have_the_bits_of_three() -> Outcome {
    for (shape, lengths) in SHAPES.into_iter().map(shape).flat_map(|shape| DOCUMENTS.map(|lengths| (shape, lengths))) {
        let offsets = offsets(lengths);
        let n = offsets[lengths.len()];
        let (d_q, d_kv) = (shape.d_q(), shape.d_kv());
        let [q, d_out] = [1, 4].map(|seed| values(n * d_q, seed));
        let [k, v] = [2, 3].map(|seed| values(n * d_kv, seed));
        let row = |x: &[f32], i: usize, width: usize| x[i * width..(i + 1) * width].to_vec();
        let join = |q: &[f32], k: &[f32], v: &[f32]| -> Vec<f32> {
            (0..n).flat_map(|i| [row(q, i, d_q), row(k, i, d_kv), row(v, i, d_kv)].concat()).collect()
        };
        for (level, products) in levels_and_products() {
            with_level(level, || {
                let mut out = [vec![f32::NAN; n * d_q], vec![f32::NAN; n * d_q]];
                let mut lse = [vec![f32::NAN; n * shape.n_heads], vec![f32::NAN; n * shape.n_heads]];
                attention(&shape, products, &q, &documents(&offsets, d_kv, &k, &v), &mut out[0], Some(&mut lse[0]));
                let qkv = join(&q, &k, &v);
                attention_joined(&shape, products, &qkv, &offsets, [&mut out[1], &mut lse[1]]);
                let what = format!("{shape:?} of {lengths:?} at {level} in {products:?}");
                same_bits(&out[1], &out[0], &what)?;
                same_bits(&lse[1], &lse[0], &what)?;
                let (mut dq, mut dk, mut dv) = (q.clone(), k.clone(), v.clone());
                let (out, lse, d_out, offsets) = (&out[0], &lse[0], &d_out, &offsets);
                let (shape, q, k, v) = (&shape, &q, &k, &v);
                let grad = AttentionGrad { shape, q, k, v, out, lse, d_out, offsets, both_ways: false };
                attention_backward(grad, products, [&mut dq, &mut dk, &mut dv]);
                let mut d_qkv = vec![f32::NAN; qkv.len()];
                attention_joined_backward(shape, products, &qkv, offsets, [out, lse, d_out], &mut d_qkv);
                same_bits(&d_qkv, &join(&dq, &dk, &dv), &format!("gradients, {what}"))
            })?;
        }
    }
    Ok(())
}

pub fn huge_scores_give_no_nan() -> Outcome {
    let shape = AttentionShape { n_heads: 2, n_kv_heads: 1, d_head: 4, scale: 1.0, window: None };
    let n = 70;
    for ((level, products), factor) in
        levels_and_products().into_iter().flat_map(|way| [1e2, 1e4, 1e15].map(|factor| (way, factor)))
    {
        let scaled = |n, seed| -> Vec<f32> { values(n, seed).iter().map(|x| x * factor).collect() };
        let (q, k, v) = (scaled(n * 8, 1), scaled(n * 4, 2), values(n * 4, 3));
        let (mut out, mut lse) = (vec![0.0; n * 8], vec![0.0; n * 2]);
        let (mut dq, mut dk, mut dv) = (vec![0.0; n * 8], vec![0.0; n * 4], vec![0.0; n * 4]);
        with_level(level, || {
            attention(&shape, products, &q, &documents(&[0, n], 4, &k, &v), &mut out, Some(&mut lse));
            let (q, k, v, out, lse, d_out) = (&q, &k, &v, &out, &lse, &out);
            let grad = AttentionGrad { shape: &shape, q, k, v, out, lse, d_out, offsets: &[0, n], both_ways: false };
            attention_backward(grad, products, [&mut dq, &mut dk, &mut dv]);
        });
        for (name, found) in [("out", &out), ("lse", &lse), ("dq", &dq), ("dk", &dk), ("dv", &dv)] {
            let finite = found.iter().all(|x| x.is_finite());
            check::equal(
                finite,
                true,
                &format!("{name} finite with scores of {factor:e}² at {level} in {products:?}"),
            )?;
        }
        let bound = v.iter().fold(0.0f32, |a, b| a.max(b.abs())) * 1.0001;
        check::equal(out.iter().all(|x| x.abs() <= bound), true, "outputs lie among the values")?;
    }
    Ok(())
}

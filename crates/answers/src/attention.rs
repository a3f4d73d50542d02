//! The lab `causal-attention`: scaled dot-product attention without and with a mask, in heads, over packed sequences.
//!
//! Vaswani et al., "Attention Is All You Need" (2017), equation (1) and section 3.2.2.

use crate::{dims, narrow, wide};
use course::{Array, Value};
use kernels::Write;
use kernels::attention::{AttentionShape, CHUNK, KvChunk, Sequence, reference};
use kernels::gemm::{self, Gemm, Layout};
use std::ops::Range;

/// `attend(q [n,hd], k [m,hd], v [m,hd]) -> [n,hd]`: every query sees every key.
pub(crate) fn attend(arguments: &[Value]) -> Array {
    let [q, k, v] = [0, 1, 2].map(|i| arguments[i].array());
    let ([n, hd], [m, _]) = (dims(q), dims(k));
    let (k, v) = (wide(k), wide(v));
    // A sequence of its own for each query makes it the last position, which sees all.
    let sequences = (0..n).map(|row| sequence(row..row + 1, &k, &v, 0..m, hd)).collect();
    narrow([n, hd], &attention(1, hd, &wide(q), sequences))
}

/// `attend_causal(q [n,hd], k [m,hd], v [m,hd]) -> [n,hd]`: the queries are the last n of m positions.
pub(crate) fn attend_causal(arguments: &[Value]) -> Array {
    let [q, k, v] = [0, 1, 2].map(|i| arguments[i].array());
    let ([n, hd], [m, _]) = (dims(q), dims(k));
    let (k, v) = (wide(k), wide(v));
    narrow([n, hd], &attention(1, hd, &wide(q), vec![sequence(0..n, &k, &v, 0..m, hd)]))
}

/// `multi_head(x [n,d], w_qkv [d,3d], w_out [d,d], n_heads) -> [n,d]`: one causal sequence.
pub(crate) fn multi_head(arguments: &[Value]) -> Array {
    let [x, w_qkv, w_out] = [0, 1, 2].map(|i| arguments[i].array());
    let n_heads = arguments[3].int();
    let [n, d] = dims(x);
    let qkv = product(&wide(x), &wide(w_qkv), [n, 3 * d, d]);
    let columns =
        |from: usize| -> Vec<f64> { (0..n).flat_map(|row| qkv[row * 3 * d + from..][..d].iter().copied()).collect() };
    let [q, k, v] = [0, d, 2 * d].map(columns);
    let mixed = attention(n_heads, d / n_heads, &q, vec![sequence(0..n, &k, &v, 0..n, d)]);
    narrow([n, d], &product(&mixed, &wide(w_out), [n, d, d]))
}

/// `causal_attention(q [n,h,hd], k [m,h,hd], v [m,h,hd], q_offsets [s+1], k_offsets [s+1]) -> [n,h,hd]`: packed
/// sequences, in each of which the queries are the last positions.
pub(crate) fn causal_attention(arguments: &[Value]) -> Array {
    let [q, k, v] = [0, 1, 2].map(|i| arguments[i].array());
    let [q_offsets, k_offsets] = [3, 4].map(|i| arguments[i].array().ints());
    let [n, h, hd] = dims(q);
    let (k, v) = (wide(k), wide(v));
    let part = |offsets: &[i32], i: usize| offsets[i] as usize..offsets[i + 1] as usize;
    let sequences =
        (0..q_offsets.len() - 1).map(|i| sequence(part(q_offsets, i), &k, &v, part(k_offsets, i), h * hd)).collect();
    narrow([n, h, hd], &attention(h, hd, &wide(q), sequences))
}

fn attention(n_heads: usize, d_head: usize, q: &[f64], sequences: Vec<Sequence<f64>>) -> Vec<f64> {
    let scale = (1.0 / (d_head as f64).sqrt()) as f32;
    let shape = AttentionShape { n_heads, n_kv_heads: n_heads, d_head, scale, window: None };
    let mut out = vec![0.0; q.len()];
    reference(&shape, q, &sequences, &mut out, None);
    out
}

/// The queries `rows` over the positions `keys` of `k` and `v`, rows of `width`.
fn sequence<'a>(rows: Range<usize>, k: &'a [f64], v: &'a [f64], keys: Range<usize>, width: usize) -> Sequence<'a, f64> {
    let range = keys.start * width..keys.end * width;
    let chunks = k[range.clone()].chunks(CHUNK * width).zip(v[range].chunks(CHUNK * width));
    Sequence { rows, n_keys: keys.len(), chunks: chunks.map(|(k, v)| KvChunk { k, v }).collect(), both_ways: false }
}

fn product(a: &[f64], b: &[f64], [m, n, k]: [usize; 3]) -> Vec<f64> {
    let mut c = vec![0.0; m * n];
    gemm::reference(Gemm { m, n, k, a: Layout::Normal, b: Layout::Normal, write: Write::Set }, a, b, &mut c);
    c
}

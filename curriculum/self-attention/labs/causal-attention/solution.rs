//! The five steps in plain loops, the matrices row by row.

use crate::lab::Array;
use std::ops::Range;

pub fn softmax(scores: &Array<f32>) -> Array<f32> {
    let m = scores.shape[1];
    let mut values = scores.values.clone();
    if m > 0 {
        for row in values.chunks_exact_mut(m) {
            normalise(row);
        }
    }
    Array { shape: scores.shape.clone(), values }
}

/// Scores of one query become its weights. A score of minus infinity becomes 0.
fn normalise(row: &mut [f32]) {
    // The largest score becomes 0, so exp never overflows.
    let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for score in row.iter_mut() {
        *score = (*score - largest).exp();
    }
    let sum: f32 = row.iter().sum();
    for weight in row.iter_mut() {
        *weight /= sum;
    }
}

pub fn attend(q: &Array<f32>, k: &Array<f32>, v: &Array<f32>) -> Array<f32> {
    let m = k.shape[0];
    weighted_sums(q, k, v, |_| m)
}

pub fn attend_causal(q: &Array<f32>, k: &Array<f32>, v: &Array<f32>) -> Array<f32> {
    let (n, m) = (q.shape[0], k.shape[0]);
    // Query i stands at position m - n + i and sees that many keys and its own.
    weighted_sums(q, k, v, |i| m - n + i + 1)
}

/// Every query i over its first `n_visible(i)` keys: what is hidden is not computed at all.
fn weighted_sums(q: &Array<f32>, k: &Array<f32>, v: &Array<f32>, n_visible: impl Fn(usize) -> usize) -> Array<f32> {
    let [n, hd] = q.shape[..] else { panic!("q is [n, hd]") };
    let scale = 1.0 / (hd as f32).sqrt();
    let mut out = Array { shape: vec![n, hd], values: vec![0.0; n * hd] };
    for i in 0..n {
        let query = row(q, i);
        let mut weights: Vec<f32> = (0..n_visible(i)).map(|j| dot(query, row(k, j)) * scale).collect();
        normalise(&mut weights);
        for (j, weight) in weights.iter().enumerate() {
            for (sum, value) in out.values[i * hd..][..hd].iter_mut().zip(row(v, j)) {
                *sum += weight * value;
            }
        }
    }
    out
}

fn row(matrix: &Array<f32>, i: usize) -> &[f32] {
    let width = matrix.shape[1];
    &matrix.values[i * width..(i + 1) * width]
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

pub fn multi_head(x: &Array<f32>, w_qkv: &Array<f32>, w_out: &Array<f32>, n_heads: usize) -> Array<f32> {
    let [n, d] = x.shape[..] else { panic!("x is [n, d]") };
    let hd = d / n_heads;
    let qkv = multiply(x, w_qkv); // [n, 3d]
    let mut joined = Array { shape: vec![n, d], values: vec![0.0; n * d] };
    for head in 0..n_heads {
        let [q, k, v] = [0, 1, 2].map(|part| columns(&qkv, part * d + head * hd..part * d + (head + 1) * hd));
        let found = attend_causal(&q, &k, &v);
        for i in 0..n {
            joined.values[i * d + head * hd..][..hd].copy_from_slice(row(&found, i));
        }
    }
    multiply(&joined, w_out)
}

fn columns(matrix: &Array<f32>, range: Range<usize>) -> Array<f32> {
    let n = matrix.shape[0];
    let values = (0..n).flat_map(|i| row(matrix, i)[range.clone()].to_vec()).collect();
    Array { shape: vec![n, range.len()], values }
}

/// a `[n, k]` times b `[k, m]`.
fn multiply(a: &Array<f32>, b: &Array<f32>) -> Array<f32> {
    let (n, m) = (a.shape[0], b.shape[1]);
    let mut values = vec![0.0; n * m];
    for i in 0..n {
        for (&left, j) in row(a, i).iter().zip(0..) {
            for (sum, right) in values[i * m..][..m].iter_mut().zip(row(b, j)) {
                *sum += left * right;
            }
        }
    }
    Array { shape: vec![n, m], values }
}

pub fn causal_attention(
    q: &Array<f32>,
    k: &Array<f32>,
    v: &Array<f32>,
    q_offsets: &Array<i32>,
    k_offsets: &Array<i32>,
) -> Array<f32> {
    let [_, n_heads, hd] = q.shape[..] else { panic!("q is [n, h, hd]") };
    let mut out = Array { shape: q.shape.clone(), values: vec![0.0; q.values.len()] };
    for s in 0..q_offsets.values.len() - 1 {
        let rows = q_offsets.values[s] as usize..q_offsets.values[s + 1] as usize;
        let keys = k_offsets.values[s] as usize..k_offsets.values[s + 1] as usize;
        for head in 0..n_heads {
            let found = attend_causal(
                &one_head(q, rows.clone(), head),
                &one_head(k, keys.clone(), head),
                &one_head(v, keys.clone(), head),
            );
            for (i, at) in rows.clone().enumerate() {
                out.values[(at * n_heads + head) * hd..][..hd].copy_from_slice(row(&found, i));
            }
        }
    }
    out
}

/// One head of some rows of an array `[n, h, hd]`, as a matrix `[rows, hd]`.
fn one_head(array: &Array<f32>, rows: Range<usize>, head: usize) -> Array<f32> {
    let (n_heads, hd) = (array.shape[1], array.shape[2]);
    let shape = vec![rows.len(), hd];
    let values = rows.flat_map(|i| array.values[(i * n_heads + head) * hd..][..hd].to_vec()).collect();
    Array { shape, values }
}

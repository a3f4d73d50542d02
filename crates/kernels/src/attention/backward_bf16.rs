//! The backward pass with products of bf16.
//!
//! As in [`backward`](super::backward), but P and dS are the right operands of dV^T = dO^T P and dK^T = Q^T dS, since pairs of
//! queries are rows of a panel without turning anything. Gradients of keys and values collect turned, and are turned at a document's end.

use super::backward::{Document, scale};
use super::{AttentionGrad, CHUNK, InPairs, in_chunk, n_pairs, packed_size, rounded_columns, rounded_rows, take};
use crate::Write;
use crate::bf16;
use crate::cpu::Level;
use crate::simd::{Kernel, Simd};
use crate::tile::{Operand, Pairs, TILE_N_MAX, Target, Unit, multiply_panels, pack_columns, pack_panels};
use std::ops::Range;

impl<U: Unit> Kernel for InPairs<Document<'_>, U> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        // No other level has such a unit, and needs the code.
        assert!(S::LEVEL == Level::Avx512);
        let Document { grad, rows, kv_head, strides: [stride_q, stride_kv], to: [dq, dk, dv], scratch } = self.task;
        let AttentionGrad { shape, k, v, d_out, .. } = grad;
        let _session = U::begin();
        let (d, d_out_stride) = (shape.d_head, shape.d_q());
        let n = rows.len();
        let n_chunks = n.div_ceil(CHUNK);
        let (pairs_of_d, pairs_of_chunk) = (n_pairs::<U>(d), n_pairs::<U>(CHUNK));
        let width = S::TILE.1 * S::LANES;
        let d_padded = d.next_multiple_of(TILE_N_MAX);
        // A chunk's keys or values by the head's width, in panels of either, and its gradient.
        let [across, along, turned] = [CHUNK * pairs_of_d, d_padded * pairs_of_chunk, d_padded * CHUNK];
        let [rows_of_d, columns_of_d] = [packed_size::<U>(CHUNK, pairs_of_d), packed_size::<U>(d, pairs_of_chunk)];
        let block = CHUNK * CHUNK;
        let sizes = [
            n_chunks * across,
            n_chunks * across,
            n_chunks * along,
            n_chunks * turned,
            n_chunks * turned,
            turned,
            rows_of_d,
            rows_of_d,
            columns_of_d,
            columns_of_d,
            CHUNK,
            CHUNK,
            block,
            block,
            CHUNK * pairs_of_chunk,
            CHUNK * pairs_of_chunk,
            bf16::n_words(block),
            packed_size::<U>(CHUNK, pairs_of_chunk),
        ];
        let mut rest = scratch.room(sizes.iter().sum());
        let [
            // Of the whole document: right operands of scores, dP and dQ, and the gradients of keys and values.
            k_t,
            v_t,
            k_panels,
            dk_t,
            dv_t,
            // Of a tile of queries, which are turned gradients at the end: left operands of scores and dP, of dK and dV.
            queries,
            left_q,
            left_d_out,
            left_q_t,
            left_d_out_t,
            means,
            lses,
            // Of a block `[queries, keys]`: scores and dP, pairs of P and of dS as right operands, dS in bf16 and as the left one.
            scores,
            d_weights,
            weight_panels,
            d_score_panels,
            d_scores,
            left_d_scores,
        ] = sizes.map(|size| take(&mut rest, size));

        let kv_start = rows.start * stride_kv + kv_head * d;
        for chunk in 0..n_chunks {
            let (n_keys, start) = (CHUNK.min(n - chunk * CHUNK), kv_start + chunk * CHUNK * stride_kv);
            let (k, v) = (&k[start..], &v[start..]);
            pack_panels::<S>(rounded_rows(k, stride_kv, d), n_keys, pairs_of_d, &mut k_t[chunk * across..][..across]);
            pack_panels::<S>(rounded_rows(v, stride_kv, d), n_keys, pairs_of_d, &mut v_t[chunk * across..][..across]);
            let to = &mut k_panels[chunk * along..][..along];
            pack_panels::<S>(rounded_columns(k, stride_kv, n_keys), d, n_pairs::<U>(n_keys), to);
        }
        dk_t.fill(0.0);
        dv_t.fill(0.0);

        let group = shape.n_heads / shape.n_kv_heads;
        for head in kv_head * group..(kv_head + 1) * group {
            for tile in 0..n_chunks {
                let first = tile * CHUNK;
                let n_queries = CHUNK.min(n - first);
                let pairs_of_queries = n_pairs::<U>(n_queries);
                // The head's first value of the first query, and of its output.
                let q_start = (rows.start + first) * stride_q + head * d;
                let out_start = (rows.start + first) * d_out_stride + head * d;
                let row = rows.start + first;
                grad.read::<S>((row..row + n_queries, head), stride_q, queries, means, lses);
                let (d_out, all) = (&d_out[out_start..], 0..n_queries);
                let left_q = U::rows::<S>(rounded_rows(queries, d, d), all.clone(), 0..pairs_of_d, left_q);
                let d_out_rows = rounded_rows(d_out, d_out_stride, d);
                let left_d_out = U::rows::<S>(d_out_rows, all.clone(), 0..pairs_of_d, left_d_out);
                let q_t = rounded_columns(queries, d, n_queries);
                let left_q_t = U::rows::<S>(q_t, 0..d, 0..pairs_of_queries, left_q_t);
                let d_out_t = rounded_columns(d_out, d_out_stride, n_queries);
                let left_d_out_t = U::rows::<S>(d_out_t, 0..d, 0..pairs_of_queries, left_d_out_t);

                let first_chunk = grad.visible(first, n).start / CHUNK;
                let end_chunk = grad.visible(first + n_queries - 1, n).end.div_ceil(CHUNK);
                for chunk in first_chunk..end_chunk {
                    let n_keys = CHUNK.min(n - chunk * CHUNK);
                    let pairs_of_keys = n_pairs::<U>(n_keys);
                    // SAFETY: both blocks hold CHUNK x CHUNK values.
                    unsafe {
                        let block = |c| Target { c, stride: CHUNK, write: Write::Set };
                        let sizes = [n_queries, n_keys, pairs_of_d];
                        multiply_panels::<S, U>(sizes, left_q, &k_t[chunk * across..], block(scores.as_mut_ptr()));
                        multiply_panels::<S, U>(
                            sizes,
                            left_d_out,
                            &v_t[chunk * across..],
                            block(d_weights.as_mut_ptr()),
                        );
                    }
                    for pair in 0..pairs_of_queries {
                        let queries = [2 * pair, 2 * pair + 1].map(|i| {
                            let visible = if i < n_queries { grad.visible(first + i, n) } else { 0..0 };
                            let keys = in_chunk(visible, chunk, n_keys);
                            let row = i * CHUNK..(i + 1) * CHUNK;
                            Query {
                                keys,
                                lse: lses[i],
                                mean: means[i],
                                scores: &scores[row.clone()],
                                d_weights: &d_weights[row],
                            }
                        });
                        for j in (0..n_keys).step_by(width) {
                            let at = j * pairs_of_queries + pair * width;
                            let [p, ds] = [&mut *weight_panels, d_score_panels].map(|of| &mut of[at..at + width]);
                            let rows = &mut d_scores[pair * CHUNK..(pair + 1) * CHUNK];
                            pairs_of_weights::<S>(&queries, j, p, ds, rows);
                        }
                    }
                    let of_queries = bf16::in_words(d_scores, n_queries * CHUNK);
                    let of_queries = Pairs { of: Operand { data: of_queries, outer: CHUNK, inner: 1 }, k: CHUNK };
                    let left_d_scores = U::rows::<S>(of_queries, all.clone(), 0..pairs_of_keys, left_d_scores);
                    let write = if chunk == first_chunk { Write::Set } else { Write::Add };
                    let c = dq.of.as_ptr().wrapping_add(dq.first + q_start);
                    let to_queries = Target { c, stride: stride_q, write };
                    let at = chunk * turned;
                    let to_keys =
                        |of: &mut [f32]| Target { c: of[at..].as_mut_ptr(), stride: CHUNK, write: Write::Add };
                    let sizes = [d, n_keys, pairs_of_queries];
                    // SAFETY: this task alone has these rows and heads of the gradient of queries, and the turned gradients, whose
                    // chunks hold `d` rows of CHUNK.
                    unsafe {
                        let k = &k_panels[chunk * along..];
                        multiply_panels::<S, U>([n_queries, d, pairs_of_keys], left_d_scores, k, to_queries);
                        multiply_panels::<S, U>(sizes, left_d_out_t, weight_panels, to_keys(dv_t));
                        multiply_panels::<S, U>(sizes, left_q_t, d_score_panels, to_keys(dk_t));
                    }
                }
                // SAFETY: as above.
                unsafe { scale(dq, (q_start, stride_q), [n_queries, d], shape.scale) };
            }
        }

        for chunk in 0..n_chunks {
            let n_keys = CHUNK.min(n - chunk * CHUNK);
            for (band, gradient) in [(dk, &*dk_t), (dv, &*dv_t)] {
                let gradient = Operand { data: &gradient[chunk * turned..][..turned], outer: CHUNK, inner: 1 };
                pack_columns::<S>(gradient, 0..d, 0..n_keys, d_padded, queries);
                for (i, gradient) in queries.chunks_exact(d_padded).take(n_keys).enumerate() {
                    let at = band.first + kv_start + (chunk * CHUNK + i) * stride_kv;
                    // SAFETY: tasks have disjoint rows and key-value heads; the slices outlive the loop over tasks.
                    unsafe { band.of.range(at..at + d) }.copy_from_slice(&gradient[..d]);
                }
            }
        }
    }
}

/// A query against the keys of a chunk, of which it sees `keys`; one that is not there sees none.
struct Query<'a> {
    keys: Range<usize>,
    lse: f32,
    mean: f32,
    scores: &'a [f32],
    d_weights: &'a [f32],
}

/// Of two queries and a panel's keys from `first` on: pairs of P and of dS, and dS of each in bf16 in its half of `rows`.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // Vectors by their numbers, in three arrays.
fn pairs_of_weights<S: Simd>(queries: &[Query; 2], first: usize, p: &mut [f32], ds: &mut [f32], rows: &mut [f32]) {
    debug_assert!(S::TILE.1 == 2, "a panel is two vectors wide");
    let mut d_scores = [[S::splat(0.0); 2]; 2];
    for v in 0..2 {
        let at = first + v * S::LANES;
        let mut weights = [S::splat(0.0); 2];
        for (i, Query { keys, lse, mean, scores, d_weights }) in queries.iter().enumerate() {
            if keys.end <= at || at + S::LANES <= keys.start {
                continue;
            }
            let weight = S::read(&scores[at..], 0.0).sub(S::splat(*lse)).exp();
            let d_score = weight.mul(S::read(&d_weights[at..], 0.0).sub(S::splat(*mean)));
            [weights[i], d_scores[i][v]] = [weight, d_score];
            if at < keys.start || keys.end < at + S::LANES {
                let lanes = S::numbers().add(S::splat(at as f32));
                let (first, last) = (S::splat(keys.start as f32), S::splat(keys.end as f32 - 1.0));
                for value in [&mut weights[i], &mut d_scores[i][v]] {
                    *value = value.unless_below(lanes, first, S::splat(0.0)).unless_below(last, lanes, S::splat(0.0));
                }
            }
        }
        let to = v * S::LANES..(v + 1) * S::LANES;
        S::round_pairs(weights[0], weights[1]).write(&mut p[to.clone()]);
        S::round_pairs(d_scores[0][v], d_scores[1][v]).write(&mut ds[to]);
    }
    for (row, [low, high]) in rows.chunks_exact_mut(CHUNK / 2).zip(d_scores) {
        S::round_along(low, high).write(&mut row[first / 2..first / 2 + S::LANES]);
    }
}

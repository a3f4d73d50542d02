//! The backward pass: a task is one document and one key-value head.
//!
//! With weights P = exp(S - lse) and dP = dO V^T, the gradient of the scores is dS = P (dP - D), where
//! D = dO . O for each query; then dV = P^T dO, dK = dS^T Q and dQ = dS K. The task goes through blocks of
//! [`CHUNK`] queries by [`CHUNK`] keys that the mask leaves visible, heads of the group first, then queries,
//! then keys in rising order, so the order of every sum is fixed. What scores and dP are made of is packed once for all
//! blocks that it meets; the other products read their right operands, and P and dS for the keys, where they lie. Documents are the grain: one long document with one key-value head runs on one thread.

use super::{AttentionGrad, CHUNK, GradientBand, SCRATCH, in_chunk, run_by, take, unit_of};
use crate::cpu;
use crate::pool::parallel_for;
use crate::simd::{Kernel, Simd};
use crate::tile::{
    Operand, Single, TILE_N_MAX, Target, Unit, VectorRows, multiply_in_place, multiply_panels, pack_panels,
};
use crate::{Aligned, Products, Write};
use std::ops::Range;

/// Rows of q, and of k and v, lie `strides` apart, and so do those of their gradients.
pub(super) fn run(grad: AttentionGrad, products: Products, strides: [usize; 2], to: [GradientBand; 3]) {
    let AttentionGrad { shape, out, lse, d_out, offsets, .. } = grad;
    let n = d_out.len() / shape.d_q().max(1);
    assert_eq!([out.len(), d_out.len()], [n * shape.d_q(); 2], "attention_backward: sizes of out and its gradient");
    assert_eq!(lse.len(), n * shape.n_heads, "attention_backward: size of lse");
    assert!(
        offsets.is_sorted() && offsets.last().is_none_or(|&end| end <= n),
        "attention_backward: offsets {offsets:?} of {n}"
    );
    // Rows of no document get no gradient.
    let (covered, end) = (offsets.first().copied().unwrap_or(0), offsets.last().copied().unwrap_or(0));
    let [stride_q, stride_kv] = strides;
    let widths = [(stride_q, shape.d_q()), (stride_kv, shape.d_kv()), (stride_kv, shape.d_kv())];
    for (GradientBand { of, first }, (stride, width)) in to.into_iter().zip(widths) {
        for row in (0..covered).chain(end..n) {
            let start = first + row * stride;
            // SAFETY: no task runs yet; the caller lent the gradients.
            unsafe { of.range(start..start + width) }.fill(0.0);
        }
    }
    let (unit, level) = (unit_of(products), cpu::level());
    parallel_for(offsets.len().saturating_sub(1) * shape.n_kv_heads, |task| {
        let (document, kv_head) = (task / shape.n_kv_heads, task % shape.n_kv_heads);
        let rows = offsets[document]..offsets[document + 1];
        SCRATCH.with_borrow_mut(|scratch| {
            let document = Document { grad, rows, kv_head, strides, to, scratch };
            run_by(unit, level, document);
        });
    });
}

pub(super) struct Document<'a> {
    pub grad: AttentionGrad<'a>,
    pub rows: Range<usize>,
    pub kv_head: usize,
    pub strides: [usize; 2],
    pub to: [GradientBand; 3],
    pub scratch: &'a mut Aligned<f32>,
}

impl Kernel for Document<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        let Document { grad, rows, kv_head, strides: [stride_q, stride_kv], to: [dq, dk, dv], .. } = self;
        let AttentionGrad { shape, k, v, d_out, .. } = grad;
        let (d, d_out_stride) = (shape.d_head, shape.d_q());
        let n = rows.len();
        let n_chunks = n.div_ceil(CHUNK);
        // Room for a chunk's keys or queries by the head's width, in panels of either.
        let block = CHUNK * d.next_multiple_of(TILE_N_MAX);
        let size = 2 * n_chunks * block + 4 * block + 2 * CHUNK + 3 * CHUNK * CHUNK;
        let mut rest = self.scratch.room(size);
        // Of the whole document: k^T and v^T for the scores and dP.
        let packed_k_t = take(&mut rest, n_chunks * block);
        let packed_v_t = take(&mut rest, n_chunks * block);
        // Of a tile of queries: left operands of the scores and dP.
        let queries = take(&mut rest, block);
        let left_q = take(&mut rest, block);
        let left_d_out = take(&mut rest, block);
        // What is left of a right operand beyond whole panels.
        let packed = take(&mut rest, block);
        let means = take(&mut rest, CHUNK);
        let lses = take(&mut rest, CHUNK);
        // Of a block: [queries, keys].
        let weights = take(&mut rest, CHUNK * CHUNK);
        let d_scores = take(&mut rest, CHUNK * CHUNK);
        let left = take(&mut rest, CHUNK * CHUNK);

        let kv_start = rows.start * stride_kv + kv_head * d;
        for row in rows.clone() {
            for GradientBand { of, first } in [dk, dv] {
                let at = first + row * stride_kv + kv_head * d;
                // SAFETY: tasks have disjoint rows and key-value heads; the slices outlive the loop over tasks.
                unsafe { of.range(at..at + d) }.fill(0.0);
            }
        }
        for chunk in 0..n_chunks {
            let n_keys = CHUNK.min(n - chunk * CHUNK);
            let (start, at) = (kv_start + chunk * CHUNK * stride_kv, chunk * block..(chunk + 1) * block);
            let transposed = |data| Operand { data, outer: stride_kv, inner: 1 };
            pack_panels::<S>(transposed(&k[start..]), n_keys, d, &mut packed_k_t[at.clone()]);
            pack_panels::<S>(transposed(&v[start..]), n_keys, d, &mut packed_v_t[at]);
        }

        let group = shape.n_heads / shape.n_kv_heads;
        for head in kv_head * group..(kv_head + 1) * group {
            for tile in 0..n_chunks {
                let first = tile * CHUNK;
                let n_queries = CHUNK.min(n - first);
                // The head's first value of the first query, and of its output.
                let q_start = (rows.start + first) * stride_q + head * d;
                let out_start = (rows.start + first) * d_out_stride + head * d;
                let row = rows.start + first;
                grad.read::<S>((row..row + n_queries, head), stride_q, queries, means, lses);
                let d_out = &d_out[out_start..];
                let left_q =
                    Single::rows::<S>(Operand { data: queries, outer: d, inner: 1 }, 0..n_queries, 0..d, left_q);
                let rows = Operand { data: d_out, outer: d_out_stride, inner: 1 };
                let left_d_out = Single::rows::<S>(rows, 0..n_queries, 0..d, left_d_out);

                let first_chunk = grad.visible(first, n).start / CHUNK;
                let end_chunk = grad.visible(first + n_queries - 1, n).end.div_ceil(CHUNK);
                for chunk in first_chunk..end_chunk {
                    let n_keys = CHUNK.min(n - chunk * CHUNK);
                    let at = chunk * block..(chunk + 1) * block;
                    // SAFETY: both blocks hold CHUNK x CHUNK values.
                    unsafe {
                        let (k_t, v_t) = (&packed_k_t[at.clone()], &packed_v_t[at.clone()]);
                        let block = |c| Target { c, stride: CHUNK, write: Write::Set };
                        let sizes = [n_queries, n_keys, d];
                        multiply_panels::<S, Single>(sizes, left_q, k_t, block(weights.as_mut_ptr()));
                        multiply_panels::<S, Single>(sizes, left_d_out, v_t, block(d_scores.as_mut_ptr()));
                    }
                    for i in 0..n_queries {
                        let keys = in_chunk(grad.visible(first + i, n), chunk, n_keys);
                        let row = i * CHUNK..i * CHUNK + n_keys;
                        let (p, ds) = (&mut weights[row.clone()], &mut d_scores[row]);
                        d_scores_of::<S>(keys, lses[i], means[i], p, ds);
                    }
                    let kv_at = kv_start + chunk * CHUNK * stride_kv;
                    let of_queries = Operand { data: d_scores, outer: CHUNK, inner: 1 };
                    let left = Single::rows::<S>(of_queries, 0..n_queries, 0..n_keys, left);
                    // The same blocks lie as left operands whose rows are the keys.
                    let [weights, d_scores] =
                        [&*weights, d_scores].map(|values| VectorRows { values, in_place: Some(CHUNK) });
                    let write = if chunk == first_chunk { Write::Set } else { Write::Add };
                    let target = |GradientBand { of, first }: GradientBand, at: usize, stride: usize, write: Write| {
                        Target { c: of.as_ptr().wrapping_add(first + at), stride, write }
                    };
                    let to_keys = |band: GradientBand| target(band, kv_at, stride_kv, Write::Add);
                    let to_queries = target(dq, q_start, stride_q, write);
                    let sizes = [n_keys, d, n_queries];
                    // SAFETY: this task alone has these rows and heads of the gradients; each product stays
                    // within n_queries or n_keys rows and the width of the head.
                    unsafe {
                        let keys = (&k[kv_at..], stride_kv);
                        multiply_in_place::<S>([n_queries, d, n_keys], left, keys, packed, to_queries);
                        multiply_in_place::<S>(sizes, weights, (d_out, d_out_stride), packed, to_keys(dv));
                        multiply_in_place::<S>(sizes, d_scores, (queries, d), packed, to_keys(dk));
                    }
                }
                // SAFETY: as above.
                unsafe { scale(dq, (q_start, stride_q), [n_queries, d], shape.scale) };
            }
        }
    }
}

impl AttentionGrad<'_> {
    /// Of queries in neighbouring rows, and of a head: the queries times the scale, D = dO . O and the log-sum-exps.
    #[inline(always)]
    pub(super) fn read<S: Simd>(
        &self,
        (rows, head): (Range<usize>, usize),
        stride_q: usize,
        queries: &mut [f32],
        means: &mut [f32],
        lses: &mut [f32],
    ) {
        let AttentionGrad { shape, q, out, lse, d_out, .. } = self;
        let d = shape.d_head;
        for (i, row) in rows.enumerate() {
            let at = row * shape.d_q() + head * d..row * shape.d_q() + head * d + d;
            means[i] = dot::<S>(&d_out[at.clone()], &out[at]);
            lses[i] = lse[row * shape.n_heads + head];
            for (to, &q) in queries[i * d..][..d].iter_mut().zip(&q[row * stride_q + head * d..][..d]) {
                *to = q * shape.scale;
            }
        }
    }
}

/// Multiplies rows of a gradient, `stride` apart from a start on, by `factor`.
///
/// # Safety
/// No other thread has these rows; the caller was lent the gradient.
pub(super) unsafe fn scale(
    GradientBand { of, first }: GradientBand,
    (start, stride): (usize, usize),
    [n_rows, d]: [usize; 2],
    factor: f32,
) {
    for i in 0..n_rows {
        let at = first + start + i * stride;
        // SAFETY: the caller's promise.
        unsafe { of.range(at..at + d) }.iter_mut().for_each(|value| *value *= factor);
    }
}

/// One query against the keys of a chunk, of which it sees `keys`: scores become weights, dP becomes dS.
#[inline(always)]
fn d_scores_of<S: Simd>(keys: Range<usize>, lse: f32, mean: f32, weights: &mut [f32], d_scores: &mut [f32]) {
    let (lse, mean) = (S::splat(lse), S::splat(mean));
    for i in (keys.start / S::LANES * S::LANES..keys.end).step_by(S::LANES) {
        let p = S::read(&weights[i..], 0.0).sub(lse).exp();
        p.write(&mut weights[i..]);
        p.mul(S::read(&d_scores[i..], 0.0).sub(mean)).write(&mut d_scores[i..]);
    }
    for row in [weights, d_scores] {
        zero::<S>(&mut row[..keys.start]);
        zero::<S>(&mut row[keys.end..]);
    }
}

#[inline(always)]
fn zero<S: Simd>(values: &mut [f32]) {
    let (vectors, rest) = values.split_at_mut(values.len() / S::LANES * S::LANES);
    for vector in vectors.chunks_exact_mut(S::LANES) {
        S::splat(0.0).write(vector);
    }
    for value in rest {
        *value = 0.0;
    }
}

#[inline(always)]
fn dot<S: Simd>(a: &[f32], b: &[f32]) -> f32 {
    let mut sum = S::splat(0.0);
    for i in (0..a.len()).step_by(S::LANES) {
        sum = S::read(&a[i..], 0.0).mul_add(S::read(&b[i..], 0.0), sum);
    }
    sum.sum()
}

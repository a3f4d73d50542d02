//! Attention over packed sequences, causal or both ways, with grouped key-value heads and an optional window.
//!
//! The scores are never held at once. Keys are taken in chunks of [`CHUNK`] positions aligned to position 0;
//! each chunk adds its part of the sum while the largest score so far is carried along, chunk after chunk
//! in rising order. A query's bits therefore depend on its own position and keys alone: not on the queries
//! beside it, on threads, or on whether its keys were computed just now or come from a cache.
//! The backward pass computes the weights again from the log-sum-exp that the forward pass kept.
//!
//! Source: Milakov and Gimelshein, "Online normalizer calculation for softmax" (2018); Dao et al.,
//! "FlashAttention" (2022), algorithms 1 and 4. No dropout on the weights, no other mask.

mod backward;
mod forward;

use crate::Real;
use std::cell::RefCell;
use std::ops::Range;

/// Keys in one chunk: partial results are formed over chunks aligned to position 0.
pub const CHUNK: usize = 64;

/// What all sequences share.
#[derive(Clone, Copy, Debug)]
pub struct AttentionShape {
    /// Query heads.
    pub n_heads: usize,
    /// Key and value heads; divides `n_heads`, head `h` uses `h / (n_heads / n_kv_heads)`.
    pub n_kv_heads: usize,
    /// Width of a head.
    pub d_head: usize,
    /// Factor on the scores, usually `1 / sqrt(d_head)`.
    pub scale: f32,
    /// A query sees the last `window` positions, its own among them; all if `None`.
    pub window: Option<usize>,
}

impl AttentionShape {
    /// Width of a row of q.
    pub fn d_q(&self) -> usize {
        self.n_heads * self.d_head
    }

    /// Width of a row of k and of v.
    pub fn d_kv(&self) -> usize {
        self.n_kv_heads * self.d_head
    }

    /// The positions that a query at `position` sees.
    pub fn visible(&self, position: usize) -> Range<usize> {
        self.window.map_or(0, |window| (position + 1).saturating_sub(window))..position + 1
    }

    fn assert_valid(&self) {
        assert!(
            self.n_kv_heads > 0 && self.n_heads.is_multiple_of(self.n_kv_heads) && self.window != Some(0),
            "attention: {} heads over {} key-value heads, window {:?}",
            self.n_heads,
            self.n_kv_heads,
            self.window
        );
    }
}

/// Keys and values of up to [`CHUNK`] positions, rows of `n_kv_heads * d_head`.
#[derive(Clone, Copy, Debug)]
pub struct KvChunk<'a, R = f32> {
    /// Keys.
    pub k: &'a [R],
    /// Values.
    pub v: &'a [R],
}

/// One sequence: its queries are the last `rows.len()` of its `n_keys` positions.
#[derive(Clone, Debug)]
pub struct Sequence<'a, R = f32> {
    /// Its rows of q.
    pub rows: Range<usize>,
    /// Its positions so far.
    pub n_keys: usize,
    /// Their keys and values, [`CHUNK`] positions each, the last one maybe fewer.
    pub chunks: Vec<KvChunk<'a, R>>,
    /// Whether each query sees what the last one sees, as in an encoder.
    pub both_ways: bool,
}

impl<'a, R> Sequence<'a, R> {
    /// A sequence whose queries are all its positions, `rows` of `k` and `v` `[n, width]`; causal.
    pub fn whole(rows: Range<usize>, width: usize, k: &'a [R], v: &'a [R]) -> Sequence<'a, R> {
        let values = rows.start * width..rows.end * width;
        let chunks = k[values.clone()].chunks(CHUNK * width).zip(v[values].chunks(CHUNK * width));
        let chunks = chunks.map(|(k, v)| KvChunk { k, v }).collect();
        Sequence { n_keys: rows.len(), rows, chunks, both_ways: false }
    }

    /// The position up to which the query of its `i`th row sees.
    #[inline(always)]
    fn position(&self, i: usize) -> usize {
        if self.both_ways { self.n_keys - 1 } else { self.n_keys - self.rows.len() + i }
    }
}

/// The inputs of the backward pass: packed documents whose queries are all their positions.
#[derive(Clone, Copy, Debug)]
pub struct AttentionGrad<'a, R = f32> {
    /// Heads and window.
    pub shape: &'a AttentionShape,
    /// Queries `[n, n_heads * d_head]`.
    pub q: &'a [R],
    /// Keys `[n, n_kv_heads * d_head]`.
    pub k: &'a [R],
    /// Values `[n, n_kv_heads * d_head]`.
    pub v: &'a [R],
    /// Output of the forward pass.
    pub out: &'a [R],
    /// Log-sum-exp of the scores `[n, n_heads]`, from the forward pass.
    pub lse: &'a [R],
    /// Gradient of the output.
    pub d_out: &'a [R],
    /// Document `i` is rows `offsets[i]..offsets[i + 1]`.
    pub offsets: &'a [usize],
    /// Whether each query saw what the last one of its document saw.
    pub both_ways: bool,
}

impl<R> AttentionGrad<'_, R> {
    /// The positions that query `i` of a document of `n` saw.
    #[inline(always)]
    fn visible(&self, i: usize, n: usize) -> Range<usize> {
        self.shape.visible(if self.both_ways { n - 1 } else { i })
    }
}

/// Attention of the queries `q` `[n, n_heads * d_head]` into `out`, and the log-sum-exp of each query's scores into `lse`.
pub fn attention(shape: &AttentionShape, q: &[f32], sequences: &[Sequence], out: &mut [f32], lse: Option<&mut [f32]>) {
    shape.assert_valid();
    forward::run(shape, q, sequences, out, lse);
}

/// Gradients of [`attention`] over whole documents; `dq`, `dk` and `dv` are overwritten.
pub fn attention_backward(grad: AttentionGrad, dq: &mut [f32], dk: &mut [f32], dv: &mut [f32]) {
    grad.shape.assert_valid();
    backward::run(grad, dq, dk, dv);
}

thread_local! {
    /// What a task packs and computes on the way, kept to spare allocations.
    static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Cuts the first `n` values off `scratch`.
fn take<'a>(scratch: &mut &'a mut [f32], n: usize) -> &'a mut [f32] {
    scratch.split_off_mut(..n).expect("the scratch has room for every part")
}

/// [`attention`] in plain loops, the scores of a query held at once.
pub fn reference<R: Real>(
    shape: &AttentionShape,
    q: &[R],
    sequences: &[Sequence<R>],
    out: &mut [R],
    mut lse: Option<&mut [R]>,
) {
    shape.assert_valid();
    let AttentionShape { n_heads, n_kv_heads, d_head, .. } = *shape;
    let dot = |a: &[R], b: &[R]| a.iter().zip(b).fold(R::default(), |sum, (&a, &b)| sum + a * b);
    for sequence in sequences {
        for row in sequence.rows.clone() {
            let visible = shape.visible(sequence.position(row - sequence.rows.start));
            for head in 0..n_heads {
                let kv_head = head / (n_heads / n_kv_heads);
                let at = |j: usize| (j % CHUNK * n_kv_heads + kv_head) * d_head;
                let query = &q[(row * n_heads + head) * d_head..][..d_head];
                let scores: Vec<R> = visible
                    .clone()
                    .map(|j| dot(query, &sequence.chunks[j / CHUNK].k[at(j)..][..d_head]) * R::of(shape.scale.into()))
                    .collect();
                let largest = scores.iter().fold(scores[0], |a, &b| a.larger(b));
                let sum = scores.iter().fold(R::default(), |sum, &s| sum + (s - largest).exp());
                let out = &mut out[(row * n_heads + head) * d_head..][..d_head];
                out.fill(R::default());
                for (j, &s) in visible.clone().zip(&scores) {
                    let p = (s - largest).exp() / sum;
                    for (out, &v) in out.iter_mut().zip(&sequence.chunks[j / CHUNK].v[at(j)..]) {
                        *out += p * v;
                    }
                }
                if let Some(lse) = lse.as_deref_mut() {
                    lse[row * n_heads + head] = largest + sum.ln();
                }
            }
        }
    }
}

/// [`attention_backward`] in plain loops.
pub fn reference_backward<R: Real>(grad: AttentionGrad<R>, dq: &mut [R], dk: &mut [R], dv: &mut [R]) {
    let AttentionGrad { shape, q, k, v, out, lse, d_out, offsets, .. } = grad;
    shape.assert_valid();
    let AttentionShape { n_heads, n_kv_heads, d_head, .. } = *shape;
    let scale = R::of(shape.scale.into());
    let dot = |a: &[R], b: &[R]| a.iter().zip(b).fold(R::default(), |sum, (&a, &b)| sum + a * b);
    for slice in [&mut *dq, &mut *dk, &mut *dv] {
        slice.fill(R::default());
    }
    for document in offsets.windows(2) {
        for row in document[0]..document[1] {
            for head in 0..n_heads {
                let here = (row * n_heads + head) * d_head..(row * n_heads + head + 1) * d_head;
                let (q, d_out) = (&q[here.clone()], &d_out[here.clone()]);
                // sum_j p_j dp_j, which the normalisation takes off every dp.
                let mean = dot(d_out, &out[here.clone()]);
                for j in grad.visible(row - document[0], document[1] - document[0]) {
                    let kv_head = head / (n_heads / n_kv_heads);
                    let there = ((document[0] + j) * n_kv_heads + kv_head) * d_head;
                    let there = there..there + d_head;
                    let p = (dot(q, &k[there.clone()]) * scale - lse[row * n_heads + head]).exp();
                    let ds = p * (dot(d_out, &v[there.clone()]) - mean) * scale;
                    for i in 0..d_head {
                        dq[here.start + i] += ds * k[there.start + i];
                        dk[there.start + i] += ds * q[i];
                        dv[there.start + i] += p * d_out[i];
                    }
                }
            }
        }
    }
}

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
//!
//! Products are of f32, or, where whole documents are computed at once, of bf16 if the CPU has a unit for it: queries times the scale,
//! keys, values, weights and the gradients of outputs and scores are rounded where they enter a product, all else is f32.

mod backward;
mod backward_bf16;
mod forward;
mod forward_bf16;

use crate::cpu::{self, Bf16Unit, Level};
use crate::pool::Shared;
use crate::simd::{Kernel, dispatch, dispatch_pairs};
use crate::tile::{Operand, Paired, Pairs, Tiles, Unit};
use crate::{Aligned, Products, Real};
use std::cell::RefCell;
use std::marker::PhantomData;
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

    /// Distances of rows of queries and of keys and values that are matrices of their own.
    fn dense(&self) -> [usize; 2] {
        [self.d_q(), self.d_kv()]
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
pub fn attention(
    shape: &AttentionShape,
    products: Products,
    q: &[f32],
    sequences: &[Sequence],
    out: &mut [f32],
    lse: Option<&mut [f32]>,
) {
    shape.assert_valid();
    assert_eq!(q.len(), out.len(), "attention: sizes of q and out");
    forward::run(shape, products, Bands { q, strides: shape.dense() }, sequences, out, lse);
}

/// Gradients of [`attention`] over whole documents; `dq`, `dk` and `dv` are overwritten.
pub fn attention_backward(grad: AttentionGrad, products: Products, [dq, dk, dv]: [&mut [f32]; 3]) {
    let AttentionGrad { shape, q, k, v, d_out, .. } = grad;
    shape.assert_valid();
    let n = q.len() / shape.d_q().max(1);
    assert_eq!([q.len(), dq.len(), d_out.len()], [n * shape.d_q(); 3], "attention_backward: sizes of rows of q");
    assert_eq!([k, v, dk, dv].map(|x| x.len()), [n * shape.d_kv(); 4], "attention_backward: sizes of rows of k");
    let to = [dq, dk, dv].map(|of| GradientBand { of: Shared::new(of), first: 0 });
    backward::run(grad, products, shape.dense(), to);
}

/// [`attention`] of whole documents, causal, whose queries, keys and values are the columns of one matrix `qkv`
/// `[n, d_q + 2 d_kv]`, as one projection gives them. Document `i` is rows `offsets[i]..offsets[i + 1]`.
pub fn attention_joined(
    shape: &AttentionShape,
    products: Products,
    qkv: &[f32],
    offsets: &[usize],
    [out, lse]: [&mut [f32]; 2],
) {
    shape.assert_valid();
    let (stride, [_, k, v]) = joined(shape, qkv.len(), out.len());
    let whole = |span: &[usize]| {
        let chunks = (span[0]..span[1]).step_by(CHUNK).map(|row| {
            let band = |first: usize| &qkv[row * stride + first..];
            KvChunk { k: band(k), v: band(v) }
        });
        Sequence { rows: span[0]..span[1], n_keys: span[1] - span[0], chunks: chunks.collect(), both_ways: false }
    };
    let sequences: Vec<Sequence> = offsets.windows(2).map(whole).collect();
    forward::run(shape, products, Bands { q: qkv, strides: [stride; 2] }, &sequences, out, Some(lse));
}

/// Gradient of [`attention_joined`], of which `out` and `lse` are the results; `d_qkv` is overwritten.
pub fn attention_joined_backward(
    shape: &AttentionShape,
    products: Products,
    qkv: &[f32],
    offsets: &[usize],
    [out, lse, d_out]: [&[f32]; 3],
    d_qkv: &mut [f32],
) {
    shape.assert_valid();
    let (stride, [_, k, v]) = joined(shape, qkv.len(), d_out.len());
    assert_eq!(qkv.len(), d_qkv.len(), "attention: sizes of qkv and its gradient");
    let (q, k_values, v_values) = (qkv, &qkv[k.min(qkv.len())..], &qkv[v.min(qkv.len())..]);
    let grad = AttentionGrad { shape, q, k: k_values, v: v_values, out, lse, d_out, offsets, both_ways: false };
    let of = Shared::new(d_qkv);
    backward::run(grad, products, [stride; 2], [0, k, v].map(|first| GradientBand { of, first }));
}

/// The width of a joined matrix, and where the columns of q, k and v begin in it.
fn joined(shape: &AttentionShape, size: usize, size_out: usize) -> (usize, [usize; 3]) {
    let (d_q, d_kv) = (shape.d_q(), shape.d_kv());
    let stride = d_q + 2 * d_kv;
    assert_eq!(size * d_q, size_out * stride, "attention: sizes of qkv and out");
    (stride, [0, d_q, d_q + d_kv])
}

/// Where queries lie, and how many values rows of queries and of keys and values lie apart.
#[derive(Clone, Copy)]
struct Bands<'a> {
    q: &'a [f32],
    strides: [usize; 2],
}

/// Where a gradient is written: in rows that lie as far apart as what it is the gradient of, from a place on.
#[derive(Clone, Copy)]
struct GradientBand {
    of: Shared<f32>,
    first: usize,
}

thread_local! {
    /// What a task packs and computes on the way, kept to spare allocations.
    static SCRATCH: RefCell<Aligned<f32>> = const { RefCell::new(Aligned::new()) };
}

/// Of the keys of a chunk, of which there are `n_keys`, those at `positions`.
#[inline(always)]
fn in_chunk(positions: Range<usize>, chunk: usize, n_keys: usize) -> Range<usize> {
    let within = |position: usize| position.saturating_sub(chunk * CHUNK).min(n_keys);
    within(positions.start)..within(positions.end)
}

/// Cuts the first `n` values off `scratch`.
fn take<'a>(scratch: &mut &'a mut [f32], n: usize) -> &'a mut [f32] {
    scratch.split_off_mut(..n).expect("the scratch has room for every part")
}

/// A task whose products are of pairs of bf16, by a unit for them.
struct InPairs<T, U> {
    task: T,
    unit: PhantomData<U>,
}

/// What makes products of this type.
fn unit_of(products: Products) -> Bf16Unit {
    match products {
        Products::F32 => Bf16Unit::F32,
        Products::Bf16 => cpu::bf16_unit(),
    }
}

/// Runs a task by the unit.
fn run_by<T>(unit: Bf16Unit, level: Level, task: T)
where
    T: Kernel<Output = ()>,
    InPairs<T, Paired>: Kernel<Output = ()>,
    InPairs<T, Tiles>: Kernel<Output = ()>,
{
    match unit {
        Bf16Unit::F32 => dispatch(level, task),
        Bf16Unit::Pairs => dispatch_pairs(level, InPairs { task, unit: PhantomData::<Paired> }),
        Bf16Unit::Tiles => dispatch_pairs(level, InPairs { task, unit: PhantomData::<Tiles> }),
    }
}

/// Pairs of bf16 along `n` values of k, as many as the unit takes.
fn n_pairs<U: Unit>(n: usize) -> usize {
    n.div_ceil(2).next_multiple_of(U::PLACES)
}

/// Values of rows of `n` pairs, as the unit packs them.
fn packed_size<U: Unit>(n_rows: usize, n: usize) -> usize {
    n_rows.next_multiple_of(U::ROWS) * n
}

/// Rows that lie `stride` apart, `k` values of each, rounded.
fn rounded_rows(data: &[f32], stride: usize, k: usize) -> Pairs<'_, f32> {
    Pairs { of: Operand { data, outer: stride, inner: 1 }, k }
}

/// The columns of `k` such rows, rounded.
fn rounded_columns(data: &[f32], stride: usize, k: usize) -> Pairs<'_, f32> {
    Pairs { of: Operand { data, outer: 1, inner: stride }, k }
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

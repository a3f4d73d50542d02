//! The attention calls of the engine.
//!
//! Whole sequences attend within themselves. With a cache the new keys and values are stored first, and the
//! queries attend to everything stored. Both paths combine chunks of 64 keys counted from position 0 in ascending
//! order, so cached, chunked and whole computations give the same bits (see `kernels::attention`).

use crate::Batch;
use kernels::attention::Sequence;
use tensor::ops::{self, AttentionShape};
use tensor::{Cx, Tensor};

/// What an attention layer looks like: counts of heads, their width, the scale of the scores, the window.
pub type AttentionSpec = AttentionShape;

/// Where keys and values of earlier positions are kept.
pub trait KvCache {
    /// Stores the rows of this batch for `layer`; `k` and `v` are `[n, n_kv_heads * d_head]`.
    fn append(&mut self, layer: usize, batch: &Batch, k: &[f32], v: &[f32]);
    /// What each sequence of the batch attends to in `layer`, the rows just stored included.
    fn sequences(&self, layer: usize, batch: &Batch) -> Vec<Sequence<'_>>;
    /// Attention of `q` `[n, n_heads * d_head]` over what `layer` holds for the batch, the rows just stored included.
    ///
    /// The engine's kernel; whoever keeps the keys may read them with another function, or write down what is read.
    fn attend(&mut self, cx: &Cx, layer: usize, batch: &Batch, q: &Tensor, spec: AttentionSpec) -> Tensor {
        ops::attention_cached(cx, q, spec, &self.sequences(layer, batch))
    }
}

/// Causal attention of `q` `[n, n_heads * d_head]` over `k`, `v` `[n, n_kv_heads * d_head]` and what `kv` holds.
///
/// `kv` is the cache and the layer's index in it; `None` attends within the batch alone.
pub fn attention(
    cx: &Cx,
    [q, k, v]: [&Tensor; 3],
    spec: AttentionSpec,
    batch: &Batch,
    kv: Option<(&mut dyn KvCache, usize)>,
) -> Tensor {
    match kv {
        None => ops::attention(cx, q, k, v, spec, &batch.offsets),
        Some((cache, layer)) => {
            cache.append(layer, batch, k.values(), v.values());
            cache.attend(cx, layer, batch, q, spec)
        }
    }
}

/// Causal attention within the batch of queries, keys and values that are the columns of `qkv` `[n, d_q + 2 d_kv]`.
pub fn attention_joined(cx: &Cx, qkv: &Tensor, spec: AttentionSpec, batch: &Batch) -> Tensor {
    ops::attention_joined(cx, qkv, spec, &batch.offsets)
}

/// Attention of `q` `[n, n_heads * d_head]` over `k`, `v` `[n, n_kv_heads * d_head]` in which every token sees all tokens of its
/// sequence.
pub fn attention_both_ways(cx: &Cx, qkv: [&Tensor; 3], spec: AttentionSpec, batch: &Batch) -> Tensor {
    ops::attention_both_ways(cx, qkv, spec, &batch.offsets)
}

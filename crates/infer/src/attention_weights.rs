//! Where each position of a text looks: the attention weights of every layer and head.
//!
//! A forward pass whose cache writes down, layer by layer, softmax(scale * q k^T) over the keys that a query may see
//! (Vaswani et al. 2017, "Attention Is All You Need", eq. 1). The engine's kernel never holds these weights, so they
//! are computed beside it in plain loops; the pass itself stays the engine's own, bit for bit.
//!
//! One text from position 0. Weights tell where information can come from, not why a model answers as it does.

use crate::kv_cache::{KvShape, PagePool, PageTable, PagedKvCache, pages_for};
use kernels::attention::Sequence;
use kernels::softmax;
use models::Model;
use nn::{AttentionSpec, Batch, KvCache};
use tensor::{Cx, Params, Tensor};

/// The attention weights of a text of n tokens.
#[derive(Clone, Debug, PartialEq)]
pub struct AttentionWeights {
    /// Tokens.
    pub n: usize,
    /// Layers that attend.
    pub n_layers: usize,
    /// Query heads of a layer.
    pub n_heads: usize,
    /// `[n_layers, n_heads, n, n]`, rows are queries.
    values: Vec<f32>,
}

impl AttentionWeights {
    /// The weights `[n]` that `query` puts on the positions; zero where the mask is, which is behind it and, with a
    /// window, far before it.
    ///
    /// Panics if one of the three is not there.
    #[track_caller]
    pub fn row(&self, layer: usize, head: usize, query: usize) -> &[f32] {
        let found = layer < self.n_layers && head < self.n_heads && query < self.n;
        assert!(found, "attention weights: no layer {layer}, head {head}, query {query}");
        let from = ((layer * self.n_heads + head) * self.n + query) * self.n;
        &self.values[from..from + self.n]
    }
}

/// Reads `ids` once and tells where each position looked.
///
/// Panics if there is none, more than the context holds, or an unknown one.
///
/// ```
/// # use models::{Model, ModelConfig, gpt::GptConfig};
/// # let config = ModelConfig::Gpt(GptConfig {
/// #     vocab_size: 7, n_layers: 2, n_heads: 2, d_model: 8, max_seq_len: 16, dropout: 0.0, bias: false,
/// #     positions: models::gpt::Positions::Learned,
/// # });
/// # let (model, mut params) = Model::new(&config).unwrap();
/// # params.initialise(1);
/// let weights = infer::attention_weights((&model, &params), &[3, 1, 4]);
/// assert_eq!(weights.row(1, 0, 0), [1.0, 0.0, 0.0], "the first position sees itself alone");
/// ```
#[track_caller]
pub fn attention_weights((model, params): (&Model, &Params), ids: &[u32]) -> AttentionWeights {
    let shape = KvShape { n_layers: model.n_layers(), width: model.kv_width() };
    let mut table = PageTable::default();
    PagePool::new(shape, pages_for(ids.len())).extend(&mut table, ids.len());
    let weights = AttentionWeights { n: ids.len(), n_layers: 0, n_heads: 0, values: Vec::new() };
    let mut kv = RecordingKvCache { cache: PagedKvCache::new(shape, vec![&mut table]), weights };
    model.forward(&Cx::inference(params), &Batch::single(ids.to_vec()), Some(&mut kv));
    kv.weights
}

/// A cache that writes down what is read from it.
struct RecordingKvCache<'c> {
    cache: PagedKvCache<'c>,
    weights: AttentionWeights,
}

impl KvCache for RecordingKvCache<'_> {
    fn append(&mut self, layer: usize, batch: &Batch, k: &[f32], v: &[f32]) {
        self.cache.append(layer, batch, k, v);
    }

    fn sequences(&self, layer: usize, batch: &Batch) -> Vec<Sequence<'_>> {
        self.cache.sequences(layer, batch)
    }

    fn attend(&mut self, cx: &Cx, layer: usize, batch: &Batch, q: &Tensor, spec: AttentionSpec) -> Tensor {
        let rows = weights(&spec, q.values(), &self.cache.sequences(layer, batch)[0]);
        self.weights.values.extend(rows);
        (self.weights.n_layers, self.weights.n_heads) = (layer + 1, spec.n_heads);
        self.cache.attend(cx, layer, batch, q, spec)
    }
}

/// The weights `[n_heads, n, n]` of a whole sequence with queries `q` `[n, n_heads * d_head]`.
fn weights(spec: &AttentionSpec, q: &[f32], sequence: &Sequence) -> Vec<f32> {
    let (n, hd) = (sequence.n_keys, spec.d_head);
    let keys: Vec<&[f32]> = sequence.chunks.iter().flat_map(|chunk| chunk.k.chunks(spec.d_kv())).collect();
    let mut weights = vec![0.0; spec.n_heads * n * n];
    for (at, row) in weights.chunks_mut(n).enumerate() {
        let (head, query) = (at / n, at % n);
        let q = &q[query * spec.d_q() + head * hd..][..hd];
        let kv_head = head / (spec.n_heads / spec.n_kv_heads);
        let visible = spec.visible(query);
        let score = |key: &&[f32]| spec.scale * q.iter().zip(&key[kv_head * hd..]).map(|(q, k)| q * k).sum::<f32>();
        let scores: Vec<f32> = keys[visible.clone()].iter().map(score).collect();
        softmax::reference(&scores, scores.len(), &mut row[visible]);
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernels::Products;
    use kernels::attention::{KvChunk, attention};

    #[test]
    fn the_weights_of_the_values_are_the_kernels_output() {
        let windows = [None, Some(3)];
        for (window, n_kv_heads) in windows.into_iter().flat_map(|window| [(window, 4), (window, 2)]) {
            let spec = AttentionSpec { n_heads: 4, n_kv_heads, d_head: 8, scale: 0.3, window };
            let n = 70; // more than one chunk of keys
            let numbers = |seed: usize, count: usize| -> Vec<f32> {
                (0..count).map(|i| (((i * 37 + seed) * 7919 % 1009) as f32 / 504.5 - 1.0) * 2.0).collect()
            };
            let [q, k, v] =
                [(1, spec.d_q()), (2, spec.d_kv()), (3, spec.d_kv())].map(|(seed, width)| numbers(seed, n * width));
            let rows_of_64 = 64 * spec.d_kv();
            let chunks = k.chunks(rows_of_64).zip(v.chunks(rows_of_64)).map(|(k, v)| KvChunk { k, v }).collect();
            let sequence = Sequence { rows: 0..n, n_keys: n, chunks, both_ways: false };
            let mut out = vec![0.0; q.len()];
            attention(&spec, Products::F32, &q, std::slice::from_ref(&sequence), &mut out, None);
            let weights = weights(&spec, &q, &sequence);
            for (at, row) in weights.chunks(n).enumerate() {
                let (head, query) = (at / n, at % n);
                let kv_head = head / (4 / n_kv_heads);
                for column in 0..8 {
                    let value = |position: usize| v[position * spec.d_kv() + kv_head * 8 + column];
                    let expected = out[query * spec.d_q() + head * 8 + column];
                    let found: f32 = row.iter().enumerate().map(|(position, weight)| weight * value(position)).sum();
                    assert!((found - expected).abs() < 1e-5, "head {head}, query {query}: {found}, not {expected}");
                }
            }
        }
    }
}

//! Somebody else's attention in the place of the engine's, and how far apart the two are.
//!
//! [`AttentionPlug`] is the seam: a step of the engine that is given one (`step_plugged`) hands it the queries of the
//! new tokens and the cache's keys and values, layer by layer. A step without one runs the very code it always ran.
//! [`replay`] reads a known answer token by token with either attention, as the engine does when it generates, so that
//! speeds and logits can be compared; [`Difference`] does the comparing.
//!
//! Inference only: a plug has no gradient. Timing is the caller's, who has a clock.

use crate::kv_cache::{KvShape, PagePool, PageTable, PagedKvCache, pages_for};
use crate::sampler::argmax;
use kernels::attention::Sequence;
use models::Model;
use nn::{AttentionSpec, Batch, KvCache};
use tensor::{Cx, Params, Tensor, ops};

/// Causal attention over packed sequences, computed by somebody else.
pub trait AttentionPlug {
    /// Attention of the queries `q` `[n, n_heads * d_head]`, of the same shape as `q`.
    ///
    /// Sequence s has the queries `sequences[s].rows`, which stand at the last of its `n_keys` positions, and their keys
    /// and values in chunks, rows of `n_kv_heads * d_head`, those of the queries' own tokens included.
    ///
    /// `None` gives up: the engine computes this call itself. The plug knows why, and is asked again at the next call.
    fn attend(&mut self, spec: &AttentionSpec, q: &[f32], sequences: &[Sequence<'_>]) -> Option<Vec<f32>>;
}

/// A cache whose keys a plug reads.
pub(crate) struct PluggedKvCache<'c, 'p> {
    pub cache: PagedKvCache<'c>,
    pub plug: &'p mut dyn AttentionPlug,
}

impl KvCache for PluggedKvCache<'_, '_> {
    fn append(&mut self, layer: usize, batch: &Batch, k: &[f32], v: &[f32]) {
        self.cache.append(layer, batch, k, v);
    }

    fn sequences(&self, layer: usize, batch: &Batch) -> Vec<Sequence<'_>> {
        self.cache.sequences(layer, batch)
    }

    fn attend(&mut self, cx: &Cx, layer: usize, batch: &Batch, q: &Tensor, spec: AttentionSpec) -> Tensor {
        match self.plug.attend(&spec, q.values(), &self.cache.sequences(layer, batch)) {
            Some(out) => Tensor::from_vec(q.shape(), out),
            None => self.cache.attend(cx, layer, batch, q, spec),
        }
    }
}

/// Reads `prompt`, then each token of `answer` by itself, and hands `on_logits` the logits `[v]` after the prompt and
/// after each of those tokens: `answer.len() + 1` times. Without a `plug` the engine's own attention computes them.
///
/// Panics if the prompt is empty, both together are longer than the context, or a token is unknown; who has an answer
/// of the engine has none of that.
#[track_caller]
pub fn replay(
    (model, params): (&Model, &Params),
    [prompt, answer]: [&[u32]; 2],
    mut plug: Option<&mut dyn AttentionPlug>,
    mut on_logits: impl FnMut(&[f32]),
) {
    let shape = KvShape { n_layers: model.n_layers(), width: model.kv_width() };
    let mut pool = PagePool::new(shape, pages_for(prompt.len() + answer.len()));
    let mut table = PageTable::default();
    let mut n_cached = 0;
    for ids in std::iter::once(prompt).chain(answer.chunks(1)) {
        let positions = (n_cached..n_cached + ids.len()).map(|position| position as u32).collect();
        let batch = Batch { ids: ids.to_vec(), positions, offsets: vec![0, ids.len()] };
        n_cached += ids.len();
        pool.extend(&mut table, n_cached);
        let cx = Cx::inference(params);
        let mut cache = PagedKvCache::new(shape, vec![&mut table]);
        let hidden = match &mut plug {
            None => model.forward(&cx, &batch, Some(&mut cache)),
            Some(plug) => model.forward(&cx, &batch, Some(&mut PluggedKvCache { cache, plug: &mut **plug })),
        };
        let last = ops::select_rows(&cx, &hidden, &[ids.len() as u32 - 1]);
        on_logits(model.head(&cx, &last).values());
    }
}

/// How far two rows of logits are apart, over all places of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Difference {
    /// Places compared.
    pub n: usize,
    /// The largest difference of two logits.
    pub max_abs: f32,
    /// Places where the likeliest token is the same.
    pub n_same: usize,
    /// The first place, counted from 0, where it is another.
    pub first_other: Option<usize>,
}

impl Difference {
    /// Adds a place, given both rows of logits `[v]`.
    ///
    /// ```
    /// let mut difference = infer::plug::Difference::default();
    /// difference.add(&[1.0, 2.0], &[1.0, 2.5]);
    /// difference.add(&[1.0, 2.0], &[3.0, 2.0]);
    /// assert_eq!((difference.max_abs, difference.n_same, difference.first_other), (2.0, 1, Some(1)));
    /// ```
    pub fn add(&mut self, left: &[f32], right: &[f32]) {
        let apart = left.iter().zip(right).map(|(left, right)| (left - right).abs());
        self.max_abs = apart.fold(self.max_abs, f32::max);
        if argmax(left) == argmax(right) {
            self.n_same += 1;
        } else {
            self.first_other.get_or_insert(self.n);
        }
        self.n += 1;
    }
}

//! The one attention call, with a cache and without.

use check::{Outcome, same_bits};
use kernels::attention::{CHUNK, KvChunk, Sequence};
use nn::{AttentionSpec, Batch, KvCache, attention};
use tensor::{Cx, ParamsBuilder, Tensor};

const SPEC: AttentionSpec = AttentionSpec { n_heads: 4, n_kv_heads: 2, d_head: 3, scale: 0.5, window: None };
const WIDTH: usize = 6;

/// Keys and values of one layer and one sequence, end to end.
#[derive(Default)]
struct Plain {
    k: Vec<f32>,
    v: Vec<f32>,
}

impl KvCache for Plain {
    fn append(&mut self, _: usize, _: &Batch, k: &[f32], v: &[f32]) {
        self.k.extend_from_slice(k);
        self.v.extend_from_slice(v);
    }

    fn sequences(&self, _: usize, batch: &Batch) -> Vec<Sequence<'_>> {
        let chunks = self.k.chunks(CHUNK * WIDTH).zip(self.v.chunks(CHUNK * WIDTH)).map(|(k, v)| KvChunk { k, v });
        let n_keys = self.k.len() / WIDTH;
        vec![Sequence { rows: 0..batch.n_tokens(), n_keys, chunks: chunks.collect(), both_ways: false }]
    }
}

fn numbers(n: usize, width: usize, seed: usize) -> Tensor {
    Tensor::from_vec(&[n, width], (0..n * width).map(|i| ((i * 7 + seed * 31) as f32 * 0.37).sin()).collect())
}

fn rows(x: &Tensor, range: std::ops::Range<usize>) -> Tensor {
    let [_, width] = x.dims();
    Tensor::from_vec(&[range.len(), width], x.values()[range.start * width..range.end * width].to_vec())
}

/// Whole, in pieces, and token by token: positions cached before are seen as if they stood in the batch.
pub fn a_cache_gives_the_same_bits_as_none() -> Outcome {
    let params = ParamsBuilder::new().build();
    let cx = Cx::inference(&params);
    let n = 150;
    let [q, k, v] = [numbers(n, 12, 1), numbers(n, WIDTH, 2), numbers(n, WIDTH, 3)];
    let whole = attention(&cx, [&q, &k, &v], SPEC, &Batch::single(vec![0; n]), None);
    for piece in [1, 7, 64, 150] {
        let mut cache = Plain::default();
        let mut found = Vec::new();
        for start in (0..n).step_by(piece) {
            let here = start..(start + piece).min(n);
            let batch = Batch {
                ids: vec![0; here.len()],
                positions: here.clone().map(|position| position as u32).collect(),
                offsets: vec![0, here.len()],
            };
            let [q, k, v] = [&q, &k, &v].map(|x| rows(x, here.clone()));
            let out = attention(&cx, [&q, &k, &v], SPEC, &batch, Some((&mut cache, 0)));
            found.extend_from_slice(out.values());
        }
        same_bits(&found, whole.values(), &format!("in pieces of {piece}"))?;
    }
    Ok(())
}

pub fn sequences_of_a_batch_do_not_meet() -> Outcome {
    let params = ParamsBuilder::new().build();
    let cx = Cx::inference(&params);
    let [q, k, v] = [numbers(9, 12, 1), numbers(9, WIDTH, 2), numbers(9, WIDTH, 3)];
    let both = attention(&cx, [&q, &k, &v], SPEC, &Batch::packed(vec![0; 9], vec![0, 4, 9]), None);
    for range in [0..4, 4..9] {
        let [q, k, v] = [&q, &k, &v].map(|x| rows(x, range.clone()));
        let alone = attention(&cx, [&q, &k, &v], SPEC, &Batch::single(vec![0; range.len()]), None);
        same_bits(alone.values(), &both.values()[range.start * 12..range.end * 12], "a sequence alone")?;
    }
    Ok(())
}

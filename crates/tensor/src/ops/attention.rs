//! Scaled dot-product attention (Vaswani et al., 2017, section 3.2.1) over packed sequences, causal or both ways.
//!
//! The score matrix is never stored: the forward pass keeps each row's log-sum-exp, and the backward pass
//! computes the weights again from it (Dao et al., "FlashAttention", 2022, section 3.1).

use crate::buffer::Buffer;
use crate::tape::{Op, Rule, Sink};
use crate::{Cx, Tensor};
use kernels::Products;
use kernels::attention::{self as kernel, AttentionGrad, AttentionShape, Sequence};

pub(crate) struct Attention {
    shape: AttentionShape,
    products: Products,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    out: Tensor,
    lse: Vec<f32>,
    offsets: Vec<usize>,
    both_ways: bool,
}

/// Causal attention within each of the packed sequences `offsets[s]..offsets[s + 1]`.
///
/// `q` is `[n, n_heads * d_head]`, `k` and `v` are `[n, n_kv_heads * d_head]`; the result has the shape of `q`.
#[track_caller]
pub fn attention(cx: &Cx, q: &Tensor, k: &Tensor, v: &Tensor, shape: AttentionShape, offsets: &[usize]) -> Tensor {
    within(cx, [q, k, v], shape, offsets, false)
}

/// As [`attention`], where every token sees all tokens of its sequence.
#[track_caller]
pub fn attention_both_ways(cx: &Cx, qkv: [&Tensor; 3], shape: AttentionShape, offsets: &[usize]) -> Tensor {
    within(cx, qkv, shape, offsets, true)
}

#[track_caller]
fn within(cx: &Cx, [q, k, v]: [&Tensor; 3], shape: AttentionShape, offsets: &[usize], both_ways: bool) -> Tensor {
    let [n, d] = q.dims();
    assert!(k.shape() == v.shape(), "attention: k is {:?}, v is {:?}", k.shape(), v.shape());
    let width = shape.n_kv_heads * shape.d_head;
    assert!(
        d == shape.n_heads * shape.d_head && k.shape() == [n, width],
        "attention: q {:?}, k {:?}",
        q.shape(),
        k.shape()
    );
    let (products, mut lse) = (cx.factors(), vec![0.0; n * shape.n_heads]);
    let out = cx.fill(n * d, |out| {
        let whole =
            |span: &[usize]| Sequence { both_ways, ..Sequence::whole(span[0]..span[1], width, k.values(), v.values()) };
        let sequences: Vec<Sequence> = offsets.windows(2).map(whole).collect();
        kernel::attention(&shape, products, q.values(), &sequences, out, Some(&mut lse));
    });
    cx.emit(&[n, d], out, &[q, k, v], |out| {
        let (q, k, v) = (q.clone(), k.clone(), v.clone());
        Op::Attention(Attention { shape, products, q, k, v, out, lse, offsets: offsets.to_vec(), both_ways })
    })
}

/// Attention of `q` `[n, n_heads * d_head]` over keys and values kept elsewhere; inference only.
pub fn attention_cached(cx: &Cx, q: &Tensor, shape: AttentionShape, sequences: &[Sequence]) -> Tensor {
    let out = cx.fill(q.n_values(), |out| kernel::attention(&shape, Products::F32, q.values(), sequences, out, None));
    cx.emit(q.shape(), out, &[], |_| unreachable!("no input has a gradient"))
}

impl Rule for Attention {
    fn backward(&self, d_out: Buffer, sink: &mut Sink) {
        let [mut d_q, mut d_k, mut d_v] = [&self.q, &self.k, &self.v].map(|x| sink.buffer(x.n_values()));
        if !sink.is_plan() {
            let [q, k, v, out] = [&self.q, &self.k, &self.v, &self.out].map(Tensor::values);
            let (lse, offsets, both_ways) = (&self.lse, &self.offsets, self.both_ways);
            let grad = AttentionGrad { shape: &self.shape, q, k, v, out, lse, d_out: &d_out, offsets, both_ways };
            kernel::attention_backward(grad, self.products, [&mut d_q, &mut d_k, &mut d_v]);
        }
        sink.give(self.q.source, d_q);
        sink.give(self.k.source, d_k);
        sink.give(self.v.source, d_v);
    }

    fn flops(&self) -> u64 {
        flops(&self.shape, &self.offsets, self.both_ways)
    }
}

/// Two products of head width for each visible pair: n (n + 1) / 2 pairs of a causal sequence, else n^2.
pub(super) fn flops(shape: &AttentionShape, offsets: &[usize], both_ways: bool) -> u64 {
    let lengths = offsets.windows(2).map(|span| span[1] - span[0]);
    let pairs: usize = lengths.map(|n| if both_ways { n * n } else { n * (n + 1) / 2 }).sum();
    4 * (pairs * shape.n_heads * shape.d_head) as u64
}

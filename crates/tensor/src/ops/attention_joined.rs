//! [`super::attention()`] of queries, keys and values that are columns of one matrix, as one projection gives them: they are read, and their
//! gradients written, where they lie.

use crate::buffer::Buffer;
use crate::tape::{Op, Rule, Sink};
use crate::{Cx, Tensor};
use kernels::Products;
use kernels::attention::{AttentionShape, attention_joined as kernel, attention_joined_backward};

pub(crate) struct AttentionJoined {
    shape: AttentionShape,
    products: Products,
    qkv: Tensor,
    out: Tensor,
    lse: Vec<f32>,
    offsets: Vec<usize>,
}

/// Causal attention within each of the packed sequences `offsets[s]..offsets[s + 1]` of `qkv` `[n, d_q + 2 d_kv]`, giving `[n, d_q]`.
#[track_caller]
pub fn attention_joined(cx: &Cx, qkv: &Tensor, shape: AttentionShape, offsets: &[usize]) -> Tensor {
    let [n, width] = qkv.dims();
    let d_q = shape.d_q();
    assert!(width == d_q + 2 * shape.d_kv(), "attention: {shape:?} of a matrix {:?}", qkv.shape());
    let mut lse = vec![0.0; n * shape.n_heads];
    let products = cx.factors();
    let out = cx.fill(n * d_q, |out| kernel(&shape, products, qkv.values(), offsets, [out, &mut lse]));
    cx.emit(&[n, d_q], out, &[qkv], |out| {
        Op::AttentionJoined(AttentionJoined { shape, products, qkv: qkv.clone(), out, lse, offsets: offsets.to_vec() })
    })
}

impl Rule for AttentionJoined {
    fn backward(&self, d_out: Buffer, sink: &mut Sink) {
        let mut d_qkv = sink.buffer(self.qkv.n_values());
        if !sink.is_plan() {
            let of_forward = [self.out.values(), &self.lse, &d_out];
            attention_joined_backward(
                &self.shape,
                self.products,
                self.qkv.values(),
                &self.offsets,
                of_forward,
                &mut d_qkv,
            );
        }
        sink.give(self.qkv.source, d_qkv);
    }

    fn flops(&self) -> u64 {
        super::attention::flops(&self.shape, &self.offsets, false)
    }
}

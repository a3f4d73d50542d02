//! [`super::linear()`] in mixed precision: the operands of its three products are bf16, sums and results f32.
//!
//! The input is kept as it was multiplied, in half the memory of f32; the gradient that arrives is rounded once for both of
//! its products. That of the bias is a sum of f32.

use super::linear::{Sizes, addends, give_d_bias};
use crate::bf16::Rounded;
use crate::buffer::Buffer;
use crate::tape::{Op, Rule, Sink};
use crate::{Cx, Tensor};
use kernels::gemm::{gemm_bf16, gemm_bf16_plus};

pub(crate) struct LinearBf16 {
    /// Where gradients go.
    x: Tensor,
    w: Tensor,
    bias: Option<Tensor>,
    residual: Option<Tensor>,
    sizes: Sizes,
    x_rounded: Rounded,
    w_rounded: Rounded,
}

/// The layer, if products are to be of bf16; a weight in blocks or packed is multiplied as it is stored. Shapes were checked.
pub(super) fn linear_bf16(
    cx: &Cx,
    [x, w]: [&Tensor; 2],
    [bias, residual]: [Option<&Tensor>; 2],
    sizes: Sizes,
) -> Option<Tensor> {
    if w.as_blocks().is_some() || w.as_packed().is_some() {
        return None;
    }
    let (x_rounded, w_rounded) = cx.rounded(x).zip(cx.rounded(w))?;
    let Sizes { n, d_out, .. } = sizes;
    let values = cx.fill(n * d_out, |values| {
        let addends = addends([bias, residual]);
        gemm_bf16_plus(sizes.forward(), x_rounded.values(), w_rounded.values(), addends, values);
    });
    let inputs: Vec<&Tensor> = [x, w].into_iter().chain(bias).chain(residual).collect();
    Some(cx.emit(&[n, d_out], values, &inputs, |_| {
        let (x, w, bias) = (x.without_values(), w.without_values(), bias.cloned());
        let residual = residual.map(Tensor::without_values);
        Op::LinearBf16(LinearBf16 { x, w, bias, residual, sizes, x_rounded, w_rounded })
    }))
}

impl Rule for LinearBf16 {
    fn backward(&self, d_out: Buffer, sink: &mut Sink) {
        give_d_bias(self.bias.as_ref(), &d_out, sink);
        let d_rounded = Rounded::gradient(sink, &d_out);
        match &self.residual {
            Some(residual) => sink.give(residual.source, d_out),
            None => drop(d_out),
        }
        sink.write(&self.w, |d_w, write| {
            let (shape, a, b) = self.sizes.d_w(self.x_rounded.values(), d_rounded.values(), write);
            gemm_bf16(shape, a, b, d_w);
        });
        sink.write(&self.x, |d_x, write| {
            gemm_bf16(self.sizes.d_x(write), d_rounded.values(), self.w_rounded.values(), d_x);
        });
    }

    fn flops(&self) -> u64 {
        self.sizes.flops()
    }

    fn bytes_read(&self, of_inputs: u64, _of_result: u64) -> u64 {
        of_inputs - self.x_rounded.bytes_spared() - self.w_rounded.bytes_spared()
    }
}

//! [`super::linear()`] in mixed precision: the operands of its three products are bf16, sums and results f32.
//!
//! The input is kept as it was multiplied, in half the memory of f32; the gradient that arrives is rounded once for both of
//! its products. That of the bias is a sum of f32.

use super::linear::{Sizes, give_d_bias};
use crate::bf16::Rounded;
use crate::buffer::Buffer;
use crate::tape::{Op, Rule, Sink};
use crate::{Cx, Tensor};
use kernels::elementwise::add_rows;
use kernels::gemm::gemm_bf16;

pub(crate) struct LinearBf16 {
    /// Where gradients go.
    x: Tensor,
    w: Tensor,
    bias: Option<Tensor>,
    sizes: Sizes,
    x_rounded: Rounded,
    w_rounded: Rounded,
}

/// The layer, if products are to be of bf16; a weight in blocks or packed is multiplied as it is stored. Shapes were checked.
pub(super) fn linear_bf16(cx: &Cx, x: &Tensor, w: &Tensor, bias: Option<&Tensor>, sizes: Sizes) -> Option<Tensor> {
    if w.as_blocks().is_some() || w.as_packed().is_some() {
        return None;
    }
    let (x_rounded, w_rounded) = cx.rounded(x).zip(cx.rounded(w))?;
    let Sizes { n, d_out, .. } = sizes;
    let values = cx.fill(n * d_out, |values| {
        gemm_bf16(sizes.forward(), x_rounded.values(), w_rounded.values(), values);
        if let Some(bias) = bias {
            add_rows(bias.values(), values);
        }
    });
    let inputs: Vec<&Tensor> = [x, w].into_iter().chain(bias).collect();
    Some(cx.emit(&[n, d_out], values, &inputs, |_| {
        let (x, w, bias) = (x.without_values(), w.without_values(), bias.cloned());
        Op::LinearBf16(LinearBf16 { x, w, bias, sizes, x_rounded, w_rounded })
    }))
}

impl Rule for LinearBf16 {
    fn backward(&self, d_out: Buffer, sink: &mut Sink) {
        give_d_bias(self.bias.as_ref(), &d_out, sink);
        let d_rounded = Rounded::gradient(sink, &d_out);
        drop(d_out);
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

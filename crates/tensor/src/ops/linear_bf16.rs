//! [`super::linear()`] in mixed precision: the operands of its three products are bf16, sums and results f32.
//!
//! The input is kept as it was multiplied, in half the memory of f32; the gradient that arrives is rounded once for both of
//! its products. That of the bias is a sum of f32.

use crate::bf16::Rounded;
use crate::buffer::Buffer;
use crate::tape::{Op, Rule, Sink};
use crate::{Cx, Tensor};
use kernels::Write;
use kernels::elementwise::{add_rows, sum_rows};
use kernels::gemm::{Gemm, Layout, gemm_bf16};

pub(crate) struct LinearBf16 {
    /// Shapes, and where gradients go.
    x: Tensor,
    w: Tensor,
    bias: Option<Tensor>,
    layout: Layout,
    x_rounded: Rounded,
    w_rounded: Rounded,
}

/// The layer, if products are to be of bf16; a weight in blocks or packed is multiplied as it is stored. Shapes were checked.
pub(super) fn linear_bf16(cx: &Cx, x: &Tensor, w: &Tensor, bias: Option<&Tensor>, layout: Layout) -> Option<Tensor> {
    if w.as_blocks().is_some() || w.as_packed().is_some() {
        return None;
    }
    let (x_rounded, w_rounded) = cx.rounded(x).zip(cx.rounded(w))?;
    let ([n, d_in], [rows, columns]) = (x.dims(), w.dims());
    let d_out = if layout == Layout::Normal { columns } else { rows };
    let values = cx.fill(n * d_out, |values| {
        let shape = Gemm { m: n, n: d_out, k: d_in, a: Layout::Normal, b: layout, write: Write::Set };
        gemm_bf16(shape, x_rounded.values(), w_rounded.values(), values);
        if let Some(bias) = bias {
            add_rows(bias.values(), values);
        }
    });
    let inputs: Vec<&Tensor> = [x, w].into_iter().chain(bias).collect();
    Some(cx.emit(&[n, d_out], values, &inputs, |_| {
        let (x, w, bias) = (x.without_values(), w.without_values(), bias.cloned());
        Op::LinearBf16(LinearBf16 { x, w, bias, layout, x_rounded, w_rounded })
    }))
}

impl Rule for LinearBf16 {
    fn backward(&self, d_out: Buffer, sink: &mut Sink) {
        let [n, d_in] = self.x.dims();
        let width = d_out.len() / n.max(1);
        if let Some(bias) = &self.bias {
            sink.write(bias, |d_bias, write| {
                if write == Write::Set {
                    d_bias.fill(0.0);
                }
                sum_rows(&d_out, width, d_bias);
            });
        }
        let d_rounded = Rounded::gradient(sink, &d_out);
        drop(d_out);
        // dw = x^T dy, stored in the weight's own layout.
        sink.write(&self.w, |d_w, write| {
            let (a, b, m, n_columns) = match self.layout {
                Layout::Normal => (&self.x_rounded, &d_rounded, d_in, width),
                Layout::Transposed => (&d_rounded, &self.x_rounded, width, d_in),
            };
            let shape = Gemm { m, n: n_columns, k: n, a: Layout::Transposed, b: Layout::Normal, write };
            gemm_bf16(shape, a.values(), b.values(), d_w);
        });
        // dx = dy w^T
        let transposed = if self.layout == Layout::Normal { Layout::Transposed } else { Layout::Normal };
        sink.write(&self.x, |d_x, write| {
            let shape = Gemm { m: n, n: d_in, k: width, a: Layout::Normal, b: transposed, write };
            gemm_bf16(shape, d_rounded.values(), self.w_rounded.values(), d_x);
        });
    }

    fn flops(&self) -> u64 {
        let [n, _] = self.x.dims();
        2 * n as u64 * self.w.n_values() as u64
    }
}

//! Matrix product with an optional bias: `y = x w + b`.

use super::linear_bf16::linear_bf16;
use crate::buffer::Buffer;
use crate::tape::{Op, Rule, Sink};
use crate::{Cx, Tensor};
use kernels::Write;
use kernels::elementwise::{add_rows, sum_rows};
use kernels::gemm::{Gemm, Layout};
use kernels::quantised;

pub(crate) struct Linear {
    x: Tensor,
    w: Tensor,
    bias: Option<Tensor>,
    layout: Layout,
}

/// `x w + bias` for `x` `[n, in]`, giving `[n, out]`; `w` is `[in, out]`, or `[out, in]` when `Layout::Transposed`. The product is one of
/// bf16 where the context says so.
#[track_caller]
pub fn linear(cx: &Cx, x: &Tensor, w: &Tensor, bias: Option<&Tensor>, layout: Layout) -> Tensor {
    let ([n, d_in], [rows, columns]) = (x.dims(), w.dims());
    let (w_in, d_out) = if layout == Layout::Normal { (rows, columns) } else { (columns, rows) };
    assert!(d_in == w_in, "linear: x is {:?}, but the weight takes width {w_in}", x.shape());
    if let Some(bias) = bias {
        assert!(bias.n_values() == d_out, "linear: bias is {:?}, expected [{d_out}]", bias.shape());
    }
    let is_as_it_was = w.as_blocks().is_none() && w.as_packed().is_none();
    assert!(
        is_as_it_was || layout == Layout::Transposed,
        "linear: a weight in blocks, or packed, is [out, in], found {:?}",
        w.shape()
    );
    if let Some(output) = linear_bf16(cx, x, w, bias, layout) {
        return output;
    }
    let values = cx.fill(n * d_out, |values| {
        match (w.as_blocks(), w.as_packed()) {
            (Some(blocks), _) => quantised::matmul(x.values(), blocks, values),
            (None, Some(packed)) => packed.multiply(x.values(), values),
            (None, None) => {
                let shape = Gemm { m: n, n: d_out, k: d_in, a: Layout::Normal, b: layout, write: Write::Set };
                cx.products().multiply(shape, x.values(), w.values(), values);
            }
        }
        if let Some(bias) = bias {
            add_rows(bias.values(), values);
        }
    });
    let inputs: Vec<&Tensor> = [x, w].into_iter().chain(bias).collect();
    cx.emit(&[n, d_out], values, &inputs, |_| {
        Op::Linear(Linear { x: x.clone(), w: w.clone(), bias: bias.cloned(), layout })
    })
}

impl Rule for Linear {
    fn backward(&self, d_out: Buffer, sink: &mut Sink) {
        let [n, d_in] = self.x.dims();
        let width = d_out.len() / n.max(1);
        let products = sink.products();
        if let Some(bias) = &self.bias {
            sink.write(bias, |d_bias, write| {
                if write == Write::Set {
                    d_bias.fill(0.0);
                }
                sum_rows(&d_out, width, d_bias);
            });
        }
        // dw = x^T dy, stored in the weight's own layout.
        sink.write(&self.w, |d_w, write| {
            let (a, b, m, n_columns) = match self.layout {
                Layout::Normal => (self.x.values(), &*d_out, d_in, width),
                Layout::Transposed => (&*d_out, self.x.values(), width, d_in),
            };
            let shape = Gemm { m, n: n_columns, k: n, a: Layout::Transposed, b: Layout::Normal, write };
            products.multiply(shape, a, b, d_w);
        });
        // dx = dy w^T
        let transposed = if self.layout == Layout::Normal { Layout::Transposed } else { Layout::Normal };
        sink.write(&self.x, |d_x, write| {
            let shape = Gemm { m: n, n: d_in, k: width, a: Layout::Normal, b: transposed, write };
            products.multiply(shape, &d_out, &self.w.widened(), d_x);
        });
    }

    fn flops(&self) -> u64 {
        let [n, _] = self.x.dims();
        2 * n as u64 * self.w.n_values() as u64
    }
}

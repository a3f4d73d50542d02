//! Matrix product with an optional bias and an optional residual connection: `y = r + x w + b`.

use super::linear_bf16::linear_bf16;
use crate::bf16::Rounded;
use crate::buffer::Buffer;
use crate::product::add_after;
use crate::tape::{Op, Rule, Sink};
use crate::{Cx, Tensor};
use kernels::Write;
use kernels::elementwise::{sum_rows, sum_rows_bf16};
use kernels::gemm::{Addends, Gemm, Layout};
use kernels::quantised;

pub(crate) struct Linear {
    x: Tensor,
    w: Tensor,
    bias: Option<Tensor>,
    residual: Option<Tensor>,
    sizes: Sizes,
}

/// Of `x` `[n, d_in]` and a weight stored by `layout`: what the layer's three products are.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub n: usize,
    pub d_in: usize,
    pub d_out: usize,
    pub layout: Layout,
}

impl Sizes {
    /// `y = x w`.
    pub fn forward(self) -> Gemm {
        let Sizes { n, d_in, d_out, layout } = self;
        Gemm { m: n, n: d_out, k: d_in, a: Layout::Normal, b: layout, write: Write::Set }
    }

    /// `dw = x^T dy`, stored in the weight's own layout, and its operands in their order.
    pub fn d_w<T>(self, x: T, d_out: T, write: Write) -> (Gemm, T, T) {
        let (a, b, m, n) = match self.layout {
            Layout::Normal => (x, d_out, self.d_in, self.d_out),
            Layout::Transposed => (d_out, x, self.d_out, self.d_in),
        };
        (Gemm { m, n, k: self.n, a: Layout::Transposed, b: Layout::Normal, write }, a, b)
    }

    /// `dx = dy w^T`.
    pub fn d_x(self, write: Write) -> Gemm {
        let transposed = if self.layout == Layout::Normal { Layout::Transposed } else { Layout::Normal };
        Gemm { m: self.n, n: self.d_in, k: self.d_out, a: Layout::Normal, b: transposed, write }
    }

    pub fn flops(self) -> u64 {
        2 * (self.n * self.d_in * self.d_out) as u64
    }
}

/// `x w + bias` for `x` `[n, in]`, giving `[n, out]`; `w` is `[in, out]`, or `[out, in]` when `Layout::Transposed`. The product is one of
/// bf16 where the context says so.
#[track_caller]
pub fn linear(cx: &Cx, x: &Tensor, w: &Tensor, bias: Option<&Tensor>, layout: Layout) -> Tensor {
    onto(cx, None, x, w, bias, layout)
}

/// `residual + (x w + bias)`, `residual` `[n, out]`: [`linear()`] and the sum after it in one pass, with the same bits.
#[track_caller]
pub fn linear_onto(
    cx: &Cx,
    residual: &Tensor,
    x: &Tensor,
    w: &Tensor,
    bias: Option<&Tensor>,
    layout: Layout,
) -> Tensor {
    onto(cx, Some(residual), x, w, bias, layout)
}

#[track_caller]
fn onto(cx: &Cx, residual: Option<&Tensor>, x: &Tensor, w: &Tensor, bias: Option<&Tensor>, layout: Layout) -> Tensor {
    let ([n, d_in], [rows, columns]) = (x.dims(), w.dims());
    let (w_in, d_out) = if layout == Layout::Normal { (rows, columns) } else { (columns, rows) };
    assert!(d_in == w_in, "linear: x is {:?}, but the weight takes width {w_in}", x.shape());
    if let Some(bias) = bias {
        assert!(bias.n_values() == d_out, "linear: bias is {:?}, expected [{d_out}]", bias.shape());
    }
    if let Some(residual) = residual {
        assert!(residual.shape() == [n, d_out], "linear: residual is {:?}, expected [{n}, {d_out}]", residual.shape());
    }
    let is_as_it_was = w.as_blocks().is_none() && w.as_packed().is_none();
    assert!(
        is_as_it_was || layout == Layout::Transposed,
        "linear: a weight in blocks, or packed, is [out, in], found {:?}",
        w.shape()
    );
    let sizes = Sizes { n, d_in, d_out, layout };
    if let Some(output) = linear_bf16(cx, [x, w], [bias, residual], sizes) {
        return output;
    }
    let values = cx.fill(n * d_out, |values| {
        let addends = addends([bias, residual]);
        match (w.as_blocks(), w.as_packed()) {
            (Some(blocks), _) => {
                quantised::matmul(x.values(), blocks, values);
                add_after(addends, values);
            }
            (None, Some(packed)) => packed.multiply(x.values(), addends, values),
            (None, None) => cx.products().multiply(sizes.forward(), x.values(), w.values(), addends, values),
        }
    });
    let inputs: Vec<&Tensor> = [x, w].into_iter().chain(bias).chain(residual).collect();
    cx.emit(&[n, d_out], values, &inputs, |_| {
        let (bias, residual) = (bias.cloned(), residual.map(Tensor::without_values));
        Op::Linear(Linear { x: x.clone(), w: w.clone(), bias, residual, sizes })
    })
}

/// The values of a bias and of a residual.
pub(super) fn addends([bias, residual]: [Option<&Tensor>; 2]) -> Addends<'_> {
    Addends { bias: bias.map(Tensor::values), residual: residual.map(Tensor::values) }
}

/// Hands the gradient of the bias to `sink`, if there is one: the sum of `d_out` over rows.
pub(super) fn give_d_bias(bias: Option<&Tensor>, d_out: &Buffer, sink: &mut Sink) {
    let Some(bias) = bias else { return };
    sink.write(bias, |d_bias, write| {
        if write == Write::Set {
            d_bias.fill(0.0);
        }
        sum_rows(d_out, d_bias.len(), d_bias);
    });
}

/// [`give_d_bias`] of a gradient that was rounded.
pub(super) fn give_rounded_d_bias(bias: Option<&Tensor>, d_out: &Rounded, sink: &mut Sink) {
    let Some(bias) = bias else { return };
    sink.write(bias, |d_bias, write| {
        if write == Write::Set {
            d_bias.fill(0.0);
        }
        sum_rows_bf16(d_out.values(), d_bias.len(), d_bias);
    });
}

impl Rule for Linear {
    fn backward(&self, d_out: Buffer, sink: &mut Sink) {
        let products = sink.products();
        give_d_bias(self.bias.as_ref(), &d_out, sink);
        sink.write(&self.w, |d_w, write| {
            let (shape, a, b) = self.sizes.d_w(self.x.values(), &*d_out, write);
            products.multiply(shape, a, b, Addends::default(), d_w);
        });
        sink.write(&self.x, |d_x, write| {
            products.multiply(self.sizes.d_x(write), &d_out, &self.w.widened(), Addends::default(), d_x);
        });
        if let Some(residual) = &self.residual {
            sink.give(residual.source, d_out);
        }
    }

    fn flops(&self) -> u64 {
        self.sizes.flops()
    }
}

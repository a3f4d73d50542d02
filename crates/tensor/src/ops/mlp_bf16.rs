//! Two linear layers with GELU between them, in mixed precision: `y = r + gelu(x w + b) w' + b'` as one operation.
//!
//! The first product is rounded to bf16 while its tile is in the cache, and so is the GELU of what it was rounded to: what the second
//! product multiplies. Only the former is kept for the backward pass, which takes its GELU once more, since that costs a hundredth of a product; and
//! the gradient of hidden values goes through the slope of GELU on the second product's tiles, rounded again. So hidden
//! values and their gradients pass through memory in half the room of f32, and half as often.

use super::linear::{Sizes, addends, give_d_bias, give_rounded_d_bias};
use crate::bf16::Rounded;
use crate::buffer::Buffer;
use crate::tape::{Op, Rule, Sink};
use crate::{Cx, Tensor};
use kernels::Write;
use kernels::gelu::gelu_rounded;
use kernels::gemm::{Layout, gemm_bf16, gemm_bf16_gelu, gemm_bf16_gelu_backward, gemm_bf16_plus};

/// A linear layer's weight, its bias, and how the weight is stored.
pub struct Layer {
    /// `[in, out]`, or `[out, in]` when `Layout::Transposed`.
    pub weight: Tensor,
    /// `[out]`.
    pub bias: Option<Tensor>,
    /// Which of both.
    pub layout: Layout,
}

impl Layer {
    fn sizes(&self, n: usize) -> Sizes {
        let ([rows, columns], layout) = (self.weight.dims(), self.layout);
        let (d_in, d_out) = if layout == Layout::Normal { (rows, columns) } else { (columns, rows) };
        Sizes { n, d_in, d_out, layout }
    }
}

pub(crate) struct MlpBf16 {
    x: Tensor,
    x_rounded: Rounded,
    residual: Option<Tensor>,
    up: Box<Half>,
    down: Box<Half>,
    /// What GELU was taken of.
    before: Rounded,
}

/// A layer as it was multiplied.
struct Half {
    w: Tensor,
    bias: Option<Tensor>,
    sizes: Sizes,
    w_rounded: Rounded,
}

/// The network from `x` `[n, d]` to `[n, d]`, plus `residual`, if layers multiply in bf16 and both weights are plain.
pub fn mlp_bf16(cx: &Cx, residual: Option<&Tensor>, x: &Tensor, up: Layer, down: Layer) -> Option<Tensor> {
    if [&up, &down].iter().any(|layer| layer.weight.as_blocks().is_some() || layer.weight.as_packed().is_some()) {
        return None;
    }
    let [n, d] = x.dims();
    let (up_sizes, down_sizes) = (up.sizes(n), down.sizes(n));
    assert!(
        [up_sizes.d_in, down_sizes.d_in, down_sizes.d_out] == [d, up_sizes.d_out, d],
        "mlp: x is {:?}, the weights are {:?} and {:?}",
        x.shape(),
        up.weight.shape(),
        down.weight.shape()
    );
    let (x_rounded, up_rounded) = cx.rounded(x).zip(cx.rounded(&up.weight))?;
    let down_rounded = cx.rounded(&down.weight)?;
    let n_hidden = n * up_sizes.d_out;
    let mut before = Rounded::made(cx, n_hidden, |_| {});
    let hidden = Rounded::made(cx, n_hidden, |hidden| {
        let (bias, before) = (up.bias.as_ref().map(Tensor::values), before.values_mut());
        gemm_bf16_gelu(up_sizes.forward(), x_rounded.values(), up_rounded.values(), bias, before, hidden);
    });
    let values = cx.fill(n * d, |values| {
        let addends = addends([down.bias.as_ref(), residual]);
        gemm_bf16_plus(down_sizes.forward(), hidden.values(), down_rounded.values(), addends, values);
    });
    drop(hidden);
    let weights = [&up.weight, &down.weight];
    let inputs: Vec<&Tensor> =
        [x].into_iter().chain(weights).chain(&up.bias).chain(&down.bias).chain(residual).collect();
    Some(cx.emit(&[n, d], values, &inputs, |_| {
        let half = |layer: &Layer, sizes, w_rounded| {
            let (w, bias) = (layer.weight.without_values(), layer.bias.clone());
            Box::new(Half { w, bias, sizes, w_rounded })
        };
        Op::MlpBf16(MlpBf16 {
            x: x.without_values(),
            x_rounded,
            residual: residual.map(Tensor::without_values),
            up: half(&up, up_sizes, up_rounded),
            down: half(&down, down_sizes, down_rounded),
            before,
        })
    }))
}

impl Half {
    /// Hands the gradient of the weight to `sink`, of the layer's inputs and the gradient of its outputs.
    fn give_d_w(&self, x: &Rounded, d_out: &Rounded, sink: &mut Sink) {
        sink.write(&self.w, |d_w, write| {
            let (shape, a, b) = self.sizes.d_w(x.values(), d_out.values(), write);
            gemm_bf16(shape, a, b, d_w);
        });
    }
}

impl Rule for MlpBf16 {
    fn backward(&self, d_out: Buffer, sink: &mut Sink) {
        let MlpBf16 { x, x_rounded, residual, up, down, before } = self;
        give_d_bias(down.bias.as_ref(), &d_out, sink);
        let d_rounded = Rounded::gradient(sink, &d_out);
        match residual {
            Some(residual) => sink.give(residual.source, d_out),
            None => drop(d_out),
        }
        let hidden = Rounded::written(sink, before.len(), |hidden| gelu_rounded(before.values(), hidden));
        down.give_d_w(&hidden, &d_rounded, sink);
        drop(hidden);
        let d_before = Rounded::written(sink, before.len(), |d| {
            let (spec, w) = (down.sizes.d_x(Write::Set), down.w_rounded.values());
            gemm_bf16_gelu_backward(spec, d_rounded.values(), w, before.values(), d);
        });
        drop(d_rounded);
        give_rounded_d_bias(up.bias.as_ref(), &d_before, sink);
        up.give_d_w(x_rounded, &d_before, sink);
        sink.write(x, |d_x, write| gemm_bf16(up.sizes.d_x(write), d_before.values(), up.w_rounded.values(), d_x));
    }

    fn flops(&self) -> u64 {
        self.up.sizes.flops() + self.down.sizes.flops() + 8 * self.before.len() as u64
    }

    fn bytes_read(&self, of_inputs: u64, _of_result: u64) -> u64 {
        of_inputs - self.up.w_rounded.bytes_spared() - self.down.w_rounded.bytes_spared()
    }
}

//! Two linear layers with GELU between them, in mixed precision: `y = r + gelu(x w + b) w' + b'` as one operation.
//!
//! GELU is computed on each tile of the first product while it is in the cache, and rounded to what the second one multiplies, so that
//! hidden values pass through memory once in f32, for the backward pass, and once in half of that. All sums are those of
//! [`super::linear()`] and [`super::gelu()`], which round at the same places.

use super::linear::{Sizes, addends, give_d_bias};
use crate::bf16::Rounded;
use crate::buffer::Buffer;
use crate::tape::{Op, Rule, Sink};
use crate::{Cx, Tensor};
use kernels::gelu::gelu_backward_rounded;
use kernels::gemm::{Layout, gemm_bf16, gemm_bf16_gelu, gemm_bf16_plus};

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
    residual: Option<Tensor>,
    up: Box<Half>,
    down: Box<Half>,
    /// What GELU was taken of.
    before: Buffer,
}

/// A layer as it was multiplied.
struct Half {
    w: Tensor,
    bias: Option<Tensor>,
    sizes: Sizes,
    x_rounded: Rounded,
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
    let mut before = cx.fill(n_hidden, |_| {});
    let hidden = Rounded::made(cx, n_hidden, |hidden| {
        let bias = up.bias.as_ref().map(Tensor::values);
        gemm_bf16_gelu(up_sizes.forward(), x_rounded.values(), up_rounded.values(), bias, &mut before, hidden);
    });
    let values = cx.fill(n * d, |values| {
        let addends = addends([down.bias.as_ref(), residual]);
        gemm_bf16_plus(down_sizes.forward(), hidden.values(), down_rounded.values(), addends, values);
    });
    let weights = [&up.weight, &down.weight];
    let inputs: Vec<&Tensor> =
        [x].into_iter().chain(weights).chain(&up.bias).chain(&down.bias).chain(residual).collect();
    Some(cx.emit(&[n, d], values, &inputs, |_| {
        let half = |layer: &Layer, sizes, x_rounded, w_rounded| {
            let (w, bias) = (layer.weight.without_values(), layer.bias.clone());
            Box::new(Half { w, bias, sizes, x_rounded, w_rounded })
        };
        Op::MlpBf16(MlpBf16 {
            x: x.without_values(),
            residual: residual.map(Tensor::without_values),
            up: half(&up, up_sizes, x_rounded, up_rounded),
            down: half(&down, down_sizes, hidden, down_rounded),
            before,
        })
    }))
}

impl Half {
    /// Hands the gradient of the weight to `sink`, of the gradient of the layer's outputs.
    fn give_d_w(&self, d_out: &Rounded, sink: &mut Sink) {
        sink.write(&self.w, |d_w, write| {
            let (shape, a, b) = self.sizes.d_w(self.x_rounded.values(), d_out.values(), write);
            gemm_bf16(shape, a, b, d_w);
        });
    }
}

impl Rule for MlpBf16 {
    fn backward(&self, d_out: Buffer, sink: &mut Sink) {
        let MlpBf16 { x, residual, up, down, before } = self;
        give_d_bias(down.bias.as_ref(), &d_out, sink);
        let d_rounded = Rounded::gradient(sink, &d_out);
        match residual {
            Some(residual) => sink.give(residual.source, d_out),
            None => drop(d_out),
        }
        down.give_d_w(&d_rounded, sink);
        let mut d_before = sink.buffer(before.len());
        if !sink.is_plan() {
            gemm_bf16(down.sizes.d_x(kernels::Write::Set), d_rounded.values(), down.w_rounded.values(), &mut d_before);
        }
        drop(d_rounded);
        let d_rounded =
            Rounded::written(sink, before.len(), |rounded| gelu_backward_rounded(before, &mut d_before, rounded));
        give_d_bias(up.bias.as_ref(), &d_before, sink);
        drop(d_before);
        up.give_d_w(&d_rounded, sink);
        sink.write(x, |d_x, write| gemm_bf16(up.sizes.d_x(write), d_rounded.values(), up.w_rounded.values(), d_x));
    }

    fn flops(&self) -> u64 {
        self.up.sizes.flops() + self.down.sizes.flops() + 8 * self.before.len() as u64
    }

    fn bytes_read(&self, of_inputs: u64, _of_result: u64) -> u64 {
        of_inputs - self.up.w_rounded.bytes_spared() - self.down.w_rounded.bytes_spared()
    }
}

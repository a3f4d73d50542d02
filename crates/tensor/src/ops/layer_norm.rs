//! Layer normalisation (Ba et al., 2016): each row to mean 0 and variance 1, then a gain and an optional bias.

use crate::buffer::Buffer;
use crate::tape::{Op, Rule, Sink};
use crate::{Cx, Tensor};
use kernels::layer_norm::{self as kernel, LayerNormGrad};
use kernels::{Aligned, Write};

pub(crate) struct LayerNorm {
    x: Tensor,
    gain: Tensor,
    bias: Option<Tensor>,
    mean: Vec<f32>,
    rstd: Vec<f32>,
}

/// `(x - mean) / sqrt(variance + eps) * gain + bias` along the rows of `x` `[n, d]`.
#[track_caller]
pub fn layer_norm(cx: &Cx, x: &Tensor, gain: &Tensor, bias: Option<&Tensor>, eps: f32) -> Tensor {
    let [n, d] = x.dims();
    assert!(gain.shape() == [d], "layer_norm: x is {:?}, but the gain is {:?}", x.shape(), gain.shape());
    let (mut mean, mut rstd) = (vec![0.0; n], vec![0.0; n]);
    let values = cx.fill(n * d, |values| {
        kernel::layer_norm(x.values(), gain.values(), bias.map(Tensor::values), eps, values, &mut mean, &mut rstd);
    });
    let inputs: Vec<&Tensor> = [x, gain].into_iter().chain(bias).collect();
    cx.emit(x.shape(), values, &inputs, |_| {
        Op::LayerNorm(LayerNorm { x: x.clone(), gain: gain.clone(), bias: bias.cloned(), mean, rstd })
    })
}

impl Rule for LayerNorm {
    fn backward(&self, d_out: Buffer, sink: &mut Sink) {
        if sink.is_plan() {
            return sink.write(&self.x, |_, _| {});
        }
        let (x, gain) = (self.x.values(), self.gain.values());
        let grad = LayerNormGrad { x, gain, mean: &self.mean, rstd: &self.rstd, dy: &d_out };
        let mut d_gain = Aligned::zeroed(gain.len());
        let mut d_bias = self.bias.as_ref().map(|bias| Aligned::zeroed(bias.n_values()));
        // The kernel makes all three in one pass over the rows; without a gradient for x only the small two.
        let mut only_small = true;
        sink.write(&self.x, |d_x, write| {
            kernel::layer_norm_backward(grad, Some(d_x), write, Some(&mut d_gain), d_bias.as_deref_mut());
            only_small = false;
        });
        if only_small {
            kernel::layer_norm_backward(grad, None, Write::Set, Some(&mut d_gain), d_bias.as_deref_mut());
        }
        sink.give(self.gain.source, d_gain.into());
        if let (Some(bias), Some(d_bias)) = (&self.bias, d_bias) {
            sink.give(bias.source, d_bias.into());
        }
    }

    fn flops(&self) -> u64 {
        8 * self.x.n_values() as u64
    }
}

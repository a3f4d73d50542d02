//! The linear layer: the single seam for adapters, quantised weights and sharding.

use tensor::ops::{self, Layout};
use tensor::{Cx, Init, ParamId, ParamsBuilder, Tensor};

/// `y = x w + b` with `w` stored `[in, out]`, or `[out, in]` as most published checkpoints have it.
pub struct Linear {
    weight: ParamId,
    bias: Option<ParamId>,
    layout: Layout,
}

impl Linear {
    /// Declares `NAME.weight` `[d_in, d_out]`, normal with standard deviation `std`, and with `bias` `NAME.bias`, zeros.
    pub fn new(b: &mut ParamsBuilder, name: &str, [d_in, d_out]: [usize; 2], std: f32, bias: bool) -> Linear {
        Linear {
            weight: b.param(format!("{name}.weight"), &[d_in, d_out], Init::Normal(std)),
            bias: bias.then(|| b.param(format!("{name}.bias"), &[d_out], Init::Zeros)),
            layout: Layout::Normal,
        }
    }

    /// The same with `NAME.weight` stored `[d_out, d_in]`, a row for each output; such a weight may stay quantised.
    pub fn rows(b: &mut ParamsBuilder, name: &str, [d_in, d_out]: [usize; 2], std: f32, bias: bool) -> Linear {
        Linear {
            weight: b.param(format!("{name}.weight"), &[d_out, d_in], Init::Normal(std)),
            bias: bias.then(|| b.param(format!("{name}.bias"), &[d_out], Init::Zeros)),
            layout: Layout::Transposed,
        }
    }

    /// What it multiplies by and adds.
    pub(crate) fn layer(&self, cx: &Cx) -> ops::Layer {
        ops::Layer { weight: cx.param(self.weight), bias: self.bias.map(|bias| cx.param(bias)), layout: self.layout }
    }

    /// `[n, d_in]` to `[n, d_out]`.
    pub fn forward(&self, cx: &Cx, x: &Tensor) -> Tensor {
        let bias = self.bias.map(|bias| cx.param(bias));
        ops::linear(cx, x, &cx.param(self.weight), bias.as_ref(), self.layout)
    }

    /// `residual` `[n, d_out]` plus [`Linear::forward`].
    pub fn forward_onto(&self, cx: &Cx, residual: &Tensor, x: &Tensor) -> Tensor {
        let bias = self.bias.map(|bias| cx.param(bias));
        ops::linear_onto(cx, residual, x, &cx.param(self.weight), bias.as_ref(), self.layout)
    }

    /// As an output head: the mean surprise in nats of `targets` under the outputs as logits, rows weighted by `weights`; a scalar.
    /// Only for weights stored `[d_out, d_in]`, without a bias.
    #[track_caller]
    pub fn head_loss(&self, cx: &Cx, x: &Tensor, targets: &[u32], weights: &[f32]) -> Tensor {
        assert!(
            self.layout == Layout::Transposed && self.bias.is_none(),
            "head_loss: a head is [out, in] and has no bias"
        );
        ops::linear_cross_entropy(cx, x, &cx.param(self.weight), targets, weights)
    }
}

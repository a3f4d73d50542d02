//! Normalisation layers.

use tensor::ops;
use tensor::{Cx, Init, ParamId, ParamsBuilder, Tensor};

/// Layer normalisation with a gain and an optional bias.
pub struct LayerNorm {
    gain: ParamId,
    bias: Option<ParamId>,
    eps: f32,
}

impl LayerNorm {
    /// Declares `NAME.weight` `[d]`, ones, and with `bias` `NAME.bias`, zeros.
    pub fn new(b: &mut ParamsBuilder, name: &str, d: usize, eps: f32, bias: bool) -> LayerNorm {
        LayerNorm {
            gain: b.param(format!("{name}.weight"), &[d], Init::Ones),
            bias: bias.then(|| b.param(format!("{name}.bias"), &[d], Init::Zeros)),
            eps,
        }
    }

    /// Each row of `x` `[n, d]` normalised.
    pub fn forward(&self, cx: &Cx, x: &Tensor) -> Tensor {
        let bias = self.bias.map(|bias| cx.param(bias));
        ops::layer_norm(cx, x, &cx.param(self.gain), bias.as_ref(), self.eps)
    }
}

/// Root mean square normalisation with a gain.
pub struct RmsNorm {
    gain: ParamId,
    eps: f32,
}

impl RmsNorm {
    /// Declares `NAME.weight` `[d]`, ones.
    pub fn new(b: &mut ParamsBuilder, name: &str, d: usize, eps: f32) -> RmsNorm {
        RmsNorm { gain: b.param(format!("{name}.weight"), &[d], Init::Ones), eps }
    }

    /// Each group of d values in the rows of `x` normalised: whole rows of width d, or each head of wider ones.
    pub fn forward(&self, cx: &Cx, x: &Tensor) -> Tensor {
        ops::rms_norm(cx, x, &cx.param(self.gain), self.eps)
    }
}

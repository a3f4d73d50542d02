//! The position-wise feed-forward network (Vaswani et al., 2017, section 3.3) with GELU.

use crate::Linear;
use tensor::ops;
use tensor::{Cx, ParamsBuilder, Tensor};

/// `[n, d] -> [n, d_ff] -> GELU -> [n, d]`.
pub struct Mlp {
    up: Linear,
    down: Linear,
}

/// Sizes and names of an [`Mlp`].
pub struct MlpSpec<'a> {
    /// Name of the first layer.
    pub up: &'a str,
    /// Name of the second layer.
    pub down: &'a str,
    /// Width of input and output.
    pub d_model: usize,
    /// Width between them.
    pub d_ff: usize,
    /// Standard deviation of the first and the second layer's weights.
    pub std: [f32; 2],
    /// Whether both have biases.
    pub bias: bool,
}

impl Mlp {
    /// Declares both layers.
    pub fn new(b: &mut ParamsBuilder, spec: &MlpSpec) -> Mlp {
        Mlp {
            up: Linear::new(b, spec.up, [spec.d_model, spec.d_ff], spec.std[0], spec.bias),
            down: Linear::new(b, spec.down, [spec.d_ff, spec.d_model], spec.std[1], spec.bias),
        }
    }

    /// `[n, d]` to `[n, d]`.
    pub fn forward(&self, cx: &Cx, x: &Tensor) -> Tensor {
        self.at_once(cx, None, x).unwrap_or_else(|| self.down.forward(cx, &self.hidden(cx, x)))
    }

    /// `residual` `[n, d]` plus [`Mlp::forward`].
    pub fn forward_onto(&self, cx: &Cx, residual: &Tensor, x: &Tensor) -> Tensor {
        let at_once = self.at_once(cx, Some(residual), x);
        at_once.unwrap_or_else(|| self.down.forward_onto(cx, residual, &self.hidden(cx, x)))
    }

    fn at_once(&self, cx: &Cx, residual: Option<&Tensor>, x: &Tensor) -> Option<Tensor> {
        ops::mlp_bf16(cx, residual, x, self.up.layer(cx), self.down.layer(cx))
    }

    fn hidden(&self, cx: &Cx, x: &Tensor) -> Tensor {
        ops::gelu(cx, &self.up.forward(cx, x))
    }
}

//! The gated feed-forward network of Llama (Shazeer, "GLU Variants Improve Transformer", 2020).

use crate::Linear;
use tensor::ops;
use tensor::{Cx, ParamsBuilder, Tensor};

/// `[n, d] -> silu(gate) * up [n, d_ff] -> [n, d]`.
pub struct SwigluMlp {
    gate: Linear,
    up: Linear,
    down: Linear,
}

impl SwigluMlp {
    /// Declares `NAME.gate_proj`, `NAME.up_proj` and `NAME.down_proj`, all `[out, in]` and without biases.
    pub fn new(b: &mut ParamsBuilder, name: &str, [d_model, d_ff]: [usize; 2], std: [f32; 2]) -> SwigluMlp {
        let [std_in, std_out] = std;
        SwigluMlp {
            gate: Linear::rows(b, &format!("{name}.gate_proj"), [d_model, d_ff], std_in, false),
            up: Linear::rows(b, &format!("{name}.up_proj"), [d_model, d_ff], std_in, false),
            down: Linear::rows(b, &format!("{name}.down_proj"), [d_ff, d_model], std_out, false),
        }
    }

    /// `residual` `[n, d]` plus the network of `x` `[n, d]`.
    pub fn forward_onto(&self, cx: &Cx, residual: &Tensor, x: &Tensor) -> Tensor {
        let hidden = ops::swiglu(cx, &self.gate.forward(cx, x), &self.up.forward(cx, x));
        self.down.forward_onto(cx, residual, &hidden)
    }
}

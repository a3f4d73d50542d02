//! A table with a learned row for each index, and its transpose as the output head.

use tensor::ops::{self, Layout};
use tensor::{Cx, Init, ParamId, ParamsBuilder, Tensor};

/// A table `[rows, d]`.
pub struct Embedding {
    weight: ParamId,
}

impl Embedding {
    /// Declares `NAME.weight` `[rows, d]`, normal with standard deviation `std`.
    pub fn new(b: &mut ParamsBuilder, name: &str, [rows, d]: [usize; 2], std: f32) -> Embedding {
        Embedding { weight: b.table(format!("{name}.weight"), [rows, d], Init::Normal(std)) }
    }

    /// Declares `NAME.weight` `[rows, d]` for positions: sines of root mean square `rms` to begin with, so that rows side
    /// by side are alike and the first steps need not find out which ones are.
    pub fn positions(b: &mut ParamsBuilder, name: &str, [rows, d]: [usize; 2], rms: f32) -> Embedding {
        Embedding { weight: b.table(format!("{name}.weight"), [rows, d], Init::Sinusoid(rms)) }
    }

    /// The rows at `ids`, `[n, d]`.
    pub fn forward(&self, cx: &Cx, ids: &[u32]) -> Tensor {
        ops::embedding(cx, ids, &cx.param(self.weight))
    }

    /// Scores of `x` `[n, d]` against every row, `[n, rows]`: the tied head (Press and Wolf, 2017).
    pub fn as_head(&self, cx: &Cx, x: &Tensor) -> Tensor {
        ops::linear(cx, x, &cx.param(self.weight), None, Layout::Transposed)
    }

    /// The mean surprise in nats of `targets` under those scores, rows weighted by `weights`: a scalar, without the scores in memory.
    pub fn head_loss(&self, cx: &Cx, x: &Tensor, targets: &[u32], weights: &[f32]) -> Tensor {
        ops::linear_cross_entropy(cx, x, &cx.param(self.weight), targets, weights)
    }
}

//! Root mean square normalisation (Zhang and Sennrich, 2019): each row divided by its root mean square, then a gain.

use crate::buffer::Buffer;
use crate::tape::{Op, Rule, Sink};
use crate::{Cx, Tensor};
use kernels::rms_norm::{self as kernel, RmsNormGrad};
use kernels::{Aligned, Write};

pub(crate) struct RmsNorm {
    x: Tensor,
    gain: Tensor,
    rstd: Vec<f32>,
}

/// `x / sqrt(mean(x^2) + eps) * gain` along groups of as many values as `gain` `[d]` has, in rows of `x` `[n, k * d]`:
/// with k of 1 whole rows, else each head.
#[track_caller]
pub fn rms_norm(cx: &Cx, x: &Tensor, gain: &Tensor, eps: f32) -> Tensor {
    let ([n, width], [d]) = (x.dims(), gain.dims());
    assert!(width.is_multiple_of(d), "rms_norm: x is {:?}, but the gain is {:?}", x.shape(), gain.shape());
    let mut rstd = vec![0.0; n * width / d];
    let values = cx.fill(n * width, |values| kernel::rms_norm(x.values(), gain.values(), eps, values, &mut rstd));
    cx.emit(x.shape(), values, &[x, gain], |_| Op::RmsNorm(RmsNorm { x: x.clone(), gain: gain.clone(), rstd }))
}

impl Rule for RmsNorm {
    fn backward(&self, d_out: Buffer, sink: &mut Sink) {
        if sink.is_plan() {
            return sink.write(&self.x, |_, _| {});
        }
        let grad = RmsNormGrad { x: self.x.values(), gain: self.gain.values(), rstd: &self.rstd, dy: &d_out };
        let mut d_gain = Aligned::zeroed(self.gain.n_values());
        // The kernel makes both in one pass over the rows; without a gradient for x only the small one.
        let mut only_small = true;
        sink.write(&self.x, |d_x, write| {
            kernel::rms_norm_backward(grad, Some(d_x), write, Some(&mut d_gain));
            only_small = false;
        });
        if only_small {
            kernel::rms_norm_backward(grad, None, Write::Set, Some(&mut d_gain));
        }
        sink.give(self.gain.source, d_gain.into());
    }

    fn flops(&self) -> u64 {
        4 * self.x.n_values() as u64
    }
}

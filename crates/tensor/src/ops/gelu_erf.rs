//! GELU by the error function, as BERT uses it.

use crate::buffer::Buffer;
use crate::tape::{Op, Rule, Sink};
use crate::{Cx, Tensor};
use kernels::gelu_erf as kernel;

pub(crate) struct GeluErf {
    x: Tensor,
}

/// `x (1 + erf(x / sqrt(2))) / 2`, elementwise.
pub fn gelu_erf(cx: &Cx, x: &Tensor) -> Tensor {
    let values = cx.fill(x.n_values(), |values| kernel::gelu_erf(x.values(), values));
    cx.emit(x.shape(), values, &[x], |_| Op::GeluErf(GeluErf { x: x.clone() }))
}

impl Rule for GeluErf {
    fn backward(&self, d_out: Buffer, sink: &mut Sink) {
        let x = &self.x;
        sink.write(x, |d_x, write| kernel::gelu_erf_backward(x.values(), &d_out, d_x, write));
    }

    fn flops(&self) -> u64 {
        // About so many elementary operations a value.
        12 * self.x.n_values() as u64
    }
}

//! The hyperbolic tangent, elementwise.

use crate::buffer::Buffer;
use crate::tape::{Op, Rule, Sink};
use crate::{Cx, Tensor};
use kernels::tanh as kernel;

pub(crate) struct Tanh {
    x: Tensor,
    out: Tensor,
}

/// `tanh(x)`, elementwise.
pub fn tanh(cx: &Cx, x: &Tensor) -> Tensor {
    let values = cx.fill(x.n_values(), |values| kernel::tanh(x.values(), values));
    cx.emit(x.shape(), values, &[x], |out| Op::Tanh(Tanh { x: x.clone(), out }))
}

impl Rule for Tanh {
    fn backward(&self, d_out: Buffer, sink: &mut Sink) {
        let out = &self.out;
        sink.write(&self.x, |d_x, write| kernel::tanh_backward(out.values(), &d_out, d_x, write));
    }

    fn flops(&self) -> u64 {
        self.x.n_values() as u64
    }
}

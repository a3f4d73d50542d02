//! GELU in its tanh form (Hendrycks and Gimpel, 2016), as GPT-2 uses it.

use crate::buffer::Buffer;
use crate::tape::{Op, Rule, Sink};
use crate::{Cx, Tensor};
use kernels::gelu as kernel;

pub(crate) struct Gelu {
    x: Tensor,
}

/// `0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))`, elementwise.
pub fn gelu(cx: &Cx, x: &Tensor) -> Tensor {
    let values = cx.fill(x.n_values(), |values| kernel::gelu(x.values(), values));
    cx.emit(x.shape(), values, &[x], |_| Op::Gelu(Gelu { x: x.clone() }))
}

impl Rule for Gelu {
    fn backward(&self, d_out: Buffer, sink: &mut Sink) {
        sink.write(&self.x, |d_x, write| kernel::gelu_backward(self.x.values(), &d_out, d_x, write));
    }

    fn flops(&self) -> u64 {
        8 * self.x.n_values() as u64
    }
}

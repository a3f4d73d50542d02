//! SwiGLU (Shazeer, 2020): one projection, through SiLU, gates another.

use crate::buffer::Buffer;
use crate::tape::{Op, Rule, Sink};
use crate::{Cx, Tensor};
use kernels::swiglu as kernel;

pub(crate) struct Swiglu {
    gate: Tensor,
    up: Tensor,
}

/// `silu(gate) * up`, elementwise.
#[track_caller]
pub fn swiglu(cx: &Cx, gate: &Tensor, up: &Tensor) -> Tensor {
    assert!(gate.shape() == up.shape(), "swiglu: gate is {:?}, up is {:?}", gate.shape(), up.shape());
    let values = cx.fill(gate.n_values(), |values| kernel::swiglu(gate.values(), up.values(), values));
    cx.emit(gate.shape(), values, &[gate, up], |_| Op::Swiglu(Swiglu { gate: gate.clone(), up: up.clone() }))
}

impl Rule for Swiglu {
    fn backward(&self, d_out: Buffer, sink: &mut Sink) {
        let (gate, up) = (&self.gate, &self.up);
        sink.write(gate, |d, write| kernel::swiglu_backward_gate(gate.values(), up.values(), &d_out, d, write));
        sink.write(up, |d, write| kernel::swiglu_backward_up(gate.values(), &d_out, d, write));
    }

    fn flops(&self) -> u64 {
        6 * self.gate.n_values() as u64
    }
}

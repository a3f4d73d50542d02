//! Elementwise sum of two tensors of one shape: the residual connection.

use crate::buffer::Buffer;
use crate::tape::{Op, Rule, Sink};
use crate::{Cx, Tensor};
use kernels::Write;
use kernels::elementwise;

pub(crate) struct Add {
    a: Tensor,
    b: Tensor,
}

/// `a + b`; both `[n, d]`.
#[track_caller]
pub fn add(cx: &Cx, a: &Tensor, b: &Tensor) -> Tensor {
    assert!(a.shape() == b.shape(), "add: shapes {:?} and {:?} differ", a.shape(), b.shape());
    let values = cx.fill(a.n_values(), |values| elementwise::add(a.values(), b.values(), values));
    cx.emit(a.shape(), values, &[a, b], |_| Op::Add(Add { a: a.clone(), b: b.clone() }))
}

impl Rule for Add {
    fn backward(&self, d_out: Buffer, sink: &mut Sink) {
        sink.write(&self.a, |d_a, write| match write {
            Write::Set => d_a.copy_from_slice(&d_out),
            Write::Add => elementwise::axpy(1.0, &d_out, d_a),
        });
        sink.give(self.b.source, d_out);
    }

    fn flops(&self) -> u64 {
        self.a.n_values() as u64
    }
}

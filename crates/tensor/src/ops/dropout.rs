//! Dropout (Srivastava et al., 2014): zero with probability p, scale the rest by 1 / (1 - p).
//!
//! The mask is a function of a key and the position, computed again in the backward pass instead of being stored.

use crate::buffer::Buffer;
use crate::tape::{Op, Rule, Sink};
use crate::{Cx, Tensor};
use kernels::dropout as kernel;

pub(crate) struct Dropout {
    x: Tensor,
    p: f32,
    key: [u64; 2],
}

/// Dropout with probability `p` in training; the tensor itself when `p` is 0 or outside training.
pub fn dropout(cx: &Cx, x: &Tensor, p: f32) -> Tensor {
    let Some(key) = (if p > 0.0 { cx.next_dropout_key() } else { None }) else { return x.clone() };
    let values = cx.fill(x.n_values(), |values| kernel::dropout(x.values(), p, key, values));
    cx.emit(x.shape(), values, &[x], |_| Op::Dropout(Dropout { x: x.clone(), p, key }))
}

impl Rule for Dropout {
    fn backward(&self, d_out: Buffer, sink: &mut Sink) {
        sink.write(&self.x, |d_x, write| kernel::dropout_backward(&d_out, self.p, self.key, d_x, write));
    }

    fn flops(&self) -> u64 {
        self.x.n_values() as u64
    }
}

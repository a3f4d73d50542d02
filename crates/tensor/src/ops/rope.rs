//! Rotary positions (Su et al., "RoFormer", 2021): queries and keys turn by their position before they meet.

use crate::buffer::Buffer;
use crate::tape::{Op, Rule, Sink};
use crate::{Cx, Tensor};
use kernels::Write;
use kernels::rope::{self as kernel, Rotation, Turn};
use std::sync::Arc;

pub(crate) struct Rope {
    x: Tensor,
    rotation: Arc<Rotation>,
    positions: Vec<u32>,
}

/// Every head of `x` `[n, heads * d_head]`, row `i` turned by the angles of `positions[i]`.
#[track_caller]
pub fn rope(cx: &Cx, x: &Tensor, rotation: &Arc<Rotation>, positions: &[u32]) -> Tensor {
    let [n, _] = x.dims();
    assert!(n == positions.len(), "rope: {n} rows at {} positions", positions.len());
    let values = cx.fill(x.n_values(), |values| {
        kernel::rope(rotation, Turn::Forward, positions, x.values(), values, Write::Set);
    });
    cx.emit(x.shape(), values, &[x], |_| {
        Op::Rope(Rope { x: x.clone(), rotation: rotation.clone(), positions: positions.to_vec() })
    })
}

impl Rule for Rope {
    fn backward(&self, d_out: Buffer, sink: &mut Sink) {
        sink.write(&self.x, |d_x, write| {
            kernel::rope(&self.rotation, Turn::Back, &self.positions, &d_out, d_x, write);
        });
    }

    fn flops(&self) -> u64 {
        3 * self.x.n_values() as u64
    }
}

//! Some rows of a matrix, in the order asked: before the head, when only some positions need logits.

use crate::buffer::Buffer;
use crate::tape::{Op, Rule, Sink};
use crate::{Cx, Tensor};
use kernels::Write;
use kernels::embedding as kernel;

pub(crate) struct SelectRows {
    x: Tensor,
    rows: Vec<u32>,
}

/// Rows `rows` of `x` `[n, d]`, giving `[rows.len(), d]`; panics on a row that is not there.
#[track_caller]
pub fn select_rows(cx: &Cx, x: &Tensor, rows: &[u32]) -> Tensor {
    let [n, d] = x.dims();
    assert!(rows.iter().all(|&row| (row as usize) < n), "select_rows: rows {rows:?} of {n}");
    let values = cx.fill(rows.len() * d, |values| kernel::embedding(rows, x.values(), d, values, Write::Set));
    cx.emit(&[rows.len(), d], values, &[x], |_| Op::SelectRows(SelectRows { x: x.clone(), rows: rows.to_vec() }))
}

impl Rule for SelectRows {
    fn backward(&self, d_out: Buffer, sink: &mut Sink) {
        let [_, d] = self.x.dims();
        sink.write(&self.x, |d_x, write| {
            if write == Write::Set {
                d_x.fill(0.0);
            }
            kernel::embedding_backward(&self.rows, &d_out, d, d_x);
        });
    }

    fn flops(&self) -> u64 {
        0
    }

    fn bytes_read(&self, _of_inputs: u64, of_result: u64) -> u64 {
        of_result
    }
}

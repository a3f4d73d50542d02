//! A band of columns of a matrix: takes queries, keys and values out of one projection.

use crate::buffer::Buffer;
use crate::tape::{Op, Rule, Sink};
use crate::{Cx, Tensor};
use kernels::elementwise::{take_columns, take_columns_backward};
use std::ops::Range;

pub(crate) struct Columns {
    x: Tensor,
    range: Range<usize>,
}

/// Columns `range` of `x` `[n, d]`, giving `[n, range.len()]`.
#[track_caller]
pub fn columns(cx: &Cx, x: &Tensor, range: Range<usize>) -> Tensor {
    let [n, d] = x.dims();
    assert!(range.start <= range.end && range.end <= d, "columns: {range:?} of a width of {d}");
    let values = cx.fill(n * range.len(), |values| take_columns(x.values(), d, range.clone(), values));
    cx.emit(&[n, range.len()], values, &[x], |_| Op::Columns(Columns { x: x.clone(), range }))
}

impl Rule for Columns {
    fn backward(&self, d_out: Buffer, sink: &mut Sink) {
        let [_, d] = self.x.dims();
        sink.write(&self.x, |d_x, write| take_columns_backward(&d_out, d, self.range.clone(), d_x, write));
    }

    fn flops(&self) -> u64 {
        0
    }

    fn bytes_read(&self, _of_inputs: u64, of_result: u64) -> u64 {
        of_result
    }
}

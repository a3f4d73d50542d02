//! A band of columns of a matrix: takes queries, keys and values out of one projection.

use crate::buffer::Buffer;
use crate::tape::{Op, Rule, Sink};
use crate::{Cx, Tensor};
use kernels::Write;
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
    let mut values = Buffer::unset(n * range.len());
    let rows = values.chunks_exact_mut(range.len().max(1)).zip(x.values().chunks_exact(d.max(1)));
    rows.for_each(|(to, row)| to.copy_from_slice(&row[range.clone()]));
    cx.emit(&[n, range.len()], values, &[x], |_| Op::Columns(Columns { x: x.clone(), range }))
}

impl Rule for Columns {
    fn backward(&self, d_out: Buffer, sink: &mut Sink) {
        let [_, d] = self.x.dims();
        sink.write(&self.x, |d_x, write| {
            if write == Write::Set {
                d_x.fill(0.0);
            }
            for (d_row, d_band) in d_x.chunks_exact_mut(d).zip(d_out.chunks_exact(self.range.len())) {
                d_row[self.range.clone()].iter_mut().zip(d_band).for_each(|(d, g)| *d += g);
            }
        });
    }

    fn flops(&self) -> u64 {
        0
    }
}

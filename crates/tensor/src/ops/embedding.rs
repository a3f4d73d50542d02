//! Embedding: one row of a table for each index.

use crate::buffer::Buffer;
use crate::tape::{Op, Rule, Sink};
use crate::{Cx, Tensor};
use kernels::Write;
use kernels::embedding as kernel;
use kernels::quantised;

pub(crate) struct Embedding {
    ids: Vec<u32>,
    table: Tensor,
}

/// Row `ids[i]` of `table` `[v, d]` for each i, giving `[n, d]`; panics on an index outside the table.
#[track_caller]
pub fn embedding(cx: &Cx, ids: &[u32], table: &Tensor) -> Tensor {
    let [v, d] = table.dims();
    if let Some(id) = ids.iter().find(|&&id| id as usize >= v) {
        panic!("embedding: index {id} is outside a table of {v} rows");
    }
    let values = cx.fill(ids.len() * d, |values| match table.as_blocks() {
        Some(blocks) => quantised::gather(ids, blocks, values),
        None => kernel::embedding(ids, table.values(), d, values, Write::Set),
    });
    cx.emit(&[ids.len(), d], values, &[table], |_| Op::Embedding(Embedding { ids: ids.to_vec(), table: table.clone() }))
}

impl Rule for Embedding {
    fn backward(&self, d_out: Buffer, sink: &mut Sink) {
        let [_, d] = self.table.dims();
        sink.write(&self.table, |d_table, write| {
            if write == Write::Set {
                d_table.fill(0.0);
            }
            kernel::embedding_backward(&self.ids, &d_out, d, d_table);
        });
    }

    fn flops(&self) -> u64 {
        0
    }

    fn bytes_read(&self, _of_inputs: u64, of_result: u64) -> u64 {
        of_result
    }
}

//! Embedding: rows of a table picked by token id, and the gradient added back to those rows.
//!
//! An id may come many times, so the backward pass is cut by columns: each task goes through all ids in order
//! and adds its columns, and the order of additions into a row is that of the ids.

use crate::pool::{Shared, parallel_for, parallel_rows};
use crate::{Real, Write};

/// `y[i] (=|+=) table[ids[i]]`, rows of `d`. Panics if an id lies outside the table.
pub fn embedding<R: Real>(ids: &[u32], table: &[R], d: usize, y: &mut [R], write: Write) {
    assert_eq!(y.len(), ids.len() * d, "embedding: size of y");
    let y = Shared::new(y);
    parallel_rows(ids.len(), d, |rows| {
        for i in rows {
            // SAFETY: rows of tasks are disjoint.
            let y = unsafe { y.range(i * d..(i + 1) * d) };
            let row = &table[ids[i] as usize * d..][..d];
            match write {
                Write::Set => y.copy_from_slice(row),
                Write::Add => y.iter_mut().zip(row).for_each(|(y, &value)| *y += value),
            }
        }
    });
}

/// `dtable[ids[i]] += dy[i]`.
pub fn embedding_backward<R: Real>(ids: &[u32], dy: &[R], d: usize, dtable: &mut [R]) {
    assert_eq!(dy.len(), ids.len() * d, "embedding_backward: size of dy");
    let dtable = Shared::new(dtable);
    parallel_for(d.div_ceil(TASK_COLUMNS), |task| {
        let columns = task * TASK_COLUMNS..((task + 1) * TASK_COLUMNS).min(d);
        for (i, &id) in ids.iter().enumerate() {
            let row = id as usize * d;
            // SAFETY: columns of tasks are disjoint, and a task holds one row at a time.
            let to = unsafe { dtable.range(row + columns.start..row + columns.end) };
            for (to, &dy) in to.iter_mut().zip(&dy[i * d + columns.start..]) {
                *to += dy;
            }
        }
    });
}

/// Columns of a task of the backward pass: two cache lines.
const TASK_COLUMNS: usize = 32;

//! Embedding: rows of a table picked by token id, and the gradient added back to those rows.

use crate::{Real, Write};

/// `y[i] (=|+=) table[ids[i]]`, rows of `d`. Panics if an id lies outside the table.
pub fn embedding<R: Real>(ids: &[u32], table: &[R], d: usize, y: &mut [R], write: Write) {
    assert_eq!(y.len(), ids.len() * d, "embedding: size of y");
    for (&id, y) in ids.iter().zip(y.chunks_exact_mut(d)) {
        let row = id as usize * d..(id as usize + 1) * d;
        for (y, &value) in y.iter_mut().zip(&table[row]) {
            write.put(y, value);
        }
    }
}

/// `dtable[ids[i]] += dy[i]`.
pub fn embedding_backward<R: Real>(ids: &[u32], dy: &[R], d: usize, dtable: &mut [R]) {
    assert_eq!(dy.len(), ids.len() * d, "embedding_backward: size of dy");
    for (&id, dy) in ids.iter().zip(dy.chunks_exact(d)) {
        let row = id as usize * d..(id as usize + 1) * d;
        for (place, &dy) in dtable[row].iter_mut().zip(dy) {
            *place += dy;
        }
    }
}

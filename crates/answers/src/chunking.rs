//! The lab `chunking`: windows, whole sentences, structure, how deep a gap is, and small chunks within large ones.
//!
//! Token counts are whole numbers, so nothing is rounded but the depths.

use crate::{dims, narrow, wide};
use course::{Array, Value};
use retrieval::chunk::{recursive, semantic, windows};
use std::ops::Range;

/// `windows(n_tokens, size, overlap) -> [*,2]`: first token, token after the last.
pub(crate) fn of_one_size(arguments: &[Value]) -> Array {
    let [n_tokens, size, overlap] = [0, 1, 2].map(|i| arguments[i].int());
    rows(&windows(n_tokens, size, overlap))
}

/// `pack(sizes [s], budget) -> [*,2]`: as by structure, where all boundaries are alike.
pub(crate) fn whole_sentences(arguments: &[Value]) -> Array {
    let sizes = whole(arguments[0].array());
    rows(&recursive::reference(&sizes, &vec![0; sizes.len()], arguments[1].int()))
}

/// `by_structure(sizes [s], levels [s], budget) -> [*,2]`.
pub(crate) fn by_structure(arguments: &[Value]) -> Array {
    let (sizes, levels) = sentences(arguments);
    rows(&recursive::reference(&sizes, &levels, arguments[2].int()))
}

/// `depths(likenesses [g]) -> [g]`.
pub(crate) fn depths(arguments: &[Value]) -> Array {
    let likenesses = arguments[0].array();
    let [g] = dims(likenesses);
    let found = semantic::depths(likenesses.floats());
    Array::f32([g], found)
}

/// `parents(sizes [s], levels [s], parent, child) -> [*,4]`: start and end of a child, then of its parent.
pub(crate) fn parents(arguments: &[Value]) -> Array {
    let (sizes, levels) = sentences(arguments);
    let [parent, child] = [2, 3].map(|i| arguments[i].int());
    let mut found: Vec<f64> = vec![];
    for large in recursive::reference(&sizes, &levels, parent) {
        let (mut inside, mut strengths) = (vec![], vec![]);
        let mut start = 0;
        for (size, level) in sizes.iter().zip(&levels) {
            let length = large.end.min(start + size).saturating_sub(large.start.max(start));
            if length > 0 {
                inside.push(length);
                strengths.push(*level);
            }
            start += size;
        }
        for small in recursive::reference(&inside, &strengths, child) {
            found
                .extend([large.start + small.start, large.start + small.end, large.start, large.end].map(|x| x as f64));
        }
    }
    narrow([found.len() / 4, 4], &found)
}

fn sentences(arguments: &[Value]) -> (Vec<usize>, Vec<u8>) {
    let levels = arguments[1].array().ints().iter().map(|&level| level as u8);
    (whole(arguments[0].array()), levels.collect())
}

fn whole(array: &Array) -> Vec<usize> {
    wide(array).into_iter().map(|x| x as usize).collect()
}

fn rows(ranges: &[Range<usize>]) -> Array {
    let values: Vec<f64> = ranges.iter().flat_map(|range| [range.start as f64, range.end as f64]).collect();
    narrow([ranges.len(), 2], &values)
}

//! Several rankings of the same things to one.
//!
//! Scores of different searches do not compare: BM25's have no greatest value, cosines lie below 1. Either only ranks count
//! (*reciprocal rank*: a thing scores the sum of `1 / (60 + rank)` over the rankings that have it, Cormack, Clarke and
//! Büttcher 2009), which needs no setting; or each ranking's scores are divided by its best one and added with *weights*, which are
//! to be chosen on one's own questions.

use crate::lexical::Scored;
use crate::lexical::top::Top;
use std::collections::HashMap;

/// Holds the first ranks together: without it, being first in one ranking would beat being second in all.
const RANK_OFFSET: f32 = 60.0;

/// The best `k` by reciprocal ranks, the best first.
///
/// ```
/// use retrieval::fuse::reciprocal_rank;
/// use retrieval::lexical::Scored;
/// let ranking = |ids: [u64; 2]| ids.map(|id| Scored { id, score: 1.0 });
/// let fused = reciprocal_rank(&[&ranking([1, 2]), &ranking([2, 3])], 2);
/// assert_eq!((fused[0].id, fused[1].id), (2, 1));
/// ```
pub fn reciprocal_rank(rankings: &[&[Scored]], k: usize) -> Vec<Scored> {
    let parts = rankings.iter().flat_map(|ranking| {
        ranking.iter().enumerate().map(|(i, scored)| (scored.id, 1.0 / (RANK_OFFSET + (i + 1) as f32)))
    });
    best(parts, k)
}

/// The best `k` by weighted scores, each ranking's best one counting 1; the best first.
pub fn weighted(rankings: &[(&[Scored], f32)], k: usize) -> Vec<Scored> {
    let parts = rankings.iter().flat_map(|(ranking, weight)| {
        let best = ranking.first().map_or(1.0, |best| best.score);
        ranking.iter().map(move |scored| (scored.id, weight * scored.score / best))
    });
    best(parts, k)
}

fn best(parts: impl Iterator<Item = (u64, f32)>, k: usize) -> Vec<Scored> {
    let mut sums: HashMap<u64, f32> = HashMap::new();
    parts.for_each(|(id, part)| *sums.entry(id).or_default() += part);
    let mut top = Top::new(k);
    sums.into_iter().filter(|(_, score)| *score > 0.0).for_each(|(id, score)| top.offer(Scored { id, score }));
    top.finish()
}

//! The best k of many scores, in one pass that touches only what can still win.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A text and its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// The text's id.
    pub id: u64,
    /// Higher is better.
    pub score: f32,
}

/// The better one is greater: the higher score, else the smaller id.
impl Ord for Scored {
    fn cmp(&self, other: &Scored) -> Ordering {
        self.score.total_cmp(&other.score).then(other.id.cmp(&self.id))
    }
}

impl PartialOrd for Scored {
    fn partial_cmp(&self, other: &Scored) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Eq for Scored {}

/// Keeps the best k.
pub struct Top {
    k: usize,
    /// The worst of them is on top.
    heap: BinaryHeap<std::cmp::Reverse<Scored>>,
    /// No score below can enter.
    pub threshold: f32,
}

impl Top {
    /// Nothing yet; scores must be positive to enter.
    pub fn new(k: usize) -> Top {
        Top {
            k,
            heap: BinaryHeap::with_capacity(k + 1),
            threshold: if k == 0 { f32::INFINITY } else { f32::MIN_POSITIVE },
        }
    }

    /// Offers a text.
    pub fn offer(&mut self, scored: Scored) {
        if self.heap.len() < self.k {
            self.heap.push(std::cmp::Reverse(scored));
        } else if let Some(mut worst) = self.heap.peek_mut()
            && scored > worst.0
        {
            worst.0 = scored;
        }
        if self.heap.len() == self.k {
            self.threshold = self.heap.peek().map_or(self.threshold, |worst| worst.0.score);
        }
    }

    /// The best first.
    pub fn finish(self) -> Vec<Scored> {
        self.heap.into_sorted_vec().into_iter().map(|reversed| reversed.0).collect()
    }
}

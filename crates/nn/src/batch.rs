//! One shape for text: a flat axis of tokens.
//!
//! Packed training documents, the prefill of a prompt and one decoding step of many conversations are all the same:
//! tokens one after the other, the position of each within its own sequence, and where the sequences begin.

/// Tokens of one or more sequences, laid end to end.
///
/// ```
/// let batch = nn::Batch::packed(vec![7, 8, 9, 4, 5], vec![0, 3, 5]);
/// assert_eq!(batch.positions, [0, 1, 2, 0, 1]);
/// assert_eq!(batch.n_keys(1), 2);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Token ids, `[n]`.
    pub ids: Vec<u32>,
    /// Position of each token within its sequence, `[n]`.
    pub positions: Vec<u32>,
    /// Sequence s is rows `offsets[s]..offsets[s + 1]`; starts with 0 and ends with n.
    pub offsets: Vec<usize>,
}

impl Batch {
    /// Whole sequences, each starting at position 0.
    #[track_caller]
    pub fn packed(ids: Vec<u32>, offsets: Vec<usize>) -> Batch {
        assert!(
            offsets.first() == Some(&0) && offsets.last() == Some(&ids.len()) && offsets.is_sorted(),
            "Batch: offsets {offsets:?} do not cut {} tokens",
            ids.len()
        );
        let positions = offsets.windows(2).flat_map(|span| 0..(span[1] - span[0]) as u32).collect();
        Batch { ids, positions, offsets }
    }

    /// One sequence from its beginning.
    pub fn single(ids: Vec<u32>) -> Batch {
        let offsets = vec![0, ids.len()];
        Batch::packed(ids, offsets)
    }

    /// Number of tokens, n.
    pub fn n_tokens(&self) -> usize {
        self.ids.len()
    }

    /// Positions that sequence `s` has after this batch, those cached before it included.
    pub fn n_keys(&self, s: usize) -> usize {
        let rows = self.offsets[s]..self.offsets[s + 1];
        self.positions[rows].last().map_or(0, |&last| last as usize + 1)
    }
}

//! Rows of bits in the order in which a scan wants them: each eight side by side, word by word (`kernels::scan::rows_within`).
//!
//! Not here: which bits stand for a vector, and what is done with those that are near.

use kernels::scan::{BIT_ROWS, rows_within};

/// Rows of `words` words each.
pub(super) struct SignRows {
    words: usize,
    n: usize,
    /// `[n / 8, words, 8]`; the last group is filled up with zeros.
    values: Vec<u64>,
}

impl SignRows {
    pub fn new(words: usize) -> SignRows {
        SignRows { words, n: 0, values: vec![] }
    }

    fn at(&self, row: usize, word: usize) -> usize {
        (row / BIT_ROWS * self.words + word) * BIT_ROWS + row % BIT_ROWS
    }

    pub fn push(&mut self, row: &[u64]) {
        if self.n.is_multiple_of(BIT_ROWS) {
            self.values.resize(self.values.len() + self.words * BIT_ROWS, 0);
        }
        self.n += 1;
        for (word, value) in row.iter().enumerate() {
            let at = self.at(self.n - 1, word);
            self.values[at] = *value;
        }
    }

    /// Removes row `place`; the last one moves there, and nothing is left where it was.
    pub fn swap_remove(&mut self, place: usize) {
        for word in 0..self.words {
            let (from, to) = (self.at(self.n - 1, word), self.at(place, word));
            self.values[to] = std::mem::take(&mut self.values[from]);
        }
        self.n -= 1;
        self.values.truncate(self.n.div_ceil(BIT_ROWS) * BIT_ROWS * self.words);
    }

    /// The rows from `first` on, up to `first + n`, that differ from `query` in at most `limit` bits, and in how many; `first` and
    /// `n` are multiples of eight.
    pub fn within(&self, query: &[u64], [first, n]: [usize; 2], limit: u32, found: &mut Vec<(usize, u32)>) {
        let [from, to] = [first, first + n].map(|row| (row * self.words).min(self.values.len()));
        rows_within(query, &self.values[from..to], limit, found);
        // The zeros that fill up the last group are no rows.
        found.retain(|(row, _)| first + row < self.n);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_row_is_found_beyond_the_last() {
        let mut rows = SignRows::new(2);
        (0..BIT_ROWS + 3).for_each(|_| rows.push(&[1, 0]));
        let mut found = vec![];
        rows.within(&[0, 0], [0, 2 * BIT_ROWS], 1, &mut found);
        assert_eq!(found, (0..BIT_ROWS + 3).map(|row| (row, 1)).collect::<Vec<_>>());
        rows.swap_remove(0);
        found.clear();
        rows.within(&[0, 0], [BIT_ROWS, BIT_ROWS], 1, &mut found);
        assert_eq!(found, [(0, 1), (1, 1)]);
    }
}

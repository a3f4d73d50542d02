//! Rows of bits in the order in which a scan wants them: each eight side by side, word by word (`kernels::scan::rows_within`).
//!
//! Distances are small whole numbers, so the nearest are chosen by counting ([`Nearest`]): a heap of hundreds is sifted for each row that
//! comes nearer, and a count is added to.
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

/// The nearest rows, as many as are wanted, of whichever are offered.
pub(super) struct Nearest {
    wanted: usize,
    /// Offered rows within the limit, for each distance.
    counts: Vec<usize>,
    n_within: usize,
    /// Nothing farther is among the nearest.
    pub limit: u32,
    /// Distances and rows that were within the limit when they were offered.
    found: Vec<(u32, usize)>,
}

impl Nearest {
    /// Of rows of `bits` bits; at least one is wanted.
    pub fn new(wanted: usize, bits: usize) -> Nearest {
        Nearest { wanted, counts: vec![0; bits + 1], n_within: 0, limit: bits as u32, found: vec![] }
    }

    pub fn offer(&mut self, row: usize, distance: u32) {
        if distance > self.limit {
            return;
        }
        self.found.push((distance, row));
        self.counts[distance as usize] += 1;
        self.n_within += 1;
        // Without the farthest ones there may be enough.
        while self.n_within - self.counts[self.limit as usize] >= self.wanted {
            self.n_within -= self.counts[self.limit as usize];
            self.limit -= 1;
        }
    }

    /// The rows, in no order; of equally far ones those with the smaller ids.
    pub fn finish(self, ids: &[u64]) -> Vec<usize> {
        let Nearest { wanted, limit, found, .. } = self;
        let near = |is_in: fn(u32, u32) -> bool| {
            found.iter().filter(move |(distance, _)| is_in(*distance, limit)).map(|(_, row)| *row)
        };
        let mut rows: Vec<usize> = near(|distance, limit| distance < limit).collect();
        let mut last: Vec<usize> = near(|distance, limit| distance == limit).collect();
        last.sort_unstable_by_key(|row| ids[*row]);
        rows.extend(last.into_iter().take(wanted - rows.len()));
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What sorting all of them gives, whatever is offered in whatever order.
    #[test]
    fn the_nearest_are_the_first_of_all() {
        for seed in 0..200u64 {
            let random = |i: u64, n: u32| kernels::rng::bits([seed, 8], i) % n;
            let n = random(0, 300) as usize;
            let ids: Vec<u64> = (0..n as u64).map(|i| i * 7919 % 30_011).collect();
            let distances: Vec<u32> = (1..=n as u64).map(|i| random(i, 1 + seed as u32 % 65)).collect();
            for wanted in [1, 2, 40, 299, 1000] {
                let mut nearest = Nearest::new(wanted, 64);
                distances.iter().enumerate().for_each(|(row, distance)| nearest.offer(row, *distance));
                let mut found = nearest.finish(&ids);
                let mut expected: Vec<usize> = (0..n).collect();
                expected.sort_unstable_by_key(|row| (distances[*row], ids[*row]));
                expected.truncate(wanted);
                found.sort_unstable();
                expected.sort_unstable();
                assert_eq!(found, expected, "{wanted} of {distances:?}");
            }
        }
    }

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

//! BM25 in plain loops: what lessons show, what labs are graded by, what the index is held against.
//!
//! The formula stands in the module above; here it is computed in f64, when the query comes, with nothing worked out ahead
//! and nothing left out. Texts have numbers from 0, and so have the terms of [`Lists`].

use super::Bm25;

/// Posting lists: the texts of term `t`, ascending, stand at `starts[t]..starts[t + 1]`.
#[derive(Clone, Copy, Debug)]
pub struct Lists<'a> {
    /// One more than there are terms.
    pub starts: &'a [i32],
    /// The text of each posting.
    pub texts: &'a [i32],
    /// How often the term stands in it.
    pub frequencies: &'a [f32],
}

/// What has become of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Deleted: as if it had never been there.
    Deleted,
    /// It counts, but whoever asks must not find it.
    Hidden,
    /// It counts, and may be found.
    Found,
}

impl<'a> Lists<'a> {
    /// Text and frequency of each posting of a term.
    pub fn of(self, term: usize) -> impl Iterator<Item = (usize, f64)> + 'a {
        let list = self.starts[term] as usize..self.starts[term + 1] as usize;
        let frequencies = &self.frequencies[list.clone()];
        self.texts[list].iter().zip(frequencies).map(|(&text, &frequency)| (text as usize, f64::from(frequency)))
    }
}

/// How much a term tells that `n_with` of `n_texts` texts have: `ln(1 + (N - n + 0.5) / (n + 0.5))`.
///
/// ```
/// assert_eq!(retrieval::lexical::reference::idf(4, 2), 2f64.ln());
/// ```
pub fn idf(n_texts: usize, n_with: usize) -> f64 {
    let (total, n) = (n_texts as f64, n_with as f64);
    (1.0 + (total - n + 0.5) / (n + 0.5)).ln()
}

/// What frequency and length make of a term: 1 for one that stands once in a text of mean length, never more than k1 + 1.
pub fn impact(bm25: &Bm25, frequency: f64, length: f64, mean_length: f64) -> f64 {
    let (k1, b) = (f64::from(bm25.k1), f64::from(bm25.b));
    frequency * (k1 + 1.0) / (frequency + k1 * (1.0 - b + b * length / mean_length))
}

/// The scores of all texts for terms with their weights, a term at a time.
pub fn scores(bm25: &Bm25, query: &[(usize, f32)], lists: Lists, lengths: &[f32]) -> Vec<f64> {
    let n_texts = lengths.len();
    let mean_length = lengths.iter().map(|&length| f64::from(length)).sum::<f64>() / n_texts as f64;
    let mut scores = vec![0.0; n_texts];
    for &(term, weight) in query {
        let n_with = lists.of(term).count();
        for (text, frequency) in lists.of(term) {
            let length = f64::from(lengths[text]);
            scores[text] += f64::from(weight) * idf(n_texts, n_with) * impact(bm25, frequency, length, mean_length);
        }
    }
    scores
}

/// The scores of a collection whose texts have states, 0 for what may not be found: those of the collection without what was
/// deleted, built anew.
pub fn live_scores(bm25: &Bm25, query: &[(usize, f32)], lists: Lists, lengths: &[f32], states: &[State]) -> Vec<f64> {
    let living: Vec<usize> = (0..states.len()).filter(|&text| states[text] != State::Deleted).collect();
    let (mut starts, mut texts, mut frequencies) = (vec![0], vec![], vec![]);
    for term in 0..lists.starts.len() - 1 {
        for (text, frequency) in lists.of(term) {
            if let Ok(anew) = living.binary_search(&text) {
                texts.push(anew as i32);
                frequencies.push(frequency as f32);
            }
        }
        starts.push(texts.len() as i32);
    }
    let living_lengths: Vec<f32> = living.iter().map(|&text| lengths[text]).collect();
    let anew = Lists { starts: &starts, texts: &texts, frequencies: &frequencies };
    let mut scores_of_all = vec![0.0; states.len()];
    for (&text, score) in living.iter().zip(scores(bm25, query, anew, &living_lengths)) {
        if states[text] == State::Found {
            scores_of_all[text] = score;
        }
    }
    scores_of_all
}

/// The best `k` texts with a score above 0: the higher score first, of equal ones the smaller number.
pub fn best(scores: &[f64], k: usize) -> Vec<(usize, f64)> {
    let mut found: Vec<(usize, f64)> = scores.iter().copied().enumerate().filter(|(_, score)| *score > 0.0).collect();
    // A stable sort: equal scores stay in the order of their numbers.
    found.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    found.truncate(k);
    found
}

/// The postings of texts given as the numbers of their terms: `(term, text, frequency)`, by term, then by text.
pub fn postings(texts: &[&[i32]]) -> Vec<(i32, usize, usize)> {
    let mut found: Vec<(i32, usize, usize)> = vec![];
    for (number, text) in texts.iter().enumerate() {
        for &term in *text {
            match found.iter_mut().find(|(known, in_text, _)| (*known, *in_text) == (term, number)) {
                Some((_, _, frequency)) => *frequency += 1,
                None => found.push((term, number, 1)),
            }
        }
    }
    found.sort_unstable();
    found
}

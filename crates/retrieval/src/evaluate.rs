//! How good a ranking is: recall, nDCG, reciprocal rank at k, and intervals of their means.
//!
//! The definitions are trec_eval's, so that numbers compare with published ones: gains are the grades themselves, the
//! discount is `log2(rank + 1)`, the ideal ranking sorts all judged documents, and a grade of 1 or more is relevant.
//! An interval is the middle 95 % of the means of [`RESAMPLES`] resamples of the questions, drawn from a fixed seed: the
//! same questions give the same interval.
//!
//! Source: Järvelin and Kekäläinen 2002 (nDCG); Efron 1979 (bootstrap). Not here: questions' files (see `questions`).

use serde::Serialize;
use std::collections::HashMap;

/// The grades of the judged documents of one question.
pub type Grades = HashMap<String, u32>;

/// Resamples behind an interval.
pub const RESAMPLES: usize = 2000;
/// The depths that are reported.
pub const DEPTHS: [usize; 3] = [1, 5, 10];

/// A measure of a ranking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Metric {
    /// The share of the relevant documents that are among the first k.
    Recall,
    /// The discounted gain among the first k, of the best possible.
    Ndcg,
    /// One over the rank of the first relevant document, if it is among the first k.
    Mrr,
}

impl Metric {
    /// All of them.
    pub const ALL: [Metric; 3] = [Metric::Recall, Metric::Ndcg, Metric::Mrr];

    /// As people and files write it.
    pub fn name(self) -> &'static str {
        match self {
            Metric::Recall => "recall",
            Metric::Ndcg => "ndcg",
            Metric::Mrr => "mrr",
        }
    }

    /// The value for one question, 0 to 1; 0 if nothing is relevant to it.
    ///
    /// ```
    /// use retrieval::evaluate::{Grades, Metric};
    /// let grades = Grades::from([("a".into(), 1), ("b".into(), 1)]);
    /// assert_eq!(Metric::Mrr.of(&["x", "b"], &grades, 10), 0.5);
    /// assert_eq!(Metric::Recall.of(&["x", "b"], &grades, 10), 0.5);
    /// ```
    pub fn of(self, ranking: &[&str], grades: &Grades, k: usize) -> f64 {
        let ranking = &ranking[..ranking.len().min(k)];
        let grade = |id: &&str| grades.get(*id).copied().unwrap_or(0);
        match self {
            Metric::Recall => {
                let relevant = grades.values().filter(|grade| **grade > 0).count();
                let found = ranking.iter().filter(|id| grade(id) > 0).count();
                if relevant == 0 { 0.0 } else { found as f64 / relevant as f64 }
            }
            Metric::Ndcg => {
                let mut ideal: Vec<u32> = grades.values().copied().collect();
                ideal.sort_unstable_by(|a, b| b.cmp(a));
                ideal.truncate(k);
                let best = gain(ideal.into_iter());
                if best == 0.0 { 0.0 } else { gain(ranking.iter().map(grade)) / best }
            }
            Metric::Mrr => ranking.iter().position(|id| grade(id) > 0).map_or(0.0, |i| 1.0 / (i + 1) as f64),
        }
    }
}

fn gain(grades: impl Iterator<Item = u32>) -> f64 {
    // A sum of nothing is -0.0, which nobody expects to read.
    grades.enumerate().map(|(i, grade)| f64::from(grade) / ((i + 2) as f64).log2()).sum::<f64>() + 0.0
}

/// A mean over questions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// What was measured.
    pub metric: Metric,
    /// How deep.
    pub k: usize,
    /// Questions.
    pub n: usize,
    /// The mean.
    pub value: f64,
    /// The 95 % interval of the mean.
    pub ci95: [f64; 2],
}

/// Every metric at every depth over questions, each a ranking and its grades.
pub fn lines(questions: &[(Vec<&str>, &Grades)]) -> Vec<Line> {
    let pairs = Metric::ALL.iter().flat_map(|metric| DEPTHS.map(|k| (*metric, k)));
    pairs
        .map(|(metric, k)| {
            let values: Vec<f64> = questions.iter().map(|(ranking, grades)| metric.of(ranking, grades, k)).collect();
            Line { metric, k, n: values.len(), value: mean(&values), ci95: interval(&values) }
        })
        .collect()
}

/// The mean; 0 of nothing.
pub fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// The 95 % bootstrap interval of the mean of `values`; for differences of two systems on the same questions, it tells
/// whether one is better: 0 lies outside.
pub fn interval(values: &[f64]) -> [f64; 2] {
    if values.is_empty() {
        return [0.0, 0.0];
    }
    let n = values.len();
    let mut draws = (0..).flat_map(|i| kernels::rng::block(KEY, i)).map(|bits| (u64::from(bits) * n as u64) >> 32);
    let mut means: Vec<f64> =
        (0..RESAMPLES).map(|_| draws.by_ref().take(n).map(|i| values[i as usize]).sum::<f64>() / n as f64).collect();
    means.sort_by(f64::total_cmp);
    let at = |share: f64| means[((RESAMPLES - 1) as f64 * share).round() as usize];
    [at(0.025), at(0.975)]
}

/// The stream of random numbers that resamples are drawn from.
const KEY: [u64; 2] = [0x5eed, 0];

//! How much titles and meaning count, learned from a person's own questions.
//!
//! Both are chosen by trying: every title weight with every share of meaning, and the pair whose rankings have the highest mean nDCG at
//! 10 wins, of equals the first. What a choice by few questions is worth is told by questions that it was not made by: each
//! fifth of them is ranked with what the other four chose. Only if that is better than the usual weights is anything kept; else the
//! usual ones stay.
//!
//! Not here: other ways of cutting, which a knowledge base keeps for life (see [`super::compare`]).

use super::{DEPTH, Names, Question};
use crate::access::Viewer;
use crate::evaluate::{Grades, Metric, mean};
use crate::knowledge_base::{KbError, KnowledgeBase, Weights};
use crate::meaning::Meaning;
use serde::Serialize;

/// Title weights that are tried, the usual one first.
const TITLE_WEIGHTS: [f32; 6] = [3.0, 0.0, 1.0, 2.0, 5.0, 8.0];
/// Shares of meaning that are tried, none first.
const SHARES: [f32; 7] = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7];
/// Parts of the questions, each ranked by what the others chose.
const FOLDS: usize = 5;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LearnedWeights {
    /// How many times a title word counts.
    pub title_weight: f32,
    /// The share of meaning, 0 to 1.
    pub meaning: f32,
    /// Questions that documents answer.
    pub n: usize,
    /// Their mean nDCG at 10 with the usual weights.
    pub before: f64,
    /// The same with weights learned from other questions.
    pub after: f64,
    /// Whether that is better; if not, the weights are the usual ones.
    pub is_better: bool,
}

/// Learns the weights from the questions that documents answer; from words alone where the knowledge base's embedder is not there.
///
/// # Errors
/// Those of the store and of the embedder.
pub fn learn(kb: &KnowledgeBase, questions: &[Question], viewer: &Viewer) -> Result<LearnedWeights, KbError> {
    let names = Names::of(kb);
    let asked: Vec<(&Question, Grades)> = questions
        .iter()
        .filter(|question| !question.relevant.is_empty())
        .map(|question| (question, names.grades(question)))
        .collect();
    let meaning: Option<Meaning> = if kb.has_its_embedder()? { Some(kb.meaning()?) } else { None };
    let shares = if meaning.is_some() { &SHARES[..] } else { &SHARES[..1] };
    let mut tried: Vec<(Weights, Vec<f64>)> = vec![];
    for title_weight in TITLE_WEIGHTS {
        let index = kb.index_with(title_weight);
        for share in shares {
            let weights = Weights { title_weight, meaning: *share };
            let value = |(question, grades): &(&Question, Grades)| -> Result<f64, KbError> {
                let meaning = meaning.as_ref().filter(|_| *share > 0.0).map(|meaning| (meaning, *share));
                let ranking = kb.rank_with(&index, meaning, &question.question, DEPTH, viewer)?;
                Ok(Metric::Ndcg.of(&ranking, grades, DEPTH))
            };
            tried.push((weights, asked.iter().map(value).collect::<Result<_, _>>()?));
        }
    }
    let best = |counts: &dyn Fn(usize) -> bool| {
        let sum = |values: &[f64]| values.iter().enumerate().filter(|(i, _)| counts(*i)).map(|(_, v)| v).sum::<f64>();
        let mut best = &tried[0];
        for one in &tried[1..] {
            best = if sum(&one.1) > sum(&best.1) { one } else { best };
        }
        best
    };
    let mut others: Vec<f64> = vec![0.0; asked.len()];
    for fold in 0..FOLDS {
        let (_, values) = best(&|i| i % FOLDS != fold);
        (fold..asked.len()).step_by(FOLDS).for_each(|i| others[i] = values[i]);
    }
    let (before, after) = (mean(&tried[0].1), mean(&others));
    let is_better = after > before;
    let Weights { title_weight, meaning } = if is_better { best(&|_| true).0 } else { Weights::USUAL };
    Ok(LearnedWeights { title_weight, meaning, n: asked.len(), before, after, is_better })
}

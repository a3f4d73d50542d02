//! From which confidence on to answer, learned from a person's own questions.
//!
//! The [confidence](super) is a likelihood fitted on other collections. In one whose documents look like answers without being any it
//! is too high, in one of clear notes too low. So it is put through one more logistic curve, `1 / (1 + e^-(a x + b))` of
//! its log-odds x, fitted on whether the answers to the person's questions came from the right documents; the threshold is the
//! confidence at which that curve reaches the share that should be right. With few questions a pull towards `a = 1, b = 0` (the
//! confidence as it is) keeps chance out, and `a` stays above 0: a higher confidence never means less.
//!
//! What the threshold does is told by questions that it was not learned from: each fifth of them is judged by the other four.
//!
//! Source: Platt 1999, "Probabilistic outputs for support vector machines". Not here: asking (see [`super::answer`]).

use super::{THRESHOLD, answer};
use crate::access::Viewer;
use crate::knowledge_base::{KbError, KnowledgeBase, Weights};
use crate::questions::weights::{self, LearnedWeights};
use crate::questions::{Names, Question};
use serde::Serialize;

sys::coded_error! {
    /// Why nothing can be learned from questions.
    pub enum CalibrateError {
        /// Too few that the documents answer, or too few that they do not.
        Few { answerable: usize, unanswerable: usize, expected: usize } = "kb.calibrate_few",
    }
}

sys::coded_union! {
    /// Why a threshold could not be learned.
    pub enum LearnError {
        /// The questions.
        Questions(CalibrateError),
        /// The knowledge base.
        Kb(KbError),
    }
}

/// The share of answers that should be right when nothing else is wanted: more often right than wrong.
pub const RIGHT: f32 = 0.5;
/// Questions of either kind without which nothing is learned.
const QUESTIONS_MIN: usize = 5;
/// Parts of the questions, each judged by the others.
const FOLDS: usize = 5;
/// Log-odds beyond which a confidence says no more.
const LOG_ODDS_MAX: f64 = 8.0;
/// As many steps of descent suffice for two numbers.
const STEPS: usize = 400;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calibrated {
    /// From this confidence on there is an answer.
    pub threshold: f32,
    /// The share of answers that should be right.
    pub right: f32,
    /// Questions.
    pub n: usize,
    /// Those among them that the documents do not answer.
    pub unanswerable: usize,
    /// With the threshold as it is when nothing was learned.
    pub before: Rates,
    /// With thresholds learned from other questions.
    pub after: Rates,
}

/// How answers did.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rates {
    /// Of the answerable questions, the share that got an answer from the right document.
    pub coverage: f64,
    /// Of the answers given, the share from the right document; `None` if there was no answer.
    pub precision: Option<f64>,
}

/// A question that was asked.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Of its answer.
    pub confidence: f32,
    /// Whether the answer comes from the right document.
    pub is_right: bool,
    /// Whether any document answers.
    pub is_answerable: bool,
}

/// What was learned from questions, and is kept.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Learned {
    /// From which confidence on to answer.
    #[serde(flatten)]
    pub calibrated: Calibrated,
    /// How much titles and meaning count in searches.
    pub weights: LearnedWeights,
}

/// What a knowledge base has learned before.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Kept {
    /// From which confidence on to answer, if that was learned.
    pub threshold: Option<f32>,
    /// What searches weigh by.
    #[serde(flatten)]
    pub weights: Weights,
}

/// Learns what searches weigh by, then the threshold of answers, and keeps both in the knowledge base.
///
/// # Errors
/// [`CalibrateError::Few`], and those of the store; nothing is kept then.
pub fn learn(
    kb: &mut KnowledgeBase,
    questions: &[Question],
    viewer: &Viewer,
    right: f32,
) -> Result<Learned, LearnError> {
    enough(questions)?;
    let weights = weights::learn(kb, questions, viewer)?;
    kb.keep_weights(Weights { title_weight: weights.title_weight, meaning: weights.meaning })?;
    let calibrated = calibrate(kb, questions, viewer, right)?;
    kb.keep_threshold(Some(calibrated.threshold))?;
    Ok(Learned { calibrated, weights })
}

/// How many questions are unanswerable, if there are enough of either kind.
fn enough(questions: &[Question]) -> Result<usize, CalibrateError> {
    let unanswerable = questions.iter().filter(|question| question.relevant.is_empty()).count();
    let answerable = questions.len() - unanswerable;
    if answerable.min(unanswerable) < QUESTIONS_MIN {
        return Err(CalibrateError::Few { answerable, unanswerable, expected: QUESTIONS_MIN });
    }
    Ok(unanswerable)
}

/// Learns the threshold from `questions`; one with nothing relevant is one that the documents do not answer.
///
/// # Errors
/// [`CalibrateError::Few`], and those of the store.
pub fn calibrate(
    kb: &KnowledgeBase,
    questions: &[Question],
    viewer: &Viewer,
    right: f32,
) -> Result<Calibrated, LearnError> {
    let unanswerable = enough(questions)?;
    let names = Names::of(kb);
    let mut samples = vec![];
    for question in questions {
        let found = answer(kb, &question.question, viewer, 0.0)?;
        let grades = names.grades(question);
        let is_right = found.citations.first().is_some_and(|first| grades.contains_key(&first.document));
        let is_answerable = !question.relevant.is_empty();
        samples.push(Sample { confidence: found.confidence, is_right, is_answerable });
    }
    let others = |fold: usize| {
        let rest: Vec<Sample> =
            samples.iter().enumerate().filter(|(i, _)| i % FOLDS != fold).map(|(_, s)| *s).collect();
        threshold(&rest, right)
    };
    let learned: Vec<f32> = (0..FOLDS).map(others).collect();
    Ok(Calibrated {
        threshold: threshold(&samples, right),
        right,
        n: samples.len(),
        unanswerable,
        before: rates(&samples, |_| THRESHOLD),
        after: rates(&samples, |i| learned[i % FOLDS]),
    })
}

/// The confidence from which on an answer is right with at least the likelihood `right`.
///
/// ```
/// use retrieval::answer::calibrate::{Sample, threshold};
/// let sample = |confidence, is_right| Sample { confidence, is_right, is_answerable: true };
/// // Right half as often as it says: of a hundred answers at 0.8, forty are.
/// let over: Vec<Sample> = (0..100).map(|i| sample(0.8, i < 40)).collect();
/// assert!(threshold(&over, 0.5) > 0.8);
/// ```
pub fn threshold(samples: &[Sample], right: f32) -> f32 {
    let points: Vec<(f64, bool)> = samples.iter().map(|s| (log_odds(f64::from(s.confidence)), s.is_right)).collect();
    let [log_a, b] = fit(&points);
    let x = (log_odds(f64::from(right)) - b) / log_a.exp();
    (1.0 / (1.0 + (-x).exp())) as f32
}

fn log_odds(p: f64) -> f64 {
    (p / (1.0 - p)).ln().clamp(-LOG_ODDS_MAX, LOG_ODDS_MAX)
}

/// ln a and b of the likeliest curve, by gradient descent whose steps halve when the loss would rise.
fn fit(points: &[(f64, bool)]) -> [f64; 2] {
    let loss = |[log_a, b]: [f64; 2]| {
        let each = points.iter().map(|&(x, is_right)| {
            let z = log_a.exp() * x + b;
            // ln(1 + e^z) without overflow, less z where it was right.
            z.max(0.0) + (-z.abs()).exp().ln_1p() - if is_right { z } else { 0.0 }
        });
        each.sum::<f64>() + (log_a * log_a + b * b) / 2.0
    };
    let mut at = [0.0, 0.0];
    let (mut now, mut rate) = (loss(at), 1.0 / (points.len().max(1) as f64));
    for _ in 0..STEPS {
        let a = at[0].exp();
        let [mut down_a, mut down_b] = at;
        for &(x, is_right) in points {
            let off = 1.0 / (1.0 + (-(a * x + at[1])).exp()) - f64::from(u8::from(is_right));
            down_a += off * x * a;
            down_b += off;
        }
        let next = [at[0] - rate * down_a, at[1] - rate * down_b];
        let then = loss(next);
        if then <= now {
            (at, now, rate) = (next, then, rate * 1.2);
        } else {
            rate /= 2.0;
        }
    }
    at
}

/// What is answered where sample `i` has the threshold `of(i)`.
fn rates(samples: &[Sample], of: impl Fn(usize) -> f32) -> Rates {
    let given: Vec<&Sample> = samples
        .iter()
        .enumerate()
        .filter(|(i, s)| s.confidence > 0.0 && s.confidence >= of(*i))
        .map(|(_, s)| s)
        .collect();
    let right = given.iter().filter(|sample| sample.is_right).count() as f64;
    let answerable = samples.iter().filter(|sample| sample.is_answerable).count();
    let precision = (!given.is_empty()).then(|| right / given.len() as f64);
    Rates { coverage: right / answerable.max(1) as f64, precision }
}

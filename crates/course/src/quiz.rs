//! Quiz items: drawing a variant, and judging an answer.
//!
//! A choice is shown with its options shuffled, a number with values drawn into its sentence. Both depend on the seed
//! alone, so that an answer can be judged later from the seed.

use crate::lab::Ordered;
use crate::random::Random;
use crate::{Expression, Words};
use serde::{Deserialize, Serialize};

/// More ways than this to draw an item's numbers are not gone through one by one.
const DRAWS_MAX: usize = 10_000;

/// An item of a topic's bank.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuizItem {
    /// Stable name, unique in the topic.
    pub id: String,
    /// Choice or number.
    pub kind: QuizKind,
    /// Where it stands.
    #[serde(rename = "use")]
    pub used: QuizUse,
    /// The skill it tests.
    pub skill: String,
    /// What is asked; `{name}` stands for a drawn number.
    pub question: Words,
    /// Shown after the answer.
    pub why: Words,
    /// For a choice.
    #[serde(default)]
    pub options: Vec<QuizOption>,
    /// For a number: what each name is drawn from.
    #[serde(default)]
    pub draw: Ordered<Vec<f64>>,
    /// For a number: the right one.
    pub answer: Option<Expression>,
    /// For a number: how far off is still right.
    #[serde(default)]
    pub tolerance: f64,
}

/// The kinds of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QuizKind {
    /// One of the options is right.
    Choice,
    /// A number is asked for.
    Number,
}

/// Where an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QuizUse {
    /// At the end of the topic.
    Quiz,
    /// In the lesson, before a reveal.
    Predict,
}

/// An option of a choice.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuizOption {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
    /// Whether it is the right one.
    #[serde(default)]
    pub right: bool,
    /// The trap that choosing it shows.
    pub trap: Option<String>,
}

/// An item as it is shown once.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Question {
    /// The item's.
    pub id: String,
    /// Gives the same variant again.
    pub seed: u64,
    /// Choice or number.
    pub kind: QuizKind,
    /// With drawn numbers in place.
    pub text: String,
    /// Shuffled; empty for a number.
    pub options: Vec<String>,
}

/// What an answer is worth.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judgement {
    /// Whether it is right.
    pub right: bool,
    /// The right option's position, or the right number.
    pub expected: f64,
    /// Why.
    pub why: String,
    /// The trap that the answer shows.
    pub trap: Option<String>,
}

impl QuizItem {
    /// The variant that `seed` gives, in the language with this tag.
    pub fn ask(&self, seed: u64, language: &str) -> Question {
        let drawn = self.drawn(seed);
        let options = self.order(seed).into_iter().map(|i| match language {
            "zh" => self.options[i].zh.clone(),
            _ => self.options[i].en.clone(),
        });
        Question {
            id: self.id.clone(),
            seed,
            kind: self.kind,
            text: fill(self.question.in_language(language), &drawn),
            options: options.collect(),
        }
    }

    /// Judges an answer to the variant of `seed`: the position of an option counted from 0, or a number.
    pub fn judge(&self, seed: u64, answer: f64, language: &str) -> Judgement {
        let drawn = self.drawn(seed);
        let order = self.order(seed);
        let chosen = order.iter().enumerate().find(|(at, _)| *at as f64 == answer).map(|(_, &i)| &self.options[i]);
        let expected = match &self.answer {
            Some(expression) => expression.value(&|name| lookup(&drawn, name)).unwrap_or(f64::NAN),
            None => order.iter().position(|&i| self.options[i].right).map_or(f64::NAN, |at| at as f64),
        };
        Judgement {
            right: (answer - expected).abs() <= self.tolerance,
            expected,
            why: fill(self.why.in_language(language), &drawn),
            trap: chosen.and_then(|option| option.trap.clone()),
        }
    }

    /// Every way to draw its numbers; one, empty, where there are none.
    pub(crate) fn draws(&self) -> impl Iterator<Item = Vec<(String, f64)>> {
        let n_draws = self.draw.0.iter().fold(1usize, |n, (_, from)| n.saturating_mul(from.len()));
        (0..n_draws.min(DRAWS_MAX)).map(|mut number| {
            let mut digit = |(name, from): &(String, Vec<f64>)| {
                let at = number % from.len();
                number /= from.len();
                (name.clone(), from[at])
            };
            self.draw.0.iter().map(&mut digit).collect()
        })
    }

    fn drawn(&self, seed: u64) -> Vec<(String, f64)> {
        let mut random = Random::new(seed, &[&self.id, "draw"]);
        let draw = |(name, from): &(String, Vec<f64>)| (name.clone(), from[random.below(from.len())]);
        self.draw.0.iter().map(draw).collect()
    }

    fn order(&self, seed: u64) -> Vec<usize> {
        Random::new(seed, &[&self.id, "order"]).permutation(self.options.len())
    }
}

pub(crate) fn lookup(drawn: &[(String, f64)], name: &str) -> Option<f64> {
    drawn.iter().find(|(key, _)| key == name).map(|(_, value)| *value)
}

fn fill(text: &str, drawn: &[(String, f64)]) -> String {
    drawn.iter().fold(text.to_string(), |text, (name, value)| text.replace(&format!("{{{name}}}"), &value.to_string()))
}

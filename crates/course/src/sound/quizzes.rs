//! The whole bank of questions: nobody finds the right option without knowing the answer.
//!
//! Over all topics, questions in lessons included, and in each language for itself, the right option is seldom the
//! longest; it stands at every position about as often; no two options of an item say the same.

use super::Unsound;
use crate::Curriculum;
use crate::quiz::{QuizItem, QuizKind, QuizUse};
use std::collections::{BTreeMap, HashSet};

const LONGEST_PERCENT_MAX: usize = 30;
const QUIZ_ITEMS_MIN: usize = 8;
/// If every position were as likely for the right option, a count as far out as the one found, to this side or beyond,
/// would be rarer than this. Options are shuffled when they are shown, so this is about the file: who writes the right
/// one first writes the others as afterthoughts, and a printed bank would give itself away. One in a thousand: with four
/// positions and two sides a bank laid out by chance is called uneven once in some 125 times, and one that always
/// begins with the right option from five items on (0.25 to the 5 is 0.00098).
const POSITION_CHANCE_MIN: f64 = 0.001;

/// A choice with what it belongs to.
struct Choice<'a> {
    topic: &'a str,
    item: &'a QuizItem,
    /// Where the right option stands in the file.
    right: usize,
}

/// Checks the quizzes of all topics.
pub fn check_quizzes(curriculum: &Curriculum, found: &mut dyn FnMut(Unsound)) {
    let mut bank = Vec::new();
    for topic in &curriculum.topics {
        let (Some(content), id) = (&topic.content, topic.graph.id.as_str()) else { continue };
        let asked = content.quiz.iter().filter(|item| item.used == QuizUse::Quiz).count();
        if asked < QUIZ_ITEMS_MIN {
            found(Unsound::QuizFew { topic: id.into(), found: asked, expected: QUIZ_ITEMS_MIN });
        }
        for item in content.quiz.iter().filter(|item| item.kind == QuizKind::Choice) {
            let right = item.options.iter().position(|option| option.right).unwrap_or(0);
            bank.push(Choice { topic: id, item, right });
        }
    }
    for language in ["zh", "en"] {
        bank.iter().for_each(|choice| check_same(choice, language, found));
        check_longest(&bank, language, found);
    }
    check_positions(&bank, found);
}

fn check_same(choice: &Choice, language: &str, found: &mut dyn FnMut(Unsound)) {
    let mut seen = HashSet::new();
    for at in 0..choice.item.options.len() {
        let option = choice.said(at, language);
        if !seen.insert(plain(option)) {
            let (topic, item) = (choice.topic.into(), choice.item.id.clone());
            found(Unsound::QuizSame { topic, item, language: language.into(), option: option.into() });
        }
    }
}

fn check_longest(bank: &[Choice], language: &str, found: &mut dyn FnMut(Unsound)) {
    let is_longest = |choice: &&Choice| {
        let length = |at: usize| choice.said(at, language).chars().count();
        (0..choice.item.options.len()).all(|at| at == choice.right || length(at) < length(choice.right))
    };
    let longest: Vec<&Choice> = bank.iter().filter(is_longest).collect();
    if longest.len() * 100 > LONGEST_PERCENT_MAX * bank.len() {
        let percent = longest.len() * 100 / bank.len();
        let (language, items) = (language.into(), names(&longest));
        found(Unsound::QuizLongest { language, percent, limit: LONGEST_PERCENT_MAX, items });
    }
}

fn check_positions(bank: &[Choice], found: &mut dyn FnMut(Unsound)) {
    let mut by_options: BTreeMap<usize, Vec<&Choice>> = BTreeMap::new();
    for choice in bank {
        by_options.entry(choice.item.options.len()).or_default().push(choice);
    }
    for (options, choices) in by_options {
        for position in 0..options {
            let here: Vec<&Choice> = choices.iter().copied().filter(|choice| choice.right == position).collect();
            let (n, of) = (here.len(), choices.len());
            let chance = |counts: std::ops::RangeInclusive<usize>| -> f64 {
                counts.map(|count| binomial(of, count, 1.0 / options as f64)).sum()
            };
            if chance(n..=of).min(chance(0..=n)) < POSITION_CHANCE_MIN {
                let items = names(&here);
                found(Unsound::QuizPositions { options, position: position + 1, found: n, of, items });
            }
        }
    }
}

/// The chance of exactly `count` successes in `n` tries; through logarithms, for a large bank's powers vanish.
fn binomial(n: usize, count: usize, p: f64) -> f64 {
    let ln_choose: f64 = (0..count).map(|i| ((n - i) as f64 / (i + 1) as f64).ln()).sum();
    (ln_choose + count as f64 * p.ln() + (n - count) as f64 * (1.0 - p).ln()).exp()
}

fn names(choices: &[&Choice]) -> String {
    let names: Vec<String> = choices.iter().map(|choice| format!("{}/{}", choice.topic, choice.item.id)).collect();
    names.join(", ")
}

impl Choice<'_> {
    fn said(&self, at: usize, language: &str) -> &str {
        let option = &self.item.options[at];
        if language == "zh" { &option.zh } else { &option.en }
    }
}

/// What an option says, whatever its capitals, blanks and the marks between and after its sentences. Signs stay, for
/// formulas differ by them alone.
fn plain(option: &str) -> String {
    let is_mark = |c: char| c.is_whitespace() || "，。、；：！？“”‘’,;:!?\"'".contains(c);
    let kept: String = option.chars().filter(|&c| !is_mark(c)).flat_map(char::to_lowercase).collect();
    kept.trim_end_matches('.').into()
}

#[cfg(test)]
mod tests {
    #[test]
    fn chances_of_counts() {
        let rows = [(5, 5, 0.25, 0.25f64.powi(5)), (4, 2, 0.5, 0.375), (3000, 0, 0.25, 0.0)];
        for (n, count, p, expected) in rows {
            assert!((super::binomial(n, count, p) - expected).abs() < 1e-12, "{n}, {count}, {p}");
        }
    }
}

//! Reviews: when a skill is asked for again, by FSRS.
//!
//! A skill becomes a card with its first success, or when its lab is given up. Each day on which the learner shows it,
//! rightly or not, is one review with the rating that the evidence gives; nobody is asked how hard it was. FSRS (Ye, Su, Cao, "A Stochastic Shortest Path
//! Algorithm for Optimizing Spaced Repetition Scheduling", KDD 2022; version 6 with its authors' average parameters) models
//! how fast the memory fades, and a skill is due when the odds to recall it have come down to [`RETENTION`]. What is asked
//! then stands in `pose`.
//!
//! Everything is a function of the union of events and of now. A clock that ran ahead left dates after now: they cannot tell
//! when a review is due, so what is known only from them is due at once.

mod mutant;
mod pose;

pub(crate) use mutant::OPTIONS_MIN;
pub use mutant::{MutantQuestion, mutant_question};
pub use pose::{Posed, Review, find, pose};

use crate::Curriculum;
use crate::curriculum::Topic;
use crate::events::Event;
use crate::evidence::{Evidence, Task, day, evidence};
use crate::lab::{Lab, Mutant};
use crate::quiz::QuizUse;
use fsrs::{FSRS, FSRS6_DEFAULT_DECAY, ItemState, current_retrievability};
use std::collections::BTreeMap;

/// The odds of recall at which a skill is due: the usual compromise between forgetting and asking too often.
pub const RETENTION: f32 = 0.9;
/// Beyond a century a date is a damaged one.
const DAYS_MAX: i64 = 36_500;

/// A skill that is asked for again some day.
#[derive(Clone, Debug)]
pub struct Card<'a> {
    /// The skill.
    pub skill: &'a str,
    /// The topic it belongs to.
    pub topic: &'a Topic,
    /// The day on which it was shown last, counted from 1970.
    pub last_day: i64,
    /// The day from which on it is due.
    pub due_day: i64,
    /// The odds that the learner recalls it now; `None` if only dates after now tell of it.
    pub recall: Option<f64>,
}

impl Card<'_> {
    /// Whether it is due on the day of `now`, in milliseconds since 1970.
    pub fn is_due(&self, now: i64) -> bool {
        self.due_in_days(now) <= 0
    }

    /// Why it is asked at `now`: the key of the sentence in the catalogues, and its fields.
    pub fn why(&self, now: i64) -> (&'static str, Vec<(&'static str, String)>) {
        let Some(recall) = self.recall else { return ("review.why_undated", vec![]) };
        let percent = ("percent", format!("{:.0}", recall * 100.0));
        match day(now) - self.last_day {
            1 => ("review.why_one_day", vec![percent]),
            days => ("review.why", vec![("days", days.to_string()), percent]),
        }
    }

    /// Days from `now` until it is due, negative once it is overdue.
    pub fn due_in_days(&self, now: i64) -> i64 {
        self.due_day - day(now)
    }
}

/// All cards, the most doubtful first.
pub fn cards<'a>(curriculum: &'a Curriculum, events: &[Event], now: i64) -> Vec<Card<'a>> {
    let mut of_skill: BTreeMap<&str, Vec<Evidence>> = BTreeMap::new();
    for result in evidence(curriculum, events) {
        of_skill.entry(result.skill).or_default().push(result);
    }
    let card = |(skill, results): (&'a str, Vec<Evidence>)| {
        let (topic, _) = curriculum.skill(skill)?;
        can_be_asked(curriculum, topic, skill).then(|| card(topic, skill, &results, now)).flatten()
    };
    let mut cards: Vec<Card> = of_skill.into_iter().filter_map(card).collect();
    // Equal odds keep the order of the skills' names.
    cards.sort_by(|a, b| a.recall.unwrap_or(0.0).total_cmp(&b.recall.unwrap_or(0.0)));
    cards
}

/// Cards that are due, the most doubtful first.
pub fn due<'a>(curriculum: &'a Curriculum, events: &[Event], now: i64) -> Vec<Card<'a>> {
    let mut cards = cards(curriculum, events, now);
    cards.retain(|card| card.is_due(now));
    cards
}

/// Whether the curriculum has a question for `skill`.
fn can_be_asked(curriculum: &Curriculum, topic: &Topic, skill: &str) -> bool {
    let quiz = topic.content.iter().flat_map(|content| &content.quiz);
    let has_step = |lab: &Lab, mutant: &Mutant| {
        lab.step(&mutant.step).is_some_and(|step| step.skills.iter().any(|known| known == skill))
    };
    quiz.into_iter().any(|item| item.used == QuizUse::Quiz && item.skill == skill)
        || curriculum.labs().any(|lab| lab.sheet.mutants.iter().any(|mutant| has_step(lab, mutant)))
}

/// The card of a skill, once there was a success or a lab was given up.
fn card<'a>(topic: &'a Topic, skill: &'a str, results: &[Evidence], now: i64) -> Option<Card<'a>> {
    let today = day(now);
    let mut days: BTreeMap<i64, Vec<&Evidence>> = BTreeMap::new();
    for result in results.iter().filter(|result| result.at <= now) {
        days.entry(day(result.at)).or_default().push(result);
    }
    let reviews: Vec<(i64, Rating)> = days
        .iter()
        .skip_while(|(_, results)| !results.iter().any(|result| result.right || result.task == Task::GivenUp))
        .map(|(day, results)| (*day, rating(results)))
        .collect();
    let Some((last_day, _)) = reviews.last().copied() else {
        let is_met = results.iter().any(|result| result.at > now && result.right);
        return is_met.then_some(Card { skill, topic, last_day: today, due_day: today, recall: None });
    };
    let state = remembered(&reviews);
    let elapsed = (today - last_day).clamp(0, DAYS_MAX);
    let recall = current_retrievability(state.memory, elapsed as f32, FSRS6_DEFAULT_DECAY);
    let due_day = last_day + (state.interval.round() as i64).clamp(1, DAYS_MAX);
    Some(Card { skill, topic, last_day, due_day, recall: Some(recall.into()) })
}

/// FSRS's grades; `Easy` is the learner's to say, and nobody asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rating {
    Again,
    Hard,
    Good,
}

/// The rating of a day: what the first result says. A function that failed at first and passed that day without help was
/// recalled with trouble; an answer that was wrong at first was not, as the right one was then shown.
fn rating(results: &[&Evidence]) -> Rating {
    let passed_then = || results.iter().any(|result| result.right && result.task == Task::Written && !result.assisted);
    match results.first() {
        Some(first) if first.right && !first.assisted => Rating::Good,
        Some(first) if first.right => Rating::Hard,
        Some(first) if first.task == Task::Written && passed_then() => Rating::Hard,
        _ => Rating::Again,
    }
}

/// Memory and interval after these reviews, of which there is one at least.
fn remembered(reviews: &[(i64, Rating)]) -> ItemState {
    let fsrs = FSRS::default();
    let mut state: Option<ItemState> = None;
    let mut before = reviews[0].0;
    for (day, rating) in reviews {
        let elapsed = (day - before).clamp(0, DAYS_MAX) as u32;
        // It fails only for numbers that are not finite, and all of these are.
        let next =
            fsrs.next_states(state.as_ref().map(|state| state.memory), RETENTION, elapsed).expect("finite numbers");
        state = Some(match rating {
            Rating::Again => next.again,
            Rating::Hard => next.hard,
            Rating::Good => next.good,
        });
        before = *day;
    }
    state.expect("one review at least")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Golden {
        remembering: Vec<Row>,
    }

    #[derive(Deserialize)]
    struct Row {
        days: Vec<i64>,
        ratings: Vec<u8>,
        due: Vec<i64>,
    }

    #[test]
    fn due_days_are_those_of_another_implementation() {
        let golden: Golden = serde_json::from_str(include_str!("../goldens/learner.json")).unwrap();
        for Row { days, ratings, due } in golden.remembering {
            let rating = |rating: u8| [Rating::Again, Rating::Hard, Rating::Good][usize::from(rating) - 1];
            let reviews: Vec<_> = days.iter().copied().zip(ratings.iter().map(|&one| rating(one))).collect();
            for n in 1..=reviews.len() {
                let interval = (remembered(&reviews[..n]).interval.round() as i64).max(1);
                assert_eq!(reviews[n - 1].0 + interval, due[n - 1], "{days:?} {ratings:?}, review {n}");
            }
        }
    }

    #[test]
    fn a_day_has_the_rating_of_its_first_result() {
        let result = |right, task, assisted| Evidence { skill: "s", at: 0, right, assisted, task };
        let made = |right| result(right, Task::Written, false);
        let chosen = |right| result(right, Task::Choice(4), false);
        assert_eq!(rating(&[&made(true)]), Rating::Good);
        assert_eq!(rating(&[&result(true, Task::Written, true)]), Rating::Hard);
        assert_eq!(rating(&[&made(false), &made(true)]), Rating::Hard);
        assert_eq!(rating(&[&made(false), &result(true, Task::Written, true)]), Rating::Again);
        assert_eq!(rating(&[&chosen(false), &chosen(true)]), Rating::Again);
    }
}

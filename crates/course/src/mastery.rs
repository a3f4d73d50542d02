//! Mastery: how likely it is that the learner has a skill, by Bayesian knowledge tracing.
//!
//! Corbett and Anderson, "Knowledge tracing: modeling the acquisition of procedural knowledge" (1995): a skill is known
//! or not; who knows it errs with the probability of a slip, who does not is right with that of a guess. Each result moves
//! the probability that it is known by Bayes' rule, and each is a chance to learn it:
//!
//! ```text
//! P(L | right) = P(L) (1 - S) / (P(L) (1 - S) + (1 - P(L)) G)
//! P(L | wrong) = P(L) S / (P(L) S + (1 - P(L)) (1 - G))
//! P(L)' = P(L | result) + (1 - P(L | result)) T
//! ```
//!
//! A success on an advanced skill gives a fraction of a success to its prerequisites: with the weight w of `graph.toml` the
//! probability goes w of the way that a whole success would have moved it. Failures are passed on to nobody, as they may be
//! due to the advanced part. Mastered is a probability of [`MASTERED`] *and* a success without help on a later day than the
//! first: what was learnt today shows tomorrow whether it stayed.

use crate::Curriculum;
use crate::events::Event;
use crate::evidence::{Evidence, Task, day, evidence};
use std::collections::BTreeMap;

/// P(L0): somebody who takes a course about a thing mostly does not have it yet; one in five does.
pub const PRIOR: f64 = 0.2;
/// P(T): most of what a try teaches needs several of them. Corbett and Anderson's tutors found 0.1 to 0.4 for most rules.
pub const LEARN: f64 = 0.15;
/// P(S): one in ten right minds errs. They bounded it there, as with more an error would say too little.
pub const SLIP: f64 = 0.1;
/// P(G) of a function or a number: it can hardly be right by luck; it can be copied.
pub const GUESS_MADE: f64 = 0.05;
/// P(G) is never more than this, their bound: with more, being right would say too little. With help it is this.
pub const GUESS_MAX: f64 = 0.3;
/// The probability from which a skill counts as mastered.
pub const MASTERED: f64 = 0.95;
/// A success counts as one of another day after this long: a night lies between, whatever the time zone.
pub const NIGHT_MS: i64 = 8 * 60 * 60_000;
/// A credit of this share or more also counts as a success of its day.
pub const CREDIT_COUNTS: f64 = 0.5;

/// What the log says about one skill.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mastery {
    /// P(L).
    pub probability: f64,
    /// The first success, in milliseconds since 1970.
    pub first_success: Option<i64>,
    /// Whether there was a success without help on a later day.
    pub was_repeated: bool,
}

impl Mastery {
    /// Before the first result.
    pub const UNSEEN: Mastery = Mastery { probability: PRIOR, first_success: None, was_repeated: false };

    /// Probable enough, and repeated.
    pub fn is_mastered(&self) -> bool {
        self.probability >= MASTERED && self.was_repeated
    }

    /// Notes a share of a success; 1 is a whole one.
    fn succeed(&mut self, result: &Evidence, share: f64) {
        let whole = updated(self.probability, true, guess(result));
        self.probability += share * (whole - self.probability);
        if share < CREDIT_COUNTS {
            return;
        }
        let first = *self.first_success.get_or_insert(result.at);
        let is_later = day(result.at) > day(first) && result.at.saturating_sub(first) >= NIGHT_MS;
        self.was_repeated |= is_later && !result.assisted;
    }
}

/// What the log says about every skill that it says something about.
pub fn mastery<'a>(curriculum: &'a Curriculum, events: &[Event]) -> BTreeMap<&'a str, Mastery> {
    let mut skills: BTreeMap<&str, Mastery> = BTreeMap::new();
    for result in evidence(curriculum, events) {
        let skill = skills.entry(result.skill).or_insert(Mastery::UNSEEN);
        if !result.right {
            skill.probability = updated(skill.probability, false, guess(&result));
            continue;
        }
        skill.succeed(&result, 1.0);
        for (prerequisite, share) in credits(curriculum, result.skill) {
            skills.entry(prerequisite).or_insert(Mastery::UNSEEN).succeed(&result, share);
        }
    }
    skills
}

/// P(L) after one result.
///
/// ```
/// // 0.2 * 0.9 / (0.2 * 0.9 + 0.8 * 0.05) = 0.818..., and 0.15 of the rest is learnt.
/// assert!((course::mastery::updated(0.2, true, 0.05) - 0.845454).abs() < 1e-6);
/// ```
pub fn updated(known: f64, right: bool, guess: f64) -> f64 {
    let (if_known, if_not) = if right { (1.0 - SLIP, guess) } else { (SLIP, 1.0 - guess) };
    let posterior = known * if_known / (known * if_known + (1.0 - known) * if_not);
    posterior + (1.0 - posterior) * LEARN
}

/// P(G): one of the options by chance, a little for what has to be made, the most with help.
pub fn guess(result: &Evidence) -> f64 {
    match result.task {
        _ if result.assisted => GUESS_MAX,
        Task::Written | Task::Number | Task::GivenUp => GUESS_MADE,
        Task::Choice(options) => (1.0 / options.max(1) as f64).min(GUESS_MAX),
    }
}

/// The prerequisites that a success on `skill` says something about, and how much.
pub fn credits<'a>(curriculum: &'a Curriculum, skill: &str) -> impl Iterator<Item = (&'a str, f64)> {
    let of_skill = curriculum.topics.iter().flat_map(|topic| &topic.graph.credit.0).find(|(id, _)| id == skill);
    of_skill.into_iter().flat_map(|(_, credit)| credit.0.iter().map(|(id, share)| (id.as_str(), *share)))
}

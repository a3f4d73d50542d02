//! What the log shows about a skill: one piece of evidence for each answer, each attempt that says something, and each lab
//! that was given up.
//!
//! Everything here is a function of the union of events: they are put in order by time and id, and one that comes twice
//! counts once, so two computers that merged their logs see the same. What says nothing is left out:
//!
//! - a file that did not run (a slip of the keyboard, a step still to be written) says nothing about the idea;
//! - a step that was checked again on the same day without a change, or after it had passed (each check runs the
//!   earlier steps once more), was not tried again; nor was a question that was answered rightly today.

use crate::Curriculum;
use crate::events::{Event, Happening, ReviewForm, What};
use crate::lab::Lab;
use crate::quiz::{QuizItem, QuizKind};
use crate::review::OPTIONS_MIN;
use std::collections::BTreeSet;

/// A right or wrong result that concerns one skill.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence<'a> {
    /// The skill.
    pub skill: &'a str,
    /// Milliseconds since 1970.
    pub at: i64,
    /// Whether it was right.
    pub right: bool,
    /// Whether hints or a person or a program helped.
    pub assisted: bool,
    /// What was done.
    pub task: Task,
}

/// What somebody did that shows a skill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Wrote a function.
    Written,
    /// Looked at the solution instead.
    GivenUp,
    /// Gave a number.
    Number,
    /// Chose one of this many options.
    Choice(usize),
}

/// Milliseconds of a day.
pub(crate) const MS_PER_DAY: i64 = 24 * 60 * 60_000;

/// Days since 1970 in universal time, so that it is the same day on every computer.
pub fn day(at: i64) -> i64 {
    at.div_euclid(MS_PER_DAY)
}

/// Events in order of time, each once. Events of one moment are ordered by their ids.
pub fn in_time(events: &[Event]) -> Vec<&Event> {
    let mut sorted: Vec<&Event> = events.iter().collect();
    sorted.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    let mut seen = BTreeSet::new();
    sorted.retain(|event| seen.insert(&event.id));
    sorted
}

/// All evidence in the log, in order of time. What belongs to no known skill is left out.
pub fn evidence<'a>(curriculum: &'a Curriculum, events: &[Event]) -> Vec<Evidence<'a>> {
    let mut found = Vec::new();
    let mut said = BTreeSet::new();
    for event in in_time(events) {
        let Some(shown) = shown(curriculum, event) else { continue };
        if !said.insert((day(event.at), shown.place.clone(), shown.version))
            || said.contains(&passed(event, &shown.place))
        {
            continue;
        }
        if shown.right {
            said.insert(passed(event, &shown.place));
        }
        found.extend(shown.skills.into_iter().map(|skill| Evidence {
            skill,
            at: event.at,
            right: shown.right,
            assisted: shown.assisted,
            task: shown.task,
        }));
    }
    found
}

/// Marks a place where nothing more can be shown on that day.
fn passed(event: &Event, place: &str) -> (i64, String, String) {
    (day(event.at), place.into(), String::new())
}

/// What one event shows.
struct Shown<'a> {
    /// Where: a lab's step, a question.
    place: String,
    /// The file or variant: the same one twice shows nothing new. Never empty.
    version: String,
    right: bool,
    assisted: bool,
    task: Task,
    skills: Vec<&'a str>,
}

fn shown<'a>(curriculum: &'a Curriculum, event: &Event) -> Option<Shown<'a>> {
    match &event.what {
        What::Known(Happening::Attempt { lab, step, passed, source, assisted, failed, .. }) => {
            if failed.as_ref().is_some_and(|check| check.name == "runs") {
                return None;
            }
            let step = curriculum.lab(lab).ok()?.step(step)?;
            Some(Shown {
                place: format!("lab {lab} {}", step.id),
                version: format!("file {source}"),
                right: *passed,
                assisted: *assisted,
                task: Task::Written,
                skills: step.skills.iter().map(String::as_str).collect(),
            })
        }
        What::Known(Happening::GaveUp { lab, steps }) => {
            let known = curriculum.lab(lab).ok()?;
            let open = known.sheet.steps.iter().filter(|step| steps.is_empty() || steps.contains(&step.id));
            let skills: BTreeSet<&str> = open.flat_map(|step| &step.skills).map(String::as_str).collect();
            Some(Shown {
                place: format!("lab {lab}"),
                version: "given up".into(),
                right: false,
                assisted: true,
                task: Task::GivenUp,
                skills: skills.into_iter().collect(),
            })
        }
        What::Known(Happening::QuizAnswer { topic, item, seed, right, .. }) => {
            let known = curriculum.topic(topic)?.question(item)?;
            Some(answered(topic, known, *seed, *right))
        }
        What::Known(Happening::Review { form: ReviewForm::Quiz, of, item, seed, right, .. }) => {
            let known = curriculum.topic(of)?.question(item)?;
            Some(answered(of, known, *seed, *right))
        }
        What::Known(Happening::Review { form: ReviewForm::Mutant, of, item, skill, seed, right, .. }) => {
            let lab = curriculum.lab(of).ok()?;
            Some(Shown {
                place: format!("mutant {of} {item}"),
                version: format!("seed {seed}"),
                right: *right,
                assisted: false,
                // The fewest there can be: a guess is then taken for likelier than it is, never for less likely.
                task: Task::Choice(OPTIONS_MIN),
                skills: vec![skill_of_mutant(lab, item, skill)?],
            })
        }
        _ => None,
    }
}

fn answered<'a>(topic: &str, item: &'a QuizItem, seed: u64, right: bool) -> Shown<'a> {
    Shown {
        place: format!("question {topic} {}", item.id),
        version: format!("seed {seed}"),
        right,
        assisted: false,
        task: match item.kind {
            QuizKind::Choice => Task::Choice(item.options.len()),
            QuizKind::Number => Task::Number,
        },
        skills: vec![&item.skill],
    }
}

/// The name of `skill`, if the step that the wrong solution `mutant` fails shows it.
fn skill_of_mutant<'a>(lab: &'a Lab, mutant: &str, skill: &str) -> Option<&'a str> {
    let mutant = lab.sheet.mutants.iter().find(|known| known.file == mutant)?;
    lab.step(&mutant.step)?.skills.iter().map(String::as_str).find(|known| *known == skill)
}

//! How likely it is that a learner has a skill.

use crate::log::{attempt, event};
use crate::scratch;
use check::{Outcome, equal, that};
use course::Curriculum;
use course::events::{Event, Happening, What};
use course::evidence::evidence;
use course::mastery::{self, Mastery, PRIOR, credits, mastery};
use course::progress::{self, TopicState};
use course::{review, session};
use serde::Deserialize;
use std::collections::BTreeMap;

const DAY: i64 = 24 * 3_600_000;

#[derive(Deserialize)]
struct Golden {
    knowing: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    guess: f64,
    right: Vec<bool>,
    known: Vec<f64>,
}

pub fn probabilities_are_those_of_another_implementation() -> Outcome {
    let golden: Golden = serde_json::from_str(include_str!("../../goldens/learner.json"))?;
    for Row { guess, right, known } in golden.knowing {
        let mut probability = PRIOR;
        for (right, expected) in right.iter().zip(&known) {
            probability = mastery::updated(probability, *right, guess);
            that((probability - expected).abs() < 1e-12, || format!("{probability} is not {expected}"))?;
        }
    }
    Ok(())
}

fn of(curriculum: &Curriculum, events: &[Event], skill: &str) -> Mastery {
    mastery(curriculum, events).get(skill).copied().unwrap_or(Mastery::UNSEEN)
}

fn with_help(happening: Happening) -> Happening {
    match happening {
        Happening::Attempt { lab, step, passed, seed, source, code, trap, ms, failed, .. } => {
            Happening::Attempt { lab, step, passed, seed, source, code, trap, ms, failed, assisted: true }
        }
        other => other,
    }
}

fn failing(check: &str) -> Happening {
    let checks = serde_json::json!({ "name": check, "passed": false, "expected": null, "found": "x", "index": null });
    let failed = serde_json::from_value(checks).expect("a check");
    match attempt("softmax", false, check, None) {
        Happening::Attempt { lab, step, passed, seed, source, code, trap, ms, assisted, .. } => {
            Happening::Attempt { lab, step, passed, seed, source, code, trap, ms, assisted, failed }
        }
        other => other,
    }
}

pub fn what_says_nothing_moves_nothing() -> Outcome {
    let curriculum = Curriculum::load(None)?;
    let count = |events: &[Event]| evidence(&curriculum, events).len();
    equal(count(&[event(1, failing("runs"))]), 0, "a file that does not run")?;
    equal(count(&[event(1, failing("values"))]), 1, "a wrong value")?;
    let fail = |at, source| event(at, attempt("softmax", false, source, None));
    let pass = |at, source| event(at, attempt("softmax", true, source, None));
    equal(count(&[fail(1, "a"), fail(2, "a"), fail(3, "b")]), 2, "the same file twice")?;
    equal(count(&[pass(1, "a"), pass(2, "b"), fail(3, "c")]), 1, "a step that passed today")?;
    equal(count(&[pass(1, "a"), pass(DAY, "a")]), 2, "another day")?;
    equal(count(&[pass(1, "a"), pass(1, "a")]), 1, "an event that is there twice")?;
    equal(count(&[event(1, attempt("unheard-of", true, "a", None))]), 0, "an unknown step")
}

pub fn a_success_is_credited_to_prerequisites() -> Outcome {
    let curriculum = Curriculum::load(None)?;
    equal(credits(&curriculum, "scaled-dot-product").collect::<Vec<_>>(), vec![("softmax", 0.5)], "credit")?;
    let near = |found: f64, expected: f64, what| that((found - expected).abs() < 1e-12, || format!("{what}: {found}"));
    // 0.2 * 0.9 / (0.2 * 0.9 + 0.8 * 0.05) = 9/11, and 0.15 of the rest: 0.8454...; half of the way from 0.2 is 0.5227...
    let whole = 9.0 / 11.0 + 2.0 / 11.0 * 0.15;
    let events = [event(1, attempt("attend", true, "a", None))];
    near(of(&curriculum, &events, "scaled-dot-product").probability, whole, "the skill")?;
    near(of(&curriculum, &events, "softmax").probability, (0.2 + whole) / 2.0, "its prerequisite")?;
    // 0.2 * 0.1 / (0.2 * 0.1 + 0.8 * 0.95) = 1/39, and 0.15 of the rest.
    let events = [event(1, attempt("attend", false, "a", None))];
    near(of(&curriculum, &events, "scaled-dot-product").probability, 1.0 / 39.0 + 38.0 / 39.0 * 0.15, "a failure")?;
    near(of(&curriculum, &events, "softmax").probability, PRIOR, "a failure credits nothing")?;
    // With help a pass is worth 0.2 * 0.9 / (0.2 * 0.9 + 0.8 * 0.3) = 3/7.
    let events = [event(1, with_help(attempt("attend", true, "a", None)))];
    near(of(&curriculum, &events, "scaled-dot-product").probability, 3.0 / 7.0 + 4.0 / 7.0 * 0.15, "with help")
}

pub fn mastered_takes_another_day_without_help() -> Outcome {
    let curriculum = Curriculum::load(None)?;
    let topic = curriculum.topic("self-attention").ok_or("no such topic")?;
    let lab = curriculum.lab("causal-attention")?;
    let steps: Vec<&str> =
        lab.sheet.steps.iter().filter(|step| step.bridge.is_none()).map(|step| step.id.as_str()).collect();
    let all = |at: i64| -> Vec<Event> {
        let pass = |(n, step): (usize, &&str)| event(at + n as i64, attempt(step, true, &format!("{at}"), None));
        steps.iter().enumerate().map(pass).collect()
    };
    let state = |events: &[Event]| progress::state(&curriculum, topic, events);
    let morning = 20_000 * DAY + 8 * 3_600_000;
    let first = all(morning);
    equal(state(&first), TopicState::Passed, "the first day")?;
    equal(state(&[first.clone(), all(morning + 3_600_000)].concat()), TopicState::Passed, "the same day")?;
    equal(state(&[first.clone(), all(morning + DAY)].concat()), TopicState::Mastered, "the next day")?;
    let helped = all(morning + DAY).into_iter().map(|known| match known.what {
        What::Known(happening) => event(known.at, with_help(happening)),
        What::Unknown(_) => known,
    });
    equal(state(&[first.clone(), helped.collect()].concat()), TopicState::Passed, "the next day, with help")?;
    // Twenty minutes around midnight are no other day.
    let late = all(20_000 * DAY - 600_000);
    equal(state(&[late, all(20_000 * DAY + 600_000)].concat()), TopicState::Passed, "around midnight")?;
    // Failures on the third day bring the probability below the bar again; the topic stays passed.
    let fail = |n: i64| event(morning + 2 * DAY + n, attempt("softmax", false, &n.to_string(), None));
    let fails = [first, all(morning + DAY), (0..8).map(fail).collect()];
    equal(state(&fails.concat()), TopicState::Passed, "after failing again and again")
}

pub fn only_the_union_counts() -> Outcome {
    let curriculum = Curriculum::load(None)?;
    let now = 20_100 * DAY;
    let steps = ["softmax", "attend", "attend-causal", "multi-head", "causal-attention"];
    let mut events: Vec<Event> = Vec::new();
    for n in 0..60i64 {
        // The clock jumps about, and several things happen in one moment.
        let at = 20_000 * DAY + (n * 7919 % 41) * DAY / 3;
        let step = steps[n as usize % steps.len()];
        let trap = (n % 5 == 0).then_some("softmax-axis");
        events.push(event(at, attempt(step, n % 3 > 0, &n.to_string(), trap)));
    }
    let read = |events: &[Event]| {
        let cards: Vec<_> = review::cards(&curriculum, events, now)
            .into_iter()
            .map(|card| (card.skill.to_string(), card.due_day, card.recall))
            .collect();
        let known: BTreeMap<String, Mastery> =
            mastery(&curriculum, events).into_iter().map(|(skill, known)| (skill.to_string(), known)).collect();
        let session = session::session(&curriculum, events, now);
        let asked: Vec<_> = session
            .reviews
            .iter()
            .filter_map(|card| review::pose(&curriculum, events, card, &|_| None))
            .map(|review| (review.seed, review.answered(0.0, true, None)))
            .collect();
        let path = progress::path(&curriculum, events, "en");
        (cards, known, asked, progress::traps(&curriculum, events), serde_json::to_string(&path).expect("JSON"))
    };
    let expected = read(&events);
    that(!expected.2.is_empty(), || "nothing is due".into())?;
    let mut shuffled = events.clone();
    for round in 0..5 {
        let n = shuffled.len();
        (0..n).for_each(|i| shuffled.swap(i, (i * 31 + round * 17) % n));
        equal(read(&shuffled), expected.clone(), "another order")?;
    }
    let twice = [&events[20..], &events[..]].concat();
    equal(read(&twice), expected, "events that are there twice")
}

pub fn credit_is_checked() -> Outcome {
    let folder = scratch("credit")?;
    let graph = |credit: &str| {
        format!(
            "[[topics]]\nid = \"a\"\nkind = \"topic\"\nstage = \"principles\"\ntitle = {{ zh = \"甲\", en = \"A\" }}\n\
             after = [\"self-attention\"]\nhours = 1\nskills.own = {{ zh = \"技\", en = \"Own\" }}\n{credit}\n"
        )
    };
    for (credit, code) in [
        ("credit.own = { softmax = 0.5 }", ""),
        ("credit.own = { softmax = 1.5 }", "curriculum.bad_value"),
        ("credit.own = { softmax = 0 }", "curriculum.bad_value"),
        ("credit.own = { softmaz = 0.5 }", "curriculum.unknown_name"),
        ("credit.own = { own = 0.5 }", "curriculum.unknown_name"),
        ("credit.own = { low-rank = 0.5 }", "curriculum.unknown_name"),
        ("credit.other = { softmax = 0.5 }", "curriculum.unknown_name"),
    ] {
        std::fs::write(folder.join("graph.toml"), graph(credit))?;
        let found = Curriculum::load(Some(&folder)).err().map_or("", |error| sys::Coded::code(&error));
        equal(found, code, credit)?;
    }
    Ok(())
}

//! When a skill is asked for again, and what is then asked.

use crate::log::{attempt, event};
use check::{Outcome, equal, that};
use course::events::{Event, Happening};
use course::lab::Code;
use course::review::{self, Card, Posed, Review};
use course::run::Source;
use course::{Curriculum, Verdict, desk, progress, session};

const DAY: i64 = 24 * 3_600_000;
const START: i64 = 20_000 * DAY;

/// Nothing can be run here; wrong solutions are asked about in the crate `answers`.
fn pose<'a>(curriculum: &'a Curriculum, events: &[Event], card: &Card<'a>) -> Option<Review<'a>> {
    review::pose(curriculum, events, card, &|_| None)
}

pub fn a_skill_is_due_by_the_calendar() -> Outcome {
    let curriculum = Curriculum::load(None)?;
    let events = [event(START, attempt("softmax", true, "a", None))];
    // The authors' first interval after `good` is 2.3065 days.
    let due = |day: i64| review::due(&curriculum, &events, START + day * DAY).len();
    equal((due(0), due(1), due(2), due(400)), (0, 0, 1, 1), "due after days")?;
    let card = &review::cards(&curriculum, &events, START + DAY)[0];
    equal(card.skill, "softmax", "the skill")?;
    equal(card.due_day, 20_002, "the day")?;
    // (1 + factor * 1 / 2.3065)^-0.1542 with factor = 0.9^(-1/0.1542) - 1.
    let factor = 0.9f64.powf(-1.0 / 0.1542) - 1.0;
    let recall = (1.0 + factor / 2.3065).powf(-0.1542);
    that(card.recall.is_some_and(|found| (found - recall).abs() < 1e-5), || format!("{:?}", card.recall))?;
    let failed = [event(START, attempt("softmax", false, "a", None))];
    equal(review::cards(&curriculum, &failed, START + 9 * DAY).len(), 0, "cards without a success")
}

/// Whoever looked at the solution is asked from the next day on about everything the lab shows, and is helped for a day.
pub fn giving_up_brings_the_skills_back() -> Outcome {
    let curriculum = Curriculum::load(None)?;
    let lab = curriculum.lab("causal-attention")?;
    let tried = event(START, attempt("softmax", false, "a", None));
    that(desk::give_up(lab, &[]).is_err(), || "given up before the first check".into())?;
    that(desk::solution(lab, Code::Python, std::slice::from_ref(&tried)).is_err(), || "open before giving up".into())?;
    let happened = desk::give_up(lab, std::slice::from_ref(&tried))?.ok_or("nothing happened")?;
    let passed = event(START, attempt("softmax", true, "a", None));
    let Some(Happening::GaveUp { steps, .. }) = desk::give_up(lab, &[passed])? else {
        return Err("nothing happened".into());
    };
    let left = ["attend", "attend-causal", "multi-head", "causal-attention"].map(String::from);
    equal(steps, left.to_vec(), "steps given up after the first passed")?;
    let events = [tried, event(START + 1, happened)];
    equal(desk::solution(lab, Code::Python, &events)?, &lab.python.solution, "the solution")?;
    equal(desk::give_up(lab, &events)?, None, "giving up twice")?;
    let shown: std::collections::BTreeSet<&str> =
        lab.sheet.steps.iter().flat_map(|step| &step.skills).map(String::as_str).collect();
    let due = |day: i64| -> std::collections::BTreeSet<&str> {
        review::due(&curriculum, &events, START + day * DAY).iter().map(|card| card.skill).collect()
    };
    equal((due(0).len(), due(1)), (0, shown), "due today and tomorrow")?;
    // A line of an older log, which does not say which steps were left, means all of them.
    let tried = event(START, attempt("softmax", false, "a", None));
    let older: Event = serde_json::from_str(&format!(
        "{{\"id\":\"fb\",\"at\":{START},\"kind\":\"gave_up\",\"lab\":\"causal-attention\"}}"
    ))?;
    let older = [tried, older];
    equal(desk::solution(lab, Code::Python, &older)?, &lab.python.solution, "the solution, by an older log")?;
    let due_then = review::due(&curriculum, &older, START + DAY);
    equal(due_then.iter().map(|card| card.skill).collect(), due(1), "due tomorrow, by an older log")?;
    let verdict = |at: i64| {
        let source = Source { name: "a.py".into(), text: "x".into(), folder: None, code: Code::Python };
        let verdict = Verdict {
            lab: lab.id.clone(),
            step: "softmax".into(),
            attempt: 2,
            passed: true,
            seed: 1,
            checks: vec![],
            trap: None,
            hint_tier: 4,
            sandbox: "none",
            ms: 1,
        };
        progress::attempt(&events, &verdict, &source, at)
    };
    let helped = |at: i64| matches!(verdict(at), Happening::Attempt { assisted: true, .. });
    equal((helped(START + 2), helped(START + 2 * DAY)), (true, false), "helped within a day, and later")
}

pub fn a_question_stays_until_it_is_answered() -> Outcome {
    let curriculum = Curriculum::load(None)?;
    let mut events = vec![event(START, attempt("softmax", true, "a", None))];
    let mut seen = std::collections::BTreeSet::new();
    for n in 1..=4i64 {
        let now = START + n * 100 * DAY;
        let cards = review::due(&curriculum, &events, now);
        let review = pose(&curriculum, &events, &cards[0]).ok_or("no question")?;
        let again = pose(&curriculum, &events, &cards[0]).ok_or("no question")?;
        let Posed::Quiz(_, item) = &review.posed else { return Err("a mutant".into()) };
        equal(item.skill.as_str(), "softmax", "what it is about")?;
        equal(again.answered(1.0, true, None), review.answered(1.0, true, None), "asked again")?;
        seen.insert((item.id.clone(), review.seed));
        let answered = event(now, review.answered(0.0, false, None));
        events.push(answered);
    }
    equal(seen.len(), 4, "fresh variants")?;
    let items: std::collections::BTreeSet<_> = seen.iter().map(|(item, _)| item).collect();
    that(items.len() >= 2, || format!("always the same question: {seen:?}"))
}

pub fn an_answer_moves_the_date() -> Outcome {
    let curriculum = Curriculum::load(None)?;
    let mut events = vec![event(START, attempt("softmax", true, "a", None))];
    let now = START + 2 * DAY;
    let cards = review::due(&curriculum, &events, now);
    let review = pose(&curriculum, &events, &cards[0]).ok_or("no question")?;
    let wrong = event(now, review.answered(0.0, false, None));
    events.push(event(now, review.answered(0.0, true, None)));
    equal(review::due(&curriculum, &events, now).len(), 0, "due after the right answer")?;
    // By the golden: good on day 0 and on day 2 is due on day 13.
    equal(review::cards(&curriculum, &events, now)[0].due_day - 20_000, 13, "the next day")?;
    let (text, name) = (serde_json::to_string(&events[1])?, "the event as JSON");
    equal(&serde_json::from_str::<Event>(&text)?, &events[1], name)?;
    events[1] = wrong;
    // By the golden: again on day 2 is due the next day.
    equal(review::cards(&curriculum, &events, now)[0].due_day - 20_000, 3, "after a wrong answer")
}

pub fn a_clock_that_ran_ahead_hides_nothing() -> Outcome {
    let curriculum = Curriculum::load(None)?;
    let ahead = event(START + 3650 * DAY, attempt("softmax", true, "a", None));
    let events = vec![ahead.clone()];
    let due = review::due(&curriculum, &events, START);
    equal(due.len(), 1, "due at once")?;
    equal(due[0].recall, None, "odds")?;
    // An answer today settles it; the date after today no longer counts.
    let review = pose(&curriculum, &events, &due[0]).ok_or("no question")?;
    let events = [ahead, event(START, review.answered(0.0, true, None))];
    equal(review::due(&curriculum, &events, START).len(), 0, "after the answer")?;
    equal(review::due(&curriculum, &events, START + 2 * DAY).len(), 1, "two days later")
}

pub fn a_session_lasts_as_long_as_it_says() -> Outcome {
    let curriculum = Curriculum::load(None)?;
    let empty = session::session(&curriculum, &[], START);
    equal((empty.reviews.len(), empty.n_due, empty.due_in_days), (0, 0, None), "a newcomer's")?;
    that(empty.next.is_some(), || "a newcomer has nothing to do".into())?;
    let steps = ["softmax", "attend", "attend-causal", "multi-head", "causal-attention"];
    let events: Vec<Event> = steps.iter().map(|step| event(START, attempt(step, true, "a", None))).collect();
    let soon = session::session(&curriculum, &events, START + DAY);
    equal((soon.reviews.len(), soon.due_in_days), (0, Some(1)), "the day after")?;
    let later = session::session(&curriculum, &events, START + 30 * DAY);
    equal((later.reviews.len(), later.n_due, later.due_in_days), (5, 5, None), "a month later")?;
    let minutes = later.reviews.len() as f64 * session::REVIEW_MINUTES;
    that(minutes <= session::MINUTES, || format!("{minutes} minutes"))
}

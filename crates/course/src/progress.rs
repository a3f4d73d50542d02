//! What the log says about a learner: pure functions of events and curriculum.
//!
//! A topic is passed when every step of its labs is (bridge steps apart), and mastered when every skill that its steps and
//! questions show is (see `mastery`). Hints open by changed attempts or by minutes. A clock that went backwards only makes
//! somebody wait longer for one of the two.

use crate::curriculum::{Topic, TopicContent, TopicKind};
use crate::events::{Event, Happening, What};
use crate::evidence::{MS_PER_DAY, in_time};
use crate::grade::Standing;
use crate::lab::{Code, Lab, Step};
use crate::mastery::{Mastery, mastery};
use crate::run::{Fault, Source};
use crate::{CheckResult, Curriculum, Verdict, Words, review};
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};

/// Where a learner stands with a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TopicState {
    /// Not built yet.
    Planned,
    /// Can be begun.
    Open,
    /// Something of it was done.
    Started,
    /// Every step of its labs passed.
    Passed,
    /// And every skill of it is mastered.
    Mastered,
}

/// The path with a learner's states, as `sanjie path --json` prints it.
#[derive(Clone, Debug, Serialize)]
pub struct Path {
    /// In order.
    pub stages: Vec<PathStage>,
}

/// A stage of the path.
#[derive(Clone, Debug, Serialize)]
pub struct PathStage {
    /// Stable name.
    pub id: String,
    /// What it is called, in the language asked for.
    pub title: String,
    /// In order.
    pub topics: Vec<PathTopic>,
}

/// A topic of the path.
#[derive(Clone, Debug, Serialize)]
pub struct PathTopic {
    /// Stable name.
    pub id: String,
    /// Topic or project.
    pub kind: TopicKind,
    /// What it is called, in the language asked for.
    pub title: String,
    /// Where the learner stands.
    pub state: TopicState,
    /// Nearest prerequisites.
    pub after: Vec<String>,
    /// Planned hours; whole ones without a fraction.
    #[serde(serialize_with = "shortest")]
    pub hours: f64,
}

/// A misconception in a learner's log.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrapMet {
    /// The topic.
    pub topic: String,
    /// The trap.
    pub trap: String,
    /// The misconception.
    pub says: Words,
    /// How often it showed.
    pub times: usize,
    /// Whether the step or item where it showed last was then passed.
    pub left: bool,
}

/// How much a learner did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Attempts at steps of labs, each step's up to the one that passed: a check runs the earlier steps once more.
    pub attempts: usize,
    /// Steps that passed, each once.
    pub passes: usize,
    /// Hints read.
    pub hints: usize,
    /// Answers to questions.
    pub answers: usize,
    /// Those that were right.
    pub right: usize,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Next {
    /// The topic.
    pub topic: String,
    /// The first lab's first step that is not passed; `None` begins with the lesson.
    pub step: Option<(String, String)>,
    /// Why this and nothing else.
    pub why: Why,
}

/// Where the learner stands with one skill.
#[derive(Clone, Debug)]
pub struct SkillState<'a> {
    /// The topic it belongs to.
    pub topic: &'a Topic,
    /// The skill.
    pub id: &'a str,
    /// What it is called.
    pub title: &'a Words,
    /// How well the learner has it.
    pub mastery: Mastery,
    /// Days until it is due for review, negative once it is overdue; `None` before the first success.
    pub due_in_days: Option<i64>,
}

/// Why something is next.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It was begun, and is gone on with before anything new.
    Begun,
    /// Nothing that is built comes before it.
    First,
    /// These topics, which it builds on, were passed.
    After(Vec<String>),
}

/// The highest tier of hints.
pub const TIER_MAX: u8 = 4;
/// A tier opens after this long, if no attempt opened it.
const MINUTES_PER_TIER: i64 = 4;
const MS_PER_MINUTE: i64 = 60_000;

/// The whole path in the language with this tag.
pub fn path(curriculum: &Curriculum, events: &[Event], language: &str) -> Path {
    let topic = |topic: &Topic| PathTopic {
        id: topic.graph.id.clone(),
        kind: topic.graph.kind,
        title: topic.graph.title.in_language(language).into(),
        state: state(curriculum, topic, events),
        after: topic.graph.after.clone(),
        hours: topic.graph.hours,
    };
    let stages = curriculum.stages.iter().map(|stage| PathStage {
        id: stage.id.clone(),
        title: stage.title.in_language(language).into(),
        topics: curriculum.topics.iter().filter(|known| known.graph.stage == stage.id).map(topic).collect(),
    });
    Path { stages: stages.collect() }
}

/// Where the learner stands with `topic`.
pub fn state(curriculum: &Curriculum, topic: &Topic, events: &[Event]) -> TopicState {
    let is_mastered = |content: &TopicContent| {
        let skills = mastery(curriculum, events);
        shown_skills(content).all(|skill| skills.get(skill).is_some_and(Mastery::is_mastered))
    };
    match (reached(topic, events), &topic.content) {
        (TopicState::Passed, Some(content)) if is_mastered(content) => TopicState::Mastered,
        (state, _) => state,
    }
}

/// The same without mastery, which takes the whole log.
fn reached(topic: &Topic, events: &[Event]) -> TopicState {
    let Some(content) = &topic.content else { return TopicState::Planned };
    let labs = &content.labs;
    let was_touched = events.iter().any(|event| match &event.what {
        What::Known(Happening::LabStarted { lab, .. } | Happening::Attempt { lab, .. }) => {
            labs.iter().any(|known| known.id == *lab)
        }
        What::Known(Happening::QuizAnswer { topic: id, .. } | Happening::Minutes { topic: id, .. }) => {
            *id == topic.graph.id
        }
        _ => false,
    });
    if !was_touched {
        TopicState::Open
    } else if labs.is_empty() || !labs.iter().all(|lab| first_open_step(lab, events).is_none()) {
        TopicState::Started
    } else {
        TopicState::Passed
    }
}

/// Skills that the steps (bridge steps apart) and questions of a topic show.
fn shown_skills(content: &TopicContent) -> impl Iterator<Item = &str> {
    let steps = content.labs.iter().flat_map(gradable).flat_map(|step| &step.skills);
    steps.chain(content.quiz.iter().map(|item| &item.skill)).map(String::as_str)
}

/// The steps of `lab` that never passed, bridge steps apart.
pub fn open_steps<'a>(lab: &'a Lab, events: &[Event]) -> impl Iterator<Item = &'a Step> {
    gradable(lab).filter(|step| !has_passed(lab, &step.id, events))
}

/// The first of them.
pub fn first_open_step<'a>(lab: &'a Lab, events: &[Event]) -> Option<&'a Step> {
    open_steps(lab, events).next()
}

/// Whether `step` of `lab` ever passed, in whatever programming language.
pub fn has_passed(lab: &Lab, step: &str, events: &[Event]) -> bool {
    attempts(events, lab, step).any(|attempt| attempt.passed)
}

/// The same in one programming language. Older logs do not say which it was; then it may have been this one.
pub fn has_passed_in(code: Code, lab: &Lab, step: &str, events: &[Event]) -> bool {
    attempts(events, lab, step).any(|attempt| attempt.passed && attempt.code.is_none_or(|used| used == code))
}

/// Whether the solution of `lab` was ever looked at before every step had passed.
pub fn gave_up(lab: &Lab, events: &[Event]) -> bool {
    events.iter().any(|event| matches!(&event.what, What::Known(Happening::GaveUp { lab: l, .. }) if *l == lab.id))
}

/// The step that the newest attempt at `lab` failed.
pub fn failed_step<'a>(lab: &'a Lab, events: &[Event]) -> Option<&'a Step> {
    let newest = events.iter().rev().find_map(|event| match &event.what {
        What::Known(Happening::Attempt { lab: l, step, passed, .. }) if *l == lab.id => Some((step, *passed)),
        _ => None,
    });
    let (step, passed) = newest?;
    if passed { None } else { lab.step(step) }
}

/// What to do next: a started topic before a new one, on the path's order, prerequisites that are built first.
pub fn next(curriculum: &Curriculum, events: &[Event]) -> Option<Next> {
    let in_state = |wanted: TopicState| {
        let is_it = |topic: &&Topic| reached(topic, events) == wanted && is_ready(curriculum, topic, events);
        curriculum.topics.iter().find(is_it)
    };
    let topic = in_state(TopicState::Started).or_else(|| in_state(TopicState::Open))?;
    let labs = topic.content.iter().flat_map(|content| &content.labs);
    let step = labs.filter_map(|lab| Some((lab.id.clone(), first_open_step(lab, events)?.id.clone()))).next();
    let is_started = reached(topic, events) == TopicState::Started;
    let built = |id: &&String| curriculum.topic(id).is_some_and(|before| before.content.is_some());
    let before: Vec<String> = topic.graph.after.iter().filter(built).cloned().collect();
    let why = match before.is_empty() {
        _ if is_started => Why::Begun,
        true => Why::First,
        false => Why::After(before),
    };
    Some(Next { topic: topic.graph.id.clone(), step: step.filter(|_| is_started), why })
}

/// Whether every prerequisite of `topic` that is built was passed.
pub fn is_ready(curriculum: &Curriculum, topic: &Topic, events: &[Event]) -> bool {
    topic
        .graph
        .after
        .iter()
        .filter_map(|id| curriculum.topic(id))
        .all(|before| matches!(reached(before, events), TopicState::Planned | TopicState::Passed))
}

/// How much was done.
pub fn totals(events: &[Event]) -> Totals {
    let mut totals = Totals::default();
    let mut done = BTreeSet::new();
    for event in in_time(events) {
        match &event.what {
            What::Known(Happening::Attempt { lab, step, passed, .. }) if !done.contains(&(lab, step)) => {
                totals.attempts += 1;
                if *passed {
                    done.insert((lab, step));
                }
            }
            What::Known(Happening::Hint { .. }) => totals.hints += 1,
            What::Known(Happening::QuizAnswer { right, .. }) => {
                totals.answers += 1;
                totals.right += usize::from(*right);
            }
            _ => {}
        }
    }
    Totals { passes: done.len(), ..totals }
}

/// Topics passed, in the path's order.
pub fn passed<'a>(curriculum: &'a Curriculum, events: &'a [Event]) -> impl Iterator<Item = &'a Topic> {
    curriculum.topics.iter().filter(move |topic| reached(topic, events) == TopicState::Passed)
}

/// Skills that the log says something about, in the order of the path, as they stand at `now` (milliseconds since 1970).
pub fn skills<'a>(
    curriculum: &'a Curriculum,
    events: &[Event],
    now: i64,
) -> impl Iterator<Item = SkillState<'a>> + use<'a> {
    let known = mastery(curriculum, events);
    let cards = review::cards(curriculum, events, now);
    let all = curriculum.topics.iter().flat_map(|topic| topic.graph.skills.0.iter().map(move |skill| (topic, skill)));
    all.filter_map(move |(topic, (id, title))| {
        let mastery = *known.get(id.as_str())?;
        let due_in_days = cards.iter().find(|card| card.skill == id).map(|card| card.due_in_days(now));
        Some(SkillState { topic, id, title, mastery, due_in_days })
    })
}

/// Traps met, in the order of meeting by the clock, so that merged logs agree.
pub fn traps(curriculum: &Curriculum, events: &[Event]) -> Vec<TrapMet> {
    let mut met: Vec<TrapMet> = Vec::new();
    // The trap that showed last at each place: a lab's step or a quiz item.
    let mut last: BTreeMap<(&str, &str), (String, String)> = BTreeMap::new();
    for event in in_time(events) {
        let (place, topic, trap, is_right) = match &event.what {
            What::Known(Happening::Attempt { lab, step, trap, passed, .. }) => {
                let Ok(known) = curriculum.lab(lab) else { continue };
                ((lab.as_str(), step.as_str()), known.topic.clone(), trap, *passed)
            }
            What::Known(Happening::QuizAnswer { topic, item, trap, right, .. }) => {
                ((topic.as_str(), item.as_str()), topic.clone(), trap, *right)
            }
            _ => continue,
        };
        if let (true, Some((topic, trap))) = (is_right, last.get(&place))
            && let Some(known) = met.iter_mut().find(|known| known.topic == *topic && known.trap == *trap)
        {
            known.left = true;
        }
        let Some(trap) = trap else { continue };
        last.insert(place, (topic.clone(), trap.clone()));
        if let Some(known) = met.iter_mut().find(|known| known.topic == topic && known.trap == *trap) {
            (known.times, known.left) = (known.times + 1, false);
            continue;
        }
        if let Some(known) = curriculum.topic(&topic).and_then(|topic| topic.trap(trap)) {
            met.push(TrapMet { topic, trap: trap.clone(), says: known.says.clone(), times: 1, left: false });
        }
    }
    met
}

/// Number and open hints of an attempt at `step` that is made `now` (milliseconds since 1970) with `source` and comes to `checks`.
pub fn standing(events: &[Event], lab: &Lab, step: &str, now: i64, source: &str, checks: &[CheckResult]) -> Standing {
    let attempt = 1 + attempts(events, lab, step).count() as u64;
    let failed = checks.iter().find(|check| !check.passed);
    let this =
        Attempt { at: now, passed: failed.is_none(), was_written: !failed.is_some_and(is_stub), source, code: None };
    let hint_tier = open_tier(attempts(events, lab, step).chain([this]), now);
    Standing { attempt, hint_tier }
}

/// The highest hint of `step` that is open `now`; `None` before the first attempt.
pub fn hint_tier(events: &[Event], lab: &Lab, step: &str, now: i64) -> Option<u8> {
    attempts(events, lab, step).next()?;
    Some(open_tier(attempts(events, lab, step), now))
}

/// The event of a verdict: `assisted` if a hint for its step, or the solution, was read within a day before `now`.
pub fn attempt(events: &[Event], verdict: &Verdict, source: &Source, now: i64) -> Happening {
    let assisted =
        events.iter().filter(|event| now.saturating_sub(event.at) < MS_PER_DAY).any(|event| match &event.what {
            What::Known(Happening::Hint { lab, step, .. }) => *lab == verdict.lab && *step == verdict.step,
            What::Known(Happening::GaveUp { lab, .. }) => *lab == verdict.lab,
            _ => false,
        });
    Happening::Attempt {
        lab: verdict.lab.clone(),
        step: verdict.step.clone(),
        passed: verdict.passed,
        seed: verdict.seed,
        source: source.hash(),
        code: Some(source.code),
        trap: verdict.trap.clone(),
        ms: verdict.ms,
        assisted,
        failed: verdict.checks.iter().find(|check| !check.passed).cloned().map(Box::new),
    }
}

/// What the hint of `step` at `tier` says about the check that failed last, to whoever writes in `code`: a key of the
/// catalogues and what its sentence tells.
///
/// Tier 0 restates the property that does not hold. The first hint points at a value, so as long as the function gives
/// none, because it is not written yet or stops on its way, that is restated in its place.
pub fn hint(
    step: &Step,
    tier: u8,
    failed: Option<&CheckResult>,
    code: Code,
    language: &str,
) -> (&'static str, Vec<(&'static str, String)>) {
    let plain = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), String::from);
    let words = |text: &str| ("lab.hint.words", vec![("text", text.trim().to_string())]);
    if let Some(failed) = failed.filter(|failed| tier <= 1 && !points_at_value(failed)) {
        let (check, expected, found) = (failed.name.clone(), plain(&failed.expected), plain(&failed.found));
        if Fault::tells_not_written(&found) {
            let [title, task] = [&step.title, &step.task].map(|words| words.in_language(language).trim().to_string());
            return ("lab.hint.begin", vec![("title", title), ("entry", step.entry.clone()), ("task", task)]);
        }
        if let Some(check) = step.checks.iter().find(|check| check.name == failed.name) {
            return (
                "lab.hint.nothing",
                vec![("says", check.says.in_language(language).trim().to_string()), ("found", found)],
            );
        }
        return match failed.expected {
            serde_json::Value::Null => ("lab.hint.fault", vec![("check", check), ("found", found)]),
            _ => ("lab.hint.other", vec![("check", check), ("expected", expected), ("found", found)]),
        };
    }
    let check = failed.and_then(|failed| step.checks.iter().find(|check| check.name == failed.name));
    let says = check.map_or("", |check| check.says.in_language(language));
    let Some(hint) = (tier as usize).checked_sub(1).and_then(|at| step.hints.get(at)) else { return words(says) };
    let index = failed.and_then(|failed| failed.index.as_ref()).map_or("?".into(), |index| format!("{index:?}"));
    let name = failed.map_or("?", |failed| failed.name.as_str());
    let text = hint
        .words(code)
        .in_language(language)
        .replace("{check}", if says.is_empty() { name } else { says })
        .replace("{expected}", &failed.map_or("?".into(), |failed| plain(&failed.expected)))
        .replace("{found}", &failed.map_or("?".into(), |failed| plain(&failed.found)))
        .replace("{index}", &index);
    words(&text)
}

/// Whether a failed check compared values, so that there is one to point at.
pub(crate) fn points_at_value(failed: &CheckResult) -> bool {
    failed.index.is_some()
}

/// After passing every hint is open; before, one for each failed attempt that differs from the one before it, or for
/// each few minutes since the first. Handing in what is still the stub's is no attempt here.
fn open_tier<'a>(attempts: impl Iterator<Item = Attempt<'a>>, now: i64) -> u8 {
    let (mut first, mut changed, mut before) = (None, 0, "");
    for attempt in attempts.filter(|attempt| attempt.was_written) {
        if attempt.passed {
            return TIER_MAX;
        }
        first.get_or_insert(attempt.at);
        changed += i64::from(attempt.source != before);
        before = attempt.source;
    }
    let minutes = first.map_or(0, |first| now.saturating_sub(first).max(0) / MS_PER_MINUTE);
    changed.max(minutes / MINUTES_PER_TIER).min(TIER_MAX.into()) as u8
}

/// Whether a failed check says that the function is still the stub's.
fn is_stub(failed: &CheckResult) -> bool {
    failed.found.as_str().is_some_and(Fault::tells_not_written)
}

struct Attempt<'a> {
    at: i64,
    passed: bool,
    was_written: bool,
    source: &'a str,
    code: Option<Code>,
}

fn attempts<'a>(events: &'a [Event], lab: &Lab, step: &str) -> impl Iterator<Item = Attempt<'a>> {
    events.iter().filter_map(move |event| match &event.what {
        What::Known(Happening::Attempt { lab: l, step: s, passed, source, code, failed, .. })
            if *l == lab.id && s == step =>
        {
            let was_written = !failed.as_deref().is_some_and(is_stub);
            Some(Attempt { at: event.at, passed: *passed, was_written, source, code: *code })
        }
        _ => None,
    })
}

fn gradable(lab: &Lab) -> impl Iterator<Item = &Step> {
    lab.sheet.steps.iter().filter(|step| step.bridge.is_none())
}

/// `2` rather than `2.0`.
fn shortest<S: Serializer>(hours: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    match hours.fract() == 0.0 {
        true => serializer.serialize_u64(*hours as u64),
        false => serializer.serialize_f64(*hours),
    }
}

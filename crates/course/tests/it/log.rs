//! The learner's log, and what follows from it.

use crate::scratch;
use check::{Outcome, Stop, equal, that};
use course::events::{Event, Happening, Log, What};
use course::lab::Code;
use course::progress::{self, TopicState, Totals};
use course::run::Fault;
use course::{CheckResult, Curriculum};
use sys::Coded;

pub fn attempt(step: &str, passed: bool, source: &str, trap: Option<&str>) -> Happening {
    Happening::Attempt {
        lab: "causal-attention".into(),
        step: step.into(),
        passed,
        seed: u32::MAX.into(),
        source: source.into(),
        code: None,
        trap: trap.map(String::from),
        ms: 12,
        assisted: false,
        failed: None,
    }
}

pub fn event(at: i64, happening: Happening) -> Event {
    // Several things may happen in one moment.
    let id = id_of(&format!("{at} {happening:?}"));
    Event { id, at, what: What::Known(happening) }
}

fn id_of(text: &str) -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    format!("{:032x}", hasher.finish())
}

pub fn events_are_only_added() -> Outcome {
    let path = scratch("log")?.join("learner.sqlite");
    let log = Log::open(&path)?;
    log.add(attempt("softmax", false, "a", Some("no-exp")))?;
    log.add(Happening::Hint { lab: "causal-attention".into(), step: "softmax".into(), tier: 1 })?;
    drop(log);
    let events = Log::open(&path)?.events()?;
    equal(events.len(), 2, "events after opening again")?;
    that(
        matches!(&events[0].what, What::Known(Happening::Attempt { trap: Some(trap), .. }) if trap == "no-exp"),
        || format!("{events:?}"),
    )?;
    let raw = rusqlite::Connection::open(&path)?;
    that(raw.execute("delete from events", []).is_err(), || "an event was deleted".into())?;
    that(raw.execute("update events set body = '{}'", []).is_err(), || "an event was changed".into())
}

pub fn merging_is_a_union() -> Outcome {
    let folder = scratch("merge")?;
    let [a, b] = ["a", "b"].map(|name| folder.join(name));
    let (a, b) = (Log::open(&a)?, Log::open(&b)?);
    a.add(attempt("softmax", true, "a", None))?;
    b.add(attempt("attend", true, "b", None))?;
    let imported = a.import(&b.export()?, "b")?;
    equal((imported.added, imported.known, imported.damaged), (1, 0, 0), "first import")?;
    let imported = a.import(&b.export()?, "b")?;
    equal((imported.added, imported.known, imported.damaged), (0, 1, 0), "second import")?;
    b.import(&a.export()?, "a")?;
    let ids = |log: &Log| -> Result<Vec<String>, course::events::LogError> {
        let mut ids: Vec<String> = log.events()?.into_iter().map(|event| event.id).collect();
        ids.sort();
        Ok(ids)
    };
    equal(ids(&a)?, ids(&b)?, "events of both")
}

pub fn damaged_and_newer_logs() -> Outcome {
    let folder = scratch("damaged")?;
    let log = Log::open(&folder.join("log"))?;
    log.add(attempt("softmax", true, "a", None))?;
    log.add(attempt("attend", true, "a", None))?;
    let whole = log.export()?;
    let other = Log::open(&folder.join("other"))?;
    let imported = other.import(&whole[..whole.len() - 20], "cut")?;
    equal((imported.added, imported.damaged), (1, 1), "a log cut in mid-line")?;
    // A kind of a later version is kept, and comes out as it went in.
    let newer = "{\"id\":\"ff\",\"at\":5,\"kind\":\"dreamt\",\"of\":{\"x\":[1,2]}}\n";
    equal(other.import(newer, "newer")?.added, 1, "an unknown kind")?;
    that(other.export()?.contains("\"kind\":\"dreamt\",\"of\":{\"x\":[1,2]}"), || "it was changed".into())?;
    // So is a field that this version does not know of a kind that it knows.
    let field = "{\"id\":\"fe\",\"at\":6,\"kind\":\"minutes\",\"topic\":\"t\",\"minutes\":3.0,\"mood\":\"fine\"}";
    equal(other.import(field, "newer")?.added, 1, "an unknown field")?;
    that(other.export()?.lines().any(|line| line == field), || "it was changed".into())?;
    // A known kind whose fields are of another type is none that this version knows.
    let odd = "{\"id\":\"fd\",\"at\":7,\"kind\":\"hint\",\"lab\":1}\n";
    equal(other.import(odd, "odd")?.added, 1, "a known kind with other fields")?;
    that(matches!(other.events()?.last().map(|event| &event.what), Some(What::Unknown(_))), || "it is known".into())?;
    // A damaged line in the middle, in the middle of a character.
    let line = "{\"id\":\"fc\",\"at\":8,\"kind\":\"minutes\",\"topic\":\"注意力\",\"minutes\":1.0}\n";
    let cut = [line.as_bytes(), &line.as_bytes()[..48], b"\n", &line.replace("fc", "fb").into_bytes()].concat();
    let imported = other.import(&String::from_utf8_lossy(&cut), "cut")?;
    equal((imported.added, imported.damaged), (2, 1), "a line cut in the middle of a character")?;
    equal(other.import("what\n", "x").unwrap_err().code(), "log.no_events", "no log at all")?;
    rusqlite::Connection::open(folder.join("log"))?.execute_batch("pragma user_version = 99")?;
    equal(Log::open(&folder.join("log")).map(|_| ()).unwrap_err().code(), "log.newer", "a newer file")?;
    std::fs::write(folder.join("text"), "no database, but longer than the header of one would be: ".repeat(20))?;
    equal(Log::open(&folder.join("text")).map(|_| ()).unwrap_err().code(), "log.store", "another file")
}

pub fn two_writers() -> Outcome {
    let path = scratch("writers")?.join("log");
    let write = |path: std::path::PathBuf| {
        std::thread::spawn(move || -> Result<(), String> {
            let log = Log::open(&path).map_err(|error| error.to_string())?;
            (0..50).try_for_each(|_| log.add(attempt("softmax", false, "a", None)).map_err(|error| error.to_string()))
        })
    };
    let writers: Vec<_> = (0..2).map(|_| write(path.clone())).collect();
    for writer in writers {
        writer.join().map_err(|_| "a writer panicked")??;
    }
    equal(Log::open(&path)?.events()?.len(), 100, "events of both")
}

pub fn hints_open_by_changed_attempts() -> Outcome {
    let curriculum = Curriculum::load(None)?;
    let lab = curriculum.lab("causal-attention")?;
    let failed = |at, source| event(at, attempt("softmax", false, source, None));
    let check = |found: &str| CheckResult {
        name: "runs".into(),
        passed: false,
        expected: serde_json::Value::Null,
        found: found.into(),
        index: None,
    };
    let untouched = check(&Fault::NotWritten { line: Some(3) }.to_string());
    let stub = |at, source| {
        let mut event = failed(at, source);
        let What::Known(Happening::Attempt { failed, .. }) = &mut event.what else { unreachable!() };
        *failed = Some(Box::new(untouched.clone()));
        event
    };
    let tier = |events: &[Event], now| progress::hint_tier(events, lab, "softmax", now);
    equal(tier(&[], 0), None, "before the first attempt")?;
    equal(tier(&[failed(0, "a")], 0), Some(1), "after one")?;
    equal(tier(&[failed(0, "a"), failed(1, "a")], 1), Some(1), "unchanged")?;
    equal(tier(&[failed(0, "a"), failed(1, "b")], 1), Some(2), "changed")?;
    equal(tier(&[failed(0, "a")], 13 * 60_000), Some(3), "after minutes")?;
    equal(tier(&[failed(9_000_000, "a")], 0), Some(1), "a clock that went backwards")?;
    equal(tier(&[stub(0, "a")], 13 * 60_000), Some(0), "what is the stub's opens nothing")?;
    equal(tier(&[stub(0, "a"), failed(5 * 60_000, "b")], 9 * 60_000), Some(1), "nor starts it the clock")?;
    for (checks, expected) in [(check("ValueError"), 2), (untouched.clone(), 1)] {
        let standing = progress::standing(&[failed(0, "a")], lab, "softmax", 1, "b", &[checks]);
        equal((standing.attempt, standing.hint_tier), (2, expected), "the second attempt")?;
    }
    Ok(())
}

/// While there is no value to point at, what is said is where to begin, or what stopped the function.
pub fn the_first_hint_waits_for_a_value() -> Outcome {
    let curriculum = Curriculum::load(None)?;
    let lab = curriculum.lab("causal-attention")?;
    let step = lab.step("softmax").ok_or("a step")?;
    let failed = |check: serde_json::Value| -> Result<Event, Stop> {
        let mut attempt = serde_json::to_value(event(sys::unix_millis(), attempt("softmax", false, "a", None)))?;
        attempt["failed"] = check;
        Ok(serde_json::from_value(attempt)?)
    };
    let check = |name: &str, expected: serde_json::Value, found: serde_json::Value, index: serde_json::Value| serde_json::json!({ "name": name, "passed": false, "expected": expected, "found": found, "index": index });
    let null = serde_json::Value::Null;
    for (failed_check, tier, key) in [
        (check("runs", null.clone(), "not written yet (line 11)".into(), null.clone()), 0, "lab.hint.begin"),
        (check("runs", null.clone(), "ValueError: x (line 12)".into(), null.clone()), 0, "lab.hint.fault"),
        (check("no-columns", null.clone(), "ValueError: x (line 12)".into(), null.clone()), 0, "lab.hint.nothing"),
        (check("dtype", "float32".into(), "float64".into(), null.clone()), 0, "lab.hint.other"),
        (check("values", 0.5.into(), 0.25.into(), serde_json::json!([0, 1])), 1, "lab.hint.words"),
    ] {
        let due = course::desk::due_hint(lab, None, &[failed(failed_check)?])?;
        equal(due.tier, tier, key)?;
        let (found, fields) = progress::hint(step, due.tier, due.failed.as_ref(), Code::Python, "en");
        equal(found, key, "what is said")?;
        that(fields.iter().all(|(_, text)| !text.contains("{") && !text.contains("?,")), || format!("{fields:?}"))?;
    }
    Ok(())
}

/// Whoever writes Rust reads nothing of NumPy.
pub fn hints_speak_of_the_learners_language() -> Outcome {
    let curriculum = Curriculum::load(None)?;
    for lab in curriculum.labs().filter(|lab| lab.rust.is_some()) {
        for step in lab.sheet.steps.iter().filter(|step| step.bridge.is_none()) {
            let told = step.hints.iter().map(|hint| hint.words(Code::Rust)).chain([step.task.clone()]);
            for words in told {
                for text in [words.zh, words.en] {
                    let strange = ["np.", "numpy", "NumPy", "keepdims", "axis=", "float64"];
                    let found = strange.iter().find(|word| text.contains(**word));
                    that(found.is_none(), || format!("{}, {}: {found:?} in {text}", lab.id, step.id))?;
                }
            }
        }
    }
    Ok(())
}

pub fn states_and_traps_follow_from_events() -> Outcome {
    let curriculum = Curriculum::load(None)?;
    let topic = curriculum.topic("self-attention").unwrap();
    let state = |events: &[Event]| progress::state(&curriculum, topic, events);
    let lab = curriculum.lab("causal-attention")?;
    let steps: Vec<&str> =
        lab.sheet.steps.iter().filter(|step| step.bridge.is_none()).map(|step| step.id.as_str()).collect();
    equal(state(&[]), TopicState::Open, "at first")?;
    let mut events = vec![event(1, attempt(steps[0], false, "a", Some("no-exp")))];
    equal(state(&events), TopicState::Started, "after an attempt")?;
    equal(progress::traps(&curriculum, &events)[0].left, false, "a trap met")?;
    events.extend(steps.iter().zip(2..).map(|(step, at)| event(at, attempt(step, true, "b", None))));
    equal(state(&events), TopicState::Passed, "after passing")?;
    let traps = progress::traps(&curriculum, &events);
    equal((traps.len(), traps[0].times, traps[0].left), (1, 1, true), "a trap left")?;
    let next = progress::next(&curriculum, &events).map(|next| next.topic);
    equal(next.as_deref(), Some("matmul-on-a-cpu"), "the next one that is built")?;
    let last = steps[steps.len() - 1];
    events.push(event(3 * 24 * 3_600_000, attempt(last, true, "c", None)));
    equal(state(&events), TopicState::Mastered, "after another day")
}

/// A check runs the steps that passed once more; that is neither an attempt nor another pass.
pub fn totals_count_a_step_until_it_passes() -> Outcome {
    let attempts = [("softmax", false), ("softmax", true), ("softmax", true), ("attend", false), ("softmax", false)];
    let events: Vec<Event> =
        attempts.iter().zip(1..).map(|((step, passed), at)| event(at, attempt(step, *passed, "a", None))).collect();
    let totals = |events: &[Event]| {
        let Totals { attempts, passes, .. } = progress::totals(events);
        (attempts, passes)
    };
    equal(totals(&events), (3, 1), "attempts and steps passed")?;
    // Of two computers' logs the times count, and not the order in which they were added.
    let merged: Vec<Event> = events.iter().rev().chain(&events).cloned().collect();
    equal(totals(&merged), (3, 1), "the same in a merged log")
}

pub fn a_damaged_clock_breaks_nothing() -> Outcome {
    let curriculum = Curriculum::load(None)?;
    let lab = curriculum.lab("causal-attention")?;
    let now = 1_800_000_000_000;
    for at in [i64::MIN, -1, 0, i64::MAX] {
        let events = [event(at, attempt("softmax", false, "a", None)), event(at, attempt("softmax", true, "b", None))];
        let path = progress::path(&curriculum, &events, "en");
        equal(path.stages[0].topics[0].state, TopicState::Started, "the state")?;
        that(progress::hint_tier(&events, lab, "softmax", now).is_some(), || "no hint".into())?;
        let cards = course::review::cards(&curriculum, &events, now);
        that(cards.iter().all(|card| card.is_due(now)), || format!("{at}: {cards:?}"))?;
        equal(cards.len(), 1, "cards")?;
    }
    Ok(())
}

/// Who passed in Python has passed the step, and still has a Rust file to write.
pub fn a_file_in_one_language_passes_nothing_in_another() -> Outcome {
    let curriculum = Curriculum::load(None)?;
    let lab = curriculum.lab("causal-attention")?;
    let Happening::Attempt { lab: id, step, passed, seed, source, trap, ms, assisted, failed, .. } =
        attempt("softmax", true, "a", None)
    else {
        return check::fail("no attempt");
    };
    let code = Some(Code::Python);
    let in_python = Happening::Attempt { lab: id, step, passed, seed, source, code, trap, ms, assisted, failed };
    // As it stands in the log and travels to another computer.
    let line = serde_json::to_string(&in_python)?;
    that(line.contains(r#""code":"python""#), || line.clone())?;
    let events = [event(1, serde_json::from_str(&line)?)];
    let passed = |code, events: &[Event]| progress::has_passed_in(code, lab, "softmax", events);
    equal((passed(Code::Python, &events), passed(Code::Rust, &events)), (true, false), "by language")?;
    that(progress::has_passed(lab, "softmax", &events), || "the step itself".into())?;
    // A log from before languages were noted takes nothing away.
    let older = [event(1, attempt("softmax", true, "a", None))];
    equal((passed(Code::Python, &older), passed(Code::Rust, &older)), (true, true), "an older log")
}

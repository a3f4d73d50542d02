//! The course's pages on a real socket: lessons and answers, a lab from the stub to a verdict, one log for two studios.

use crate::guard::{Session, status};
use crate::talk::soon;
use check::{Outcome, Stop};
use course::desk;
use course::events::{Happening, Log};
use serde_json::{Value, json};
use std::path::Path;

const LAB: &str = "/api/labs/causal-attention";

/// The status and the JSON of an answer; null where it is none.
pub fn ask(session: &Session, first_line: &str, body: &str) -> Result<(u16, Value, String), Stop> {
    let headers = [session.own_host(), session.bearer(), "Content-Type: application/json".to_string()];
    let answer = session.ask(first_line, &headers, body)?;
    let text = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok((status(&answer).parse()?, serde_json::from_str(text).unwrap_or(Value::Null), text.to_string()))
}

/// A question of the topic by id, as the page gets it now.
fn question(session: &Session, id: &str) -> Result<Value, Stop> {
    let (_, topic, _) = ask(session, "GET /api/topics/self-attention", "")?;
    let questions = topic["body"]["questions"].as_array().cloned().unwrap_or_default();
    questions.into_iter().find(|one| one["id"] == id).ok_or_else(|| Stop::Failed(format!("no question {id}")))
}

/// The lesson comes with the engine's source, an answer with its verdict, which is there after a reload.
pub fn a_topic_shows_its_lesson_and_keeps_answers() -> Outcome {
    let session = Session::start("topic")?;
    let (_, path, _) = ask(&session, "GET /api/path", "")?;
    let topics = path["stages"][0]["topics"].as_array().cloned().unwrap_or_default();
    let state = |id: &str| topics.iter().find(|one| one["id"] == id).map(|one| one["state"].clone());
    check::equal(state("self-attention"), Some(json!("ready")), "a topic that is built")?;
    check::equal(state("matrices"), Some(json!("planned")), "a topic that is not")?;
    check::equal(path["next"]["topic"].clone(), json!("self-attention"), "what is next")?;

    let (_, topic, _) = ask(&session, "GET /api/topics/self-attention", "")?;
    let lesson = topic["body"]["lesson"].as_str().unwrap_or_default();
    let shown = lesson.lines().filter(|line| line.starts_with("```source ")).count();
    let sources = topic["body"]["sources"].as_array().cloned().unwrap_or_default();
    check::equal((shown > 0, sources.len()), (true, shown), "sources that the lesson shows")?;
    let whole = |one: &Value| one["text"].as_str().is_some_and(|text| text.contains("fn ") && text.ends_with('}'));
    check::that(sources.iter().all(whole), || format!("{sources:?}"))?;

    let asked = question(&session, "average")?;
    check::equal(asked["answered"].clone(), Value::Null, "before the answer")?;
    let given = json!({ "item": "average", "seed": asked["seed"], "answer": 1 }).to_string();
    let (code, verdict, _) = ask(&session, "POST /api/topics/self-attention/answers", &given)?;
    check::equal((code, verdict["answer"].clone()), (200, json!(1.0)), "the verdict")?;
    let again = question(&session, "average")?;
    check::equal((&again["seed"], &again["answered"]), (&asked["seed"], &verdict), "after a reload")?;

    let beyond = json!({ "item": "average", "seed": 1, "answer": 7 }).to_string();
    for (line, body, expected) in [
        ("POST /api/topics/self-attention/answers", beyond.as_str(), 400),
        ("POST /api/topics/self-attention/questions", r#"{"item":"no-such"}"#, 404),
        ("GET /api/topics/no-such", "", 404),
        ("GET /api/labs/no-such", "", 404),
        ("GET /api/topics/%FF", "", 404),
    ] {
        let (code, problem, _) = ask(&session, line, body)?;
        check::equal((code, problem["code"].is_string()), (expected, true), line)?;
    }
    Ok(())
}

/// Answers through two studios at once are all in the log, none twice.
pub fn two_studios_share_one_log() -> Outcome {
    const EACH: usize = 12;
    let first = Session::start("shared")?;
    let second = Session::at(first.home().clone(), "/nonexistent".into())?;
    let given = json!({ "item": "average", "seed": 1, "answer": 0 }).to_string();
    let answer = |session: &Session| -> Outcome {
        for _ in 0..EACH {
            let (code, _, text) = ask(session, "POST /api/topics/self-attention/answers", &given)?;
            check::that(code == 200, || text)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| answer(&second));
        answer(&first)?;
        other.join().expect("no check panics")
    })?;
    for session in [&first, &second] {
        let (_, me, _) = ask(session, "GET /api/me", "")?;
        check::equal(me["n_events"].clone(), json!(2 * EACH), "entries")?;
    }
    Ok(())
}

/// The stub is judged, a stale save is refused, the solution stays closed and hints open, until giving up opens it.
pub fn a_lab_is_begun_saved_and_judged() -> Outcome {
    let session = Session::start("lab")?;
    let (_, lab, _) = ask(&session, &format!("GET {LAB}?code=python"), "")?;
    check::equal(lab["file"].clone(), Value::Null, "before it is begun")?;
    let (code, file, _) = ask(&session, &format!("POST {LAB}/start"), r#"{"code":"python"}"#)?;
    check::that(code == 201 && file["text"].as_str().is_some_and(|text| text.contains("NotImplementedError")), || {
        format!("{code} {file}")
    })?;
    let save = |text: &str, version: &Value| {
        let body = json!({ "code": "python", "text": text, "version": version }).to_string();
        ask(&session, &format!("PUT {LAB}/file"), &body)
    };
    let (code, saved, _) = save("x = 1\n", &file["version"])?;
    check::equal((code, saved["text"].clone()), (200, json!("x = 1\n")), "a save")?;
    let (code, problem, _) = save("x = 2\n", &file["version"])?;
    check::equal((code, problem["code"].clone()), (409, json!("studio.file_changed")), "a save over a newer file")?;
    let (code, _, _) = ask(&session, &format!("GET {LAB}/solution?code=python"), "")?;
    check::equal(code, 409, "the solution before passing")?;
    if lab["missing"] != Value::Null {
        return check::skip(format!("nothing is graded here: {}", lab["missing"]["message"]));
    }
    let (code, _, events) = ask(&session, &format!("POST {LAB}/check"), r#"{"code":"python","step":null}"#)?;
    check::that(code == 200 && events.contains("event: report") && events.contains("event: done"), || events.clone())?;
    check::that(events.contains(r#""passed":false"#) && events.contains("softmax"), || events.clone())?;
    let (_, hint, _) = ask(&session, &format!("POST {LAB}/hint"), r#"{"step":"softmax","tier":null}"#)?;
    // The file has no such function: there is no value yet that the first hint could point at, so none counts as read.
    check::equal(hint["tier"].clone(), json!(0), "what is said before there is a value")?;
    check::that(hint["text"].as_str().is_some_and(|text| text.contains("no function `softmax`")), || hint.to_string())?;
    let wrong = "import numpy as np\ndef softmax(scores):\n    return np.zeros_like(scores)\n";
    check::equal(save(wrong, &saved["version"])?.0, 200, "a save of a wrong function")?;
    ask(&session, &format!("POST {LAB}/check"), r#"{"code":"python","step":null}"#)?;
    let (_, hint, _) = ask(&session, &format!("POST {LAB}/hint"), r#"{"step":"softmax","tier":null}"#)?;
    check::equal(hint["tier"].clone(), json!(1), "the first hint")?;
    for _ in 0..2 {
        check::equal(ask(&session, &format!("POST {LAB}/give-up"), "")?.0, 204, "giving up")?;
    }
    let (_, lab, _) = ask(&session, &format!("GET {LAB}?code=python"), "")?;
    check::equal(lab["gave_up"].clone(), json!(true), "as the page shows it")?;
    let (code, solution, _) = ask(&session, &format!("GET {LAB}/solution?code=python"), "")?;
    check::that(code == 200 && solution["text"].as_str().is_some_and(|text| text.contains("def softmax")), || {
        solution.to_string()
    })?;
    let (_, me, _) = ask(&session, "GET /api/me", "")?;
    check::equal((me["attempts"].clone(), me["hints"].clone()), (json!(2), json!(1)), "the log")
}

/// Beginning a lab once more in another folder does not put aside the file with work in it; writing there does.
pub fn a_second_stub_puts_no_work_aside() -> Outcome {
    let session = Session::start("two-stubs")?;
    let (_, first, _) = ask(&session, &format!("POST {LAB}/start"), r#"{"code":"python"}"#)?;
    let second = Path::new(session.home()).join("causal_attention.py");
    std::fs::write(&second, first["text"].as_str().unwrap_or_default())?;
    let second = std::fs::canonicalize(second)?.display().to_string();
    let log = Log::open(&desk::log_file(Path::new(session.home())))?;
    log.add(Happening::LabStarted { lab: "causal-attention".into(), file: second.clone() })?;
    let shown = || Ok::<_, Stop>(ask(&session, &format!("GET {LAB}?code=python"), "")?.1["file"].clone());

    check::equal(shown()?["path"].clone(), json!(second), "of two stubs")?;
    let work = "x = 1\n";
    std::fs::write(first["path"].as_str().unwrap_or_default(), work)?;
    check::equal(shown()?["text"].clone(), json!(work), "of work and a stub")?;
    std::fs::write(&second, "x = 2\n")?;
    check::equal(shown()?["path"].clone(), json!(second), "of two with work")
}

/// Names its own process, so that it can be told from those of other tests, and never ends.
#[cfg(target_os = "linux")]
const ENDLESS: &str = "
import ctypes
ctypes.CDLL(None).prctl(15, b'endless-lab')
while True:
    pass
";

/// A folder that is previewed holds the solutions: no learner's file that the studio runs looks into it.
pub fn a_previewed_folder_is_hidden_from_learners_code() -> Outcome {
    if sys::confine::sandbox() == sys::confine::Sandbox::None {
        return check::skip("this system permits no namespaces");
    }
    let folder = std::env::temp_dir().join(format!("sanjie-studio-previewed-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("graph.toml"), "topics = []\n")?;
    let session = Session::previewing("hidden", &folder)?;
    let look = format!("import os\nraise ValueError('seen', os.listdir({folder:?}))\n");
    let [check, train] = [r#"{"code":"python","step":null}"#, r#"{"code":"python"}"#];
    for (lab, ask_for, body) in [("causal-attention", "check", check), ("matmul", "train", train)] {
        let url = format!("/api/labs/{lab}");
        let (_, page, _) = ask(&session, &format!("GET {url}?code=python"), "")?;
        if page["missing"] != Value::Null {
            return check::skip(format!("nothing is graded here: {}", page["missing"]["message"]));
        }
        let (_, file, _) = ask(&session, &format!("POST {url}/start"), r#"{"code":"python"}"#)?;
        std::fs::write(file["path"].as_str().ok_or_else(|| file.to_string())?, &look)?;
        let (_, _, events) = ask(&session, &format!("POST {url}/{ask_for}"), body)?;
        check::that(events.contains("('seen', [])"), || format!("{ask_for}: {events}"))?;
    }
    Ok(std::fs::remove_dir_all(folder)?)
}

/// Whoever leaves ends the learner's process; no verdict is kept, as one would be at the lab's limit.
#[cfg(target_os = "linux")]
pub fn a_page_that_leaves_ends_its_check() -> Outcome {
    let running = || {
        let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let names = processes.filter_map(|process| std::fs::read_to_string(process.path().join("comm")).ok());
        names.filter(|name| name.trim() == "endless-lab").count()
    };
    let session = Session::start("leaves")?;
    let (_, lab, _) = ask(&session, &format!("GET {LAB}?code=python"), "")?;
    if lab["missing"] != Value::Null {
        return check::skip(format!("nothing runs here: {}", lab["missing"]["message"]));
    }
    let (_, file, _) = ask(&session, &format!("POST {LAB}/start"), r#"{"code":"python"}"#)?;
    let path = file["path"].as_str().ok_or("a begun lab has a file")?;
    std::fs::write(path, ENDLESS)?;
    let headers = [session.own_host(), session.bearer(), "Content-Type: application/json".to_string()];
    let asked = session.send(&format!("POST {LAB}/check"), &headers, r#"{"code":"python","step":null}"#)?;
    soon("the learner's process runs", || running() == 1)?;
    drop(asked);
    soon("the learner's process ends", || running() == 0)?;
    let (_, me, _) = ask(&session, "GET /api/me", "")?;
    check::equal(me["attempts"].clone(), json!(0), "verdicts kept")
}

/// Processes cannot be told apart here.
#[cfg(not(target_os = "linux"))]
pub fn a_page_that_leaves_ends_its_check() -> Outcome {
    check::skip("processes are looked at by way of /proc".to_string())
}

/// An export imported again adds nothing; what is no log is refused.
pub fn a_log_travels() -> Outcome {
    let session = Session::start("travels")?;
    let given = json!({ "item": "average", "seed": 1, "answer": 0 }).to_string();
    ask(&session, "POST /api/topics/self-attention/answers", &given)?;
    let (_, _, lines) = ask(&session, "GET /api/me/export", "")?;
    let (_, done, _) = ask(&session, "POST /api/me/import", &format!("{}\n{{\"id\":\"cut", lines.trim_end()))?;
    check::equal(done, json!({ "added": 0, "known": 1, "damaged": 1 }), "an import")?;
    let (code, problem, _) = ask(&session, "POST /api/me/import", "hello")?;
    check::equal((code, problem["code"].clone()), (422, json!("log.no_events")), "no log at all")
}

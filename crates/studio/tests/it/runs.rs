//! Runs over HTTP, as far as no training is needed: what cannot begin, what a process says while it prepares, what a model
//! can read.

use crate::guard::{Session, status};
use check::{Outcome, Stop};
use serde_json::{Value, json};
use std::path::Path;
use text::tokenizer::Tokenizer;

fn get(session: &Session, path: &str) -> Result<Value, Stop> {
    let answer = session.ask(&format!("GET {path}"), &[session.own_host(), session.bearer()], "")?;
    let (_, body) = answer.split_once("\r\n\r\n").ok_or("no body")?;
    Ok(serde_json::from_str(body)?)
}

/// A recipe without its text is refused before there is a run, in words that name the data set.
pub fn a_recipe_without_its_text_starts_nothing() -> Outcome {
    let session = Session::start("no-text")?;
    let headers = [session.own_host(), session.bearer(), "Content-Type: application/json".to_string()];
    let missing = json!({"recipe": "shakespeare-tiny", "settings": {"data.dataset": "no-such-set"}}).to_string();
    let refused = session.ask("POST /api/runs", &headers, &missing)?;
    check::equal(status(&refused), "422", "the start")?;
    check::that(refused.contains("data.no_dataset") && refused.contains("no-such-set"), || refused.clone())?;
    // Nor is one read whose path was taken away.
    let emptied = json!({"recipe": "shakespeare-tiny", "settings": {"data.dataset": "no-such-set", "data.path": ""}});
    let refused = session.ask("POST /api/runs", &headers, &emptied.to_string())?;
    check::that(refused.contains("data.no_dataset"), || refused.clone())?;
    check::equal(get(&session, "/api/runs")?, json!([]), "runs that are left")?;

    // The recipe says which set it reads, how large it is and under which licence, in the asker's language.
    let shakespeare = |lang: &str| -> Result<Value, Stop> {
        let recipes = get(&session, &format!("/api/recipes?lang={lang}"))?;
        let found =
            recipes.as_array().into_iter().flatten().find(|recipe| recipe["name"] == "shakespeare-tiny").cloned();
        Ok(found.ok_or("no such recipe")?["dataset"].clone())
    };
    let told = shakespeare("en")?;
    check::equal((&told["name"], &told["bytes"]), (&json!("tinyshakespeare"), &json!(1_115_394)), "the set")?;
    check::that(told["licence"].as_str().is_some_and(|licence| licence.contains("public domain")), || {
        told.to_string()
    })?;
    let told = shakespeare("zh")?;
    for (field, words) in [("title", "莎士比亚"), ("licence", "公有领域")] {
        check::that(told[field].as_str().is_some_and(|said| said.contains(words)), || told.to_string())?;
    }
    // What is in the data folder is found, and would be read.
    let here = session.home().join("data/tinyshakespeare");
    std::fs::create_dir_all(&here)?;
    std::fs::write(here.join("input.txt"), "First Citizen:")?;
    check::equal(shakespeare("en")?["here"].clone(), json!(true), "once it is here")?;
    let stories = get(&session, "/api/recipes")?;
    let made_up = stories.as_array().into_iter().flatten().find(|recipe| recipe["name"] == "stories");
    check::equal(made_up.map(|recipe| recipe["dataset"].clone()), Some(Value::Null), "a recipe that needs none")
}

/// A session with a run that has begun, of a script that stands for the trainer.
fn trained_by(name: &str, script: &str) -> Result<Session, Stop> {
    let home = std::env::temp_dir().join(format!("sanjie-studio-{name}-{}", std::process::id()));
    let program = home.join("train");
    std::fs::create_dir_all(&home)?;
    std::fs::write(&program, format!("#!/bin/sh\n{script}"))?;
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755))?;
    let session = Session::at(home, program)?;
    let headers = [session.own_host(), session.bearer(), "Content-Type: application/json".to_string()];
    session.ask("POST /api/runs", &headers, r#"{"recipe":"stories","settings":{}}"#)?;
    Ok(session)
}

/// A trainer that breaks off in our own code is not the learner's fault, and says so.
pub fn a_bug_of_the_trainer_is_called_one() -> Outcome {
    for (name, said, code) in [
        ("bug", "thread 'main' panicked at crates/x.rs:12:5:\nindex out of bounds", "studio.ended_by_bug"),
        ("caught", "thread 'main' panicked at crates/x.rs:12:5:\nodd\nerror: no such text", "studio.ended_early"),
    ] {
        let session = trained_by(name, &format!("cat >&2 <<'END'\n{said}\nEND\nexit 101\n"))?;
        let problem = || Some(get(&session, "/api/runs/stories-1?lang=en").ok()?["problem"].clone());
        crate::talk::soon("its end", || problem().is_some_and(|problem| !problem.is_null()))?;
        let problem = problem().unwrap_or_default();
        check::equal(&problem["code"], &json!(code), said)?;
        let message = problem["message"].as_str().unwrap_or_default();
        check::equal(message.contains("index out of bounds"), false, message)?;
        let expected = if code == "studio.ended_early" { "no such text" } else { "crates/x.rs:12:5" };
        check::that(message.contains(expected), || message.to_string())?;
    }
    Ok(())
}

/// What the trainer notes before its first step is told for as long as it lives, and no longer.
pub fn a_preparation_is_told_while_it_lasts() -> Outcome {
    // Notes a stage where it is told to, waits, and dies.
    let session = trained_by(
        "stages",
        "while [ $# -gt 1 ]; do [ \"$1\" = --stage ] && \
         echo '{\"stage\":\"tokenizer\",\"since\":1700000000,\"share\":0.25}' > \"$2\"; shift; done\nsleep 2\n",
    )?;
    let preparing = || -> Result<(Value, Value), Stop> {
        let run = get(&session, "/api/runs/stories-1")?;
        Ok((run["state"].clone(), run["preparing"].clone()))
    };
    let noted = json!({"stage": "tokenizer", "since": 1_700_000_000.0, "share": 0.25});
    crate::talk::soon("the stage", || preparing().is_ok_and(|told| told == (json!("starting"), noted.clone())))?;
    crate::talk::soon("its end", || preparing().is_ok_and(|told| told == (json!("failed"), Value::Null)))
}

/// A run's folder with a checkpoint that has this tokenizer and nothing else.
fn write_run(home: &Path, id: &str, tokenizer: &Tokenizer) -> Outcome {
    let run = home.join("runs").join(id);
    let checkpoint = run.join("checkpoints/step-000040");
    std::fs::create_dir_all(&checkpoint)?;
    std::fs::write(checkpoint.join("SHA256SUMS"), id)?;
    std::fs::write(checkpoint.join("tokenizer.json"), tokenizer.to_json())?;
    std::fs::write(run.join("recipe.toml"), "")?;
    let status = json!({"state": "interrupted", "pid": 1, "step": 40, "steps": 100});
    std::fs::write(run.join("status.json"), status.to_string())?;
    Ok(())
}

/// A model says how far its training came, and which characters it can read if not every one.
pub fn a_model_says_what_it_can_read() -> Outcome {
    let session = Session::start("alphabet")?;
    write_run(session.home(), "letters", &Tokenizer::train_characters(["三阶 ab"], &["<|end|>"])?)?;
    write_run(session.home(), "bytes", &Tokenizer::train_bytes(&[]))?;
    for _ in 0..2 {
        let models = get(&session, "/api/models")?;
        let of = |id: &str, key: &str| {
            models.as_array().into_iter().flatten().find(|model| model["id"] == id).map(|model| model[key].clone())
        };
        check::equal(of("letters", "alphabet"), Some(json!(" ab三阶")), "a model of characters")?;
        check::equal(of("bytes", "alphabet"), Some(Value::Null), "a model of bytes")?;
        let progress = (of("bytes", "step"), of("bytes", "steps"), of("bytes", "state"));
        check::equal(progress, (Some(json!(40)), Some(json!(100)), Some(json!("interrupted"))), "how far it came")?;
    }
    // Another checkpoint under the same name is looked at again.
    std::fs::remove_dir_all(session.home().join("runs/letters"))?;
    write_run(session.home(), "letters", &Tokenizer::train_characters(["xyz"], &[])?)?;
    std::fs::write(session.home().join("runs/letters/checkpoints/step-000040/SHA256SUMS"), "other")?;
    let models = get(&session, "/api/models")?;
    let letters = models.as_array().into_iter().flatten().find(|model| model["id"] == "letters");
    check::equal(letters.map(|model| model["alphabet"].clone()), Some(json!("xyz")), "after it was trained anew")
}

/// What a run measured is shown, and its trace handed out as it lies there; one that measured nothing has neither.
pub fn a_profile_and_its_trace_are_handed_out() -> Outcome {
    let home = std::env::temp_dir().join(format!("sanjie-studio-profile-{}", std::process::id()));
    for run in ["measured", "plain"] {
        std::fs::create_dir_all(home.join("runs").join(run))?;
        std::fs::write(home.join("runs").join(run).join("recipe.toml"), "")?;
    }
    let profile = json!({
        "steps": 2, "phases": [{"phase": "forward", "seconds": 1.0}],
        "ops": [{"name": "Linear", "calls": 4, "forward_s": 0.5, "backward_s": 1.0, "flops": 1_000_000_000_u64, "bytes": 500_000_000}],
        "layers": [{"name": "block 0", "forward_s": 0.5, "backward_s": 1.0}],
        "peaks": {"gflops": 100.0, "gb_per_s": 20.0},
        "memory": {"held_bytes": 10, "peak_bytes": 14, "points": [{"ms": 0.0, "bytes": 0}, {"ms": 1.0, "bytes": 4}]},
    });
    let trace = r#"{"displayTimeUnit":"ms","traceEvents":[]}"#;
    std::fs::write(home.join("runs/measured/profile.json"), profile.to_string())?;
    std::fs::write(home.join("runs/measured/trace.json"), trace)?;
    let session = Session::at(home, "/nonexistent".into())?;
    let shown = get(&session, "/api/runs/measured/profile")?;
    check::equal((&shown["has_trace"], &shown["layers"][0]["backward_ms"]), (&json!(true), &json!(500.0)), "profile")?;
    check::equal((&shown["ops"][0]["gflops"], &shown["ops"][0]["gb_per_s"]), (&json!(2.0), &json!(1.0)), "speeds")?;
    check::equal(get(&session, "/api/runs/plain/profile")?, Value::Null, "a run that did not measure")?;
    let headers = [session.own_host(), session.bearer()];
    let answer = session.ask("GET /api/runs/measured/trace", &headers, "")?;
    check::that(answer.ends_with(trace) && answer.contains("attachment"), || answer.clone())?;
    for run in ["plain", "none"] {
        let answer = session.ask(&format!("GET /api/runs/{run}/trace"), &headers, "")?;
        check::equal(status(&answer), "404", &format!("the trace of {run}"))?;
    }
    Ok(())
}

//! Runs through the studio: processes of their own that it starts, watches, stops and takes up again.

use crate::scratch;
use crate::studio::Studio;
use check::{Outcome, Stop};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use train::metrics::Metrics;

/// More steps than any check waits for.
const FOREVER: u64 = 50_000;

fn state_of(folder: &Path, id: &str) -> Result<Value, Stop> {
    Ok(serde_json::from_slice(&std::fs::read(folder.join("runs").join(id).join("status.json"))?)?)
}

fn signal(name: &str, pid: &Value) -> Outcome {
    Command::new("kill").args([name, &pid.to_string()]).status()?;
    Ok(())
}

/// Every step arrives once and in order, through a stop and a resumption; then the run is compared and deleted.
pub fn a_run_is_watched_from_its_first_step_to_its_deletion() -> Outcome {
    let folder = scratch("studio-run")?;
    let studio = Studio::on(&folder)?;
    let id = studio.train(&folder, 1000)?;
    let mut events = studio.events("GET", &format!("runs/{id}/events?from=0"), &Value::Null)?;
    let (mut steps, mut samples, mut is_stopped, mut is_resumed) = (Vec::new(), 0, false, false);
    let last = loop {
        let (name, data) = events.next()?;
        match name.as_str() {
            "metrics" => {
                for metric in data.as_array().into_iter().flatten() {
                    // The page's types hold everything that training writes.
                    let known: Metrics = serde_json::from_value(metric.clone())?;
                    steps.push(known.step);
                }
            }
            "samples" => samples += data.as_array().map_or(0, Vec::len),
            "rewritten" => (steps, samples) = (Vec::new(), 0),
            "run" if data["state"] == "finished" => break data,
            "run" if data["state"] == "interrupted" && !is_resumed => {
                is_resumed = true;
                let saved = data["checkpoints"].as_array().and_then(|steps| steps.last()?.as_u64());
                check::equal(saved, data["step"].as_u64(), "the step that was saved")?;
                studio.expect(202, "POST", &format!("runs/{id}/resume"), &json!({}))?;
            }
            "run" => check::that(data["state"] != "failed", || format!("failed: {data}"))?,
            other => return check::fail(format!("an event {other}")),
        }
        if steps.len() >= 60 && !is_stopped {
            is_stopped = true;
            // Twice, as an impatient person does: it saves all the same.
            studio.expect(202, "POST", &format!("runs/{id}/stop"), &Value::Null)?;
            let (status, _) = studio.api("POST", &format!("runs/{id}/stop"), &Value::Null)?;
            check::that(status == 202 || status == 409, || format!("a second stop: {status}"))?;
        }
    };
    drop(events);
    check::that(is_resumed, || "the run ended before it could be stopped".into())?;
    check::equal(steps, (1..=1000).collect::<Vec<u64>>(), "steps as they came")?;
    check::that(samples >= 20, || format!("{samples} samples"))?;
    check::that(last["val_loss"].is_f64() && last["n_params"].is_u64(), || format!("the finished run: {last}"))?;

    let other = studio.train(&folder, 5)?;
    studio.wait_for(&other, "finished")?;
    let compared = studio.expect(200, "GET", &format!("compare?runs={id},{other}"), &Value::Null)?;
    let lengths: Vec<usize> =
        compared.as_array().into_iter().flatten().map(|run| run["metrics"].as_array().map_or(0, Vec::len)).collect();
    check::equal(lengths, vec![1000, 5], "metrics of both")?;
    studio.expect(404, "GET", &format!("compare?runs={id},nobody"), &Value::Null)?;

    let path = format!("runs/{id}");
    studio.expect(409, "POST", &format!("{path}/stop"), &Value::Null)?;
    studio.expect(400, "DELETE", &path, &json!({"confirm": "yes"}))?;
    check::that(folder.join("runs").join(&id).is_dir(), || "deleted without its name".into())?;
    studio.expect(204, "DELETE", &path, &json!({"confirm": id}))?;
    studio.expect(404, "GET", &path, &Value::Null)?;
    check::that(!folder.join("runs").join(&id).exists(), || "still there".into())?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// A run outlives its studio; the next studio, and a second one beside it, watch and stop it.
pub fn a_run_survives_its_studio() -> Outcome {
    let folder = scratch("studio-survives")?;
    let first = Studio::on(&folder)?;
    let id = first.train(&folder, FOREVER)?;
    let seen = first.wait(&id, "twenty steps", |run| run["step"].as_u64() >= Some(20))?;
    let mut events = first.events("GET", &format!("runs/{id}/events"), &Value::Null)?;
    events.next()?;
    let (code, words) = first.interrupt()?;
    check::equal(code, Some(0), "exit code with a run going on")?;
    check::that(words.contains(&id), || format!("no word of the run that goes on: {words}"))?;

    // The second ends as by `kill -9`.
    drop(Studio::on(&folder)?);
    let (third, fourth) = (Studio::on(&folder)?, Studio::on(&folder)?);
    let step = seen["step"].as_u64().unwrap_or_default();
    third.wait(&id, "further steps", |run| run["state"] == "running" && run["step"].as_u64() > Some(step + 20))?;
    let mut events = third.events("GET", &format!("runs/{id}/events?from={step}"), &Value::Null)?;
    let metrics = loop {
        let (name, data) = events.next()?;
        if name == "metrics" {
            break data;
        }
    };
    check::equal(metrics[0]["step"].as_u64(), Some(step + 1), "the first step after the last one seen")?;
    third.expect(409, "POST", &format!("runs/{id}/resume"), &json!({}))?;
    third.expect(409, "DELETE", &format!("runs/{id}"), &json!({"confirm": id}))?;
    fourth.expect(202, "POST", &format!("runs/{id}/stop"), &Value::Null)?;
    third.wait_for(&id, "interrupted")?;

    // Each numbers its new runs past those of the other.
    let names = [third.train(&folder, 3)?, fourth.train(&folder, 3)?];
    check::that(names[0] != names[1], || format!("one name twice: {names:?}"))?;
    for (name, watcher) in names.iter().zip([&fourth, &third]) {
        watcher.wait_for(name, "finished")?;
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// Stopped while its tokenizer is trained, a run ends there, says that it was interrupted, and can begin after all.
pub fn a_run_is_stopped_before_it_begins() -> Outcome {
    let folder = scratch("studio-unbegun")?;
    let studio = Studio::on(&folder)?;
    let settings = json!({
        "data.n_documents": 3000, "tokenizer.kind": "bpe", "tokenizer.vocab_size": 8192, "train.steps": 2,
        "model.n_layers": 1, "model.n_heads": 2, "model.d_model": 32, "validation.max_documents": 4,
    });
    let started = studio.expect(201, "POST", "runs", &json!({"recipe": "stories", "settings": settings}))?;
    let id = started["id"].as_str().ok_or("an id")?.to_string();
    studio.wait(&id, "the tokenizer's training", |run| run["preparing"]["stage"] == "tokenizer")?;
    studio.expect(202, "POST", &format!("runs/{id}/stop"), &Value::Null)?;
    let stopped = studio.wait_for(&id, "interrupted")?;
    check::equal(stopped["step"].as_u64(), Some(0), "steps")?;
    studio.expect(202, "POST", &format!("runs/{id}/resume"), &json!({}))?;
    studio.wait_for(&id, "finished")?;
    Ok(std::fs::remove_dir_all(folder)?)
}

/// A second studio, and the next one, may ask a run to stop that was asked before: it saves all the same.
pub fn a_run_saves_whoever_asks_it_to_stop_again() -> Outcome {
    let folder = scratch("studio-twice")?;
    let (first, second) = (Studio::on(&folder)?, Studio::on(&folder)?);
    // A step takes longer than it takes to ask.
    let settings = json!({
        "model.n_layers": 2, "model.n_heads": 2, "model.d_model": 64, "model.max_seq_len": 32,
        "train.batch_size": 128, "train.accumulate": 60, "train.steps": 100, "checkpoint.every": 100,
        "validation.max_documents": 4, "samples.max_tokens": 2,
    });
    let body = json!({"recipe": "shakespeare-tiny", "settings": settings, "data": folder.join("text.txt")});
    let started = first.expect(201, "POST", "runs", &body)?;
    let id = started["id"].as_str().ok_or("an id")?.to_string();
    first.wait(&id, "its first step", |run| run["state"] == "running")?;
    for studio in [&first, &second, &first] {
        studio.expect(202, "POST", &format!("runs/{id}/stop"), &Value::Null)?;
    }
    drop((first, second));
    let third = Studio::on(&folder)?;
    let (status, _) = third.api("POST", &format!("runs/{id}/stop"), &Value::Null)?;
    check::that(status == 202 || status == 409, || format!("the next studio: {status}"))?;
    third.wait_for(&id, "interrupted")?;
    // Going on makes it another process, which can be stopped, too.
    third.expect(202, "POST", &format!("runs/{id}/resume"), &json!({}))?;
    third.wait(&id, "to go on", |run| run["state"] == "running")?;
    third.expect(202, "POST", &format!("runs/{id}/stop"), &Value::Null)?;
    third.wait_for(&id, "interrupted")?;
    Ok(std::fs::remove_dir_all(folder)?)
}

/// A process that vanished is told from one that trains, and its run goes on from the last checkpoint.
pub fn a_killed_run_shows_as_such_and_goes_on() -> Outcome {
    let folder = scratch("studio-killed")?;
    let studio = Studio::on(&folder)?;
    let id = studio.train(&folder, FOREVER)?;
    studio.wait(&id, "a checkpoint", |run| !run["checkpoints"].as_array().is_none_or(Vec::is_empty))?;
    signal("-KILL", &state_of(&folder, &id)?["pid"])?;
    let killed = studio.wait_for(&id, "killed")?;
    check::equal(state_of(&folder, &id)?["state"].as_str(), Some("running"), "what its folder says")?;
    let path = format!("runs/{id}/resume");
    studio.expect(422, "POST", &path, &json!({"steps": 10}))?;
    studio.expect(400, "POST", &path, &json!({"steps": "many"}))?;
    studio.expect(202, "POST", &path, &json!({}))?;
    studio.wait(&id, "further steps", |run| {
        run["state"] == "running" && run["step"].as_u64() > killed["step"].as_u64()
    })?;
    studio.expect(202, "POST", &format!("runs/{id}/stop"), &Value::Null)?;
    studio.wait_for(&id, "interrupted")?;

    // Longer than planned: a finished run goes on with more steps.
    let short = studio.train(&folder, 10)?;
    studio.wait_for(&short, "finished")?;
    studio.expect(202, "POST", &format!("runs/{short}/resume"), &json!({"steps": 30}))?;
    studio.wait(&short, "the added steps", |run| run["state"] == "finished" && run["step"] == 30)?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

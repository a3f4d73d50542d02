//! What the studio refuses, in the asked language, and folders that something went wrong with.

use crate::scratch;
use crate::studio::Studio;
use check::Outcome;
use serde_json::{Value, json};
use std::fs;

/// Nothing that makes no sense starts a process, and each refusal says what is wrong.
pub fn absurd_requests_are_refused_with_a_sentence() -> Outcome {
    let folder = scratch("studio-absurd")?;
    let studio = Studio::on(&folder)?;
    let id = studio.train(&folder, 5)?;
    studio.wait_for(&id, "finished")?;
    let run = |settings: Value| json!({"recipe": "shakespeare-tiny", "settings": settings});
    let say = |change: Value| {
        let mut body = json!({"model": id, "input": {"text": "3"}, "max_tokens": 4, "temperature": 1.0, "top_p": 1.0});
        for (key, value) in change.as_object().into_iter().flatten() {
            body[key] = value.clone();
        }
        body
    };
    let rows: Vec<(&str, Value, u16, &str, &str)> = vec![
        ("runs", json!({"recipe": "nobody", "settings": {}}), 404, "nobody", "配方"),
        ("runs", run(json!({"model.n_heads": 3})), 422, "model.n_heads", "3"),
        ("runs", run(json!({"train.stps": 3})), 422, "train.steps", "train.steps"),
        ("runs", run(json!({"train.steps": -3})), 422, "train.steps", "train.steps"),
        ("runs", run(json!({"train.steps": 1e99})), 422, "train.steps", "train.steps"),
        ("runs", run(json!({"train.steps": [1, {"a": null}]})), 422, "train.steps", "train.steps"),
        ("runs", run(json!({"model.d_model": 1u64 << 60})), 422, "model.d_model", "model.d_model"),
        ("runs", run(json!({"name": "../../elsewhere\n"})), 422, "name of a folder", "文件夹名"),
        ("runs", json!({"recipe": "stories", "data": "/nowhere/at all"}), 400, "/nowhere/at all", "没有文件"),
        ("runs", json!({"recipe": 5}), 400, "string", "看不懂"),
        ("runs", json!([]), 400, "understood: invalid length 0, expected an object", "看不懂"),
        ("runs", json!("a"), 400, "expected an object", "看不懂"),
        ("runs/nobody/resume", json!({}), 404, "nobody", "没有叫"),
        ("generate", say(json!({"model": "nobody"})), 404, "nobody", "没有叫"),
        ("generate", say(json!({"temperature": 1e9})), 400, "temperature", "temperature"),
        ("generate", say(json!({"temperature": -1})), 400, "temperature", "temperature"),
        ("generate", say(json!({"top_p": -0.1})), 400, "top_p", "top_p"),
        ("generate", say(json!({"max_tokens": 0})), 400, "max_tokens", "max_tokens"),
        ("generate", say(json!({"max_tokens": 1u64 << 40})), 400, "understood", "看不懂"),
        ("generate", say(json!({"seed": -1.5})), 400, "understood", "看不懂"),
        ("generate", say(json!({"input": {"messages": []}})), 400, "input.messages", "input.messages"),
        ("generate", say(json!({"input": {"messages": [{"role": "wizard", "content": ""}]}})), 400, "wizard", "wizard"),
        ("generate", say(json!({"input": {"text": ""}})), 422, "prompt", "提示"),
    ];
    for (path, body, expected, english, chinese) in rows {
        for (lang, words) in [("en", english), ("zh", chinese)] {
            let (status, answer) = studio.api("POST", &format!("{path}?lang={lang}"), &body)?;
            check::that(status == expected, || format!("{path} {body}: {status}: {answer}"))?;
            let message = answer["message"].as_str().unwrap_or_default();
            check::that(status < 300 || message.contains(words), || format!("{path} {body} in {lang}: {message}"))?;
        }
    }
    let bearer = format!("Authorization: Bearer {}", studio.token);
    let headers = [bearer.as_str(), "Content-Type: application/json"];
    for body in ["", "{", "\"", "{\"recipe\":\"stories\"}}", &"[".repeat(100_000)] {
        let (status, answer) = studio.ask("POST /api/runs", &headers, body)?;
        let shown: String = body.chars().take(30).collect();
        check::that(status == 400 && answer.contains("studio.bad_request"), || format!("{shown}: {status} {answer}"))?;
    }
    let (status, answer) = studio.ask("POST /api/runs", &headers, &" ".repeat((4 << 20) + 1))?;
    check::that(status == 413 && answer.contains("studio.body_too_large"), || {
        format!("a huge body: {status} {answer}")
    })?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// A run with damaged files is shown with what is left of it, and never hides the others.
pub fn damaged_folders_hide_nothing() -> Outcome {
    let folder = scratch("studio-damaged")?;
    let studio = Studio::on(&folder)?;
    let [whole, bent] = [studio.train(&folder, 60)?, studio.train(&folder, 60)?];
    for id in [&whole, &bent] {
        studio.wait_for(id, "finished")?;
    }
    let runs = folder.join("runs");
    let say = |id: &str| json!({"model": id, "input": {"text": "3"}, "max_tokens": 2, "temperature": 0, "top_p": 1});

    // The newest checkpoint has one bit wrong: the one before answers, and says so.
    let newest = runs.join(&bent).join("checkpoints/step-000060/model.safetensors");
    let mut bytes = fs::read(&newest)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&newest, bytes)?;
    let (name, prompt) = studio.events("POST", "generate", &say(&bent))?.next()?;
    check::equal((name.as_str(), prompt["step"].as_u64()), ("prompt", Some(40)), "the weights that answer")?;
    check::equal(&prompt["damaged"], &json!([60]), "the weights that do not")?;
    fs::write(runs.join(&bent).join("checkpoints/step-000040/tokenizer.json"), "{}")?;
    let file = runs.join(&bent);
    // Open weights stay open; other ones cannot be opened.
    let sums = file.join("checkpoints/step-000060/SHA256SUMS");
    fs::write(&sums, [fs::read(&sums)?, b"\n".to_vec()].concat())?;
    let (status, answer) = studio.api("POST", "generate", &say(&bent))?;
    check::that(status == 422 && answer["code"] == "model.all_damaged", || format!("{status} {answer}"))?;
    let (_, answer) = studio.api("POST", "generate?lang=zh", &say(&bent))?;
    let message = answer["message"].as_str().unwrap_or_default();
    check::that(message.contains("全部损坏") && !message.contains("checksum"), || {
        format!("in Chinese: {message}")
    })?;
    // Going on sets both aside, and the run says so from then on.
    studio.expect(202, "POST", &format!("runs/{bent}/resume"), &json!({}))?;
    let run = studio.wait(&bent, "its end", |run| run["state"] == "finished")?;
    check::equal(&run["damaged"], &json!([40, 60]), "damaged checkpoints")?;

    for (name, text) in [
        ("status.json", "{\"state\": 5"),
        ("recipe.toml", "= nonsense ["),
        (
            "metrics.jsonl",
            "{\"step\": 1, \"loss\": null}\nnonsense\n\u{0}\u{fffd}\n{\"step\": \"2\"}\n{\"step\": 3, \"loss\": 2.5}\n{\"st",
        ),
        ("samples.jsonl", "[]\n{}\n"),
    ] {
        fs::write(file.join(name), text)?;
    }
    fs::create_dir_all(runs.join("empty"))?;
    fs::write(runs.join("a file"), "not a run")?;
    fs::create_dir_all(runs.join("odd/checkpoints/step-x"))?;
    fs::create_dir_all(runs.join("odd/checkpoints/step-000001"))?;
    fs::write(runs.join("odd/checkpoints/step-000001/SHA256SUMS"), "nothing")?;
    fs::write(runs.join("odd/checkpoints/step-000001/model.safetensors"), [0xff; 64])?;
    let status = json!({"state": "failed", "pid": 1, "error": {"code": "no.such_code", "fields": {"path": 5}}});
    fs::write(runs.join("odd/status.json"), status.to_string())?;

    let listed = studio.expect(200, "GET", "runs", &Value::Null)?;
    let names: Vec<&str> = listed.as_array().into_iter().flatten().filter_map(|run| run["id"].as_str()).collect();
    for id in [whole.as_str(), &bent, "odd"] {
        check::that(names.contains(&id), || format!("{id} is not among {names:?}"))?;
    }
    check::that(!names.contains(&"a file") && !names.contains(&"empty"), || format!("no runs among {names:?}"))?;
    studio.expect(200, "GET", "models", &Value::Null)?;
    let history = studio.expect(200, "GET", &format!("runs/{bent}/history"), &Value::Null)?;
    let steps: Vec<u64> =
        history["metrics"].as_array().into_iter().flatten().filter_map(|metric| metric["step"].as_u64()).collect();
    check::equal(steps, vec![1, 3], "lines that could be read")?;
    let odd = studio.expect(200, "GET", "runs/odd", &Value::Null)?;
    check::that(odd["problem"]["code"] == "no.such_code", || format!("{odd}"))?;
    let (status, answer) = studio.api("POST", "generate", &say("odd"))?;
    check::that(status == 422, || format!("weights of noise: {status} {answer}"))?;
    let (status, answer) = studio.api("POST", &format!("runs/{bent}/resume"), &json!({}))?;
    check::that(status == 422 && answer["code"] == "recipe.syntax", || format!("a bent recipe: {status} {answer}"))?;
    let (name, prompt) = studio.events("POST", "generate", &say(&whole))?.next()?;
    check::equal((name.as_str(), prompt["step"].as_u64()), ("prompt", Some(60)), "the run beside it")?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// A run that never began says why in the language of whoever looks, not of whoever started it.
pub fn why_a_run_did_not_begin_is_told_in_both_languages() -> Outcome {
    let folder = scratch("studio-early")?;
    fs::write(folder.join("empty.txt"), "")?;
    let studio = Studio::on(&folder)?;
    let body = json!({"recipe": "shakespeare-tiny", "settings": {}, "data": folder.join("empty.txt")});
    let started = studio.expect(201, "POST", "runs?lang=en", &body)?;
    let id = started["id"].as_str().unwrap_or_default();
    studio.wait_for(id, "failed")?;
    for (lang, words) in [("en", "holds no text"), ("zh", "里没有文本")] {
        let run = studio.expect(200, "GET", &format!("runs/{id}?lang={lang}"), &Value::Null)?;
        let (code, message) = (&run["problem"]["code"], run["problem"]["message"].as_str().unwrap_or_default());
        check::equal(code, &json!("data.empty"), "code")?;
        check::that(message.contains(words), || format!("in {lang}: {message}"))?;
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

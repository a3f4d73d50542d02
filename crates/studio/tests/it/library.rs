//! The models that are here over HTTP: listed, described, looked into; what is refused. The models are goldens of crate `models`.

use crate::guard::{Session, status};
use check::{Golden, Outcome, Stop};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The status and the JSON of an answer; null where it is none.
fn ask(session: &Session, first_line: &str, body: &Value) -> Result<(u16, Value), Stop> {
    let headers = [session.own_host(), session.bearer(), "Content-Type: application/json".to_string()];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let answer = session.ask(first_line, &headers, &body)?;
    let text = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok((status(&answer).parse()?, serde_json::from_str(text).unwrap_or(Value::Null)))
}

fn expect(session: &Session, first_line: &str, body: &Value) -> Result<Value, Stop> {
    let (code, answer) = ask(session, first_line, body)?;
    check::that(code == 200, || format!("{first_line}: {code}: {answer}"))?;
    Ok(answer)
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/goldens/families").join(name)
}

/// A data folder with four published models, one of which is of no family that is read.
fn home(name: &str) -> Result<PathBuf, Stop> {
    let home = std::env::temp_dir().join(format!("sanjie-studio-{name}-{}", std::process::id()));
    let models = home.join("models/org");
    let copy = |from: &str, to: &str, files: &[&str]| -> Outcome {
        std::fs::create_dir_all(models.join(to))?;
        for file in files {
            std::fs::copy(golden(from).join(file), models.join(to).join(file))?;
        }
        Ok(())
    };
    copy("gpt2", "base", &["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"])?;
    copy("bert-labels", "labels", &["config.json", "model.safetensors", "tokenizer.json"])?;
    copy("llama", "odd", &["config.json", "model.safetensors"])?;
    copy("", "chats", &["llama.gguf"])?;
    let config = std::fs::read_to_string(models.join("odd/config.json"))?;
    std::fs::write(
        models.join("odd/config.json"),
        config.replace("\"model_type\": \"llama\"", "\"model_type\": \"mamba\""),
    )?;
    let source = r#"{"source": "https://hub.example/org/base", "revision": "0123abc", "files": []}"#;
    std::fs::write(models.join("base/source.json"), source)?;
    std::fs::write(models.join("base/README.md"), "---\nlicense: apache-2.0\n---\n# Base\n\nA <b>model</b>.")?;
    Ok(home)
}

fn session(name: &str) -> Result<Session, Stop> {
    Session::at(home(name)?, "/nonexistent".into())
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

pub fn models_are_listed_and_described() -> Outcome {
    let empty = Session::start("library-empty")?;
    check::equal(expect(&empty, "GET /api/library", &Value::Null)?, json!([]), "before the first")?;

    let session = session("library")?;
    let models = list(&expect(&session, "GET /api/library?lang=en", &Value::Null)?);
    let told: Vec<(String, Value)> =
        models.iter().map(|model| (model["id"].as_str().unwrap_or("").to_string(), model["does"].clone())).collect();
    let expected =
        [("base", json!("continues")), ("chats", json!("chats")), ("labels", json!("labels")), ("odd", Value::Null)];
    check::equal(told, expected.map(|(name, does)| (format!("org/{name}"), does)).to_vec(), "what is here")?;
    let base = &models[0];
    let facts = ["architecture", "license", "source", "revision", "is_run"].map(|key| base[key].clone());
    let told = ["gpt2", "apache-2.0", "https://hub.example/org/base", "0123abc"].map(Value::from);
    check::equal(facts.to_vec(), [&told[..], &[json!(false)]].concat(), "where from and what")?;
    check::that(models[3]["problem"]["message"].as_str().is_some_and(|it| it.contains("mamba")), || {
        models[3].to_string()
    })?;
    let chinese = expect(&session, "GET /api/library?lang=zh", &Value::Null)?;
    check::that(chinese[3]["problem"]["message"].as_str().is_some_and(|it| it.contains("家族")), || {
        chinese.to_string()
    })?;

    let page = expect(&session, "GET /api/library/model?id=org/base", &Value::Null)?;
    check::equal(page["card"].clone(), json!("# Base\n\nA <b>model</b>."), "the card as it is written")?;
    check::equal((page["vocab_size"].clone(), page["template"].clone()), (json!(61), Value::Null), "facts")?;
    let files: Vec<Value> = list(&page["files"]).iter().map(|file| file["path"].clone()).collect();
    check::that(files.contains(&json!("model.safetensors")) && files.len() == 6, || page["files"].to_string())?;
    let sizes: u64 = list(&page["files"]).iter().filter_map(|file| file["bytes"].as_u64()).sum();
    check::equal(page["model"]["bytes"].as_u64(), Some(sizes), "the size is that of the files")?;
    let page = expect(&session, "GET /api/library/model?id=org/chats", &Value::Null)?;
    check::that(page["template"].as_str().is_some_and(|it| it.contains("<|im_start|>")), || page.to_string())?;
    check::equal(page["types"][1]["name"].clone(), json!("Q8_0"), "types of numbers")?;

    // Those that write can be talked to.
    let chats = expect(&session, "GET /api/models", &Value::Null)?;
    let chats: Vec<(Value, Value)> = list(&chats).iter().map(|it| (it["id"].clone(), it["chats"].clone())).collect();
    check::equal(chats, vec![(json!("org/base"), json!(false)), (json!("org/chats"), json!(true))], "the chat's list")?;
    let wanted =
        json!({ "model": "org/base", "input": { "text": "The" }, "max_tokens": 2, "temperature": 0.0, "top_p": 1.0 });
    let headers = [session.own_host(), session.bearer(), "Content-Type: application/json".to_string()];
    let spoken = session.ask("POST /api/generate", &headers, &wanted.to_string())?;
    check::that(spoken.contains("event: token") && spoken.contains("event: done"), || spoken.clone())?;

    // A file that changes is read again.
    let readme = session.home().join("models/org/base/README.md");
    std::fs::write(readme, "---\nlicense: mit\n---\n# Another, longer card")?;
    let page = expect(&session, "GET /api/library/model?id=org/base", &Value::Null)?;
    check::equal(page["model"]["license"].clone(), json!("mit"), "another licence")
}

pub fn a_text_is_cut_by_the_tokenizer_of_any_model() -> Outcome {
    let session = session("tokenise")?;
    let cut = |model: &str, text: &str, markers: bool| {
        expect(&session, "POST /api/tokenize", &json!({ "model": model, "text": text, "parse_markers": markers }))
    };
    let expected = Golden::read(golden("gpt2/expected.safetensors"))?.get("prompt")?.values.clone();
    let prompt = "The end, in the other";
    let cut_prompt = cut("org/base", prompt, false)?;
    let pieces = list(&cut_prompt["pieces"]);
    let ids: Vec<Value> = pieces.iter().map(|piece| piece["id"].clone()).collect();
    check::equal(ids, expected.iter().map(|&id| json!(id as u64)).collect(), "the ids of transformers")?;
    let bytes: Vec<u8> =
        pieces.iter().flat_map(|it| list(&it["bytes"])).filter_map(|it| it.as_u64()).map(|b| b as u8).collect();
    check::equal(String::from_utf8(bytes)?, prompt.to_string(), "the bytes are those of the text")?;
    let counts = ["n_characters", "n_bytes", "vocab_size"].map(|key| cut_prompt[key].as_u64());
    check::equal(counts, [21, 21, 61].map(Some), "counts")?;
    let read = |markers| -> Result<Vec<Value>, Stop> { Ok(list(&cut("org/chats", "<|im_end|>", markers)?["pieces"])) };
    let marker = read(true)?;
    check::equal((marker.len(), marker[0]["is_special"].clone()), (1, json!(true)), "a marker as a marker")?;
    check::that(read(false)?.iter().all(|piece| piece["is_special"] == false), || "a marker as characters".into())?;
    let words = list(&cut("org/labels", "w5  w6", false)?["pieces"]);
    let told: Vec<Value> = words.iter().map(|it| json!([it["id"], it["text"], it["is_special"]])).collect();
    let expected = json!([[2, "", true], [5, "w5", false], [6, "w6", false], [3, "", true]]);
    check::equal(json!(told), expected, "a reader's tokens with what stands around them")?;
    check::equal(list(&cut("org/base", "", false)?["pieces"]).len(), 0, "no text")
}

pub fn a_model_tells_what_it_expects_and_where_it_looks() -> Outcome {
    let session = session("next")?;
    let expected = Golden::read(golden("gpt2/expected.safetensors"))?;
    let next = |model: &str, text: &str, as_turn: bool| {
        expect(&session, "POST /api/next", &json!({ "model": model, "text": text, "as_turn": as_turn }))
    };
    let found = next("org/base", "The end, in the other", false)?;
    let tokens = list(&found["tokens"]);
    check::equal(tokens.len(), 10, "tokens")?;
    let greedy = expected.get("answer")?.values[0] as u64;
    check::equal(tokens[0]["id"].as_u64(), Some(greedy), "the likeliest is what transformers goes on with")?;
    let shares: Vec<f64> = tokens.iter().filter_map(|token| token["probability"].as_f64()).collect();
    let total: f64 = shares.iter().sum();
    check::that(shares.is_sorted_by(|a, b| a >= b) && total > 0.0 && total <= 1.0 + 1e-6, || format!("{shares:?}"))?;
    check::equal(found["n_tokens"].as_u64(), Some(expected.get("prompt")?.values.len() as u64), "tokens read")?;
    let turn = next("org/chats", "the", true)?;
    check::that(turn["prompt"].as_str().is_some_and(|it| it.starts_with("<|im_start|>user")), || turn.to_string())?;

    let looked = expect(&session, "POST /api/attention", &json!({ "model": "org/chats", "text": "the other end" }))?;
    check::equal((looked["n_layers"].as_u64(), looked["n_heads"].as_u64()), (Some(2), Some(4)), "a published model")?;
    let n = list(&looked["tokens"]).len();
    check::equal(list(&looked["heads"][7]).len(), n * (n + 1) / 2, "weights of its last head")?;
    // Its tokenizer knows none of these characters.
    for path in ["POST /api/attention", "POST /api/next"] {
        let (code, answer) = ask(&session, path, &json!({ "model": "org/chats", "text": "三阶" }))?;
        check::equal((code, answer["code"].clone()), (422, json!("generate.empty_prompt")), path)?;
    }
    Ok(())
}

pub fn what_cannot_be_looked_into_is_said() -> Outcome {
    let session = session("library-refused")?;
    let long = "a".repeat(20_001);
    for (line, body, code, word) in [
        ("GET /api/library/model?id=org/none", Value::Null, 404, "studio.no_such_model"),
        ("GET /api/library/model?id=org/../../secret", Value::Null, 404, "studio.no_such_model"),
        ("GET /api/library/model?id=/etc/passwd", Value::Null, 404, "studio.no_such_model"),
        ("GET /api/library/model?id=none", Value::Null, 404, "studio.no_such_run"),
        ("GET /api/library/model", Value::Null, 400, "studio.missing_value"),
        ("POST /api/tokenize", json!({ "model": "org/none", "text": "a" }), 404, "studio.no_such_model"),
        ("POST /api/tokenize", json!({ "model": "org/odd", "text": "a" }), 422, "file.missing"),
        ("POST /api/tokenize", json!({ "model": "org/base", "text": &long }), 400, "studio.out_of_range"),
        ("POST /api/tokenize", json!({ "model": "org/base" }), 400, "studio.bad_request"),
        ("POST /api/next", json!({ "model": "org/base", "text": &long }), 400, "studio.out_of_range"),
        ("POST /api/next", json!({ "model": "org/chats", "text": " ", "as_turn": true }), 400, "studio.out_of_range"),
        ("POST /api/next", json!({ "model": "org/labels", "text": "w5" }), 422, "family.unknown"),
        ("POST /api/next", json!({ "model": "org/odd", "text": "w5" }), 422, "family.unknown"),
        ("POST /api/attention", json!({ "model": "org/labels", "text": "w5" }), 422, "family.unknown"),
        ("DELETE /api/library/model?id=org/base", Value::Null, 405, "studio.wrong_method"),
    ] {
        let (found, answer) = ask(&session, line, &body)?;
        check::equal((found, answer["code"].as_str().unwrap_or("")), (code, word), &format!("{line} {body:.60}"))?;
    }
    // Each lock of the door by itself.
    let (host, token) = (session.own_host(), session.bearer());
    let json = "Content-Type: application/json".to_string();
    for line in ["GET /api/library", "GET /api/library/model?id=org/base", "POST /api/tokenize", "POST /api/next"] {
        for headers in [
            vec!["Host: evil.example:80".to_string(), token.clone(), json.clone()],
            vec![host.clone(), token.clone(), "Origin: https://evil.example".to_string(), json.clone()],
            vec![host.clone(), json.clone()],
        ] {
            let answer = session.ask(line, &headers, r#"{"model": "org/base", "text": "a"}"#)?;
            check::equal(status(&answer), "403", &format!("{line} with {headers:?}"))?;
        }
    }
    Ok(())
}

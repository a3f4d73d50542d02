//! `sanjie pull` from the outside, and the names that other commands then take; `sanjie capabilities`.

use crate::{sanjie, scratch, succeed};
use check::{Outcome, Stop, equal, that};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models/goldens/families").join(name)
}

/// A hub that has one model, `org/tiny`: the files of a folder.
fn hub(folder: PathBuf) -> Result<String, Stop> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("http://{}", listener.local_addr()?);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that goes away is its own business.
            let _ = answer(stream, &folder);
        }
    });
    Ok(address)
}

fn answer(mut stream: std::net::TcpStream, folder: &Path) -> std::io::Result<()> {
    let lines: Vec<String> =
        BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let path = lines.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default();
    let body = if path.starts_with("/api/models/org/tiny/revision/main") {
        let mut siblings = Vec::new();
        for entry in std::fs::read_dir(folder)?.flatten().filter(|entry| entry.path().is_file()) {
            let bytes = std::fs::read(entry.path())?;
            let lfs = json!({ "sha256": formats::checksum::sha256(&bytes), "size": bytes.len() });
            siblings.push(json!({ "rfilename": entry.file_name().to_string_lossy(), "size": bytes.len(), "lfs": lfs }));
        }
        Some(json!({ "sha": "main", "siblings": siblings }).to_string().into_bytes())
    } else {
        path.strip_prefix("/org/tiny/resolve/main/").and_then(|name| std::fs::read(folder.join(name)).ok())
    };
    let (status, body) = body.map_or((404, Vec::new()), |body| (200, body));
    write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len())?;
    stream.write_all(&body)
}

pub fn a_model_of_a_hub_is_pulled_and_writes_by_its_name() -> Outcome {
    let folder = scratch("pull-hub")?;
    let address = hub(golden("gpt2"))?;
    for words in ["org/tiny is here\n", "org/tiny is here already"] {
        let mut command = sanjie(&folder);
        let output = succeed(command.args(["pull", "org/tiny"]).env("HF_ENDPOINT", &address).output()?)?;
        let place = folder.join("models/org/tiny").display().to_string();
        equal(String::from_utf8(output.stdout)?.trim_end(), place.as_str(), "its place")?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        that(said.contains(words) && said.contains("model.safetensors") && said.contains("in all"), || said.clone())?;
    }
    let generate = |model: &Path| -> Result<Value, Stop> {
        let mut command = sanjie(&folder);
        command.arg("generate").arg(model).args(["--prompt", "the", "--max-tokens", "8", "--json"]);
        Ok(serde_json::from_slice(&succeed(command.output()?)?.stdout)?)
    };
    equal(generate(Path::new("org/tiny"))?["tokens"].clone(), generate(&golden("gpt2"))?["tokens"].clone(), "tokens")?;
    let mut command = sanjie(&folder);
    let output = command.args(["pull", "org/other"]).env("HF_ENDPOINT", &address).output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    that(output.status.code() == Some(1) && said.contains("HTTP 404") && said.contains("HF_TOKEN"), || said.clone())?;
    Ok(std::fs::remove_dir_all(folder)?)
}

pub fn a_folder_of_ones_own_is_pulled_and_embeds_by_its_name() -> Outcome {
    let folder = scratch("pull-folder")?;
    succeed(sanjie(&folder).arg("pull").arg(golden("bert")).output()?)?;
    std::fs::write(folder.join("lines.txt"), "w1 w2\nw3\n")?;
    let embed = |model: &Path| -> Result<Vec<u8>, Stop> {
        Ok(succeed(sanjie(&folder).arg("embed").arg(model).args(["lines.txt", "--json"]).output()?)?.stdout)
    };
    equal(embed(Path::new("local/bert"))?, embed(&golden("bert"))?, "vectors")?;
    let output = succeed(sanjie(&folder).args(["inspect", "local/bert", "--json"]).output()?)?;
    let facts: Value = serde_json::from_slice(&output.stdout)?;
    equal(facts["architecture"].as_str(), Some("bert"), "what it is")?;
    for (named, words) in
        [("nonsense", "names no model"), ("./nothing", "does not exist"), ("a.gguf", "does not exist")]
    {
        let output = sanjie(&folder).args(["pull", named]).output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        that(output.status.code() == Some(1) && said.contains(words), || said.clone())?;
    }
    Ok(std::fs::remove_dir_all(folder)?)
}

pub fn capabilities_are_told_in_words_and_as_json() -> Outcome {
    let folder = scratch("capabilities")?;
    let output = succeed(sanjie(&folder).args(["capabilities", "--json"]).output()?)?;
    let all: Value = serde_json::from_slice(&output.stdout)?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let llama = list(&all["families"]).into_iter().find(|family| family["name"] == "llama").ok_or("no llama")?;
    let expected = json!({ "name": "llama", "kind": "decoder", "tasks": ["text"], "formats": ["gguf", "safetensors"] });
    equal(llama, expected, "a family")?;
    let bert = list(&all["families"]).into_iter().find(|family| family["name"] == "bert").ok_or("no bert")?;
    equal(bert["tasks"].clone(), json!(["vectors", "labels", "relevance"]), "what comes out of it")?;
    for (key, name) in [
        ("formats", "gguf"),
        ("quantisation_types", "Q4_K"),
        ("tokenizers", "llama-spm"),
        ("templates", "qwen2.5-instruct"),
    ] {
        that(list(&all[key]).contains(&name.into()), || format!("{key} lacks {name}: {}", all[key]))?;
    }
    for (lang, words) in [("en", "chat templates: alpaca"), ("zh", "对话模板：alpaca")] {
        let output = succeed(sanjie(&folder).args(["capabilities", "--lang", lang]).output()?)?;
        let said = String::from_utf8(output.stdout)?;
        that(said.contains(words) && said.contains("roberta"), || said.clone())?;
    }
    Ok(std::fs::remove_dir_all(folder)?)
}

//! A model file of others, from text to text: the golden `llama.gguf` of the crate `models`.

use crate::{sanjie, scratch, succeed};
use check::{Golden, Outcome, Stop};
use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models/goldens/families").join(name)
}

pub fn a_gguf_file_generates_chats_and_is_measured() -> Outcome {
    let folder = scratch("published")?;
    let expected = Golden::read(golden("expected.safetensors"))?;
    let ids =
        |name: &str| -> Result<Vec<u64>, Stop> { Ok(expected.get(name)?.values.iter().map(|&id| id as u64).collect()) };
    let mut command = sanjie(&folder);
    command.arg("generate").arg(golden("llama.gguf")).args(["--prompt", "The end of the other"]);
    let output = succeed(command.args(["--max-tokens", "24", "--json"]).output()?)?;
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    check::equal(&answer["usage"]["prompt_tokens"], &ids("prompt")?.len().into(), "tokens of the prompt")?;
    let found: Vec<u64> = answer["tokens"].as_array().into_iter().flatten().filter_map(|id| id.as_u64()).collect();
    check::equal(found, ids("answer")?, "the answer's tokens")?;

    let mut chat = sanjie(&folder);
    chat.arg("chat").arg(golden("llama.gguf")).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut chat = chat.spawn()?;
    chat.stdin.take().ok_or("no input")?.write_all(b"the end\n")?;
    let output = succeed(chat.wait_with_output()?)?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    check::that(!said.contains("<|"), || format!("a marker in the answer: {said}"))?;

    std::fs::write(folder.join("words.txt"), "the other end of the night, and then the rest.\n".repeat(20))?;
    let mut measure = sanjie(&folder);
    measure.arg("eval").arg(golden("llama.gguf")).args(["--suite", "perplexity", "--data", "words.txt"]);
    let output = succeed(measure.args(["--window", "32", "--json"]).output()?)?;
    let lines = String::from_utf8(output.stdout)?;
    check::equal(lines.lines().count(), 3, "metrics")?;
    Ok(std::fs::remove_dir_all(folder)?)
}

/// GPT-2 as `transformers` writes it, with its tokenizer: a base model, so a conversation is plain text to it.
pub fn a_published_gpt2_is_used_like_any_model() -> Outcome {
    let folder = scratch("gpt2")?;
    let expected = Golden::read(golden("gpt2/expected.safetensors"))?;
    let ids =
        |name: &str| -> Result<Vec<u64>, Stop> { Ok(expected.get(name)?.values.iter().map(|&id| id as u64).collect()) };
    let output = succeed(sanjie(&folder).arg("inspect").arg(golden("gpt2")).arg("--json").output()?)?;
    let about: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let named = ["architecture", "vocab_size", "context", "chat_template"].map(|key| about[key].clone());
    check::equal(named, ["gpt2".into(), 61.into(), 160.into(), false.into()], "what it is")?;
    for model in ["gpt2", "gpt2.gguf"] {
        let mut command = sanjie(&folder);
        command.arg("generate").arg(golden(model)).args(["--prompt", "The end, in the other"]);
        let output = succeed(command.args(["--max-tokens", "24", "--json"]).output()?)?;
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        check::equal(&answer["usage"]["prompt_tokens"], &ids("prompt")?.len().into(), "tokens of the prompt")?;
        let found: Vec<u64> = answer["tokens"].as_array().into_iter().flatten().filter_map(|id| id.as_u64()).collect();
        let file = if model == "gpt2" { "gpt2/expected.safetensors" } else { "gpt2-gguf.expected.safetensors" };
        let expected = Golden::read(golden(file))?.get("answer")?.values.clone();
        check::equal(found, expected.iter().map(|&id| id as u64).collect(), "the answer's tokens")?;
    }
    let mut chat = sanjie(&folder);
    chat.arg("chat").arg(golden("gpt2")).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut chat = chat.spawn()?;
    chat.stdin.take().ok_or("no input")?.write_all(b"the end\n")?;
    let output = succeed(chat.wait_with_output()?)?;
    check::that(!output.stdout.is_empty(), || "nothing was said".into())?;

    std::fs::write(folder.join("words.txt"), "the other end of the night, and then the rest.\n".repeat(20))?;
    let mut measure = sanjie(&folder);
    measure.arg("eval").arg(golden("gpt2")).args(["--suite", "perplexity", "--data", "words.txt", "--window", "32"]);
    succeed(measure.arg("--json").output()?)?;

    // The same file without the prefix of its names; spaces keep the length of the header.
    std::fs::create_dir_all(folder.join("bare"))?;
    for file in ["config.json", "tokenizer.json"] {
        std::fs::copy(golden("gpt2").join(file), folder.join("bare").join(file))?;
    }
    let mut bytes = std::fs::read(golden("gpt2/model.safetensors"))?;
    let length = u64::from_le_bytes(bytes[..8].try_into()?) as usize;
    let names = String::from_utf8(bytes[8..8 + length].to_vec())?.replace("transformer.", "");
    bytes[8..8 + length].copy_from_slice(format!("{names:length$}").as_bytes());
    std::fs::write(folder.join("bare/model.safetensors"), bytes)?;
    let output = succeed(sanjie(&folder).arg("verify").arg(golden("gpt2")).args(["bare", "--json"]).output()?)?;
    let found: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let same = serde_json::json!({ "prompts": 6, "ids_equal": true, "max_abs_logprob_diff": 0.0 });
    check::equal(found, same, "the same model")?;
    Ok(std::fs::remove_dir_all(folder)?)
}

pub fn an_encoder_embeds_lines() -> Outcome {
    let folder = scratch("embed")?;
    let expected = Golden::read(golden("bert/expected.safetensors"))?;
    let words = |name: &str| -> Result<String, Stop> {
        Ok(expected.get(name)?.values.iter().map(|id| format!("w{id}")).collect::<Vec<_>>().join(" "))
    };
    // The longer text stands first and comes first, though the shorter one is read first.
    std::fs::write(folder.join("lines.txt"), format!("{}\n{}\n", words("ids/1")?, words("ids/0")?))?;
    let output = succeed(sanjie(&folder).arg("embed").arg(golden("bert")).args(["lines.txt", "--json"]).output()?)?;
    let lines = String::from_utf8(output.stdout)?;
    for (index, (line, name)) in lines.lines().zip(["mean/1", "mean/0"]).enumerate() {
        let line: serde_json::Value = serde_json::from_str(line)?;
        check::equal(&line["index"], &index.into(), "the line's number")?;
        let numbers = line["embedding"].as_array().into_iter().flatten();
        let found: Vec<f32> = numbers.filter_map(|number| Some(number.as_f64()? as f32)).collect();
        check::close(&found, &expected.get(name)?.values, 1e-5, name)?;
    }
    check::equal(lines.lines().count(), 2, "vectors")?;
    let output = sanjie(&folder).arg("embed").arg(golden("llama")).arg("lines.txt").output()?;
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    check::that(output.status.code() == Some(1) && words.contains("llama"), || words.clone())?;
    Ok(std::fs::remove_dir_all(folder)?)
}

/// Texts and pairs, by tabs and as JSON lines; labels, and the scores of a cross-encoder.
pub fn a_classifier_labels_lines() -> Outcome {
    let folder = scratch("classify")?;
    std::fs::write(folder.join("lines.txt"), "w5 w6 w7 w8\nw9 w20 w21\tw22 w23 w24 w25 w26\n")?;
    let json = "{\"text\": \"w5 w6 w7 w8\"}\n[\"w9 w20 w21\", \"w22 w23 w24 w25 w26\"]\n";
    std::fs::write(folder.join("lines.jsonl"), json)?;
    let run = |model: &str, file: &str| -> Result<Vec<serde_json::Value>, Stop> {
        let output = sanjie(&folder).arg("classify").arg(golden(model)).args([file, "--json"]).output()?;
        let lines = String::from_utf8(succeed(output)?.stdout)?;
        Ok(lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
    };
    for file in ["lines.txt", "lines.jsonl"] {
        let expected = Golden::read(golden("bert-labels/expected.safetensors"))?;
        let lines = run("bert-labels", file)?;
        check::equal(lines.len(), 2, "lines")?;
        for (i, line) in lines.iter().enumerate() {
            let scores = &expected.get(&format!("scores/{i}"))?.values;
            let labels = ["contradiction", "entailment", "neutral"];
            let found = labels.map(|label| line["scores"][label].as_f64().unwrap_or(f64::NAN) as f32);
            check::close(&found, scores, 1e-5, file)?;
            let best = (0..3).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).ok_or("no label")?;
            check::equal((&line["index"], &line["label"]), (&i.into(), &labels[best].into()), file)?;
        }
        let expected = Golden::read(golden("roberta-relevance/expected.safetensors"))?;
        let score = run("roberta-relevance", file)?[1]["score"].as_f64().unwrap_or(f64::NAN) as f32;
        check::close(&[score], &expected.get("predicted")?.values[..1], 1e-5, "a cross-encoder's score")?;
    }
    let plain = succeed(sanjie(&folder).arg("classify").arg(golden("bert-labels")).arg("lines.txt").output()?)?;
    let plain = String::from_utf8(plain.stdout)?;
    let words = ["contradiction", "entailment", "neutral"];
    let named = |line: &str| words.iter().any(|word| line.ends_with(word));
    check::that(plain.lines().count() == 2 && plain.lines().all(named), || plain.clone())?;
    for (model, lang, words) in [
        ("bert", "en", "no head for classifying"),
        ("bert", "zh", "没有给文本分类的输出头"),
        ("llama", "en", "family `llama`"),
    ] {
        let mut command = sanjie(&folder);
        command.arg("classify").arg(golden(model)).args(["lines.txt", "--lang", lang]);
        let output = command.output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        check::that(output.status.code() == Some(1) && said.contains(words), || said.clone())?;
    }
    std::fs::write(folder.join("tabs.txt"), "a\nb\tc\td\n")?;
    let output = sanjie(&folder).arg("classify").arg(golden("bert-labels")).arg("tabs.txt").output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    check::that(output.status.code() == Some(1) && said.contains("line 2"), || said.clone())?;
    Ok(std::fs::remove_dir_all(folder)?)
}

pub fn two_models_are_compared() -> Outcome {
    let folder = scratch("verify")?;
    std::fs::copy(golden("llama.gguf"), folder.join("same.gguf"))?;
    // Another value in the last array: the same ids of prompts, other probabilities.
    let mut bytes = std::fs::read(golden("llama.gguf"))?;
    let end = bytes.len() - 64;
    bytes[end - 512..end].fill(0);
    std::fs::write(folder.join("other.gguf"), bytes)?;
    let compare = |with: &str| -> Result<(Option<i32>, serde_json::Value), Stop> {
        let output = sanjie(&folder).arg("verify").arg(golden("llama.gguf")).args([with, "--json"]).output()?;
        Ok((output.status.code(), serde_json::from_slice(&output.stdout)?))
    };
    let (code, same) = compare("same.gguf")?;
    check::equal(code, Some(0), "exit code for the same model")?;
    let expected = serde_json::json!({ "prompts": 6, "ids_equal": true, "max_abs_logprob_diff": 0.0 });
    check::equal(same, expected, "the same model")?;
    let (_, other) = compare("other.gguf")?;
    let difference = other["max_abs_logprob_diff"].as_f64().unwrap_or(0.0);
    check::that(difference > 0.01, || format!("another model: {other}"))?;
    Ok(std::fs::remove_dir_all(folder)?)
}

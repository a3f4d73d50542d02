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

//! `sanjie inspect` on files that other programs wrote.

use crate::{sanjie, scratch, succeed};
use check::Outcome;
use std::path::PathBuf;

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../formats/goldens/published").join(name)
}

pub fn files_of_others_are_described() -> Outcome {
    let folder = scratch("inspect")?;
    let facts = |name: &str| -> Result<serde_json::Value, check::Stop> {
        let output = succeed(sanjie(&folder).arg("inspect").arg(golden(name)).arg("--json").output()?)?;
        Ok(serde_json::from_slice(&output.stdout)?)
    };
    let file = facts("every_type.gguf")?;
    check::equal(&file["architecture"], &"llama".into(), "architecture")?;
    check::equal(&file["n_params"], &(3 * 16 + 12 * 512).into(), "weights")?;
    check::equal(&file["file_types"]["IQ4_XS"], &1.into(), "arrays of a type")?;
    check::equal(file["file_types"].as_object().map(|types| types.len()), Some(15), "types")?;
    check::equal((&file["vocab_size"], &file["context"]), (&5.into(), &64.into()), "sizes")?;
    check::equal((&file["chat_template"], &file["license"]), (&true.into(), &"mit".into()), "template and licence")?;
    let shards = facts("sharded")?;
    check::equal((&shards["n_params"], &shards["file_types"]["BF16"]), (&44.into(), &1.into()), "shards")?;
    let output = succeed(sanjie(&folder).arg("inspect").arg(golden("sharded")).output()?)?;
    let words = String::from_utf8(output.stdout)?;
    check::that(words.contains("model.norm.weight") && words.contains("apache-2.0"), || words.clone())?;
    // A name that would clear the screen.
    let evil = formats::safetensors::ArrayRef { name: "\u{1b}[2J\u{7}evil", shape: &[1], values: &[0.0] };
    formats::safetensors::write(folder.join("evil.safetensors"), &[], &[evil])?;
    let output = succeed(sanjie(&folder).args(["inspect", "evil.safetensors"]).output()?)?;
    let words = String::from_utf8(output.stdout)?;
    let is_plain = words.chars().all(|c| c == '\n' || !c.is_control());
    check::that(is_plain && words.contains("\\x1b[2J\\x07evil"), || words.clone())?;
    Ok(std::fs::remove_dir_all(folder)?)
}

pub fn what_cannot_be_read_is_named() -> Outcome {
    let folder = scratch("inspect-damaged")?;
    let bytes = std::fs::read(golden("every_type.gguf"))?;
    std::fs::write(folder.join("cut.gguf"), &bytes[..bytes.len() / 2])?;
    std::fs::write(folder.join("notes.md"), "# Notes\n\nA text is no model.\n")?;
    std::fs::write(folder.join("cut.safetensors"), "# Notes\n\nA text is no model.\n")?;
    for (arguments, expected) in [
        (&["inspect", "cut.gguf", "--json"][..], "cut.gguf ends after"),
        (&["inspect", "nothing", "--json"], "`nothing` does not exist"),
        (&["inspect", "cut.safetensors"], "not a whole safetensors file"),
        (&["inspect", "notes.md"], "notes.md is no model"),
        (&["generate", "notes.md", "--prompt", "a"], "notes.md is no model"),
        (&["serve", "notes.md", "--port", "0"], "notes.md is no model"),
        (&["pull", "notes.md"], "notes.md is neither a model nor an archive"),
        (&["embed", "no-such-encoder", "notes.md"], "`sanjie pull sentence-transformers/all-MiniLM-L6-v2`"),
        (&["classify", "no-such-classifier", "notes.md"], "`sanjie pull cross-encoder/ms-marco-MiniLM-L6-v2`"),
    ] {
        let output = sanjie(&folder).args(arguments).output()?;
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        check::equal(output.status.code(), Some(1), &format!("exit code of {arguments:?}"))?;
        check::that(words.contains(expected), || words.clone())?;
    }
    Ok(std::fs::remove_dir_all(folder)?)
}

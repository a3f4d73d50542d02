//! Descriptions of published models, from each of their three places.

use check::Outcome;
use models::published::Published;
use std::path::PathBuf;

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../formats/goldens/published").join(name)
}

pub fn a_gguf_file_and_a_folder_answer_the_same_questions() -> Outcome {
    let file = Published::open(golden("every_type.gguf"))?;
    check::equal(file.architecture(), Some("llama"), "architecture")?;
    check::equal((file.vocab_size(), file.context()), (Some(5), Some(64)), "sizes")?;
    check::equal(file.n_params(), 3 * 16 + 12 * 512, "weights")?;
    check::equal(file.chat_template().as_deref(), Some("{{ messages[0]['content'] }}"), "template")?;
    check::equal(file.license().as_deref(), Some("mit"), "licence")?;
    check::equal(file.tokenizer(|_| None).as_deref(), Some("gpt2"), "tokenizer")?;

    let folder = Published::open(golden("sharded"))?;
    check::equal(folder.architecture(), Some("llama"), "architecture")?;
    check::equal((folder.vocab_size(), folder.context()), (Some(5), Some(32)), "sizes")?;
    check::equal(folder.n_params(), 44, "weights, without the table of integers")?;
    check::equal(folder.chat_template().as_deref(), Some("yes"), "the template called default")?;
    check::equal(folder.license().as_deref(), Some("apache-2.0"), "licence")
}

pub fn a_checkpoint_of_our_own_is_described() -> Outcome {
    let folder = std::env::temp_dir().join(format!("sanjie-published-{}", std::process::id()));
    let checkpoint = folder.join("checkpoints/step-000002");
    std::fs::create_dir_all(&checkpoint)?;
    let array = formats::safetensors::ArrayRef { name: "w", shape: &[2, 3], values: &[0.0; 6] };
    formats::safetensors::write(checkpoint.join("model.safetensors"), &[], &[array])?;
    let state = r#"{"model": {"architecture": "gpt", "vocab_size": 7, "max_seq_len": 9}, "chat_template": null}"#;
    std::fs::write(checkpoint.join("state.json"), state)?;
    std::fs::write(checkpoint.join("tokenizer.json"), "{}")?;
    formats::checksum::write_sums(&checkpoint, &["model.safetensors", "tokenizer.json", "state.json"])?;
    let run = Published::open(&folder)?;
    check::equal(run.architecture(), Some("gpt"), "architecture")?;
    check::equal((run.vocab_size(), run.context(), run.n_params()), (Some(7), Some(9), 6), "sizes")?;
    check::equal(run.chat_template(), None, "template")?;
    Ok(std::fs::remove_dir_all(folder)?)
}

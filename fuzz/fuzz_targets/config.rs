//! The files that describe a model of a Hugging Face folder, beside whole weights of a decoder or an encoder: `config.json`,
//! `generation_config.json`, `tokenizer_config.json`.
#![no_main]
use libfuzzer_sys::fuzz_target;
use std::path::PathBuf;
use std::sync::LazyLock;

const LLAMA: &[u8] = include_bytes!("../../crates/models/goldens/families/llama/model.safetensors");
const LLAMA_TOKENIZER: &[u8] = include_bytes!("../../crates/text/goldens/tokenizer_bytes.json");
const BERT: &[u8] = include_bytes!("../../crates/models/goldens/families/bert-labels/model.safetensors");
const BERT_TOKENIZER: &[u8] = include_bytes!("../../crates/models/goldens/families/bert-labels/tokenizer.json");

static DECODER: LazyLock<PathBuf> = LazyLock::new(|| folder("decoder", LLAMA, LLAMA_TOKENIZER));
static ENCODER: LazyLock<PathBuf> = LazyLock::new(|| folder("encoder", BERT, BERT_TOKENIZER));

fn folder(name: &str, weights: &[u8], tokenizer: &[u8]) -> PathBuf {
    let folder = fuzz::scratch().join(name);
    std::fs::create_dir_all(&folder).expect("a folder for temporary files");
    std::fs::write(folder.join("model.safetensors"), weights).expect("a temporary file");
    std::fs::write(folder.join("tokenizer.json"), tokenizer).expect("a temporary file");
    folder
}

fuzz_target!(|bytes: &[u8]| {
    fuzz::let_readers_catch();
    let parts = fuzz::split(bytes);
    let is_encoder = parts[0].windows(4).any(|window| window == b"bert");
    let folder = if is_encoder { &*ENCODER } else { &*DECODER };
    for (name, i) in [("config.json", 0), ("generation_config.json", 1), ("tokenizer_config.json", 2)] {
        let part = parts.get(i).copied().unwrap_or(b"{}");
        std::fs::write(folder.join(name), part).expect("a temporary file");
    }
    if is_encoder {
        let _ = models::encoder::open(folder);
        let _ = models::classifier::open(folder);
    } else {
        fuzz::opens_model(folder);
    }
});

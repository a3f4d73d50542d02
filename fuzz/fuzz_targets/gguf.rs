//! GGUF: the header, the tokenizer in it, and the model that it describes.
#![no_main]
use libfuzzer_sys::fuzz_target;
use std::path::PathBuf;
use std::sync::LazyLock;

static FILE: LazyLock<PathBuf> = LazyLock::new(|| fuzz::scratch().join("model.gguf"));

fuzz_target!(|bytes: &[u8]| {
    fuzz::let_readers_catch();
    let Ok(header) = formats::gguf::parse(bytes, "fuzz") else { return };
    if let Ok(json) = formats::gguf::vocabulary::tokenizer_json(&header.metadata) {
        let _ = text::tokenizer::Tokenizer::from_json(json);
    }
    std::fs::write(&*FILE, bytes).expect("a temporary file");
    fuzz::opens_model(&FILE);
});

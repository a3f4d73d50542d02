//! `tokenizer.json`: what loads reads and writes text. A panic in the library that runs it is caught where it is called.
#![no_main]
use libfuzzer_sys::fuzz_target;
use text::tokenizer::Tokenizer;

fuzz_target!(|bytes: &[u8]| {
    fuzz::let_readers_catch();
    let Ok(tokenizer) = Tokenizer::from_json(bytes) else { return };
    if let Ok(ids) = tokenizer.encode_guarded("Tea 茶 <|endoftext|> 12,5\n") {
        let _ = tokenizer.decode(&ids);
    }
    let _ = tokenizer.decode(&[0, 1, u32::MAX]);
});

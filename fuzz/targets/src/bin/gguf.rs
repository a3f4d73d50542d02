//! Feeds [`fuzz::readers::gguf`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::readers::gguf(bytes));

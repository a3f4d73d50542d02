//! Feeds [`fuzz::readers::tokenizer`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::readers::tokenizer(bytes));

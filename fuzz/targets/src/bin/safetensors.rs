//! Feeds [`fuzz::readers::safetensors`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::readers::safetensors(bytes));

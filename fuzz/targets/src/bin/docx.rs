//! Feeds [`fuzz::readers::docx`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::readers::docx(bytes));

//! Feeds [`fuzz::readers::epub`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::readers::epub(bytes));

//! Feeds [`fuzz::readers::code`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::readers::code(bytes));

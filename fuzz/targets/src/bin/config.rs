//! Feeds [`fuzz::readers::config`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::readers::config(bytes));

//! Feeds [`fuzz::readers::csv`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::readers::csv(bytes));

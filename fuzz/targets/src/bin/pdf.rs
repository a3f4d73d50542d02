//! Feeds [`fuzz::readers::pdf`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::readers::pdf(bytes));

//! Feeds [`fuzz::readers::markdown`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::readers::markdown(bytes));

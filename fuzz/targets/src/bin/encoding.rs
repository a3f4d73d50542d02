//! Feeds [`fuzz::readers::encoding`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::readers::encoding(bytes));

//! Feeds [`fuzz::readers::template`].
#![no_main]

libfuzzer_sys::fuzz_target!(|source: &str| fuzz::readers::template(source));

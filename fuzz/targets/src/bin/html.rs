//! Feeds [`fuzz::readers::html`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::readers::html(bytes));

//! Markdown, in any encoding.
#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| fuzz::parses("a.md", bytes));

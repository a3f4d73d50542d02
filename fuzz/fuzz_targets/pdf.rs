//! PDF. A panic in the library that reads its structure is caught where it is called.
#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    fuzz::let_readers_catch();
    fuzz::parses("a.pdf", bytes);
});

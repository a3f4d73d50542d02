//! Safetensors: the header, every range, and the numbers.
#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = formats::safetensors::arrays_of(bytes, "fuzz");
    let _ = formats::safetensors::parse(bytes, "fuzz");
});

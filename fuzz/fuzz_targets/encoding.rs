//! Encodings of text: UTF-8 and UTF-16, GB18030, Big5.
#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(text) = retrieval::parse::encoding::decode(bytes) {
        // What is decoded is text of about that size: three bytes of UTF-8 for one of the worst case.
        assert!(text.len() <= 3 * bytes.len() + 8, "{} bytes from {}", text.len(), bytes.len());
    }
    fuzz::parses("a.txt", bytes);
});

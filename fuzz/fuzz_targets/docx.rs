//! DOCX: the archive, and the XML of its parts.
#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let parts = ["word/document.xml", "word/styles.xml", "docProps/core.xml"];
    fuzz::parses_archive("a.docx", &parts, bytes);
});

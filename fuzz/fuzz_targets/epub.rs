//! EPUB: the archive, its index, and a chapter.
#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    fuzz::parses_archive("a.epub", &["META-INF/container.xml", "content.opf", "one.xhtml", "two.xhtml"], bytes);
});

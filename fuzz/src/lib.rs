//! What is fuzzed, and what must hold of whatever a reader gives.
//!
//! A function of [`readers`] calls one reader with the bytes of the fuzzer. It is right if the reader returns, a value or a coded error,
//! within the limits of memory and time that `bench/fuzz/run.py` sets; a panic, an abort, or a range outside the text is a finding. The
//! fuzzer's programs are in `targets`. Seeds are made by `bench/fuzz/seeds.py` from the project's own files; corpora and findings are not
//! kept in the repository.

pub mod readers;

use retrieval::parse::parse;
use retrieval::{Chunking, Document};
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::Once;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// What stands between the parts of an input that is put into an archive.
const BORDER: &[u8] = b"\n--part--\n";

/// Parses `bytes` as a file called `name`, and checks what comes of it.
pub fn parses(name: &str, bytes: &[u8]) {
    if let Ok(document) = parse(name.as_ref(), bytes) {
        holds(&document);
    }
}

/// Ranges are those of the text and ascend, whatever is made of them.
pub fn holds(document: &Document) {
    let mut end = 0;
    for block in &document.blocks {
        assert!(document.text.get(block.range.clone()).is_some(), "a block {:?} outside the text", block.range);
        assert!(end <= block.range.start, "a block {:?} begins before {end}", block.range);
        end = block.range.end;
    }
    for chunking in ["recursive:16", "fixed:16/4", "sentences:1", "parent:32/8", "delimiter:\\n"] {
        let chunking: Chunking = chunking.parse().expect("a chunking");
        let mut start = 0;
        for chunk in chunking.cut(document) {
            let text = document.text.get(chunk.range.clone());
            assert!(text.is_some_and(|text| !text.is_empty()), "{chunking}: a chunk {:?} of nothing", chunk.range);
            assert!(document.text.get(chunk.context.clone()).is_some(), "{chunking}: {:?}", chunk.context);
            assert!(start <= chunk.range.start, "{chunking}: a chunk {:?} begins before {start}", chunk.range);
            start = chunk.range.start;
        }
    }
}

/// Parses an input both as an archive and, since few changes of an archive leave its checksums right, as the parts of one.
pub fn parses_archive(name: &str, parts: &[&str], bytes: &[u8]) {
    parses(name, bytes);
    parses(name, &archive(parts, bytes));
}

/// A zip archive whose parts, called `names`, are stored as they stand in `bytes`, one after the other.
fn archive(names: &[&str], bytes: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(vec![]));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, content) in names.iter().zip(split(bytes)) {
        zip.start_file(*name, stored).expect("names that differ");
        zip.write_all(content).expect("memory takes everything");
    }
    zip.finish().expect("memory takes everything").into_inner()
}

/// The parts of an input.
pub fn split(bytes: &[u8]) -> Vec<&[u8]> {
    let mut parts = vec![];
    let mut rest = bytes;
    while let Some(at) = rest.windows(BORDER.len()).position(|window| window == BORDER) {
        parts.push(&rest[..at]);
        rest = &rest[at + BORDER.len()..];
    }
    parts.push(rest);
    parts
}

/// For readers that catch what a library did not foresee: no hook may abort at a panic before they do; one that is not caught still
/// ends the run.
pub fn let_readers_catch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| std::panic::set_hook(Box::new(|panic| eprintln!("{panic}"))));
}

/// A folder of this process for readers that want files.
pub fn scratch() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("sanjie-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for temporary files");
    folder
}

/// Opens a model and reads its tokenizer and its template, as every command does.
pub fn opens_model(path: &Path) {
    if let Ok(folder) = models::folder::open(path) {
        let _ = infer::TextModel::new(folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The archives that are made are archives: their parts come out again.
    #[test]
    fn parts_become_an_archive() {
        let xml = b"<w:document><w:body><w:p><w:r><w:t>tea</w:t></w:r></w:p></w:body></w:document>";
        let input = [&b"<styles/>"[..], BORDER, xml].concat();
        let bytes = archive(&["word/styles.xml", "word/document.xml"], &input);
        assert_eq!(parse("a.docx".as_ref(), &bytes).expect("a document").text, "tea");
    }
}

//! What the targets share: archives made of an input's parts, and what must hold of whatever a parser gives.
//!
//! A target calls one reader with the bytes of the fuzzer. It is right if the reader returns, a value or a coded error, within the
//! limits of memory and time that `bench/fuzz/run.py` sets; a panic, an abort, or a range outside the text is a finding. Seeds
//! are made by `bench/fuzz/seeds.py` from the project's own files; corpora and findings are not kept in the repository.

use retrieval::parse::parse;
use retrieval::{Chunking, Document};
use std::path::{Path, PathBuf};
use std::sync::Once;

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
    let (mut out, mut directory) = (vec![], vec![]);
    let mut n = 0u16;
    for (name, content) in names.iter().zip(split(bytes)) {
        let header = out.len() as u32;
        let mut sizes = crc32(content).to_le_bytes().to_vec();
        sizes.extend((content.len() as u32).to_le_bytes());
        sizes.extend((content.len() as u32).to_le_bytes());
        sizes.extend((name.len() as u16).to_le_bytes());
        // No extra field; version, flags, method "stored" and time before are zeros.
        sizes.extend([0; 2]);
        out.extend(b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0");
        out.extend(&sizes);
        out.extend(name.as_bytes());
        out.extend(content);
        directory.extend(b"PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\0\0");
        directory.extend(&sizes);
        directory.extend([0; 10]);
        directory.extend(header.to_le_bytes());
        directory.extend(name.as_bytes());
        n += 1;
    }
    let start = out.len() as u32;
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([n.to_le_bytes(), n.to_le_bytes()].concat());
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0; 2]);
    out
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

/// The checksum of zip, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
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

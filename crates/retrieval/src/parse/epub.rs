//! EPUB: the chapters of a book in reading order, each read as a web page.
//!
//! Source: EPUB 3.3, 4.2.6.3 (container) and 5 (package document).

use super::archive::{Archive, Fault};
use super::html;
use super::writer::Writer;
use super::xml::{self, Piece};
use crate::document::Document;
use std::collections::{HashMap, HashSet};

/// Parses a book.
pub fn parse(bytes: &[u8]) -> Result<Document, Fault> {
    let mut archive = Archive::open(bytes)?;
    let mut package = None;
    xml::read(&archive.need("META-INF/container.xml")?, |piece| {
        if let Piece::Open("rootfile", attributes) = piece {
            package = package.take().or(attributes.get("full-path"));
        }
    })?;
    let package = package.ok_or_else(|| Fault::missing("package document"))?;
    let folder = package.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut files: HashMap<String, String> = HashMap::new();
    let mut order: Vec<String> = vec![];
    let mut title = String::new();
    let mut is_title = false;
    xml::read(&archive.need(&package)?, |piece| match piece {
        Piece::Open("item", attributes) => {
            if let (Some(id), Some(path)) = (attributes.get("id"), attributes.get("href")) {
                files.insert(id, path);
            }
        }
        Piece::Open("itemref", attributes) => order.extend(attributes.get("idref")),
        Piece::Open("title", _) => is_title = title.is_empty(),
        Piece::Close("title") => is_title = false,
        Piece::Text(text) if is_title => title.push_str(text),
        _ => {}
    })?;
    let mut out = Writer::default();
    out.title(&title);
    // A chapter stands in a book once, however often a file names it.
    let mut read = HashSet::new();
    for id in order {
        let Some(path) = files.get(&id) else { continue };
        let path = resolve(folder, path);
        if read.insert(path.clone())
            && let Some(page) = archive.text(&path)?
        {
            html::read(&crate::document::normalise(&page), &mut out);
        }
    }
    Ok(out.finish())
}

/// The name of a part from a reference relative to `folder`.
fn resolve(folder: &str, reference: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let reference = unescape(reference.split('#').next().unwrap_or(""));
    for part in reference.split('/') {
        match part {
            ".." => {
                parts.pop();
            }
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Resolves `%20` and the like.
fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = vec![];
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

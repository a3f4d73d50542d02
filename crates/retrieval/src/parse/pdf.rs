//! PDF: text with the page and the box of each block, in reading order.
//!
//! A PDF says where characters stand, not what belongs together. `hayro-syntax` reads the file's structure; what is shown and
//! where ([`content`], [`font`], [`cmap`]) and in which order a person reads it ([`layout`]) is ours. A file that needs a password is
//! refused by name, one whose owner only forbids changes is read. Streams are unpacked within limits.
//!
//! Source: ISO 32000-1. Not here: text in pictures, forms that are filled in, and the order that a tagged file declares.

mod cmap;
mod content;
mod font;
mod layout;
mod limits;
mod tables;

use super::UNPACKED_BYTES_MAX;
use super::archive::Fault;
use crate::Document;
use hayro_syntax::object::{Array, Object, Stream};
use hayro_syntax::page::Page;
use hayro_syntax::{LoadPdfError, Pdf};
pub(crate) use limits::{decoded, is_bounded};

/// Pages of one file: a law book has some thousands.
const PAGES_MAX: usize = 50_000;

/// Parses a file.
pub fn parse(bytes: &[u8]) -> Result<Document, Fault> {
    if limits::is_bomb(bytes) {
        return Err(Fault::TooLarge);
    }
    // What no reader of the format foresaw costs this file, not the program.
    let read = std::panic::catch_unwind(|| read(bytes));
    read.unwrap_or(Err(Fault::Damaged))
}

fn read(bytes: &[u8]) -> Result<Document, Fault> {
    let pdf = Pdf::new(bytes.to_vec()).map_err(|error| match error {
        LoadPdfError::Decryption(_) => Fault::Encrypted,
        LoadPdfError::Invalid => Fault::Damaged,
    })?;
    let mut shared = content::Shared::of(bytes.len());
    let mut pages = vec![];
    let mut left = UNPACKED_BYTES_MAX as usize;
    for page in pdf.pages().iter().take(PAGES_MAX) {
        let stream = stream_of(page)?;
        left = left.checked_sub(stream.len()).ok_or(Fault::TooLarge)?;
        pages.push(content::pieces(page, &stream, &mut shared)?);
    }
    let mut document = layout::document(pages);
    let title = pdf.metadata().title.as_ref().map(|title| text_string(title)).filter(|title| !title.trim().is_empty());
    document.title = document.title.or(title);
    Ok(document)
}

/// The content of a page, unpacked.
fn stream_of(page: &Page) -> Result<Vec<u8>, Fault> {
    let streams: Vec<Stream> = match page.raw().get::<Object>("Contents") {
        Some(Object::Stream(stream)) => vec![stream],
        Some(Object::Array(array)) => streams_of(&array),
        _ => vec![],
    };
    let mut whole = vec![];
    for stream in streams {
        whole.extend_from_slice(&decoded(&stream)?.unwrap_or_default());
        if whole.len() as u64 > UNPACKED_BYTES_MAX {
            return Err(Fault::TooLarge);
        }
        // What ends a stream also ends a word.
        whole.push(b'\n');
    }
    Ok(whole)
}

fn streams_of<'a>(array: &Array<'a>) -> Vec<Stream<'a>> {
    array.iter::<Object>().filter_map(Object::into_stream).collect()
}

/// A text of the file's own: UTF-16 or UTF-8 with a mark, else nearly Latin-1.
fn text_string(bytes: &[u8]) -> String {
    match bytes {
        [0xfe, 0xff, rest @ ..] => encoding_rs::UTF_16BE.decode_without_bom_handling(rest).0.into_owned(),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

//! XML as a stream of openings, closings and text, entities resolved; names without their prefixes.
//!
//! Entities that a document declares itself are left out, so none can expand without end.

use super::archive::Fault;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

/// A piece of XML.
pub enum Piece<'x> {
    /// `<name ...>`; an empty element opens and closes.
    Open(&'x str, Attributes<'x>),
    /// `</name>`.
    Close(&'x str),
    /// Text between.
    Text(&'x str),
}

/// The attributes of an opening.
pub struct Attributes<'x>(&'x BytesStart<'x>);

impl Attributes<'_> {
    /// The value of the attribute with this local name.
    pub fn get(&self, name: &str) -> Option<String> {
        let found = self.0.attributes().flatten().find(|attribute| attribute.key.local_name().as_ref() == name)?;
        Some(
            found
                .normalized_value(XmlVersion::Implicit1_0)
                .map_or_else(|_| found.value.to_string(), |value| value.into_owned()),
        )
    }
}

/// Calls `take` for every piece of `text`.
pub fn read(text: &str, mut take: impl FnMut(Piece)) -> Result<(), Fault> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    loop {
        let event = reader.read_event();
        let Ok(event) = event else { return Err(Fault::BadXml(reader.error_position() + 1)) };
        match event {
            Event::Start(tag) => take(Piece::Open(tag.local_name().as_ref(), Attributes(&tag))),
            Event::Empty(tag) => {
                take(Piece::Open(tag.local_name().as_ref(), Attributes(&tag)));
                take(Piece::Close(tag.local_name().as_ref()));
            }
            Event::End(tag) => take(Piece::Close(tag.local_name().as_ref())),
            Event::Text(text) => take(Piece::Text(&text.xml10_content())),
            Event::CData(text) => take(Piece::Text(&text.xml10_content())),
            Event::GeneralRef(reference) => {
                let resolved = match reference.resolve_char_ref() {
                    Ok(Some(c)) => Some(c),
                    _ => named(&reference),
                };
                if let Some(c) = resolved {
                    take(Piece::Text(c.encode_utf8(&mut [0; 4])));
                }
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// The five entities that every XML document has.
fn named(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

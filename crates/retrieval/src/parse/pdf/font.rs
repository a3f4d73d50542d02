//! Fonts as far as text needs them: what characters a code stands for, and how far it moves.
//!
//! The file's own map of codes to characters (ToUnicode) is believed first; then the encoding's names; then what the encoding is
//! called. A code of which nothing is known is no text. Source: ISO 32000-1, 9.6 to 9.10. Not here: the glyphs' shapes, and so the
//! maps within embedded fonts.

use super::super::archive::Fault;
use super::cmap::{CMap, fixed_code};
use super::tables;
use encoding_rs::{BIG5, EUC_KR, Encoding, GB18030, MACINTOSH, SHIFT_JIS, WINDOWS_1252};
use hayro_syntax::object::{Array, Dict, Name, Number, Object, Stream};
use std::collections::HashMap;

/// Widths that a font may list.
const WIDTHS_MAX: usize = 1 << 17;

/// A font.
pub struct Font {
    codes: Codes,
    to_unicode: CMap,
    /// Whether its name says that it is bold.
    pub is_bold: bool,
    /// Whether all its characters are as wide.
    pub is_mono: bool,
}

enum Codes {
    /// A byte is a code.
    Simple { texts: Vec<String>, widths: Vec<f32> },
    /// Codes of several bytes name glyphs.
    Composite { encoding: Composite, widths: HashMap<u32, f32>, usual_width: f32 },
}

/// What the codes of a composite font are.
enum Composite {
    /// Numbers of glyphs, two bytes each.
    Identity,
    /// UTF-16.
    Utf16,
    /// A character set of one and two bytes.
    Legacy(&'static Encoding),
    /// As a map in the file says.
    Embedded(CMap),
}

/// A code that was shown.
pub struct Shown<'f> {
    /// Its characters; none if nothing is known.
    pub text: std::borrow::Cow<'f, str>,
    /// How far it moves, as a share of the size.
    pub width: f32,
    /// Whether it is the single byte of a space, which word spacing widens.
    pub is_space: bool,
}

impl Font {
    /// Reads a font, whose streams `unpack` unpacks; what is missing gets what readers usually take.
    pub fn of(dict: &Dict, mut unpack: impl FnMut(&Stream) -> Result<Option<Vec<u8>>, Fault>) -> Result<Font, Fault> {
        let subtype = dict.get::<Name>("Subtype");
        let name = dict.get::<Name>("BaseFont").map(|name| name.as_str().to_string()).unwrap_or_default();
        // A subset's name begins with six letters and a plus.
        let name = name.split_once('+').map_or(name.as_str(), |(_, name)| name);
        let to_unicode = match dict.get::<Stream>("ToUnicode") {
            Some(stream) => unpack(&stream)?.map(|bytes| CMap::parse(&bytes)).unwrap_or_default(),
            None => CMap::default(),
        };
        let codes = match subtype.as_deref() {
            Some(b"Type0") => composite(dict, unpack)?,
            kind => simple(dict, name, kind == Some(b"Type3")),
        };
        let lower = name.to_ascii_lowercase();
        let is_mono = lower.contains("courier") || lower.contains("mono") || lower.contains("consol");
        Ok(Font { codes, to_unicode, is_bold: lower.contains("bold") || lower.contains("black"), is_mono })
    }

    /// What it takes to read and to keep it.
    pub fn n_entries(&self) -> usize {
        let codes = match &self.codes {
            Codes::Simple { texts, widths } => texts.len() + widths.len(),
            Codes::Composite { encoding: Composite::Embedded(map), widths, .. } => map.n_entries() + widths.len(),
            Codes::Composite { widths, .. } => widths.len(),
        };
        1 + codes + self.to_unicode.n_entries()
    }

    /// Calls `each` for what `bytes` show, until it fails.
    pub fn show<'f>(
        &'f self,
        mut bytes: &[u8],
        mut each: impl FnMut(Shown<'f>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        match &self.codes {
            Codes::Simple { texts, widths } => {
                for byte in bytes {
                    let known = self.to_unicode.texts.get(&u32::from(*byte));
                    let text = known.unwrap_or(&texts[usize::from(*byte)]);
                    let width = widths[usize::from(*byte)];
                    each(Shown { text: text.as_str().into(), width, is_space: *byte == b' ' })?;
                }
            }
            Codes::Composite { encoding, widths, usual_width } => {
                while !bytes.is_empty() {
                    let (code, length) = encoding.code(bytes);
                    let (shown, rest) = bytes.split_at(length.clamp(1, bytes.len()));
                    bytes = rest;
                    let glyph = match encoding {
                        Composite::Embedded(map) => map.glyph(code).unwrap_or(code),
                        _ => code,
                    };
                    let text = match self.to_unicode.texts.get(&code) {
                        Some(text) => text.as_str().into(),
                        None => encoding.text(shown).into(),
                    };
                    let width = widths.get(&glyph).copied().unwrap_or(*usual_width);
                    each(Shown { text, width, is_space: length == 1 && shown == b" " })?;
                }
            }
        }
        Ok(())
    }
}

impl Composite {
    fn code(&self, bytes: &[u8]) -> (u32, usize) {
        let two = || fixed_code(bytes, 2);
        match self {
            Composite::Identity => two(),
            Composite::Utf16 => match bytes {
                [0xd8..=0xdb, _, 0xdc..=0xdf, _, ..] => fixed_code(bytes, 4),
                _ => two(),
            },
            Composite::Legacy(encoding) => match bytes {
                [0..0x80, ..] => (u32::from(bytes[0]), 1),
                [0xa1..=0xdf, ..] if *encoding == SHIFT_JIS => (u32::from(bytes[0]), 1),
                [_, 0x30..=0x39, _, _, ..] if *encoding == GB18030 => fixed_code(bytes, 4),
                _ => two(),
            },
            Composite::Embedded(map) => map.code(bytes, 2),
        }
    }

    /// What a code says by itself.
    fn text(&self, code: &[u8]) -> String {
        match self {
            Composite::Utf16 => {
                let units = code.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair));
                char::decode_utf16(units).filter_map(Result::ok).collect()
            }
            Composite::Legacy(encoding) => {
                let text = encoding.decode_without_bom_handling_and_without_replacement(code);
                text.map(|text| text.into_owned()).unwrap_or_default()
            }
            Composite::Identity | Composite::Embedded(_) => String::new(),
        }
    }
}

fn composite(dict: &Dict, mut unpack: impl FnMut(&Stream) -> Result<Option<Vec<u8>>, Fault>) -> Result<Codes, Fault> {
    let encoding = match dict.get::<Object>("Encoding") {
        Some(Object::Name(name)) => named(name.as_str()),
        Some(Object::Stream(stream)) => {
            unpack(&stream)?.map_or(Composite::Identity, |bytes| Composite::Embedded(CMap::parse(&bytes)))
        }
        _ => Composite::Identity,
    };
    let below = dict.get::<Array>("DescendantFonts").and_then(|fonts| fonts.iter::<Dict>().next()).unwrap_or_default();
    let usual_width = below.get::<Number>("DW").map_or(1000.0, |width| width.as_f32()) / 1000.0;
    let mut widths = HashMap::new();
    if let Some(list) = below.get::<Array>("W") {
        let mut items = list.iter::<Object>();
        // `first [w w w]` or `first last w`.
        while let Some(first) = items.next().and_then(Object::into_number) {
            let first = first.as_i64().clamp(0, 1 << 20) as u32;
            match items.next() {
                Some(Object::Array(row)) => {
                    for (i, width) in row.iter::<Number>().enumerate().take(WIDTHS_MAX) {
                        widths.insert(first + i as u32, width.as_f32() / 1000.0);
                    }
                }
                Some(Object::Number(last)) => {
                    let last = last.as_i64().clamp(0, i64::from(first) + WIDTHS_MAX as i64) as u32;
                    let Some(width) = items.next().and_then(Object::into_number) else { break };
                    widths.extend((first..=last).map(|code| (code, width.as_f32() / 1000.0)));
                }
                _ => break,
            }
            if widths.len() > WIDTHS_MAX {
                break;
            }
        }
    }
    Ok(Codes::Composite { encoding, widths, usual_width })
}

/// What the codes of an encoding with this name are.
fn named(name: &str) -> Composite {
    let has = |part: &str| name.contains(part);
    match name {
        _ if has("UCS2") || has("UTF16") => Composite::Utf16,
        _ if has("GB") => Composite::Legacy(GB18030),
        _ if has("B5") || has("ETen") || has("HKscs") => Composite::Legacy(BIG5),
        _ if has("RKSJ") => Composite::Legacy(SHIFT_JIS),
        _ if has("KSC") => Composite::Legacy(EUC_KR),
        _ => Composite::Identity,
    }
}

fn simple(dict: &Dict, name: &str, is_type3: bool) -> Codes {
    let mut texts = vec![String::new(); 256];
    let encoding = dict.get::<Object>("Encoding");
    let (base, differences) = match &encoding {
        Some(Object::Name(base)) => (Some(base.as_str().to_string()), None),
        Some(Object::Dict(encoding)) => {
            let base = encoding.get::<Name>("BaseEncoding").map(|base| base.as_str().to_string());
            (base, encoding.get::<Array>("Differences"))
        }
        _ => (None, None),
    };
    for code in 0..=255u8 {
        texts[usize::from(code)] = match base.as_deref() {
            // The codes that Windows leaves free are bullets.
            Some("WinAnsiEncoding") if matches!(code, 0x7f | 0x81 | 0x8d | 0x8f | 0x90 | 0x9d) => "•".to_string(),
            Some("WinAnsiEncoding") => by_table(WINDOWS_1252, code),
            Some("MacRomanEncoding") => by_table(MACINTOSH, code),
            Some(_) | None if differences.is_some() || name.starts_with("Times") || name.starts_with("Helvetica") => {
                tables::standard(code).unwrap_or("").to_string()
            }
            // What symbolic fonts without an encoding mostly mean.
            _ => by_table(WINDOWS_1252, code),
        };
    }
    let mut code = 0usize;
    for item in differences.iter().flat_map(|list| list.iter::<Object>()) {
        match item {
            Object::Number(number) => code = number.as_i64().clamp(0, 256) as usize,
            Object::Name(glyph) => {
                if let Some(text) = texts.get_mut(code) {
                    *text = tables::text_of(glyph.as_str()).unwrap_or_default();
                }
                code += 1;
            }
            _ => {}
        }
    }
    // Glyphs of Type 3 are drawn in a space of their own.
    let scale = match dict.get::<Array>("FontMatrix") {
        Some(matrix) if is_type3 => matrix.iter::<Number>().next().map_or(0.001, |number| number.as_f32()),
        _ => 0.001,
    };
    let descriptor = dict.get::<Dict>("FontDescriptor");
    let missing = descriptor.and_then(|dict| dict.get::<Number>("MissingWidth")).map(|width| width.as_f32());
    let mut widths: Vec<f32> =
        (0..=255).map(|code| tables::standard_width(name, code).unwrap_or(missing.unwrap_or(500.0)) * scale).collect();
    if let Some(list) = dict.get::<Array>("Widths") {
        let first = dict.get::<Number>("FirstChar").map_or(0, |first| first.as_i64().clamp(0, 255)) as usize;
        for (i, width) in list.iter::<Number>().enumerate() {
            if let Some(place) = widths.get_mut(first + i) {
                *place = width.as_f32() * scale;
            }
        }
    }
    Codes::Simple { texts, widths }
}

fn by_table(encoding: &'static Encoding, code: u8) -> String {
    if code < 32 {
        return String::new();
    }
    let text = encoding.decode_without_bom_handling_and_without_replacement(std::slice::from_ref(&code));
    text.map(|text| text.into_owned()).unwrap_or_default()
}

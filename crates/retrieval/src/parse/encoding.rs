//! Bytes to text in whatever encoding they are.
//!
//! A byte order mark decides; else valid UTF-8 is UTF-8; else the pattern of zero bytes betrays UTF-16; else what the
//! document says of itself (`charset=`, XML's `encoding=`); else a guess by letter frequencies (Firefox's detector, which
//! knows GB18030, Big5, Shift_JIS, EUC-KR and the Western ones). Bytes that are no text that way may be UTF-16 without zeros, which is what
//! Chinese without ASCII is: either byte order is tried, and Chinese and ASCII alone believed. What is no text then is refused.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};
use std::borrow::Cow;

/// As many bytes are looked at to guess; more add nothing.
const PREFIX: usize = 64 << 10;
/// Of so many characters at most one may be undecodable or a control, or it is no text.
const CHARACTERS_PER_FAULT: usize = 20;

/// The text of `bytes`; `None` if they are no text.
///
/// ```
/// use retrieval::parse::encoding::decode;
/// assert_eq!(decode(b"\xff\xfeA\0").as_deref(), Some("A"));
/// assert_eq!(decode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0"), None);
/// ```
pub fn decode(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let text = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => encoding.decode_without_bom_handling(&bytes[length..]).0,
        None => match std::str::from_utf8(bytes) {
            Ok(text) if !looks_like_utf16(bytes) => Cow::Borrowed(text),
            _ => guess(bytes).decode_without_bom_handling(bytes).0,
        },
    };
    let faults = text.chars().filter(|c| is_fault(*c)).count();
    let is_text = faults == 0 || faults * CHARACTERS_PER_FAULT <= text.chars().count();
    if is_text { Some(text) } else { utf16_without_zeros(bytes) }
}

fn is_fault(c: char) -> bool {
    c == '\u{fffd}' || (c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}' | '\u{1b}'))
}

/// Text in UTF-16 of either byte order, if nearly all of it is Chinese or ASCII and most of it Chinese.
fn utf16_without_zeros(bytes: &[u8]) -> Option<Cow<'_, str>> {
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    let is_chinese =
        |c: char| matches!(c as u32, 0x4e00..=0x9fff | 0x3000..=0x303f | 0xff00..=0xffef | 0x2018..=0x2026);
    [UTF_16LE, UTF_16BE].into_iter().find_map(|encoding| {
        let (text, has_faults) = encoding.decode_without_bom_handling(bytes);
        let n = text.chars().count();
        let chinese = text.chars().filter(|c| is_chinese(*c)).count();
        let ascii = text.chars().filter(|c| c.is_ascii() && !is_fault(*c)).count();
        let is_text = !has_faults && chinese * 2 > n && (n - chinese - ascii) * CHARACTERS_PER_FAULT <= n;
        is_text.then_some(text)
    })
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    let prefix = &bytes[..bytes.len().min(PREFIX)];
    if looks_like_utf16(prefix) {
        let zeros = |offset: usize| prefix.iter().skip(offset).step_by(2).filter(|b| **b == 0).count();
        return if zeros(0) > zeros(1) { UTF_16BE } else { UTF_16LE };
    }
    // A label may be wrong: it counts only if the bytes agree.
    if let Some(encoding) = label(prefix)
        && !encoding.decode_without_bom_handling(prefix).1
    {
        return encoding;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(prefix, prefix.len() == bytes.len());
    let guessed = detector.guess(None, Utf8Detection::Allow);
    // GB18030 holds all of GBK; a guess that does not fit gives way to one that does.
    let candidates = [if guessed == GBK { GB18030 } else { guessed }, GB18030, BIG5];
    let fits = |encoding: &&&'static Encoding| !encoding.decode_without_bom_handling(bytes).1;
    candidates.iter().find(fits).copied().unwrap_or(candidates[0])
}

/// Text in UTF-16 has zero bytes on one side only, if it holds any ASCII; UTF-8 has none.
fn looks_like_utf16(bytes: &[u8]) -> bool {
    let prefix = &bytes[..bytes.len().min(PREFIX)];
    let zeros = |offset: usize| prefix.iter().skip(offset).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    bytes.len().is_multiple_of(2) && even.max(odd) * 20 > prefix.len() && even.min(odd) == 0
}

/// The encoding that the first kilobyte names.
fn label(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).to_ascii_lowercase();
    let at = head.find("charset=").map(|i| i + 8).or_else(|| head.find("encoding=").map(|i| i + 9))?;
    let name = head[at..].trim_start_matches(['"', '\'']);
    let end = name.find(|c: char| !c.is_ascii_alphanumeric() && !"-_:".contains(c)).unwrap_or(name.len());
    let encoding = Encoding::for_label(&name.as_bytes()[..end])?;
    (encoding != UTF_8).then_some(if encoding == GBK { GB18030 } else { encoding })
}

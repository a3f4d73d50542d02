//! Character maps: which characters the codes of a font stand for (ToUnicode), and which codes there are (an embedded encoding).
//!
//! A map is a small PostScript program of which only its lists matter: `begincodespacerange`, `beginbfchar`, `beginbfrange`,
//! `begincidchar`, `begincidrange`. Everything else is passed over. Source: ISO 32000-1, 9.7.5 and 9.10.3; Adobe technical note
//! 5014. Not here: `usecmap`.

use std::collections::HashMap;

/// Larger ranges are a mistake, or an attack.
const RANGE_MAX: u32 = 0x1_0000;
/// Entries of one map.
const ENTRIES_MAX: usize = 1 << 18;
/// Kinds of codes of one map: real ones have a handful, and each code is compared with all of them.
const SPACES_MAX: usize = 256;
/// Characters that a code stands for: the longest ligature, an Arabic one, has eighteen.
const CHARACTERS_MAX: usize = 32;

/// What a map says.
#[derive(Debug, Default)]
pub struct CMap {
    /// Code to text.
    pub texts: HashMap<u32, String>,
    /// Ranges of codes by ascending beginnings, each with the number of the first one's glyph.
    glyphs: Vec<(u32, u32, u32)>,
    /// Bytes of a code, its lowest and its highest value.
    spaces: Vec<(usize, u32, u32)>,
    /// Texts that were given, those given again among them.
    n_given: usize,
}

enum Token<'a> {
    Hex(Vec<u8>),
    Number(u32),
    Open,
    Close,
    Word(&'a [u8]),
}

impl CMap {
    /// Reads a map; what cannot be read is passed over.
    pub fn parse(bytes: &[u8]) -> CMap {
        let mut map = CMap::default();
        let mut tokens = Tokens { bytes, at: 0 };
        while let Some(token) = tokens.next() {
            let Token::Word(word) = token else { continue };
            match word {
                b"begincodespacerange" => map.spaces(&mut tokens),
                b"beginbfchar" => map.characters(&mut tokens),
                b"beginbfrange" => map.ranges(&mut tokens),
                b"begincidchar" => map.glyphs(&mut tokens, false),
                b"begincidrange" => map.glyphs(&mut tokens, true),
                _ => {}
            }
        }
        map.glyphs.sort_by_key(|(low, ..)| *low);
        map
    }

    /// Entries that were read.
    pub fn n_entries(&self) -> usize {
        self.n_given + self.glyphs.len()
    }

    /// The code that `bytes` begin with and its length; `usual` bytes where the map does not say.
    pub fn code(&self, bytes: &[u8], usual: usize) -> (u32, usize) {
        for n in 1..=4.min(bytes.len()) {
            let (code, _) = fixed_code(bytes, n);
            if self.spaces.iter().any(|(length, low, high)| *length == n && is_within(code, *low, *high, n)) {
                return (code, n);
            }
        }
        fixed_code(bytes, usual)
    }

    /// The glyph of a code.
    pub fn glyph(&self, code: u32) -> Option<u32> {
        let i = self.glyphs.partition_point(|(low, ..)| *low <= code).checked_sub(1)?;
        let (low, high, first) = self.glyphs[i];
        if code <= high { first.checked_add(code - low) } else { None }
    }

    fn spaces(&mut self, tokens: &mut Tokens) {
        while let (Some(Token::Hex(low)), Some(Token::Hex(high))) = (tokens.next(), tokens.next()) {
            if (1..=4).contains(&low.len()) && low.len() == high.len() && self.spaces.len() < SPACES_MAX {
                self.spaces.push((low.len(), number(&low), number(&high)));
            }
        }
    }

    fn characters(&mut self, tokens: &mut Tokens) {
        while let (Some(Token::Hex(code)), Some(Token::Hex(text))) = (tokens.next(), tokens.next()) {
            self.put(number(&code), utf16(&text));
        }
    }

    fn ranges(&mut self, tokens: &mut Tokens) {
        while let (Some(Token::Hex(low)), Some(Token::Hex(high))) = (tokens.next(), tokens.next()) {
            let (low, high) = (number(&low), number(&high));
            match tokens.next() {
                Some(Token::Hex(mut text)) => {
                    for code in low..=high.min(low.saturating_add(RANGE_MAX - 1)) {
                        if self.n_given >= ENTRIES_MAX {
                            return;
                        }
                        self.put(code, utf16(&text));
                        raise(&mut text);
                    }
                }
                Some(Token::Open) => {
                    let mut code = low;
                    while let Some(Token::Hex(text)) = tokens.next() {
                        self.put(code, utf16(&text));
                        code = code.saturating_add(1);
                    }
                }
                _ => return,
            }
        }
    }

    fn glyphs(&mut self, tokens: &mut Tokens, is_range: bool) {
        while let Some(Token::Hex(low)) = tokens.next() {
            let low = number(&low);
            let high = match is_range {
                true => {
                    let Some(Token::Hex(high)) = tokens.next() else { return };
                    number(&high)
                }
                false => low,
            };
            let Some(Token::Number(first)) = tokens.next() else { return };
            if low <= high && self.glyphs.len() < ENTRIES_MAX && first <= u32::from(u16::MAX) {
                self.glyphs.push((low, high, first));
            }
        }
    }

    fn put(&mut self, code: u32, text: String) {
        if self.n_given < ENTRIES_MAX {
            self.n_given += 1;
            self.texts.insert(code, text);
        }
    }
}

/// The code that the first `n` of `bytes` are, and its length.
pub fn fixed_code(bytes: &[u8], n: usize) -> (u32, usize) {
    (number(&bytes[..n.min(bytes.len())]), n)
}

/// Whether every byte of a code lies between those of the bounds: a space is a box, not an interval.
fn is_within(code: u32, low: u32, high: u32, n: usize) -> bool {
    (0..n).all(|i| {
        let byte = |value: u32| value >> (8 * i) & 0xff;
        (byte(low)..=byte(high)).contains(&byte(code))
    })
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

fn utf16(bytes: &[u8]) -> String {
    // One byte alone is a character of Latin-1 in some old files.
    if let [byte] = bytes {
        return char::from(*byte).to_string();
    }
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair));
    char::decode_utf16(units).filter_map(Result::ok).filter(|c| *c != '\0').take(CHARACTERS_MAX).collect()
}

/// Adds one to the last unit of a text.
fn raise(text: &mut [u8]) {
    for byte in text.iter_mut().rev().take(2) {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            break;
        }
    }
}

struct Tokens<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Tokens<'a> {
    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let byte = *self.bytes.get(self.at)?;
            match byte {
                b'%' => {
                    while self.bytes.get(self.at).is_some_and(|byte| !matches!(byte, b'\n' | b'\r')) {
                        self.at += 1;
                    }
                }
                b'<' if self.bytes.get(self.at + 1) != Some(&b'<') => return Some(self.hex()),
                b'[' | b']' => {
                    self.at += 1;
                    return Some(if byte == b'[' { Token::Open } else { Token::Close });
                }
                _ if is_regular(byte) => {
                    let start = self.at;
                    while self.bytes.get(self.at).is_some_and(|byte| is_regular(*byte)) {
                        self.at += 1;
                    }
                    let word = &self.bytes[start..self.at];
                    let number = std::str::from_utf8(word).ok().and_then(|word| word.parse().ok());
                    return Some(number.map_or(Token::Word(word), Token::Number));
                }
                _ => self.at += 1,
            }
        }
    }

    fn hex(&mut self) -> Token<'a> {
        self.at += 1;
        let mut digits = vec![];
        while let Some(byte) = self.bytes.get(self.at) {
            self.at += 1;
            match (*byte as char).to_digit(16) {
                Some(digit) => digits.push(digit as u8),
                None if *byte == b'>' => break,
                None => {}
            }
        }
        if digits.len() % 2 == 1 {
            digits.push(0);
        }
        Token::Hex(digits.as_chunks::<2>().0.iter().map(|[high, low]| high << 4 | low).collect())
    }
}

fn is_regular(byte: u8) -> bool {
    !byte.is_ascii_whitespace()
        && !matches!(byte, 0 | b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glyphs_are_those_of_their_ranges() {
        let map = CMap::parse(b"3 begincidrange <FFFFFF00> <FFFFFFFF> 5 <0041> <0043> 9 <0061> <0061> 7 endcidrange");
        for (code, glyph) in [(0x40, None), (0x41, Some(9)), (0x43, Some(11)), (0x44, None), (0x61, Some(7))] {
            assert_eq!(map.glyph(code), glyph, "{code:x}");
        }
        assert_eq!(map.glyph(0xffff_ffff), Some(260));
    }

    #[test]
    fn ranges_that_say_the_same_again_and_again_end() {
        let mut bytes = b"beginbfrange ".to_vec();
        bytes.extend(b"<0000> <FFFF> <0041> ".repeat(20_000));
        let map = CMap::parse(&bytes);
        assert_eq!((map.texts[&1].as_str(), map.n_given), ("B", ENTRIES_MAX));
    }
}

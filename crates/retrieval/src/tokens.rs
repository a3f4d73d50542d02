//! Counting tokens without a tokenizer: a fixed rule close to what byte-pair vocabularies of language models give.
//!
//! A Han, kana or Hangul character is one token, a symbol is one, a word is one for each eight letters begun, a number
//! one for each three digits begun; white space is free. Budgets of chunks are in these tokens, so chunking needs no model
//! and its result depends on the text alone. Not a promise about any particular model's tokenizer.

use std::ops::Range;

/// Letters of a word that make up one token at most.
const LETTERS_PER_TOKEN: usize = 8;
/// Digits of a number that make up one token at most.
const DIGITS_PER_TOKEN: usize = 3;

/// Number of tokens of a text: as many as [`spans`] has, found without finding each.
///
/// ```
/// assert_eq!(retrieval::tokens::count("Hello, world 2026"), 5);
/// assert_eq!(retrieval::tokens::count("检索增强"), 4);
/// ```
pub fn count(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut n) = (0, 0);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            0..=0x7f => {
                let (n_tokens, length) = count_ascii(&bytes[at..]);
                n += n_tokens;
                at += length;
            }
            HAN_FIRST..=HAN_LAST => {
                while let Some(HAN_FIRST..=HAN_LAST) = bytes.get(at) {
                    n += 1;
                    at += 3;
                }
            }
            _ if is_mark(bytes, at) => {
                n += 1;
                at += 3;
            }
            _ => match text[at..].chars().next() {
                Some(c) if c.is_whitespace() => at += c.len_utf8(),
                _ => {
                    n += 1;
                    at = token_end(text, at);
                }
            },
        }
    }
    n
}

/// First bytes of U+4000 to U+9FFF: three bytes each, one token each.
const HAN_FIRST: u8 = 0xe4;
/// The last of them.
const HAN_LAST: u8 = 0xe9;

/// Whether at `at` there begins one of the usual marks of three bytes: dashes, quotation marks and dots of General Punctuation,
/// Chinese punctuation, full-width marks and digits. Each is a token, and none is a letter.
fn is_mark(bytes: &[u8], at: usize) -> bool {
    matches!(
        bytes[at..].first_chunk::<3>(),
        Some(
            [0xe2, 0x80, 0x90..=0xa7 | 0xb0..=0xbf]
            | [0xe3, 0x80, 0x81..=0x84 | 0x88..=0xa0]
            | [0xef, 0xbc, 0x81..=0xa0],
        )
    )
}

/// Tokens of the first bytes of an ASCII text, and how many bytes these are: up to 64, not past a token that goes on after them.
///
/// The 64 bytes become three words with a bit for each letter, digit and symbol. A token begins at every symbol, at the first
/// bit of every run, and at each eighth letter (third digit) of it.
fn count_ascii(bytes: &[u8]) -> (usize, usize) {
    let mut padded = [b' '; 64];
    let block = match bytes.first_chunk() {
        Some(block) => block,
        None => {
            padded[..bytes.len()].copy_from_slice(bytes);
            &padded
        }
    };
    let words: &[[u8; 8]; 8] = block.as_chunks().0.try_into().expect("64 bytes are 8 times 8");
    // A number within Chinese: nothing after its word is asked for.
    let is_short = u64::from_le_bytes(words[0]) & HIGH != 0;
    let Classes { letters, digits, symbols, foreign } = if is_short { classes(&[words[0]]) } else { classes(words) };
    let mut length = bytes.len().min(64).min(foreign.trailing_zeros() as usize);
    if length == 64 {
        length -= open(letters, digits);
    }
    let within = u64::MAX >> (64 - length);
    (starts(letters & within, digits & within, symbols & within).count_ones() as usize, length)
}

/// How many of the last of 64 bytes belong to a token that may go on after them.
pub(crate) fn open(letters: u64, digits: u64) -> usize {
    // At most one of the two is not zero.
    letters.leading_ones() as usize % LETTERS_PER_TOKEN + digits.leading_ones() as usize % DIGITS_PER_TOKEN
}

/// Where the tokens of ASCII bytes begin, none of which goes on before the first or after the last of them.
pub(crate) fn starts(mut letters: u64, mut digits: u64, symbols: u64) -> u64 {
    /// The first bit of each run.
    const fn firsts(bits: u64) -> u64 {
        bits & !(bits << 1)
    }
    let mut found = symbols | firsts(letters) | firsts(digits);
    loop {
        // Letters with eight before them in their run.
        let pairs = letters & letters << 1;
        let fours = pairs & pairs << 2;
        letters &= (fours & fours << 4) << 1;
        if letters == 0 {
            break;
        }
        found |= firsts(letters);
    }
    while digits != 0 {
        digits &= (digits << 1) & (digits << 2) & (digits << 3);
        found |= firsts(digits);
    }
    found
}

/// `byte` in each byte of a word.
const fn each(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// Set in bytes that are not ASCII.
const HIGH: u64 = each(0x80);

/// What some bytes are, a bit each.
#[derive(Default)]
struct Classes {
    letters: u64,
    digits: u64,
    /// Neither letters nor digits nor white space.
    symbols: u64,
    /// Not ASCII; what the others say of these bytes means nothing.
    foreign: u64,
}

fn classes<const N: usize>(words: &[[u8; 8]; N]) -> Classes {
    /// The high bit of each byte of `word`, which are below 0x80, that lies in a range: no sum leaves its byte.
    const fn between(word: u64, first: u8, last: u8) -> u64 {
        (word + each(0x80 - first)) & !(word + each(0x7f - last)) & HIGH
    }
    /// The high bits together, that of the first byte lowest.
    const fn gather(high: u64) -> u64 {
        (high >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
    }
    let mut found = Classes::default();
    for (i, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let ascii = word & !HIGH;
        let letters = between(ascii | each(0x20), b'a', b'z');
        let digits = between(ascii, b'0', b'9');
        // As `is_ascii_whitespace` has it: without the vertical tab.
        let spaces = between(ascii, b'\t', b'\r') & !between(ascii, 0x0b, 0x0b) | between(ascii, b' ', b' ');
        found.letters |= gather(letters) << (8 * i);
        found.digits |= gather(digits) << (8 * i);
        found.symbols |= gather(HIGH & !(letters | digits | spaces)) << (8 * i);
        found.foreign |= gather(word & HIGH) << (8 * i);
    }
    found
}

/// Byte ranges of the tokens of a text, in order.
pub fn spans(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = next_token(text, at)?;
        at = token_end(text, start);
        Some(start..at)
    })
}

/// Start of the first token at or after `at`.
fn next_token(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = at;
    loop {
        let byte = *bytes.get(at)?;
        if byte.is_ascii() {
            if !byte.is_ascii_whitespace() {
                return Some(at);
            }
            at += 1;
        } else {
            let c = text[at..].chars().next()?;
            if !c.is_whitespace() {
                return Some(at);
            }
            at += c.len_utf8();
        }
    }
}

/// End of the token that begins at `start`.
pub(crate) fn token_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let run = |is_in: fn(&u8) -> bool, limit: usize| {
        start + bytes[start..].iter().take(limit).take_while(|byte| is_in(byte)).count()
    };
    match bytes[start] {
        b'0'..=b'9' => run(u8::is_ascii_digit, DIGITS_PER_TOKEN),
        b'a'..=b'z' | b'A'..=b'Z' => run(u8::is_ascii_alphabetic, LETTERS_PER_TOKEN),
        0..=0x7f => start + 1,
        _ => {
            let mut chars = text[start..].char_indices();
            let first = chars.next().map_or('\0', |(_, c)| c);
            if !first.is_alphabetic() || is_character_script(first) {
                return start + first.len_utf8();
            }
            let end = chars.take(LETTERS_PER_TOKEN).find(|(_, c)| !c.is_alphabetic() || is_character_script(*c));
            end.map_or_else(
                || start + text[start..].chars().take(LETTERS_PER_TOKEN).map(char::len_utf8).sum::<usize>(),
                |(i, _)| start + i,
            )
        }
    }
}

/// Scripts written without spaces, one token a character.
pub(crate) fn is_character_script(c: char) -> bool {
    matches!(c as u32, 0x3040..=0x30ff | 0x3400..=0x9fff | 0xac00..=0xd7af | 0xf900..=0xfaff | 0x20000..=0x3ffff)
}

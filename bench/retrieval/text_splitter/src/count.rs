//! Tokens of `retrieval::tokens`, counted as fast as we know how for a text that is given only once: what a chunker asks
//! that cuts a text and wants to know how long the piece is.
//!
//! ASCII is counted 64 bytes at a time, Han characters and the usual marks by their first bytes alone.

use crate::tokens::{open, starts, token_end};

/// As many as `tokens::spans` finds, without finding each.
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
/// The 64 bytes become three words with a bit for each letter, digit and symbol, of which `tokens::starts` makes beginnings.
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

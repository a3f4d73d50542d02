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

/// Number of tokens of a text. Chunking, which asks again and again, counts by `starts.rs`.
///
/// ```
/// assert_eq!(retrieval::tokens::count("Hello, world 2026"), 5);
/// assert_eq!(retrieval::tokens::count("检索增强"), 4);
/// ```
pub fn count(text: &str) -> usize {
    spans(text).count()
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

/// How many of the last of 64 ASCII bytes, a bit for each letter and each digit among them, belong to a token that may go on after them.
pub(crate) fn open(letters: u64, digits: u64) -> usize {
    // At most one of the two is not zero.
    letters.leading_ones() as usize % LETTERS_PER_TOKEN + digits.leading_ones() as usize % DIGITS_PER_TOKEN
}

/// Where the tokens of ASCII bytes begin, none of which goes on before the first or after the last of them: at every symbol, at
/// the first bit of every run, and at each eighth letter (third digit) after it.
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

/// Scripts written without spaces, one token a character.
pub(crate) fn is_character_script(c: char) -> bool {
    matches!(c as u32, 0x3040..=0x30ff | 0x3400..=0x9fff | 0xac00..=0xd7af | 0xf900..=0xfaff | 0x20000..=0x3ffff)
}

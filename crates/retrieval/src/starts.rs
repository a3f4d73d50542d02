//! Where the tokens of a text begin, a bit for each byte.
//!
//! Chunking asks again and again how many tokens a block, a sentence, a line has. They are found once for the whole text, so
//! that the answer is counting bits: those before a part's end less those before its start. The parts must begin and end
//! between tokens, as blocks, lines and sentences do.

use crate::tokens;
use kernels::utf8::{BLOCK, Classes, classify};
use std::ops::Range;

/// The first bytes of the tokens of a part of a text.
pub struct TokenStarts {
    /// The part's first byte.
    first: usize,
    /// A bit for each byte of the part.
    words: Vec<u64>,
    /// Bits of the words before each one.
    before: Vec<u32>,
}

impl TokenStarts {
    /// Finds them in `part` of `text`.
    pub fn of(text: &str, part: Range<usize>) -> TokenStarts {
        let first = part.start;
        let text = &text[part];
        let mut words = vec![0; text.len().div_ceil(BLOCK)];
        let mut windows = Windows::of(text.as_bytes());
        let mut at = 0;
        while at < text.len() {
            let classes = windows.at(at);
            let mut length = (text.len() - at).min(classes.other.trailing_zeros() as usize);
            if length == BLOCK {
                length -= tokens::open(classes.letters, classes.digits);
            }
            let within = u64::MAX.checked_shr((BLOCK - length) as u32).unwrap_or(0);
            let [letters, digits, others] =
                [classes.letters, classes.digits, classes.symbols | classes.wide].map(|bits| bits & within);
            let starts = tokens::starts(letters, digits, others);
            let (word, shift) = (at / BLOCK, at % BLOCK);
            words[word] |= starts << shift;
            if shift > 0 && starts >> (BLOCK - shift) != 0 {
                words[word + 1] |= starts >> (BLOCK - shift);
            }
            at += length;
            // Characters that need a look, which often stand side by side.
            while let Some(0xc2..=0xe3 | 0xea..) = text.as_bytes().get(at) {
                let c = text[at..].chars().next().expect("inside the text");
                if c.is_whitespace() {
                    at += c.len_utf8();
                } else {
                    words[at / BLOCK] |= 1 << (at % BLOCK);
                    at = tokens::token_end(text, at);
                }
            }
        }
        let mut n = 0;
        let sums = words.iter().map(|word| {
            n += word.count_ones();
            n - word.count_ones()
        });
        TokenStarts { first, before: sums.collect(), words }
    }

    /// Tokens of `range` of the text, which lies in the part.
    pub fn count(&self, range: &Range<usize>) -> usize {
        self.before(range.end) - self.before(range.start)
    }

    /// Tokens that begin before byte `at` of the text.
    fn before(&self, at: usize) -> usize {
        let at = at - self.first;
        match self.words.get(at / BLOCK) {
            Some(word) => self.before[at / BLOCK] as usize + (word & !(u64::MAX << (at % BLOCK))).count_ones() as usize,
            None => self
                .words
                .last()
                .map_or(0, |last| self.before[self.words.len() - 1] as usize + last.count_ones() as usize),
        }
    }
}

/// Blocks whose classes are held at once: they stay in the first cache.
const HELD: usize = 64;

/// The classes of 64 bytes from any byte of a text on, for places that ascend.
struct Windows<'t> {
    text: &'t [u8],
    /// The block that `classes` begins with.
    first: usize,
    classes: [Classes; HELD],
    n_held: usize,
}

impl Windows<'_> {
    fn of(text: &[u8]) -> Windows<'_> {
        Windows { text, first: 0, classes: [Classes::default(); HELD], n_held: 0 }
    }

    fn at(&mut self, at: usize) -> Classes {
        let block = at / BLOCK;
        if block + 1 >= self.first + self.n_held {
            self.hold(block);
        }
        let (low, shift) = (&self.classes[block - self.first], at % BLOCK);
        if shift == 0 {
            return *low;
        }
        let high = &self.classes[block - self.first + 1];
        let join = |low: u64, high: u64| low >> shift | high << (BLOCK - shift);
        Classes {
            letters: join(low.letters, high.letters),
            digits: join(low.digits, high.digits),
            symbols: join(low.symbols, high.symbols),
            wide: join(low.wide, high.wide),
            other: join(low.other, high.other),
            stops: join(low.stops, high.stops),
            loose: join(low.loose, high.loose),
        }
    }

    /// Holds the classes from `block` on, with one beyond the text's end.
    fn hold(&mut self, block: usize) {
        let rest = &self.text[block * BLOCK..];
        self.first = block;
        self.n_held = HELD.min(rest.len().div_ceil(BLOCK) + 1);
        classify(rest, &mut self.classes[..self.n_held]);
    }
}

/// Places of a text where `chosen` has a bit, in ascending order.
pub fn places(text: &[u8], chosen: fn(&Classes) -> u64) -> impl Iterator<Item = usize> + '_ {
    let mut windows = [Classes::default(); HELD];
    let (mut block, mut n_held, mut bits) = (0, 0, 0u64);
    std::iter::from_fn(move || {
        while bits == 0 {
            block += usize::from(n_held > 0);
            let i = block % HELD;
            if i == 0 {
                let rest = text.get(block * BLOCK..).filter(|rest| !rest.is_empty())?;
                n_held = HELD.min(rest.len().div_ceil(BLOCK));
                classify(rest, &mut windows[..n_held]);
            } else if i >= n_held {
                return None;
            }
            bits = chosen(&windows[i]);
        }
        let place = block * BLOCK + bits.trailing_zeros() as usize;
        bits &= bits - 1;
        Some(place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The starts of a part of `text` are those of `tokens::spans`, and so are the counts before and after each.
    fn assert_starts(text: &str) {
        let spans: Vec<Range<usize>> = tokens::spans(text).collect();
        let n_before = spans.len() / 3;
        let first = spans.get(n_before).map_or(0, |span| span.start);
        let starts = TokenStarts::of(text, first..text.len());
        for (i, span) in spans[n_before..].iter().enumerate() {
            assert_eq!(starts.count(&(first..span.start)), i, "{span:?} of {text:?}");
            assert_eq!(starts.count(&(span.start..text.len())), spans.len() - n_before - i, "{span:?} of {text:?}");
        }
    }

    /// Long words, numbers and runs of one character, of every length and from every place, across blocks of 64 bytes.
    #[test]
    fn starts_of_runs_are_those_of_the_spans() {
        for (part, n) in [("a", 1000), ("1", 1000), ("!", 200), ("茶", 1000), ("，", 200), ("é", 200)] {
            for n in n - 70..n {
                assert_starts(&part.repeat(n));
                assert_starts(&format!("{} {} x1", ".".repeat(n % 64), part.repeat(n)));
            }
        }
    }

    /// Whatever a text is made of.
    #[test]
    fn starts_are_those_of_the_spans() {
        const PARTS: [&str; 26] = [
            "word",
            "A",
            "nineletts",
            " ",
            "\n",
            "7",
            "2026",
            "@",
            "é",
            "éclair",
            "ßtraße",
            "\u{301}",
            "\u{3000}",
            "\u{2003}",
            "茶",
            "检索增强",
            "々",
            "が",
            "가",
            "Ａ",
            "，",
            "“",
            "…",
            "１",
            "\u{2028}",
            "\u{1f600}",
        ];
        for seed in 0..400u64 {
            let random = |i: u64| (kernels::rng::uniform([seed, 4], i) * PARTS.len() as f32) as usize;
            // Some texts longer than what is held at once.
            let n = if seed % 40 == 0 { 3000 } else { 2 * seed };
            let text: String = (0..n).map(|i| PARTS[random(i)].repeat(1 + random(i + 9999) / 8)).collect();
            assert_starts(&text);
            let found: Vec<usize> = places(text.as_bytes(), |classes| classes.digits).collect();
            let expected = text.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at);
            assert!(expected.eq(found), "{text:?}");
        }
    }
}

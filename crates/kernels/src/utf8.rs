//! What the characters of a UTF-8 text are, a bit for each byte: the pass that chunking a text begins with.
//!
//! Rules about text (where tokens, sentences and composed characters begin) look at one character after another, and nearly all
//! are of a few kinds that need no look at all. Here 64 bytes become a word of bits for each kind, so a rule is arithmetic
//! on words and visits single characters only where a bit is set. A kind of three bytes is known by comparing the text with
//! itself moved by one and by two.
//!
//! The idea of bytes as rows of bits is that of simdjson (Langdale and Lemire 2019, "Parsing gigabytes of JSON per second").
//! Not here: the rules, and whether the text is UTF-8 at all.

use crate::cpu;

/// What 64 bytes are, the first one's bit lowest. A character beyond ASCII has its bit at its first byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Classes {
    /// a to z and A to Z.
    pub letters: u64,
    /// 0 to 9.
    pub digits: u64,
    /// ASCII that is neither letter, digit nor white space.
    pub symbols: u64,
    /// U+4000 to U+9FFF; and the dashes, quotation marks and dots of General Punctuation, Chinese punctuation, full-width
    /// marks and digits: characters that stand for themselves.
    pub wide: u64,
    /// All other characters beyond ASCII.
    pub other: u64,
    /// What may end a sentence: `. ! ?`, a line end, `。！？…`.
    pub stops: u64,
    /// What may change in NFC, or join with the character before it. All others beyond ASCII are of U+0080 to U+02FF, U+2002 to
    /// U+203F, U+3000 to U+3029, U+4000 to U+9FFF or U+FF00 to U+FF7F.
    pub loose: u64,
}

/// Bytes of a [`Classes`].
pub const BLOCK: usize = 64;
/// A character is known by its first three bytes.
const BEYOND: usize = 2;
/// A block and what its last character may need.
type Bytes = [u8; BLOCK + BEYOND];

/// Says of `text`, which is UTF-8, what each 64 bytes are, as far as `classes` reaches; nothing is set beyond the text's end.
///
/// ```
/// let mut classes = [kernels::utf8::Classes::default()];
/// kernels::utf8::classify("a1 茶。é".as_bytes(), &mut classes);
/// assert_eq!((classes[0].letters, classes[0].digits), (1, 0b10));
/// assert_eq!((classes[0].wide, classes[0].stops, classes[0].other), (0b1001000, 0b1000000, 1 << 9));
/// ```
pub fn classify(text: &[u8], classes: &mut [Classes]) {
    match cpu::level() {
        cpu::Level::Portable => classify_reference(text, classes),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `cpu::level` gives only levels that this CPU has, and both have AVX2.
        cpu::Level::Avx2 | cpu::Level::Avx512 => unsafe { x86::classify(text, classes) },
        #[cfg(not(target_arch = "x86_64"))]
        level => unreachable!("{level} exists on x86-64 only"),
    }
}

/// The reference of [`classify`]: one byte after another.
pub fn classify_reference(text: &[u8], classes: &mut [Classes]) {
    each_block(text, classes, |bytes| {
        let mut found = Classes::default();
        for (i, three) in bytes.windows(1 + BEYOND).enumerate() {
            let [first, second, third] = three.try_into().expect("windows are of three bytes");
            let bit = 1 << i;
            match first {
                b'a'..=b'z' | b'A'..=b'Z' => found.letters |= bit,
                b'0'..=b'9' => found.digits |= bit,
                0..=0x7f if !first.is_ascii_whitespace() => found.symbols |= bit,
                0..=0xbf => {}
                _ => {
                    let is_wide = matches!(
                        (first, second, third),
                        (0xe4..=0xe9, ..)
                            | (0xe2, 0x80, 0x90..=0xa7 | 0xb0..=0xbf)
                            | (0xe3, 0x80, 0x81..=0x84 | 0x88..=0xa0)
                            | (0xef, 0xbc, 0x81..=0xa0)
                    );
                    *(if is_wide { &mut found.wide } else { &mut found.other }) |= bit;
                    let is_firm = matches!(
                        (first, second, third),
                        (0xc2..=0xcb | 0xe4..=0xe9, ..)
                            | (0xe2, 0x80, 0x82..=0xbf)
                            | (0xe3, 0x80, 0x80..=0xa9)
                            | (0xef, 0xbc | 0xbd, _)
                    );
                    found.loose |= if is_firm { 0 } else { bit };
                }
            }
            let is_stop = matches!(
                (first, second, third),
                (b'.' | b'!' | b'?' | b'\n', ..) | (0xe2, 0x80, 0xa6) | (0xe3, 0x80, 0x82) | (0xef, 0xbc, 0x81 | 0x9f)
            );
            found.stops |= if is_stop { bit } else { 0 };
        }
        found
    });
}

/// Hands each block of the text to `of`, with spaces, which are of no class, beyond the end.
#[inline(always)]
fn each_block(text: &[u8], classes: &mut [Classes], of: impl Fn(&Bytes) -> Classes) {
    for (i, class) in classes.iter_mut().enumerate() {
        let rest = text.get(i * BLOCK..).unwrap_or_default();
        *class = match rest.first_chunk() {
            Some(bytes) => of(bytes),
            None => {
                let mut padded = [b' '; BLOCK + BEYOND];
                padded[..rest.len()].copy_from_slice(rest);
                of(&padded)
            }
        };
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Bytes, Classes, each_block};
    use std::arch::x86_64::*;

    /// [`super::classify`] in 32 lanes.
    #[target_feature(enable = "avx2")]
    pub(super) fn classify(text: &[u8], classes: &mut [Classes]) {
        each_block(text, classes, |bytes| block(bytes));
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn block(bytes: &Bytes) -> Classes {
        let (low, high) = (half(bytes, 0), half(bytes, 32));
        Classes {
            letters: low.letters | high.letters << 32,
            digits: low.digits | high.digits << 32,
            symbols: low.symbols | high.symbols << 32,
            wide: low.wide | high.wide << 32,
            other: low.other | high.other << 32,
            stops: low.stops | high.stops << 32,
            loose: low.loose | high.loose << 32,
        }
    }

    /// The classes of 32 bytes from `at`.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn half(bytes: &Bytes, at: usize) -> Classes {
        let moved = |by: usize| {
            let from: &[u8; 32] = bytes[at + by..].first_chunk().expect("a block ends two bytes later");
            // SAFETY: 32 bytes are there, and any address will do.
            unsafe { _mm256_loadu_si256(from.as_ptr().cast()) }
        };
        let first = moved(0);
        let is = |bytes, value: u8| equal(bytes, value);
        let lowered = _mm256_or_si256(first, _mm256_set1_epi8(0x20));
        let letters = bits(within(lowered, b'a', b'z'));
        let digits = bits(within(first, b'0', b'9'));
        // As `is_ascii_whitespace` has it: without the vertical tab.
        let spaces = bits(either(_mm256_andnot_si256(is(first, 0x0b), within(first, b'\t', b'\r')), is(first, b' ')));
        let foreign = bits(first);
        let symbols = !(letters | digits | spaces | foreign) & 0xffff_ffff;
        let mut stops = either(either(is(first, b'.'), is(first, b'!')), either(is(first, b'?'), is(first, b'\n')));
        if foreign == 0 {
            return Classes { letters, digits, symbols, stops: bits(stops), ..Classes::default() };
        }
        let (second, third) = (moved(1), moved(2));
        let is_80 = is(second, 0x80);
        let general = both(is(first, 0xe2), is_80);
        let chinese = both(is(first, 0xe3), is_80);
        let (is_ef, is_bc) = (is(first, 0xef), is(second, 0xbc));
        let full = both(is_ef, is_bc);
        let han = within(first, 0xe4, 0xe9);
        let marks = either(
            both(general, either(within(third, 0x90, 0xa7), within(third, 0xb0, 0xbf))),
            either(
                both(chinese, either(within(third, 0x81, 0x84), within(third, 0x88, 0xa0))),
                both(full, within(third, 0x81, 0xa0)),
            ),
        );
        let firm = either(
            either(both(general, within(third, 0x82, 0xbf)), both(chinese, within(third, 0x80, 0xa9))),
            either(both(is_ef, either(is_bc, is(second, 0xbd))), either(han, within(first, 0xc2, 0xcb))),
        );
        stops = either(
            either(stops, both(general, is(third, 0xa6))),
            either(both(chinese, is(third, 0x82)), both(full, either(is(third, 0x81), is(third, 0x9f)))),
        );
        let (wide, firsts) = (bits(either(han, marks)), bits(within(first, 0xc0, 0xff)));
        let (other, loose) = (firsts & !wide, firsts & !bits(firm));
        Classes { letters, digits, symbols, wide, other, stops: bits(stops), loose }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn equal(bytes: __m256i, value: u8) -> __m256i {
        _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(value as i8))
    }

    /// All bits set in bytes of `first..=last`.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn within(bytes: __m256i, first: u8, last: u8) -> __m256i {
        let above = _mm256_sub_epi8(bytes, _mm256_set1_epi8(first as i8));
        _mm256_cmpeq_epi8(_mm256_min_epu8(above, _mm256_set1_epi8((last - first) as i8)), above)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn both(a: __m256i, b: __m256i) -> __m256i {
        _mm256_and_si256(a, b)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn either(a: __m256i, b: __m256i) -> __m256i {
        _mm256_or_si256(a, b)
    }

    /// The highest bit of each byte.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn bits(bytes: __m256i) -> u64 {
        u64::from(_mm256_movemask_epi8(bytes) as u32)
    }
}

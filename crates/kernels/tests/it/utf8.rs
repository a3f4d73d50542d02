//! Classes of bytes: every level against the reference, and the reference against Rust's characters.

use super::levels::supported;
use check::{Outcome, equal};
use kernels::cpu::with_level;
use kernels::utf8::{BLOCK, Classes, classify, classify_reference};

/// Characters around every edge of a class, at every place of a block.
pub fn every_level_equals_the_reference() -> Outcome {
    let edges = [
        '\0',
        '\u{8}',
        '\t',
        '\n',
        '\u{b}',
        '\u{c}',
        '\r',
        '\u{e}',
        ' ',
        '!',
        '.',
        '/',
        '0',
        '9',
        ':',
        '?',
        '@',
        'A',
        'Z',
        '[',
        '`',
        'a',
        'z',
        '{',
        '\u{7f}',
        '\u{80}',
        'é',
        '\u{2ff}',
        '\u{300}',
        '\u{301}',
        '\u{2001}',
        '\u{2002}',
        '\u{200f}',
        '\u{2010}',
        '…',
        '\u{2027}',
        '\u{2028}',
        '\u{202f}',
        '\u{2030}',
        '\u{203f}',
        '\u{2040}',
        '\u{2126}',
        '\u{2fff}',
        '\u{3000}',
        '、',
        '。',
        '\u{3004}',
        '\u{3005}',
        '\u{3007}',
        '〈',
        '\u{3020}',
        '\u{3021}',
        '\u{3029}',
        '\u{302a}',
        'が',
        '\u{3400}',
        '\u{3fff}',
        '\u{4000}',
        '茶',
        '\u{9fff}',
        '\u{a000}',
        '가',
        '\u{f900}',
        '\u{feff}',
        '\u{ff00}',
        '！',
        '０',
        '？',
        '\u{ff20}',
        'Ａ',
        '\u{ff7f}',
        '\u{ff80}',
        '\u{1f600}',
        '\u{20000}',
    ];
    for seed in 0..300u64 {
        let random = |i: u64| edges[(kernels::rng::uniform([seed, 3], i) * edges.len() as f32) as usize];
        let text: String = (0..seed).map(random).collect();
        let n = text.len().div_ceil(BLOCK) + 1;
        let mut expected = vec![Classes::default(); n];
        classify_reference(text.as_bytes(), &mut expected);
        for level in supported() {
            let mut found = vec![Classes { letters: 9, ..Classes::default() }; n];
            with_level(level, || classify(text.as_bytes(), &mut found));
            equal(found.as_slice(), expected.as_slice(), &format!("{text:?} at {level}"))?;
        }
        let bit = |at: usize, chosen: fn(&Classes) -> u64| chosen(&expected[at / BLOCK]) >> (at % BLOCK) & 1 == 1;
        for (at, c) in text.char_indices() {
            equal(bit(at, |classes| classes.letters), c.is_ascii_alphabetic(), &format!("letter {c:?}"))?;
            equal(bit(at, |classes| classes.digits), c.is_ascii_digit(), &format!("digit {c:?}"))?;
            let is_symbol = c.is_ascii() && !c.is_ascii_alphanumeric() && !c.is_ascii_whitespace();
            equal(bit(at, |classes| classes.symbols), is_symbol, &format!("symbol {c:?}"))?;
            equal(bit(at, |classes| classes.wide | classes.other), !c.is_ascii(), &format!("beyond ASCII {c:?}"))?;
            equal(bit(at, |classes| classes.stops), ".!?\n。！？…".contains(c), &format!("stop {c:?}"))?;
            let is_firm =
                matches!(c as u32, 0..=0x2ff | 0x2002..=0x203f | 0x3000..=0x3029 | 0x4000..=0x9fff | 0xff00..=0xff7f);
            equal(bit(at, |classes| classes.loose), !is_firm, &format!("loose {c:?}"))?;
        }
    }
    Ok(())
}

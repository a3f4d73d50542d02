//! Where sentences end, in Chinese and English text alike.
//!
//! A Chinese sentence ends with 。！？ or an ellipsis, closing quotes and brackets included, whatever follows. An English one
//! ends with . ! ? only before white space and something that can begin a sentence, and not after an abbreviation or an
//! initial. A line end ends a sentence always. Rules, not a model: they never look further than the next character.

use crate::starts;
use std::ops::Range;

/// Byte ranges of the sentences within `range` of `text`, without white space around them.
///
/// ```
/// let text = "Dr. Li paid 3.50 (U.S.). He left! “走了？”她问。";
/// let found: Vec<&str> = retrieval::sentences::split(text, 0..text.len()).into_iter().map(|r| &text[r]).collect();
/// assert_eq!(found, ["Dr. Li paid 3.50 (U.S.).", "He left!", "“走了？”", "她问。"]);
/// ```
pub fn split(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut found = vec![];
    let mut start = range.start;
    for stop in starts::places(&text.as_bytes()[range.clone()], |classes| classes.stops) {
        let at = range.start + stop;
        // One that belongs to the end before it.
        if at < start {
            continue;
        }
        let c = text[at..].chars().next().expect("inside the text");
        let after = at + c.len_utf8();
        let end = match c {
            '\n' => Some(after),
            '.' | '!' | '?' => {
                let end = closed(text, after, range.end);
                let is_end = begins_sentence(text, end, range.end) && !(c == '.' && is_abbreviation(&text[start..at]));
                is_end.then_some(end)
            }
            // The Chinese ones.
            _ => Some(closed(text, after, range.end)),
        };
        if let Some(end) = end {
            push(text, start..end, &mut found);
            start = end;
        }
    }
    push(text, start..range.end, &mut found);
    found
}

fn push(text: &str, range: Range<usize>, found: &mut Vec<Range<usize>>) {
    let slice = &text[range.clone()];
    let start = range.start + (slice.len() - slice.trim_start().len());
    let end = start + slice.trim().len();
    if start < end {
        found.push(start..end);
    }
}

/// The end of the terminators and closing marks that start at `at`.
fn closed(text: &str, at: usize, limit: usize) -> usize {
    let is_closing = |c: char| {
        matches!(
            c,
            '.' | '!'
                | '?'
                | '。'
                | '！'
                | '？'
                | '…'
                | '"'
                | '\''
                | '”'
                | '’'
                | ')'
                | ']'
                | '）'
                | '】'
                | '」'
                | '』'
                | '》'
        )
    };
    at + text[at..limit].chars().take_while(|c| is_closing(*c)).map(char::len_utf8).sum::<usize>()
}

/// Whether a sentence can begin after `at`: white space and then no small letter, or a Chinese character at once.
fn begins_sentence(text: &str, at: usize, limit: usize) -> bool {
    let rest = &text[at..limit];
    let Some(first) = rest.chars().next() else { return true };
    if crate::tokens::is_character_script(first) {
        return true;
    }
    first.is_whitespace() && rest.trim_start().chars().next().is_none_or(|c| !c.is_lowercase() && c != ',' && c != ';')
}

/// Abbreviations that a capital or a number often follows.
const ABBREVIATIONS: [&str; 27] = [
    "al", "approx", "cf", "dr", "e.g", "eq", "eqs", "fig", "figs", "i.e", "jr", "mr", "mrs", "ms", "no", "nos", "p",
    "pp", "prof", "ref", "refs", "resp", "sr", "st", "vol", "vs", "ph.d",
];

/// Whether `before`, which a full stop follows, ends in an abbreviation or a single capital letter.
fn is_abbreviation(before: &str) -> bool {
    let word = before.rsplit(|c: char| c.is_whitespace() || matches!(c, '(' | '[' | '"' | '“')).next().unwrap_or("");
    let is_initial = word.len() == 1 && word.as_bytes()[0].is_ascii_uppercase();
    is_initial || ABBREVIATIONS.iter().any(|known| known.eq_ignore_ascii_case(word))
}

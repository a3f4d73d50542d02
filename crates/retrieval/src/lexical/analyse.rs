//! Text to terms: what counts as the same word.
//!
//! | text | terms |
//! |---|---|
//! | an English word | its lower-case stem; accents and full-width forms are folded |
//! | a word or number with digits, joined by `-` `_` `.` `/` | its parts, and the whole: `DX-2041/B` is also found as one |
//! | a run of Chinese | each pair of neighbouring characters, and the words that a dictionary segmentation finds |
//! | a run of kana or Hangul | each pair of neighbouring characters |
//!
//! Pairs find what no segmentation agrees on; words carry the meaning; together they need no configuration. *Units* (words,
//! parts, pairs) stand in text order and make phrases; *extras* (wholes, dictionary words) only add to scores. Stop words
//! are units that phrases see and scores do not.
//!
//! Source: Porter2 (Snowball English) by `rust-stemmers`; segmentation by `jieba-rs`, whose dictionary is loaded at the
//! first Chinese character.

use jieba_rs::Jieba;
use std::ops::Range;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What a term is in its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A word, or a part of a number: stemmed before it becomes a term.
    Word,
    /// Two neighbouring characters, or a character that has no neighbour.
    Pair,
    /// A whole that units are parts of, or a dictionary word.
    Extra,
}

static JIEBA: LazyLock<Jieba> = LazyLock::new(Jieba::new);

/// Longer words are cut here: no one searches for them, and they would fill the dictionary.
const WORD_BYTES_MAX: usize = 64;

/// Calls `take` with every term of `text`, folded to lower case but not stemmed, and its byte range.
///
/// ```
/// use retrieval::lexical::analyse::{Role, analyse};
/// let mut terms = vec![];
/// analyse("Wi-Fi 6E", |term, role, range| terms.push((term.to_string(), role, range)));
/// assert_eq!(terms[2], ("6e".to_string(), Role::Word, 6..8));
/// ```
pub fn analyse(text: &str, mut take: impl FnMut(&str, Role, Range<usize>)) {
    let bytes = text.as_bytes();
    let mut word = String::with_capacity(WORD_BYTES_MAX);
    let mut whole = String::new();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at].is_ascii() && !bytes[at].is_ascii_alphanumeric() {
            at += 1;
            continue;
        }
        let first = if bytes[at].is_ascii() { 'a' } else { char_at(text, at) };
        if script(first) != Script::Word {
            at = characters(text, at, first, &mut take);
            continue;
        }
        if !first.is_alphanumeric() {
            at += first.len_utf8();
            continue;
        }
        // Words joined by single marks; a whole is made only if it has a digit.
        whole.clear();
        let whole_start = at;
        let mut parts = 0;
        let mut has_digit = false;
        let mut joint = None;
        loop {
            let end = word_end(text, at);
            fold(&text[at..end], &mut word);
            if !word.is_empty() {
                let is_possessive = word == "s" && joint == Some(b'\'');
                if !is_possessive {
                    take(&word, Role::Word, at..end);
                }
                has_digit |= word.bytes().any(|b| b.is_ascii_digit());
                if let Some(mark) = joint.filter(|mark| *mark == b'.') {
                    whole.push(mark as char);
                }
                whole.push_str(&word);
                parts += 1;
            }
            at = end;
            joint = bytes.get(at).copied().filter(|b| matches!(b, b'-' | b'_' | b'.' | b'/' | b',' | b'\'' | b'+'));
            let next = bytes.get(at + 1).copied().unwrap_or(b' ');
            // A comma joins thousands only.
            let is_joined =
                joint.is_some() && next.is_ascii_alphanumeric() && (joint != Some(b',') || is_thousands(bytes, at));
            if !is_joined {
                break;
            }
            at += 1;
        }
        if parts > 1 && has_digit && whole.len() <= WORD_BYTES_MAX {
            take(&whole, Role::Extra, whole_start..at);
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Script {
    Word,
    Han,
    /// Kana, Hangul.
    Syllables,
}

fn script(c: char) -> Script {
    match c as u32 {
        0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x3ffff | 0x3005 | 0x3007 => Script::Han,
        0x3041..=0x30ff | 0x31f0..=0x31ff | 0x1100..=0x11ff | 0x3130..=0x318f | 0xac00..=0xd7af => Script::Syllables,
        _ => Script::Word,
    }
}

fn char_at(text: &str, at: usize) -> char {
    text[at..].chars().next().expect("inside the text")
}

/// Emits the terms of the run of one script that starts at `at`; its end.
fn characters(text: &str, at: usize, first: char, take: &mut impl FnMut(&str, Role, Range<usize>)) -> usize {
    let kind = script(first);
    let run = &text[at..];
    let length = run.char_indices().find(|(_, c)| script(*c) != kind).map_or(run.len(), |(i, _)| i);
    let run = &run[..length];
    let mut starts = run.char_indices().map(|(i, _)| i);
    let mut previous = starts.next().unwrap_or(0);
    if run.len() == first.len_utf8() {
        take(run, Role::Pair, at..at + length);
    }
    for start in starts {
        let end = start + char_at(run, start).len_utf8();
        take(&run[previous..end], Role::Pair, at + previous..at + end);
        previous = start;
    }
    if kind == Script::Han && run.len() > first.len_utf8() {
        let mut word_start = at;
        for token in JIEBA.cut(run, true) {
            let range = word_start..word_start + token.word.len();
            word_start = range.end;
            // A word of two characters is a pair already; taken twice it weighs more than a pair that is no word.
            if !is_chinese_stop_word(token.word) {
                take(token.word, Role::Extra, range);
            }
        }
    }
    at + length
}

/// What the words of a Chinese text are, as far as the dictionary knows: each word and its part of speech (`n` a noun, `ns` a place, `v` a
/// verb, `x` a word that it does not hold).
pub(crate) fn parts_of_speech(text: &str) -> Vec<(&str, &str)> {
    JIEBA.tag(text, true).into_iter().map(|tag| (tag.word, tag.tag)).collect()
}

fn word_end(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let mut end = at;
    while let Some(byte) = bytes.get(end) {
        if byte.is_ascii_alphanumeric() {
            end += 1;
        } else if byte.is_ascii() {
            break;
        } else {
            let c = char_at(text, end);
            if !(c.is_alphanumeric() || is_combining_mark(c)) || script(c) != Script::Word {
                break;
            }
            end += c.len_utf8();
        }
    }
    end
}

/// `word` in lower case without accents, at most [`WORD_BYTES_MAX`] bytes.
fn fold(word: &str, out: &mut String) {
    out.clear();
    if word.is_ascii() {
        let end = word.len().min(WORD_BYTES_MAX);
        out.push_str(&word[..end]);
        out.make_ascii_lowercase();
        return;
    }
    for c in word.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        if out.len() + c.len_utf8() > WORD_BYTES_MAX {
            break;
        }
        out.push(c);
    }
}

/// Whether the comma at `at` stands between digits, three of them after it.
fn is_thousands(bytes: &[u8], at: usize) -> bool {
    let is_digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
    at > 0 && is_digit(at - 1) && (1..=3).all(|i| is_digit(at + i)) && !is_digit(at + 4)
}

/// English words that say nothing of a text's subject (Lucene's list).
pub const STOP_WORDS: [&str; 33] = [
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no", "not", "of",
    "on", "or", "such", "that", "the", "their", "then", "there", "these", "they", "this", "to", "was", "will", "with",
];

/// Single characters that serve grammar alone.
pub(crate) fn is_chinese_stop_word(word: &str) -> bool {
    matches!(
        word,
        "的" | "了"
            | "是"
            | "在"
            | "和"
            | "与"
            | "及"
            | "或"
            | "而"
            | "着"
            | "也"
            | "都"
            | "就"
            | "地"
            | "得"
            | "之"
            | "于"
            | "以"
            | "为"
            | "被"
            | "把"
            | "吗"
            | "呢"
            | "吧"
            | "啊"
            | "这"
            | "那"
            | "其"
            | "并"
            | "等"
            | "由"
            | "从"
    )
}

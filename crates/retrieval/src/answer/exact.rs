//! Numbers, part numbers, floors: what an answer must have exactly as the question has it.
//!
//! XR-300 is not XR-200 however much else two texts share, and the fifth floor is not the third. So what is written with digits, and what
//! Chinese numerals count that is told apart by its number (楼, 章, 届), becomes a key, and the keys of a question are looked for among
//! those of a text: `5楼` for 五楼, 5楼 and 五层, `5th` for *fifth* and *5th*, `xr300` for *XR-300*, *XR 300* and *xr300*.
//!
//! Numbers in words are keys of texts only: *which two teams* has its answer in texts without a two.

use crate::lexical::analyse::{Role, analyse};
use std::collections::HashSet;

/// What is told apart by its number. A storey has two names.
const COUNTED: &str = "楼层号室章条款期版届代栋座排";
/// Chinese digits, by their values.
const DIGITS: [&str; 10] = ["〇零", "一", "二两", "三", "四", "五", "六", "七", "八", "九"];
/// Chinese powers of ten, by their values.
const POWERS: [(char, u64); 5] = [('十', 10), ('百', 100), ('千', 1000), ('万', 10_000), ('亿', 100_000_000)];
/// English ordinals from the third on: *first* and *second* are more often something else.
const ORDINALS: [&str; 10] =
    ["third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"];
/// English numbers from 2 on.
const NUMBERS: [&str; 11] =
    ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

/// The keys that an answer to `question` must have.
///
/// XR-300 and the fifth floor, but not the two of *哪两个*.
pub fn wanted(question: &str) -> Vec<String> {
    let mut keys: Vec<String> = vec![];
    // Parts of what is one come before it.
    analyse(question, |word, role, range| match role {
        Role::Word if ordinal(word).is_some() => keys.extend(ordinal(word)),
        Role::Word if has_digit(word) && !is_part(question, &range) => keys.push(word.to_string()),
        Role::Extra if has_digit(word) => keys.push(word.to_string()),
        _ => {}
    });
    for Counted { value, before, after, is_spelt_out } in counted(question) {
        let is_counted = before == Some('第') || after.is_some_and(|after| COUNTED.contains(after));
        match after {
            Some(after) if is_counted => keys.push(format!("{value}{}", one_name(after))),
            // 二〇一〇 is a year, whatever follows.
            _ if is_spelt_out && value.len() > 2 => keys.push(value),
            _ => {}
        }
    }
    keys.sort();
    keys.dedup();
    keys
}

/// All keys of a text.
pub fn held(text: &str) -> HashSet<String> {
    let mut keys: HashSet<String> = HashSet::new();
    let mut last: Option<(String, usize)> = None;
    analyse(text, |word, role, range| {
        if role == Role::Pair {
            return;
        }
        if has_digit(word) {
            keys.insert(word.to_string());
        }
        keys.extend(ordinal(word));
        keys.extend(NUMBERS.iter().position(|known| *known == word).map(|i| (i + 2).to_string()));
        if role == Role::Word {
            // XR 200
            if let Some((before, end)) = &last
                && range.start == end + 1
                && (has_digit(before) || has_digit(word))
            {
                keys.insert(format!("{before}{word}"));
            }
            last = Some((word.to_string(), range.end));
        }
    });
    for Counted { value, after, .. } in counted(text) {
        keys.extend(after.map(|after| format!("{value}{}", one_name(after))));
        keys.insert(value);
    }
    keys
}

/// Whether two keys differ in their digits alone, and are more than a number: XR-200 and XR-300, the third floor and the fifth.
pub fn are_alike(key: &str, other: &str) -> bool {
    let rest = |key: &str| key.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let ordinal = |rest: String| if ["st", "nd", "rd"].contains(&rest.as_str()) { "th".to_string() } else { rest };
    key != other && !rest(key).is_empty() && has_digit(other) && ordinal(rest(key)) == ordinal(rest(other))
}

fn has_digit(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit())
}

/// Whether the word at `range` is joined to another one, which then has a key of its own for both.
fn is_part(text: &str, range: &std::ops::Range<usize>) -> bool {
    let joins = |byte: Option<&u8>| byte.is_some_and(|byte| b"-_./,".contains(byte));
    let is_word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    let before = range.start.checked_sub(1).is_some_and(|at| joins(bytes.get(at)))
        && is_word(range.start.checked_sub(2).and_then(|at| bytes.get(at)));
    before || (joins(bytes.get(range.end)) && is_word(bytes.get(range.end + 1)))
}

/// `fifth` is `5th`.
fn ordinal(word: &str) -> Option<String> {
    match ORDINALS.iter().position(|known| *known == word)? {
        0 => Some("3rd".to_string()),
        i => Some(format!("{}th", i + 3)),
    }
}

fn one_name(counted: char) -> char {
    if counted == '层' { '楼' } else { counted }
}

/// A number with the characters around it.
struct Counted {
    value: String,
    before: Option<char>,
    after: Option<char>,
    /// Digit by digit in Chinese.
    is_spelt_out: bool,
}

/// The runs of Chinese numerals and digits that Chinese stands beside.
fn counted(text: &str) -> Vec<Counted> {
    let chars: Vec<char> = text.chars().collect();
    let (mut found, mut at) = (vec![], 0);
    while at < chars.len() {
        let end = at + chars[at..].iter().take_while(|c| digit(**c).is_some() || power(**c).is_some()).count();
        if end == at {
            at += 1;
            continue;
        }
        let run = &chars[at..end];
        let after = chars[end..].iter().copied().find(|c| *c != ' ').filter(|c| !c.is_ascii());
        let is_chinese = run.iter().any(|c| !c.is_ascii());
        if is_chinese || after.is_some() {
            let is_spelt_out = is_chinese && run.len() > 1 && run.iter().all(|c| digit(*c).is_some());
            let before = at.checked_sub(1).map(|before| chars[before]);
            found.extend(value(run).map(|value| Counted { value: value.to_string(), before, after, is_spelt_out }));
        }
        at = end;
    }
    found
}

fn digit(c: char) -> Option<u64> {
    let chinese = || DIGITS.iter().position(|names| names.contains(c)).map(|value| value as u64);
    c.to_digit(10).map(u64::from).or_else(chinese)
}

fn power(c: char) -> Option<u64> {
    POWERS.iter().find(|(name, _)| *name == c).map(|(_, value)| *value)
}

/// What a run of numerals is worth; `None` for powers alone (万科) and for what no number is so long.
fn value(run: &[char]) -> Option<u64> {
    if run.iter().all(|c| power(*c).is_some_and(|power| power > 10)) {
        return None;
    }
    let (mut total, mut section, mut number) = (0u64, 0u64, None::<u64>);
    for c in run {
        match (digit(*c), power(*c)) {
            (Some(digit), _) => number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(digit)?),
            (None, Some(power)) if power < 10_000 => {
                section = section.checked_add(number.take().unwrap_or(1).checked_mul(power)?)?;
            }
            (None, power) => {
                section = section.checked_add(number.take().unwrap_or(0))?.max(1);
                total = total.checked_add(section.checked_mul(power?)?)?;
                section = 0;
            }
        }
    }
    total.checked_add(section)?.checked_add(number.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::{are_alike, held, wanted};

    #[test]
    fn another_number_of_the_same_thing_is_alike() {
        for (key, other, expected) in [
            ("xr300", "xr200", true),
            ("8栋", "6栋", true),
            ("8栋", "6楼", false),
            ("5th", "3rd", true),
            ("2019", "2018", false),
            ("xr300", "xr300", false),
        ] {
            assert_eq!(are_alike(key, other), expected, "{key} {other}");
        }
    }

    #[test]
    fn keys_are_what_must_be_the_same() {
        for (question, text, is_held) in [
            ("What is the warranty of the XR-300?", "The pump XR-200 has a warranty.", false),
            ("What is the warranty of the XR-300?", "The XR 300 has a warranty.", true),
            ("What is the warranty of the XR300?", "The XR-300 has a warranty.", true),
            ("Who works on the fifth floor?", "The 5th floor is for visitors.", true),
            ("Who works on the fifth floor?", "The third floor is for visitors.", false),
            ("What costs 4,200 euros?", "The deposit is 4200 euros.", true),
            ("What happens in 2019?", "It opened in 2018.", false),
            ("五楼有什么？", "三楼有会议室。", false),
            ("五楼有什么？", "5 层有会议室。", true),
            ("第十二章讲什么？", "第12章讲索引。", true),
            ("第十二章讲什么？", "第二章讲索引。", false),
            ("二〇一〇年发生了什么？", "2010年开业。", true),
            ("哪两个公司参加？", "甲公司和乙公司参加。", true),
            ("万科在哪里？", "万科位于深圳。", true),
        ] {
            let text = held(text);
            let missing: Vec<String> = wanted(question).into_iter().filter(|key| !text.contains(key)).collect();
            assert_eq!(missing.is_empty(), is_held, "{question} {text:?} lacks {missing:?}");
        }
    }
}

//! A template's source as `minijinja` takes it.
//!
//! Three changes, all of which keep lines where they are. Line breaks become `\n`, as in Jinja. `{% generation %}`, which marks
//! what the model says for training, becomes a condition that always holds. And filters that bound what is built
//! ([`super::bounds`]) are put behind whatever is given a name, behind lists, dictionaries and calls, before each `+`, before what
//! compares, and on both sides of each `*`.
//!
//! The engine reads and compiles expressions by recursion, so that the length of a tag is bounded here, too.

use super::bounds::{BOUNDED, HELD, UNLISTED};

/// Words and marks of a tag at most; published templates have up to a few hundred. Each may be one level of recursion.
const WORDS_MAX: usize = 1000;

/// Sums of a tag at most: each may join lists that are within bounds by themselves.
const SUMS_MAX: usize = 64;

/// Conditions `elif` of a template at most; each is one level of recursion.
const ELIFS_MAX: usize = 250;

/// Filters and tests that compare what is on their left.
const COMPARING_FILTERS: [&str; 10] =
    ["dictsort", "groupby", "max", "min", "reject", "rejectattr", "select", "selectattr", "sort", "unique"];
const COMPARING_TESTS: [&str; 11] =
    ["eq", "equalto", "ge", "greaterthan", "gt", "in", "le", "lessthan", "lt", "ne", "sameas"];

/// The source to compile; an error says what is beyond bounds.
pub(super) fn adapted(source: &str) -> Result<String, String> {
    let source = source.replace("\r\n", "\n").replace('\r', "\n");
    let mut out = String::with_capacity(source.len() + source.len() / 4);
    let mut rest = source.as_str();
    let mut n_elifs = 0;
    while let Some(open) = next_tag(rest) {
        let (text, tag) = rest.split_at(open);
        out.push_str(text);
        let end = match &tag[..2] {
            "{#" => tag.find("#}").map_or(tag.len(), |i| i + 2),
            "{%" if word(tag) == "raw" => end_of_raw(tag),
            _ => end_of_tag(tag),
        };
        let (tag, after) = tag.split_at(end);
        match (&tag[..2], word(tag)) {
            ("{#", _) | ("{%", "raw") => out.push_str(tag),
            ("{%", "generation") => out.push_str(&tag.replacen("generation", "if true", 1)),
            ("{%", "endgeneration") => out.push_str(&tag.replacen("endgeneration", "endif", 1)),
            _ => push_tag(tag, &mut out)?,
        }
        n_elifs += usize::from(tag.starts_with("{%") && word(tag) == "elif");
        if n_elifs > ELIFS_MAX {
            return Err(format!("more than {ELIFS_MAX} conditions `elif`"));
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// Where the next tag begins.
fn next_tag(text: &str) -> Option<usize> {
    text.match_indices('{').map(|(i, _)| i).find(|i| text[i + 1..].starts_with(['{', '%', '#']))
}

/// The first word of a tag.
fn word(tag: &str) -> &str {
    let inside = tag[2..].trim_start_matches(['-', '+']).trim_start();
    &inside[..inside.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(inside.len())]
}

/// Where a raw block ends that begins here.
fn end_of_raw(source: &str) -> usize {
    let mut from = end_of_tag(source);
    while let Some(open) = source[from..].find("{%") {
        let tag = from + open;
        from = tag + 2;
        if word(&source[tag..]) == "endraw" {
            return tag + end_of_tag(&source[tag..]);
        }
    }
    source.len()
}

/// Where the tag ends that begins here; its closing mark counts outside of texts and braces alone.
fn end_of_tag(source: &str) -> usize {
    let closing = if source.starts_with("{{") { "}}" } else { "%}" };
    let mut depth = 0_usize;
    let mut quote = None;
    let mut characters = source.char_indices().skip(2);
    while let Some((i, c)) = characters.next() {
        match quote {
            Some(_) if c == '\\' => drop(characters.next()),
            Some(opened) if c == opened => quote = None,
            Some(_) => {}
            None if depth == 0 && source[i..].starts_with(closing) => return i + 2,
            None => match c {
                '\'' | '"' => quote = Some(c),
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            },
        }
    }
    source.len()
}

/// A tag with its filters.
fn push_tag(tag: &str, out: &mut String) -> Result<(), String> {
    let closing = if tag.starts_with("{{") { "}}" } else { "%}" };
    let mark = usize::from(tag[2..].starts_with(['-', '+']));
    let (open, inside) = tag.split_at(2 + mark);
    let inside = inside.strip_suffix(closing).unwrap_or(inside);
    let inside = inside.strip_suffix(['-', '+']).unwrap_or(inside);
    let close = &tag[open.len() + inside.len()..];
    let words = Words::of(inside);
    if words.0.len() > WORDS_MAX {
        return Err(format!("a tag has more than {WORDS_MAX} words and marks"));
    }
    if words.0.iter().filter(|word| word.text == "+").count() > SUMS_MAX {
        return Err(format!("a tag has more than {SUMS_MAX} sums"));
    }
    out.push_str(open);
    let kind = if tag.starts_with("{%") { word(tag) } else { "" };
    // What stands before an expression and is none: the names of a loop, those that are given a value, and a call that must be one.
    let n_before = match kind {
        "for" => words.position("in"),
        "set" => words.position("="),
        _ => None,
    };
    let (before, after) = words.0.split_at(n_before.map_or(0, |i| i + 1));
    let start = before.last().map_or(0, |word| word.at + word.text.len());
    out.push_str(&inside[..start]);
    match (kind, n_before) {
        ("set", Some(_)) => {
            let holder = if before.iter().any(|word| word.text == ".") { HELD } else { BOUNDED };
            out.push('(');
            push_expression(inside, start, after, out);
            // Behind the white space that the tag ends with stands its closing mark.
            out.push(')');
            push_filter(holder, out);
        }
        _ => push_expression(inside, start, after, out),
    }
    out.push_str(close);
    Ok(())
}

/// A word, a text in quotes, or a mark.
#[derive(Clone, Copy)]
struct Word<'a> {
    at: usize,
    text: &'a str,
}

struct Words<'a>(Vec<Word<'a>>);

impl<'a> Words<'a> {
    fn of(source: &'a str) -> Words<'a> {
        let mut words = Vec::new();
        let mut at = 0;
        while let Some(c) = source[at..].chars().next() {
            let rest = &source[at..];
            let length = match c {
                '\'' | '"' => end_of_text(rest),
                c if is_letter(c) => length_of_word(rest),
                _ if MARKS.iter().any(|mark| rest.starts_with(mark)) => 2,
                c => c.len_utf8(),
            };
            if !c.is_whitespace() {
                words.push(Word { at, text: &rest[..length] });
            }
            at += length;
        }
        Words(words)
    }

    /// Where a word stands outside of brackets.
    fn position(&self, wanted: &str) -> Option<usize> {
        let mut depth = 0_usize;
        self.0.iter().position(|word| {
            match word.text {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && word.text == wanted
        })
    }
}

/// Marks of two characters.
const MARKS: [&str; 6] = ["==", "!=", "<=", ">=", "**", "//"];

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// A name or a number, whose exponent may have a sign.
fn length_of_word(source: &str) -> usize {
    let is_number = source.starts_with(|c: char| c.is_ascii_digit());
    let mut before = ' ';
    for (i, c) in source.char_indices() {
        let is_part = is_letter(c)
            || (is_number && c == '.')
            || (is_number && matches!(c, '+' | '-') && matches!(before, 'e' | 'E'));
        if !is_part {
            return i;
        }
        before = c;
    }
    source.len()
}

fn end_of_text(source: &str) -> usize {
    let quote = source.chars().next();
    let mut characters = source.char_indices().skip(1);
    while let Some((i, c)) = characters.next() {
        match c {
            '\\' => drop(characters.next()),
            c if Some(c) == quote => return i + 1,
            _ => {}
        }
    }
    source.len()
}

/// The words of an expression, from the byte `at` of the tag's inside to its end.
fn push_expression(inside: &str, mut at: usize, words: &[Word], out: &mut String) {
    // The numbers of the brackets that are open.
    let mut open = Vec::new();
    // Where operands of `*` end, by the number of the word behind them.
    let mut factors = Vec::new();
    for (i, word) in words.iter().enumerate() {
        for _ in factors.extract_if(.., |end| *end == i) {
            push_filter(UNLISTED, out);
        }
        let text_at = |i: usize| words.get(i).map_or("", |word| word.text);
        let before = i.checked_sub(1).map_or("", text_at);
        let next = text_at(i + 1);
        match word.text {
            "+" => push_filter(BOUNDED, out),
            "*" if !matches!(before, "" | "(" | ",") => {
                push_filter(UNLISTED, out);
                factors.push(end_of_operand(words, i + 1));
            }
            "==" | "!=" | "<" | "<=" | ">" | ">=" if !next.starts_with(['\'', '"']) => push_filter(BOUNDED, out),
            "in" if before == "not" && i >= 2 && text_at(i - 2) != "is" => {
                insert_filter(BOUNDED, out.trim_end().len() - before.len(), out);
            }
            "in" if !matches!(before, "is" | "not") => push_filter(BOUNDED, out),
            "is" => {
                let test = if next == "not" { text_at(i + 2) } else { next };
                if COMPARING_TESTS.contains(&test) {
                    push_filter(BOUNDED, out);
                }
            }
            "|" if COMPARING_FILTERS.contains(&next) => push_filter(BOUNDED, out),
            _ => {}
        }
        // What is asked for by a computed key is found by hashing it.
        let from = if is_closing(word.text) { open.pop() } else { None };
        let is_key = |from: usize| is_computed_key(words, from);
        if from.is_some_and(is_key) {
            out.push(')');
            push_filter(BOUNDED, out);
        }
        out.push_str(&inside[at..word.at]);
        // A word may follow a bracket or a text at once, but not the name of a filter.
        if out.ends_with(is_letter) && word.text.starts_with(is_letter) {
            out.push(' ');
        }
        out.push_str(word.text);
        at = word.at + word.text.len();
        match word.text {
            "(" | "[" | "{" => {
                open.push(i);
                if is_key(i) {
                    out.push('(');
                }
            }
            ")" | "]" | "}" => {
                let from = from.unwrap_or(i);
                // A part of what has a name is within bounds as that is, and of what is asked for its part at once only that counts.
                let names_part = asks_for_part(words, from)
                    && !is_closing(text_at(from - 1))
                    && !words[from..i].iter().any(|word| word.text == ":");
                // The call of such a tag must be one.
                let is_tag = open.is_empty() && matches!(text_at(0), "call" | "do" | "filter" | "macro");
                if !names_part && !is_tag && !matches!(next, "." | "[" | "(") {
                    push_filter(BOUNDED, out);
                }
            }
            _ => {}
        }
    }
    if !factors.is_empty() {
        push_filter(UNLISTED, out);
    }
    out.push_str(&inside[at..]);
}

/// A filter behind what was written last.
fn push_filter(name: &str, out: &mut String) {
    insert_filter(name, out.len(), out);
}

/// A filter behind what stands before `end`.
fn insert_filter(name: &str, end: usize, out: &mut String) {
    let at = out[..end].trim_end().len();
    let apart = if out[at..].starts_with(is_letter) { " " } else { "" };
    out.insert_str(at, &format!("|{name}{apart}"));
}

/// Whether word `from` is a bracket that asks for a part of the value before it; behind the name of a test, as in `is eq [1]`, begins a
/// list.
fn asks_for_part(words: &[Word], from: usize) -> bool {
    let text_before = |n: usize| from.checked_sub(n).map_or("", |i| words[i].text);
    let is_test = text_before(2) == "is" || (text_before(2) == "not" && text_before(3) == "is");
    words[from].text == "[" && from > 0 && ends_value(text_before(1)) && !is_test
}

/// Whether the bracket of word `from` asks for a part by a key that is neither a text, a number, nor a range.
fn is_computed_key(words: &[Word], from: usize) -> bool {
    if !asks_for_part(words, from) {
        return false;
    }
    let mut depth = 0_usize;
    let mut end = from;
    while let Some(word) = words.get(end) {
        match word.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            ":" if depth == 1 => return false,
            _ => {}
        }
        if depth == 0 {
            let is_literal = end == from + 2
                && words[from + 1].text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '\'' | '"'));
            return !is_literal && end > from + 1;
        }
        end += 1;
    }
    false
}

fn is_closing(word: &str) -> bool {
    matches!(word, ")" | "]" | "}")
}

/// Whether a word is the end of a value.
fn ends_value(word: &str) -> bool {
    const BEFORE_VALUES: [&str; 7] = ["and", "elif", "else", "if", "in", "not", "or"];
    let last = word.chars().last().unwrap_or(' ');
    !BEFORE_VALUES.contains(&word) && (is_letter(last) || matches!(last, ')' | ']' | '}' | '\'' | '"'))
}

/// The number of the word behind the operand that begins with word `i`.
fn end_of_operand(words: &[Word], mut i: usize) -> usize {
    let text_at = |i: usize| words.get(i).map_or("", |word| word.text);
    while matches!(text_at(i), "-" | "+") {
        i += 1;
    }
    let mut depth = 0_usize;
    let mut is_first = true;
    loop {
        let goes_on = match text_at(i) {
            "" => return i,
            "(" | "[" | "{" => {
                depth += 1;
                true
            }
            ")" | "]" | "}" if depth > 0 => {
                depth -= 1;
                true
            }
            "." | "|" => true,
            word => depth > 0 || is_first || (matches!(text_at(i - 1), "." | "|") && ends_value(word)),
        };
        if !goes_on {
            return i;
        }
        is_first = false;
        i += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_and_compared_is_bounded_and_nothing_else_is_changed() {
        // B, H and U stand for the filters.
        let short = |adapted: String| {
            [(BOUNDED, "B"), (HELD, "H"), (UNLISTED, "U")]
                .iter()
                .fold(adapted, |out, (name, letter)| out.replace(&format!("|{name}"), &format!("|{letter}")))
        };
        for (source, expected) in [
            ("a + b {{ a + b }}", "a + b {{ a|B + b }}"),
            ("{%+ if a+b +%}", "{%+ if a|B+b +%}"),
            ("{{ 'a + b' ~ \"c\\\" + d\" }} +", "{{ 'a + b' ~ \"c\\\" + d\" }} +"),
            ("{{ 1e+5 + x1e + 2 }}", "{{ 1e+5|B + x1e|B + 2 }}"),
            (
                "{# a + b #}{% raw %}{{ a + b }}{% endraw %}{{ c+d }}",
                "{# a + b #}{% raw %}{{ a + b }}{% endraw %}{{ c|B+d }}",
            ),
            ("{{ {'k': {'l': 1}} }} + {{ '}}' + b }}", "{{ {'k': {'l': 1}|B}|B }} + {{ '}}'|B + b }}"),
            ("{%- generation -%}x{%- endgeneration %}\r\n", "{%- if true -%}x{%- endif %}\n"),
            ("{{ never closed + ", "{{ never closed|B + "),
            ("{a + b} { {# a + b #}{ {{{'a': a + b}}} {", "{a + b} { {# a + b #}{ {{{'a': a|B + b}|B}} {"),
            ("{%- set a = b -%}", "{%- set a =( b )|B-%}"),
            ("{% set ns.a=b %}{% set a, b = c %}{% set x %}", "{% set ns.a=(b )|H%}{% set a, b =( c )|B%}{% set x %}"),
            ("{% set a = b == c %}", "{% set a =( b|B == c )|B%}"),
            ("{% for a in b if a in c and d not in e %}", "{% for a in b if a|B in c and d|B not in e %}"),
            (
                "{% if a is in(b) or a is not eq b or a is none %}",
                "{% if a|B is in(b)|B or a|B is not eq b or a is none %}",
            ),
            ("{{ a['b'] ~ a[1:] ~ [1] ~ f(x)[0] }}", "{{ a['b'] ~ a[1:]|B ~ [1]|B ~ f(x)[0]|B }}"),
            ("{{ a[b] ~ a['b'][-1].c[d[1:] or e] }}", "{{ a[(b)|B] ~ a['b'][(-1)|B].c[(d[1:]|B or e)|B]|B }}"),
            ("{{ a == 'b' ~ (a >= b) ~ {}.items() }}", "{{ a == 'b' ~ (a|B >= b)|B ~ {}.items()|B }}"),
            ("{{ 2 * -a.b['c'](d) ~ a ** b ~ f(*x) }}", "{{ 2|U * -a.b['c'](d)|B|U ~ a ** b ~ f(*x)|B }}"),
            ("{{ a * b * c | sort }}", "{{ a|U * b|U|U * c|B | sort|U }}"),
            ("{{ (a)and b or 'c'in d or 'c'not in d }}", "{{ (a)|B and b or 'c'|B in d or 'c'|B not in d }}"),
            ("{{ 2 * a|length + 1 }}", "{{ 2|U * a|length|U|B + 1 }}"),
            ("{{ [1] is eq [1] and a is not in [b] }}", "{{ [1]|B|B is eq [1]|B and a|B is not in [b]|B }}"),
            ("{% macro f(a=[]) %}{% call f(a) %}", "{% macro f(a=[]|B) %}{% call f(a) %}"),
        ] {
            assert_eq!(adapted(source).map(short).as_deref(), Ok(expected), "{source}");
        }
    }
}

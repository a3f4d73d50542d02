//! A template's source as `minijinja` takes it.
//!
//! Three changes, all of which keep lines where they are. Line breaks become `\n`, as in Jinja. `{% generation %}`, which marks
//! what the model says for training, becomes a condition that always holds. And before each `+` of an expression goes a filter
//! that charges for a list on its left: the engine joins lists lazily and free of charge, so that a template which doubles one
//! forty times would ask for more memory than there is. A list can only grow fast by standing on the left of a sum.

use minijinja::value::ValueKind;
use minijinja::{Error, State, Value};

/// Name of the filter, which no template uses.
pub(super) const COUNTED: &str = "_counted";

/// Passes a value on, for a price by its length if it is a list.
pub(super) fn counted(state: &State, value: Value) -> Result<Value, Error> {
    if matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable) {
        state.consume_fuel(value.len().unwrap_or_default() as u64)?;
    }
    Ok(value)
}

/// The source to compile.
pub(super) fn adapted(source: &str) -> String {
    let source = source.replace("\r\n", "\n").replace('\r', "\n");
    let mut out = String::with_capacity(source.len() + source.len() / 8);
    let mut rest = source.as_str();
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
            _ => push_counted(tag, &mut out),
        }
        rest = after;
    }
    out.push_str(rest);
    out
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

/// The tag with the filter before each sum.
fn push_counted(tag: &str, out: &mut String) {
    let mut quote = None;
    let mut characters = tag.char_indices();
    while let Some((i, c)) = characters.next() {
        match quote {
            Some(_) if c == '\\' => {
                out.push(c);
                out.extend(characters.next().map(|(_, escaped)| escaped));
                continue;
            }
            Some(opened) if c == opened => quote = None,
            Some(_) => {}
            None if c == '\'' || c == '"' => quote = Some(c),
            None if c == '+' && is_sum(tag, i) => out.extend(["|", COUNTED]),
            None => {}
        }
        out.push(c);
    }
}

/// Whether the `+` here joins two values: not one that keeps white space, and not one of a number's exponent.
fn is_sum(tag: &str, i: usize) -> bool {
    let is_mark = i <= 2 || ["%}", "}}"].iter().any(|closing| &tag[i + 1..] == *closing);
    let before = tag[..i].trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_');
    let run = &tag[before.len()..i];
    let is_exponent = run.starts_with(|c: char| c.is_ascii_digit()) && run.ends_with(['e', 'E']);
    !is_mark && !is_exponent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_counted_and_nothing_else_is_changed() {
        for (source, expected) in [
            ("a + b {{ a + b }}", "a + b {{ a |_counted+ b }}"),
            ("{%+ if a+b +%}", "{%+ if a|_counted+b +%}"),
            ("{{ 'a + b' ~ \"c\\\" + d\" }} +", "{{ 'a + b' ~ \"c\\\" + d\" }} +"),
            ("{{ 1e+5 + x1e + 2 }}", "{{ 1e+5 |_counted+ x1e |_counted+ 2 }}"),
            (
                "{# a + b #}{% raw %}{{ a + b }}{% endraw %}{{ c+d }}",
                "{# a + b #}{% raw %}{{ a + b }}{% endraw %}{{ c|_counted+d }}",
            ),
            ("{{ {'k': {'l': 1}} }} + {{ '}}' + b }}", "{{ {'k': {'l': 1}} }} + {{ '}}' |_counted+ b }}"),
            ("{%- generation -%}x{%- endgeneration %}\r\n", "{%- if true -%}x{%- endif %}\n"),
            ("{{ never closed + ", "{{ never closed |_counted+ "),
            ("{a + b} { {# a + b #}{ {{{'a': a + b}}} {", "{a + b} { {# a + b #}{ {{{'a': a |_counted+ b}}} {"),
        ] {
            assert_eq!(adapted(source), expected);
        }
    }
}

//! Methods and filters of Python and Jinja that the engine and its `pycompat` lack.
//!
//! Only what chat templates are seen to use: methods of texts (`rsplit`, `partition`, `removeprefix`, `zfill` ...), of lists
//! (`index`), and of dictionaries (`copy`); the filters `center`, `truncate` and `wordcount`. Widths are in characters, and
//! bounded: a template could ask for any number.

use super::bounds;
use minijinja::value::{Kwargs, ValueKind, from_args};
use minijinja::{Environment, Error, ErrorKind, State, Value};

/// A text is filled up to this width at most.
const WIDTH_MAX: usize = 10_000;

/// Adds everything to an environment.
pub(super) fn install(environment: &mut Environment<'static>) {
    environment.set_unknown_method_callback(method);
    environment.add_filter("center", |text: String, width: Option<usize>| centred(&text, width.unwrap_or(80), ' '));
    environment.add_filter("wordcount", |text: String| words(&text).count());
    environment.add_filter("truncate", truncate);
}

fn method(state: &mut State, value: &Value, name: &str, args: &[Value]) -> Result<Value, Error> {
    args.iter().try_for_each(|arg| bounds::check(state, arg))?;
    let found = match value.kind() {
        ValueKind::String => {
            let text = value.as_str().unwrap_or_default();
            match name {
                // Parts are made, a list entry for each, before the engine asks for a price.
                "split" | "rsplit" | "splitlines" | "partition" | "rpartition" => {
                    state.consume_fuel((text.len() / 64 + n_parts(text, name, args)) as u64)?;
                }
                "format" => pay_format(state, text, args)?,
                _ => {}
            }
            text_method(text, name, args)?
        }
        ValueKind::Seq | ValueKind::Iterable if name == "index" => {
            let (wanted,): (&Value,) = from_args(args)?;
            bounds::check(state, value)?;
            let at = value.try_iter()?.position(|item| item == *wanted);
            Some(Value::from(at.ok_or_else(|| refused("index: not in the list"))?))
        }
        ValueKind::Map if name == "copy" => {
            let () = from_args(args)?;
            Some(value.clone())
        }
        ValueKind::Seq if name == "count" => {
            bounds::check(state, value)?;
            None
        }
        _ => None,
    };
    match found {
        Some(value) => Ok(value),
        None => minijinja_contrib::pycompat::unknown_method_callback(state, value, name, args),
    }
}

fn text_method(text: &str, name: &str, args: &[Value]) -> Result<Option<Value>, Error> {
    let one = || -> Result<&str, Error> { Ok(from_args::<(&str,)>(args)?.0) };
    let filled = || -> Result<(usize, char), Error> {
        let (width, fill): (usize, Option<&str>) = from_args(args)?;
        let fill = fill.map_or(Some(' '), |fill| fill.chars().next().filter(|c| c.len_utf8() == fill.len()));
        Ok((width, fill.ok_or_else(|| refused("a text is filled with one character"))?))
    };
    let parts = |found: Option<(&str, &str)>, separator: &str, whole: [&str; 3]| {
        let parts =
            found.map_or(whole.map(str::to_string), |(before, after)| [before, separator, after].map(str::to_string));
        Value::from(parts.to_vec())
    };
    Ok(Some(match name {
        "rsplit" => {
            let (separator, times): (Option<&str>, Option<i64>) = from_args(args)?;
            Value::from(rsplit(text, separator, times.and_then(|times| usize::try_from(times).ok()))?)
        }
        "partition" => parts(text.split_once(separator(one()?)?), one()?, [text, "", ""]),
        "rpartition" => parts(text.rsplit_once(separator(one()?)?), one()?, ["", "", text]),
        "removeprefix" => Value::from(text.strip_prefix(one()?).unwrap_or(text)),
        "removesuffix" => Value::from(text.strip_suffix(one()?).unwrap_or(text)),
        "index" => {
            let at = text.find(one()?).ok_or_else(|| refused("index: not in the text"))?;
            Value::from(text[..at].chars().count())
        }
        "casefold" => Value::from(text.to_lowercase().replace('ß', "ss")),
        "swapcase" => Value::from(text.chars().map(swapped).collect::<String>()),
        "zfill" => {
            let (width,): (usize,) = from_args(args)?;
            let (sign, digits) = text.split_at(usize::from(text.starts_with(['+', '-'])));
            Value::from(format!("{sign}{}{digits}", padding(text, width, '0')?))
        }
        "ljust" => {
            filled().and_then(|(width, fill)| Ok(Value::from(format!("{text}{}", padding(text, width, fill)?))))?
        }
        "rjust" => {
            filled().and_then(|(width, fill)| Ok(Value::from(format!("{}{text}", padding(text, width, fill)?))))?
        }
        "center" => filled().and_then(|(width, fill)| Ok(Value::from(centred(text, width, fill)?)))?,
        _ => return Ok(None),
    }))
}

/// From the right, `times` times at most; without a separator, at white space.
fn rsplit(text: &str, by: Option<&str>, times: Option<usize>) -> Result<Vec<String>, Error> {
    let limit = times.unwrap_or(usize::MAX);
    let mut parts: Vec<String> = match by {
        Some(by) => text.rsplitn(limit.saturating_add(1), separator(by)?).map(str::to_string).collect(),
        None => {
            let mut rest = text.trim_end();
            let mut parts = Vec::new();
            while !rest.is_empty() && parts.len() < limit {
                let (before, word) = rest.rsplit_once(char::is_whitespace).unwrap_or(("", rest));
                parts.push(word.to_string());
                rest = before.trim_end();
            }
            parts.extend((!rest.trim().is_empty()).then(|| rest.to_string()));
            parts
        }
    };
    parts.reverse();
    Ok(parts)
}

fn separator(separator: &str) -> Result<&str, Error> {
    if separator.is_empty() { Err(refused("empty separator")) } else { Ok(separator) }
}

/// Parts that a text is split into at most.
fn n_parts(text: &str, name: &str, args: &[Value]) -> usize {
    match (name, args.first()) {
        ("partition" | "rpartition", _) => 3,
        ("splitlines", _) => text.lines().count(),
        (_, None) => text.split_whitespace().count(),
        (_, Some(by)) => by.as_str().map_or(text.len(), |by| text.matches(by).count() + 1),
    }
}

/// Pays for the text that a format makes, and fails if it asks for a width or a precision beyond [`WIDTH_MAX`]: a number in its braces may
/// be either, and every field may be any argument.
fn pay_format(state: &State, format: &str, args: &[Value]) -> Result<(), Error> {
    let mut n_bytes = 0_usize;
    let mut depth = 0_usize;
    let in_braces = |c: char| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > 0 { c } else { ' ' }
    };
    let fields: String = format.chars().map(in_braces).collect();
    for digits in fields.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty()) {
        match digits.parse::<usize>() {
            Ok(width) if width <= WIDTH_MAX => n_bytes += width,
            _ => return Err(refused(&format!("a width of {digits}, at most {WIDTH_MAX}"))),
        }
    }
    let n_fields = format.matches('{').count();
    for arg in args {
        n_bytes = n_bytes.saturating_add(n_fields.saturating_mul(bounds::text_bytes(state, arg)?));
    }
    state.consume_fuel(n_bytes as u64 / 64)
}

fn swapped(c: char) -> String {
    if c.is_uppercase() { c.to_lowercase().to_string() } else { c.to_uppercase().to_string() }
}

fn padding(text: &str, width: usize, fill: char) -> Result<String, Error> {
    if width > WIDTH_MAX {
        return Err(refused(&format!("a width of {width}, at most {WIDTH_MAX}")));
    }
    Ok(fill.to_string().repeat(width.saturating_sub(text.chars().count())))
}

/// Python puts the odd character to the left where the width is odd, else to the right.
fn centred(text: &str, width: usize, fill: char) -> Result<String, Error> {
    let padding = padding(text, width, fill)?;
    let n = padding.chars().count();
    let left = n / 2 + (n & width & 1);
    let fill = |n: usize| fill.to_string().repeat(n);
    Ok(format!("{}{text}{}", fill(left), fill(n - left)))
}

/// Runs of letters, digits and underscores, as `\w+` finds them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Jinja's: cut to `length` characters with the end, at a word unless `killwords`; `leeway` more are let through.
fn truncate(
    text: String,
    length: Option<usize>,
    killwords: Option<bool>,
    end: Option<String>,
    options: Kwargs,
) -> Result<String, Error> {
    let length = length.or(options.get("length")?).unwrap_or(255);
    let killwords = killwords.or(options.get("killwords")?).unwrap_or(false);
    let end = end.or(options.get("end")?).unwrap_or_else(|| "...".into());
    let leeway = options.get::<Option<usize>>("leeway")?.unwrap_or(5);
    options.assert_all_used()?;
    let n_end = end.chars().count();
    if length < n_end {
        return Err(refused(&format!("truncate: {length} characters do not hold the end")));
    }
    if text.chars().count() <= length.saturating_add(leeway) {
        return Ok(text);
    }
    let kept: String = text.chars().take(length - n_end).collect();
    let kept = if killwords { kept.as_str() } else { kept.rsplit_once(' ').map_or(kept.as_str(), |(words, _)| words) };
    Ok(format!("{kept}{end}"))
}

fn refused(why: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, why.to_string())
}

//! What chat templates take for granted because they were written for Jinja in Python.
//!
//! Methods of texts and dictionaries come from `minijinja-contrib`. Here: printing (`True`, `None`, `1e+20`,
//! `['a', 1]`), `tojson` as Python's `json.dumps` with `transformers`' defaults (spaces after `,` and `:`, nothing
//! escaped that need not be), `raise_exception` and `strftime_now`.
//! Not here: `%` on texts, and what Python prints of anything but JSON-like values.

use super::bounds::DEPTH_MAX;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use minijinja::value::{Kwargs, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State, Value};
use std::fmt::Write;
use std::rc::Rc;

/// Adds everything to an environment.
pub(super) fn install(environment: &mut Environment<'static>) {
    super::methods::install(environment);
    super::bounds::install(environment);
    // Filters that Jinja does not have; two of them join lists free of charge.
    for name in ["bool", "chain", "lines", "split", "zip"] {
        environment.remove_filter(name);
    }
    // Writes out everything that there is, and Jinja does not have it either.
    environment.remove_global("debug");
    environment.add_filter("sum", sum);
    // Python's `None` is not iterable; the engine's is, as an empty list.
    environment.add_test("iterable", |value: &Value| !value.is_none() && value.try_iter().is_ok());
    environment.set_formatter(|out, state, value| out.write_str(&printed(state, value)?).map_err(Error::from));
    environment.add_filter("string", |state: &State, value: Value| printed(state, &value));
    environment.add_filter("tojson", tojson);
    environment.add_function("raise_exception", |why: String| -> Result<String, Error> {
        Err(Error::new(ErrorKind::InvalidOperation, why))
    });
    environment.add_function("strftime_now", |format: String| time(&Zoned::now(), &format));
}

/// Jinja's for numbers; lists are joined free of charge there, and are refused.
fn sum(
    state: &State,
    values: Value,
    attribute: Option<String>,
    start: Option<Value>,
    options: Kwargs,
) -> Result<Value, Error> {
    let attribute = attribute.or(options.get("attribute")?);
    let start = start.or(options.get("start")?);
    options.assert_all_used()?;
    if start.as_ref().is_some_and(|start| !start.is_number()) {
        return Err(Error::new(ErrorKind::InvalidOperation, "sum: only numbers are added up"));
    }
    minijinja::filters::sum(state, values, attribute.as_deref(), start, std::iter::empty::<(&str, Value)>().collect())
}

/// Lets the clock stand still.
pub(super) fn stop_clock(environment: &mut Environment<'static>, unix_seconds: i64) {
    environment.add_function("strftime_now", move |format: String| {
        let moment = Timestamp::from_second(unix_seconds)
            .map_err(|cause| Error::new(ErrorKind::InvalidOperation, cause.to_string()))?;
        time(&moment.to_zoned(TimeZone::UTC), &format)
    });
}

fn time(moment: &Zoned, format: &str) -> Result<String, Error> {
    let text = jiff::fmt::strtime::format(format, moment);
    text.map_err(|cause| Error::new(ErrorKind::InvalidOperation, format!("strftime_now(\"{format}\"): {cause}")))
}

/// `str(value)`.
fn printed(state: &State, value: &Value) -> Result<String, Error> {
    match value.kind() {
        ValueKind::Undefined => Ok(String::new()),
        ValueKind::None | ValueKind::Bool | ValueKind::Number | ValueKind::Seq | ValueKind::Map => {
            let mut out = String::new();
            represent(state, value, 0, &mut out)?;
            Ok(out)
        }
        _ => Ok(value.to_string()),
    }
}

/// `repr(value)`.
fn represent(state: &State, value: &Value, depth: usize, out: &mut String) -> Result<(), Error> {
    pay(state, value, depth)?;
    match value.kind() {
        ValueKind::None => out.push_str("None"),
        ValueKind::Bool => out.push_str(if value.is_true() { "True" } else { "False" }),
        ValueKind::Number => out.push_str(&number(value)),
        ValueKind::String => out.push_str(&quoted(value.as_str().unwrap_or_default())),
        ValueKind::Seq => {
            out.push('[');
            for (i, item) in value.try_iter()?.enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                represent(state, &item, depth + 1, out)?;
            }
            out.push(']');
        }
        ValueKind::Map => {
            out.push('{');
            for (i, key) in value.try_iter()?.enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                represent(state, &key, depth + 1, out)?;
                out.push_str(": ");
                represent(state, &value.get_item(&key)?, depth + 1, out)?;
            }
            out.push('}');
        }
        _ => out.push_str(&value.to_string()),
    }
    Ok(())
}

/// Pays for writing a value, without what it holds: the engine charges for the whole only when it is there, and a
/// list that holds another twice, and so on, is small in memory and endless on paper.
fn pay(state: &State, value: &Value, depth: usize) -> Result<(), Error> {
    if depth > DEPTH_MAX {
        return Err(Error::new(ErrorKind::BadSerialization, "nested too deeply"));
    }
    state.consume_fuel(1 + value.as_str().map_or(0, str::len) as u64 / 64)
}

/// A text in the quotes that Python chooses.
fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => out.extend(['\\', c]),
            c if c.is_control() => push_formatted(&mut out, format_args!("\\x{:02x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

/// An integer as it is; a float by its shortest digits, with an exponent below 1e-4 and from 1e16 on.
fn number(value: &Value) -> String {
    if value.is_integer() {
        return value.to_string();
    }
    let float = f64::try_from(value.clone()).unwrap_or(f64::NAN);
    if !float.is_finite() {
        return match float {
            f64::INFINITY => "inf".into(),
            f64::NEG_INFINITY => "-inf".into(),
            _ => "nan".into(),
        };
    }
    let scientific = format!("{float:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..16).contains(&exponent) {
        return format!("{float:?}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// `json.dumps(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False)`.
fn tojson(state: &State, value: Value, ensure_ascii: Option<bool>, options: Kwargs) -> Result<String, Error> {
    let ensure_ascii = ensure_ascii.or(options.get("ensure_ascii")?).unwrap_or(false);
    let indent = match options.get::<Option<Value>>("indent")? {
        Some(indent) if !indent.is_none() => Some(match indent.as_str() {
            Some(text) => text.into(),
            None => " ".repeat(usize::try_from(indent)?.min(INDENT_MAX)).into(),
        }),
        _ => None,
    };
    let separators = options.get::<Option<Vec<String>>>("separators")?;
    let (item, key) = match separators.as_deref() {
        Some([item, key]) => (item.as_str().into(), key.as_str().into()),
        Some(_) => return Err(Error::new(ErrorKind::InvalidOperation, "tojson: separators are two texts")),
        None => (if indent.is_some() { "," } else { ", " }.into(), ": ".into()),
    };
    let sort_keys = options.get::<Option<bool>>("sort_keys")?.unwrap_or(false);
    options.assert_all_used()?;
    let mut json = Json { ensure_ascii, indent, item, key, sort_keys, depth: 0, out: String::new() };
    json.value(state, &value)?;
    Ok(json.out)
}

/// More than this nobody can read, and a template could ask for any number.
const INDENT_MAX: usize = 64;

/// JSON being written.
struct Json {
    ensure_ascii: bool,
    indent: Option<Rc<str>>,
    item: Rc<str>,
    key: Rc<str>,
    sort_keys: bool,
    depth: usize,
    out: String,
}

impl Json {
    fn value(&mut self, state: &State, value: &Value) -> Result<(), Error> {
        pay(state, value, self.depth)?;
        match value.kind() {
            ValueKind::None => self.out.push_str("null"),
            ValueKind::Bool => self.out.push_str(if value.is_true() { "true" } else { "false" }),
            ValueKind::Number => self.out.push_str(&number(value)),
            ValueKind::String => self.string(value.as_str().unwrap_or_default()),
            ValueKind::Seq | ValueKind::Iterable => {
                let items: Vec<Value> = value.try_iter()?.collect();
                self.container(state, '[', ']', &items, |json, state, item| json.value(state, item))?;
            }
            ValueKind::Map => {
                let mut keys: Vec<Value> = value.try_iter()?.collect();
                if self.sort_keys {
                    keys.sort();
                }
                self.container(state, '{', '}', &keys, |json, state, key| {
                    pay(state, key, json.depth)?;
                    match key.kind() {
                        ValueKind::String => json.string(key.as_str().unwrap_or_default()),
                        ValueKind::None | ValueKind::Bool | ValueKind::Number => json.string(&key.to_string()),
                        other => {
                            return Err(Error::new(ErrorKind::BadSerialization, format!("tojson: {other} is no key")));
                        }
                    }
                    json.push(state, &json.key.clone())?;
                    json.value(state, &value.get_item(key)?)
                })?;
            }
            other => return Err(Error::new(ErrorKind::BadSerialization, format!("tojson: {other} is no JSON"))),
        }
        Ok(())
    }

    fn container(
        &mut self,
        state: &State,
        open: char,
        close: char,
        entries: &[Value],
        mut write: impl FnMut(&mut Json, &State, &Value) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.out.push(open);
        self.depth += 1;
        for (i, entry) in entries.iter().enumerate() {
            if i > 0 {
                self.push(state, &self.item.clone())?;
            }
            self.line_break(state)?;
            write(self, state, entry)?;
        }
        self.depth -= 1;
        if !entries.is_empty() {
            self.line_break(state)?;
        }
        self.out.push(close);
        Ok(())
    }

    fn line_break(&mut self, state: &State) -> Result<(), Error> {
        let Some(indent) = self.indent.clone() else { return Ok(()) };
        // One price for the line: a short indent is free, and would be so at every depth.
        state.consume_fuel((indent.len() * self.depth) as u64 / 64)?;
        self.out.push('\n');
        (0..self.depth).for_each(|_| self.out.push_str(&indent));
        Ok(())
    }

    /// Writes one of the template's own texts, for its price: it is as long as the template likes, and stands between any two values.
    fn push(&mut self, state: &State, text: &str) -> Result<(), Error> {
        state.consume_fuel(text.len() as u64 / 64)?;
        self.out.push_str(text);
        Ok(())
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{c}' => self.out.push_str("\\f"),
                c if c < ' ' || (self.ensure_ascii && !(' '..='~').contains(&c)) => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        push_formatted(&mut self.out, format_args!("\\u{unit:04x}"));
                    }
                }
                c => self.out.push(c),
            }
        }
        self.out.push('"');
    }
}

fn push_formatted(out: &mut String, arguments: std::fmt::Arguments) {
    out.write_fmt(arguments).expect("a String takes everything");
}

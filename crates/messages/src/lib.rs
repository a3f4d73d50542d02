//! Every sentence the program says to a person, in Chinese and English.
//!
//! Libraries report a code and fields ([`sys::Coded`]); the sentences stand under the same code in
//! `catalogue/en.toml` and `catalogue/zh.toml`, each written natively. A placeholder is `{name}`, and
//! `{name|file|files}` is the first word where that field is 1, else the second; braces around anything that is not
//! a given field stay as they are, and values are never searched for placeholders again, so a user's text cannot
//! change a sentence. A hint in which a field is empty has nothing to say and is left out. The catalogues are part of the binary and parsed once.
//!
//! Both catalogues hold the same keys (checked by this crate's tests and by `cargo xtask tidy`). Should a key
//! be missing all the same, the person gets the code and the fields rather than a panic.

mod settings;

pub use settings::SettingsError;

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The two languages of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lang {
    /// Chinese (simplified).
    Zh,
    /// English.
    En,
}

impl Lang {
    /// The saved choice, else the language of this process's environment.
    pub fn detect() -> Lang {
        Lang::saved().unwrap_or_else(|| Lang::from_env(|name| std::env::var(name).ok()))
    }

    /// The language that `LC_ALL`, else `LC_MESSAGES`, else `LANG`, asks for: Chinese for `zh*`, else English (`C` is English).
    ///
    /// ```
    /// use messages::Lang;
    /// let env = |name: &str| (name == "LANG").then(|| "zh_CN.UTF-8".to_string());
    /// assert_eq!(Lang::from_env(env), Lang::Zh);
    /// ```
    pub fn from_env(env: impl Fn(&str) -> Option<String>) -> Lang {
        // POSIX: an empty variable counts as unset.
        let locale =
            ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| env(name).filter(|value| !value.is_empty()));
        match locale {
            Some(locale) if locale.to_ascii_lowercase().starts_with("zh") => Lang::Zh,
            _ => Lang::En,
        }
    }

    /// Parses the value of `--lang`: `zh` or `en`.
    pub fn parse(name: &str) -> Option<Lang> {
        match name {
            "zh" => Some(Lang::Zh),
            "en" => Some(Lang::En),
            _ => None,
        }
    }

    /// `zh` or `en`, as in `--lang` and in HTML's `lang`.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::Zh => "zh",
            Lang::En => "en",
        }
    }
}

/// The sentence for a coded error, without the leading `error:`. Of the error behind it the hint stays out: what to do
/// depends on where it was met.
pub fn render(lang: Lang, error: &dyn sys::Coded) -> String {
    let mut fields = error.fields();
    if let Some(cause) = error.behind() {
        fields.push(("cause", render(lang, cause).lines().next().unwrap_or_default().to_string()));
    }
    match sentence(lang, error.code()) {
        Some(template) => said(template, |name| fields.iter().find(|(key, _)| *key == name).map(|(_, v)| v.as_str())),
        None => error.to_string(),
    }
}

/// The sentence `key` with its placeholders filled.
///
/// ```
/// use messages::{Lang, text};
/// assert_eq!(text(Lang::En, "error", &[("message", "x")]), "error: x");
/// assert_eq!(text(Lang::Zh, "error", &[("message", "x")]), "错误：x");
/// ```
pub fn text(lang: Lang, key: &str, fields: &[(&str, &str)]) -> String {
    match sentence(lang, key) {
        Some(template) => said(template, |name| fields.iter().find(|(key, _)| *key == name).map(|(_, v)| *v)),
        None => {
            let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            if fields.is_empty() { key.to_string() } else { format!("{key} ({})", fields.join(", ")) }
        }
    }
}

/// All keys of one catalogue with their sentences, sorted: for checks and for the studio's front end.
pub fn catalogue(lang: Lang) -> &'static BTreeMap<String, String> {
    match lang {
        Lang::Zh => &ZH,
        Lang::En => &EN,
    }
}

/// Names of the placeholders `{name}` in a sentence, in order of appearance, those that only choose a word included.
pub fn placeholders(template: &str) -> Vec<&str> {
    split(template)
        .into_iter()
        .filter_map(|part| match part {
            Part::Verbatim(_) => None,
            Part::Placeholder(name) | Part::Counted { name, .. } => Some(name),
        })
        .collect()
}

static EN: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| parse(include_str!("../catalogue/en.toml")));
static ZH: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| parse(include_str!("../catalogue/zh.toml")));

fn sentence(lang: Lang, key: &str) -> Option<&'static str> {
    catalogue(lang).get(key).map(String::as_str)
}

/// The catalogues are flat tables of strings; one that does not parse is a bug of the build.
fn parse(source: &str) -> BTreeMap<String, String> {
    toml::from_str(source).unwrap_or_else(|e| panic!("a message catalogue does not parse: {e}"))
}

enum Part<'a> {
    Verbatim(&'a str),
    Placeholder(&'a str),
    /// A word that goes with a number.
    Counted {
        name: &'a str,
        one: &'a str,
        more: &'a str,
    },
}

/// How a line begins that says what to do.
const HINTS: [&str; 2] = ["hint:", "提示："];

/// The sentence with its fields, and of its hints those that say something.
fn said<'v>(template: &str, value: impl Fn(&str) -> Option<&'v str>) -> String {
    let is_empty = |line: &str| placeholders(line).into_iter().any(|name| value(name) == Some(""));
    let says = |line: &&str| !(HINTS.iter().any(|hint| line.starts_with(hint)) && is_empty(line));
    let lines: Vec<&str> = template.split('\n').filter(says).collect();
    fill(&lines.join("\n"), value)
}

fn fill<'v>(template: &str, value: impl Fn(&str) -> Option<&'v str>) -> String {
    let mut out = String::with_capacity(template.len());
    for part in split(template) {
        match part {
            Part::Verbatim(text) => out.push_str(text),
            Part::Placeholder(name) => match value(name) {
                Some(value) => out.push_str(value),
                None => out.extend(["{", name, "}"]),
            },
            Part::Counted { name, one, more } => out.push_str(if value(name) == Some("1") { one } else { more }),
        }
    }
    out
}

fn split(template: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = template;
    let mut from = 0;
    while let Some(open) = rest[from..].find('{').map(|i| from + i) {
        let name_len =
            rest[open + 1..].bytes().take_while(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_').count();
        let close = open + 1 + name_len;
        if name_len > 0 && rest[close..].starts_with('}') {
            parts.push(Part::Verbatim(&rest[..open]));
            parts.push(Part::Placeholder(&rest[open + 1..close]));
            rest = &rest[close + 1..];
            from = 0;
        } else if let Some((one, more, n_bytes)) = counted(&rest[close..]).filter(|_| name_len > 0) {
            parts.push(Part::Verbatim(&rest[..open]));
            parts.push(Part::Counted { name: &rest[open + 1..close], one, more });
            rest = &rest[close + n_bytes..];
            from = 0;
        } else {
            from = open + 1;
        }
    }
    parts.push(Part::Verbatim(rest));
    parts
}

/// The words of `|file|files}`, and how many bytes that takes.
fn counted(rest: &str) -> Option<(&str, &str, usize)> {
    let (one, after) = rest.strip_prefix('|')?.split_once('|')?;
    let (more, _) = after.split_once('}')?;
    let is_word = |text: &str| !text.contains(['{', '}', '|', '\n']);
    (is_word(one) && is_word(more)).then_some((one, more, one.len() + more.len() + 3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_without_its_field_is_left_out() {
        let template = "no `{a}`\nhint: did you mean `{b}`?\nhint: list all";
        let filled = |b: &'static str| said(template, |name| Some(if name == "b" { b } else { "" }));
        assert_eq!(filled("x"), "no ``\nhint: did you mean `x`?\nhint: list all");
        assert_eq!(filled(""), "no ``\nhint: list all");
    }

    #[test]
    fn a_word_goes_with_its_number() {
        let filled = |n: &'static str| fill("{n} {n|file|files}, {n|is|are} {x}", |name| (name == "n").then_some(n));
        assert_eq!(["0", "1", "11"].map(filled), ["0 files, are {x}", "1 file, is {x}", "11 files, are {x}"]);
        assert_eq!(placeholders("{n} {n|file|files} {a|b} {a|b|{c}"), ["n", "n", "c"]);
    }
}

//! Both message catalogues say everything: the same keys, the same placeholders, no empty sentence, one for every code
//! that a `coded_error!` declares and for every key that the code names; and none that no code names. What English quotes as
//! something to type, Chinese quotes as well.
//!
//! The front end's two catalogues must have the same keys too; TypeScript proves that again.

use super::File;
use proc_macro2::{TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};

const RUST: [&str; 2] = ["crates/messages/catalogue/en.toml", "crates/messages/catalogue/zh.toml"];
/// Areas whose names recipe keys and files bear, too: of these only codes of errors are checked.
const OTHER_NAMES: [&str; 8] = ["checkpoint", "data", "lab", "model", "recipe", "run", "settings", "tokenizer"];
/// Its keys are put together from the names of commands and options; a test of the `cli` crate checks them.
const PUT_TOGETHER: &str = "help.";
const WEB: [&str; 2] = ["web/src/messages/en.ts", "web/src/messages/zh.ts"];

/// Finds sentences that one of the languages lacks.
pub fn check(files: &[File]) -> Vec<String> {
    let text = |path: &str| files.iter().find(|f| f.path == path).and_then(File::text);
    let mut found = vec![];
    let mut both = vec![];
    for path in RUST {
        match text(path).unwrap_or_default().parse::<toml::Table>() {
            Ok(table) => both.push(flatten("", &table)),
            Err(error) => return vec![format!("{path}: {error}")],
        }
    }
    let mut codes: BTreeMap<String, String> = BTreeMap::new();
    let mut named: BTreeMap<String, String> = BTreeMap::new();
    let sources =
        files.iter().filter(|f| f.path.starts_with("crates/") && f.path.contains("/src/") && f.has_extension("rs"));
    for file in sources {
        let Some(Ok(tokens)) = file.text().map(str::parse::<TokenStream>) else { continue };
        collect_codes(tokens.clone(), false, &mut |code| drop(codes.insert(code, file.path.clone())));
        collect_literals(tokens, &mut |literal| drop(named.insert(literal, file.path.clone())));
    }
    let areas: BTreeSet<&str> =
        both.iter().flat_map(BTreeMap::keys).filter_map(|key| Some(key.split_once('.')?.0)).collect();
    let is_key = |text: &str| {
        text.split_once('.').is_some_and(|(area, _)| areas.contains(area) && !OTHER_NAMES.contains(&area))
            && text.split('.').all(|word| {
                !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            })
    };
    // A code is told once, below.
    let is_lost = |text: &str| is_key(text) && !codes.contains_key(text) && both.iter().all(|b| !b.contains_key(text));
    for (key, source) in named.iter().filter(|(text, _)| is_lost(text)) {
        found.push(format!("{source}: names `{key}`, for which there is no sentence"));
    }
    for key in both[0].keys().filter(|key| !key.starts_with(PUT_TOGETHER) && !named.contains_key(*key)) {
        found.push(format!("{}: no code names `{key}`", RUST[0]));
    }
    for (path, sentences) in RUST.iter().zip(&both) {
        for (key, _) in sentences.iter().filter(|(_, s)| s.trim().is_empty()) {
            found.push(format!("{path}: `{key}` is empty"));
        }
        for (code, source) in codes.iter().filter(|(code, _)| !sentences.contains_key(*code)) {
            found.push(format!("{path}: no sentence for `{code}` ({source})"));
        }
    }
    // The one English word that is easily copied along.
    let foreign = both[1].iter().filter(|(_, sentence)| sentence.contains("\nhint:"));
    found.extend(foreign.map(|(key, _)| format!("{}: the hint of `{key}` begins in English", RUST[1])));
    same_keys(&RUST, &both[0], &both[1], &mut found);
    for (key, english) in &both[0] {
        if let Some(chinese) = both[1].get(key)
            && placeholders(english) != placeholders(chinese)
        {
            found.push(format!("{}: `{key}` has other placeholders than in English", RUST[1]));
        }
        let chinese = both[1].get(key).map_or_else(Vec::new, |chinese| quoted(chinese));
        // A flag for the language may come after it.
        let is_there = |command: &String| chinese.iter().any(|other| other.starts_with(command.as_str()));
        let missing = quoted(english).into_iter().filter(|command| both[1].contains_key(key) && !is_there(command));
        found.extend(missing.map(|command| format!("{}: `{key}` does not quote `{command}`", RUST[1])));
    }
    let web = WEB.map(|path| typescript_keys(text(path).unwrap_or_default()));
    for (path, keys) in WEB.iter().zip(&web) {
        found.extend(keys.iter().filter(|(_, empty)| **empty).map(|(key, _)| format!("{path}: `{key}` is empty")));
    }
    same_keys(&WEB, &web[0], &web[1], &mut found);
    found
}

fn same_keys<T>(paths: &[&str; 2], a: &BTreeMap<String, T>, b: &BTreeMap<String, T>, found: &mut Vec<String>) {
    for (path, has, other) in [(paths[1], b, a), (paths[0], a, b)] {
        for key in other.keys().filter(|key| !has.contains_key(*key)) {
            found.push(format!("{path}: lacks `{key}`"));
        }
    }
}

/// Sentences by key; nested tables join their names with dots.
fn flatten(prefix: &str, table: &toml::Table) -> BTreeMap<String, String> {
    let mut flat = BTreeMap::new();
    for (key, value) in table {
        let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            toml::Value::Table(inner) => flat.extend(flatten(&key, inner)),
            other => drop(flat.insert(key, other.as_str().unwrap_or_default().to_string())),
        }
    }
    flat
}

/// Names in braces.
fn placeholders(sentence: &str) -> BTreeSet<&str> {
    let inner = sentence.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
    inner.filter(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')).collect()
}

/// What stands between backticks to be typed as it is: without the words that a reader puts others for, which are in capital
/// letters in English and in Chinese characters in Chinese. A placeholder alone is a value.
fn quoted(sentence: &str) -> Vec<String> {
    let is_typed = |word: &&str| word.is_ascii() && word.chars().any(|c| !c.is_ascii_uppercase());
    let spans = sentence.split('`').skip(1).step_by(2);
    let commands = spans.map(|span| span.split_whitespace().filter(is_typed).collect::<Vec<_>>());
    let is_value = |words: &[&str]| words.iter().all(|word| word.starts_with('{') && word.ends_with('}'));
    commands.filter(|words| !is_value(words)).map(|words| words.join(" ")).collect()
}

/// Keys of an object literal, nested ones joined with dots by their depth, and whether their sentence is empty.
fn typescript_keys(text: &str) -> BTreeMap<String, bool> {
    let mut keys = BTreeMap::new();
    let mut path: Vec<String> = vec![];
    for line in text.lines() {
        let line = line.trim();
        let named = line.split_once(':').map(|(key, rest)| (key.trim_matches(['"', '\'']), rest.trim()));
        match named {
            // A line that begins with a colon is the second half of a choice.
            Some((key, rest)) if !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_.-$".contains(c)) => {
                if rest == "{" {
                    path.push(key.to_string());
                } else {
                    let empty = ["''", "\"\"", "``"].contains(&rest.trim_end_matches(','));
                    keys.insert(path.iter().map(String::as_str).chain([key]).collect::<Vec<_>>().join("."), empty);
                }
            }
            _ if line.starts_with('}') => drop(path.pop()),
            _ => {}
        }
    }
    keys
}

/// The codes in `coded_error!` invocations.
fn collect_codes(tokens: TokenStream, in_macro: bool, found: &mut impl FnMut(String)) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is_punct = |i: usize, c| matches!(tokens.get(i), Some(TokenTree::Punct(p)) if p.as_char() == c);
    for (i, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => {
                let named = i >= 2
                    && is_punct(i - 1, '!')
                    && matches!(&tokens[i - 2], TokenTree::Ident(word) if word == "coded_error");
                // Attributes inside the macro hold literals too: documentation.
                let attribute = i >= 1 && is_punct(i - 1, '#');
                collect_codes(group.stream(), (in_macro || named) && !attribute, found);
            }
            TokenTree::Literal(literal) if in_macro && i >= 1 && is_punct(i - 1, '=') => {
                found(literal.to_string().trim_matches('"').to_string());
            }
            _ => {}
        }
    }
}

/// All string literals.
fn collect_literals(tokens: TokenStream, found: &mut impl FnMut(String)) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => collect_literals(group.stream(), found),
            TokenTree::Literal(literal) => {
                if let Some(text) = literal.to_string().strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
                    found(text.to_string());
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    const ERRORS: &str = "sys::coded_error! {\n /// Why.\n pub enum E {\n  /// It = \"is\".\n  A { n: u32 } = \"a.one\",\n  #[doc = \"x\"]\n  B {} = \"a.two\",\n } }";

    #[test]
    fn what_is_missing_is_found() {
        let found = check(&tree(&[
            ("crates/a/src/lib.rs", ERRORS),
            ("crates/a/src/say.rs", "fn say() { text(lang, \"a.three\", &[(\"b\", \"c.d\"), (\"data.path\", \"\")]) }"),
            (
                RUST[0],
                "\"a.one\" = \"{n} things: `do it THIS`\"\n\"b\" = \"x\"\n\"a.lost\" = \"\u{2013}\"\n\"data.x\" = \"x\"",
            ),
            (
                RUST[1],
                "\"a.one\" = \"{m} 个\\nhint: 甲\"\n\"c\" = \" \"\n\"a.lost\" = \"\u{2013}\"\n\"data.x\" = \"x\"",
            ),
            (WEB[0], "export const en = {\n  home: {\n    title: 'x',\n  },\n};"),
            (WEB[1], "export const zh = {\n  home: {\n    titel: '',\n  },\n};"),
        ]));
        for what in [
            "zh.toml: `c` is empty",
            "en.toml: no sentence for `a.two`",
            "zh.toml: no sentence for `a.two`",
            "en.toml: lacks `c`",
            "zh.toml: lacks `b`",
            "`a.one` has other",
            "say.rs: names `a.three`",
            "`a.one` does not quote `do it`",
            "the hint of `a.one` begins in English",
            "no code names `a.lost`",
            "no code names `data.x`",
            "zh.ts: lacks `home.title`",
            "en.ts: lacks `home.titel`",
            "zh.ts: `home.titel` is empty",
        ] {
            assert!(found.iter().any(|f| f.contains(what)), "{what}: {found:?}");
        }
        assert_eq!(found.len(), 14, "{found:?}");
    }

    #[test]
    fn a_good_tree_passes() {
        let found = check(&tree(&[
            ("crates/a/src/lib.rs", ERRORS),
            (RUST[0], "[a]\none = \"{n} `things` `do it THIS`, `{n}`\"\ntwo = \"x\""),
            (RUST[1], "\"a.one\" = \"`do it 这个 --now`，{n} 个 `things`\"\n\"a.two\" = \"甲\""),
            (WEB[0], "export const en = {\n  a: (n: string) =>\n    n === '1'\n      ? 'one'\n      : 'some',\n};"),
            (WEB[1], "export const zh = {\n  a: (n: string) => (n === '1' ? '一' : '几'),\n};"),
        ]));
        assert_eq!(found, Vec::<String>::new());
    }
}

//! Words that must not reach the main branch: unfinished code, switched-off tests, swallowed failures.
//!
//! Rust is read as tokens, so comments and strings may name these words; in other code files any occurrence counts.
//! Stubs of labs are unfinished by purpose and exempt.

use super::File;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// In code that is not Rust; split so that this file does not hold what it forbids.
const WORDS: [&str; 10] = [
    concat!("pytest", ".skip"),
    concat!("pytest.mark", ".skip"),
    concat!("test", ".skip"),
    concat!("test", ".only"),
    concat!("it", ".skip"),
    concat!("it", ".only"),
    concat!("describe", ".skip"),
    concat!("describe", ".only"),
    concat!("|| ", "true"),
    concat!("raise NotImplemented", "Error"),
];
const CODE: [&str; 12] = ["py", "ts", "js", "mjs", "cjs", "svelte", "sh", "bash", "yml", "yaml", "json", "toml"];

/// Finds forbidden words.
pub fn check(files: &[File]) -> Vec<String> {
    let mut found = vec![];
    for file in files.iter().filter(|f| !super::is_lab_stub(&f.path)) {
        let Some(text) = file.text() else { continue };
        if file.has_extension("rs") {
            if let Ok(tokens) = text.parse::<TokenStream>() {
                rust(tokens, &file.path, &mut found);
            }
        } else if CODE.iter().any(|ext| file.has_extension(ext)) || text.starts_with("#!") {
            for (i, line) in text.lines().enumerate() {
                for word in WORDS.iter().filter(|w| has_word(line, w)) {
                    found.push(format!("{}:{}: `{word}`", file.path, i + 1));
                }
            }
        }
    }
    found
}

/// Whether `line` has `word` with no letter before it.
fn has_word(line: &str, word: &str) -> bool {
    let letter_before = |at: usize| line[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(word).any(|(at, _)| !letter_before(at))
}

fn rust(tokens: TokenStream, path: &str, found: &mut Vec<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (i, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(word) if word == "todo" || word == "unimplemented" => {
                if matches!(tokens.get(i + 1), Some(TokenTree::Punct(p)) if p.as_char() == '!') {
                    found.push(format!("{path}:{}: `{word}!`", word.span().start().line));
                }
            }
            TokenTree::Group(group) => {
                let attribute = group.delimiter() == Delimiter::Bracket
                    && matches!(i.checked_sub(1).map(|b| &tokens[b]), Some(TokenTree::Punct(p)) if p.as_char() == '#');
                if attribute && matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(w)) if w == "ignore")
                {
                    found.push(format!("{path}:{}: `#[ignore]`", group.span_open().start().line));
                }
                rust(group.stream(), path, found);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    #[test]
    fn violations_are_found() {
        let found = check(&tree(&[
            (
                "crates/a/src/lib.rs",
                "fn f() {\n    todo!()\n}\nfn g() { m(unimplemented!(\"x\")) }\n#[test]\n#[ignore = \"slow\"]\nfn t() {}",
            ),
            ("web/a.test.ts", concat!("test", ".only('x', () => {})")),
            ("ci/x.sh", concat!("make ||", " true")),
            ("a.py", concat!("pytest", ".skip('no')")),
        ]));
        assert_eq!(found.len(), 6, "{found:?}");
        assert_eq!(found[0], "crates/a/src/lib.rs:2: `todo!`");
    }

    #[test]
    fn a_good_tree_passes() {
        let found = check(&tree(&[
            ("crates/a/src/lib.rs", "//! Never `todo!()`.\nfn todo() -> &'static str { \"unimplemented!\" }"),
            ("curriculum/x/labs/y/stub.rs", "fn f() { todo!() }"),
            ("README.md", concat!("write `test", ".skip` never")),
        ]));
        assert_eq!(found, Vec::<String>::new());
    }
}

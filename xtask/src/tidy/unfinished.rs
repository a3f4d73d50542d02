//! Unfinished code does not reach the main branch: `todo!`, `unimplemented!`, and Python's `NotImplementedError`.
//!
//! Rust is read as tokens, so comments and strings may name these words. Stubs of labs are unfinished by purpose and
//! exempt.

use super::File;
use proc_macro2::{TokenStream, TokenTree};

/// Split, so that this file does not hold what it forbids.
const PYTHON: &str = concat!("raise NotImplemented", "Error");

/// Finds unfinished code.
pub fn check(files: &[File]) -> Vec<String> {
    let mut found = vec![];
    for file in files.iter().filter(|f| !super::is_lab_stub(&f.path)) {
        if file.has_extension("rs") {
            match file.text().map(str::parse::<TokenStream>) {
                Some(Ok(tokens)) => macros(tokens, &file.path, &mut found),
                _ => found.push(format!("{}: cannot be read as Rust", file.path)),
            }
        } else if file.has_extension("py") {
            let lines = file.lossy();
            let raised = lines.lines().enumerate().filter(|(_, line)| line.contains(PYTHON));
            found.extend(raised.map(|(i, _)| format!("{}:{}: `{PYTHON}`", file.path, i + 1)));
        }
    }
    found
}

fn macros(tokens: TokenStream, path: &str, found: &mut Vec<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (i, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(word) if word == "todo" || word == "unimplemented" => {
                if matches!(tokens.get(i + 1), Some(TokenTree::Punct(p)) if p.as_char() == '!') {
                    found.push(format!("{path}:{}: `{word}!`", word.span().start().line));
                }
            }
            TokenTree::Group(group) => macros(group.stream(), path, found),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    #[test]
    fn unfinished_code_is_found() {
        let rust = "fn f() {\n    todo!()\n}\nfn g() { m(std::unimplemented! { \"x\" }) }\nmacro_rules! m { () => { todo!(\"x\") } }";
        let python = concat!("def f():\n    raise NotImplemented", "Error('later')");
        let found = check(&tree(&[("crates/a/src/lib.rs", rust), ("a.py", python), ("crates/a/src/b.rs", "fn f( {")]));
        assert_eq!(found.len(), 5, "{found:?}");
        assert_eq!(found[0], "crates/a/src/lib.rs:2: `todo!`");
    }

    #[test]
    fn a_good_tree_passes() {
        let found = check(&tree(&[
            ("crates/a/src/lib.rs", "//! Never `todo!()`.\nfn todo() -> &'static str { \"unimplemented!\" }"),
            ("curriculum/x/labs/y/stub.rs", "fn f() { todo!() }"),
        ]));
        assert_eq!(found, Vec::<String>::new());
    }
}

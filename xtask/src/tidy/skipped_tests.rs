//! No test is switched off: a test that lacks a peer or a data set says so at run time (crate `check`), and nothing
//! else is skipped.
//!
//! Rust is read as tokens: the attribute `ignore`, also behind a condition, and doc tests fenced as ignored. Files in
//! other languages are read as words and signs, so neither blanks nor quotes hide anything: pytest's and unittest's
//! skips, and the switches of JavaScript's test runners. Markdown may name them all; stubs of labs are exempt.

use super::File;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Words that mean a skipped test in any Python file; split so that nothing here is taken for one.
const PYTHON: [&str; 8] =
    ["importorskip", "skipif", "skipIf", "skipUnless", "skipTest", "SkipTest", "expectedFailure", "xfail"];
/// What JavaScript's runners call a test or a group of tests, or what they hand to one.
const RUNNERS: [&str; 8] = ["test", "it", "describe", "suite", "bench", "context", "ctx", "t"];
/// What may stand between a runner and the switch.
const MODIFIERS: [&str; 6] = ["concurrent", "sequential", "serial", "parallel", "each", "step"];
/// Switches a test, or all others, off.
const SWITCHES: [&str; 8] = ["skip", "only", "todo", "fixme", "skipIf", "runIf", "fails", "failing"];
/// Files with tests, which are read even if they are no UTF-8; others that are none are pictures and the like.
const TESTED_IN: [&str; 6] = ["py", "js", "mjs", "ts", "svelte", "sh"];
/// Old spellings of a skipped test.
const CROSSED_OUT: [&str; 5] = ["xit", "xtest", "xdescribe", "fit", "fdescribe"];

/// Finds switched-off tests.
pub fn check(files: &[File]) -> Vec<String> {
    let mut found = vec![];
    for file in files.iter().filter(|f| !super::is_lab_stub(&f.path) && !f.has_extension("md")) {
        if file.has_extension("rs") {
            if let Some(Ok(tokens)) = file.text().map(str::parse::<TokenStream>) {
                rust(tokens, &file.path, &mut found);
            }
        } else if file.text().is_some() || TESTED_IN.iter().any(|extension| file.has_extension(extension)) {
            let text = file.lossy();
            let tokens = tokens(&text);
            for (line, what) in python(&tokens).into_iter().chain(javascript(&tokens)) {
                found.push(format!("{}:{line}: a test is switched off: `{what}`", file.path));
            }
        }
    }
    found
}

fn rust(tokens: TokenStream, path: &str, found: &mut Vec<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is_sign =
        |i: Option<usize>, c| matches!(i.and_then(|i| tokens.get(i)), Some(TokenTree::Punct(p)) if p.as_char() == c);
    for (i, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let before = i.checked_sub(1);
        let outer = is_sign(before, '#') || is_sign(before, '!') && is_sign(i.checked_sub(2), '#');
        if outer && group.delimiter() == Delimiter::Bracket {
            let line = group.span_open().start().line;
            if ignores(group.stream()) {
                found.push(format!("{path}:{line}: `#[ignore]`"));
            }
            found
                .extend(ignored_fence(group.stream()).map(|at| format!("{path}:{}: a doc test is ignored", line + at)));
        }
        rust(group.stream(), path, found);
    }
}

/// Whether an attribute is `ignore`, or `cfg_attr` with it.
fn ignores(attribute: TokenStream) -> bool {
    let tokens: Vec<TokenTree> = attribute.into_iter().collect();
    tokens.iter().enumerate().any(|(i, token)| match (token, tokens.get(i + 1)) {
        (TokenTree::Ident(word), Some(TokenTree::Group(group))) if word == "cfg_attr" => ignores(group.stream()),
        (TokenTree::Ident(word), _) => word == "ignore",
        _ => false,
    })
}

/// The line, counted from 0, of a fence marked `ignore` in an attribute that is documentation.
fn ignored_fence(attribute: TokenStream) -> Option<usize> {
    let tokens: Vec<TokenTree> = attribute.into_iter().collect();
    let [TokenTree::Ident(word), TokenTree::Punct(_), TokenTree::Literal(text)] = &tokens[..] else { return None };
    let text = syn::parse_str::<syn::LitStr>(&text.to_string()).ok().filter(|_| word == "doc")?.value();
    text.lines().position(|line| {
        let line = line.trim_start_matches([' ', '*', '\t']);
        let info = line.strip_prefix("```").or_else(|| line.strip_prefix("~~~")).unwrap_or_default();
        let mut words = info.split(|c: char| !c.is_alphanumeric() && !"_-".contains(c));
        words.any(|word| word == "ignore" || word.starts_with("ignore-"))
    })
}

/// Words, and every other sign that is not blank, with their lines.
fn tokens(text: &str) -> Vec<(usize, &str)> {
    let in_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let mut tokens = vec![];
    for (i, line) in text.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let n = if in_word(first) { rest.find(|c| !in_word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
            tokens.push((i + 1, &rest[..n]));
            rest = rest[n..].trim_start();
        }
    }
    tokens
}

/// What pytest and unittest call skipping. Plain `skip` counts where one of the two is named in the file.
fn python<'t>(tokens: &[(usize, &'t str)]) -> Vec<(usize, &'t str)> {
    let framework = tokens.iter().any(|(_, word)| ["pytest", "unittest"].contains(word));
    tokens.iter().filter(|(_, w)| framework && (*w == "skip" || PYTHON.contains(w))).copied().collect()
}

/// A runner and its switch, however they are joined: `test.skip`, `test["skip"]`, `it.concurrent?.only`; the old
/// spellings; and `skip: true` among a test's options.
fn javascript<'t>(tokens: &[(usize, &'t str)]) -> Vec<(usize, &'t str)> {
    let word = |i: usize| tokens.get(i).map_or("", |t| t.1);
    let quoted = |i: usize| word(i) == "(" && ["'", "\"", "`"].contains(&word(i + 1));
    let mut found = vec![];
    for (i, (line, name)) in tokens.iter().enumerate() {
        if RUNNERS.contains(name) && switch_after(&tokens[i + 1..])
            || CROSSED_OUT.contains(name) && quoted(i + 1)
            || SWITCHES.contains(name) && word(i + 1) == ":" && word(i + 2) == "true"
        {
            found.push((*line, *name));
        }
    }
    found
}

/// Whether a switch is reached from a runner's name by member access alone.
fn switch_after(tokens: &[(usize, &str)]) -> bool {
    let mut joined = false;
    for (i, (_, token)) in tokens.iter().enumerate() {
        match *token {
            "." | "[" => joined = true,
            "?" if tokens.get(i + 1).is_some_and(|t| t.1 == ".") => {}
            "]" | "'" | "\"" | "`" if joined => {}
            word if joined && MODIFIERS.contains(&word) => {}
            word => return joined && SWITCHES.contains(&word),
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    fn is_found(path: &str, text: &str) -> bool {
        check(&tree(&[(path, text)])).len() == 1
    }

    #[test]
    fn ignored_rust_tests_are_found() {
        for attribute in [
            "#[ignore]",
            "#[ignore = \"slow\"]",
            "#[cfg_attr(all(), ignore)]",
            "#[cfg_attr(not(windows), ignore = \"x\")]",
            "#[cfg_attr(a, cfg_attr(b, ignore))]",
            "# [ ignore ]",
        ] {
            assert!(
                is_found("crates/a/src/lib.rs", &format!("//! A.\n#[test]\n{attribute}\nfn t() {{}}")),
                "{attribute}"
            );
            let in_macro = format!("//! A.\nmacro_rules! t {{ () => {{ {attribute} fn t() {{}} }} }}");
            assert!(is_found("crates/a/src/lib.rs", &in_macro), "{attribute}");
        }
    }

    #[test]
    fn ignored_doc_tests_are_found() {
        for doc in [
            "/// ```ignore\n/// f();\n/// ```",
            "/// ```rust,ignore\n/// ```",
            "//! ``` ignore\n//! ```",
            "/// ~~~should_panic, ignore-x86_64\n/// ~~~",
            "/** A.\n * ```ignore\n * ```\n */",
            "#[doc = \"```ignore\\nf();\\n```\"]",
        ] {
            assert!(is_found("crates/a/src/lib.rs", &format!("{doc}\nfn f() {{}}")), "{doc}");
        }
        let found = check(&tree(&[("a.rs", "//! A.\n/// B.\n/// ```ignore\n/// ```\nfn f() {}")]));
        assert_eq!(found, ["a.rs:3: a doc test is ignored"]);
    }

    #[test]
    fn skipped_python_tests_are_found() {
        for text in [
            "pytest.skip('no')",
            "from pytest import skip",
            "import pytest\n@pytest.mark.skip\ndef test_a(): ...",
            "@pytest.mark.skipif(True, reason='x')",
            "@pytest.mark.xfail",
            "pytest.importorskip('torch')",
            "@unittest.skip('x')",
            "@unittest.skipUnless(False, 'x')",
            "from unittest import (\n  TestCase,\n  skip,\n)",
            "raise unittest.SkipTest",
        ] {
            assert!(is_found("bench/test_a.py", text), "{text}");
            let latin = File { path: "a.py".into(), bytes: [b"# caf\xe9\n", text.as_bytes()].concat() };
            assert_eq!(check(&[latin]).len(), 1, "{text}");
        }
    }

    #[test]
    fn skipped_javascript_tests_are_found() {
        for text in [
            "test.skip('x', () => {})",
            "test.only('x', () => {})",
            "test[\"skip\"]('x')",
            "test['only']('x')",
            "test\n  .skip('x')",
            "test . skip('x')",
            "it?.skip('x')",
            "it.skip('x')",
            "describe.only('x')",
            "describe.concurrent.skip('x')",
            "test.todo('x')",
            "test.skipIf(true)('x')",
            "xit('x')",
            "test('x', { skip: true }, () => {})",
            "ctx.skip()",
        ] {
            for ext in ["ts", "tsx", "mts", "js", "jsx", "mjs", "cjs", "svelte"] {
                assert!(is_found(&format!("web/tests/a.test.{ext}"), text), "{ext} {text}");
            }
        }
    }

    #[test]
    fn a_good_tree_passes() {
        let found = check(&tree(&[
            (
                "crates/a/src/lib.rs",
                "//! Never `#[ignore]`.\n/// ```no_run\n/// ignore();\n/// ```\nfn ignore() { let ignore = [1]; }",
            ),
            ("curriculum/x/labs/y/stub.py", "pytest.skip('x')"),
            ("README.md", "write `test.skip` never"),
            ("a.ts", "const only = latest.skip; test('skip', () => {}); words.skip; const a = test ? skip : only;"),
            ("b.py", "# fmt: skip\nreader.skip(3)"),
        ]));
        assert_eq!(found, Vec::<String>::new());
    }
}

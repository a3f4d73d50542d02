//! No command's failure is swallowed: a shell's "or true" behind a command makes every failure a success.
//!
//! Looked for in every file but Markdown, whatever its name: scripts, Makefiles, workflows, `package.json`. In Rust
//! only string literals count, since a closure without arguments may well return `true`.

use super::{File, line_of};
use proc_macro2::{TokenStream, TokenTree};

/// What does nothing and succeeds.
const NOTHING: [&str; 4] = ["true", "/bin/true", "/usr/bin/true", ":"];

/// Finds swallowed failures.
pub fn check(files: &[File]) -> Vec<String> {
    let mut found = vec![];
    for file in files.iter().filter(|f| !f.has_extension("md")) {
        if file.has_extension("rs") {
            if let Some(Ok(tokens)) = file.text().map(str::parse::<TokenStream>) {
                literals(tokens, &file.path, &mut found);
            }
        } else {
            let text = file.lossy();
            found.extend(swallowed(&text).map(|at| say(&file.path, line_of(&text, at))));
        }
    }
    found
}

fn say(path: &str, line: usize) -> String {
    format!("{path}:{line}: a failure is swallowed by `||` and a command that always succeeds")
}

/// Where in `text` a command follows `||` that does nothing.
fn swallowed(text: &str) -> impl Iterator<Item = usize> {
    let ends_word = |c: char| c.is_whitespace() || ";)]}\"'`&|<,\\".contains(c);
    text.match_indices("||").map(|(at, _)| at).filter(move |at| {
        // A backslash continues the line.
        let rest = text[at + 2..].trim_start_matches(|c: char| c.is_whitespace() || c == '\\');
        let word = rest.split(ends_word).next().unwrap_or_default();
        NOTHING.contains(&word) || word == "exit" && rest[4..].trim_start().split(ends_word).next() == Some("0")
    })
}

fn literals(tokens: TokenStream, path: &str, found: &mut Vec<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (i, token) in tokens.iter().enumerate() {
        match token {
            // A comment of documentation is a literal too.
            TokenTree::Literal(_) if i == 2 && matches!(&tokens[0], TokenTree::Ident(word) if word == "doc") => {}
            TokenTree::Literal(literal) => {
                let line = literal.span().start().line;
                let text = literal.to_string();
                found.extend(swallowed(&text).map(|at| say(path, line + line_of(&text, at) - 1)));
            }
            TokenTree::Group(group) => literals(group.stream(), path, found),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    #[test]
    fn every_spelling_in_every_file_is_found() {
        // Without the two signs in front, so that this file does not hold what it forbids.
        for end in [" true", "true", "  true", "\ttrue;", " \\\n  true", " /bin/true", " :", " exit 0", "true)"] {
            for path in
                ["Makefile", "Dockerfile", "ci/prepare", "ci/x.sh", ".github/workflows/a.yml", "web/package.json"]
            {
                let found = check(&tree(&[(path, &format!("a:\n\tmake ||{end}"))]));
                assert!(found.len() == 1 && found[0].starts_with(&format!("{path}:2:")), "{path} {end}: {found:?}");
            }
            let rust = format!("//! A.\nfn f() {{ Command::new(\"sh\").args([\"-c\", r#\"make ||{end}\"#]) }}");
            assert_eq!(check(&tree(&[("crates/a/src/lib.rs", &rust)])).len(), 1, "{end}");
        }
        let latin = File { path: "run".into(), bytes: [b"\xe9 ".as_slice(), b"make ||", b" true"].concat() };
        assert_eq!(check(&[latin]).len(), 1);
    }

    #[test]
    fn a_good_tree_passes() {
        let comment = concat!("//! Never `make ||", " true`.\n/// `a ||", " true`\n");
        let found = check(&tree(&[
            ("crates/a/src/lib.rs", &format!("{comment}fn f() -> bool {{ g(||{}) || h(\"a || trueish\") }}", " true")),
            ("README.md", concat!("write `||", " true` never")),
            ("a.ts", "const a = b || truth || c;"),
            ("a.sh", "make || exit 1\nmake || exit 01"),
        ]));
        assert_eq!(found, Vec::<String>::new());
    }
}

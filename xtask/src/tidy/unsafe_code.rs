//! `unsafe` stands in `kernels` and `sys`, in a peer's driver where the peer has no safe interface, and in the harness that a learner's
//! file in Rust is compiled with, which has no crate to ask; every other crate keeps the workspace's lint that forbids it.

use super::File;
use proc_macro2::{TokenStream, TokenTree};

const ALLOWED: [&str; 4] =
    ["crates/kernels/", "crates/sys/", "crates/course/harness/lab.rs", "bench/kernels/gemm_crate/"];

/// Finds the keyword outside these, and crates that dropped the workspace's lints.
pub fn check(files: &[File]) -> Vec<String> {
    let mut found = vec![];
    for file in files.iter().filter(|f| !ALLOWED.iter().any(|folder| f.path.starts_with(folder))) {
        let Some(text) = file.text() else { continue };
        if file.has_extension("rs") {
            if let Ok(tokens) = text.parse::<TokenStream>() {
                keyword(tokens, &file.path, &mut found);
            }
        } else if file.path.rsplit('/').next() == Some("Cargo.toml") {
            let manifest: toml::Table = text.parse().unwrap_or_default();
            let lint = || manifest.get("workspace")?.get("lints")?.get("rust")?.get("unsafe_code")?.as_str();
            let inherits = || manifest.get("lints")?.get("workspace")?.as_bool();
            if manifest.contains_key("workspace") && lint() != Some("forbid") {
                found.push(format!("{}: lacks `unsafe_code = \"forbid\"` under `[workspace.lints.rust]`", file.path));
            }
            if manifest.contains_key("package") && inherits() != Some(true) {
                found.push(format!("{}: lacks `[lints] workspace = true`", file.path));
            }
        }
    }
    found
}

fn keyword(tokens: TokenStream, path: &str, found: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(word) if word == "unsafe" => {
                found.push(format!("{path}:{}: `unsafe` outside kernels and sys", word.span().start().line));
            }
            TokenTree::Group(group) => keyword(group.stream(), path, found),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    #[test]
    fn the_keyword_and_a_dropped_lint_are_found() {
        let found = check(&tree(&[
            ("crates/nn/src/lib.rs", "fn f() {\n    m!(unsafe { g() })\n}"),
            ("crates/nn/Cargo.toml", "[package]\nname = \"nn\""),
            ("fuzz/Cargo.toml", "[package]\nname = \"fuzz\"\n[lints]\nworkspace = true\n[workspace]"),
            ("Cargo.toml", "[workspace.lints.rust]\nunsafe_code = \"allow\""),
        ]));
        assert_eq!(found.len(), 4, "{found:?}");
        assert!(found[0].starts_with("crates/nn/src/lib.rs:2:"));
    }

    #[test]
    fn a_good_tree_passes() {
        let found = check(&tree(&[
            ("crates/kernels/src/gemm.rs", "unsafe fn f() {}"),
            ("crates/nn/src/lib.rs", "//! No unsafe.\nconst S: &str = \"unsafe\"; // unsafe"),
            ("crates/nn/Cargo.toml", "[package]\nname = \"nn\"\n[lints]\nworkspace = true"),
            (
                "fuzz/Cargo.toml",
                "[package]\nname = \"fuzz\"\n[lints]\nworkspace = true\n[workspace.lints.rust]\nunsafe_code = \"forbid\"",
            ),
            ("Cargo.toml", "[workspace.lints.rust]\nunsafe_code = \"forbid\""),
        ]));
        assert_eq!(found, Vec::<String>::new());
    }
}

//! Every Rust module opens with `//!`: what it is, before the first item.

use super::File;

/// Finds Rust files that do not begin with module documentation.
pub fn check(files: &[File]) -> Vec<String> {
    let documented = |text: &str| {
        let first = text.lines().find(|line| !line.trim().is_empty());
        first.and_then(|line| line.strip_prefix("//!")).is_some_and(|words| words.split_whitespace().count() >= 2)
    };
    files
        .iter()
        .filter(|f| f.has_extension("rs") && !super::is_lab_stub(&f.path))
        .filter(|f| !f.text().is_some_and(documented))
        .map(|f| format!("{}: does not open with `//!` and a sentence", f.path))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    #[test]
    fn a_module_without_docs_is_found() {
        let found =
            check(&tree(&[("crates/a/src/lib.rs", "use b;\n//! Late docs."), ("crates/a/src/b.rs", "//!\nfn f() {}")]));
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn a_good_tree_passes() {
        let found = check(&tree(&[("crates/a/src/lib.rs", "\n//! What it is.\nuse b;"), ("README.md", "# x")]));
        assert_eq!(found, Vec::<String>::new());
    }
}

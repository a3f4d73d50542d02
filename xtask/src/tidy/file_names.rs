//! Banned names: a file or folder called after nothing in particular attracts everything.
//!
//! A helper lives with its only user, or gets a name in the lowest crate that needs it.

use super::File;

const BANNED: [&str; 7] = ["util", "utils", "common", "helper", "helpers", "misc", "stuff"];

/// Finds files and folders with a banned name, whatever their extension.
pub fn check(files: &[File]) -> Vec<String> {
    let banned = |path: &str| {
        path.split('/').any(|part| {
            let stem = part.split('.').next().unwrap_or(part).to_lowercase();
            BANNED.contains(&stem.as_str())
        })
    };
    files.iter().filter(|f| banned(&f.path)).map(|f| format!("{}: name it after its idea", f.path)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    #[test]
    fn banned_names_are_found() {
        let found = check(&tree(&[("crates/a/src/utils.rs", ""), ("web/src/helpers/x.ts", ""), ("a/Common.py", "")]));
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn a_good_tree_passes() {
        assert_eq!(check(&tree(&[("crates/a/src/rope.rs", ""), ("a/utility_theory.md", "")])), Vec::<String>::new());
    }
}

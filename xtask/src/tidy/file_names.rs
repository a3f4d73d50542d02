//! Banned names: a file or folder called after nothing in particular attracts everything.
//!
//! A helper lives with its only user, or gets a name in the lowest crate that needs it. A name is banned by any of its
//! words: `my_utils.rs`, `string-helpers.ts` and `testHelpers.py` say no more than `utils.rs`.

use super::File;

const BANNED: [&str; 9] = ["util", "utils", "utilities", "common", "commons", "helper", "helpers", "misc", "stuff"];
/// Glued to the end of a word they say no more: `mathutils`.
const GLUED: [&str; 4] = ["util", "utils", "helper", "helpers"];

/// Finds files and folders with a banned name, whatever their extension.
pub fn check(files: &[File]) -> Vec<String> {
    let banned = |word: &String| BANNED.contains(&word.as_str()) || GLUED.iter().any(|end| word.ends_with(end));
    let found = files.iter().filter(|f| f.path.split('/').flat_map(words).any(|word| banned(&word)));
    found.map(|f| format!("{}: name it after its idea", f.path)).collect()
}

/// The words of a name in small letters: parted by signs, digits, and capitals behind small letters.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        if !c.is_alphabetic() || c.is_uppercase() && before.is_lowercase() {
            words.push(String::new());
        }
        if c.is_alphabetic() {
            words.last_mut().expect("there is one").extend(c.to_lowercase());
        }
        before = c;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    #[test]
    fn banned_names_are_found() {
        for path in [
            "crates/a/src/utils.rs",
            "web/src/helpers/x.ts",
            "a/Common.py",
            "a/my_utils.rs",
            "a/string-helpers.ts",
            "a/testHelpers.ts",
            "a/utils2.py",
            "a/shape.utils.ts",
            "a/mathutils.rs",
            "crates/common-types/src/lib.rs",
            "a/misc",
        ] {
            assert_eq!(check(&tree(&[(path, "")])).len(), 1, "{path}");
        }
    }

    #[test]
    fn a_good_tree_passes() {
        let files = [("crates/a/src/rope.rs", ""), ("a/utility_theory.md", ""), ("a/commonplace.txt", "")];
        assert_eq!(check(&tree(&files)), Vec::<String>::new());
    }
}

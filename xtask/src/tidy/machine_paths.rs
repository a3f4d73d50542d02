//! No absolute paths of somebody's machine: they work on that machine only and say who wrote them.

use super::File;

/// Beginnings of such paths; split so that this file holds none.
const BEGINNINGS: [&str; 9] = [
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("/wo", "rk/"),
    concat!("/m", "nt/"),
    concat!("/o", "pt/"),
    concat!("/t", "mp/"),
    concat!(":\\Us", "ers"),
    concat!(":/Us", "ers/"),
];

/// Finds absolute machine paths in text files.
pub fn check(files: &[File]) -> Vec<String> {
    let mut found = vec![];
    for file in files.iter().filter(|f| !f.path.ends_with("Cargo.lock") && !f.path.ends_with("package-lock.json")) {
        for (i, line) in file.text().unwrap_or_default().lines().enumerate() {
            for beginning in BEGINNINGS.iter().filter(|b| starts_a_path(line, b)) {
                found.push(format!("{}:{}: a path that begins with `{beginning}`", file.path, i + 1));
            }
        }
    }
    found
}

/// Whether `beginning` stands in `line` where a path may start, not inside a longer one.
fn starts_a_path(line: &str, beginning: &str) -> bool {
    line.match_indices(beginning).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        beginning.starts_with(':') || before.is_none_or(|c| !c.is_alphanumeric() && !"._-~}>*)$".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    #[test]
    fn machine_paths_are_found() {
        let home = concat!("let p = \"/ho", "me/me/data\";");
        let windows = concat!("C:\\Us", "ers\\me");
        assert_eq!(check(&tree(&[("a.rs", home), ("b.md", windows)])).len(), 2);
    }

    #[test]
    fn a_good_tree_passes() {
        let inside = concat!("see ../wo", "rk/x and example.org/ho", "me/ and $HOME/x, #!/usr/bin/env python3");
        assert_eq!(check(&tree(&[("a.md", inside)])), Vec::<String>::new());
    }
}

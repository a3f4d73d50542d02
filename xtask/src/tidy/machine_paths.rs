//! No absolute paths of somebody's machine: they work on that machine only and say who wrote them.
//!
//! Every file is read, whatever its encoding: bytes that are no text are passed over, and so are the zeros of UTF-16.

use super::File;

/// Folders that such paths begin with; split so that this file holds none.
const BEGINNINGS: [&str; 10] = [
    concat!("/ro", "ot"),
    concat!("/ho", "me"),
    concat!("/Us", "ers"),
    concat!("/wo", "rk"),
    concat!("/m", "nt"),
    concat!("/o", "pt"),
    concat!("/t", "mp"),
    concat!("/Vol", "umes"),
    concat!("/var/fol", "ders"),
    concat!("/sc", "ratch"),
];
/// Folders that begin a path on a Windows drive.
const ON_A_DRIVE: [&str; 5] = ["users", "documents and settings", "program files", "windows", "temp"];

/// Finds absolute machine paths.
pub fn check(files: &[File]) -> Vec<String> {
    let mut found = vec![];
    for file in files {
        for (i, line) in file.lossy().lines().enumerate() {
            if let Some(beginning) = BEGINNINGS.iter().find(|b| starts_a_path(line, b)) {
                found.push(format!("{}:{}: a path that begins with `{beginning}`", file.path, i + 1));
            }
            if line.match_indices(':').any(|(at, _)| is_on_a_drive(&line[..at], &line[at + 1..])) {
                found.push(format!("{}:{}: a path on a drive", file.path, i + 1));
            }
        }
    }
    found
}

/// Whether `beginning` stands in `line` where a path may start, not inside a longer one.
fn starts_a_path(line: &str, beginning: &str) -> bool {
    line.match_indices(beginning).any(|(at, _)| {
        let (before, after) = (line[..at].chars().next_back(), line[at + beginning.len()..].chars().next());
        before.is_none_or(|c| !c.is_alphanumeric() && !"._-~}*)$".contains(c))
            && after.is_none_or(|c| !c.is_alphanumeric() && !"_-.".contains(c))
    })
}

/// Whether one letter before a colon, and slashes of either kind and a known folder behind it, make a path; in
/// source code a backslash is written twice.
fn is_on_a_drive(before: &str, after: &str) -> bool {
    let mut letters = before.chars().rev();
    let drive =
        letters.next().is_some_and(|c| c.is_ascii_alphabetic()) && !letters.next().is_some_and(char::is_alphanumeric);
    let folder = after.trim_start_matches(['\\', '/']);
    drive
        && folder.len() < after.len()
        && ON_A_DRIVE.iter().any(|f| folder.get(..f.len()).is_some_and(|begins| begins.eq_ignore_ascii_case(f)))
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    #[test]
    fn machine_paths_are_found() {
        for text in [
            concat!("let p = \"/ho", "me/me/data\";"),
            concat!("make 2>/t", "mp/log"),
            concat!("fill('/t", "mp')"),
            concat!("cd /ro", "ot"),
            concat!("file:///Us", "ers/me"),
            concat!("C:\\Us", "ers\\me"),
            concat!("let p = \"C:\\\\Us", "ers\\\\me\";"),
            concat!("d:/us", "ers/me"),
            concat!("\"C:\\\\Program", " Files\\\\x\""),
        ] {
            for path in ["a.rs", "b.md", "Cargo.lock", "c"] {
                assert_eq!(check(&tree(&[(path, text)])).len(), 1, "{text}");
            }
            let latin = File { path: "a.txt".into(), bytes: [b"caf\xe9 ", text.as_bytes()].concat() };
            let wide = File { path: "b.txt".into(), bytes: text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
            assert_eq!(check(&[latin, wide]).len(), 2, "{text}");
        }
    }

    #[test]
    fn a_good_tree_passes() {
        let inside =
            concat!("see ../wo", "rk/x and example.org/ho", "me/ and $HOME/x, a /wo", "rkshop, #!/usr/bin/env python3");
        let colons = "https://users.example, a:\\n, std::users, note: windows";
        assert_eq!(check(&tree(&[("a.md", inside), ("b.md", colons)])), Vec::<String>::new());
    }
}

//! Paths as a shell takes them back, for commands that a person copies from a message.

use std::path::Path;

/// `path` in quotes if need be, and never to be mistaken for an option or a home folder.
///
/// ```
/// use std::path::Path;
/// assert_eq!(sys::shell_quoted(Path::new("runs/a-1")), "runs/a-1");
/// assert_eq!(sys::shell_quoted(Path::new("my run")), "'my run'");
/// ```
pub fn shell_quoted(path: &Path) -> String {
    let mut path = path.display().to_string();
    if path.starts_with(['-', '~']) {
        path.insert_str(0, "./");
    }
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+=:,@%~".contains(c);
    if !path.is_empty() && path.chars().all(is_plain) { path } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_paths_back_as_they_are() {
        let paths = [
            ("runs/a-1", "runs/a-1"),
            ("训练/一", "训练/一"),
            ("my run", "'my run'"),
            ("it's", r"'it'\''s'"),
            ("-x", "./-x"),
            ("~me", "./~me"),
            (r"a\b", r"'a\b'"),
            ("a*", "'a*'"),
            ("", "''"),
        ];
        for (path, expected) in paths {
            assert_eq!(shell_quoted(Path::new(path)), expected);
        }
        if cfg!(unix) {
            for (path, quoted) in paths.map(|(path, _)| (path, shell_quoted(Path::new(path)))) {
                let output = std::process::Command::new("sh").arg("-c").arg(format!("printf %s {quoted}")).output();
                let said = String::from_utf8(output.expect("a shell").stdout).expect("text");
                assert_eq!(said.trim_start_matches("./"), path);
            }
        }
    }
}

//! The command line reference in `docs/cli.md` and `docs/cli.zh.md` is what the program says about itself.
//!
//! The program is built first, by `cargo`, which is done in no time when a test or a build has done it before.

use super::File;
use std::time::Duration;

/// Each document, and the language it is in.
const DOCUMENTS: [(&str, &str); 2] = [("docs/cli.md", "en"), ("docs/cli.zh.md", "zh")];

/// Compares both documents with what the program prints.
pub fn check(files: &[File]) -> anyhow::Result<Vec<String>> {
    let mut build = crate::cargo::command(&["build", "--quiet", "-p", "cli"]);
    crate::process::must(build.stdout(std::io::stderr()))?;
    let mut found = vec![];
    for (path, lang) in DOCUMENTS {
        let document = files.iter().find(|file| file.path == path).and_then(File::text).unwrap_or_default();
        found.extend(difference(path, lang, document, &printed(lang)?));
    }
    Ok(found)
}

/// The first line in which `document` differs from the `printed` reference.
fn difference(path: &str, lang: &str, document: &str, printed: &str) -> Option<String> {
    let (mut said, mut is) = (document.lines(), printed.lines());
    for number in 1.. {
        match (said.next(), is.next()) {
            (None, None) => break,
            (a, b) if a == b => {}
            (a, b) => {
                let [a, b] = [a, b].map(|line| line.unwrap_or("the end"));
                let again = format!("cargo run -p cli -- dev cli-reference --lang {lang} > {path}");
                return Some(format!("{path}:{number}: says `{a}`, the program says `{b}`; write it again: {again}"));
            }
        }
    }
    None
}

/// What the program prints.
fn printed(lang: &str) -> anyhow::Result<String> {
    let mut text = String::new();
    let program = crate::target().join(format!("debug/sanjie{}", std::env::consts::EXE_SUFFIX));
    let mut command = std::process::Command::new(program);
    command.args(["dev", "cli-reference", "--lang", lang]);
    let end = crate::process::lines(&mut command, Duration::from_secs(60), |line| {
        text.push_str(line);
        text.push('\n');
    })?;
    anyhow::ensure!(end == crate::process::End::Success, "`sanjie dev cli-reference` failed: {text}");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_reference_is_found() {
        let found = difference("docs/cli.md", "en", "# cli\nold\n", "# cli\nnew\n").unwrap_or_default();
        assert!(found.starts_with("docs/cli.md:2:") && found.contains("--lang en > docs/cli.md"), "{found}");
        assert!(difference("docs/cli.md", "en", "# cli\n", "# cli\nmore\n").is_some());
        assert!(difference("docs/cli.md", "en", "", "# cli\n").is_some());
    }

    #[test]
    fn an_equal_one_passes() {
        assert_eq!(difference("docs/cli.md", "en", "# cli\na\n", "# cli\na\n"), None);
    }
}

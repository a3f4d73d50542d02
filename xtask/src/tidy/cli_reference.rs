//! The command line reference in `docs/cli.md` is what the program says about itself.

use std::time::Duration;

/// Finds the first line in which `document` differs from the `printed` reference.
pub fn check(document: &str, printed: &str) -> Vec<String> {
    let hint = "write it again with `cargo run -p cli -- dev cli-reference > docs/cli.md`";
    let (mut said, mut is) = (document.lines(), printed.lines());
    let mut number = 0;
    loop {
        number += 1;
        match (said.next(), is.next()) {
            (None, None) => return vec![],
            (a, b) if a == b => {}
            (a, b) => {
                let [a, b] = [a, b].map(|line| line.unwrap_or("the end"));
                return vec![format!("docs/cli.md:{number}: says `{a}`, the program says `{b}`; {hint}")];
            }
        }
    }
}

/// What the program prints, built first if need be.
pub fn printed() -> anyhow::Result<String> {
    let mut text = String::new();
    let mut build = crate::cargo::command(&["build", "--quiet", "-p", "cli"]);
    crate::process::must(build.stdout(std::io::stderr()))?;
    let program = crate::target().join(format!("debug/sanjie{}", std::env::consts::EXE_SUFFIX));
    let mut command = std::process::Command::new(program);
    let end = crate::process::lines(command.args(["dev", "cli-reference"]), Duration::from_secs(60), |line| {
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
        assert!(check("# cli\nold\n", "# cli\nnew\n")[0].starts_with("docs/cli.md:2:"));
        assert_eq!(check("# cli\n", "# cli\nmore\n").len(), 1);
    }

    #[test]
    fn an_equal_one_passes() {
        assert_eq!(check("# cli\na\n", "# cli\na\n"), Vec::<String>::new());
    }
}

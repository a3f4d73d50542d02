//! Licences, sources and bans of all dependencies, by `cargo deny` and the list in `deny.toml`.
//!
//! Advisories are not asked for: their database lies outside the package registries.

use crate::process::{End, lines};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Long enough for cargo to fetch what the lock file names.
const LIMIT: Duration = Duration::from_secs(300);

/// What `cargo-deny`, the program, says against the workspace at `root`.
pub fn check(cargo_deny: &Path, root: &Path) -> anyhow::Result<Vec<String>> {
    let mut said = vec![];
    let mut command = Command::new(cargo_deny);
    command
        .args(["--log-level", "error", "--color", "never", "check", "licenses", "bans", "sources"])
        .current_dir(root);
    let end = lines(&mut command, LIMIT, |line| said.push(line.to_string()))?;
    if end == End::Success {
        return Ok(vec![]);
    }
    said.retain(|line| !line.trim().is_empty());
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A workspace of one crate without dependencies.
    fn workspace(name: &str, licence: &str) -> std::path::PathBuf {
        let root = std::env::temp_dir().join(format!("tidy-licences-{name}-{}", std::process::id()));
        std::fs::create_dir_all(root.join("src")).unwrap();
        std::fs::write(root.join("src/lib.rs"), "").unwrap();
        let manifest = format!("[package]\nname = \"a\"\nversion = \"0.0.0\"\nlicense = \"{licence}\"\n[workspace]\n");
        std::fs::write(root.join("Cargo.toml"), manifest).unwrap();
        std::fs::copy(crate::root().join("deny.toml"), root.join("deny.toml")).unwrap();
        root
    }

    #[test]
    fn a_licence_off_the_list_is_found_and_a_good_one_passes() {
        let program = crate::install::cargo_deny().unwrap();
        let bad = workspace("bad", "AGPL-3.0-only");
        assert!(check(&program, &bad).unwrap().iter().any(|line| line.contains("AGPL-3.0")));
        let good = workspace("good", "MIT");
        assert_eq!(check(&program, &good).unwrap(), Vec::<String>::new());
        std::fs::remove_dir_all(bad).unwrap();
        std::fs::remove_dir_all(good).unwrap();
    }
}

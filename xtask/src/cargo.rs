//! What cargo knows: the packages of the workspace, their dependencies, the test binaries it built.

use crate::process;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;

/// `cargo metadata`, as far as it is used here.
#[derive(Deserialize)]
pub struct Metadata {
    /// The workspace's own packages (dependencies are not resolved).
    pub packages: Vec<Package>,
}

/// One package of the workspace.
#[derive(Deserialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it asks for, whether or not a feature turns it on.
    pub dependencies: Vec<Dependency>,
}

/// One dependency of a package.
#[derive(Deserialize)]
pub struct Dependency {
    /// Name of the package.
    pub name: String,
    /// `None` for a normal one, else `dev` or `build`.
    pub kind: Option<String>,
    /// The folder of a dependency that lies in this repository.
    pub path: Option<PathBuf>,
    /// Features that are asked for.
    #[serde(default)]
    pub features: Vec<String>,
    /// Whether those that are there by default come with them.
    #[serde(default)]
    pub uses_default_features: bool,
}

/// Asks cargo about the workspace at `root`.
pub fn metadata(root: &Path) -> Result<Metadata> {
    let text = process::output(command(&["metadata", "--no-deps", "--format-version", "1"]).current_dir(root))?;
    serde_json::from_str(&text).context("cargo metadata wrote something else")
}

/// A cargo command at the repository root.
pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args).current_dir(crate::root());
    command
}

/// A test binary.
pub struct TestBinary {
    /// `crate` for unit tests, `crate::it` for an integration binary.
    pub name: String,
    /// The file to run.
    pub executable: PathBuf,
    /// The package's folder: the working directory of its tests.
    pub folder: PathBuf,
}

#[derive(Deserialize)]
struct Artifact {
    reason: String,
    manifest_path: Option<PathBuf>,
    target: Option<Target>,
    profile: Option<Profile>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

/// The test binaries named in cargo's `--message-format=json` output, sorted by name.
pub fn test_binaries(messages: &str) -> Vec<TestBinary> {
    let mut found: Vec<TestBinary> = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Artifact>(line).ok())
        .filter(|a| a.reason == "compiler-artifact" && a.profile.as_ref().is_some_and(|p| p.test))
        .filter_map(|artifact| {
            let folder = artifact.manifest_path?.parent()?.to_path_buf();
            let package = folder.file_name()?.to_string_lossy().into_owned();
            let target = artifact.target?;
            let name =
                if target.kind.iter().any(|k| k == "test") { format!("{package}::{}", target.name) } else { package };
            Some(TestBinary { name, executable: artifact.executable?, folder })
        })
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_binaries_are_named_after_their_crate() {
        let messages = r#"{"reason":"compiler-artifact","manifest_path":"/p/crates/kernels/Cargo.toml","target":{"name":"it","kind":["test"]},"profile":{"test":true},"executable":"/t/it-1"}
{"reason":"compiler-artifact","manifest_path":"/p/crates/kernels/Cargo.toml","target":{"name":"kernels","kind":["lib"]},"profile":{"test":true},"executable":"/t/kernels-1"}
{"reason":"compiler-artifact","manifest_path":"/p/crates/kernels/Cargo.toml","target":{"name":"kernels","kind":["lib"]},"profile":{"test":false},"executable":null}
{"reason":"build-finished","success":true}"#;
        let names: Vec<_> = test_binaries(messages).into_iter().map(|b| b.name).collect();
        assert_eq!(names, ["kernels", "kernels::it"]);
    }

    #[test]
    fn the_workspace_is_described() {
        let metadata = metadata(crate::root()).unwrap();
        assert!(metadata.packages.iter().any(|p| p.name == "kernels"));
    }
}

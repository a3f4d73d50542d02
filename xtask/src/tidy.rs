//! `cargo xtask tidy`: the rules of the repository that no other tool checks.
//!
//! A check is a function over the files git knows (or over `cargo metadata`) that returns its findings, each naming
//! its place. Every check stands in its own file beside the tests that show a violation found and a good tree passed.

mod arrows;
mod catalogues;
mod claims;
mod cli_reference;
mod documents;
mod file_names;
mod goldens;
mod items;
mod licences;
mod machine_paths;
mod markdown;
mod module_docs;
mod npm_lock;
mod sizes;
mod skipped_tests;
mod swallowed_failures;
mod unfinished;
mod unsafe_code;

use crate::Usage;
use anyhow::{Result, bail};
use std::borrow::Cow;
use std::process::Command;

/// A check: what it found; nothing means the tree is good.
pub type Check = fn() -> Result<Vec<String>>;

/// A file of the repository.
pub struct File {
    /// Its path from the root, with `/`.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl File {
    /// Its text; `None` for a binary file.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }

    /// What of it is text, for checks that must not be blinded by a single byte: without zeros (UTF-16 is half of them).
    pub fn lossy(&self) -> Cow<'_, str> {
        match self.text() {
            Some(text) if !text.contains('\0') => Cow::Borrowed(text),
            _ => {
                let bytes: Vec<u8> = self.bytes.iter().copied().filter(|byte| *byte != 0).collect();
                Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
            }
        }
    }

    /// Whether its name ends in `.ext`.
    pub fn has_extension(&self, ext: &str) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, found)| found == ext)
    }
}

/// All checks with their names.
pub fn checks() -> Vec<(&'static str, Check)> {
    vec![
        ("arrows", || Ok(arrows::check(&crate::cargo::metadata(crate::root())?))),
        ("module_docs", || Ok(module_docs::check(&files()?))),
        ("file_names", || Ok(file_names::check(&files()?))),
        ("unsafe_code", || Ok(unsafe_code::check(&files()?))),
        ("documents", || Ok(documents::check(&files()?))),
        ("claims", || Ok(claims::check_and_note(&files()?))),
        ("goldens", || Ok(goldens::check(&files()?))),
        ("sizes", || Ok(sizes::check(&files()?))),
        ("unfinished", || Ok(unfinished::check(&files()?))),
        ("skipped_tests", || Ok(skipped_tests::check(&files()?))),
        ("swallowed_failures", || Ok(swallowed_failures::check(&files()?))),
        ("machine_paths", || Ok(machine_paths::check(&files()?))),
        ("npm_lock", || Ok(npm_lock::check(&files()?))),
        ("catalogues", || Ok(catalogues::check(&files()?))),
        ("licences", || licences::check(&crate::install::cargo_deny()?, crate::root())),
        ("cli_reference", || cli_reference::check(&files()?)),
    ]
}

/// `curriculum/TOPIC/labs/ID/stub.*`: unfinished by purpose.
fn is_lab_stub(path: &str) -> bool {
    // The skeleton is the topic that an author begins with.
    (path.starts_with("curriculum/") || path.starts_with("crates/course/skeleton/"))
        && path.rsplit('/').next().is_some_and(|name| name.starts_with("stub."))
}

/// The line, counted from 1, in which the byte `at` of `text` stands.
fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Runs the checks whose name contains one of `filters`; true if nothing was found.
pub fn run(filters: &[String]) -> Result<bool> {
    let names: Vec<&str> = checks().iter().map(|(name, _)| *name).collect();
    if let Some(unknown) = filters.iter().find(|f| f.is_empty() || !names.iter().any(|name| name.contains(f.as_str())))
    {
        bail!(Usage(format!("no check is called {unknown:?}\nhint: the checks are {}", names.join(", "))));
    }
    let mut good = true;
    for (name, check) in checks() {
        if filters.is_empty() || filters.iter().any(|f| name.contains(f.as_str())) {
            let found = check()?;
            println!("{} {name}", if found.is_empty() { "ok" } else { "FAILED" });
            found.iter().for_each(|f| println!("  {f}"));
            good &= found.is_empty();
        }
    }
    Ok(good)
}

/// The files git tracks or would track.
fn files() -> Result<Vec<File>> {
    let listed = crate::process::output(
        Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(crate::root()),
    )?;
    let mut files = vec![];
    for path in listed.split('\0').filter(|p| !p.is_empty()) {
        // A file that was deleted but not yet committed is listed too.
        if let Ok(bytes) = std::fs::read(crate::root().join(path)) {
            files.push(File { path: path.to_string(), bytes });
        }
    }
    Ok(files)
}

/// Builds a tree for the checks' own tests.
#[cfg(test)]
fn tree(files: &[(&str, &str)]) -> Vec<File> {
    files.iter().map(|(path, text)| File { path: path.to_string(), bytes: text.as_bytes().to_vec() }).collect()
}

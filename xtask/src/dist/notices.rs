//! The notices of everything the binary is built from: names, versions, licences, and their texts.
//!
//! Rust crates come from `cargo metadata` (what `cli` needs to be built, for this system). What the front end is built
//! from is known to its bundler alone, which writes it into `web/dist/licences.json`.

use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// All notices as one text, the same text of several packages once.
pub fn all(root: &Path) -> Result<String> {
    let mut notices = rust(root)?;
    notices.extend(web(root)?);
    let mut text = String::from("sanjie is built from these packages. Their licences follow.\n\n");
    for notice in &notices {
        text += &format!("{} {}: {}\n", notice.name, notice.version, notice.licence);
    }
    let texts: BTreeSet<&str> = notices.iter().flat_map(|n| &n.texts).map(|t| t.trim()).collect();
    for one in texts {
        let users: Vec<&str> =
            notices.iter().filter(|n| n.texts.iter().any(|t| t.trim() == one)).map(|n| n.name.as_str()).collect();
        text += &format!("\n{}\n{}\n\n{one}\n", "=".repeat(80), users.join(", "));
    }
    Ok(text)
}

struct Notice {
    name: String,
    version: String,
    licence: String,
    texts: Vec<String>,
}

fn rust(root: &Path) -> Result<Vec<Notice>> {
    let tree = ["tree", "-p", "cli", "--edges", "normal", "--prefix", "none", "--format", "{p}"];
    let used = crate::process::output(crate::cargo::command(&tree).current_dir(root))?;
    let used: BTreeSet<(&str, &str)> = used
        .lines()
        .filter_map(|line| line.split_once(" v"))
        .map(|(name, rest)| (name, rest.split(' ').next().unwrap_or(rest)))
        .collect();
    let metadata =
        crate::process::output(crate::cargo::command(&["metadata", "--format-version", "1"]).current_dir(root))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let mut notices = vec![];
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let text = |key: &str| package[key].as_str().unwrap_or_default().to_string();
        let ours = package["source"].is_null();
        if ours || !used.contains(&(&text("name"), &text("version"))) {
            continue;
        }
        let texts = Path::new(&text("manifest_path")).parent().map(licence_texts).unwrap_or_default();
        notices.push(Notice { name: text("name"), version: text("version"), licence: text("license"), texts });
    }
    Ok(notices)
}

/// The packages whose code is in the built front end; none if it is not built.
fn web(root: &Path) -> Result<Vec<Notice>> {
    let dist = root.join("web/dist");
    if !dist.join("index.html").is_file() {
        return Ok(vec![]);
    }
    let list = dist.join("licences.json");
    bundled(&std::fs::read_to_string(&list).with_context(|| list.display().to_string())?)
}

/// Reads the list that the bundler (Vite's `build.license`) writes.
fn bundled(list: &str) -> Result<Vec<Notice>> {
    let packages: Vec<Value> = serde_json::from_str(list)?;
    let notice = |package: &Value| {
        let text = |key: &str| package[key].as_str().unwrap_or_default().to_string();
        let texts = package["text"].as_str().map(str::to_string).into_iter().collect();
        Notice { name: text("name"), version: text("version"), licence: text("identifier"), texts }
    };
    Ok(packages.iter().map(notice).collect())
}

/// The licence and notice files at the top of a package.
fn licence_texts(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return vec![] };
    let mut texts: Vec<String> = entries
        .flatten()
        .filter(|entry| {
            let name = entry.file_name().to_string_lossy().to_uppercase();
            ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"].iter().any(|start| name.starts_with(start))
        })
        .filter_map(|entry| std::fs::read_to_string(entry.path()).ok())
        .collect();
    texts.sort();
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_binary_is_built_from_is_named_with_its_licence() {
        let text = all(crate::root()).unwrap();
        assert!(text.lines().any(|line| line.starts_with("clap 4") && line.contains("MIT")));
        assert!(text.contains("Permission is hereby granted"));
        // Only tests use it.
        assert!(!text.contains("libtest-mimic"));
    }

    #[test]
    fn the_bundler_names_the_packages_of_the_front_end() {
        let list =
            r#"[{"name":"svelte","version":"5.1.0","identifier":"MIT","text":"Be free"},{"name":"x","version":"1"}]"#;
        let found = bundled(list).unwrap();
        assert_eq!((found[0].name.as_str(), found[0].licence.as_str(), found[0].texts.len()), ("svelte", "MIT", 1));
        assert_eq!((found[1].name.as_str(), found[1].licence.as_str(), found[1].texts.len()), ("x", "", 0));
    }
}

//! What documents name exists: paths, links, and items such as `models::gpt::Block::forward`.
//!
//! Only what stands in backticks or in a link is taken for a name, and only outside fenced blocks. A path counts
//! when it begins with one of the repository's own folders, an item when its first segment is one of its crates. A
//! lesson's fence ` ```source ITEM ` names an item too.

use super::File;
use super::items::Items;

/// Folders whose mention says that the path exists.
const FOLDERS: [&str; 10] = ["crates", "xtask", "web", "docs", "bench", "ci", ".ci", "recipes", "curriculum", ".cargo"];
/// Made by builds, not kept.
const BUILT: [&str; 2] = ["web/dist", "web/node_modules"];

/// Finds names in Markdown files that lead nowhere.
pub fn check(files: &[File]) -> Vec<String> {
    let items = Items::of(files);
    let mut found = vec![];
    for file in files.iter().filter(|f| f.has_extension("md")) {
        let mut fenced = false;
        for (i, line) in file.text().unwrap_or_default().lines().enumerate() {
            let mut say = |what: &str| found.push(format!("{}:{}: `{what}` does not exist", file.path, i + 1));
            if let Some(info) = line.trim_start().strip_prefix("```") {
                if let (false, ["source", item]) = (fenced, &info.split_whitespace().collect::<Vec<_>>()[..])
                    && file.path.starts_with("curriculum/")
                    && !items.has(item)
                {
                    say(item);
                }
                fenced = !fenced;
            }
            if fenced {
                continue;
            }
            for code in line.split('`').skip(1).step_by(2) {
                if let Some(path) = as_path(code)
                    && !exists(files, path)
                {
                    say(code);
                }
                let item = code.trim_end_matches("()").trim_end_matches('!');
                if items.is_of_ours(item) && !items.has(item) {
                    say(code);
                }
            }
            for target in line.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
                let target = target.split(['#', ' ']).next().unwrap_or_default();
                let elsewhere = target.is_empty() || target.contains("://") || target.starts_with("mailto:");
                if !elsewhere && !exists(files, &beside(&file.path, target)) {
                    say(target);
                }
            }
        }
    }
    found
}

/// The path that a piece of code names, without a trailing line number; `None` if it names none of ours.
fn as_path(code: &str) -> Option<&str> {
    let plain = |c: char| c.is_alphanumeric() || "._-/".contains(c);
    let (path, line) = code.split_once(':').unwrap_or((code, ""));
    let (top, _) = path.split_once('/')?;
    let ours = FOLDERS.contains(&top) && path.chars().all(plain) && line.chars().all(|c| c.is_ascii_digit());
    let built = BUILT.iter().any(|b| path.starts_with(b)) || path.contains("NNNN");
    (ours && !built).then_some(path)
}

/// Whether `path` is a file or the folder of one.
fn exists(files: &[File], path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let inside = |f: &File| f.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    path.is_empty() || files.iter().any(inside)
}

/// `target`, as a link in the file `from` means it.
fn beside(from: &str, target: &str) -> String {
    let mut parts: Vec<&str> = if target.starts_with('/') { vec![] } else { from.split('/').collect() };
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    const GPT: &str = "//! GPT.\npub struct Block;\nimpl Block {\n    pub fn forward(&self) {}\n}";

    #[test]
    fn what_leads_nowhere_is_found() {
        let found = check(&tree(&[
            ("crates/models/src/lib.rs", "pub mod gpt;"),
            ("crates/models/src/gpt.rs", GPT),
            (
                "docs/a.md",
                "See `crates/models/src/bert.rs`, `models::gpt::Block::backward` and [b](b.md).\n`models::bert`",
            ),
            ("curriculum/t/lesson.en.md", "```source models::gpt::Block\n```\n```source models::gpt::block\n```"),
        ]));
        assert_eq!(found.len(), 5, "{found:?}");
        assert!(found[0].starts_with("docs/a.md:1: `crates/models/src/bert.rs`"));
    }

    #[test]
    fn a_good_tree_passes() {
        let found = check(&tree(&[
            ("crates/models/src/lib.rs", "pub mod gpt;\npub use gpt::Block;"),
            ("crates/models/src/gpt.rs", GPT),
            ("docs/b.md", "x"),
            (
                "docs/a.md",
                "`crates/models/`, `crates/models/src/gpt.rs:3`, `models::gpt::Block::forward`, `models::Block::forward()`,\n\
                 [b](b.md#x), [c](../crates/models/src/gpt.rs), [d](https://a.example), `std::fs::read`, `web/dist`, `a/b`\n\
                 ```\n`crates/none.rs`\n```",
            ),
        ]));
        assert_eq!(found, Vec::<String>::new());
    }
}

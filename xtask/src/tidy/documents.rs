//! What documents name exists: paths, links and their anchors, and items such as `models::gpt::Block::forward`.
//!
//! Every word of a Markdown page counts, in a sentence, in backticks or in a fenced block, and every word of a Rust
//! comment. A word is a path when it begins with one of the repository's own folders, a file's name when it ends as
//! one of our documents or sources does, and an item when its first part is one of our crates or types. A `*` in a
//! path stands for any text, and so does a word such as NAME.

use super::File;
use super::items::Items;
use super::markdown::Page;
use std::collections::BTreeSet;

/// Folders whose mention says that the path exists.
const FOLDERS: [&str; 10] = ["crates", "xtask", "web", "docs", "bench", "ci", ".ci", "recipes", "curriculum", ".cargo"];
/// Made by builds, not kept.
const BUILT: [&str; 2] = ["web/dist", "web/node_modules"];
/// Words in a path that stand for any name.
const PLACEHOLDERS: [&str; 5] = ["NAME", "ID", "TOPIC", "EXAMPLE", "NNNN"];
/// Files of these kinds are ours where a document names one with its folder; `x.md` is ours alone, too, where another
/// name without a folder may be a reader's own file.
const OURS: [&str; 3] = ["md", "rs", "svelte"];

/// Finds names in Markdown files and in Rust comments that lead nowhere.
pub fn check(files: &[File]) -> Vec<String> {
    let tree = Tree { files, items: Items::of(files) };
    let mut found = vec![];
    for file in files {
        let text = file.lossy();
        if file.has_extension("md") {
            tree.links(file, &Page::read(&text), &mut found);
            for (i, line) in text.lines().enumerate() {
                let place = format!("{}:{}", file.path, i + 1);
                tree.words(file, line, &place, &mut found);
                for name in words(line, "./-_*").filter(|w| !tree.has_file(w)) {
                    found.push(format!("{place}: `{name}` does not exist"));
                }
                for item in words(line, ":_").map(|w| w.trim_end_matches(':')).filter(|w| !tree.items.resolves(w)) {
                    found.push(format!("{place}: `{item}` does not exist"));
                }
                let source = line.trim_start().strip_prefix("```source ").map(str::trim);
                if let Some(item) = source.filter(|item| file.path.starts_with("curriculum/") && !tree.items.has(item))
                {
                    found.push(format!("{place}: no source of `{item}`"));
                }
            }
        } else if file.has_extension("rs") {
            for (i, line) in text.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with("//")) {
                tree.words(
                    file,
                    line.trim_start().trim_start_matches('/'),
                    &format!("{}:{}", file.path, i + 1),
                    &mut found,
                );
            }
        }
    }
    let mut said = BTreeSet::new();
    found.retain(|f| said.insert(f.clone()));
    found
}

/// What there is to name.
struct Tree<'f> {
    files: &'f [File],
    items: Items,
}

impl Tree<'_> {
    /// Finds paths in `line` that are ours and do not exist.
    fn words(&self, file: &File, line: &str, place: &str, found: &mut Vec<String>) {
        for word in words(line, "./-_*") {
            let relative = word.starts_with("./") || word.starts_with("../");
            let from_root = word.trim_start_matches("./").trim_start_matches('/').to_string();
            let beside = beside(&file.path, word);
            let named: Vec<&String> = if relative { vec![&from_root, &beside] } else { vec![&from_root] };
            let ours: Vec<_> = named.into_iter().filter(|path| is_ours(path)).collect();
            if !ours.is_empty() && !ours.iter().any(|path| self.exists(path)) {
                found.push(format!("{place}: `{word}` does not exist"));
            }
        }
    }

    /// Finds links, images and anchors that lead nowhere.
    fn links(&self, file: &File, page: &Page, found: &mut Vec<String>) {
        for (line, link) in &page.undefined {
            found.push(format!("{}:{line}: `{link}` is not defined", file.path));
        }
        for (line, target) in &page.targets {
            let elsewhere = target.contains("://") || target.starts_with("mailto:") || target.starts_with("data:");
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = if path.is_empty() { file.path.clone() } else { beside(&file.path, &decoded(path)) };
            let is_there = elsewhere || self.exists(&path) && self.has_anchor(&path, &decoded(anchor));
            if !is_there {
                found.push(format!("{}:{line}: `{target}` does not exist", file.path));
            }
        }
    }

    /// Whether a link to the file `path` may go on with `#anchor`: in a page a heading, in a source a line.
    fn has_anchor(&self, path: &str, anchor: &str) -> bool {
        let Some(file) = self.files.iter().find(|f| f.path == path) else { return anchor.is_empty() };
        let text = file.lossy();
        let n_lines = text.lines().count();
        let is_line = |part: &str| {
            part.strip_prefix('L').and_then(|n| n.parse().ok()).is_some_and(|n| (1..=n_lines).contains(&n))
        };
        anchor.is_empty()
            || if file.has_extension("md") {
                Page::read(&text).anchors.contains(anchor)
            } else {
                anchor.split('-').all(is_line)
            }
    }

    /// Whether `path`, in which `*` stands for any text, is a file or the folder of one.
    fn exists(&self, path: &str) -> bool {
        let wanted: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        self.files.iter().any(|file| fits(&wanted, &file.path.split('/').collect::<Vec<_>>()))
    }

    /// Whether `word` is no name of a file of ours, or the end of a file's path.
    fn has_file(&self, word: &str) -> bool {
        let name = word.trim_start_matches("../").trim_start_matches("./");
        let Some((before, ext)) = name.rsplit_once('.') else { return true };
        let stem = before.rsplit('/').next().unwrap_or(before);
        // `*.md` and `.md` are kinds of files; what stands elsewhere begins with a slash.
        if !OURS.contains(&ext)
            || ext != "md" && !name.contains('/')
            || stem.is_empty()
            || name.contains('*')
            || name.starts_with('/')
            || is_ours(name)
            || stands_for_any(stem)
        {
            return true;
        }
        self.files.iter().any(|f| f.path.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('/')))
    }
}

/// The longest runs of letters, digits and `signs` in `line` that begin and end like a name.
fn words<'l>(line: &'l str, signs: &str) -> impl Iterator<Item = &'l str> {
    let inside = move |c: char| c.is_ascii_alphanumeric() || signs.contains(c);
    let mut rest = line;
    std::iter::from_fn(move || {
        let begin = rest.find(inside)?;
        let end = rest[begin..].find(|c| !inside(c)).map_or(rest.len(), |n| begin + n);
        let (word, after) = (&rest[begin..end], &rest[end..]);
        rest = after;
        // `name-{x}` and `name-<x>` go on with anything: only their folder is named.
        let goes_on = after.starts_with(['{', '<', '$']) && !after.starts_with("</");
        let whole = if signs.contains('/') && goes_on { word.rfind('/').map_or("", |at| &word[..at]) } else { word };
        let whole = whole.trim_end_matches(['.', '-', '_']);
        // The stars of bold print.
        Some(if whole.starts_with("**") { whole.trim_matches('*') } else { whole })
    })
}

/// Whether `path` begins with a folder of ours and is none that a build makes.
fn is_ours(path: &str) -> bool {
    path.split_once('/').is_some_and(|(top, _)| FOLDERS.contains(&top)) && !BUILT.iter().any(|b| path.starts_with(b))
}

/// Whether a part of a path is a word that stands for any name.
fn stands_for_any(part: &str) -> bool {
    part.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| PLACEHOLDERS.contains(&word))
}

/// Whether the parts of a path fit those of a file or of one of its folders.
fn fits(wanted: &[&str], parts: &[&str]) -> bool {
    match (wanted, parts) {
        ([], _) => true,
        (["**", rest @ ..], _) => (0..=parts.len()).any(|n| fits(rest, &parts[n..])),
        ([first, rest @ ..], [part, others @ ..]) => (stands_for_any(first) || like(first, part)) && fits(rest, others),
        _ => false,
    }
}

/// Whether `name` is like `pattern`, in which `*` stands for any text.
fn like(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => name.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices().map(|(i, _)| i).chain([rest.len()]).any(|i| like(after, &rest[i..]))
        }),
    }
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

/// `text` with each `%41` as the byte it stands for.
fn decoded(text: &str) -> String {
    let mut bytes = vec![];
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = (*first == b'%').then(|| after.get(..2)).flatten().and_then(|hex| std::str::from_utf8(hex).ok());
        match code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    const GPT: &str = "//! GPT.\npub struct Block;\nimpl Block {\n    pub fn forward(&self) {}\n}";

    /// What is found in a page of these words, in a good tree.
    fn found_in(path: &str, text: &str) -> Vec<String> {
        check(&tree(&[
            ("crates/models/src/lib.rs", "//! Models.\npub mod gpt;\npub use gpt::Block;"),
            ("crates/models/src/gpt.rs", GPT),
            ("crates/models/goldens/a.json", ""),
            ("bench/peers/torch.txt", ""),
            ("docs/b.md", "# Some title\n\n## 标题\n"),
            ("docs/images/b.png", ""),
            ("ARCHITECTURE.md", "# Architecture"),
            (path, text),
        ]))
    }

    #[test]
    fn paths_that_lead_nowhere_are_found() {
        for path in [
            "crates/models/src/nope.rs",
            "crates/models/src/nope.rs:12",
            "crates/models/src/nope.rs:12-20",
            "./crates/nope.rs",
            "../crates/nope.rs",
            "crates/*/nope/",
            "crates/*/src/n*pe.rs",
            "crates/**/nope.rs",
            "docs/NOPE.md",
            "NOPE.md",
            "src/nope.rs",
            ".ci/nope",
        ] {
            for text in [
                format!("See `{path}`."),
                format!("x\n```\ncat {path}\n```"),
                format!("``{path}``"),
                format!("<code>{path}</code>"),
                format!("In {path}, **{path}**."),
            ] {
                let found = found_in("docs/a.md", &text);
                assert!(!found.is_empty() && found.iter().all(|f| f.starts_with("docs/a.md:")), "{text}: {found:?}");
            }
        }
        for comment in [
            "//! See `crates/nope/src/lib.rs`.",
            "//! A.\n\n/// See crates/nope.",
            "//! A.\nfn f() {\n    // docs/nope.md says why.\n}",
        ] {
            assert_eq!(found_in("crates/models/src/a.rs", comment).len(), 1, "{comment}");
        }
    }

    #[test]
    fn links_that_lead_nowhere_are_found() {
        for text in [
            "[b](c.md)",
            "[x][1]\n\n[1]: nope.md",
            "[x][1]",
            "[x]\n\n[x]: ../nope.png",
            "<img src=\"images/nope.png\" alt=\"\">",
            "<a href='../nope'>x</a>",
            "![x](images/nope.png)",
            "[b](#nowhere)",
            "[b](b.md#nowhere)",
            "[b](../crates/models/src/gpt.rs#L90)",
            "[b](%63.md)",
        ] {
            let found = found_in("docs/a.md", text);
            assert!(!found.is_empty() && found.iter().all(|f| f.starts_with("docs/a.md:")), "{text}: {found:?}");
        }
    }

    #[test]
    fn items_that_do_not_exist_are_found() {
        for item in [
            "models::gpt::Block::backward",
            "models::bert",
            "models::nope(q)",
            "models::gpt::nope::<T>(q, k)",
            "Block::nope_forward",
            "let y = models::nope(x)?;",
            "&Block::nope(x)",
        ] {
            for text in [format!("`{item}`"), format!("```rust\n{item}\n```")] {
                assert_eq!(found_in("docs/a.md", &text).len(), 1, "{text}");
            }
        }
        assert!(!found_in("curriculum/t/lesson.en.md", "```source other::nope\n```").is_empty());
        assert!(!found_in("curriculum/t/lesson.en.md", "```source models::gpt::block\n```").is_empty());
    }

    #[test]
    fn a_good_tree_passes() {
        for text in [
            "`crates/models/`, `crates/models/src/gpt.rs:3`, ``crates/models/src/gpt.rs:3-4``, `models::gpt::Block::forward`",
            "`models::Block::forward(x)`, `Block::forward`, `std::fs::read`, `Vec::new`, `web/dist`, `a/b`, `crate::x::y`",
            "[b](b.md#some-title), [c](../crates/models/src/gpt.rs#L2-L3), [d](https://a.example/x#y), [e](b.md#%E6%A0%87%E9%A2%98)",
            "[b][1] `a[i][j]`\n\n[1]: b.md",
            "# Own\n\n[here](#own) <img src=\"images/b.png\"> ![](images/b.png)",
            "`crates/*/src/*.rs`, `crates/*/goldens/`, `crates/**/gpt.rs`, `docs/decisions-<n>`, `bench/peers/NAME.txt`, `*.md`, `src/gpt.rs`, `mine.rs`",
            "ARCHITECTURE.md, ../ARCHITECTURE.md, **crates/models**, a knowledge base of `.md`, https://a.example/crates/nope.rs",
            "```sh\ncat crates/models/src/gpt.rs\n```\n\n```\nmodels::gpt::Block::forward(x);\n```",
        ] {
            assert_eq!(found_in("docs/a.md", text), Vec::<String>::new(), "{text}");
        }
        let source = "//! `crates/models`, bench/peers/NAME.txt.\nconst A: &str = \"crates/nope\";";
        assert_eq!(found_in("crates/models/src/a.rs", source), Vec::<String>::new());
        assert_eq!(found_in("curriculum/t/lesson.en.md", "```source models::gpt::Block\n```"), Vec::<String>::new());
    }
}

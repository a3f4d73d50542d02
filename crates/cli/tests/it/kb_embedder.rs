//! Knowledge bases with an encoder of one's own, from the outside: chosen once, used by `search --by`, missed without harm. And what
//! `kb add` and `kb rm` say of what they do not do.

use crate::{sanjie, scratch};
use check::{Outcome, Stop};
use serde_json::Value;
use std::path::Path;

/// Exit code, standard output, standard error.
fn run(folder: &Path, arguments: &[&str]) -> Result<(Option<i32>, String, String), Stop> {
    let output = sanjie(folder).args(arguments).output()?;
    let [out, error] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    Ok((output.status.code(), out, error))
}

fn expect(folder: &Path, arguments: &[&str], code: i32, words: &[&str]) -> Result<String, Stop> {
    let (found, out, error) = run(folder, arguments)?;
    check::equal(found, Some(code), &format!("exit code of {arguments:?}, which said {out}{error}"))?;
    for word in words {
        check::that(out.contains(word) || error.contains(word), || {
            format!("{arguments:?} does not say {word:?}: {out}{error}")
        })?;
    }
    Ok(out)
}

fn copy(from: &Path, to: &Path) -> Outcome {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()))?;
        } else {
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// A small BERT stands for a published encoder.
pub fn an_encoder_gives_vectors_until_it_is_gone() -> Outcome {
    let folder = scratch("kb-embedder")?;
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/goldens/families/bert"), &folder.join("bert"))?;
    std::fs::create_dir_all(folder.join("docs"))?;
    for (name, text) in [("a.txt", "a b c d. b c d e."), ("b.txt", "e d c b a"), ("c.txt", "绿茶不发酵。")] {
        std::fs::write(folder.join("docs").join(name), text)?;
    }
    expect(&folder, &["kb", "add", "notes", "docs", "--embedder", "nothing"], 1, &["nothing"])?;
    expect(&folder, &["kb", "add", "notes", "docs", "--embedder", "http://127.0.0.1:1"], 1, &["URL#MODEL"])?;
    expect(&folder, &["kb", "add", "notes", "docs", "--chunking", "semantic"], 1, &["--embedder"])?;
    expect(&folder, &["kb", "ls"], 0, &[])?;
    let added = expect(
        &folder,
        &["kb", "add", "notes", "docs", "--embedder", "bert", "--chunking", "semantic:64", "--json"],
        0,
        &[],
    )?;
    let added: Value = serde_json::from_str(&added)?;
    check::equal((added["added"].as_u64(), added["embedded"].as_u64()), (Some(3), Some(3)), "what was added")?;
    for by in ["meaning", "both"] {
        let hits = expect(&folder, &["search", "notes", "a b c d. b c d e.", "--by", by, "--json"], 0, &[])?;
        check::that(hits.lines().next().is_some_and(|hit| hit.contains("a.txt")), || format!("{by}: {hits}"))?;
    }
    let synced: Value = serde_json::from_str(&expect(&folder, &["kb", "sync", "notes", "--json"], 0, &[])?)?;
    check::equal(synced["embedded"].as_u64(), Some(0), "texts embedded again")?;
    expect(&folder, &["kb", "check", "notes"], 0, &[])?;
    std::fs::rename(folder.join("bert"), folder.join("moved"))?;
    expect(&folder, &["search", "notes", "a b", "--by", "meaning"], 1, &["bert", "--by"])?;
    expect(&folder, &["search", "notes", "绿茶"], 0, &["c.txt"])?;
    expect(&folder, &["ask", "notes", "绿茶发酵吗？"], 0, &["绿茶不发酵"])?;
    expect(&folder, &["kb", "rm", "notes", "docs/c.txt"], 0, &[])?;
    expect(&folder, &["kb", "check", "notes"], 0, &[])?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// Files that are not read are named with the reason; a removal of nothing says what can be removed; too little to learn from is said.
pub fn what_is_not_done_is_said() -> Outcome {
    let folder = scratch("kb-unread")?;
    std::fs::create_dir_all(folder.join("docs"))?;
    for (name, text) in
        [("tea.txt", "Green tea is steamed."), ("cow.txt", "Milk comes from cows."), ("a.jpg", "x"), ("bad.docx", "x")]
    {
        std::fs::write(folder.join("docs").join(name), text)?;
    }
    let said = expect(&folder, &["kb", "add", "notes", "docs", "--lang", "en"], 0, &[])?;
    let lines: Vec<&str> = said.lines().collect();
    check::that(
        lines[0].starts_with("2 added") && said.contains("docs/a.jpg") && said.contains("docs/bad.docx"),
        || said.clone(),
    )?;
    let report: Value = serde_json::from_str(&expect(&folder, &["kb", "sync", "notes", "--json"], 0, &[])?)?;
    let unread: Vec<(Option<&str>, bool)> = report["unread"]
        .as_array()
        .map(|all| all.iter().map(|one| (one["file"].as_str(), one["why"].is_string())).collect())
        .unwrap_or_default();
    check::equal(unread, vec![(Some("docs/bad.docx"), true), (Some("docs/a.jpg"), true)], "files left unread")?;
    check::equal(report["other_files"].as_u64(), Some(1), "files of other kinds")?;
    expect(&folder, &["kb", "rm", "notes", "--lang", "en"], 2, &["kb ls notes", "--all"])?;
    expect(&folder, &["search", "notes", "tea", "--by", "meaning", "--lang", "en"], 0, &["2 chunks"])?;
    expect(&folder, &["kb", "add", "notes", "docs", "--embedder", "lsa", "--lang", "en"], 0, &["no language model"])?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

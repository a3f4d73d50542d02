//! Knowledge bases with an encoder of one's own, from the outside: chosen once, used by `search --by`, missed without harm. And what
//! `kb add` and `kb rm` say of what they do not do.

use crate::studio::Studio;
use crate::{sanjie, scratch};
use check::{Outcome, Stop};
use serde_json::{Value, json};
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

/// The same over HTTP, as the page *Knowledge* does it: chosen when the knowledge base is made, refused in the command line's words,
/// lent to searches, missed without harm.
pub fn an_encoder_is_chosen_in_the_studio() -> Outcome {
    let folder = scratch("kb-studio-embedder")?;
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/goldens/families/bert"), &folder.join("bert"))?;
    std::fs::create_dir_all(folder.join("docs"))?;
    for (name, text) in [("a.txt", "a b c d. b c d e."), ("b.txt", "e d c b a")] {
        std::fs::write(folder.join("docs").join(name), text)?;
    }
    let studio = Studio::on(&folder)?;
    let docs = folder.join("docs").display().to_string();
    let add = |embedder: &str, chunking: &str| json!({"folder": docs, "embedder": embedder, "chunking": chunking});
    for (written, chunking) in [
        ("nothing", "recursive:64"),
        ("http://127.0.0.1:1", "recursive:64"),
        ("http://127.0.0.1:1/v1#model", "recursive:64"),
        ("docs", "recursive:64"),
        ("lsa", "semantic:64"),
        ("", "recursive:64"),
    ] {
        let arguments = ["kb", "add", "notes", "docs", "--embedder", written, "--chunking", chunking, "--lang", "en"];
        let (_, _, told) = run(&folder, &arguments)?;
        let refused = studio.expect(422, "POST", "kb/notes/add?lang=en", &add(written, chunking))?;
        let message = refused["message"].as_str().unwrap_or_default();
        check::that(!message.is_empty() && told.contains(message), || format!("{message:?} is not {told:?}"))?;
    }
    check::equal(studio.expect(200, "GET", "kb", &Value::Null)?, json!([]), "after refusals")?;
    let bert = folder.join("bert").display().to_string();
    let added = studio.expect(200, "POST", "kb/notes/add", &add(&bert, "semantic:64"))?;
    check::equal((&added["added"], &added["waits"]), (&json!(2), &Value::Null), "what was added")?;
    let line = studio.expect(200, "GET", "kb", &Value::Null)?[0].clone();
    check::that(line["embedder"].as_str().is_some_and(|place| place.ends_with("bert")), || line.to_string())?;
    let file = format!("kb/more/files?name=c.txt&embedder={bert}");
    let uploaded = studio.expect(200, "POST", &file, &json!("a c e"))?;
    check::equal(&uploaded["added"], &json!(1), "a file that is handed over")?;
    let search = |by: &str| json!({"query": "a b c d. b c d e.", "by": by});
    let hits = studio.expect(200, "POST", "kb/notes/search", &search("meaning"))?;
    check::that(hits[0]["document"].as_str().is_some_and(|name| name.ends_with("a.txt")), || hits.to_string())?;
    expect(&folder, &["kb", "check", "notes"], 0, &[])?;
    drop(studio);
    std::fs::rename(folder.join("bert"), folder.join("moved"))?;
    let studio = Studio::on(&folder)?;
    studio.expect(200, "POST", "kb/notes/search", &search("words"))?;
    let refused = studio.expect(422, "POST", "kb/notes/search", &search("both"))?;
    check::that(refused["message"].as_str().is_some_and(|why| why.contains("bert")), || refused.to_string())?;
    std::fs::write(folder.join("docs/d.txt"), "b d")?;
    let synced = studio.expect(200, "POST", "kb/more/sync", &Value::Null)?;
    check::that(synced["waits"]["message"].as_str().is_some_and(|why| why.contains("bert")), || synced.to_string())?;
    drop(studio);
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

//! Knowledge bases from the outside: what is found and printed, who sees it, what a kill leaves.

use crate::course::python;
use crate::{sanjie, scratch};
use check::{Outcome, Stop};
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

fn run(folder: &Path, arguments: &[&str]) -> Result<Output, Stop> {
    Ok(sanjie(folder).args(arguments).output()?)
}

/// Standard output of a command that must end well.
fn says(folder: &Path, arguments: &[&str]) -> Result<String, Stop> {
    let output = run(folder, arguments)?;
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    check::equal(output.status.code(), Some(0), &format!("exit code of {arguments:?}, which said {words}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn json_lines(text: &str) -> Result<Vec<serde_json::Value>, Stop> {
    Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

fn write_documents(folder: &Path, n: usize) -> Outcome {
    std::fs::create_dir_all(folder.join("docs"))?;
    for i in 0..n {
        let text = format!(
            "# Note {i}\n\nThe serial number of this one is SN-{i:05}. 第{i}号笔记。\n\n{}",
            "Filling words. ".repeat(40)
        );
        std::fs::write(folder.join(format!("docs/{i}.md")), text)?;
    }
    Ok(())
}

/// Add, search, ask, measure, export, remove: the fields that scripts rely on.
pub fn a_knowledge_base_is_made_searched_and_measured() -> Outcome {
    let folder = scratch("kb")?;
    write_documents(&folder, 20)?;
    std::fs::write(
        folder.join("lines.jsonl"),
        "{\"id\": \"pay\", \"title\": \"Pay\", \"text\": \"Salaries are secret.\", \"groups\": [\"hr\"]}\n",
    )?;
    let added = json_lines(&says(&folder, &["kb", "add", "notes", "docs", "lines.jsonl", "--json"])?)?;
    check::equal(added[0]["added"].as_u64(), Some(21), "documents added")?;
    let hits = json_lines(&says(&folder, &["search", "notes", "SN-00007", "--json"])?)?;
    let hit = &hits[0];
    check::equal(hit["rank"].as_u64(), Some(1), "the rank")?;
    check::equal(hit["document"].as_str(), Some("docs/7.md"), "the document")?;
    let exported = json_lines(&says(&folder, &["kb", "export", "notes"])?)?;
    check::equal(json_lines(&says(&folder, &["kb", "export", "notes", "--json"])?)?, exported.clone(), "with --json")?;
    let text =
        exported.iter().find(|line| line["id"] == hit["document"]).and_then(|line| line["text"].as_str()).unwrap_or("");
    let range = |key: &str| hit[key].as_u64().unwrap_or(0) as usize;
    check::equal(text.get(range("start")..range("end")), hit["text"].as_str(), "the exact place")?;
    for (arguments, expected) in
        [(&[][..], 0), (&["--group", "hr"][..], 1), (&["--owner"][..], 1), (&["--user", "hr"][..], 0)]
    {
        let found = says(&folder, &[&["search", "notes", "salaries", "--json"], arguments].concat())?;
        check::equal(found.lines().count(), expected, &format!("hits with {arguments:?}"))?;
        for by in [&["--by", "meaning"][..], &["--by", "both"], &["--meaning", "0.5"]] {
            let found = says(&folder, &[&["search", "notes", "salaries secret", "--json"], by, arguments].concat())?;
            // Words of one document alone have no vector: there is nothing to be like.
            let expected = if by == ["--by", "meaning"] { 0 } else { expected };
            let has_pay = found.lines().any(|line| line.contains("\"pay\""));
            check::equal(has_pay, expected == 1, &format!("found {by:?} with {arguments:?}"))?;
        }
        let answer =
            json_lines(&says(&folder, &[&["ask", "notes", "Are salaries secret?", "--json"], arguments].concat())?)?;
        check::equal(answer[0]["abstained"].as_bool(), Some(expected == 0), &format!("the answer with {arguments:?}"))?;
    }
    std::fs::write(folder.join("photo.jpg"), "not a photo")?;
    std::fs::write(
        folder.join("q.jsonl"),
        "{\"id\": \"1\", \"question\": \"SN-00003\", \"relevant\": [\"docs/3.md\"]}\n",
    )?;
    let lines = json_lines(&says(&folder, &["kb", "eval", "notes", "q.jsonl", "--json", "--min", "mrr@10=1"])?)?;
    check::equal(lines.len(), 9, "metrics at depths")?;
    for line in lines {
        check::equal((line["n"].as_u64(), line["value"].as_f64()), (Some(1), Some(1.0)), &line.to_string())?;
    }
    check::equal(
        json_lines(&says(&folder, &["kb", "compare", "notes", "q.jsonl", "--json"])?)?.len() > 3,
        true,
        "ways compared",
    )?;
    let line = |relevant: &str| format!("{{\"id\": \"2\", \"question\": \"SN-00004\", \"relevant\": [{relevant}]}}\n");
    std::fs::write(folder.join("mixed.jsonl"), line("\"4.md\", \"gone.md\"") + &line(""))?;
    for command in ["eval", "compare"] {
        let output = run(&folder, &["kb", command, "notes", "mixed.jsonl", "--json"])?;
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        check::that(told.contains("1 question ") && told.contains("gone.md") && !told.contains("4.md,"), || told)?;
        let first = json_lines(&String::from_utf8_lossy(&output.stdout))?[0].clone();
        check::equal(first["n"].as_u64(), Some(1), &format!("questions of {command}"))?;
    }
    std::fs::write(folder.join("none.jsonl"), line(""))?;
    says(&folder, &["kb", "rm", "notes", "docs/7.md"])?;
    check::equal(says(&folder, &["search", "notes", "\"SN 00007\"", "--json"])?.as_str(), "", "hits of what is gone")?;
    says(&folder, &["kb", "check", "notes"])?;
    check::equal(says(&folder, &["kb", "ls", "notes", "--json"])?.lines().count(), 20, "documents left")?;
    for (arguments, code) in [
        (&["search", "nothing", "x"][..], 1),
        (&["kb", "add", "notes", "missing.md"], 1),
        (&["kb", "add", "notes"], 2),
        (&["search", "notes", "x", "--by", "magic"], 2),
        (&["search", "notes", "x", "--meaning", "2"], 2),
        (&["kb", "rm", "notes", "missing.md"], 1),
        (&["kb", "eval", "notes", "docs/1.md"], 1),
        (&["kb", "eval", "notes", "none.jsonl"], 1),
        (&["kb", "compare", "notes", "none.jsonl"], 1),
        (&["search", "notes", ""], 1),
        (&["ask", "notes", " "], 1),
        (&["kb", "eval", "notes", "q.jsonl", "--min", "mrr@3=1"], 1),
        (&["kb", "add", "new", "docs", "--chunking", "magic"], 1),
        (&["kb", "add", "new", "missing.md"], 1),
        (&["kb", "add", "new", "photo.jpg"], 1),
        (&["kb", "add", "notes", "docs", "--chunking", "sentences:2"], 1),
    ] {
        check::equal(run(&folder, arguments)?.status.code(), Some(code), &format!("exit code of {arguments:?}"))?;
    }
    check::equal(says(&folder, &["kb", "ls"])?.as_str(), "notes\n", "knowledge bases")?;
    says(&folder, &["kb", "rm", "notes", "docs/"])?;
    says(&folder, &["kb", "sync", "notes"])?;
    check::equal(says(&folder, &["kb", "ls", "notes"])?.lines().count(), 1, "documents without the folder")?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// What a document says is shown on a terminal, and does nothing there; in JSON it is as it is.
pub fn documents_do_not_command_the_terminal() -> Outcome {
    let folder = scratch("kb-terminal")?;
    let evil = "The deposit \u{1b}[2J\u{7}is 4,200 euros\u{202e}.";
    let line = serde_json::json!({"id": "evil\u{1b}]0;x", "title": "t\u{9b}31m", "text": evil});
    std::fs::write(folder.join("evil.jsonl"), format!("{line}\n"))?;
    says(&folder, &["kb", "add", "notes", "evil.jsonl"])?;
    let question = "How high is the deposit?";
    for arguments in [
        &["search", "notes", "deposit"][..],
        &["search", "notes", "deposit", "--explain"],
        &["ask", "notes", question, "--threshold", "0"],
        &["kb", "ls", "notes"],
    ] {
        let shown = says(&folder, arguments)?;
        let obeyed: Vec<char> =
            shown.chars().filter(|c| (c.is_control() && *c != '\n' && *c != '\t') || *c == '\u{202e}').collect();
        check::that(obeyed.is_empty() && shown.contains("\\x1b"), || format!("{arguments:?}: {shown:?}"))?;
    }
    let hits = json_lines(&says(&folder, &["search", "notes", "deposit", "--json"])?)?;
    check::equal(hits[0]["text"].as_str(), Some(evil), "in JSON")?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// Killed at random moments of add, sync and rm it opens whole each time, and in the end nothing is missing.
pub fn a_kill_loses_nothing_that_was_committed() -> Outcome {
    let folder = scratch("kb-kill")?;
    write_documents(&folder, 600)?;
    let mut committed = 0;
    let mut state = 7u64;
    for round in 0..kills() {
        let arguments: &[&str] = match round % 4 {
            0 | 2 => &["kb", "add", "notes", "docs"],
            1 => &["kb", "sync", "notes"],
            _ => &["kb", "rm", "notes", "docs/0.md"],
        };
        // Some documents change each time, so that there is always something to do.
        for i in 0..40 {
            let i = (round * 37 + i) % 600;
            std::fs::write(folder.join(format!("docs/{i}.md")), format!("Note {i} of round {round}: SN-{i:05}."))?;
        }
        let mut process = sanjie(&folder).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        std::thread::sleep(Duration::from_millis((state >> 33) % 400));
        process.kill()?;
        process.wait()?;
        // Killed before it made anything, which a busy machine allows more than once.
        if committed == 0 && !folder.join("kb/notes/store.sqlite").exists() {
            continue;
        }
        let checked = run(&folder, &["kb", "check", "notes", "--json"])?;
        let words = String::from_utf8_lossy(&checked.stdout).into_owned();
        check::equal(checked.status.code(), Some(0), &format!("check after round {round}: {words}"))?;
        let documents = json_lines(&words)?[0]["documents"].as_u64().unwrap_or(0);
        // Only a removal, of one document, may lessen them.
        check::that(documents + 1 >= committed, || {
            format!("{documents} documents after round {round}, before {committed}")
        })?;
        committed = documents;
    }
    says(&folder, &["kb", "add", "notes", "docs"])?;
    check::equal(says(&folder, &["kb", "ls", "notes", "--json"])?.lines().count(), 600, "documents in the end")?;
    says(&folder, &["kb", "check", "notes"])?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// `SANJIE_KILLS` asks for more.
fn kills() -> usize {
    std::env::var("SANJIE_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(12)
}

/// `--plug`: the learner's ranking with the engine's beside it, whatever the learner's file does.
pub fn a_learners_ranking_searches() -> Outcome {
    let folder = scratch("kb-plug")?;
    let python = python(&folder)?;
    write_documents(&folder, 12)?;
    std::fs::write(
        folder.join("pay.jsonl"),
        "{\"id\": \"pay\", \"text\": \"The salary with the serial number SN-00007 is secret.\", \"groups\": [\"hr\"]}\n",
    )?;
    says(&folder, &["kb", "add", "notes", "docs", "pay.jsonl"])?;
    let lab = "../../curriculum/inverted-index-and-bm25/labs/inverted-index-and-bm25";
    let content = |file: &str| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(lab).join(file));
    let solution = content("solution.py")?;
    let files = [
        ("right.py", solution.clone()),
        ("open.py", format!("{solution}\n\n{}", content("mutants/hidden-is-found.py")?)),
        ("backwards.py", format!("{solution}\n\n{}", content("mutants/worst-first.py")?)),
        ("crash.py", format!("{solution}\n\ndef best(scores, k):\n    import os; os._exit(3)\n")),
        ("syntax.py", "def best(:\n".into()),
    ];
    for (file, text) in &files {
        std::fs::write(folder.join(file), text)?;
    }
    let search = |arguments: &[&str]| -> Result<(Option<i32>, String, String), Stop> {
        let mut command = sanjie(&folder);
        command.env("PATH", &python).args(["search", "notes", "serial number SN-00007"]).args(arguments);
        let output = command.output()?;
        let [said, told] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
        Ok((output.status.code(), said, told))
    };
    let engine = json_lines(&search(&["--json"])?.1)?;
    let plug = |file: &str| format!("inverted-index-and-bm25={file}");
    for (file, lang, expected) in [
        ("right.py", "en", vec!["runs on your ranking", "the same order (10 places)"]),
        ("right.py", "zh", vec!["用你写的排名", "10 个名次全都相同"]),
        ("backwards.py", "en", vec!["has not passed", "(check values)", "for the first time in place 1"]),
        ("open.py", "en", vec!["has not passed", "must not be found here: 1"]),
        ("crash.py", "en", vec!["has not passed", "status 3", "engine's own ranking"]),
        ("syntax.py", "zh", vec!["SyntaxError", "引擎自己的排名"]),
    ] {
        let (code, said, told) = search(&["--plug", &plug(file), "--lang", lang, "--json"])?;
        check::equal(code, Some(0), &format!("exit code with {file}: {told}"))?;
        for words in expected {
            check::that(told.contains(words), || format!("{file} in {lang}, without {words:?}: {told}"))?;
        }
        let hits = json_lines(&said)?;
        let documents = |hits: &[serde_json::Value]| hits.iter().map(|hit| hit["document"].clone()).collect::<Vec<_>>();
        check::that(!documents(&hits).contains(&"pay".into()), || format!("{file} found what must not be found"))?;
        if ["right.py", "crash.py", "syntax.py"].contains(&file) {
            check::equal(documents(&hits), documents(&engine), &format!("documents with {file}"))?;
        }
        if file == "right.py" {
            check::equal(hits[0]["engine"]["rank"].as_u64(), Some(1), "the engine's rank")?;
        }
    }
    let (_, said, _) = search(&["--plug", &plug("backwards.py"), "-k", "3", "--lang", "en"])?;
    check::that(said.contains("engine alone: 1. docs/7.md"), || said)?;
    for (arguments, expected, code) in [
        (&["--plug", "right.py"][..], "inverted-index-and-bm25=inverted_index_and_bm25.py", 2),
        (&["--plug", "causal-attention=right.py"], "expected `inverted-index-and-bm25`", 1),
        (&["--plug", "inverted-index=right.py"], "inverted-index-and-bm25", 1),
        (&["--plug", "inverted-index-and-bm25=none.py"], "none.py", 1),
        (&["--plug", "inverted-index-and-bm25=right.py", "--by", "both"], "--by", 2),
    ] {
        let (found, _, told) = search(&[arguments, &["--lang", "en"]].concat())?;
        check::equal(found, Some(code), &format!("exit code of {arguments:?}: {told}"))?;
        check::that(told.contains(expected), || format!("{arguments:?}: {told}"))?;
    }
    Ok(std::fs::remove_dir_all(folder)?)
}

/// `kb compare --plug`: the learner's way of cutting beside the others, whatever the learner's file does.
pub fn a_learners_way_of_cutting_is_compared() -> Outcome {
    let folder = scratch("kb-cut")?;
    let python = python(&folder)?;
    write_documents(&folder, 6)?;
    says(&folder, &["kb", "add", "notes", "docs", "--chunking", "recursive:16"])?;
    let question =
        |i: usize| format!("{{\"id\": {i}, \"question\": \"serial number SN-0000{i}\", \"relevant\": [\"{i}.md\"]}}\n");
    std::fs::write(folder.join("q.jsonl"), (0..6).map(question).collect::<String>())?;
    let lab = "../../curriculum/chunking/labs/chunking";
    let content = |file: &str| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(lab).join(file));
    let solution = content("solution.py")?;
    for (file, text) in [
        ("right.py", solution.clone()),
        ("fragments.py", format!("{solution}\n\n{}", content("mutants/fragments.py")?)),
        ("crash.py", format!("{solution}\n\ndef by_structure(sizes, levels, budget):\n    import os; os._exit(3)\n")),
        (
            "outside.py",
            format!("{solution}\n\ndef by_structure(sizes, levels, budget):\n    return rows([(0, 9999)])\n"),
        ),
    ] {
        std::fs::write(folder.join(file), text)?;
    }
    let compare = |arguments: &[&str]| -> Result<(Option<i32>, String, String), Stop> {
        let mut command = sanjie(&folder);
        command
            .env("PATH", &python)
            .args(["kb", "compare", "notes", "q.jsonl", "--chunking", "fixed:16"])
            .args(arguments);
        let output = command.output()?;
        let [said, told] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
        Ok((output.status.code(), said, told))
    };
    for (file, lang, expected) in [
        ("right.py", "en", "yours cuts 6 of 6 documents as the engine's recursive:16 does"),
        ("right.py", "zh", "6 篇文档里，有 6 篇"),
        ("fragments.py", "en", "has not passed"),
        ("crash.py", "en", "left out of the comparison"),
        ("outside.py", "zh", "9999"),
    ] {
        let (code, said, told) = compare(&["--plug", &format!("chunking={file}"), "--lang", lang, "--json"])?;
        check::equal(code, Some(0), &format!("exit code with {file}: {told}"))?;
        check::that(told.contains(expected), || format!("{file} in {lang}, without {expected:?}: {told}"))?;
        let ways = json_lines(&said)?;
        let of = |name: &str| ways.iter().find(|way| way["chunking"] == name).map(|way| way["ndcg"].clone());
        let is_there = !["crash.py", "outside.py"].contains(&file);
        check::equal(of(&format!("{file}:16")).is_some(), is_there, &format!("{file} among the ways"))?;
        if file == "right.py" {
            check::equal(of("right.py:16"), of("recursive:16"), "nDCG of both")?;
        }
    }
    check::equal(compare(&["--plug", "right.py"])?.0, Some(2), "a plug without its lab")?;
    check::equal(compare(&["--plug", "causal-attention=right.py"])?.0, Some(1), "another lab")?;
    Ok(std::fs::remove_dir_all(folder)?)
}

/// A damaged file among others is named and left out; where nothing can be read, adding and syncing fail alike.
pub fn damaged_files_are_treated_alike() -> Outcome {
    let folder = scratch("kb-damaged")?;
    write_documents(&folder, 2)?;
    std::fs::write(folder.join("docs/broken.docx"), "no archive")?;
    std::fs::create_dir_all(folder.join("broken"))?;
    std::fs::write(folder.join("broken/one.docx"), "no archive")?;
    std::fs::write(folder.join("docs/questions.jsonl"), "{\"id\": 1}\n{\"id\": 2}\n")?;
    for (arguments, code) in [
        (&["kb", "add", "notes", "docs"][..], 0),
        (&["kb", "sync", "notes"], 0),
        (&["kb", "add", "notes", "broken"], 1),
    ] {
        let output = run(&folder, arguments)?;
        check::equal(output.status.code(), Some(code), &format!("exit code of {arguments:?}"))?;
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        check::that(told.contains(".docx is damaged"), || format!("{arguments:?}: {told}"))?;
        // Both lines are named, and what they should hold is said once.
        let named = told.matches("is no document").count();
        check::equal(
            (named, told.matches("hint: expected {id").count()),
            if code == 0 { (2, 1) } else { (0, 0) },
            &told,
        )?;
    }
    for i in 0..2 {
        std::fs::write(folder.join(format!("docs/{i}.md")), [0xFF, 0x00, 0xFE, 0x00])?;
        std::fs::rename(folder.join(format!("docs/{i}.md")), folder.join(format!("docs/{i}.docx")))?;
    }
    check::equal(run(&folder, &["kb", "sync", "notes"])?.status.code(), Some(1), "when nothing can be read")?;
    let deleted = says(&folder, &["kb", "rm", "notes", "--all"])?;
    check::that(deleted.contains("`notes` is deleted"), || deleted)?;
    Ok(std::fs::remove_dir_all(folder)?)
}

/// `kb calibrate`: what it learns is kept, told and forgotten, and `ask` goes by it.
pub fn a_threshold_is_learned_from_the_command_line() -> Outcome {
    let folder = scratch("kb-calibrate")?;
    write_documents(&folder, 8)?;
    says(&folder, &["kb", "add", "notes", "docs"])?;
    let line = |i: usize, question: &str, relevant: &str| {
        format!("{{\"id\": {i}, \"question\": \"{question}\", \"relevant\": [{relevant}]}}\n")
    };
    let known: String = (0..8)
        .map(|i| line(i, &format!("Which one has the serial number SN-0000{i}?"), &format!("\"{i}.md\"")))
        .collect();
    std::fs::write(folder.join("some.jsonl"), &known)?;
    let asked = [
        "Who painted the ceiling?",
        "When does the ferry leave?",
        "How deep is the lake?",
        "谁写了这首诗？",
        "鲸鱼吃什么？",
    ];
    let unknown: String = asked.iter().enumerate().map(|(i, question)| line(10 + i, question, "")).collect();
    std::fs::write(folder.join("all.jsonl"), known + &unknown)?;
    let output = sanjie(&folder).args(["kb", "calibrate", "notes", "some.jsonl"]).output()?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    check::that(output.status.code() == Some(1) && told.contains("\"relevant\": []"), || told)?;
    check::that(says(&folder, &["kb", "calibrate", "notes"])?.contains("nothing has been learned"), || {
        "not said".into()
    })?;
    let learned = json_lines(&says(&folder, &["kb", "calibrate", "notes", "all.jsonl", "--json"])?)?[0].clone();
    check::equal((&learned["n"], &learned["unanswerable"]), (&13.into(), &5.into()), "questions")?;
    let kept = json_lines(&says(&folder, &["kb", "calibrate", "notes", "--json"])?)?[0]["threshold"].clone();
    check::equal(&kept, &learned["threshold"], "what is kept")?;
    // So sure that nothing is answered, but where the command says otherwise.
    says(&folder, &["kb", "calibrate", "notes", "all.jsonl", "--right", "0.9999999"])?;
    let ask = |more: &[&str]| -> Result<serde_json::Value, Stop> {
        let arguments = [&["ask", "notes", "Which one has the serial number SN-00003?", "--json"], more].concat();
        Ok(json_lines(&says(&folder, &arguments)?)?[0]["abstained"].clone())
    };
    check::equal((ask(&[])?, ask(&["--threshold", "0"])?), (true.into(), false.into()), "abstained")?;
    says(&folder, &["kb", "calibrate", "notes", "--forget"])?;
    check::equal(ask(&[])?, false.into(), "abstained after forgetting")?;
    Ok(std::fs::remove_dir_all(folder)?)
}

//! What an author does: begin a topic, look at it, mend it, prove it.

use crate::course::python;
use crate::studio::Studio;
use crate::{sanjie, scratch, succeed};
use check::{Outcome, Stop, equal, that};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

const MARK: &str = "TODO(author)";

/// Faults of `dev check --json` as (code, file, line), the lines of counts left out.
fn faults(output: &[u8]) -> Result<Vec<(String, String, String)>, Stop> {
    let lines = String::from_utf8(output.to_vec())?;
    let values: Vec<Value> = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_string();
    let faults = values.iter().filter(|value| value["code"].is_string());
    Ok(faults.map(|value| (text(value, "code"), text(value, "file"), text(value, "line"))).collect())
}

fn files_below(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { files.extend(files_below(&path)?) } else { files.push(path) }
    }
    Ok(files)
}

/// `dev check` complains of every marked line of a new topic, of its short quiz, and of nothing else.
pub fn a_new_topic_lacks_exactly_what_is_unwritten() -> Outcome {
    let folder = scratch("new-topic")?;
    let path = python(&folder)?;
    let run = |arguments: &[&str]| sanjie(&folder).env("PATH", &path).args(arguments).output();
    let output = succeed(run(&["dev", "new-topic", "rotary-first-steps", "--curriculum", "mine"])?)?;
    let written: BTreeSet<String> = String::from_utf8(output.stdout)?.lines().map(String::from).collect();
    let told = String::from_utf8(output.stderr)?;
    let there: BTreeSet<String> = files_below(&folder.join("mine"))?
        .iter()
        .filter_map(|file| Some(file.strip_prefix(&folder).ok()?.display().to_string()))
        .collect();
    equal(&written, &there, "files that were named")?;

    let mut unwritten = BTreeSet::new();
    for file in &there {
        let text = std::fs::read_to_string(folder.join(file))?;
        let lines = text.lines().enumerate().filter(|(_, line)| line.contains(MARK));
        unwritten.extend(lines.map(|(at, _)| ("sound.unwritten".to_string(), file.clone(), (at + 1).to_string())));
    }
    that(there.iter().all(|file| unwritten.iter().any(|(_, known, _)| known == file)), || {
        format!("a file without a gap: {there:?}")
    })?;
    that(told.contains(&format!("{} lines", unwritten.len())) && told.contains("dev preview"), || told.clone())?;
    let output = run(&["dev", "check", "--curriculum", "mine", "--seeds", "5", "--json"])?;
    equal(output.status.code(), Some(1), "exit code while something is unwritten")?;
    let (gaps, rest): (Vec<_>, Vec<_>) =
        faults(&output.stdout)?.into_iter().partition(|(code, ..)| code == "sound.unwritten");
    equal(gaps.into_iter().collect::<BTreeSet<_>>(), unwritten, "places still to be written")?;
    equal(rest.iter().map(|(code, ..)| code.as_str()).collect(), vec!["sound.quiz_few"], "other faults")?;
    let output = run(&["dev", "check", "--curriculum", "mine", "--seeds", "1", "--lang", "zh"])?;
    let words = String::from_utf8(output.stdout)?;
    that(words.contains("mine/rotary-first-steps/lesson.zh.md 第 1 行：还没有写"), || words.clone())?;

    // Once more into the same folder, and into one whose graph plans the topic already.
    succeed(run(&["dev", "new-topic", "second-topic", "--curriculum", "mine"])?)?;
    let planned = std::fs::read_to_string(folder.join("mine/graph.toml"))?;
    equal(planned.matches("[[topics]]").count(), 2, "topics in the graph")?;
    succeed(run(&["dev", "new-topic", "matrices", "--curriculum", "other"])?)?;
    let graph = std::fs::read_to_string(folder.join("other/graph.toml"))?;
    that(graph.contains("skills.shapes") && !graph.contains(MARK), || graph.clone())?;
    succeed(run(&["path", "--json", "--curriculum", "other"])?)?;

    std::fs::create_dir_all(folder.join("inline"))?;
    std::fs::write(folder.join("inline/graph.toml"), "topics = []\n")?;
    for (id, curriculum, expected) in [
        ("Rotary", "mine", "`Rotary`"),
        ("rotary--x", "mine", "`rotary--x`"),
        ("../up", "mine", "`../up`"),
        ("rotary-first-steps", "mine", "built already"),
        ("self-attention", "fresh", "built already"),
        ("third-topic", "inline", "[[topics]]"),
        ("third-topic", "/dev/null/x", "/dev/null/x"),
    ] {
        let output = run(&["dev", "new-topic", id, "--curriculum", curriculum])?;
        let words = String::from_utf8(output.stderr)?;
        equal(output.status.code(), Some(1), &format!("exit code for {id} in {curriculum}: {words}"))?;
        that(words.contains(expected), || format!("{id} in {curriculum}: {words}"))?;
    }
    that(!folder.join("fresh").exists() && !folder.join("inline/third-topic").exists(), || "something is left".into())?;
    Ok(std::fs::remove_dir_all(folder)?)
}

/// The pages follow the files: what changed, why it does not load, and that it loads again.
pub fn a_preview_follows_the_files() -> Outcome {
    let folder = scratch("preview")?;
    succeed(sanjie(&folder).args(["dev", "new-topic", "mine", "--curriculum", "course"]).output()?)?;
    let start = ["dev", "preview", "mine", "--curriculum", "course", "--port", "0", "--no-open"];
    let studio = Studio::start(&folder, &start)?;
    let bearer = format!("Authorization: Bearer {}", studio.token);
    let browser = ["Sec-Fetch-Mode: navigate", "Sec-Fetch-Site: none", &format!("Host: {}", studio.address)];
    let mut answer = String::new();
    studio.send(&format!("GET /?token={}", studio.token), &browser, "")?.read_to_string(&mut answer)?;
    that(answer.to_lowercase().contains("location: /path/mine\r\n"), || answer.clone())?;
    let events =
        studio.send("GET /api/preview/events?lang=zh", &[&bearer, &format!("Host: {}", studio.address)], "")?;
    let mut told = events
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| serde_json::from_str::<Value>(line.strip_prefix("data: ")?).ok());
    let mut next = || told.next().ok_or(Stop::Failed("the events ended".into()));
    let first = next()?;
    equal((&first["folder"], &first["fault"]), (&"course".into(), &Value::Null), "at first")?;
    let unsound = |told: &Value| told["unsound"].as_array().map_or(0, Vec::len);
    that(unsound(&first) > 20, || format!("{first}"))?;
    let summary = || -> Result<Value, Stop> {
        Ok(studio.expect(200, "GET", "topics/mine?lang=en", &Value::Null)?["body"]["summary"].clone())
    };

    let sheet = folder.join("course/mine/topic.toml");
    let text = std::fs::read_to_string(&sheet)?;
    std::fs::write(&sheet, text.replace("TODO(author): one sentence, what one can do afterwards", "Turn pairs."))?;
    let second = next()?;
    equal(unsound(&second), unsound(&first), "places unwritten: the line has its Chinese still")?;
    equal(summary()?, "Turn pairs.".into(), "what the page shows then")?;

    std::fs::write(&sheet, text.replace("minutes", "minuets"))?;
    let third = next()?;
    let fault = third["fault"]["message"].as_str().unwrap_or_default();
    that(fault.contains("topic.toml 第 3 行") && fault.contains("minuets"), || format!("{third}"))?;
    equal(summary()?, "Turn pairs.".into(), "what the page goes on showing")?;
    std::fs::write(&sheet, &text)?;
    equal(next()?["fault"].clone(), Value::Null, "mended")?;

    // What is tried out there is no part of the learner's own log.
    let asked = studio.expect(200, "GET", "topics/mine", &Value::Null)?["body"]["questions"][0].clone();
    let answer = serde_json::json!({ "item": asked["id"], "seed": asked["seed"], "answer": 0 });
    studio.expect(200, "POST", "topics/mine/answers", &answer)?;
    that(!folder.join("learner.sqlite").exists() && folder.join("preview/learner.sqlite").exists(), || {
        "the answer went elsewhere".into()
    })?;
    drop(studio);

    let output = sanjie(&folder).args(["dev", "preview", "mime", "--curriculum", "course", "--no-open"]).output()?;
    let words = String::from_utf8(output.stderr)?;
    that(output.status.code() == Some(1) && words.contains("did you mean `mine`"), || words.clone())?;
    let output = sanjie(&folder).args(["dev", "preview", "--curriculum", "none", "--no-open"]).output()?;
    let words = String::from_utf8(output.stderr)?;
    that(output.status.code() == Some(1) && words.contains("none is missing"), || words.clone())?;

    // One that does not load at all is shown, too: what is wrong with it.
    std::fs::write(folder.join("course/graph.toml"), "[[topics]\n")?;
    let studio = Studio::start(&folder, &["dev", "preview", "--curriculum", "course", "--port", "0", "--no-open"])?;
    let problem = studio.expect(422, "GET", "path?lang=en", &Value::Null)?;
    equal(problem["code"].as_str(), Some("curriculum.malformed"), "the path's fault")?;
    drop(studio);
    // Nothing of this in a studio for learners.
    let studio = Studio::on(&folder)?;
    equal(studio.expect(200, "GET", "preview", &Value::Null)?, Value::Null, "no preview")?;
    studio.expect(404, "GET", "preview/events", &Value::Null)?;
    drop(studio);
    Ok(std::fs::remove_dir_all(folder)?)
}

/// A folder that does not load is a fault like any other: named with file and item, in both languages.
pub fn a_folder_that_does_not_load_is_named() -> Outcome {
    let folder = scratch("unloaded")?;
    let graph = "[[topics]]\nid = \"mine\"\nkind = \"topic\"\nstage = \"principles\"\n\
                 title = { zh = \"我的\", en = \"Mine\" }\nafter = [\"gpt\", \"mine\"]\nhours = 1\n";
    std::fs::create_dir_all(folder.join("course"))?;
    std::fs::write(folder.join("course/graph.toml"), graph)?;
    let run = |lang: &str| {
        sanjie(&folder).args(["dev", "check", "--curriculum", "course", "--json", "--lang", lang]).output()
    };
    for (lang, expected) in [("en", "form a cycle: mine -> mine"), ("zh", "绕成了圈：mine -> mine")] {
        let output = run(lang)?;
        equal(output.status.code(), Some(1), "exit code")?;
        let found = faults(&output.stdout)?;
        equal(found, vec![("curriculum.cycle".into(), "course/graph.toml".into(), String::new())], "faults")?;
        let words = String::from_utf8(output.stderr)?;
        that(words.contains(expected) && words.contains("course/graph.toml"), || words.clone())?;
    }
    Ok(std::fs::remove_dir_all(folder)?)
}

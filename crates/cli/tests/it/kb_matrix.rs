//! Who sees which document: the same on the command line, over HTTP and in answers, for every kind of access and of viewer.

use crate::studio::Studio;
use crate::{sanjie, scratch};
use check::{Outcome, Stop};
use serde_json::{Value, json};
use std::path::Path;

/// Who may see a document, as a line of JSON says it, and the word that it alone has.
const DOCUMENTS: [(&str, &str, &str); 6] = [
    ("open", "", "zebra"),
    ("hr", r#", "groups": ["hr"]"#, "walrus"),
    ("ann", r#", "users": ["ann"]"#, "giraffe"),
    ("both", r#", "groups": ["hr", "it"], "users": ["bob"]"#, "penguin"),
    ("nobody", r#", "groups": []"#, "ostrich"),
    ("nobody-either", r#", "users": []"#, "badger"),
];

/// Who asks: flags, the fields of a request, and which of the documents are seen.
const VIEWERS: [(&[&str], &str, [bool; 6]); 9] = [
    (&[], "{}", [true, false, false, false, false, false]),
    (&["--user", "ann"], r#"{"user": "ann"}"#, [true, false, true, false, false, false]),
    (&["--user", "bob"], r#"{"user": "bob"}"#, [true, false, false, true, false, false]),
    (&["--user", "hr"], r#"{"user": "hr"}"#, [true, false, false, false, false, false]),
    (&["--user", ""], r#"{"user": ""}"#, [true, false, false, false, false, false]),
    (&["--group", "hr"], r#"{"groups": ["hr"]}"#, [true, true, false, true, false, false]),
    (&["--group", "HR"], r#"{"groups": ["HR"]}"#, [true, false, false, false, false, false]),
    (
        &["--group", "it", "--user", "ann"],
        r#"{"groups": ["it"], "user": "ann"}"#,
        [true, false, true, true, false, false],
    ),
    (&["--owner"], r#"{"owner": true}"#, [true, true, true, true, true, true]),
];

/// Standard output of a command that must end well.
fn says(folder: &Path, arguments: &[&str]) -> Result<String, Stop> {
    let output = sanjie(folder).args(arguments).output()?;
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    check::equal(output.status.code(), Some(0), &format!("exit code of {arguments:?}, which said {words}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The fields of a request as query values.
fn query(who: &Value) -> String {
    let mut pairs = vec![];
    if let Some(user) = who["user"].as_str() {
        pairs.push(format!("user={user}"));
    }
    let groups = who["groups"].as_array().cloned().unwrap_or_default();
    pairs.extend(groups.iter().filter_map(|group| group.as_str()).map(|group| format!("group={group}")));
    if who["owner"] == true {
        pairs.push("owner=true".to_string());
    }
    pairs.join("&")
}

/// Every way to a document, for everybody: seen where the table says so, and otherwise not there at all.
pub fn everybody_sees_what_is_theirs_by_every_way() -> Outcome {
    let folder = scratch("kb-matrix")?;
    let lines: String = DOCUMENTS
        .iter()
        .map(|(id, access, word)| {
            format!("{{\"id\": \"{id}\", \"text\": \"The {word} eats grass and leaves. The secret of {word} is {id}-{word}.\"{access}}}\n")
        })
        .collect();
    std::fs::write(folder.join("all.jsonl"), lines)?;
    says(&folder, &["kb", "add", "zoo", "all.jsonl"])?;
    let questions: String = DOCUMENTS
        .iter()
        .map(|(id, _, word)| {
            json!({"id": id, "question": format!("secret {word}"), "relevant": [id]}).to_string() + "\n"
        })
        .collect();
    std::fs::write(folder.join("q.jsonl"), &questions)?;
    let studio = Studio::on(&folder)?;
    let bearer = format!("Authorization: Bearer {}", studio.token);
    for (flags, who, seen) in VIEWERS {
        let who: Value = serde_json::from_str(who)?;
        let pairs = query(&who);
        let with = |mut body: Value| {
            for (key, value) in who.as_object().into_iter().flatten() {
                body[key] = value.clone();
            }
            body
        };
        let ids: Vec<&str> = DOCUMENTS.iter().zip(seen).filter(|(_, seen)| *seen).map(|((id, ..), _)| *id).collect();
        let names = |value: &Value, key: &str| -> Vec<String> {
            let mut names: Vec<String> = value
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|line| Some(line[key].as_str()?.to_string()))
                .collect();
            names.sort();
            names
        };
        let mut expected: Vec<String> = ids.iter().map(|id| id.to_string()).collect();
        expected.sort();
        // All documents share these words, so all that may be seen are found.
        for by in ["words", "meaning", "both"] {
            let printed =
                says(&folder, &[&["search", "zoo", "eats grass leaves", "--by", by, "--json"], flags].concat())?;
            let printed: Vec<Value> = printed.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
            check::equal(names(&printed.into(), "document"), expected.clone(), &format!("search by {by} {flags:?}"))?;
            let body = with(json!({"query": "eats grass leaves", "by": by, "explain": true}));
            let answered = studio.expect(200, "POST", "kb/zoo/search", &body)?;
            check::equal(names(&answered, "document"), expected.clone(), &format!("search over HTTP {body}"))?;
        }
        let listed = studio.expect(200, "GET", &format!("kb/zoo/documents?{pairs}"), &Value::Null)?;
        check::equal(names(&listed, "document"), expected.clone(), &format!("documents over HTTP {pairs}"))?;
        for ((id, _, word), seen) in DOCUMENTS.iter().zip(seen) {
            let what = format!("{id} for {flags:?}");
            let secret = format!("{id}-{word}");
            let question = format!("What is the secret of {word}?");
            let printed = says(&folder, &[&["ask", "zoo", &question, "--json"], flags].concat())?;
            check::equal(printed.contains(&secret), seen, &format!("ask: {what}"))?;
            let answer =
                studio.expect(200, "POST", "kb/zoo/ask", &with(json!({"question": question, "threshold": 0})))?;
            check::equal(answer.to_string().contains(&secret), seen, &format!("ask over HTTP: {what}"))?;
            let path = format!("kb/zoo/document?document={id}&{pairs}");
            let (status, page) = studio.api("GET", &path, &Value::Null)?;
            check::equal((status == 200, page.to_string().contains(&secret)), (seen, seen), &format!("page: {what}"))?;
            check::that(seen || status == 404, || format!("{what}: {status}"))?;
            for by in ["words", "meaning", "both"] {
                let found = studio.expect(
                    200,
                    "POST",
                    "kb/zoo/search",
                    &with(json!({"query": format!("eats grass {secret}"), "by": by})),
                )?;
                check::equal(found.to_string().contains(&secret), seen, &format!("its own words by {by}: {what}"))?;
            }
        }
        let mut recall: Vec<f32> = vec![];
        let printed = says(&folder, &[&["kb", "eval", "zoo", "q.jsonl", "--json"], flags].concat())?;
        for line in printed.lines() {
            let line: Value = serde_json::from_str(line)?;
            if line["metric"] == "recall" && line["k"] == 10 {
                recall.extend(line["value"].as_f64().map(|value| value as f32));
            }
        }
        let (status, text) =
            studio.ask(&format!("POST /api/kb/zoo/evaluate?{pairs}"), &[bearer.as_str()], &questions)?;
        check::equal(status, 200, &text)?;
        let measured: Value = serde_json::from_str(&text)?;
        let metrics = measured["metrics"].as_array().cloned().unwrap_or_default();
        recall.extend(
            metrics
                .iter()
                .find(|line| line["metric"] == "recall" && line["k"] == 10)
                .and_then(|line| line["value"].as_f64())
                .map(|value| value as f32),
        );
        check::close(&recall, &[ids.len() as f32 / 6.0; 2], 1e-6, &format!("recall {flags:?}"))?;
        for hidden in DOCUMENTS.iter().zip(seen).filter(|(_, seen)| !seen).map(|((id, ..), _)| *id) {
            for question in measured["questions"].as_array().into_iter().flatten() {
                let retrieved = question["retrieved"].as_array().cloned().unwrap_or_default();
                check::that(!retrieved.contains(&json!(hidden)), || format!("{hidden} was retrieved for {flags:?}"))?;
            }
        }
    }
    drop(studio);
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

//! Knowledge bases over HTTP: added, shown, searched, asked, measured and removed; what is refused.

use crate::guard::{Session, status};
use check::{Outcome, Stop};
use retrieval::KnowledgeBase;
use retrieval::knowledge_base::Weights;
use serde_json::{Value, json};

/// The status and the JSON of an answer; null where it is none.
fn ask(session: &Session, first_line: &str, body: &str) -> Result<(u16, Value), Stop> {
    let headers = [session.own_host(), session.bearer(), "Content-Type: application/json".to_string()];
    let answer = session.ask(first_line, &headers, body)?;
    let text = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok((status(&answer).parse()?, serde_json::from_str(text).unwrap_or(Value::Null)))
}

/// The JSON of an answer that must be given.
fn expect(session: &Session, first_line: &str, body: &str) -> Result<Value, Stop> {
    let (code, answer) = ask(session, first_line, body)?;
    check::that((200..300).contains(&code), || format!("{first_line}: {code}: {answer}"))?;
    Ok(answer)
}

fn upload(session: &Session, query: &str, text: &str) -> Result<Value, Stop> {
    expect(session, &format!("POST /api/kb/notes/files?{query}"), text)
}

/// From the first file to the last: what each request answers.
pub fn a_knowledge_base_lives_over_http() -> Outcome {
    let session = Session::start("kb")?;
    check::equal(expect(&session, "GET /api/kb", "")?, json!([]), "before the first")?;
    let tea = "# Tea\n\nGreen tea is not fermented. Black tea is.\n\n# 茶\n\n绿茶不发酵。";
    let added = upload(&session, "name=tea/tea.md", tea)?;
    check::equal((&added["added"], &added["refused"]), (&json!(1), &json!([])), "the first file")?;
    let lines = expect(&session, "GET /api/kb", "")?;
    check::equal((&lines[0]["name"], &lines[0]["documents"]), (&json!("notes"), &json!(1)), "the list")?;

    let wanted = json!({"query": "fermented tea", "explain": true}).to_string();
    let hits = expect(&session, "POST /api/kb/notes/search", &wanted)?;
    let hit = &hits[0];
    check::equal(hit["document"].clone(), json!("tea/tea.md"), "the hit")?;
    let parts = hit["explain"].as_array().cloned().unwrap_or_default();
    let sum: f64 = parts.iter().filter_map(|part| part["score"].as_f64()).sum();
    let score = hit["score"].as_f64().unwrap_or(0.0);
    check::that(parts.len() == 2 && (sum - score).abs() < 1e-6, || format!("{parts:?} is not {score}"))?;

    let page = expect(&session, "GET /api/kb/notes/document?document=tea/tea.md", "")?;
    check::equal(page["source"].clone(), json!(tea), "the source")?;
    let text = page["text"].as_str().unwrap_or_default();
    let range = |value: &Value| {
        let at = |key: &str| value[key].as_u64().unwrap_or(0) as usize;
        text.get(at("start")..at("end")).map(str::to_string)
    };
    check::equal(range(hit), hit["text"].as_str().map(str::to_string), "the hit within the document")?;
    let blocks = page["blocks"].as_array().cloned().unwrap_or_default();
    check::equal(blocks.iter().filter_map(range).collect::<Vec<_>>().join("\n\n"), text.to_string(), "the blocks")?;
    check::equal((&blocks[0]["kind"], &blocks[0]["level"]), (&json!("heading"), &json!(1)), "the first block")?;

    let answer = expect(&session, "POST /api/kb/notes/ask", &json!({"question": "绿茶发酵吗？"}).to_string())?;
    let cited = &answer["citations"][0];
    check::equal(
        (answer["abstained"].clone(), range(cited)),
        (json!(false), cited["text"].as_str().map(str::to_string)),
        "the answer",
    )?;
    let question = json!({"id": "1", "question": "Is green tea fermented?", "relevant": ["tea.md"]}).to_string();
    let measured = expect(&session, "POST /api/kb/notes/evaluate", &question)?;
    check::equal(measured["metrics"].as_array().map(Vec::len), Some(9), "metrics at depths")?;
    check::equal(measured["questions"][0]["ndcg"].clone(), json!(1.0), "the question")?;
    let unanswered = json!({"id": "2", "question": "Is milk tea?", "relevant": []}).to_string();
    let elsewhere = json!({"id": "3", "question": "green tea", "relevant": ["tea.md", "gone.md"]}).to_string();
    let all = [&question, &unanswered, &elsewhere].map(String::as_str).join("\n");
    let measured = expect(&session, "POST /api/kb/notes/evaluate", &all)?;
    check::equal((&measured["left_out"], &measured["unknown"]), (&json!(1), &json!(["gone.md"])), "left out, unknown")?;
    check::equal(measured["questions"].as_array().map(Vec::len), Some(2), "questions asked")?;

    // Ways of cutting on the same questions: the current one among them, the best first.
    let compared = expect(&session, "POST /api/kb/notes/compare?owner=true", &question)?;
    let ways = compared.as_array().cloned().unwrap_or_default();
    let current: Vec<_> = ways.iter().filter(|way| way["verdict"] == "current").collect();
    check::that(ways.len() > 5 && current.len() == 1, || format!("{compared}"))?;
    check::equal((&current[0]["n"], &current[0]["difference"]), (&json!(1), &json!(0.0)), "the current way")?;
    check::that(ways.is_sorted_by(|a, b| a["ndcg"].as_f64() >= b["ndcg"].as_f64()), || format!("{compared}"))?;
    let named = expect(&session, "POST /api/kb/notes/compare?chunking=sentences:1", &question)?;
    let names: Vec<_> = named.as_array().into_iter().flatten().map(|way| way["chunking"].clone()).collect();
    check::that(names.len() == 2 && names.contains(&json!("sentences:1")), || format!("{named}"))?;
    for (query, body, code) in [
        ("chunking=words:9", &*question, "kb.chunking"),
        ("chunkings=fixed:256", &*question, "studio.bad_request"),
        ("owner=true", "no question", "kb.bad_question"),
        ("owner=true", &*unanswered, "kb.no_answered_questions"),
        (&["chunking=fixed:256"; 17].join("&"), &*question, "studio.out_of_range"),
    ] {
        let (status, problem) = ask(&session, &format!("POST /api/kb/notes/compare?{query}"), body)?;
        check::equal((status, problem["code"].as_str()), (400, Some(code)), query)?;
    }

    // The same name again is the same document; a file that cannot be read leaves it as it was.
    check::equal(upload(&session, "name=tea/tea.md", tea)?["unchanged"].clone(), json!(1), "sent again")?;
    check::equal(upload(&session, "name=tea/tea.md", "Oolong.")?["changed"].clone(), json!(1), "sent anew")?;
    let refused = upload(&session, "name=tea/tea.docx", "no archive")?;
    check::equal(refused["refused"][0]["code"].clone(), json!("kb.damaged"), "a broken file")?;
    check::equal(
        upload(&session, "name=photo.jpg", "x")?["refused"][0]["code"].clone(),
        json!("kb.unsupported"),
        "a picture",
    )?;
    let (code, problem) = ask(&session, "POST /api/kb/new/files?name=photo.jpg", "x")?;
    check::equal((code, &problem["refused"][0]["code"]), (200, &json!("kb.unsupported")), "a picture for a new one")?;
    check::equal(expect(&session, "GET /api/kb", "")?.as_array().map(Vec::len), Some(1), "after nothing was added")?;

    let removal = json!({"documents": ["tea/tea.md"]}).to_string();
    check::equal(expect(&session, "DELETE /api/kb/notes/documents", &removal)?, json!({"removed": 1}), "the removal")?;
    check::equal(ask(&session, "DELETE /api/kb/notes/documents", &removal)?.0, 404, "removed again")?;
    let files = session.home().join("kb/notes/files");
    check::equal(std::fs::read_dir(&files)?.count(), 0, "files that were handed over and removed")?;
    check::equal(ask(&session, "DELETE /api/kb/notes", "{\"confirm\": \"other\"}")?.0, 400, "a deletion by mistake")?;
    check::equal(ask(&session, "DELETE /api/kb/notes", "{\"confirm\": \"notes\"}")?.0, 204, "the deletion")?;
    check::equal(ask(&session, "POST /api/kb/notes/search", &wanted)?.0, 404, "a search after it")
}

/// Names and paths stay within their folders, and what is misspelt or too large is refused.
pub fn names_that_lead_elsewhere_are_refused() -> Outcome {
    let session = Session::start("kb-names")?;
    let folder = session.home().join("docs");
    std::fs::create_dir_all(folder.join("in"))?;
    std::fs::write(folder.join("in/a.md"), "Inside.")?;
    std::fs::write(session.home().join("secret.md"), "Outside.")?;
    std::os::unix::fs::symlink(session.home().join("secret.md"), folder.join("link.md"))?;
    for name in ["../a.md", "a/../../b.md", "/etc/a.md", "", ".", "a%00.md", "a%5Cb.md", "C:a.md", "%2e%2e%2fa.md"] {
        let (code, problem) = ask(&session, &format!("POST /api/kb/notes/files?name={name}"), "x")?;
        check::equal((code, &problem["code"]), (400, &json!("kb.bad_file_name")), name)?;
    }
    for (paths, code, expected) in [
        (json!(["../secret.md"]), 400, "studio.left_the_folder"),
        (json!(["in/../../secret.md"]), 400, "studio.left_the_folder"),
        (json!([session.home().join("secret.md")]), 400, "studio.left_the_folder"),
        (json!(["link.md"]), 400, "studio.left_the_folder"),
        (json!(["in", "nothing.md"]), 404, "kb.missing"),
    ] {
        let body = json!({"folder": folder, "paths": paths}).to_string();
        let (found, problem) = ask(&session, "POST /api/kb/notes/add", &body)?;
        check::equal((found, problem["code"].as_str()), (code, Some(expected)), &body)?;
    }
    let relative = json!({"folder": "docs"}).to_string();
    check::equal(ask(&session, "POST /api/kb/notes/add", &relative)?.0, 400, "a folder that is not absolute")?;
    check::equal(expect(&session, "GET /api/kb", "")?, json!([]), "after refusals")?;
    let whole = json!({"folder": folder}).to_string();
    let added = expect(&session, "POST /api/kb/notes/add", &whole)?;
    check::equal(
        (&added["added"], &added["refused"][0]["code"]),
        (&json!(1), &json!("kb.link_outside")),
        "the folder",
    )?;
    let within = json!({"folder": folder, "paths": ["./in"]}).to_string();
    check::equal(expect(&session, "POST /api/kb/notes/add", &within)?["unchanged"].clone(), json!(1), "a part of it")?;

    for (line, body, code) in [
        ("POST /api/kb/.hidden/files?name=a.md", "x", 400),
        ("POST /api/kb/a%2Fb/files?name=a.md", "x", 400),
        ("POST /api/kb/notes/files", "x", 400),
        ("POST /api/kb/notes/files?name=a.md&groups=hr", "x", 400),
        ("POST /api/kb/notes/files?name=a.md&chunking=magic", "x", 400),
        ("POST /api/kb/notes/files?name=a.md&chunking=sentences:2", "x", 409),
        ("POST /api/kb/notes/search", r#"{"query": "a", "group": "hr"}"#, 400),
        ("POST /api/kb/notes/search", r#"{"query": "a", "k": 0}"#, 400),
        ("POST /api/kb/notes/search", r#"{"query": "a", "k": 100000}"#, 400),
        ("POST /api/kb/notes/search", r#"{"query": "a", "by": "magic"}"#, 400),
        ("POST /api/kb/notes/ask", r#"{"question": "a", "threshold": 2}"#, 400),
        ("POST /api/kb/notes/search", r#"{"query": "a", "owner": true, "user": "ann"}"#, 400),
        ("GET /api/kb/notes/documents?owner=yes", "", 400),
        ("GET /api/kb/notes/documents?owners=true", "", 400),
        ("GET /api/kb/notes/document?document=nothing", "", 404),
        ("GET /api/kb/notes/document?document=in/a.md&at=-1", "", 400),
        ("POST /api/kb/notes/evaluate", "{}", 400),
        ("POST /api/kb/notes/evaluate", "", 400),
        ("POST /api/kb/nothing/sync", "", 404),
        ("PUT /api/kb/notes/search", "{}", 405),
    ] {
        let (found, problem) = ask(&session, line, body)?;
        check::equal((found, problem["code"].is_string()), (code, true), &format!("{line} {body}"))?;
    }
    // The bound is the constant's: one byte more is refused before it is read as anything.
    let large = "x".repeat(studio::UPLOAD_BYTES_MAX + 1);
    let headers = [session.own_host(), session.bearer()];
    // The server may close before it has read all.
    if let Ok(answer) = session.ask("POST /api/kb/notes/files?name=large.txt", &headers, &large) {
        check::equal(status(&answer), "413", "a file that is too large")?;
    }
    let names = expect(&session, "GET /api/kb/notes/documents", "")?;
    check::equal(names.as_array().map(Vec::len), Some(1), "documents after refusals")
}

/// Who asks finds, reads, measures and takes away what is theirs, in every request.
pub fn nobody_sees_over_http_what_is_not_theirs() -> Outcome {
    let session = Session::start("kb-access")?;
    upload(&session, "name=open.md", "The budget of the city is public. It is 5 million euros.")?;
    upload(&session, "name=pay.md&group=hr", "The budget of the staff is 7 million euros.")?;
    upload(&session, "name=ann.md&user=ann", "The budget of Ann is 9 euros.")?;
    let questions: Vec<String> = (0..5)
        .flat_map(|i| [(i, "[\"open.md\"]", "the city"), (i + 5, "[]", "the moon")])
        .map(|(i, relevant, of)| {
            format!("{{\"id\": \"{i}\", \"question\": \"What is the budget of {of}?\", \"relevant\": {relevant}}}")
        })
        .collect();
    let questions = questions.join("\n");
    for (query, fields, expected) in [
        ("", json!({}), &["open.md"][..]),
        ("group=hr", json!({"groups": ["hr"]}), &["open.md", "pay.md"]),
        ("user=ann", json!({"user": "ann"}), &["ann.md", "open.md"]),
        ("group=ann&user=hr", json!({"groups": ["ann"], "user": "hr"}), &["open.md"]),
        ("owner=true", json!({"owner": true}), &["ann.md", "open.md", "pay.md"]),
    ] {
        let with = |more: Value| {
            let mut body = fields.clone();
            more.as_object().into_iter().flatten().for_each(|(key, value)| body[key] = value.clone());
            body.to_string()
        };
        let hidden: Vec<&str> =
            ["ann.md", "open.md", "pay.md"].into_iter().filter(|name| !expected.contains(name)).collect();
        for (line, body) in [
            ("POST /api/kb/notes/search", with(json!({"query": "budget"}))),
            ("POST /api/kb/notes/search", with(json!({"query": "budget", "by": "both"}))),
            ("POST /api/kb/notes/ask", with(json!({"question": "What is the budget of the staff?", "threshold": 0}))),
            (&format!("GET /api/kb/notes/documents?{query}"), String::new()),
            (&format!("POST /api/kb/notes/evaluate?{query}"), questions.clone()),
            (&format!("GET /api/kb/notes/check?{query}"), String::new()),
            (&format!("POST /api/kb/notes/calibrate?{query}"), questions.clone()),
        ] {
            let answer = expect(&session, line, &body)?.to_string();
            let told = hidden.iter().filter(|name| answer.contains(**name)).count();
            check::equal(told, 0, &format!("documents of others in {line} {body}: {answer}"))?;
        }
        let checked = expect(&session, &format!("GET /api/kb/notes/check?{query}"), "")?;
        check::equal(
            (&checked["documents"], &checked["faults"]),
            (&json!(expected.len()), &json!([])),
            &format!("checked with {query}"),
        )?;
        let headers = [session.own_host(), session.bearer()];
        let exported = session.ask(&format!("GET /api/kb/notes/export?{query}"), &headers, "")?;
        let body = exported.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let lines: Vec<Value> = body.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
        let mut names: Vec<&str> = lines.iter().filter_map(|line| line["id"].as_str()).collect();
        names.sort_unstable();
        check::equal(names.as_slice(), expected, &format!("exported with {query}"))?;
    }
    for (line, body, code) in [
        ("GET /api/kb/notes/check?users=ann", "", 400),
        ("GET /api/kb/notes/export?owner=true&user=ann", "", 400),
        ("GET /api/kb/nothing/check", "", 404),
        ("GET /api/kb/nothing/export", "", 404),
        ("POST /api/kb/notes/calibrate?right=1", &*questions, 400),
        ("POST /api/kb/notes/calibrate", "{\"id\": 1, \"question\": \"x\", \"relevant\": []}", 422),
    ] {
        check::equal(ask(&session, line, body)?.0, code, line)?;
    }
    Ok(())
}

/// The way that was chosen, or else the one that was learned.
pub fn a_search_says_what_it_went_by() -> Outcome {
    let session = Session::start("kb-by")?;
    for (i, text) in ["Engines drive wheels.", "Wheels need tyres.", "Tea needs water.", "Water is boiled for tea."]
        .iter()
        .enumerate()
    {
        upload(&session, &format!("name={i}.txt"), text)?;
    }
    let headers = [session.own_host(), session.bearer(), "Content-Type: application/json".to_string()];
    let went_by = |by: Value| -> Result<(String, usize), Stop> {
        let mut wanted = json!({"query": "tea wheels", "owner": true});
        by.as_str().into_iter().for_each(|by| wanted["by"] = json!(by));
        let answer = session.ask("POST /api/kb/notes/search", &headers, &wanted.to_string())?;
        let (head, hits) = answer.split_once("\r\n\r\n").unwrap_or_default();
        let told = head.lines().find_map(|line| line.strip_prefix("sanjie-searched-by: "));
        Ok((told.unwrap_or_default().to_string(), serde_json::from_str::<Vec<Value>>(hits)?.len()))
    };
    let rows = [(json!("words"), "words"), (json!("meaning"), "meaning"), (json!("both"), "both")];
    for usual in ["words", "weighted:0.25"] {
        for (by, expected) in rows.clone().into_iter().chain([(Value::Null, usual)]) {
            check::equal(went_by(by.clone())?, (expected.to_string(), 4), &format!("asked for {by}, usually {usual}"))?;
        }
        // As if it had been learned from questions.
        let mut kb = KnowledgeBase::open(session.home(), "notes")?;
        kb.keep_weights(Weights { meaning: 0.25, ..Weights::USUAL })?;
    }
    Ok(())
}

/// No request about knowledge bases is let in from elsewhere.
pub fn foreign_pages_reach_no_knowledge_base() -> Outcome {
    let session = Session::start("kb-foreign")?;
    let rows = [
        ("another name", vec!["Host: evil.example".to_string(), session.bearer()]),
        ("another origin", vec![session.own_host(), session.bearer(), "Origin: https://evil.example".to_string()]),
        ("no token", vec![session.own_host()]),
        ("a wrong token", vec![session.own_host(), "Authorization: Bearer 00".to_string()]),
    ];
    let requests = [
        "GET /api/kb",
        "POST /api/kb/notes/add",
        "POST /api/kb/notes/files?name=a.md",
        "POST /api/kb/notes/sync",
        "GET /api/kb/notes/documents?owner=true",
        "GET /api/kb/notes/document?document=a.md&owner=true",
        "DELETE /api/kb/notes/documents",
        "DELETE /api/kb/notes",
        "POST /api/kb/notes/search",
        "POST /api/kb/notes/ask",
        "POST /api/kb/notes/evaluate",
        "POST /api/kb/notes/calibrate",
        "GET /api/kb/notes/check?owner=true",
        "GET /api/kb/notes/export?owner=true",
    ];
    upload(&session, "name=a.md", "A secret.")?;
    for (name, headers) in rows {
        for request in requests {
            let answer = session.ask(request, &headers, "")?;
            check::equal(status(&answer), "403", &format!("{request} with {name}"))?;
            check::that(!answer.contains("secret"), || answer.clone())?;
        }
    }
    Ok(())
}

//! Answers to many questions over many small collections: what `bench/retrieval/ask.py` runs.
//!
//! `ask FILE [THRESHOLD]`: each line of FILE is a collection, `{documents: [{id, title?, text}], questions: [{id, question}]}`. Prints a
//! JSON line a question: `{id, confidence, abstained, cited: [document], evidence}`.

use retrieval::KnowledgeBase;
use retrieval::access::Viewer;
use retrieval::answer;
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, settings @ ..] = arguments.as_slice() else { return Err("usage: ask FILE [THRESHOLD]".into()) };
    let threshold = settings.first().map_or(Ok(answer::THRESHOLD), |text| text.parse())?;
    let home = std::env::temp_dir().join(format!("sanjie-ask-{}", std::process::id()));
    for (i, line) in std::fs::read_to_string(file)?.lines().enumerate() {
        let Value::Object(collection) = serde_json::from_str(line)? else { return Err("a line is no object".into()) };
        let documents = collection["documents"].as_array().ok_or("no documents")?;
        std::fs::create_dir_all(&home)?;
        let path = home.join(format!("{i}.jsonl"));
        std::fs::write(&path, documents.iter().map(|document| format!("{document}\n")).collect::<String>())?;
        let mut kb = KnowledgeBase::open_or_create(&home, &i.to_string(), None)?;
        kb.add(&[path], None, &mut |_| {})?;
        for question in collection["questions"].as_array().ok_or("no questions")? {
            let text = question["question"].as_str().ok_or("no question")?;
            let found = answer::answer(&kb, text, &Viewer::Owner, threshold)?;
            let cited: Vec<&String> = found.citations.iter().map(|citation| &citation.document).collect();
            let line = json!({
                "id": question["id"], "confidence": found.confidence, "abstained": found.abstained, "cited": cited,
                "evidence": found.evidence,
            });
            println!("{line}");
        }
        kb.delete()?;
    }
    std::fs::remove_dir_all(&home)?;
    Ok(())
}

//! Quality and speed of the lexical index on a collection in JSON lines: what `bench/retrieval` runs.
//!
//! `lexical CORPUS QUERIES QRELS [KEY=VALUE]...`: CORPUS has lines `{_id, title?, text}`, QUERIES `{_id, text}`, QRELS
//! `query TAB document TAB grade` after a heading line. Keys: k1, b, title, pair, extra, rounds, ranking=FILE.
//! Prints one JSON object: the metrics, texts per second of indexing and queries per second, best of `rounds`.

use retrieval::evaluate::{self, Grades, Metric};
use retrieval::lexical::{Bm25, Index, Query};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [corpus, queries, qrels, settings @ ..] = arguments.as_slice() else {
        return Err("usage: lexical CORPUS QUERIES QRELS [KEY=VALUE]...".into());
    };
    let mut bm25 = Bm25::USUAL;
    let (mut rounds, mut ranking) = (1, None);
    for setting in settings {
        let (key, value) = setting.split_once('=').ok_or("settings are KEY=VALUE")?;
        match key {
            "k1" => bm25.k1 = value.parse()?,
            "b" => bm25.b = value.parse()?,
            "title" => bm25.title_weight = value.parse()?,
            "pair" => bm25.pair_weight = value.parse()?,
            "extra" => bm25.extra_weight = value.parse()?,
            "rounds" => rounds = value.parse()?,
            "ranking" => ranking = Some(value),
            _ => return Err(format!("unknown setting {key}").into()),
        }
    }
    let texts: Vec<[String; 3]> = lines(corpus, ["_id", "title", "text"])?;
    let mut grades: BTreeMap<String, Grades> = BTreeMap::new();
    for line in std::fs::read_to_string(qrels)?.lines().skip(1) {
        let [query, document, grade] = line.split('\t').collect::<Vec<_>>()[..] else { continue };
        grades.entry(query.into()).or_default().insert(document.into(), grade.parse()?);
    }
    let all: HashMap<String, String> =
        lines(queries, ["_id", "text", ""])?.into_iter().map(|[id, text, _]| (id, text)).collect();
    let asked: Vec<(&str, &Grades)> = grades.iter().filter_map(|(id, g)| Some((all.get(id)?.as_str(), g))).collect();

    let (mut texts_per_s, mut queries_per_s) = (0.0f64, 0.0f64);
    let mut rankings: Vec<Vec<&str>> = vec![];
    for _ in 0..rounds {
        let clock = Instant::now();
        let mut index = Index::new(bm25);
        for (i, [_, title, text]) in texts.iter().enumerate() {
            index.insert(i as u64, title, text);
        }
        index.commit();
        texts_per_s = texts_per_s.max(texts.len() as f64 / clock.elapsed().as_secs_f64());
        let mut searcher = index.searcher();
        let clock = Instant::now();
        rankings = asked
            .iter()
            .map(|(text, _)| {
                let found = searcher.search(&Query::parse(text), 10, |_| true);
                found.iter().map(|hit| texts[hit.id as usize][0].as_str()).collect()
            })
            .collect();
        queries_per_s = queries_per_s.max(asked.len() as f64 / clock.elapsed().as_secs_f64());
    }
    let measured = |metric: Metric| {
        let values: Vec<f64> = rankings.iter().zip(&asked).map(|(r, (_, grades))| metric.of(r, grades, 10)).collect();
        let [low, high] = evaluate::interval(&values);
        let by_query: BTreeMap<&String, f64> = grades.keys().zip(values.iter().copied()).collect();
        serde_json::json!({"value": evaluate::mean(&values), "ci95": [low, high], "by_query": by_query})
    };
    let report = serde_json::json!({
        "n": asked.len(),
        "ndcg@10": measured(Metric::Ndcg),
        "mrr@10": measured(Metric::Mrr),
        "recall@10": measured(Metric::Recall),
        "texts_per_s": texts_per_s,
        "queries_per_s": queries_per_s,
    });
    if let Some(path) = ranking {
        let lines: Vec<String> =
            grades.keys().zip(&rankings).map(|(id, r)| format!("{id}\t{}\n", r.join("\t"))).collect();
        std::fs::write(path, lines.concat())?;
    }
    println!("{report}");
    Ok(())
}

/// The named fields of each line; a missing one is empty.
fn lines(path: &str, fields: [&str; 3]) -> Result<Vec<[String; 3]>, Box<dyn std::error::Error>> {
    let text = std::fs::read_to_string(path)?;
    text.lines()
        .map(|line| {
            let value: Value = serde_json::from_str(line)?;
            Ok(fields.map(|field| value[field].as_str().unwrap_or("").to_string()))
        })
        .collect()
}

//! Speed of chunking a collection in JSON lines: what `bench/retrieval/chunking.py` runs.
//!
//! `chunk CORPUS CHUNKING ROUNDS`: CORPUS has lines `{text}`. Prints one JSON object: bytes of text, chunks, and bytes per
//! second of the best round, from the text as it was read to the chunks.

use retrieval::{Chunking, Document};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [corpus, chunking, rounds] = arguments.as_slice() else {
        return Err("usage: chunk CORPUS CHUNKING ROUNDS".into());
    };
    let chunking: Chunking = chunking.parse().map_err(|_| format!("no chunking: {chunking}"))?;
    let mut texts: Vec<String> = vec![];
    for line in std::fs::read_to_string(corpus)?.lines() {
        let value: serde_json::Value = serde_json::from_str(line)?;
        texts.push(value["text"].as_str().ok_or("a line without text")?.to_string());
    }
    let bytes: usize = texts.iter().map(String::len).sum();
    let (mut chunks, mut seconds) = (0, f64::INFINITY);
    for _ in 0..rounds.parse::<usize>()? {
        let clock = Instant::now();
        chunks = texts.iter().map(|text| chunking.cut(&Document::plain(text)).len()).sum();
        seconds = seconds.min(clock.elapsed().as_secs_f64());
    }
    println!("{}", serde_json::json!({"bytes": bytes, "chunks": chunks, "bytes_per_s": bytes as f64 / seconds}));
    Ok(())
}

//! Speed of the crate `text-splitter` on a collection in JSON lines: what `bench/retrieval/chunking.py` runs.
//!
//! `text-splitter-speed CORPUS tokens|characters SIZE ROUNDS`: tokens are those of `retrieval::tokens`, counted by the
//! fastest function we know ([`count`]), which must find as many in each text. Prints chunks and bytes per second of the best round.

mod count;
#[path = "../../../../crates/retrieval/src/tokens.rs"]
mod tokens;

use std::time::Instant;
use text_splitter::{Characters, ChunkConfig, ChunkSizer, TextSplitter};

struct Tokens;

impl ChunkSizer for Tokens {
    fn size(&self, chunk: &str) -> usize {
        count::count(chunk)
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [corpus, unit, size, rounds] = arguments.as_slice() else {
        return Err("usage: text-splitter-speed CORPUS tokens|characters SIZE ROUNDS".into());
    };
    let mut texts: Vec<String> = vec![];
    for line in std::fs::read_to_string(corpus)?.lines() {
        let value: serde_json::Value = serde_json::from_str(line)?;
        texts.push(value["text"].as_str().ok_or("a line without text")?.to_string());
    }
    if let Some(text) = texts.iter().find(|text| count::count(text) != tokens::count(text)) {
        return Err(format!("{} tokens counted of {}: {text:.80}", count::count(text), tokens::count(text)).into());
    }
    let bytes: usize = texts.iter().map(String::len).sum();
    let (size, rounds) = (size.parse::<usize>()?, rounds.parse::<usize>()?);
    let (chunks, seconds) = match unit.as_str() {
        "tokens" => best(&texts, rounds, &TextSplitter::new(ChunkConfig::new(size).with_sizer(Tokens))),
        "characters" => best(&texts, rounds, &TextSplitter::new(ChunkConfig::new(size).with_sizer(Characters))),
        _ => return Err(format!("unit: {unit}; expected tokens or characters").into()),
    };
    println!("{}", serde_json::json!({"chunks": chunks, "bytes_per_s": bytes as f64 / seconds}));
    Ok(())
}

/// Chunks, and seconds of the best round.
fn best<S: ChunkSizer>(texts: &[String], rounds: usize, splitter: &TextSplitter<S>) -> (usize, f64) {
    let (mut chunks, mut seconds) = (0, f64::INFINITY);
    for _ in 0..rounds {
        let clock = Instant::now();
        chunks = texts.iter().map(|text| splitter.chunks(text).count()).sum();
        seconds = seconds.min(clock.elapsed().as_secs_f64());
    }
    (chunks, seconds)
}

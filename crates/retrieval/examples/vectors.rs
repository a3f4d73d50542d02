//! Speed of the exact vector index: what `bench/retrieval/vectors.py` runs.
//!
//! `vectors make FILE`: writes 100,000 vectors and 256 queries of 384 values as f32, of a thousand directions that many share.
//! `vectors f32|bf16|int8|signs FILE FOUND`: prints one JSON object with the queries per second of the best round, one at a time and 32
//! at once, and writes the ids of the ten nearest of each query to FOUND as u64.

use retrieval::vector::{Coding, VectorIndex};
use std::time::Instant;

const VECTORS: usize = 100_000;
const QUERIES: usize = 256;
const WIDTH: usize = 384;
const DIRECTIONS: u64 = 1000;
/// How much of a vector is its own, beside a shared direction of the same length a value.
const OWN: f32 = 1.5;
const K: usize = 10;
const ROUNDS: usize = 2;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (coding, file, found) = match arguments.as_slice() {
        ["make", file] => return make(file),
        ["f32", file, found] => (Coding::F32, file, found),
        ["bf16", file, found] => (Coding::Bf16, file, found),
        ["int8", file, found] => (Coding::Int8, file, found),
        ["signs", file, found] => (Coding::Signs, file, found),
        _ => return Err("usage: vectors make FILE | f32|bf16|int8|signs FILE FOUND".into()),
    };
    let bytes = std::fs::read(file)?;
    let values: Vec<f32> = bytes.as_chunks().0.iter().map(|four| f32::from_le_bytes(*four)).collect();
    let rows: Vec<&[f32]> = values.chunks_exact(WIDTH).collect();
    let (rows, queries) = rows.split_at(VECTORS);
    let mut index = VectorIndex::new(WIDTH, coding);
    for (id, row) in rows.iter().enumerate() {
        index.insert(id as u64, row);
    }
    let all = index.filter(|_| true);
    let mut per_s = vec![];
    let mut ids: Vec<u64> = vec![];
    for at_once in [1, 32] {
        let mut seconds = f64::INFINITY;
        for _ in 0..ROUNDS {
            let clock = Instant::now();
            let found: Vec<_> =
                queries.chunks(at_once).flat_map(|queries| index.search_many(queries, K, &all)).collect();
            seconds = seconds.min(clock.elapsed().as_secs_f64());
            ids = found.iter().flatten().map(|hit| hit.id).collect();
        }
        per_s.push(QUERIES as f64 / seconds);
    }
    std::fs::write(found, ids.iter().flat_map(|id| id.to_le_bytes()).collect::<Vec<u8>>())?;
    println!("{}", serde_json::json!({"one": per_s[0], "batch": per_s[1]}));
    Ok(())
}

fn make(file: &str) -> Result<(), Box<dyn std::error::Error>> {
    let normal = |key: u64, i: usize| kernels::rng::normal([key, 0], i as u64);
    let directions: Vec<Vec<f32>> = (0..DIRECTIONS).map(|key| (0..WIDTH).map(|i| normal(key, i)).collect()).collect();
    let mut bytes = vec![];
    for n in 0..(VECTORS + QUERIES) as u64 {
        // Queries are new vectors of the same kind.
        let direction = &directions[(n * 7919 % DIRECTIONS) as usize];
        let value = |(i, shared): (usize, &f32)| shared + OWN * normal(DIRECTIONS + n, i);
        bytes.extend(direction.iter().enumerate().map(value).flat_map(f32::to_le_bytes));
    }
    Ok(std::fs::write(file, bytes)?)
}

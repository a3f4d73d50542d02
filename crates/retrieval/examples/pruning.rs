//! Queries a second of the lexical index with block-max pruning and without it, on generated texts.
//!
//! `pruning [N_TEXTS [ROUNDS]]`, 2,000,000 and 5 if nothing is said. A text has 5 to 34 words, whose frequencies fall as 1 / rank from
//! that of a word in a twelfth of the texts on; a query has 1 to 8 words of one of the texts, as a person's has who looks for it.
//! Both ways take turns, and must find the same. Prints one JSON object: queries a second of each, the best of ROUNDS.

use kernels::rng;
use retrieval::lexical::{Bm25, Index, Query, Scored};
use std::time::Instant;

const VOCABULARY: f32 = 200_000.0;
/// The ranks before are those of stop words.
const FIRST_RANK: f32 = 30.0;
const QUERIES: u64 = 200;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<usize> = std::env::args().skip(1).map(|number| number.parse()).collect::<Result<_, _>>()?;
    let n_texts = arguments.first().copied().unwrap_or(2_000_000);
    let rounds = arguments.get(1).copied().unwrap_or(5);
    let mut index = Index::new(Bm25::USUAL);
    for id in 0..n_texts as u64 {
        index.insert(id, "", &words(id, 5 + u64::from(rng::bits([id, 1], 0) % 30)));
    }
    let asked = |q: u64| words(u64::from(rng::bits([q, 2], 0)) % n_texts as u64, 1 + q % 8);
    let queries: Vec<Query> = (0..QUERIES).map(|q| Query::parse(&asked(q))).collect();
    let (mut best, mut found): ([f64; 2], [Vec<Vec<Scored>>; 2]) = Default::default();
    for _ in 0..rounds {
        for (way, exhaustive_max) in [usize::MAX, 0].into_iter().enumerate() {
            index = index.with_exhaustive_max(exhaustive_max);
            index.commit();
            let mut searcher = index.searcher();
            let clock = Instant::now();
            found[way] = queries.iter().map(|query| searcher.search(query, 10, |_| true)).collect();
            best[way] = best[way].max(QUERIES as f64 / clock.elapsed().as_secs_f64());
        }
    }
    assert_eq!(found[0], found[1], "both ways find the same");
    let [exhaustive, pruned] = best;
    println!(
        "{}",
        serde_json::json!({ "texts": n_texts, "exhaustive": exhaustive, "pruned": pruned, "ratio": pruned / exhaustive })
    );
    Ok(())
}

/// The first `n` words of text `text`.
fn words(text: u64, n: u64) -> String {
    let rank = |i| FIRST_RANK * (VOCABULARY / FIRST_RANK).powf(rng::uniform([text, 0], i));
    (0..n).map(|i| word(rank(i) as u32)).collect::<Vec<_>>().join(" ")
}

/// A word in letters for its rank.
fn word(mut rank: u32) -> String {
    const SYLLABLES: [&str; 16] =
        ["ba", "ce", "di", "fo", "gu", "ha", "ki", "lo", "mu", "na", "po", "ru", "so", "ta", "vu", "zi"];
    let mut word = String::new();
    while rank > 0 {
        word.push_str(SYLLABLES[rank as usize % 16]);
        rank /= 16;
    }
    word
}

//! The lab `inverted-index-and-bm25`: rarity, the score, posting lists, scores by them, the best of these, and a collection
//! in which texts come and go.
//!
//! Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), section 3; the constants are those
//! that a knowledge base has.

use crate::{dims, narrow, wide};
use course::{Array, Value};
use retrieval::lexical::Bm25;
use retrieval::lexical::reference::{self, Lists, State};

/// `idf(n_texts, n_with [v]) -> [v]`.
pub(crate) fn idf(arguments: &[Value]) -> Array {
    let (n_texts, n_with) = (arguments[0].int(), arguments[1].array());
    let rarities: Vec<f64> = n_with.ints().iter().map(|&n| reference::idf(n_texts, n as usize)).collect();
    narrow([rarities.len()], &rarities)
}

/// `score(frequencies [d,q], lengths [d], rarities [q]) -> [d]`.
pub(crate) fn score(arguments: &[Value]) -> Array {
    let [frequencies, lengths, rarities] = [0, 1, 2].map(|i| arguments[i].array());
    let [d, q] = dims(frequencies);
    let (frequencies, lengths, rarities) = (wide(frequencies), wide(lengths), wide(rarities));
    let mean_length = lengths.iter().sum::<f64>() / d as f64;
    let scores = (0..d).map(|text| {
        let parts = rarities.iter().zip(&frequencies[text * q..]);
        parts.map(|(rarity, &f)| rarity * reference::impact(&Bm25::USUAL, f, lengths[text], mean_length)).sum()
    });
    narrow([d], &scores.collect::<Vec<f64>>())
}

/// `postings(terms [n], offsets [d+1]) -> [*,3]`: rows of term, text, frequency.
pub(crate) fn postings(arguments: &[Value]) -> Array {
    let texts = texts(arguments[0].array(), arguments[1].array());
    let found = reference::postings(&texts);
    let rows: Vec<f64> = found.iter().flat_map(|&(term, text, n)| [f64::from(term), text as f64, n as f64]).collect();
    narrow([found.len(), 3], &rows)
}

/// `scores(query [q], weights [q], starts [v+1], texts [p], frequencies [p], lengths [d]) -> [d]`.
pub(crate) fn scores(arguments: &[Value]) -> Array {
    let lengths = arguments[5].array().floats();
    let scores = reference::scores(&Bm25::USUAL, &query(arguments), lists(arguments), lengths);
    narrow([lengths.len()], &scores)
}

/// `best(scores [d], k) -> [*,2]`: rows of text, score.
pub(crate) fn best(arguments: &[Value]) -> Array {
    let found = reference::best(&wide(arguments[0].array()), arguments[1].int());
    let rows: Vec<f64> = found.iter().flat_map(|&(text, score)| [text as f64, score]).collect();
    narrow([found.len(), 2], &rows)
}

/// `live_scores(query, weights, starts, texts, frequencies, lengths, states [d]) -> [d]`: 0 deleted, 1 hidden, 2 found.
pub(crate) fn live_scores(arguments: &[Value]) -> Array {
    let lengths = arguments[5].array().floats();
    let state = |number: &i32| match number {
        0 => State::Deleted,
        1 => State::Hidden,
        _ => State::Found,
    };
    let states: Vec<State> = arguments[6].array().ints().iter().map(state).collect();
    let scores = reference::live_scores(&Bm25::USUAL, &query(arguments), lists(arguments), lengths, &states);
    narrow([lengths.len()], &scores)
}

/// `scores_bm25s(query [q], terms [n], offsets [d+1]) -> [d]`: from the texts themselves, every query term with weight 1.
pub(crate) fn scores_of_texts(arguments: &[Value]) -> Array {
    let query = arguments[0].array().ints();
    let texts = texts(arguments[1].array(), arguments[2].array());
    let n_terms = query.iter().chain(arguments[1].array().ints()).max().map_or(0, |&term| term + 1);
    let found = reference::postings(&texts);
    let starts: Vec<i32> = (0..=n_terms).map(|term| found.partition_point(|posting| posting.0 < term) as i32).collect();
    let numbers: Vec<i32> = found.iter().map(|&(_, text, _)| text as i32).collect();
    let frequencies: Vec<f32> = found.iter().map(|&(_, _, n)| n as f32).collect();
    let lists = Lists { starts: &starts, texts: &numbers, frequencies: &frequencies };
    let lengths: Vec<f32> = texts.iter().map(|text| text.len() as f32).collect();
    let query: Vec<(usize, f32)> = query.iter().map(|&term| (term as usize, 1.0)).collect();
    narrow([texts.len()], &reference::scores(&Bm25::USUAL, &query, lists, &lengths))
}

/// The first two arguments.
fn query(arguments: &[Value]) -> Vec<(usize, f32)> {
    let [terms, weights] = [0, 1].map(|i| arguments[i].array());
    terms.ints().iter().map(|&term| term as usize).zip(weights.floats().iter().copied()).collect()
}

/// The third to the fifth.
fn lists(arguments: &[Value]) -> Lists<'_> {
    let [starts, texts, frequencies] = [2, 3, 4].map(|i| arguments[i].array());
    Lists { starts: starts.ints(), texts: texts.ints(), frequencies: frequencies.floats() }
}

/// Texts that lie end to end.
fn texts<'a>(terms: &'a Array, offsets: &Array) -> Vec<&'a [i32]> {
    offsets.ints().windows(2).map(|part| &terms.ints()[part[0] as usize..part[1] as usize]).collect()
}

//! The six steps in plain loops.

use crate::lab::Array;
use std::collections::BTreeMap;

const K1: f32 = 1.6;
const B: f32 = 0.75;

pub fn idf(n_texts: usize, n_with: &Array<i32>) -> Array<f32> {
    let values = n_with.values.iter().map(|&n| rarity(n_texts, n as usize)).collect();
    Array { shape: n_with.shape.clone(), values }
}

/// How much a term tells that `n` of `n_texts` texts have.
fn rarity(n_texts: usize, n: usize) -> f32 {
    let (total, n) = (n_texts as f32, n as f32);
    (1.0 + (total - n + 0.5) / (n + 0.5)).ln()
}

/// What frequency and length make of a term.
fn impact(frequency: f32, length: f32, mean_length: f32) -> f32 {
    let norm = K1 * (1.0 - B + B * length / mean_length);
    frequency * (K1 + 1.0) / (frequency + norm)
}

fn mean(numbers: impl ExactSizeIterator<Item = f32>) -> f32 {
    let n = numbers.len() as f32;
    numbers.sum::<f32>() / n
}

pub fn score(frequencies: &Array<f32>, lengths: &Array<f32>, rarities: &Array<f32>) -> Array<f32> {
    let (d, q) = (frequencies.shape[0], frequencies.shape[1]);
    let mean_length = mean(lengths.values.iter().copied());
    let of_text = |text: usize| -> f32 {
        let row = &frequencies.values[text * q..(text + 1) * q];
        row.iter().zip(&rarities.values).map(|(&f, r)| r * impact(f, lengths.values[text], mean_length)).sum()
    };
    Array { shape: vec![d], values: (0..d).map(of_text).collect() }
}

pub fn postings(terms: &Array<i32>, offsets: &Array<i32>) -> Array<f32> {
    // A map that keeps its keys in order: by term, then by text.
    let mut frequencies: BTreeMap<(i32, usize), f32> = BTreeMap::new();
    for (text, part) in offsets.values.windows(2).enumerate() {
        for &term in &terms.values[part[0] as usize..part[1] as usize] {
            *frequencies.entry((term, text)).or_default() += 1.0;
        }
    }
    let values: Vec<f32> = frequencies.iter().flat_map(|(&(term, text), &n)| [term as f32, text as f32, n]).collect();
    Array { shape: vec![frequencies.len(), 3], values }
}

pub fn scores(
    query: &Array<i32>,
    weights: &Array<f32>,
    starts: &Array<i32>,
    texts: &Array<i32>,
    frequencies: &Array<f32>,
    lengths: &Array<f32>,
) -> Array<f32> {
    let everything = Array { shape: lengths.shape.clone(), values: vec![2; lengths.values.len()] };
    live_scores(query, weights, starts, texts, frequencies, lengths, &everything)
}

pub fn best(scores: &Array<f32>, k: usize) -> Array<f32> {
    let mut found: Vec<usize> = (0..scores.values.len()).filter(|&text| scores.values[text] > 0.0).collect();
    // A stable sort leaves equal scores in the order of their numbers.
    found.sort_by(|&a, &b| scores.values[b].total_cmp(&scores.values[a]));
    found.truncate(k);
    let values = found.iter().flat_map(|&text| [text as f32, scores.values[text]]).collect();
    Array { shape: vec![found.len(), 2], values }
}

pub fn live_scores(
    query: &Array<i32>,
    weights: &Array<f32>,
    starts: &Array<i32>,
    texts: &Array<i32>,
    frequencies: &Array<f32>,
    lengths: &Array<f32>,
    states: &Array<i32>,
) -> Array<f32> {
    let mut total = Array { shape: lengths.shape.clone(), values: vec![0.0; lengths.values.len()] };
    let alive: Vec<usize> = (0..states.values.len()).filter(|&text| states.values[text] > 0).collect();
    if alive.is_empty() {
        return total;
    }
    let mean_length = mean(alive.iter().map(|&text| lengths.values[text]));
    for (&term, &weight) in query.values.iter().zip(&weights.values) {
        let run = starts.values[term as usize] as usize..starts.values[term as usize + 1] as usize;
        let list: Vec<(usize, f32)> = run
            .map(|at| (texts.values[at] as usize, frequencies.values[at]))
            .filter(|&(text, _)| states.values[text] > 0)
            .collect();
        let weight = weight * rarity(alive.len(), list.len());
        for (text, frequency) in list {
            if states.values[text] == 2 {
                total.values[text] += weight * impact(frequency, lengths.values[text], mean_length);
            }
        }
    }
    total
}

//! The baseline: an n-gram model of words and marks (English) or characters (Chinese).
//!
//! It draws from the counts of the longest context that training has seen, five tokens wide with the drawn one, and
//! shortens the context only where it was never seen: the form of back-off that writes the most fluent sentences, so
//! that what it gets wrong is what cannot be known from four tokens back. No smoothing, no probabilities of text.

use std::collections::HashMap;

const ORDER: usize = 5;

/// An n-gram model.
pub struct NGram {
    ids: HashMap<String, u32>,
    words: Vec<String>,
    /// For each context (0 to 4 tokens) the tokens that followed it, with counts.
    counts: HashMap<Vec<u32>, HashMap<u32, u32>>,
}

/// Stands before and after every story.
const EDGE: u32 = 0;

impl NGram {
    /// Counts the stories.
    pub fn train<'a>(stories: impl Iterator<Item = &'a str>) -> NGram {
        let mut model = NGram { ids: HashMap::new(), words: vec![String::new()], counts: HashMap::new() };
        for story in stories {
            let mut tokens = vec![EDGE; ORDER - 1];
            for word in split(story) {
                let next = model.words.len() as u32;
                let id = *model.ids.entry(word.to_string()).or_insert(next);
                if id == next {
                    model.words.push(word.to_string());
                }
                tokens.push(id);
            }
            tokens.push(EDGE);
            for at in ORDER - 1..tokens.len() {
                for n in 0..ORDER {
                    *model.counts.entry(tokens[at - n..at].to_vec()).or_default().entry(tokens[at]).or_default() += 1;
                }
            }
        }
        model
    }

    /// Continues `opening` to the end of a story, or `max_tokens`; returns opening and continuation. `uniform` gives
    /// numbers in `0..1`.
    pub fn tell(&self, opening: &str, temperature: f64, max_tokens: usize, mut uniform: impl FnMut() -> f64) -> String {
        let mut tokens = vec![EDGE; ORDER - 1];
        tokens.extend(split(opening).map(|word| self.ids.get(word).copied().unwrap_or(EDGE)));
        let mut text = opening.to_string();
        for _ in 0..max_tokens {
            let followers = (1..=ORDER).find_map(|cut| self.counts.get(&tokens[tokens.len() + cut - ORDER..]));
            let Some(followers) = followers else { break };
            let mut weights: Vec<(u32, f64)> =
                followers.iter().map(|(&id, &n)| (id, f64::from(n).powf(1.0 / temperature))).collect();
            weights.sort_unstable_by_key(|(id, _)| *id);
            let mut left = uniform() * weights.iter().map(|(_, weight)| weight).sum::<f64>();
            let drawn = weights.iter().find(|(_, weight)| {
                left -= weight;
                left < 0.0
            });
            let id = drawn.or(weights.last()).expect("a context has followers").0;
            if id == EDGE {
                break;
            }
            tokens.push(id);
            text.push_str(&self.words[id as usize]);
        }
        text
    }
}

/// Runs of ASCII letters are one token with the space before them; every other character is one by itself.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let after = &rest[first.len_utf8()..];
        let run = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let end = if first == ' ' || first.is_ascii_alphabetic() { 1 + run } else { first.len_utf8() };
        let (token, left) = rest.split_at(end);
        rest = left;
        Some(token)
    })
}

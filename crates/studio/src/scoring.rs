//! Scores of a few texts taken apart, for the live figure of the lesson on BM25: the engine's own index, with constants that the
//! reader moves.

use crate::failure::{Body, Failure, StudioError};
use crate::knowledge::KbPart;
use axum::Json;
use retrieval::lexical::{Bm25, Index, Query};
use serde::{Deserialize, Serialize};

/// Texts of the figure, and characters of one: more could not be told apart there.
const TEXTS_MAX: usize = 12;
const CHARACTERS_MAX: usize = 500;
/// Beyond it a curve looks straight.
const K1_MAX: f32 = 10.0;

/// Texts to be scored.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct ScoreTexts {
    /// What is asked.
    pub query: String,
    /// At most twelve, of at most 500 characters.
    pub texts: Vec<String>,
    /// How soon repetition stops counting, 0 to 10.
    pub k1: f32,
    /// How much long texts are held back, 0 to 1.
    pub b: f32,
}

/// A text with its score.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct ScoredText {
    /// Terms of the text, as its length counts them.
    pub length: f32,
    /// What each term of the query adds; together they are the score.
    pub parts: Vec<KbPart>,
}

/// `POST /api/scores`: each text, in the order given.
pub(crate) async fn score(Body(wanted): Body<ScoreTexts>) -> Result<Json<Vec<ScoredText>>, Failure> {
    let ScoreTexts { query, texts, k1, b } = &wanted;
    let longest = texts.iter().map(|text| text.chars().count()).max().unwrap_or(0);
    let bounds = [
        ("texts", texts.len() <= TEXTS_MAX, "12 at most", texts.len().to_string()),
        ("texts", longest <= CHARACTERS_MAX, "500 characters at most", longest.to_string()),
        ("query", query.chars().count() <= CHARACTERS_MAX, "500 characters at most", query.chars().count().to_string()),
        ("k1", (0.0..=K1_MAX).contains(k1), "0 to 10", k1.to_string()),
        ("b", (0.0..=1.0).contains(b), "0 to 1", b.to_string()),
    ];
    for (field, holds, expected, found) in bounds {
        if !holds {
            return Err(StudioError::OutOfRange { field, expected, found }.into());
        }
    }
    // The first Chinese character loads a dictionary, which takes a moment.
    Ok(Json(crate::blocking(move || scored(&wanted)).await))
}

fn scored(wanted: &ScoreTexts) -> Vec<ScoredText> {
    let mut index = Index::new(Bm25 { k1: wanted.k1, b: wanted.b, ..Bm25::USUAL });
    for (id, text) in wanted.texts.iter().enumerate() {
        index.insert(id as u64, "", text);
    }
    index.commit();
    let query = Query::parse(&wanted.query);
    let lengths = index.posting_lists(&query, |_| true).lengths;
    let text = |(id, length)| ScoredText {
        length,
        parts: index.explain(&query, id as u64).into_iter().map(KbPart::from).collect(),
    };
    lengths.into_iter().enumerate().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_the_lesson_in_both_languages() {
        for (query, term, first, second) in [
            ("oolong water", "oolong", "Oolong tea, ninety degrees.", "Green tea, warm water."),
            ("乌龙 水", "乌龙", "乌龙茶，九十度。", "绿茶，温水。"),
        ] {
            let texts = vec![first.to_string(), second.to_string()];
            let wanted = ScoreTexts { query: query.into(), texts, k1: 1.6, b: 0.0 };
            let scored = scored(&wanted);
            let part = &scored[0].parts[0];
            assert_eq!((part.term.as_str(), part.documents), (term, 1));
            assert!(scored.iter().all(|text| text.length >= 4.0), "{scored:?}");
            assert!(scored[1].parts.iter().all(|part| part.term != term));
        }
    }
}

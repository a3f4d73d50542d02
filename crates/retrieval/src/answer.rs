//! Answers made of the documents' own sentences, each with its place, or none.
//!
//! The sentences of the best chunks' contexts are scored by how much of the question's weight their words carry (rare words
//! weigh more), with a little credit for the chunk's rank; the answer is the best sentence, and after it those that carry
//! what it lacks. The confidence is the share of the question's weight that the whole answer carries; below the threshold
//! there is no answer, since words that nothing retrieved holds are a question that these documents do not answer.
//!
//! Text is only ever quoted: an instruction within a document is a sentence like any other. Not here: written answers.

use crate::access::Viewer;
use crate::knowledge_base::{KbError, KnowledgeBase};
use crate::lexical::Query;
use crate::sentences;
use serde::Serialize;
use std::collections::HashMap;

/// An answer, or that there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// The sentences together; `None` if the documents do not answer.
    pub answer: Option<String>,
    /// Whether there is no answer.
    pub abstained: bool,
    /// The share of the question that the answer carries, 0 to 1.
    pub confidence: f32,
    /// The sentences with their places.
    pub citations: Vec<Citation>,
}

/// A quoted sentence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Citation {
    /// The document's id or path.
    pub document: String,
    /// First byte in the document's normalised text.
    pub start: usize,
    /// Byte after the last one.
    pub end: usize,
    /// The sentence: exactly these bytes.
    pub text: String,
}

/// Chunks that are read for an answer.
const CHUNKS: usize = 8;
/// Sentences of an answer at most.
const SENTENCES_MAX: usize = 3;
/// A further sentence must carry so much more of the question.
const GAIN_MIN: f32 = 0.12;
/// What the rank of its chunk adds to a sentence: 1/rank times this.
const RANK_WEIGHT: f32 = 0.15;
/// Shorter sentences are headings and leftovers.
const CHARACTERS_MIN: usize = 4;

/// The threshold when nothing was calibrated.
pub const THRESHOLD: f32 = 0.5;

/// Answers `question` from what `viewer` may see.
///
/// # Errors
/// Those of the store.
pub fn answer(kb: &KnowledgeBase, question: &str, viewer: &Viewer, threshold: f32) -> Result<Answer, KbError> {
    let query = Query::parse(question);
    let index = kb.index();
    let mut candidates: Vec<(f32, Citation)> = vec![];
    let mut texts: HashMap<i64, String> = HashMap::new();
    for hit in kb.search(question, CHUNKS, viewer)? {
        let text = match texts.entry(hit.document_id) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => match kb.document(hit.document_id)? {
                Some(document) => entry.insert(document.text),
                None => continue,
            },
        };
        for range in sentences::split(text, hit.context.clone()) {
            let sentence = &text[range.clone()];
            let is_new =
                candidates.iter().all(|(_, known)| known.document != hit.document || known.start != range.start);
            if is_new && sentence.chars().count() >= CHARACTERS_MIN {
                let score = index.coverage(&query, sentence) + RANK_WEIGHT / hit.rank as f32;
                let (start, end) = (range.start, range.end);
                candidates
                    .push((score, Citation { document: hit.document.clone(), start, end, text: sentence.to_string() }));
            }
        }
    }
    candidates.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut citations: Vec<Citation> = vec![];
    let mut confidence = 0.0;
    for (_, candidate) in candidates {
        let mut words: Vec<&str> = citations.iter().map(|citation| citation.text.as_str()).collect();
        words.push(&candidate.text);
        let carried = index.coverage(&query, &words.join("\n"));
        if citations.is_empty() || carried >= confidence + GAIN_MIN {
            confidence = carried;
            citations.push(candidate);
        }
        if citations.len() == SENTENCES_MAX {
            break;
        }
    }
    if citations.is_empty() || confidence < threshold {
        return Ok(Answer { answer: None, abstained: true, confidence, citations: vec![] });
    }
    let sentences: Vec<&str> = citations.iter().map(|citation| citation.text.as_str()).collect();
    Ok(Answer { answer: Some(sentences.join(" ")), abstained: false, confidence, citations })
}

//! Answers made of the documents' own sentences, each with its place, or none.
//!
//! The sentences of the best chunks' contexts are scored by how much of the question's weight their words carry ([`asked`]), with
//! a little credit for what the headings above carry, for holding a number where one is asked for, and for the chunk's rank;
//! the answer is the best sentence, and after it those that carry what it lacks.
//!
//! The confidence is how likely it is that the answer comes from the right document. It is a logistic function of the
//! [`Evidence`]. What speaks for an answer was fitted on questions asked of collections of five to a thousand documents that did or did not
//! hold the answer, as often the one as the other (`bench/retrieval/ask_weights.py`). What speaks against it is for questions that miss by a
//! word, as those about XR-300 do where the documents tell of XR-200: nouns and names that no text has, another number, a
//! sentence without what was asked for. Below the threshold, which [`calibrate`] learns from a person's own questions, there is no answer.
//!
//! Text is only ever quoted: an instruction within a document is a sentence like any other. Not here: written answers.

mod asked;
pub mod calibrate;
mod exact;
mod kind;
mod statement;
mod verbs;

use crate::access::Viewer;
use crate::document::{Document, Kind as BlockKind};
use crate::knowledge_base::{Hit, KbError, KnowledgeBase};
use crate::sentences;
use asked::{Asked, Texts};
use serde::Serialize;
use std::collections::HashMap;
use std::ops::Range;

/// An answer, or that there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// The sentences together; `None` if the documents do not answer.
    pub answer: Option<String>,
    /// Whether there is no answer.
    pub abstained: bool,
    /// How likely it is that the documents answer the question with this, 0 to 1.
    pub confidence: f32,
    /// The sentences with their places.
    pub citations: Vec<Citation>,
    /// What the confidence was made of.
    #[serde(skip)]
    pub evidence: Evidence,
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

/// What speaks for an answer. Shares are of the question's weight, 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Evidence {
    /// Carried by the first sentence.
    pub sentence: f32,
    /// Carried by what stands around it, with title and headings.
    pub context: f32,
    /// Carried by the whole answer.
    pub answer: f32,
    /// Neighbours in the question that are neighbours in the first sentence.
    pub together: f32,
    /// Carried by no text of the collection that whoever asks may see.
    pub unknown: f32,
    /// Carried by no text of these, of nouns.
    pub unknown_nouns: f32,
    /// Carried by no text of these, of names.
    pub unknown_names: f32,
    /// 1 if a number or a part number of the question is neither in the first sentence nor around it; more if the sentence has another one
    /// of the same kind.
    pub inexact: f32,
    /// 1 if the first sentence does not hold what is asked for.
    pub missed: f32,
    /// ln(1 + chunks): the larger a collection, the more of a question it holds by chance.
    pub size: f32,
    /// ln(1 + words of the question that count).
    pub words: f32,
    /// 1 if the question is Chinese.
    pub chinese: f32,
}

/// Chunks that are read for an answer.
const CHUNKS: usize = 8;
/// Sentences of an answer at most.
const SENTENCES_MAX: usize = 3;
/// A further sentence must carry so much more of the question.
const GAIN_MIN: f32 = 0.12;
/// What the rank of its chunk adds to a sentence: 1/rank times this.
const RANK_WEIGHT: f32 = 0.15;
/// What a sentence gets of what title and headings carry beside it.
const HEADING_SHARE: f32 = 0.5;
/// What a sentence gets for holding what is asked for.
const KIND_WEIGHT: f32 = 0.15;
/// The same where nothing else can be an answer: more than a title alone gives.
const STRICT_KIND_WEIGHT: f32 = 0.6;
/// Shorter sentences are leftovers.
const CHARACTERS_MIN: usize = 4;

/// The threshold when nothing was calibrated: an answer is given when it is more likely right than wrong.
pub const THRESHOLD: f32 = 0.5;

/// A sentence that may be an answer.
struct Candidate {
    score: f32,
    citation: Citation,
    /// What title, headings and the text around it say.
    surroundings: String,
}

/// The confidence from which on to answer: what is asked for, else what was learned for the knowledge base, else [`THRESHOLD`].
///
/// # Errors
/// Those of the store.
pub fn threshold(kb: &KnowledgeBase, asked: Option<f32>) -> Result<f32, KbError> {
    match asked {
        Some(asked) => Ok(asked),
        None => Ok(kb.threshold()?.unwrap_or(THRESHOLD)),
    }
}

/// Answers `question` from what `viewer` may see, if the confidence is at least `threshold`.
///
/// # Errors
/// Those of the store.
pub fn answer(kb: &KnowledgeBase, question: &str, viewer: &Viewer, threshold: f32) -> Result<Answer, KbError> {
    let may_see = |chunk| kb.may_see(chunk, viewer);
    let texts = Texts { index: kb.index(), may_see: kb.hides_from(viewer).then_some(&may_see) };
    let asked = Asked::of(texts, question);
    let mut candidates = candidates(kb, &asked, &kb.search(question, CHUNKS, viewer)?)?;
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut citations: Vec<Citation> = vec![];
    let mut evidence = Evidence::default();
    for candidate in candidates {
        let mut texts: Vec<&str> = citations.iter().map(|citation| citation.text.as_str()).collect();
        texts.push(&candidate.citation.text);
        let carried = asked.carried(&texts.join("\n"));
        if citations.is_empty() {
            evidence = of_first(&asked, &candidate);
        }
        if citations.is_empty() || carried >= evidence.answer + GAIN_MIN {
            evidence.answer = carried;
            citations.push(candidate.citation);
        }
        if citations.len() == SENTENCES_MAX {
            break;
        }
    }
    let confidence = if citations.is_empty() { 0.0 } else { evidence.confidence() };
    if citations.is_empty() || confidence < threshold {
        return Ok(Answer { answer: None, abstained: true, confidence, citations: vec![], evidence });
    }
    let sentences: Vec<&str> = citations.iter().map(|citation| citation.text.as_str()).collect();
    Ok(Answer { answer: Some(sentences.join(" ")), abstained: false, confidence, citations, evidence })
}

/// The sentences of what was found, each once.
fn candidates(kb: &KnowledgeBase, asked: &Asked, hits: &[Hit]) -> Result<Vec<Candidate>, KbError> {
    let mut found: Vec<Candidate> = vec![];
    let mut documents: HashMap<i64, Document> = HashMap::new();
    for hit in hits {
        let document = match documents.entry(hit.document_id) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => match kb.document(hit.document_id)? {
                Some(document) => entry.insert(document),
                None => continue,
            },
        };
        let mut above = hit.headings.clone();
        above.extend(hit.title.clone());
        let above = above.join("\n");
        for range in sentences::split(&document.text, hit.context.clone()) {
            let text = &document.text[range.clone()];
            let is_known =
                |known: &Candidate| known.citation.document == hit.document && known.citation.start == range.start;
            if found.iter().any(is_known) || text.chars().count() < CHARACTERS_MIN || is_heading(document, &range) {
                continue;
            }
            let alone = asked.carried(text);
            let with_headings = if above.is_empty() { alone } else { asked.carried(&format!("{text}\n{above}")) };
            let kind_weight = match asked.kind {
                Some(kind) if !kind.is_in(text) => 0.0,
                Some(kind) if kind.is_strict() => STRICT_KIND_WEIGHT,
                Some(_) => KIND_WEIGHT,
                None => 0.0,
            };
            let score = alone + HEADING_SHARE * (with_headings - alone) + kind_weight + RANK_WEIGHT / hit.rank as f32;
            let citation =
                Citation { document: hit.document.clone(), start: range.start, end: range.end, text: text.to_string() };
            let surroundings = format!("{above}\n{}", &document.text[hit.context.clone()]);
            found.push(Candidate { score, citation, surroundings });
        }
    }
    Ok(found)
}

/// Whether a range is a heading, which says what an answer is about and is none.
fn is_heading(document: &Document, range: &Range<usize>) -> bool {
    let at = document.blocks.partition_point(|block| block.range.end <= range.start);
    document.blocks.get(at).is_some_and(|block| matches!(block.kind, BlockKind::Heading(_)))
}

/// What speaks for an answer that begins with `first`.
fn of_first(asked: &Asked, first: &Candidate) -> Evidence {
    let text = &first.citation.text;
    let carried = asked.carried(text);
    let of_question = |value: f32| if asked.is_statement { 0.0 } else { value };
    Evidence {
        sentence: carried,
        context: asked.carried(&first.surroundings),
        answer: carried,
        together: asked.together(text),
        unknown: asked.unknown(),
        unknown_nouns: of_question(asked.unknown_nouns()),
        unknown_names: of_question(asked.unknown_names()),
        inexact: of_question(asked.inexact(text, &first.surroundings)),
        missed: of_question(f32::from(asked.is_missed_by(text))),
        size: (1.0 + asked.n_texts as f32).ln(),
        words: (1.0 + asked.n_words() as f32).ln(),
        chinese: f32::from(asked.is_chinese),
    }
}

impl Evidence {
    /// How likely the answer is right.
    fn confidence(&self) -> f32 {
        const BIAS: f32 = -3.32;
        const WEIGHTS: [f32; 8] = [0.42, 5.67, 1.16, 3.11, -1.00, -0.36, 0.58, 0.14];
        // Chosen beside what is answered of the sets, in which questions that miss by a word are rare.
        const AGAINST: [f32; 3] = [-6.0, -3.0, -9.0];
        // No two segmentations of Chinese agree, so a word that no text has is often there in pieces.
        const UNKNOWN_NOUNS: [f32; 2] = [-16.0, -6.0];
        let Evidence { sentence, context, answer, together, unknown, size, words, chinese, .. } = *self;
        let values = [sentence, context, answer, together, unknown, size, words, chinese];
        let against = [self.unknown_names, self.inexact, self.missed];
        let sum = |values: &[f32], weights: &[f32]| values.iter().zip(weights).map(|(v, w)| v * w).sum::<f32>();
        // A noun of five is easily another word for something; of two it is what was asked about.
        let unknown_nouns = UNKNOWN_NOUNS[usize::from(chinese > 0.0)] * self.unknown_nouns.powi(2);
        let sum = BIAS + sum(&values, &WEIGHTS) + sum(&against, &AGAINST) + unknown_nouns;
        1.0 / (1.0 + (-sum).exp())
    }
}

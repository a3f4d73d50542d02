//! Runs requests to their end: for the command line, for samples during training, for evaluation.

use crate::request::{FinishReason, RequestId, Usage};
use crate::text_engine::{GenerationRequest, PrepareError, TextEngine, TextEvent, TextToken};
use std::collections::{BTreeMap, VecDeque};

/// A complete answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The texts of its tokens, joined.
    pub text: String,
    /// Its tokens.
    pub tokens: Vec<TextToken>,
    /// Why it ended.
    pub finish_reason: FinishReason,
    /// What it took.
    pub usage: Usage,
}

/// Runs one request on an idle engine and calls `on_token` for each token as it comes.
///
/// # Errors
/// [`PrepareError`] before anything is computed.
pub fn generate(
    engine: &mut TextEngine,
    request: GenerationRequest,
    mut on_token: impl FnMut(&TextToken),
) -> Result<Answer, PrepareError> {
    let prepared = engine.prepare(request)?;
    let id = engine.submit(prepared)?;
    let mut tokens = Vec::new();
    loop {
        for event in engine.step() {
            match event {
                TextEvent::Token { request, token } if request == id => {
                    on_token(&token);
                    tokens.push(token);
                }
                TextEvent::Done { request, finish_reason, usage } if request == id => {
                    return Ok(answer(tokens, finish_reason, usage));
                }
                _ => {}
            }
        }
    }
}

/// Runs many requests together on an idle engine; the answers are in the order of the requests, and each is the one
/// that [`generate`] would give. `on_done` hears how many are complete.
///
/// # Errors
/// [`PrepareError`] of the first request that cannot run, before anything is computed.
pub fn generate_all(
    engine: &mut TextEngine,
    requests: impl IntoIterator<Item = GenerationRequest>,
    mut on_done: impl FnMut(usize),
) -> Result<Vec<Answer>, PrepareError> {
    let prepared: Result<VecDeque<_>, _> = requests.into_iter().map(|request| engine.prepare(request)).collect();
    let mut prepared = prepared?;
    let mut open: BTreeMap<RequestId, (usize, Vec<TextToken>)> = BTreeMap::new();
    let mut answers = vec![None; prepared.len()];
    let (mut n_submitted, mut n_done) = (0, 0);
    while !(prepared.is_empty() && open.is_empty()) {
        // The queue has a limit; what does not fit waits here.
        while let Some(next) = prepared.pop_front() {
            match engine.submit(next.clone()) {
                Ok(id) => {
                    open.insert(id, (n_submitted, Vec::new()));
                    n_submitted += 1;
                }
                Err(_) => {
                    prepared.push_front(next);
                    break;
                }
            }
        }
        for event in engine.step() {
            match event {
                TextEvent::Token { request, token } => {
                    if let Some((_, tokens)) = open.get_mut(&request) {
                        tokens.push(token);
                    }
                }
                TextEvent::Scored { .. } => {}
                TextEvent::Done { request, finish_reason, usage } => {
                    if let Some((index, tokens)) = open.remove(&request) {
                        answers[index] = Some(answer(tokens, finish_reason, usage));
                        n_done += 1;
                        on_done(n_done);
                    }
                }
            }
        }
    }
    Ok(answers.into_iter().flatten().collect())
}

fn answer(tokens: Vec<TextToken>, finish_reason: FinishReason, usage: Usage) -> Answer {
    let text = tokens.iter().map(|token| token.text.as_str()).collect();
    Answer { text, tokens, finish_reason, usage }
}

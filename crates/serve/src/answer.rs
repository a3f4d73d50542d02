//! From requests to answers: all choices run at once; whole answers are collected, streams are merged as they come.

use crate::failure::Failure;
use crate::handle::{Generation, GenerationError, GenerationEvent, HandleError, ModelHandle};
use api::openai;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::{self, StreamExt};
use infer::{FinishReason, GenerationRequest, TextToken, Token, Usage};
use messages::Lang;
use serde::Serialize;
use std::convert::Infallible;
use tokio_stream::wrappers::ReceiverStream;

/// All answers of one HTTP request: `n` for each prompt, prompt by prompt.
pub(crate) struct Choices {
    pub generations: Vec<Generation>,
    pub n: usize,
}

/// A complete answer.
pub(crate) struct Whole {
    /// The prompt's tokens after the first, if they were to be scored.
    pub scored: Vec<Token>,
    pub tokens: Vec<TextToken>,
    pub finish_reason: FinishReason,
}

/// How the pieces of a stream look on the wire, as JSON.
pub(crate) trait Pieces: Send + 'static {
    /// What opens answer `index`.
    fn open(&mut self, index: usize) -> Option<String>;
    /// The prompt's tokens after the first, if they were to be scored.
    fn scored(&mut self, index: usize, tokens: Vec<Token>) -> Option<String>;
    /// A token of it; `None` when it changes nothing that a client sees.
    fn token(&mut self, index: usize, token: TextToken) -> Option<String>;
    /// Its end.
    fn close(&mut self, index: usize, reason: FinishReason) -> String;
    /// What all of it took; `None` unless it was asked for.
    fn usage(&mut self, usage: openai::Usage) -> Option<String>;
}

impl Choices {
    /// Starts `n` answers to each request; those after the first take the seeds that follow.
    ///
    /// # Errors
    /// What is wrong with any of them; then none runs.
    pub async fn start(
        handle: &ModelHandle,
        requests: Vec<GenerationRequest>,
        n: usize,
    ) -> Result<Choices, GenerationError> {
        let encoder = handle.clone();
        // Encoding a long prompt takes a while, and other connections wait on this thread.
        let encoded = tokio::task::spawn_blocking(move || {
            let encode = |request: GenerationRequest| Ok((request.seed, encoder.prepare(request)?));
            requests.into_iter().map(encode).collect::<Result<Vec<_>, GenerationError>>()
        });
        let prepared = encoded.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?;
        let mut generations = Vec::with_capacity(prepared.len() * n);
        for (seed, prepared) in prepared {
            for i in 0..n as u64 {
                generations.push(handle.start(prepared.clone().with_seed(seed.wrapping_add(i)))?);
            }
        }
        Ok(Choices { generations, n })
    }

    /// Waits for all answers.
    ///
    /// # Errors
    /// The first that failed.
    pub async fn whole(self) -> Result<(Vec<Whole>, openai::Usage), HandleError> {
        let mut usage = openai::Usage::default();
        let mut answers = Vec::with_capacity(self.generations.len());
        for (index, generation) in self.generations.into_iter().enumerate() {
            let mut events = generation.events;
            let (mut scored, mut tokens) = (Vec::new(), Vec::new());
            let finish_reason = loop {
                match events.recv().await {
                    Some(GenerationEvent::Scored(tokens)) => scored = tokens,
                    Some(GenerationEvent::Token { text, id, logprob, alternatives }) => {
                        tokens.push(TextToken { text, id, logprob, alternatives });
                    }
                    Some(GenerationEvent::Done { finish_reason, usage: one }) => {
                        count(&mut usage, one, index, self.n);
                        break finish_reason;
                    }
                    Some(GenerationEvent::Failed(error)) => return Err(error),
                    None => return Err(HandleError::EngineGone {}),
                }
            };
            answers.push(Whole { scored, tokens, finish_reason });
        }
        Ok((answers, usage))
    }

    /// Sends the answers as server-sent events while they come; the client's leaving drops and so cancels them.
    pub fn stream(self, lang: Lang, mut pieces: impl Pieces) -> Response {
        let (n, n_choices) = (self.n, self.generations.len());
        let opening: Vec<Event> = (0..n_choices).filter_map(|index| pieces.open(index)).map(event).collect();
        let streams =
            self.generations.into_iter().enumerate().map(|(index, generation)| {
                ReceiverStream::new(generation.events).map(move |event| Some((index, event)))
            });
        let mut usage = openai::Usage::default();
        let mut n_open = n_choices;
        let mut failed = false;
        let events = stream::select_all(streams).chain(stream::iter([None])).map(move |next| {
            if failed {
                return Vec::new();
            }
            let mut fail = |error: &HandleError| {
                failed = true;
                vec![event(json(&Failure::handle(lang, error).into_reply()))]
            };
            match next {
                Some((index, GenerationEvent::Scored(tokens))) => {
                    pieces.scored(index, tokens).into_iter().map(event).collect()
                }
                Some((index, GenerationEvent::Token { text, id, logprob, alternatives })) => {
                    let piece = pieces.token(index, TextToken { text, id, logprob, alternatives });
                    piece.into_iter().map(event).collect()
                }
                Some((index, GenerationEvent::Done { finish_reason, usage: one })) => {
                    count(&mut usage, one, index, n);
                    n_open -= 1;
                    vec![event(pieces.close(index, finish_reason))]
                }
                Some((_, GenerationEvent::Failed(error))) => fail(&error),
                None if n_open > 0 => fail(&HandleError::EngineGone {}),
                None => {
                    let usage = pieces.usage(usage);
                    usage.into_iter().chain(["[DONE]".to_string()]).map(event).collect()
                }
            }
        });
        let all = stream::iter(opening).chain(events.flat_map(stream::iter)).map(Ok::<_, Infallible>);
        Sse::new(all).keep_alive(KeepAlive::default()).into_response()
    }
}

/// Adds answer `index`; a prompt with several answers is read, and counted, once.
fn count(total: &mut openai::Usage, one: Usage, index: usize, n: usize) {
    if index.is_multiple_of(n) {
        total.prompt_tokens += one.prompt_tokens;
    }
    total.completion_tokens += one.completion_tokens;
    total.total_tokens = total.prompt_tokens + total.completion_tokens;
}

/// A wire type as text; not by way of a JSON value, which would print f32 numbers with the digits of f64.
pub(crate) fn json(piece: &impl Serialize) -> String {
    serde_json::to_string(piece).expect("wire types are JSON")
}

fn event(piece: String) -> Event {
    // JSON breaks no lines: those in strings are escaped.
    Event::default().data(piece)
}

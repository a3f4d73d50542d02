//! The engine for text: [`Engine`] with prompts encoded before it and answers decoded behind it.

use crate::codec::{Codec, Input, Prompt, PromptError};
use crate::engine::{Engine, Limits};
use crate::penalties::Penalties;
use crate::plug::AttentionPlug;
use crate::request::{Event, FinishReason, Request, RequestId, SubmitError, Token, Usage};
use crate::sampler::{Sampling, SamplingError};
use crate::text_stream::TextStream;
use models::Model;
use serde::Serialize;
use std::collections::BTreeMap;
use tensor::Params;

/// A text or a conversation to be continued.
#[derive(Clone, Debug, PartialEq)]
pub struct GenerationRequest {
    /// What to continue.
    pub input: Input,
    /// At most this many tokens; `None` lets the context be the limit.
    pub max_tokens: Option<usize>,
    /// 0 (always the likeliest token) to 2.
    pub temperature: f32,
    /// 0 to 1; 1 excludes nothing.
    pub top_p: f32,
    /// Only so many of the likeliest tokens; 0 or `None` excludes nothing.
    pub top_k: Option<usize>,
    /// How strongly tokens are avoided that stand in the text already.
    pub penalties: Penalties,
    /// Same request and seed, same answer.
    pub seed: u64,
    /// The answer ends before the first of these.
    pub stop: Vec<String>,
    /// How many alternatives to report with each token.
    pub n_alternatives: usize,
    /// Whether the prompt's own tokens are reported, too; then `max_tokens` may be 0.
    pub score_prompt: bool,
}

impl GenerationRequest {
    /// Greedy, until the model ends or the context is full.
    pub fn greedy(input: Input) -> GenerationRequest {
        GenerationRequest {
            input,
            max_tokens: None,
            temperature: 0.0,
            top_p: 1.0,
            top_k: None,
            penalties: Penalties::NONE,
            seed: 0,
            stop: Vec::new(),
            n_alternatives: 0,
            score_prompt: false,
        }
    }
}

/// A request whose prompt is encoded and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// The prompt as the model gets it.
    pub prompt: Prompt,
    request: Request,
    stop: Vec<String>,
}

sys::coded_union! {
    /// Why a request cannot be run.
    pub enum PrepareError {
        /// Its input gives no prompt.
        Prompt(PromptError),
        /// Its temperature, top-p or penalties make no sense.
        Sampling(SamplingError),
        /// The model cannot run it.
        Submit(SubmitError),
    }
}

impl Prepared {
    /// Encodes and checks `request` for `model`; needs no engine, so it can be done on another thread.
    ///
    /// # Errors
    /// [`PrepareError`].
    pub fn new(request: GenerationRequest, codec: &Codec, model: &Model) -> Result<Prepared, PrepareError> {
        let GenerationRequest { input, max_tokens, temperature, top_p, top_k, penalties, seed, .. } = request;
        let GenerationRequest { mut stop, n_alternatives, score_prompt, .. } = request;
        let sampling = Sampling::new(temperature, top_p, seed)?.with_top_k(top_k).with_penalties(penalties)?;
        let prompt = codec.prompt(&input)?;
        let stop_tokens = prompt.stop_tokens.clone();
        let request =
            Request { prompt: prompt.ids.clone(), max_tokens, sampling, stop_tokens, n_alternatives, score_prompt };
        Engine::check(model, &request)?;
        // An empty string occurs everywhere; asking to stop at it means nothing.
        stop.retain(|stop| !stop.is_empty());
        Ok(Prepared { prompt, request, stop })
    }

    /// The same prompt with another seed: a further, independent answer.
    pub fn with_seed(mut self, seed: u64) -> Prepared {
        self.request.sampling = self.request.sampling.with_seed(seed);
        self
    }
}

/// A token with the text it adds to the answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TextToken {
    /// What it adds; empty while a character is incomplete, and cut where a stop string began.
    pub text: String,
    /// Its id.
    pub id: u32,
    /// Natural log-probability under the model itself.
    pub logprob: f32,
    /// The likeliest tokens at this place, best first.
    pub alternatives: Vec<Alternative>,
}

/// A token that could have been chosen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alternative {
    /// Its id.
    pub id: u32,
    /// The token alone as text.
    pub text: String,
    /// Natural log-probability under the model itself.
    pub logprob: f32,
}

/// What a step reports.
#[derive(Clone, Debug, PartialEq)]
pub enum TextEvent {
    /// A prompt that is to be scored was read; before the first token of the answer.
    Scored {
        /// Whose.
        request: RequestId,
        /// The prompt's tokens but for the first, which nothing predicts.
        tokens: Vec<Token>,
    },
    /// An answer goes on.
    Token {
        /// Whose.
        request: RequestId,
        /// With what.
        token: TextToken,
    },
    /// An answer is complete.
    Done {
        /// Whose.
        request: RequestId,
        /// Why it ended.
        finish_reason: FinishReason,
        /// What it took.
        usage: Usage,
    },
}

/// Runs requests for text on one model.
pub struct TextEngine<'m> {
    engine: Engine<'m>,
    codec: &'m Codec,
    open: BTreeMap<RequestId, Open<'m>>,
}

/// An answer in progress.
struct Open<'m> {
    stream: TextStream<'m>,
    usage: Usage,
}

impl<'m> TextEngine<'m> {
    /// An idle engine; panics on impossible limits as [`Engine::new`] does.
    #[track_caller]
    pub fn new(model: &'m Model, params: &'m Params, codec: &'m Codec, limits: Limits) -> TextEngine<'m> {
        TextEngine { engine: Engine::new(model, params, limits), codec, open: BTreeMap::new() }
    }

    /// Encodes and checks a request.
    ///
    /// # Errors
    /// [`PrepareError`].
    pub fn prepare(&self, request: GenerationRequest) -> Result<Prepared, PrepareError> {
        Prepared::new(request, self.codec, self.engine.model())
    }

    /// Queues a request.
    ///
    /// # Errors
    /// [`SubmitError::QueueFull`].
    pub fn submit(&mut self, prepared: Prepared) -> Result<RequestId, SubmitError> {
        let usage = Usage { prompt_tokens: prepared.prompt.ids.len(), completion_tokens: 0 };
        let stream = TextStream::new(self.codec, prepared.stop);
        let id = self.engine.submit(prepared.request)?;
        self.open.insert(id, Open { stream, usage });
        Ok(id)
    }

    /// Forgets a request.
    pub fn cancel(&mut self, id: RequestId) {
        self.engine.cancel(id);
        self.open.remove(&id);
    }

    /// Whether there is nothing to do.
    pub fn is_idle(&self) -> bool {
        self.engine.is_idle()
    }

    /// One forward pass.
    pub fn step(&mut self) -> Vec<TextEvent> {
        let events = self.engine.step();
        self.decode(events)
    }

    /// The same with `plug` in the place of the engine's attention; see [`Engine::step_plugged`].
    pub fn step_plugged(&mut self, plug: &mut dyn AttentionPlug) -> Vec<TextEvent> {
        let events = self.engine.step_plugged(plug);
        self.decode(events)
    }

    /// The logits of the last step; see [`Engine::logits`].
    pub fn logits(&self) -> &[f32] {
        self.engine.logits()
    }

    fn decode(&mut self, events: Vec<Event>) -> Vec<TextEvent> {
        let mut out = Vec::new();
        for event in events {
            match event {
                Event::Scored { request, tokens } => out.push(TextEvent::Scored { request, tokens }),
                Event::Token { request, token } => self.push(request, token, &mut out),
                Event::Finished { request, reason } => {
                    // A request that a stop string ended in this very step is gone already.
                    if let Some(open) = self.open.remove(&request) {
                        close(request, open, reason, &mut out);
                    }
                }
            }
        }
        out
    }

    /// After a panic in [`TextEngine::step`]: forgets the running requests and returns them.
    pub fn reset(&mut self) -> Vec<RequestId> {
        let failed = self.engine.reset();
        failed.iter().for_each(|id| drop(self.open.remove(id)));
        failed
    }

    fn push(&mut self, request: RequestId, token: Token, out: &mut Vec<TextEvent>) {
        let Some(open) = self.open.get_mut(&request) else { return };
        let released = open.stream.push(token);
        open.usage.completion_tokens += released.tokens.len();
        out.extend(released.tokens.into_iter().map(|token| TextEvent::Token { request, token }));
        if released.stopped {
            let usage = open.usage;
            self.cancel(request);
            out.push(TextEvent::Done { request, finish_reason: FinishReason::Stop, usage });
        }
    }
}

fn close(request: RequestId, mut open: Open, finish_reason: FinishReason, out: &mut Vec<TextEvent>) {
    let rest = open.stream.finish();
    open.usage.completion_tokens += rest.len();
    out.extend(rest.into_iter().map(|token| TextEvent::Token { request, token }));
    out.push(TextEvent::Done { request, finish_reason, usage: open.usage });
}

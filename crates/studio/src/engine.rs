//! The real engine behind [`Speaker`]: crate `serve`'s handle of a run's newest whole checkpoint.
//!
//! Prompts are cut to the window ([`crate::window`]), encoded and checked before the first event, so what is wrong
//! with a request is an HTTP status and no broken stream. Dropping the receiver drops the generation, which the
//! engine's thread notices before its next step.

use crate::attention::{self, Looked};
use crate::chat::{Alternative, Done, Generate, Opened, Prompt, Refusal, Speaker, Spoken, Token};
use crate::window;
use infer::PrepareError;
use serve::{GenerationEvent, GenerationRequest, HandleError, ModelHandle, fresh_seed};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::mpsc::{Receiver, channel};

/// Alternatives reported with each token: what a list beside a word can show.
const ALTERNATIVES: usize = 8;
/// Events that wait for the page; more wait in the generation's own channel.
const QUEUE: usize = 16;

/// Opens the run folder at `path`.
pub(crate) fn open(path: &Path) -> Opened {
    match ModelHandle::open(path) {
        Ok(handle) => Ok(Arc::new(handle)),
        Err(error) => Err(Arc::new(error)),
    }
}

impl Speaker for ModelHandle {
    fn speak(&self, request: &Generate) -> Result<Receiver<Spoken>, Refusal> {
        let max_tokens = request.max_tokens as usize;
        let fitted = window::fit(&request.input, self.codec(), self.context(), max_tokens)?;
        let asked = GenerationRequest {
            input: fitted.input,
            max_tokens: Some(max_tokens),
            temperature: request.temperature,
            top_p: request.top_p,
            seed: request.seed.unwrap_or_else(fresh_seed),
            stop: Vec::new(),
            n_alternatives: ALTERNATIVES,
            score_prompt: false,
        };
        let prepared = self.prepare(asked).map_err(|error: PrepareError| Arc::new(error) as Refusal)?;
        let mut generation = self.start(prepared).map_err(|error| Arc::new(error) as Refusal)?;
        let prompt = Prompt {
            text: generation.prompt.text.clone(),
            tokens: generation.prompt.ids.len() as u32,
            left_out_turns: fitted.left_out_turns as u32,
            left_out_tokens: fitted.left_out_tokens as u32,
            step: self.step(),
        };
        let (sender, receiver) = channel(QUEUE);
        tokio::spawn(async move {
            let mut next = Spoken::Prompt(prompt);
            loop {
                let ended = matches!(next, Spoken::Done(_) | Spoken::Failed(_));
                if sender.send(next).await.is_err() || ended {
                    return;
                }
                next = tokio::select! {
                    event = generation.events.recv() => spoken(event),
                    () = sender.closed() => return,
                };
            }
        });
        Ok(receiver)
    }

    fn look(&self, text: &str) -> Result<Looked, Refusal> {
        attention::look(self.text_model(), text)
    }
}

fn spoken(event: Option<GenerationEvent>) -> Spoken {
    match event {
        Some(GenerationEvent::Token { text, id, logprob, alternatives }) => {
            let alternative = |a: serve::Alternative| Alternative { text: a.text, id: a.id, logprob: a.logprob };
            Spoken::Token(Token {
                text,
                id,
                logprob,
                alternatives: alternatives.into_iter().map(alternative).collect(),
            })
        }
        Some(GenerationEvent::Done { finish_reason, usage }) => Spoken::Done(Done {
            finish_reason: finish_reason.as_str().to_string(),
            prompt_tokens: usage.prompt_tokens as u32,
            completion_tokens: usage.completion_tokens as u32,
        }),
        Some(GenerationEvent::Failed(error)) => Spoken::Failed(Arc::new(error)),
        // Scores come only if they are asked for.
        Some(GenerationEvent::Scored(_)) | None => Spoken::Failed(Arc::new(HandleError::EngineGone {})),
    }
}

//! The real engine behind [`Speaker`]: crate `serve`'s handle of a run's newest whole checkpoint.
//!
//! Prompts are cut to the window ([`Fitted`]), encoded and checked before the first event, so what is wrong
//! with a request is an HTTP status and no broken stream. Dropping the receiver drops the generation, which the
//! engine's thread notices before its next step.

use crate::attention::{self, Looked};
use crate::chat::{self, Alternative, Done, Generate, Opened, Prompt, Refusal, Speaker, Spoken, Token};
use crate::learning::{self, PlugIn, Plugged, last_printed};
use crate::library::{self, AskNext, NextTokens};
use answers::plug::Comparison;
use infer::plug::Difference;
use infer::{Answer, FinishReason, Fitted, PrepareError, Prepared, SamplingOptions, TextToken, Usage};
use models::folder;
use serve::{GenerationEvent, GenerationRequest, HandleError, ModelHandle, fresh_seed};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use text::template::{Message, Role};
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
        let Ready { prepared, prompt } = ready(self, request)?;
        let mut generation = self.start(prepared).map_err(|error| Arc::new(error) as Refusal)?;
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

    fn speak_plugged(&self, request: &Generate, mut plug: PlugIn) -> Result<Receiver<Spoken>, Refusal> {
        let Ready { prepared, prompt } = ready(self, request)?;
        let (sender, receiver) = channel(QUEUE);
        let (model, cancel, listened) = (self.text_model().clone(), plug.cancel.clone(), sender.clone());
        // The learner's process sets the pace: a thread of its own, so that nobody else's answer waits.
        let answering = tokio::task::spawn_blocking(move || {
            let _ = sender.blocking_send(Spoken::Prompt(prompt));
            let answered = answers::plug::answer(&model, &mut plug.attention, prepared, |token| {
                match sender.blocking_send(Spoken::Token(Token::from(token.clone()))) {
                    Ok(()) => ControlFlow::Continue(()),
                    // Nobody listens any more.
                    Err(_) => ControlFlow::Break(()),
                }
            });
            let printed = plug.attention.take_printed();
            match answered {
                Ok(Some(compared)) => {
                    let Answer { finish_reason, usage, .. } = &compared.answer;
                    let _ = sender.blocking_send(Spoken::Plugged(plugged(&compared, &printed)));
                    let _ = sender.blocking_send(Spoken::Done(done(*finish_reason, *usage)));
                }
                Ok(None) => {
                    if let Some(fault) = plug.attention.fault().cloned() {
                        let _ = sender.blocking_send(Spoken::Unplugged { fault, printed });
                    }
                }
                Err(error) => drop(sender.blocking_send(Spoken::Failed(Arc::new(error)))),
            }
        });
        tokio::spawn(async move { learning::while_read(&listened, &cancel, answering).await });
        Ok(receiver)
    }

    fn look(&self, text: &str) -> Result<Looked, Refusal> {
        attention::look(self.text_model(), text)
    }

    fn next(&self, wanted: &AskNext) -> Result<NextTokens, Refusal> {
        library::next(self.text_model(), wanted)
    }
}

/// A request that fits the window and is sound.
struct Ready {
    prepared: Prepared,
    prompt: Prompt,
}

fn ready(handle: &ModelHandle, request: &Generate) -> Result<Ready, Refusal> {
    let max_tokens = request.max_tokens as usize;
    let fitted = Fitted::new(input(&request.input), handle.codec(), handle.context(), Some(max_tokens));
    let fitted = fitted.map_err(|error| Arc::new(error) as Refusal)?;
    let asked = SamplingOptions {
        max_tokens: Some(max_tokens),
        temperature: Some(request.temperature),
        top_p: Some(request.top_p),
        seed: Some(request.seed.unwrap_or_else(fresh_seed)),
        ..SamplingOptions::OPEN
    };
    let request = GenerationRequest { n_alternatives: ALTERNATIVES, ..asked.or(handle.advice()).of(fitted.input) };
    let prepared = handle.prepare(request).map_err(|error: PrepareError| Arc::new(error) as Refusal)?;
    let prompt = Prompt {
        text: prepared.prompt.text.clone(),
        tokens: prepared.prompt.ids.len() as u32,
        left_out_turns: fitted.left_out_turns as u32,
        left_out_tokens: fitted.left_out_tokens as u32,
        step: handle.step(),
        damaged: handle.skipped().iter().filter_map(|path| folder::step_of(path)).collect(),
    };
    Ok(Ready { prepared, prompt })
}

/// What the page sends, as the engine takes it.
fn input(input: &chat::Input) -> infer::Input {
    let message = |turn: &chat::Turn| {
        let role = match turn.role {
            chat::Role::System => Role::System,
            chat::Role::User => Role::User,
            chat::Role::Assistant => Role::Assistant,
        };
        Message::new(role, turn.content.clone())
    };
    match input {
        chat::Input::Text(text) => infer::Input::Text(text.clone()),
        chat::Input::Messages(turns) => infer::Input::Messages(turns.iter().map(message).collect::<Vec<_>>().into()),
    }
}

fn plugged(compared: &Comparison, printed: &str) -> Plugged {
    let [tokens_per_s, engine_tokens_per_s] = compared.tokens_per_s();
    let Difference { n, max_abs, n_same, first_other } = compared.difference;
    Plugged {
        tokens_per_s,
        engine_tokens_per_s,
        n: n as u32,
        n_same: n_same as u32,
        first_other: first_other.map(|place| place as u32),
        max_abs,
        printed: last_printed(printed),
    }
}

fn done(finish_reason: FinishReason, usage: Usage) -> Done {
    Done {
        finish_reason: finish_reason.as_str().to_string(),
        prompt_tokens: usage.prompt_tokens as u32,
        completion_tokens: usage.completion_tokens as u32,
    }
}

impl From<TextToken> for Token {
    fn from(TextToken { text, id, logprob, alternatives }: TextToken) -> Token {
        let alternative = |a: serve::Alternative| Alternative { text: a.text, id: a.id, logprob: a.logprob };
        Token { text, id, logprob, alternatives: alternatives.into_iter().map(alternative).collect() }
    }
}

fn spoken(event: Option<GenerationEvent>) -> Spoken {
    match event {
        Some(GenerationEvent::Token { text, id, logprob, alternatives }) => {
            Spoken::Token(TextToken { text, id, logprob, alternatives }.into())
        }
        Some(GenerationEvent::Done { finish_reason, usage }) => Spoken::Done(done(finish_reason, usage)),
        Some(GenerationEvent::Failed(error)) => Spoken::Failed(Arc::new(error)),
        // Scores come only if they are asked for.
        Some(GenerationEvent::Scored(_)) | None => Spoken::Failed(Arc::new(HandleError::EngineGone {})),
    }
}

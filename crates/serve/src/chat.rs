//! `POST /v1/chat/completions`, and `POST /apply-template`, which tells how the model reads the same body.
//!
//! Tools, their calls and results, and what the model thought go to its chat template, where they stand as its publisher wants them;
//! a template that passes over any of it makes the request an error. What the model answers is text: a call stands in it as the
//! model was taught to write it, and is for the client to find.

use crate::answer::{Choices, Pieces, Whole, json};
use crate::failure::Failure;
use crate::handle::ModelHandle;
use crate::request::{RequestError, Shared, n_choices, refuse, refuse_bias};
use crate::server::{App, check_model, reply_id};
use api::openai::{
    AppliedTemplate, ChatChoice, ChatChunk, ChatChunkChoice, ChatCompletion, ChatDelta, ChatLogprob, ChatLogprobs,
    ChatMessage, ChatRequest, ChatTopLogprob, Content, Usage,
};
use axum::Json;
use axum::response::{IntoResponse, Response};
use infer::{FinishReason, GenerationRequest, Input, PrepareError, SamplingOptions, TextToken, Token};
use serde_json::{Map, Value};
use text::template::{Conversation, Message, Role};

/// Answers a body.
pub(crate) async fn chat(app: App, body: &[u8]) -> Result<Response, Failure> {
    let App { handle, lang } = app;
    let asked = read(body, &handle).map_err(|error| Failure::request(lang, &error))?;
    let choices = Choices::start(&handle, vec![asked.request], asked.n).await;
    let choices = choices.map_err(|error| Failure::generation(lang, &error, "messages"))?;
    let writer = Writer {
        id: reply_id("chatcmpl"),
        created: sys::unix_seconds(),
        handle,
        logprobs: asked.logprobs,
        include_usage: asked.include_usage,
    };
    if asked.stream {
        return Ok(choices.stream(lang, writer));
    }
    let (whole, usage) = choices.whole().await.map_err(|error| Failure::handle(lang, &error))?;
    let choices = whole.into_iter().enumerate().map(|(index, whole)| writer.whole(index, whole)).collect();
    let Writer { id, created, handle, .. } = writer;
    let object = "chat.completion".into();
    Ok(Json(ChatCompletion { id, object, created, model: handle.name().into(), choices, usage }).into_response())
}

/// Tells how the model reads a body.
pub(crate) async fn show(app: App, body: &[u8]) -> Result<Response, Failure> {
    let App { handle, lang } = app;
    let GenerationRequest { input, .. } = read(body, &handle).map_err(|error| Failure::request(lang, &error))?.request;
    // As for an answer: a long prompt takes a while.
    let read = tokio::task::spawn_blocking(move || handle.codec().prompt(&input)).await;
    let read = read.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
    let failed = |error| Failure::generation(lang, &PrepareError::Prompt(error).into(), "messages");
    let prompt = read.map_err(failed)?;
    Ok(Json(AppliedTemplate { prompt: prompt.text, tokens: prompt.ids }).into_response())
}

/// A request as far as the model does not matter.
struct Asked {
    request: GenerationRequest,
    n: usize,
    logprobs: bool,
    stream: bool,
    include_usage: bool,
}

fn read(body: &[u8], handle: &ModelHandle) -> Result<Asked, RequestError> {
    let request: ChatRequest = api::read(body)?;
    check_model(request.model, handle)?;
    refuse("functions", request.functions.is_some_and(|functions| !functions.is_empty()))?;
    let tool_choice = request.tool_choice.unwrap_or("auto".into());
    refuse("tool_choice", tool_choice != "none" && tool_choice != "auto")?;
    refuse("response_format", request.response_format.is_some_and(|format| format["type"] != "text"))?;
    refuse_bias(request.logit_bias.as_ref())?;
    if request.messages.is_empty() {
        return Err(RequestError::Empty { param: "messages" });
    }
    let messages = request.messages.into_iter().enumerate().map(message).collect::<Result<_, _>>()?;
    // A model that shall call none is told of none.
    let tools = if tool_choice == "none" { Vec::new() } else { request.tools.unwrap_or_default() };
    let conversation = Conversation { messages, tools };
    let logprobs = request.logprobs.unwrap_or(false);
    let top_logprobs = request.top_logprobs.unwrap_or(0);
    if top_logprobs > 0 && !logprobs {
        return Err(RequestError::AlternativesAlone {});
    }
    let max_tokens = request.max_completion_tokens.or(request.max_tokens);
    let shared = Shared {
        sampling: SamplingOptions {
            max_tokens: max_tokens.map(|n| usize::try_from(n).unwrap_or(usize::MAX)),
            temperature: request.temperature,
            top_p: request.top_p,
            top_k: request.top_k.map(|k| usize::try_from(k).unwrap_or(0)),
            repetition_penalty: request.repetition_penalty,
            frequency_penalty: request.frequency_penalty,
            presence_penalty: request.presence_penalty,
            // A negative seed is a seed, too: only its bits matter.
            seed: request.seed.map(i64::cast_unsigned),
        },
        stop: request.stop,
        n_alternatives: ("top_logprobs", top_logprobs),
        score_prompt: false,
    };
    let n = n_choices(request.n, 1)?;
    let request_of_one = shared.requests(vec![Input::Messages(conversation)], handle.advice())?.remove(0);
    Ok(Asked {
        request: request_of_one,
        n,
        logprobs,
        stream: request.stream.unwrap_or(false),
        include_usage: request.stream_options.and_then(|options| options.include_usage).unwrap_or(false),
    })
}

fn message((index, message): (usize, ChatMessage)) -> Result<Message, RequestError> {
    let role = match message.role.as_str() {
        "system" | "developer" => Role::System,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "tool" => Role::Tool,
        _ => return Err(RequestError::Role { param: format!("messages[{index}].role"), found: message.role }),
    };
    let param = format!("messages[{index}].content");
    let calls = message.tool_calls.filter(|calls| !calls.is_empty());
    let content = match message.content {
        Some(Content::Text(text)) => Some(text),
        Some(Content::Parts(parts)) => {
            let mut content = String::new();
            for part in parts {
                match part.text {
                    Some(text) if part.kind == "text" => content.push_str(&text),
                    _ => return Err(RequestError::Part { param, found: part.kind }),
                }
            }
            Some(content)
        }
        None if role == Role::Assistant && calls.is_some() => None,
        None => return Err(RequestError::Part { param, found: "null".into() }),
    };
    let texts = [
        ("name", message.name),
        ("tool_call_id", message.tool_call_id),
        ("reasoning_content", message.reasoning_content.or(message.reasoning)),
    ];
    let mut fields: Map<String, Value> =
        texts.into_iter().filter_map(|(key, text)| Some((key.to_string(), text?.into()))).collect();
    if let Some(mut calls) = calls {
        calls.iter_mut().enumerate().try_for_each(|(i, call)| {
            read_arguments(call, || format!("messages[{index}].tool_calls[{i}].function.arguments"))
        })?;
        fields.insert("tool_calls".into(), calls.into());
    }
    Ok(Message { role, content, fields })
}

/// On the wire a call's arguments are JSON in a string; templates write them as the object that it holds.
fn read_arguments(call: &mut Value, param: impl Fn() -> String) -> Result<(), RequestError> {
    let Some(arguments) = call.pointer_mut("/function/arguments") else { return Ok(()) };
    if let Some(written) = arguments.as_str() {
        let read =
            if written.trim().is_empty() { Ok(Value::Object(Map::new())) } else { serde_json::from_str(written) };
        *arguments = read.map_err(|error| RequestError::Field { param: param(), cause: error.to_string() })?;
    }
    Ok(())
}

/// Writes choices, whole or in pieces.
struct Writer {
    id: String,
    created: u64,
    handle: ModelHandle,
    logprobs: bool,
    include_usage: bool,
}

impl Writer {
    fn whole(&self, index: usize, whole: Whole) -> ChatChoice {
        let text = whole.tokens.iter().map(|token| token.text.as_str()).collect();
        let message =
            ChatMessage { role: "assistant".into(), content: Some(Content::Text(text)), ..ChatMessage::default() };
        let logprobs = self.logprobs(&whole.tokens);
        ChatChoice { index, message, logprobs, finish_reason: whole.finish_reason.as_str().into() }
    }

    fn logprobs(&self, tokens: &[TextToken]) -> Option<ChatLogprobs> {
        let codec = self.handle.codec();
        let bytes = |id| Some(codec.bytes_of(id).to_vec());
        let of = |token: &TextToken| ChatLogprob {
            token: codec.token_text(token.id),
            logprob: token.logprob,
            bytes: bytes(token.id),
            top_logprobs: token
                .alternatives
                .iter()
                .map(|a| ChatTopLogprob { token: a.text.clone(), logprob: a.logprob, bytes: bytes(a.id) })
                .collect(),
        };
        self.logprobs.then(|| ChatLogprobs { content: tokens.iter().map(of).collect() })
    }

    fn chunk(&self, choices: Vec<ChatChunkChoice>, usage: Option<Usage>) -> String {
        let (id, model) = (self.id.clone(), self.handle.name().to_string());
        let usage = self.include_usage.then_some(usage);
        let object = "chat.completion.chunk".into();
        let chunk = ChatChunk { id, object, created: self.created, model, choices, usage };
        json(&chunk)
    }
}

impl Pieces for Writer {
    fn open(&mut self, index: usize) -> Option<String> {
        let delta = ChatDelta { role: Some("assistant".into()), content: Some(String::new()) };
        Some(self.chunk(vec![ChatChunkChoice { index, delta, logprobs: None, finish_reason: None }], None))
    }

    fn scored(&mut self, _: usize, _: Vec<Token>) -> Option<String> {
        // A chat shows no prompt, so none is scored.
        None
    }

    fn token(&mut self, index: usize, token: TextToken) -> Option<String> {
        if token.text.is_empty() && !self.logprobs {
            return None;
        }
        let logprobs = self.logprobs(std::slice::from_ref(&token));
        let delta = ChatDelta { role: None, content: Some(token.text) };
        Some(self.chunk(vec![ChatChunkChoice { index, delta, logprobs, finish_reason: None }], None))
    }

    fn close(&mut self, index: usize, reason: FinishReason) -> String {
        let finish_reason = Some(reason.as_str().to_string());
        self.chunk(vec![ChatChunkChoice { index, delta: ChatDelta::default(), logprobs: None, finish_reason }], None)
    }

    fn usage(&mut self, usage: Usage) -> Option<String> {
        self.include_usage.then(|| self.chunk(Vec::new(), Some(usage)))
    }
}

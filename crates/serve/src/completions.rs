//! `POST /v1/completions`.

use crate::answer::{Choices, Pieces, Whole, json};
use crate::failure::Failure;
use crate::handle::ModelHandle;
use crate::limits::{CHOICES_MAX, COMPLETION_TOKENS_DEFAULT};
use crate::request::{RequestError, Shared, entries, n_choices, refuse, refuse_bias};
use crate::server::{App, check_model, reply_id};
use api::openai::{Completion, CompletionChoice, CompletionLogprobs, CompletionRequest, PromptInput, Usage};
use axum::Json;
use axum::response::{IntoResponse, Response};
use infer::{FinishReason, GenerationRequest, Input, Prompt, SamplingOptions, TextToken, Token};

/// Answers a body.
pub(crate) async fn complete(app: App, body: &[u8]) -> Result<Response, Failure> {
    let App { handle, lang } = app;
    let asked = read(body, &handle).map_err(|error| Failure::request(lang, &error))?;
    let choices = Choices::start(&handle, asked.requests, asked.n).await;
    let choices = choices.map_err(|error| Failure::generation(lang, &error, "prompt"))?;
    let answers =
        choices.generations.iter().map(|g| Written::of(if asked.echo { &g.prompt } else { &NOTHING }, &handle));
    let answers = answers.collect();
    let mut writer = Writer {
        reply: Reply { id: reply_id("cmpl"), created: sys::unix_seconds(), handle },
        logprobs: asked.logprobs,
        include_usage: asked.include_usage,
        answers,
    };
    if asked.stream {
        return Ok(choices.stream(lang, writer));
    }
    let (whole, usage) = choices.whole().await.map_err(|error| Failure::handle(lang, &error))?;
    let choices = whole.into_iter().enumerate().map(|(index, whole)| writer.whole(index, whole)).collect();
    Ok(Json(writer.reply.completion(choices, Some(Some(usage)))).into_response())
}

/// A request as far as the model does not matter.
struct Asked {
    requests: Vec<GenerationRequest>,
    n: usize,
    logprobs: bool,
    echo: bool,
    stream: bool,
    include_usage: bool,
}

fn read(body: &[u8], handle: &ModelHandle) -> Result<Asked, RequestError> {
    let request: CompletionRequest = api::read(body)?;
    check_model(request.model, handle)?;
    refuse("suffix", request.suffix.is_some_and(|suffix| !suffix.is_empty()))?;
    let n_wanted = request.n.unwrap_or(1);
    refuse("best_of", request.best_of.is_some_and(|best_of| best_of != n_wanted))?;
    refuse_bias(request.logit_bias.as_ref())?;
    let echo = request.echo.unwrap_or(false);
    let inputs = inputs(request.prompt);
    if inputs.is_empty() {
        return Err(RequestError::Empty { param: "prompt" });
    }
    entries("prompt", inputs.len(), 1, CHOICES_MAX)?;
    let n = n_choices(request.n, inputs.len())?;
    let max_tokens = request.max_tokens.map_or(COMPLETION_TOKENS_DEFAULT, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let shared = Shared {
        sampling: SamplingOptions {
            max_tokens: Some(max_tokens),
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
        n_alternatives: ("logprobs", request.logprobs.unwrap_or(0)),
        // Reading the prompt may be all that is asked for: with an echo, `max_tokens` 0 scores a given text.
        score_prompt: max_tokens == 0 || echo && request.logprobs.is_some(),
    };
    Ok(Asked {
        requests: shared.requests(inputs, handle.advice())?,
        n,
        logprobs: request.logprobs.is_some(),
        echo,
        stream: request.stream.unwrap_or(false),
        include_usage: request.stream_options.and_then(|options| options.include_usage).unwrap_or(false),
    })
}

fn inputs(prompt: Option<PromptInput>) -> Vec<Input> {
    match prompt {
        None => vec![Input::Text(String::new())],
        Some(PromptInput::Text(text)) => vec![Input::Text(text)],
        Some(PromptInput::Texts(texts)) => texts.into_iter().map(Input::Text).collect(),
        Some(PromptInput::Tokens(ids)) => vec![Input::Tokens(ids)],
        Some(PromptInput::TokenLists(lists)) => lists.into_iter().map(Input::Tokens).collect(),
    }
}

/// What all pieces of a reply have in common.
struct Reply {
    id: String,
    created: u64,
    handle: ModelHandle,
}

impl Reply {
    fn completion(&self, choices: Vec<CompletionChoice>, usage: Option<Option<Usage>>) -> Completion {
        let (id, model) = (self.id.clone(), self.handle.name().to_string());
        Completion { id, object: "text_completion".into(), created: self.created, model, choices, usage }
    }
}

/// Writes choices, whole or in pieces.
struct Writer {
    reply: Reply,
    logprobs: bool,
    include_usage: bool,
    answers: Vec<Written>,
}

/// What was written of an answer.
struct Written {
    /// The prompt's tokens as they were sent; none unless they are echoed.
    ids: Vec<u32>,
    /// The same as text.
    text: String,
    /// Tokens that stand before them and were not sent: the marker that begins a document.
    n_added: usize,
    /// Of the text so far; counted only for log-probabilities.
    n_characters: usize,
}

/// No prompt.
static NOTHING: Prompt = Prompt { ids: Vec::new(), text: String::new(), stop_tokens: Vec::new(), n_added: 0 };

impl Written {
    /// Nothing yet, but for the echo of `prompt`.
    fn of(prompt: &Prompt, handle: &ModelHandle) -> Written {
        let (added, ids) = prompt.ids.split_at(prompt.n_added);
        let n_bytes: usize = added.iter().map(|&id| handle.codec().bytes_of(id).len()).sum();
        let text = prompt.text.get(n_bytes..).unwrap_or_default().to_string();
        Written { ids: ids.to_vec(), text, n_added: prompt.n_added, n_characters: 0 }
    }
}

impl Writer {
    fn whole(&mut self, index: usize, whole: Whole) -> CompletionChoice {
        let logprobs = self.logprobs.then(|| {
            let mut lists = self.logprobs_of_prompt(index, &whole.scored);
            lists.append(self.logprobs_of_answer(index, &whole.tokens));
            lists
        });
        let mut text = std::mem::take(&mut self.answers[index].text);
        text.extend(whole.tokens.iter().map(|token| token.text.as_str()));
        CompletionChoice { index, text, logprobs, finish_reason: Some(whole.finish_reason.as_str().into()) }
    }

    /// The tokens of an echoed prompt in parallel lists; nothing predicts the first, unless a marker stands before it.
    fn logprobs_of_prompt(&mut self, index: usize, scored: &[Token]) -> CompletionLogprobs {
        let mut lists = CompletionLogprobs::default();
        let ids = std::mem::take(&mut self.answers[index].ids);
        let mut decoder = self.reply.handle.codec().tokenizer().decoder();
        let mut n_characters = 0;
        let scores = std::iter::once(None).chain(scored.iter().map(Some)).skip(self.answers[index].n_added);
        for (id, score) in ids.iter().zip(scores) {
            let best = |token: &Token| token.alternatives.iter().map(|&(id, p)| (self.name(id), p)).collect();
            lists.text_offset.push(n_characters);
            lists.tokens.push(self.name(*id));
            lists.token_logprobs.push(score.map(|token| token.logprob));
            lists.top_logprobs.push(score.map(best));
            n_characters += decoder.push(*id).map_or(0, |text| text.chars().count());
        }
        self.answers[index].n_characters = self.answers[index].text.chars().count();
        lists
    }

    /// Further tokens of the answer in parallel lists.
    fn logprobs_of_answer(&mut self, index: usize, tokens: &[TextToken]) -> CompletionLogprobs {
        let mut lists = CompletionLogprobs::default();
        for token in tokens {
            lists.text_offset.push(self.answers[index].n_characters);
            self.answers[index].n_characters += token.text.chars().count();
            lists.tokens.push(self.name(token.id));
            lists.token_logprobs.push(Some(token.logprob));
            lists.top_logprobs.push(Some(token.alternatives.iter().map(|a| (self.name(a.id), a.logprob)).collect()));
        }
        lists
    }

    /// A token as text; one that is no text alone shows its bytes, so that two of them stay two keys.
    fn name(&self, id: u32) -> String {
        let bytes = self.reply.handle.codec().bytes_of(id);
        match std::str::from_utf8(bytes) {
            Ok(text) => text.to_string(),
            Err(_) => format!("bytes:{}", bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect::<String>()),
        }
    }

    fn piece(&self, choice: CompletionChoice) -> String {
        json(&self.reply.completion(vec![choice], self.include_usage.then_some(None)))
    }
}

impl Pieces for Writer {
    fn open(&mut self, index: usize) -> Option<String> {
        if self.logprobs {
            // An echo comes with its scores.
            return None;
        }
        let text = std::mem::take(&mut self.answers[index].text);
        let choice = CompletionChoice { index, text, logprobs: None, finish_reason: None };
        (!choice.text.is_empty()).then(|| self.piece(choice))
    }

    fn scored(&mut self, index: usize, tokens: Vec<Token>) -> Option<String> {
        if !self.logprobs {
            return None;
        }
        let lists = self.logprobs_of_prompt(index, &tokens);
        let text = std::mem::take(&mut self.answers[index].text);
        let choice = CompletionChoice { index, text, logprobs: Some(lists), finish_reason: None };
        Some(self.piece(choice))
    }

    fn token(&mut self, index: usize, token: TextToken) -> Option<String> {
        if token.text.is_empty() && !self.logprobs {
            return None;
        }
        let logprobs = self.logprobs.then(|| self.logprobs_of_answer(index, std::slice::from_ref(&token)));
        Some(self.piece(CompletionChoice { index, text: token.text, logprobs, finish_reason: None }))
    }

    fn close(&mut self, index: usize, reason: FinishReason) -> String {
        let finish_reason = Some(reason.as_str().to_string());
        self.piece(CompletionChoice { index, text: String::new(), logprobs: None, finish_reason })
    }

    fn usage(&mut self, usage: Usage) -> Option<String> {
        let completion = self.reply.completion(Vec::new(), Some(Some(usage)));
        self.include_usage.then(|| json(&completion))
    }
}

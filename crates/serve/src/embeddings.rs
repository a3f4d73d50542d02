//! `POST /v1/embeddings`: texts, or their tokens, to vectors.

use crate::encoder_handle::EncoderHandle;
use crate::failure::Failure;
use crate::limits::INPUTS_MAX;
use crate::request::{RequestError, entries, within};
use crate::server::{App, check_model};
use api::openai::{EmbeddingItem, EmbeddingReply, EmbeddingRequest, EmbeddingUsage, EmbeddingVector, PromptInput};
use axum::Json;
use axum::response::{IntoResponse, Response};
use infer::EncodeError;

/// Answers a body.
pub(crate) async fn embed(app: App<EncoderHandle>, body: &[u8]) -> Result<Response, Failure> {
    let App { handle, lang } = app;
    let asked = read(body, &handle).map_err(|error| Failure::request(lang, &error))?;
    let texts = prepared(&handle, asked.input).map_err(|error| Failure::encoding(lang, &error))?;
    let prompt_tokens = texts.iter().map(Vec::len).sum();
    let vectors = handle.embed(texts).await.map_err(|error| Failure::handle(lang, &error))?;
    let item = |(index, vector): (usize, Vec<f32>)| {
        let embedding = match asked.encoding {
            Encoding::Float => EmbeddingVector::Floats(vector),
            Encoding::Base64 => EmbeddingVector::base64(&vector),
        };
        EmbeddingItem { object: "embedding".into(), index, embedding }
    };
    let reply = EmbeddingReply {
        object: "list".into(),
        data: vectors.into_iter().enumerate().map(item).collect(),
        model: handle.name().into(),
        usage: EmbeddingUsage { prompt_tokens, total_tokens: prompt_tokens },
    };
    Ok(Json(reply).into_response())
}

/// A request, checked.
struct Asked {
    input: PromptInput,
    encoding: Encoding,
}

/// How a vector is written.
enum Encoding {
    Float,
    Base64,
}

fn read(body: &[u8], handle: &EncoderHandle) -> Result<Asked, RequestError> {
    let request: EmbeddingRequest = api::read(body)?;
    check_model(request.model, handle)?;
    let encoding = match request.encoding_format.as_deref() {
        None | Some("float") => Encoding::Float,
        Some("base64") => Encoding::Base64,
        Some(found) => {
            let cause = format!("expected \"float\" or \"base64\", found \"{found}\"");
            return Err(RequestError::Field { param: "encoding_format".into(), cause });
        }
    };
    if let Some(found) = request.dimensions {
        let width = handle.width() as u64;
        within("dimensions", found, width, width)?;
    }
    let Some(input) = request.input else { return Err(RequestError::Empty { param: "input" }) };
    let n = match &input {
        PromptInput::Text(_) | PromptInput::Tokens(_) => 1,
        PromptInput::Texts(texts) => texts.len(),
        PromptInput::TokenLists(lists) => lists.len(),
    };
    if n == 0 {
        return Err(RequestError::Empty { param: "input" });
    }
    entries("input", n, 1, INPUTS_MAX)?;
    Ok(Asked { input, encoding })
}

fn prepared(handle: &EncoderHandle, input: PromptInput) -> Result<Vec<Vec<u32>>, EncodeError> {
    match input {
        PromptInput::Text(text) => Ok(vec![handle.text(&text)?]),
        PromptInput::Texts(texts) => texts.iter().map(|text| handle.text(text)).collect(),
        PromptInput::Tokens(ids) => Ok(vec![handle.tokens(ids)?]),
        PromptInput::TokenLists(lists) => lists.into_iter().map(|ids| handle.tokens(ids)).collect(),
    }
}

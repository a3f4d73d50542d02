//! OpenAI's wire types: what clients send is read, what is wrong is named.

use api::openai::{ChatChunk, ChatRequest, CompletionRequest, Content, PromptInput, Strings};
use check::{Outcome, equal, that};

pub fn reads_what_clients_send() -> Outcome {
    let body = r#"{"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}],
        "stop": "x", "seed": -1, "stream_options": {"include_usage": true}, "temperature": 1}"#;
    let request: ChatRequest = read(body)?;
    let Some(Content::Parts(parts)) = &request.messages[0].content else { return check::fail("parts expected") };
    equal(parts[0].text.as_deref(), Some("hi"), "the part's text")?;
    equal(request.stop.map(Strings::into_vec), Some(vec!["x".to_string()]), "stop")?;
    equal(request.temperature, Some(1.0), "an integer temperature")?;
    let prompts = [
        (r#""a""#, PromptInput::Text("a".into())),
        (r#"["a", "b"]"#, PromptInput::Texts(vec!["a".into(), "b".into()])),
        ("[1, 2]", PromptInput::Tokens(vec![1, 2])),
        ("[[1], [2, 3]]", PromptInput::TokenLists(vec![vec![1], vec![2, 3]])),
    ];
    for (json, expected) in prompts {
        let request: CompletionRequest = read(&format!(r#"{{"prompt": {json}, "stop": null}}"#))?;
        equal(request.prompt, Some(expected), json)?;
    }
    Ok(())
}

pub fn ignores_unknown_fields() -> Outcome {
    let request: CompletionRequest = read(r#"{"prompt": "a", "brand_new": {"x": [1]}}"#)?;
    equal(request.prompt, Some(PromptInput::Text("a".into())), "prompt")
}

pub fn names_the_field_of_a_wrong_type() -> Outcome {
    let cases = [
        (r#"{"messages": [{"role": "user", "content": 3}]}"#, "messages[0].content"),
        (r#"{"messages": [{"content": "a"}]}"#, "messages[0].role"),
        (r#"{"messages": "a"}"#, "messages"),
        (r#"{}"#, "messages"),
        (r#"{"messages": [], "max_tokens": -1}"#, "max_tokens"),
        (r#"{"messages": [], "max_tokens": 1.5}"#, "max_tokens"),
        (r#"{"messages": [], "stop": 1}"#, "stop"),
        (r#"{"messages": [], "temperature": "hot"}"#, "temperature"),
        (r#"{"messages": [], "stream": "yes"}"#, "stream"),
    ];
    for (body, field) in cases {
        let error = api::read::<ChatRequest>(body.as_bytes()).expect_err(body);
        equal(error.param.as_deref(), Some(field), body)?;
        that(error.is_object, || format!("{body} is an object"))?;
    }
    let error = api::read::<CompletionRequest>(br#"{"prompt": {}}"#).expect_err("an object is no prompt");
    that(error.message.contains("list of token ids"), || format!("says what is expected: {}", error.message))
}

pub fn tells_an_object_from_anything_else() -> Outcome {
    for body in ["", "[1]", "null", "{", "{]", "nonsense", "{\"messages\": []} trailing", "{\"messages\": [\u{0}"] {
        let error = api::read::<ChatRequest>(body.as_bytes()).expect_err(body);
        equal((error.is_object, error.param), (false, None), body)?;
    }
    let error = api::read::<ChatRequest>(b"{\"messages\": [{\"role\": \"\xff\"}]}").expect_err("invalid UTF-8");
    equal(error.is_object, false, "invalid UTF-8")
}

pub fn writes_what_it_reads() -> Outcome {
    let chunk = r#"{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"a"},"logprobs":null,"finish_reason":null}]}"#;
    equal(serde_json::to_string(&read::<ChatChunk>(chunk)?)?, chunk.to_string(), "a chunk")?;
    let request = CompletionRequest { prompt: Some(PromptInput::Text("a".into())), ..CompletionRequest::default() };
    equal(serde_json::to_string(&request)?, r#"{"prompt":"a"}"#.to_string(), "a request")
}

fn read<T: serde::de::DeserializeOwned>(body: &str) -> Result<T, check::Stop> {
    api::read(body.as_bytes()).map_err(|error| check::Stop::Failed(format!("{body}: {error:?}")))
}

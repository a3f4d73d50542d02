//! The client of embedding models, against servers that answer well, late, wrongly or not at all.

use crate::server::{Answer, Asked, Server};
use api::{EmbedError, Embedder, EmbeddingEndpoint, EndpointError, EndpointPatience};
use check::{Outcome, Stop, equal, fail, that};
use serde_json::json;
use std::time::Duration;
use sys::Coded;

fn patience() -> EndpointPatience {
    let second = Duration::from_secs(1);
    EndpointPatience { connect: second, answer: 2 * second, rest: Duration::from_millis(1) }
}

fn connect(server: &Server) -> Result<EmbeddingEndpoint, EndpointError> {
    EmbeddingEndpoint::connect(&server.address, "m", Some("k"), patience())
}

/// Embeds a text as its length and 4, in the shape of OpenAI's documented answer.
fn well(asked: &Asked) -> Answer {
    let texts = asked.body["input"].as_array().cloned().unwrap_or_default();
    let item = |(index, text): (usize, &serde_json::Value)| json!({ "object": "embedding", "index": index, "embedding": [text.as_str().map_or(0, str::len), 4] });
    let data: Vec<_> = texts.iter().enumerate().map(item).collect();
    let usage = json!({ "prompt_tokens": 8, "total_tokens": 8 });
    Some((200, "", json!({ "object": "list", "data": data, "model": "m", "usage": usage }).to_string()))
}

fn list(data: serde_json::Value) -> Answer {
    Some((200, "", json!({ "object": "list", "data": data, "model": "m" }).to_string()))
}

fn error(status: u16, headers: &'static str, code: &str) -> Answer {
    let error = json!({ "message": "said so", "type": "t", "param": null, "code": code });
    Some((status, headers, json!({ "error": error }).to_string()))
}

fn codes<T>(result: Result<T, impl Coded>) -> Result<(&'static str, String), Stop> {
    match result {
        Ok(_) => fail("an error was expected"),
        Err(error) => Ok((error.code(), error.to_string())),
    }
}

pub fn texts_become_vectors_of_length_1() -> Outcome {
    let server = Server::start(|_, asked| well(asked))?;
    let address = format!("{}/", server.address);
    let endpoint = EmbeddingEndpoint::connect(&address, "m", Some("secret"), patience())?;
    equal(endpoint.id(), &format!("{} m", server.address), "its id, without the last slash")?;
    equal(endpoint.width(), 2, "its width")?;
    equal(endpoint.embed(&["abc", "诗"])?, vec![vec![0.6, 0.8]; 2], "vectors")?;
    equal(endpoint.embed(&[])?.len(), 0, "vectors of nothing")?;
    let asked = server.asked();
    equal(asked.len(), 2, "requests, none of them for nothing")?;
    equal(asked[1].line.as_str(), "POST /v1/embeddings", "the route")?;
    equal(asked[1].authorization.as_deref(), Some("Bearer secret"), "the key")?;
    let body = json!({ "model": "m", "input": ["abc", "诗"], "encoding_format": "float" });
    equal(&asked[1].body, &body, "the request")
}

pub fn many_texts_are_several_requests_in_order() -> Outcome {
    let server = Server::start(|_, asked| well(asked))?;
    let endpoint = EmbeddingEndpoint::connect(&server.address, "m", None, patience())?;
    let texts: Vec<String> = (0..75).map(|n| "x".repeat(n)).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    for (n, vector) in endpoint.embed(&texts)?.iter().enumerate() {
        check::close(&[vector[0] / vector[1]], &[n as f32 / 4.0], 1e-6, "a text's own vector")?;
    }
    equal(server.asked().len(), 1 + 3, "requests")?;
    equal(server.asked()[0].authorization.as_deref(), None, "no key, no header")
}

pub fn vectors_out_of_order_or_in_base64_are_put_right() -> Outcome {
    let server = Server::start(|n, _| match n {
        0 => list(json!([{ "index": 0, "embedding": [1, 0] }])),
        // OpenAI's own encoding: little-endian 32-bit floats, here 0 and 2.
        _ => list(json!([{ "index": 1, "embedding": "AAAAAAAAAEA=" }, { "index": 0, "embedding": [3, 4] }])),
    })?;
    equal(connect(&server)?.embed(&["a", "b"])?, vec![vec![0.6, 0.8], vec![0.0, 1.0]], "vectors")
}

pub fn a_server_that_lies_is_found_out() -> Outcome {
    let lies = [
        ("fewer vectors", json!([])),
        ("more vectors", json!([{ "index": 0, "embedding": [1, 2] }, { "index": 1, "embedding": [1, 2] }])),
        ("an index that is none", json!([{ "index": 7, "embedding": [1, 2] }])),
        ("another width", json!([{ "index": 0, "embedding": [1, 2, 3] }])),
        ("a number that is too large", json!([{ "index": 0, "embedding": [1, 1e39] }])),
        ("half a number", json!([{ "index": 0, "embedding": "AACAPwA=" }])),
        ("a text that is no base64", json!([{ "index": 0, "embedding": "?" }])),
        ("no number", json!([{ "index": 0, "embedding": [1, null] }])),
        ("an object", json!({})),
    ];
    for (what, data) in lies {
        let server = Server::start(move |n, asked| if n == 0 { well(asked) } else { list(data.clone()) })?;
        let (code, error) = codes(connect(&server)?.embed(&["a"]))?;
        equal(code, "endpoint.answer", &format!("{what}: {error}"))?;
        equal(server.asked().len(), 2, "a lie is not asked for again")?;
    }
    let twice = json!([{ "index": 0, "embedding": [1, 2] }, { "index": 0, "embedding": [1, 2] }]);
    let server = Server::start(move |n, asked| if n == 0 { well(asked) } else { list(twice.clone()) })?;
    equal(codes(connect(&server)?.embed(&["a", "b"]))?.0, "endpoint.answer", "one index twice")?;
    for answer in [list(json!([{ "index": 0, "embedding": [] }])), Some((200, "", "<html>".into()))] {
        let server = Server::start(move |_, _| answer.clone())?;
        equal(codes(connect(&server))?.0, "endpoint.answer", "no width")?;
    }
    Ok(())
}

pub fn a_busy_server_is_asked_again() -> Outcome {
    let server = Server::start(|n, asked| match n {
        0 => error(429, "Retry-After: 0\r\n", "rate_limit_exceeded"),
        1 => error(503, "", "overloaded"),
        2 => None,
        3 => error(500, "retry-after-ms: 1\r\n", "x"),
        _ => well(asked),
    })?;
    equal(connect(&server)?.embed(&["abc"])?, vec![vec![0.6, 0.8]], "vectors")?;
    equal(server.asked().len(), 6, "requests")?;

    let server = Server::start(|_, _| error(503, "", "overloaded"))?;
    let (code, error_text) = codes(connect(&server))?;
    equal((code, server.asked().len()), ("endpoint.busy", 5), "asked five times")?;
    that(error_text.contains("said so") && error_text.contains("tries: 5"), || error_text.clone())?;

    let server = Server::start(|_, _| error(429, "Retry-After: 3600\r\n", "rate_limit_exceeded"))?;
    equal((codes(connect(&server))?.0, server.asked().len()), ("endpoint.busy", 1), "an hour is not waited")?;
    let server = Server::start(|_, _| error(429, "", "insufficient_quota"))?;
    equal((codes(connect(&server))?.0, server.asked().len()), ("endpoint.refused", 1), "waiting mends no account")
}

pub fn a_refusal_says_why_and_is_not_repeated() -> Outcome {
    let expected = [(401, "endpoint.unauthorised"), (403, "endpoint.unauthorised"), (400, "endpoint.refused")];
    for (status, code) in expected.into_iter().chain([(404, "endpoint.refused"), (307, "endpoint.refused")]) {
        let server = Server::start(move |_, _| error(status, "Location: http://127.0.0.1:1/v1/embeddings\r\n", "x"))?;
        let (found, error) = codes(connect(&server))?;
        equal(found, code, &error)?;
        that(error.contains("said so") && error.contains(&status.to_string()), || error.clone())?;
        that(!error.contains("Bearer"), || format!("the key is told: {error}"))?;
        equal(server.asked().len(), 1, "requests")?;
    }
    // A page instead of an error object.
    let server = Server::start(|_, _| Some((404, "", "<h1>Not found</h1>".into())))?;
    that(codes(connect(&server))?.1.contains("<h1>"), || "the page is not shown".into())
}

pub fn no_server_and_no_address_are_told_apart() -> Outcome {
    for address in ["", "api.openai.com/v1", "ftp://a/v1", "http://", "http://u:p@a/v1", "http://a/v1?key=1", "a b"] {
        let refused = EmbeddingEndpoint::connect(address, "m", None, patience());
        equal(codes(refused)?.0, "endpoint.address", address)?;
    }
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let refused = EmbeddingEndpoint::connect(&format!("http://{nobody}/v1"), "m", None, patience());
    equal(codes(refused)?.0, "endpoint.unreachable", "nobody listens")?;
    let refused = EmbeddingEndpoint::connect("http://127.0.0.1:1/v1", "m", Some("a\nb"), patience());
    equal(codes(refused)?.0, "endpoint.key", "a key of two lines")?;
    let other: EmbedError = EmbedError::new(EndpointError::Key { variable: "V" });
    equal((other.code(), other.fields()), ("endpoint.key", vec![("variable", "V".into())]), "code and fields pass")
}

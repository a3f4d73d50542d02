//! `/v1/embeddings` over a tiny encoder whose vectors transformers computed.

use crate::tiny::{self, Server};
use api::openai::EmbeddingVector;
use api::{Embedder, EmbeddingEndpoint, EndpointPatience};
use check::{Golden, Outcome, Stop, close, equal, that};
use serde_json::{Value, json};
use std::path::Path;

const ROUTE: &str = "/v1/embeddings";

/// Ids of the golden's text `n`, its words, and its vector of length 1.
fn golden(n: usize) -> Result<(Vec<u32>, String, Vec<f32>), Stop> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/goldens/families/bert");
    let golden = Golden::read(folder.join("expected.safetensors"))?;
    let ids: Vec<u32> = golden.get(&format!("ids/{n}"))?.values.iter().map(|id| *id as u32).collect();
    let words = ids.iter().map(|id| format!("w{id}")).collect::<Vec<_>>().join(" ");
    let mut vector = golden.get(&format!("mean/{n}"))?.values.clone();
    api::normalise(&mut vector);
    Ok((ids, words, vector))
}

fn vectors(answer: &Value) -> Result<Vec<Vec<f32>>, Stop> {
    let items = answer["data"].as_array().cloned().unwrap_or_default();
    let mut vectors = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        equal(&item["object"], &"embedding".into(), "what it is")?;
        equal(&item["index"], &index.into(), "its number")?;
        let vector: EmbeddingVector = serde_json::from_value(item["embedding"].clone())?;
        vectors.push(vector.into_floats().ok_or("no numbers")?);
    }
    Ok(vectors)
}

fn is_close(found: &[Vec<f32>], expected: &[&Vec<f32>], what: &str) -> Outcome {
    equal(found.len(), expected.len(), what)?;
    found.iter().zip(expected).try_for_each(|(found, expected)| close(found, expected, 1e-5, what))
}

pub fn texts_and_tokens_become_the_vectors_of_the_golden() -> Outcome {
    let server = Server::of_encoder()?;
    let ((ids, words, first), (other_ids, other_words, second)) = (golden(0)?, golden(1)?);
    let cases = [
        (json!(words), vec![&first]),
        (json!([other_words, words]), vec![&second, &first]),
        (json!(ids), vec![&first]),
        (json!([ids, other_ids]), vec![&first, &second]),
    ];
    for (input, expected) in cases {
        let (status, answer) = server.post(ROUTE, json!({ "model": "bert", "input": input }))?;
        equal(status, 200, &answer.to_string())?;
        is_close(&vectors(&answer)?, &expected, &input.to_string())?;
        let n_tokens = if expected.len() == 2 { ids.len() + other_ids.len() } else { ids.len() };
        let usage = json!({ "prompt_tokens": n_tokens, "total_tokens": n_tokens });
        equal(
            (&answer["object"], &answer["model"], &answer["usage"]),
            (&"list".into(), &"bert".into(), &usage),
            "rest",
        )?;
    }
    equal(&server.get("/v1/models")?.1["data"][0]["id"], &"bert".into(), "the list of models")?;
    equal(&server.get("/healthz")?.1["status"], &"ok".into(), "health")
}

pub fn base64_holds_the_same_numbers() -> Outcome {
    let server = Server::of_encoder()?;
    let ask = |format: &str| server.post(ROUTE, json!({ "input": "w1 w2", "encoding_format": format }));
    let (floats, packed) = (ask("float")?.1, ask("base64")?.1);
    that(packed["data"][0]["embedding"].is_string(), || packed.to_string())?;
    equal(vectors(&packed)?, vectors(&floats)?, "vectors")
}

pub fn many_requests_at_once_get_their_own_vectors() -> Outcome {
    let server = Server::of_encoder()?;
    let text = |n: usize| (0..1 + n % 5).map(|i| format!("w{}", (n * 7 + i) % 30)).collect::<Vec<_>>().join(" ");
    let embed = |n: usize| -> Result<Vec<Vec<f32>>, Stop> {
        vectors(&server.post(ROUTE, json!({ "input": [text(n), text(n + 1)] }))?.1)
    };
    let alone: Vec<_> = (0..16).map(embed).collect::<Result<_, _>>()?;
    std::thread::scope(|scope| {
        let together: Vec<_> = (0..16).map(|n| scope.spawn(move || embed(n))).collect();
        for (n, (together, alone)) in together.into_iter().zip(&alone).enumerate() {
            let found = together.join().expect("a client panicked")?;
            equal(&found, alone, &format!("request {n}, alone and in company"))?;
        }
        Ok(())
    })
}

pub fn each_bad_request_says_what_is_wrong() -> Outcome {
    let server = Server::of_encoder()?;
    let cases = [
        (json!({}), 400, "input", "missing_required_parameter"),
        (json!({ "input": [] }), 400, "input", "missing_required_parameter"),
        (json!({ "input": 3 }), 400, "input", "invalid_type"),
        (json!({ "input": [[]] }), 400, "input", "invalid_value"),
        (json!({ "input": [1_000_000] }), 400, "input", "invalid_value"),
        (json!({ "input": vec![1; 10_000] }), 400, "input", "context_length_exceeded"),
        (json!({ "input": vec!["w1"; 2049] }), 400, "input", "invalid_value"),
        (json!({ "input": "w1", "encoding_format": "int8" }), 400, "encoding_format", "invalid_type"),
        (json!({ "input": "w1", "dimensions": 3 }), 400, "dimensions", "invalid_value"),
        (json!({ "input": "w1", "model": "other" }), 404, "model", "model_not_found"),
    ];
    for (body, status, param, code) in cases {
        let (found, answer) = server.post(ROUTE, body.clone())?;
        let error = &answer["error"];
        let expected = (status, json!(param), json!(code), json!("invalid_request_error"));
        let found = (found, error["param"].clone(), error["code"].clone(), error["type"].clone());
        equal(found, expected, &format!("{} gives {answer}", body.to_string().chars().take(80).collect::<String>()))?;
    }
    equal(server.send("POST", ROUTE, "{")?.0, 400, "no JSON")?;
    // A text beyond what the model reads is cut, as its publisher's own library does.
    let (status, answer) = server.post(ROUTE, json!({ "input": "w1 ".repeat(10_000) }))?;
    equal(status, 200, &answer.to_string())
}

pub fn a_model_of_the_other_kind_says_so() -> Outcome {
    let encoder = Server::of_encoder()?;
    let writer = Server::of(tiny::base(32)?)?;
    let chat = json!({ "messages": [{ "role": "user", "content": "hi" }] });
    let answers = [
        ("bert", encoder.post("/v1/chat/completions", chat)?),
        ("bert", encoder.post("/v1/completions", json!({ "prompt": "a" }))?),
        ("tiny", writer.post(ROUTE, json!({ "input": "a" }))?),
    ];
    for (name, (status, answer)) in answers {
        let error = &answer["error"];
        equal((status, &error["code"], &error["param"]), (400, &"unsupported_model".into(), &"model".into()), name)?;
        that(error["message"].as_str().is_some_and(|it| it.contains(name) && it.contains("/v1/embeddings")), || {
            answer.to_string()
        })?;
    }
    Ok(())
}

pub fn our_own_client_reads_what_our_own_server_writes() -> Outcome {
    let server = Server::of_encoder()?;
    let address = format!("http://{}/v1", server.address);
    let ((_, words, first), (_, other_words, second)) = (golden(0)?, golden(1)?);
    let client = EmbeddingEndpoint::connect(&address, "bert", None, EndpointPatience::standard())?;
    equal(client.width(), first.len(), "the width")?;
    is_close(&client.embed(&[&words, &other_words])?, &[&first, &second], "vectors")
}

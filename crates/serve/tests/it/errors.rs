//! What is refused, and how: status, field, code.

use crate::tiny::{self, Server};
use check::{Outcome, equal, that};
use messages::Lang;
use serde_json::{Value, json};
use serve::{GenerationRequest, Input, ModelHandle, limits};

const CHAT: &str = "/v1/chat/completions";

pub fn each_bad_request_has_its_status_field_and_code() -> Outcome {
    let server = Server::of(tiny::base(64)?)?;
    let invalid = json!("invalid_value");
    let unsupported = json!("unsupported_parameter");
    let wrong_type = json!("invalid_type");
    let chats = [
        (json!({"messages": []}), "messages", json!("missing_required_parameter")),
        (json!({}), "messages", wrong_type.clone()),
        (json!({"messages": "a"}), "messages", wrong_type.clone()),
        (json!({"messages": [{"role": "user", "content": 1}]}), "messages[0].content", wrong_type.clone()),
        (json!({"messages": [{"role": "user"}]}), "messages[0].content", invalid.clone()),
        (json!({"messages": [{"role": "robot", "content": "a"}]}), "messages[0].role", invalid.clone()),
        (json!({"messages": [{"role": "tool", "content": "a"}]}), "messages", unsupported.clone()),
        (json!({"messages": [{"role": "assistant", "content": null}]}), "messages[0].content", invalid.clone()),
        (
            json!({"messages": [{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{"}}]}]}),
            "messages[0].tool_calls[0].function.arguments",
            wrong_type.clone(),
        ),
        (
            json!({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]}),
            "messages[0].content",
            invalid.clone(),
        ),
    ];
    for (body, param, code) in chats {
        refused(&server, CHAT, &body, 400, Some(param), &code)?;
    }
    let fields = [
        (json!({"temperature": 2.5}), "temperature", &invalid),
        (json!({"temperature": -1}), "temperature", &invalid),
        (json!({"temperature": 1e39}), "temperature", &invalid),
        (json!({"temperature": "hot"}), "temperature", &wrong_type),
        (json!({"top_p": 1.5}), "top_p", &invalid),
        (json!({"max_tokens": 0}), "max_tokens", &invalid),
        (json!({"max_tokens": -5}), "max_tokens", &wrong_type),
        (json!({"n": 0}), "n", &invalid),
        (json!({"n": 1_000_000}), "n", &invalid),
        (json!({"stop": ["a", "b", "c", "d", "e"]}), "stop", &invalid),
        (json!({"stop": ""}), "stop", &invalid),
        (json!({"stop": "a".repeat(1000)}), "stop", &invalid),
        (json!({"stop": 7}), "stop", &wrong_type),
        (json!({"seed": 0.5}), "seed", &wrong_type),
        (json!({"stream": 1}), "stream", &wrong_type),
        (json!({"logprobs": true, "top_logprobs": 21}), "top_logprobs", &invalid),
        (json!({"top_logprobs": 2}), "top_logprobs", &invalid),
        (json!({"tools": [{"type": "function"}]}), "tools", &unsupported),
        (json!({"tool_choice": "required"}), "tool_choice", &unsupported),
        (json!({"response_format": {"type": "json_object"}}), "response_format", &unsupported),
        (json!({"presence_penalty": 2.5}), "presence_penalty", &invalid),
        (json!({"frequency_penalty": -3}), "frequency_penalty", &invalid),
        (json!({"frequency_penalty": "much"}), "frequency_penalty", &wrong_type),
        (json!({"repetition_penalty": 0}), "repetition_penalty", &invalid),
        (json!({"logit_bias": {"1": 5}}), "logit_bias", &unsupported),
    ];
    for (field, param, code) in fields {
        let mut body = json!({"messages": [{"role": "user", "content": "a"}]});
        body.as_object_mut().expect("an object").extend(field.as_object().expect("an object").clone());
        refused(&server, CHAT, &body, 400, Some(param), code)?;
    }
    let completions = [
        (json!({"prompt": {}}), "prompt", &wrong_type),
        (json!({"prompt": []}), "prompt", &json!("missing_required_parameter")),
        (json!({"prompt": ""}), "prompt", &invalid),
        (json!({"prompt": [9999]}), "prompt", &invalid),
        (json!({"prompt": "~"}), "prompt", &Value::Null),
        (json!({"prompt": "a", "suffix": "b"}), "suffix", &unsupported),
        (json!({"prompt": "a", "best_of": 3}), "best_of", &unsupported),
        (json!({"prompt": vec!["a"; 65]}), "prompt", &invalid),
        (json!({"prompt": vec!["a"; 64], "n": 2}), "n", &invalid),
        (json!({"prompt": "a", "n": true}), "n", &wrong_type),
    ];
    for (body, param, code) in completions {
        refused(&server, "/v1/completions", &body, 400, Some(param), code)?;
    }
    let other = json!({"model": "gpt-99", "prompt": "a"});
    refused(&server, "/v1/completions", &other, 404, Some("model"), &json!("model_not_found"))?;
    refused(&server, "/v1/nothing", &json!({}), 404, None, &json!("unknown_url"))?;
    refused(&server, "/v1/models", &json!({}), 405, None, &json!("method_not_allowed"))?;
    for body in ["", "{", "hello", "[1,", "\u{0}"] {
        let (status, reply) = server.send("POST", CHAT, body)?;
        equal((status, &reply["error"]["param"]), (400, &Value::Null), body)?;
        equal(&reply["error"]["type"], &json!("invalid_request_error"), body)?;
    }
    for name in ["other", "%ff"] {
        let (status, reply) = server.get(&format!("/v1/models/{name}"))?;
        equal((status, &reply["error"]["code"]), (404, &json!("model_not_found")), name)?;
    }
    Ok(())
}

fn refused(server: &Server, path: &str, body: &Value, status: u16, param: Option<&str>, code: &Value) -> Outcome {
    let (found, reply) = server.post(path, body.clone())?;
    let error = &reply["error"];
    equal((found, &error["param"], &error["code"]), (status, &json!(param), code), &format!("{body}: {reply}"))?;
    let message = error["message"].as_str().unwrap_or_default();
    that(message.contains(' '), || format!("{body}: no sentence but {message:?}"))
}

/// Each says what would do instead.
pub fn the_way_out_is_told() -> Outcome {
    let server = Server::of(tiny::base(64)?)?;
    let chat = |field: Value| {
        let mut body = json!({"messages": [{"role": "user", "content": "a"}]});
        body.as_object_mut().expect("an object").extend(field.as_object().expect("an object").clone());
        body
    };
    for (path, body, expected) in [
        (CHAT, chat(json!({"top_logprobs": 2})), r#""logprobs": true"#),
        (CHAT, chat(json!({"max_tokens": 0})), "/v1/completions"),
        ("/v1/completions", json!({"prompt": vec!["a"; 64], "n": 2}), "64 prompts with 2 answers each"),
        ("/v1/completions", json!({"prompt": "a", "n": true}), "found true"),
    ] {
        let (_, reply) = server.post(path, body.clone())?;
        let message = reply["error"]["message"].as_str().unwrap_or_default();
        that(message.contains(expected), || format!("{body}: {message:?} does not say {expected}"))?;
    }
    Ok(())
}

pub fn pages_of_strangers_are_kept_out() -> Outcome {
    let server = Server::of(tiny::base(64)?)?;
    let (ask, own) = (json!({"prompt": "a", "max_tokens": 1}), server.address.to_string());
    for (host, origin, status) in [
        (own.as_str(), format!("http://{own}"), 200),
        (&own, "http://localhost:3000".into(), 200),
        (&own, "https://evil.example".into(), 403),
        (&own, "null".into(), 403),
        ("evil.example:8080", "http://evil.example:8080".into(), 403),
    ] {
        equal(server.post_from_page(host, &origin, &ask)?, status, &format!("{origin} asks {host}"))?;
    }
    Ok(())
}

/// A page of this machine may read what it asked for; its browser asks whether it may.
pub fn own_pages_read_the_answer() -> Outcome {
    let server = Server::of(tiny::base(64)?)?;
    let origin = "http://localhost:3000";
    let asked = [("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "content-type")];
    for (method, asked, origin, status, allowed) in [
        ("OPTIONS", &asked[..], origin, 204, Some(origin)),
        ("GET", &[], origin, 200, Some(origin)),
        ("OPTIONS", &asked, "https://evil.example", 403, None),
        // Nobody asks whether a page may.
        ("OPTIONS", &[], origin, 405, Some(origin)),
    ] {
        let headers = [&[("Origin", origin)], asked].concat();
        let (found, told) = server.headers_of(method, "/v1/models", &headers)?;
        let name = format!("{method} from {origin}");
        equal(found, status, &name)?;
        equal(told.get("access-control-allow-origin").map(String::as_str), allowed, &name)?;
        let headers = told.get("access-control-allow-headers").map(String::as_str);
        equal(headers, (found == 204).then_some("content-type"), &name)?;
    }
    Ok(())
}

pub fn prompts_over_the_context_say_so() -> Outcome {
    let server = Server::of(tiny::base(64)?)?;
    let code = json!("context_length_exceeded");
    for n in [64, 65, 100_000] {
        let prompt = "a".repeat(n);
        refused(&server, "/v1/completions", &json!({"prompt": prompt}), 400, Some("prompt"), &code)?;
        let chat = json!({"messages": [{"role": "user", "content": prompt}], "stream": true});
        refused(&server, CHAT, &chat, 400, Some("messages"), &code)?;
    }
    let (status, reply) = server.post("/v1/completions", json!({"prompt": "a".repeat(63)}))?;
    equal((status, &reply["usage"]["completion_tokens"]), (200, &json!(1)), "room for one")
}

pub fn a_huge_body_is_refused() -> Outcome {
    let server = Server::of(tiny::base(64)?)?;
    let body = json!({"prompt": "a".repeat(limits::BODY_BYTES_MAX)});
    refused(&server, "/v1/completions", &body, 413, None, &json!("request_too_large"))
}

pub fn a_full_queue_is_refused() -> Outcome {
    let server = Server::of(tiny::base(4096)?)?;
    let request = GenerationRequest::greedy(Input::Text("a".into()));
    let open: Result<Vec<_>, _> =
        (0..limits::OPEN_REQUESTS_MAX).map(|_| server.handle.generate(request.clone())).collect();
    let open = open?;
    refused(&server, "/v1/completions", &json!({"prompt": "a"}), 429, None, &json!("queue_full"))?;
    drop(open);
    // As soon as the engine has noticed, there is room again.
    while server.handle.n_open() > 0 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let (status, _) = server.post("/v1/completions", json!({"prompt": "a"}))?;
    equal(status, 200, "afterwards")
}

pub fn a_panicking_step_fails_its_requests_alone() -> Outcome {
    let server = Server::of(tiny::broken()?)?;
    for _ in 0..2 {
        refused(&server, "/v1/completions", &json!({"prompt": "a"}), 500, None, &json!("step_failed"))?;
    }
    let (status, health) = server.get("/healthz")?;
    equal((status, &health["open_requests"]), (200, &json!(0)), "the engine lives, nothing is left over")
}

pub fn sentences_come_in_the_chosen_language() -> Outcome {
    let server = Server::start(ModelHandle::new("tiny", tiny::base(64)?), Lang::Zh)?;
    let (_, reply) = server.post("/v1/completions", json!({"prompt": "a", "model": "b"}))?;
    that(reply["error"]["message"].as_str().is_some_and(|m| m.contains("没有模型")), || reply.to_string())
}

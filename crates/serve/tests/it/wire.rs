//! Ordinary requests and what comes back.

use crate::tiny::{self, Server};
use check::{Outcome, Stop, equal, that};
use serde_json::{Value, json};

const COMPLETIONS: &str = "/v1/completions";
const CHAT: &str = "/v1/chat/completions";

pub fn lists_its_model_and_its_health() -> Outcome {
    let server = Server::of(tiny::base(64)?)?;
    let (status, list) = server.get("/v1/models")?;
    equal((status, &list["object"], &list["data"][0]["id"]), (200, &json!("list"), &json!("tiny")), "the list")?;
    let (status, card) = server.get("/v1/models/tiny")?;
    equal((status, &card["object"]), (200, &json!("model")), "the card")?;
    let (status, health) = server.get("/healthz")?;
    equal((status, &health["status"]), (200, &json!("ok")), "health")
}

pub fn completes_texts_and_tokens() -> Outcome {
    let server = Server::of(tiny::base(64)?)?;
    let reply = ok(server.post(COMPLETIONS, json!({"model": "tiny", "prompt": "abc", "temperature": 0}))?)?;
    let text = text_of(&reply["choices"][0]["text"])?;
    equal(text.chars().count(), 16, "tokens by default, a character each")?;
    equal(&reply["choices"][0]["finish_reason"], &json!("length"), "finish reason")?;
    let usage = json!({"prompt_tokens": 3, "completion_tokens": 16, "total_tokens": 19});
    equal(&reply["usage"], &usage, "usage")?;
    equal(&reply["object"], &json!("text_completion"), "object")?;

    let echoed = json!({"prompt": "abc", "temperature": 0, "echo": true});
    let echoed = ok(server.post(COMPLETIONS, echoed)?)?;
    equal(text_of(&echoed["choices"][0]["text"])?, format!("abc{text}"), "echo")?;

    let ids = server.handle.codec().prompt(&serve::Input::Text("abc".into()))?.ids;
    let prompts = json!({"prompt": ["abc", "三阶"], "n": 2, "temperature": 0, "max_tokens": 4});
    let many = ok(server.post(COMPLETIONS, prompts)?)?;
    let choices = many["choices"].as_array().map_or(0, Vec::len);
    equal(choices, 4, "two answers for each of two prompts")?;
    equal(&many["usage"], &json!({"prompt_tokens": 5, "completion_tokens": 16, "total_tokens": 21}), "usage")?;
    for (index, choice) in many["choices"].as_array().into_iter().flatten().enumerate() {
        equal(&choice["index"], &json!(index), "index")?;
    }
    let start: String = text.chars().take(4).collect();
    equal(text_of(&many["choices"][1]["text"])?, start.clone(), "greedy answers agree")?;
    let lists = ok(server.post(COMPLETIONS, json!({"prompt": [ids.clone(), ids.clone()], "temperature": 0}))?)?;
    equal(text_of(&lists["choices"][1]["text"])?, text.clone(), "lists of tokens")?;
    let tokens = ok(server.post(COMPLETIONS, json!({"prompt": ids, "temperature": 0, "max_tokens": 4}))?)?;
    equal(text_of(&tokens["choices"][0]["text"])?, start, "tokens")?;

    // The context of 64 is the limit of last resort.
    let long = ok(server.post(COMPLETIONS, json!({"prompt": "abc", "max_tokens": 100_000}))?)?;
    equal(&long["usage"]["completion_tokens"], &json!(61), "context")?;
    equal(&long["choices"][0]["finish_reason"], &json!("length"), "context")
}

pub fn shows_prompts_as_transformers_renders_them() -> Outcome {
    let golden = tiny::golden_of_tools()?;
    let server = Server::of(tiny::with_tools(&golden)?)?;
    let cases = golden["cases"].as_array().cloned().unwrap_or_default();
    that(cases.len() > 3, || format!("{} cases", cases.len()))?;
    for case in cases {
        let shown = ok(server.post("/apply-template", case["body"].clone())?)?;
        equal(&shown["prompt"], &case["prompt"], &case["body"].to_string())?;
        let mut body = case["body"].clone();
        body["max_tokens"] = json!(1);
        let reply = ok(server.post(CHAT, body)?)?;
        let n_tokens = shown["tokens"].as_array().map(Vec::len);
        equal(&reply["usage"]["prompt_tokens"], &json!(n_tokens), "what is shown is what is read")?;
    }
    // A base model reads plain text.
    let base = Server::of(tiny::base(64)?)?;
    let shown = ok(base.post("/apply-template", json!({"messages": [{"role": "user", "content": "ab"}]}))?)?;
    equal(&shown["prompt"], &json!("ab"), "a base model")
}

pub fn answers_chats_with_and_without_a_template() -> Outcome {
    let messages = json!([
        {"role": "system", "content": "be"},
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
    ]);
    let base = Server::of(tiny::base(64)?)?;
    let request = json!({"model": "tiny", "messages": messages, "temperature": 0, "max_tokens": 5});
    let reply = ok(base.post(CHAT, request.clone())?)?;
    equal(&reply["choices"][0]["message"]["role"], &json!("assistant"), "role")?;
    equal(&reply["object"], &json!("chat.completion"), "object")?;
    // "be\nab", the messages' plain text, is what the base model continues.
    equal(&reply["usage"]["prompt_tokens"], &json!(5), "plain text")?;
    let same = ok(base.post(COMPLETIONS, json!({"prompt": "be\nab", "temperature": 0, "max_tokens": 5}))?)?;
    equal(&reply["choices"][0]["message"]["content"], &same["choices"][0]["text"], "continued")?;

    let chatty = Server::of(tiny::chatty(64)?)?;
    let reply = ok(chatty.post(CHAT, request)?)?;
    // <|endoftext|> <|user|> be \n ab <|end|> <|assistant|>
    equal(&reply["usage"]["prompt_tokens"], &json!(9), "rendered")?;
    // What a person types is text: the characters of a marker are not in this vocabulary, the marker is.
    let typed = json!({"messages": [{"role": "user", "content": "<|end|>"}]});
    let (status, error) = chatty.post(CHAT, typed)?;
    equal((status, &error["error"]["param"]), (400, &json!("messages")), "a typed marker")?;
    let newer = json!({"messages": [{"role": "user", "content": "a"}], "max_completion_tokens": 1, "max_tokens": 9});
    let reply = ok(base.post(CHAT, newer)?)?;
    equal(&reply["usage"]["completion_tokens"], &json!(1), "max_completion_tokens")
}

pub fn streams_what_it_would_have_sent_whole() -> Outcome {
    let server = Server::of(tiny::chatty(256)?)?;
    let ask = json!({
        "messages": [{"role": "user", "content": "三阶"}], "seed": 5, "n": 3, "logprobs": true, "top_logprobs": 2,
        "max_tokens": 40, "stream_options": {"include_usage": true},
    });
    let whole = ok(server.post(CHAT, ask.clone())?)?;
    let mut texts = [const { String::new() }; 3];
    let mut logprobs = vec![Vec::new(); 3];
    let mut reasons = vec![Value::Null; 3];
    let events = server.stream(CHAT, ask)?;
    for event in &events {
        equal(&event["object"], &json!("chat.completion.chunk"), "object")?;
        for choice in event["choices"].as_array().into_iter().flatten() {
            let index = choice["index"].as_u64().unwrap_or(99) as usize;
            texts[index].push_str(choice["delta"]["content"].as_str().unwrap_or_default());
            logprobs[index].extend(choice["logprobs"]["content"].as_array().cloned().unwrap_or_default());
            if !choice["finish_reason"].is_null() {
                reasons[index] = choice["finish_reason"].clone();
            }
        }
    }
    equal(&events[0]["choices"][0]["delta"]["role"], &json!("assistant"), "the first piece")?;
    let last = &events[events.len() - 1];
    equal((&last["choices"], &last["usage"]), (&json!([]), &whole["usage"]), "the usage")?;
    for (index, text) in texts.iter().enumerate() {
        let choice = &whole["choices"][index];
        equal(&choice["message"]["content"], &json!(text), "text")?;
        equal(&choice["logprobs"]["content"], &json!(logprobs[index]), "logprobs")?;
        equal(&choice["finish_reason"], &reasons[index], "finish reason")?;
    }

    let ask = json!({"prompt": "ab", "seed": 5, "max_tokens": 30, "echo": true});
    let whole = ok(server.post(COMPLETIONS, ask.clone())?)?;
    let events = server.stream(COMPLETIONS, ask)?;
    let text: String = events.iter().filter_map(|event| event["choices"][0]["text"].as_str()).collect();
    equal(&whole["choices"][0]["text"], &json!(text), "completion")?;
    that(events.iter().all(|event| event["usage"].is_null()), || "usage was not asked for".into())
}

pub fn reports_log_probabilities() -> Outcome {
    let server = Server::of(tiny::base(64)?)?;
    let ask = json!({"prompt": "ab", "temperature": 0, "max_tokens": 6, "logprobs": 3});
    let reply = ok(server.post(COMPLETIONS, ask)?)?;
    let lists = &reply["choices"][0]["logprobs"];
    let tokens: Vec<String> = serde_json::from_value(lists["tokens"].clone())?;
    let logprobs: Vec<f64> = serde_json::from_value(lists["token_logprobs"].clone())?;
    equal(json!(tokens.concat()), reply["choices"][0]["text"].clone(), "tokens join to the text")?;
    equal(&lists["text_offset"], &json!([0, 1, 2, 3, 4, 5]), "offsets")?;
    for (i, logprob) in logprobs.iter().enumerate() {
        that(*logprob < 0.0, || format!("a log-probability of {logprob}"))?;
        equal(lists["top_logprobs"][i].as_object().map(|best| best.len()), Some(3), "alternatives")?;
        // Greedy: the chosen token is the likeliest.
        equal(lists["top_logprobs"][i][&tokens[i]].as_f64(), Some(*logprob), "the best alternative")?;
    }
    let ask = json!({"messages": [{"role": "user", "content": "a"}], "temperature": 0, "max_tokens": 4,
        "logprobs": true, "top_logprobs": 2});
    let reply = ok(server.post(CHAT, ask)?)?;
    for token in reply["choices"][0]["logprobs"]["content"].as_array().into_iter().flatten() {
        let bytes: Vec<u8> = serde_json::from_value(token["bytes"].clone())?;
        equal(&json!(String::from_utf8(bytes)?), &token["token"], "bytes")?;
        equal(&token["top_logprobs"][0]["token"], &token["token"], "the best alternative")?;
        equal(token["top_logprobs"].as_array().map(Vec::len), Some(2), "alternatives")?;
    }
    let plain = ok(server.post(CHAT, json!({"messages": [{"role": "user", "content": "a"}], "max_tokens": 1}))?)?;
    equal(&plain["choices"][0]["logprobs"], &Value::Null, "not asked for")
}

/// What an answer's tokens were worth when they were chosen is what they are worth when they are given, however
/// the prompt is read: in one step, in several (over 256 tokens), with others, in a stream.
pub fn scores_an_echoed_prompt() -> Outcome {
    let server = Server::of(tiny::base(512)?)?;
    let prompt = "ab三 ".repeat(75);
    let ask = json!({"prompt": prompt, "temperature": 0, "max_tokens": 8, "logprobs": 2, "echo": true});
    let events = server.stream(COMPLETIONS, ask.clone())?;
    let reply = ok(server.post(COMPLETIONS, ask)?)?;
    let (text, lists) = (&reply["choices"][0]["text"], &reply["choices"][0]["logprobs"]);
    equal(&json!((0..308).collect::<Vec<_>>()), &lists["text_offset"], "offsets, a character each")?;
    equal((&lists["token_logprobs"][0], &lists["top_logprobs"][0]), (&Value::Null, &Value::Null), "the first token")?;
    that(text_of(text)?.starts_with(&prompt), || format!("an echo in {text}"))?;

    let streamed = |name: &str| -> Vec<Value> {
        let lists = events.iter().filter_map(|event| event["choices"][0]["logprobs"][name].as_array());
        lists.flatten().cloned().collect()
    };
    for name in ["tokens", "token_logprobs", "top_logprobs", "text_offset"] {
        equal(&json!(streamed(name)), &lists[name], &format!("streamed {name}"))?;
    }

    // The whole text given, together with a shorter one, and no answer wanted.
    let given = json!({"prompt": [text, "ab三"], "max_tokens": 0, "logprobs": 2, "echo": true});
    let scored = ok(server.post(COMPLETIONS, given)?)?;
    let choice = &scored["choices"][0];
    equal((&choice["text"], &choice["logprobs"]), (text, lists), "the text and its scores")?;
    equal(&choice["finish_reason"], &json!("length"), "finish reason")?;
    let usage = json!({"prompt_tokens": 311, "completion_tokens": 0, "total_tokens": 311});
    equal(&scored["usage"], &usage, "usage")?;
    let all = lists["token_logprobs"].as_array().map(|all| &all[..3]);
    equal(scored["choices"][1]["logprobs"]["token_logprobs"].as_array().map(Vec::as_slice), all, "its beginning")?;
    let full = json!({"prompt": "a".repeat(512), "max_tokens": 0, "echo": true});
    equal(&ok(server.post(COMPLETIONS, full)?)?["choices"][0]["logprobs"], &Value::Null, "a full context, no scores")
}

/// A model that begins every document with a marker gets it before every prompt; the asker did not send it.
pub fn an_echo_is_what_was_sent() -> Outcome {
    let server = Server::of(tiny::storyteller(64)?)?;
    let ask = json!({"prompt": "ab", "temperature": 0, "max_tokens": 3, "echo": true, "logprobs": 1});
    let reply = ok(server.post(COMPLETIONS, ask.clone())?)?;
    equal(&reply["usage"]["prompt_tokens"], &json!(3), "the marker is read")?;
    let (text, lists) = (text_of(&reply["choices"][0]["text"])?, &reply["choices"][0]["logprobs"]);
    that(text.starts_with("ab"), || format!("the text {text:?}"))?;
    equal((&lists["tokens"][0], &lists["tokens"][1]), (&json!("a"), &json!("b")), "tokens")?;
    equal((&lists["text_offset"][0], &lists["text_offset"][2]), (&json!(0), &json!(2)), "offsets")?;
    that(lists["token_logprobs"][0].is_f64(), || format!("the marker predicts the first token: {lists}"))?;
    let streamed: String =
        server.stream(COMPLETIONS, ask)?.iter().filter_map(|e| e["choices"][0]["text"].as_str()).collect();
    equal(streamed, text, "streamed")?;
    // The marker itself scores nothing, and one that was sent is echoed.
    let alone = |prompt: &str| json!({"prompt": prompt, "max_tokens": 0, "echo": true, "logprobs": 1});
    let sent = ok(server.post(COMPLETIONS, alone("<|endoftext|>ab"))?)?;
    equal(&sent["choices"][0]["text"], &json!("<|endoftext|>ab"), "a marker that was sent")?;
    equal(&sent["choices"][0]["logprobs"]["token_logprobs"][0], &Value::Null, "nothing predicts it")?;
    equal(
        &sent["choices"][0]["logprobs"]["token_logprobs"][1],
        &lists["token_logprobs"][0],
        "the first character has one score, whoever put the marker there",
    )?;
    equal(&ok(server.post(COMPLETIONS, alone(""))?)?["choices"][0]["text"], &json!(""), "nothing sent")
}

pub fn no_tokens_are_an_empty_answer() -> Outcome {
    let server = Server::of(tiny::base(64)?)?;
    for more in [json!({}), json!({"logprobs": 2})] {
        let mut ask = json!({"prompt": "ab", "max_tokens": 0});
        ask.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let reply = ok(server.post(COMPLETIONS, ask)?)?;
        equal(
            (&reply["choices"][0]["text"], &reply["choices"][0]["finish_reason"]),
            (&json!(""), &json!("length")),
            "answer",
        )?;
        equal(&reply["usage"]["completion_tokens"], &json!(0), "usage")?;
    }
    Ok(())
}

pub fn usage_is_null_until_the_last_piece() -> Outcome {
    let server = Server::of(tiny::base(64)?)?;
    let asks = [
        (COMPLETIONS, json!({"prompt": "ab", "max_tokens": 3})),
        (CHAT, json!({"messages": [{"role": "user", "content": "a"}], "max_tokens": 3})),
    ];
    for (path, ask) in asks {
        let events = server.stream(path, ask.clone())?;
        that(events.iter().all(|event| event.get("usage").is_none()), || format!("{path}: not asked for"))?;
        let mut asking = ask;
        asking["stream_options"] = json!({"include_usage": true});
        let events = server.stream(path, asking)?;
        let (last, others) = events.split_last().ok_or_else(|| Stop::Failed("no events".into()))?;
        that(others.iter().all(|event| event.get("usage") == Some(&Value::Null)), || format!("{path}: null before"))?;
        that(last["usage"]["total_tokens"].is_u64(), || format!("{path}: {last}"))?;
    }
    Ok(())
}

pub fn stops_before_a_stop_string() -> Outcome {
    let server = Server::of(tiny::base(256)?)?;
    let ask = json!({"prompt": "ab", "seed": 1, "max_tokens": 60});
    let text = text_of(&ok(server.post(COMPLETIONS, ask.clone())?)?["choices"][0]["text"])?;
    // Three characters, so three tokens; and one string that never comes.
    let stop: String = text.chars().skip(30).take(3).collect();
    let expected = &text[..text.find(&stop).unwrap_or_default()];
    let mut stopping = ask;
    stopping["stop"] = json!(["never so long", stop]);
    let reply = ok(server.post(COMPLETIONS, stopping.clone())?)?;
    equal(&reply["choices"][0]["text"], &json!(expected), "whole")?;
    equal(&reply["choices"][0]["finish_reason"], &json!("stop"), "finish reason")?;
    equal(&reply["usage"]["completion_tokens"], &json!(expected.chars().count()), "usage")?;
    let events = server.stream(COMPLETIONS, stopping)?;
    let streamed: String = events.iter().filter_map(|event| event["choices"][0]["text"].as_str()).collect();
    equal(streamed.as_str(), expected, "streamed")
}

pub fn the_same_seed_gives_the_same_answer() -> Outcome {
    let server = Server::of(tiny::base(128)?)?;
    let answer = |seed: Value, n: u64| -> Result<Vec<Value>, Stop> {
        let ask = json!({"prompt": "ab", "seed": seed, "max_tokens": 40, "n": n});
        let reply = ok(server.post(COMPLETIONS, ask)?)?;
        Ok(reply["choices"].as_array().into_iter().flatten().map(|choice| choice["text"].clone()).collect())
    };
    equal(answer(json!(-3), 1)?, answer(json!(-3), 1)?, "a seed twice")?;
    that(answer(json!(1), 1)? != answer(json!(2), 1)?, || "other seeds, other answers".into())?;
    that(answer(Value::Null, 1)? != answer(Value::Null, 1)?, || "no seed, another answer each time".into())?;
    let three = answer(json!(7), 3)?;
    that(three[0] != three[1] && three[1] != three[2], || "several answers differ".into())?;
    equal(three[0].clone(), answer(json!(7), 1)?[0].clone(), "the first of several is the only one of one")
}

fn ok((status, body): (u16, Value)) -> Result<Value, Stop> {
    equal(status, 200, &body.to_string())?;
    Ok(body)
}

fn text_of(value: &Value) -> Result<String, Stop> {
    value.as_str().map_or_else(|| check::fail(format!("no text but {value}")), |text| Ok(text.to_string()))
}

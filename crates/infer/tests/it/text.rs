//! The text around the engine: whole characters, stop strings, conversations.

use ::text::template::{ChatTemplate, Conversation, Message, Role, STORIES_TEMPLATE};
use ::text::tokenizer::Tokenizer;
use check::{Outcome, Stop, equal, that};
use infer::{Codec, FinishReason, GenerationRequest, Input, Limits, TextModel, generate, generate_all};
use models::gpt::{GptConfig, Positions};
use models::{Model, ModelConfig};
use serde_json::json;

const MARKERS: [&str; 4] = ["<|user|>", "<|assistant|>", "<|end|>", "<|endoftext|>"];

fn model(tokenizer: Tokenizer, template: Option<ChatTemplate>) -> Result<TextModel, Stop> {
    let config = GptConfig {
        vocab_size: tokenizer.vocab_size(),
        n_layers: 1,
        n_heads: 2,
        d_model: 8,
        max_seq_len: 256,
        dropout: 0.0,
        bias: false,
        positions: Positions::Learned,
    };
    let (model, mut params) = Model::new(&ModelConfig::Gpt(config))?;
    params.initialise(5);
    Ok(TextModel::from_parts(model, params, Codec::new(tokenizer, template))?)
}

fn ask(input: Input, seed: u64) -> GenerationRequest {
    GenerationRequest { temperature: 1.0, seed, max_tokens: Some(120), ..GenerationRequest::greedy(input) }
}

pub fn characters_are_never_cut() -> Outcome {
    // Ids are bytes: a random model writes broken UTF-8 all the time.
    let model = model(Tokenizer::train_bytes(&[]), None)?;
    let mut engine = model.engine(Limits::standard());
    for seed in 0..20 {
        let mut shown = String::new();
        let answer =
            generate(&mut engine, ask(Input::Text("三阶".into()), seed), |token| shown.push_str(&token.text))?;
        equal(&shown, &answer.text, "what was shown is the answer")?;
        equal(answer.tokens.len(), 120, "every token comes out")?;
        equal(answer.usage.completion_tokens, 120, "usage")?;
        let bytes: Vec<u8> = answer.tokens.iter().map(|token| token.id as u8).collect();
        let whole = String::from_utf8_lossy(&bytes).into_owned();
        // A character that the limit cut in half may be missing at the end.
        let rest = whole.strip_prefix(&answer.text);
        that(rest.is_some_and(|rest| matches!(rest, "" | "\u{FFFD}")), || format!("{:?} of {whole:?}", answer.text))?;
    }
    Ok(())
}

pub fn stop_strings_never_show() -> Outcome {
    let model = model(Tokenizer::train_characters(["ab三"], &[])?, None)?;
    let mut engine = model.engine(Limits::standard());
    let mut n_stopped = 0;
    for seed in 0..10 {
        let free = generate(&mut engine, ask(Input::Text("ab".into()), seed), |_| {})?.text;
        // Three letters make every kind of overlap frequent.
        for stops in
            [vec!["aab"], vec!["三三三", "ab三ab"], vec!["aaaa", "b"], vec!["ababab三", "三a三"], vec!["", "三b"]]
        {
            let stop: Vec<String> = stops.iter().map(|stop| stop.to_string()).collect();
            let cut = stops.iter().filter(|stop| !stop.is_empty()).filter_map(|stop| free.find(stop)).min();
            let expected = &free[..cut.unwrap_or(free.len())];
            let mut shown = String::new();
            let request = GenerationRequest { stop, ..ask(Input::Text("ab".into()), seed) };
            let answer = generate(&mut engine, request, |token| {
                shown.push_str(&token.text);
                assert!(expected.starts_with(&shown), "{shown:?} was shown of {expected:?}");
            })?;
            let reason = if cut.is_some() { FinishReason::Stop } else { FinishReason::Length };
            equal((answer.text.as_str(), answer.finish_reason), (expected, reason), &format!("{stops:?}"))?;
            equal(&shown, &answer.text, "shown")?;
            equal(answer.usage.completion_tokens, expected.chars().count(), "usage")?;
            n_stopped += usize::from(cut.is_some());
        }
    }
    that(n_stopped > 20, || format!("only {n_stopped} answers met a stop string"))
}

pub fn markers_that_people_type_are_text() -> Outcome {
    let model = model(Tokenizer::train_bytes(&MARKERS), Some(ChatTemplate::new(STORIES_TEMPLATE)?))?;
    let says = |content: &str| vec![Message::new(Role::User, content)].into();
    let prompt = model.codec.prompt(&Input::Messages(says("a<|end|><|assistant|>b")))?;
    let n_special = prompt.ids.iter().filter(|&&id| id >= 256).count();
    equal(n_special, 4, "endoftext, user, end, assistant: the template's own")?;
    equal(
        prompt.text.as_str(),
        "<|endoftext|><|user|>a<|end|><|assistant|>b<|end|><|assistant|>",
        "the prompt as text",
    )?;
    equal(prompt.stop_tokens.len(), 4, "any marker ends a turn")?;
    let raw = model.codec.prompt(&Input::Text("<|user|>a<|end|>".into()))?;
    equal(raw.ids, vec![256, 97, 258], "raw text is the model's own language")?;
    equal(raw.stop_tokens, vec![258, 259], "raw text goes on over markers of roles")
}

/// Texts about tools are guarded wherever they stand, and a call's own marker ends no answer.
pub fn markers_in_tools_are_text() -> Outcome {
    const TEMPLATE: &str = "{{ tools | tojson }}{% for m in messages %}<|user|>{{ m.content }}{{ m.tool_calls | tojson if m.tool_calls }}{{ m.reasoning_content }}<|end|>{% endfor %}";
    let model = model(Tokenizer::train_bytes(&MARKERS), Some(ChatTemplate::new(TEMPLATE)?))?;
    let tools = vec![json!({"name": "f<|end|>", "parameters": {"<|user|>": ["<|assistant|>", 1, null]}})];
    let mut message = Message { content: None, ..Message::new(Role::Assistant, "") };
    message.fields.insert("tool_calls".into(), json!([{"function": {"name": "<|end|>"}}]));
    message.fields.insert("reasoning_content".into(), "<|endoftext|>".into());
    let prompt = model.codec.prompt(&Input::Messages(Conversation { messages: vec![message], tools }))?;
    equal(prompt.ids.iter().filter(|&&id| id >= 256).count(), 2, "the template's own user and end")?;
    let expected = r#"[{"name": "f<|end|>", "parameters": {"<|user|>": ["<|assistant|>", 1, null]}}]<|user|>[{"function": {"name": "<|end|>"}}]<|endoftext|><|end|>"#;
    equal(prompt.text.as_str(), expected, "the prompt as text")?;
    equal(prompt.stop_tokens, vec![258, 259], "only what ends a turn ends the answer")
}

pub fn what_begins_every_document_begins_every_prompt() -> Outcome {
    let model = model(Tokenizer::train_bytes(&MARKERS).beginning_with("<|endoftext|>"), None)?;
    let ids = |text: &str| Ok::<_, check::Stop>(model.codec.prompt(&Input::Text(text.into()))?.ids);
    let marker = model.codec.tokenizer().begin();
    equal(ids("a")?, marker.into_iter().chain([97]).collect(), "before a text")?;
    equal(ids("<|endoftext|>a")?, ids("a")?, "not twice")?;
    equal(ids("")?.len(), 1, "alone")?;
    let says = vec![Message::new(Role::User, "a")];
    equal(model.codec.prompt(&Input::Messages(says.into()))?.ids, ids("a")?, "before messages that are continued")?;

    // As published files of Llama 3 have it: one step of several.
    let mut file: serde_json::Value = serde_json::from_str(model.codec.tokenizer().to_json())?;
    let template = file["post_processor"].take();
    let bytes = json!({"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false, "use_regex": true});
    for (steps, expected) in [
        (json!([bytes, template]), marker),
        (json!([{"type": "Sequence", "processors": [template, bytes]}]), marker),
        (json!([bytes]), None),
    ] {
        file["post_processor"] = json!({"type": "Sequence", "processors": steps});
        equal(Tokenizer::from_json(file.to_string())?.begin(), expected, &format!("a step of {steps}"))?;
    }
    Ok(())
}

pub fn a_base_model_continues_plain_text() -> Outcome {
    let model = model(Tokenizer::train_bytes(&[]), None)?;
    let messages = vec![Message::new(Role::User, "a"), Message::new(Role::Assistant, "<|end|>")];
    let prompt = model.codec.prompt(&Input::Messages(messages.into()))?;
    equal(prompt.text.as_str(), "a\n<|end|>", "no markers of ours")?;
    equal((prompt.ids.len(), prompt.stop_tokens.len()), (9, 0), "bytes, and nothing to stop at")
}

pub fn many_answers_are_the_ones_of_each_alone() -> Outcome {
    let model = model(Tokenizer::train_bytes(&MARKERS), None)?;
    // More than may run, and more than may wait.
    let limits = Limits { running: 3, waiting: 4, step_tokens: 32, ..Limits::standard() };
    let requests: Vec<_> = (0..12).map(|i| ask(Input::Text("x".repeat(1 + 11 * i)), i as u64)).collect();
    let together = generate_all(&mut model.engine(limits), requests.clone(), |_| {})?;
    equal(together.len(), 12, "an answer each")?;
    for (request, answer) in requests.into_iter().zip(together) {
        let alone = generate(&mut model.engine(Limits::standard()), request, |_| {})?;
        equal(answer, alone, "together and alone")?;
    }
    Ok(())
}

pub fn an_empty_text_begins_a_document() -> Outcome {
    let marked = model(Tokenizer::train_bytes(&MARKERS), None)?;
    equal(marked.codec.prompt(&Input::Text(String::new()))?.ids, vec![259], "after the marker between documents")?;
    let plain = model(Tokenizer::train_bytes(&[]), None)?;
    let refused = generate(&mut plain.engine(Limits::standard()), ask(Input::Text(String::new()), 0), |_| {});
    let code = refused.err().map(|error| sys::Coded::code(&error));
    equal(code, Some("generate.empty_prompt"), "without one there is nothing to continue")
}

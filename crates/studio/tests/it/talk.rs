//! The real engine behind the studio: what the model is shown, what comes back, and that leaving stops it.

use check::{Outcome, Stop};
use infer::{Codec, TextModel};
use models::gpt::{GptConfig, Positions};
use models::{Model, ModelConfig};
use serve::ModelHandle;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};
use studio::{Generate, Input, Opened, Prompt, Refusal, Role, Speaker, Spoken, Turn};
use text::template::{ChatTemplate, STORIES_TEMPLATE};
use text::tokenizer::Tokenizer;

const CHARACTERS: &str = "abcdefghijklmnopqrstuvwxyz ABC.,?!\n三阶";
const SPECIAL: [&str; 4] = ["<|user|>", "<|assistant|>", "<|end|>", "<|endoftext|>"];

/// A model with random weights; with `template` it answers turns.
pub(crate) fn model(context: usize, template: bool) -> Result<ModelHandle, Stop> {
    let special: &[&str] = if template { &SPECIAL } else { &[] };
    let tokenizer = Tokenizer::train_characters([CHARACTERS], special)?;
    let (vocab_size, n_layers, n_heads, d_model) = (tokenizer.vocab_size(), 1, 2, 8);
    let sizes = GptConfig {
        vocab_size,
        n_layers,
        n_heads,
        d_model,
        max_seq_len: context,
        dropout: 0.0,
        bias: false,
        positions: Positions::Learned,
    };
    let (model, mut params) = Model::new(&ModelConfig::Gpt(sizes))?;
    params.initialise(11);
    let template = if template { Some(ChatTemplate::new(STORIES_TEMPLATE)?) } else { None };
    Ok(ModelHandle::new("tiny", TextModel::from_parts(model, params, Codec::new(tokenizer, template))?))
}

fn request(input: Input, max_tokens: u32) -> Generate {
    Generate { model: "tiny".into(), input, max_tokens, temperature: 1.0, top_p: 1.0, seed: Some(3), plug: None }
}

fn turn(role: Role, content: &str) -> Turn {
    Turn { role, content: content.into() }
}

/// All events of a request, in a runtime of its own.
fn spoken(model: &ModelHandle, request: &Generate) -> Result<Vec<Spoken>, Refusal> {
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    let _inside = runtime.enter();
    let mut events = model.speak(request)?;
    Ok(std::iter::from_fn(|| events.blocking_recv()).collect())
}

fn prompt(model: &ModelHandle, request: &Generate) -> Result<Prompt, Stop> {
    match spoken(model, request) {
        Ok(events) => match events.into_iter().next() {
            Some(Spoken::Prompt(prompt)) => Ok(prompt),
            other => check::fail(format!("first came {other:?}")),
        },
        Err(error) => check::fail(error.to_string()),
    }
}

/// First the prompt, then tokens with their eight likeliest neighbours, then the end.
pub fn tokens_come_with_their_alternatives() -> Outcome {
    let model = model(64, false)?;
    let events = spoken(&model, &request(Input::Text("ab".into()), 5)).map_err(|e| Stop::Failed(e.to_string()))?;
    let [Spoken::Prompt(prompt), tokens @ .., Spoken::Done(done)] = events.as_slice() else {
        return check::fail(format!("{events:?}"));
    };
    check::equal((prompt.text.as_str(), prompt.tokens, prompt.left_out_tokens), ("ab", 2, 0), "the prompt")?;
    check::equal(
        (done.prompt_tokens, done.completion_tokens, done.finish_reason.as_str()),
        (2, 5, "length"),
        "the end",
    )?;
    check::equal(tokens.len(), 5, "tokens")?;
    for token in tokens {
        let Spoken::Token(token) = token else { return check::fail(format!("{token:?}")) };
        check::equal(token.alternatives.len(), 8, "alternatives")?;
        let falls = token.alternatives.is_sorted_by(|a, b| a.logprob >= b.logprob);
        let same = token.alternatives.iter().find(|a| a.id == token.id).is_none_or(|a| a.logprob == token.logprob);
        check::that(falls && same && token.logprob < 0.0, || format!("{token:?}"))?;
    }
    Ok(())
}

/// The oldest turns go, the system's words and the last question stay, and there is room for an answer.
pub fn a_long_conversation_loses_its_oldest_turns() -> Outcome {
    let model = model(64, true)?;
    let mut turns = vec![turn(Role::System, "be kind")];
    for _ in 0..20 {
        turns.extend([turn(Role::User, "who is it?"), turn(Role::Assistant, "a cat.")]);
    }
    turns.push(turn(Role::User, "where?"));
    let found = prompt(&model, &request(Input::Messages(turns.clone()), 100))?;
    // 48 of 64 tokens: 1 of the document, 8 of the system, 21 of each pair, 9 of the question.
    let expected =
        "<|endoftext|><|user|>be kind\nwho is it?<|end|><|assistant|>a cat.<|end|><|user|>where?<|end|><|assistant|>";
    check::equal(found.text.as_str(), expected, "what the model reads")?;
    check::equal((found.left_out_turns, found.left_out_tokens, found.tokens), (38, 0, 38), "what it lost")?;
    // A short answer needs less room.
    let found = prompt(&model, &request(Input::Messages(turns.clone()), 2))?;
    check::equal((found.left_out_turns, found.tokens), (36, 58), "with two tokens to come")?;
    let short = prompt(&model, &request(Input::Messages(turns[..2].to_vec()), 100))?;
    check::equal(short.left_out_turns, 0, "lost by a short conversation")?;

    let endless = Input::Messages(vec![turn(Role::User, &"a ".repeat(40))]);
    match spoken(&model, &request(endless, 5)) {
        Err(refusal) => check::equal(refusal.code(), "generate.context_exceeded", "a last turn that is too long"),
        Ok(events) => check::fail(format!("{events:?}")),
    }
}

/// A text to be continued keeps its end.
pub fn a_long_text_loses_its_beginning() -> Outcome {
    let model = model(32, false)?;
    let text = "abcdefghijklmnopqrstuvwxyz ABC.,?!三阶";
    for input in [Input::Text(text.into()), Input::Messages(vec![turn(Role::User, text)])] {
        let found = prompt(&model, &request(input, 100))?;
        check::equal(found.text.as_str(), "mnopqrstuvwxyz ABC.,?!三阶", "what the model reads")?;
        check::equal((found.tokens, found.left_out_tokens), (24, 12), "what is left and lost")?;
    }
    Ok(())
}

/// Far longer than anybody waits for its answers.
static ENDLESS: LazyLock<ModelHandle> = LazyLock::new(|| model(1 << 16, false).expect("a tiny model"));

/// Whoever closes the page, stream or not yet, frees the engine.
pub fn a_page_that_closes_stops_the_model() -> Outcome {
    let runtime = tokio::runtime::Runtime::new()?;
    let home = std::env::temp_dir().join(format!("sanjie-studio-talk-{}", std::process::id()));
    let checkpoint = home.join("runs/r/checkpoints/step-000001");
    std::fs::create_dir_all(&checkpoint)?;
    std::fs::write(checkpoint.join("SHA256SUMS"), "")?;
    std::fs::write(home.join("runs/r/recipe.toml"), "")?;
    let (program, lang) = ("/nonexistent".into(), messages::Lang::En);
    let config = studio::Config {
        port: 0,
        home: home.clone(),
        open: false,
        program,
        lang,
        preview: None,
        embedders: crate::guard::no_embedder,
    };
    let open = |_: &Path| -> Opened { Ok(Arc::new(ENDLESS.clone())) };
    let studio = runtime.block_on(studio::serve_with(config, open))?;
    let (address, token) = studio.url.split_once("/?token=").ok_or("the address carries no token")?;
    let address = address.trim_start_matches("http://");
    for reads in [true, false] {
        let body = r#"{"model":"r","input":{"text":"a"},"max_tokens":65536,"temperature":1,"top_p":1}"#;
        let mut stream = TcpStream::connect(address)?;
        write!(
            stream,
            "POST /api/generate HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        soon("the model speaks", || ENDLESS.n_open() == 1)?;
        if reads {
            check::that(stream.read(&mut [0; 512])? > 0, || "nothing arrives".into())?;
        }
        drop(stream);
        soon("the model stops", || ENDLESS.n_open() == 0)?;
    }
    std::fs::remove_dir_all(home)?;
    Ok(())
}

pub(crate) fn soon(what: &str, happened: impl Fn() -> bool) -> Outcome {
    let begun = Instant::now();
    while !happened() {
        check::that(begun.elapsed() < Duration::from_secs(10), || format!("{what}: not within 10 s"))?;
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// Every query's weights add up to 1 over itself and what came before; what does not fit the figure is counted.
pub fn a_look_shows_the_weights_of_every_head() -> Outcome {
    let model = model(64, true)?;
    let text = "三阶 abc".repeat(8);
    let looked = model.look(&text).map_err(|e| Stop::Failed(e.to_string()))?;
    check::equal(
        (looked.tokens.concat(), looked.left_out_tokens),
        (text[..].chars().take(40).collect(), 8),
        "the text",
    )?;
    check::equal((looked.n_layers, looked.n_heads, looked.heads.len()), (1, 2, 2), "heads")?;
    for head in &looked.heads {
        check::equal(head.len(), 40 * 41 / 2, "weights of a head, none behind the mask")?;
        for query in 0..40 {
            let row = &head[query * (query + 1) / 2..][..=query];
            let total: i32 = row.iter().map(|&weight| i32::from(weight)).sum();
            // Each weight is rounded to a thousandth by itself.
            check::that((total - 1000).abs() <= 20, || format!("query {query} adds up to {total}: {row:?}"))?;
        }
    }
    check::equal(looked.heads[0][0], 1000, "the first token sees itself alone")
}

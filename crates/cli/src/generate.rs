//! `sanjie generate`: one continuation, streamed to standard output, or whole as JSON.

use crate::{Failure, Outcome, failure, model, print_line, print_piece};
use infer::{GenerationRequest, Input, Limits};
use messages::Lang;
use std::path::PathBuf;

/// What `sanjie generate` takes.
#[derive(clap::Args)]
pub struct Arguments {
    dir: PathBuf,
    #[arg(long, default_value = "", value_name = "TEXT")]
    prompt: String,
    #[arg(long, value_name = "N")]
    max_tokens: Option<usize>,
    #[arg(long, default_value_t = 0.0, value_name = "T")]
    temperature: f32,
    #[arg(long, default_value_t = 1.0, value_name = "P")]
    top_p: f32,
    #[arg(long, default_value_t = 0, value_name = "S")]
    seed: u64,
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub fn run(lang: Lang, arguments: Arguments) -> Result<Outcome, Failure> {
    let model = model::open(lang, &arguments.dir)?;
    let mut engine = model.engine(Limits::standard());
    let request = GenerationRequest {
        max_tokens: arguments.max_tokens,
        temperature: arguments.temperature,
        top_p: arguments.top_p,
        seed: arguments.seed,
        ..GenerationRequest::greedy(Input::Text(arguments.prompt))
    };
    let answer = infer::generate(&mut engine, request, |token| {
        if !arguments.json {
            print_piece(&token.text);
        }
    })
    .map_err(failure)?;
    if arguments.json {
        let ids: Vec<u32> = answer.tokens.iter().map(|token| token.id).collect();
        let logprobs: Vec<f32> = answer.tokens.iter().map(|token| token.logprob).collect();
        let line = serde_json::json!({
            "text": answer.text,
            "tokens": ids,
            "logprobs": logprobs,
            "finish_reason": answer.finish_reason,
            "usage": answer.usage,
        });
        print_line(&line.to_string());
    } else {
        print_line("");
    }
    Ok(Outcome::Done)
}

//! `sanjie generate`: one continuation, streamed to standard output, or whole as JSON.

use crate::{Failure, Outcome, model};
use infer::{GenerationRequest, Input, Limits};
use messages::Lang;
use std::io::Write;
use std::path::PathBuf;

/// What `sanjie generate` takes.
#[derive(clap::Args)]
pub struct Arguments {
    /// A run, or one of its checkpoints.
    dir: PathBuf,
    /// Text to continue.
    #[arg(long, default_value = "")]
    prompt: String,
    /// At most this many tokens; the context is the limit when absent.
    #[arg(long)]
    max_tokens: Option<usize>,
    /// 0 always takes the likeliest token; up to 2.
    #[arg(long, default_value_t = 0.0)]
    temperature: f32,
    /// Only the likeliest tokens that make up this share of the probability.
    #[arg(long, default_value_t = 1.0)]
    top_p: f32,
    /// Same seed, same text.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print {text, tokens, logprobs, finish_reason, usage} instead.
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
            print!("{}", token.text);
            // A closed pipe ends the output, not the program's promise; there is nobody left to tell.
            let _ = std::io::stdout().flush();
        }
    })
    .map_err(|error| Box::new(error) as Failure)?;
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
        println!("{line}");
    } else {
        println!();
    }
    Ok(Outcome::Done)
}

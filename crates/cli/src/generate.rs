//! `sanjie generate`: one continuation, streamed to standard output, or whole as JSON.

use crate::sampling::{self, Defaults};
use crate::{Failure, Outcome, failure, model, print_line, print_piece};
use infer::{GenerationRequest, Input, Limits};
use messages::Lang;
use std::path::PathBuf;

/// Greedy, until the model ends or the context is full.
const DEFAULTS: Defaults = Defaults { max_tokens: None, temperature: 0.0, top_p: 1.0, repetition_penalty: 1.0 };

/// What `sanjie generate` takes.
#[derive(clap::Args)]
pub struct Arguments {
    dir: PathBuf,
    #[arg(long, default_value = "", value_name = "TEXT")]
    prompt: String,
    #[command(flatten)]
    sampling: sampling::Arguments,
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub fn run(lang: Lang, arguments: Arguments) -> Result<Outcome, Failure> {
    let model = model::open(lang, &arguments.dir)?;
    let mut engine = model.engine(Limits::standard());
    let greedy = GenerationRequest::greedy(Input::Text(arguments.prompt));
    // Without a word about chance the likeliest tokens are wanted, the same on every machine and for any model's files.
    let advice = model.advice.filter(|_| arguments.sampling.draws()).unwrap_or_default();
    let seed = arguments.sampling.seed.unwrap_or(greedy.seed);
    let request = arguments.sampling.applied(GenerationRequest { seed, ..greedy }, advice, &DEFAULTS);
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

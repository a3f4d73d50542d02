//! `sanjie generate`: one continuation, streamed to standard output, or whole as JSON.

use crate::{Failure, Outcome, failure, model, print_line, print_piece, sampling, say};
use infer::{Input, Limits, SamplingOptions};
use messages::Lang;
use std::path::PathBuf;

/// What `sanjie generate` takes.
#[derive(clap::Args)]
pub struct Arguments {
    dir: PathBuf,
    #[arg(long, value_name = "TEXT")]
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
    let asked = SamplingOptions::from(arguments.sampling);
    // Without a word about chance the likeliest tokens are wanted, the same on every machine and for any model's files.
    let draws = asked.temperature.is_some_and(|temperature| temperature > 0.0);
    if !draws && (asked.top_p.is_some() || asked.top_k.is_some() || asked.seed.is_some()) {
        say(messages::text(lang, "cli.greedy", &[]));
    }
    let advice = model.advice.filter(|_| draws).unwrap_or(SamplingOptions::OPEN);
    let request = asked.or(advice).of(Input::Text(arguments.prompt));
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

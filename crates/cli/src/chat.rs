//! `sanjie chat`: a conversation on the terminal, or over a pipe, a line each turn.

mod plug;

use crate::{Failure, Outcome, complain, model, print_line, print_piece, sampling, say, say_piece};
use infer::{Answer, Codec, FinishReason, Fitted, Input, Limits, PrepareError, PromptError, SamplingOptions};
use messages::Lang;
use std::io::{BufRead, ErrorKind, IsTerminal};
use std::path::PathBuf;
use text::template::{Message, Role};
use text::tokenizer::Special;

/// Tokens of a turn: several paragraphs. A small model that goes on for longer has lost its thread.
const TURN_TOKENS: usize = 512;

/// A line that ends the conversation.
const QUIT: &str = "/quit";

/// With a model of our own: lively, and still to the point.
const OURS: SamplingOptions =
    SamplingOptions { max_tokens: Some(TURN_TOKENS), temperature: Some(0.8), ..SamplingOptions::OPEN };

/// With a published model whose files do not say: what their cards advise is near it, small ones wander off at more heat,
/// and without a penalty repeat a turn that they gave before.
const PUBLISHED: SamplingOptions = SamplingOptions {
    max_tokens: Some(TURN_TOKENS),
    temperature: Some(0.2),
    top_p: Some(0.9),
    repetition_penalty: Some(1.1),
    ..SamplingOptions::OPEN
};

/// What `sanjie chat` takes.
#[derive(clap::Args)]
pub struct Arguments {
    dir: PathBuf,
    #[arg(long, value_name = "LAB=FILE")]
    plug: Option<String>,
    #[arg(long)]
    show_prompt: bool,
    #[command(flatten)]
    sampling: sampling::Arguments,
}

/// Runs it until the input ends. A model without a chat template continues the text of all turns instead.
pub fn run(lang: Lang, arguments: Arguments) -> Result<Outcome, Failure> {
    let model = model::open(lang, &arguments.dir)?;
    let mut attention = match &arguments.plug {
        None => None,
        Some(written) => match crate::plug::parse(lang, written, "causal-attention") {
            Some((lab, file)) => plug::open(lang, lab, file)?,
            None => return Ok(Outcome::Usage),
        },
    };
    let mut engine = model.engine(Limits::standard());
    let is_base = !model.codec.has_template();
    let key = if is_base { "cli.continue" } else { "cli.chat" };
    say(messages::text(lang, key, &[]));
    let sampling =
        SamplingOptions::from(arguments.sampling).or(model.advice.map_or(OURS, |advice| advice.or(PUBLISHED)));
    let mut seeds = sampling.seed.map(|seed| seed..);
    let mut turns: Vec<Message> = Vec::new();
    let mut input = std::io::stdin().lock();
    loop {
        if std::io::stdin().is_terminal() {
            say_piece("> ");
        }
        let mut line = String::new();
        match input.read_line(&mut line) {
            Ok(0) => return Ok(Outcome::Done),
            Ok(_) if line.trim().is_empty() => continue,
            Ok(_) if line.trim() == QUIT => return Ok(Outcome::Done),
            Ok(_) => {}
            Err(error) => {
                complain(lang, &messages::text(lang, "cli.input", &[("cause", &error.to_string())]));
                // A line that is no UTF-8 has been read all the same; whatever else is wrong stays so.
                match error.kind() {
                    ErrorKind::InvalidData => continue,
                    _ => return Ok(Outcome::Failed),
                }
            }
        }
        let line = line.trim_end_matches(['\r', '\n']);
        // Alone first: a character that cannot be read has its place in this line, not in the conversation as a whole.
        let read = model.codec.tokenizer().encode(line, Special::Text).map_err(PromptError::from);
        turns.push(Message::new(Role::User, line));
        let seed = seeds.as_mut().and_then(Iterator::next).unwrap_or_else(::serve::fresh_seed);
        let context = model.model.max_seq_len();
        let fitted = read.and_then(|_| {
            Fitted::new(Input::Messages(turns.clone().into()), &model.codec, context, sampling.max_tokens)
        });
        let request = fitted.map_err(PrepareError::from).map(|fitted| {
            tell_left_out(lang, &fitted);
            if arguments.show_prompt {
                show_prompt(lang, &model.codec, &fitted);
            }
            SamplingOptions { seed: Some(seed), ..sampling }.of(fitted.input)
        });
        let plugged = request.and_then(|request| match &mut attention {
            Some(attention) => Ok((plug::answer(lang, &model, attention, request.clone())?, request)),
            None => Ok((None, request)),
        });
        let answer = plugged.and_then(|(plugged, request)| match plugged {
            Some(text) => Ok(text),
            None => {
                attention = None;
                let answer = infer::generate(&mut engine, request, |token| print_piece(&token.text));
                print_line("");
                if let Ok(Answer { finish_reason: FinishReason::Length, usage, .. }) = &answer {
                    let n = usage.completion_tokens.to_string();
                    say(messages::text(lang, "cli.chat_cut", &[("n", &n)]));
                }
                answer.map(|answer| answer.text)
            }
        });
        match answer {
            Ok(text) => turns.push(Message::new(Role::Assistant, text)),
            Err(error) => {
                // What was said before stays: the next line may be one that the model can read.
                complain(lang, &messages::render(lang, &error));
                say(messages::text(lang, "cli.chat_without", &[]));
                turns.pop();
            }
        }
    }
}

/// Shows what the model reads: the conversation by its template, all markers in it.
fn show_prompt(lang: Lang, codec: &Codec, fitted: &Fitted) {
    // What cannot be encoded is told when it shall be answered.
    if let Ok(prompt) = codec.prompt(&fitted.input) {
        say(format_args!(
            "{}\n{}",
            messages::text(lang, "cli.chat_prompt", &[("n", &prompt.ids.len().to_string())]),
            prompt.text
        ));
    }
}

/// Says what of a long conversation the model no longer sees.
fn tell_left_out(lang: Lang, fitted: &Fitted) {
    let (key, n) = match (fitted.left_out_turns, fitted.left_out_tokens) {
        (0, 0) => return,
        (0, n) => ("cli.chat_left_out_tokens", n),
        (n, _) => ("cli.chat_left_out", n),
    };
    say(messages::text(lang, key, &[("n", &n.to_string())]));
}

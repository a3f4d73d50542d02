//! `sanjie`: the one binary. Parses the command line, calls the libraries, says in the person's language what came of it.
//!
//! Standard output is data, standard error is progress and messages; exit codes are 0 done, 1 failed, 2 usage and
//! 130 interrupted after saving. Holds no logic that a user of the libraries would miss.

mod chat;
mod data;
mod eval;
mod generate;
mod model;
mod serve;
mod start;
mod train;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use messages::Lang;
use std::io::Write;
use std::process::ExitCode;
use sys::Coded;

/// Train small language models on this machine's CPU, and let them write.
#[derive(Parser)]
#[command(name = "sanjie", version)]
struct Arguments {
    /// Language of messages: zh or en; otherwise LC_ALL and LANG decide.
    #[arg(long, global = true, value_parser = ["zh", "en"])]
    lang: Option<String>,
    // Without a command the studio starts.
    #[command(flatten)]
    start: start::Arguments,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Open the studio in the browser: train, watch, talk.
    Start(start::Arguments),
    /// Train a model by a recipe.
    Train(train::Arguments),
    /// Continue a text with a trained model.
    Generate(generate::Arguments),
    /// Measure a model by a suite.
    Eval(eval::Arguments),
    /// Talk to a trained model.
    Chat(chat::Arguments),
    /// Serve a model over OpenAI's HTTP API.
    Serve(serve::Arguments),
    /// Public data sets: list them, fetch one.
    Data(data::Arguments),
}

/// What a command comes to, as an exit code.
pub enum Outcome {
    /// 0.
    Done,
    /// 2: the command line asks for something that does not exist.
    Usage,
    /// 130: stopped by the person, and saved.
    Interrupted,
}

/// An error on its way to the person.
pub type Failure = Box<dyn Coded>;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let lang = arguments.lang.as_deref().and_then(Lang::parse).unwrap_or_else(Lang::detect);
    let command = match arguments.command {
        Some(_) if arguments.start.are_given() => {
            let refusal = messages::text(lang, "cli.start_flags", &[]);
            Arguments::command().error(ErrorKind::ArgumentConflict, refusal).exit()
        }
        Some(command) => command,
        None => Command::Start(arguments.start),
    };
    let outcome = match kernels::cpu::check() {
        Err(error) => Err(Box::new(error) as Failure),
        Ok(()) => match command {
            Command::Start(arguments) => start::run(lang, arguments),
            Command::Train(arguments) => train::run(lang, arguments),
            Command::Generate(arguments) => generate::run(lang, arguments),
            Command::Eval(arguments) => eval::run(lang, arguments),
            Command::Chat(arguments) => chat::run(lang, arguments),
            Command::Serve(arguments) => serve::run(lang, arguments),
            Command::Data(arguments) => data::run(lang, arguments),
        },
    };
    match outcome {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Usage) => ExitCode::from(2),
        Ok(Outcome::Interrupted) => ExitCode::from(130),
        Err(error) => {
            complain(lang, &messages::render(lang, error.as_ref()));
            let is_usage = matches!(error.code(), "recipe.unknown_set_key" | "recipe.bad_set");
            ExitCode::from(if is_usage { 2 } else { 1 })
        }
    }
}

/// Prints a line of data; a closed pipe ends the output, and then there is nobody left to tell.
pub fn print_line(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Prints an error message.
pub fn complain(lang: Lang, message: &str) {
    eprintln!("{}", messages::text(lang, "error", &[("message", message)]));
}

//! `sanjie`: the one binary. Parses the command line, calls the libraries, says in the person's language what came of it.
//!
//! Standard output is data, standard error is progress and messages; exit codes are 0 done, 1 failed, 2 usage and
//! 130 interrupted after saving. Holds no logic that a user of the libraries would miss.

// These panic where nobody reads, and a run would end with them: `print_line` and `say` do not.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod capabilities;
mod chat;
mod classify;
mod data;
mod dev;
mod dev_author;
mod dev_course;
mod embed;
mod estimate;
mod eval;
mod generate;
mod help;
mod input;
mod inspect;
mod kb;
mod kb_calibrate;
mod kb_compare;
mod kb_embedder;
mod lab;
mod language;
mod me;
mod model;
mod path;
mod plug;
mod pull;
mod recipe;
mod sampling;
mod search;
mod serve;
mod start;
mod train;
mod usage;
mod verify;
mod visible;
mod working;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use messages::Lang;
use std::ffi::OsString;
use std::fmt::Display;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::OnceLock;
use sys::{Coded, SystemError};

// What `--help` says of each command and argument stands in the catalogue of `messages`; see `help`.
#[derive(Parser)]
#[command(name = "sanjie", version)]
struct Arguments {
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
    Start(start::Arguments),
    Train(train::Arguments),
    Estimate(estimate::Arguments),
    Generate(generate::Arguments),
    Chat(chat::Arguments),
    Serve(serve::Arguments),
    Eval(eval::Arguments),
    Embed(embed::Arguments),
    Classify(classify::Arguments),
    Inspect(inspect::Arguments),
    Verify(verify::Arguments),
    Pull(pull::Arguments),
    Capabilities(capabilities::Arguments),
    Kb(kb::Arguments),
    Search(search::Arguments),
    Ask(search::AskArguments),
    Data(data::Arguments),
    Path(path::Arguments),
    Next(path::NextArguments),
    Lab(lab::Arguments),
    Me(me::Arguments),
    Lang(language::Arguments),
    #[command(hide = true)]
    Dev(dev::Arguments),
}

/// The exit code of a command that a person stopped.
const INTERRUPTED: u8 = 130;

/// What a command comes to, as an exit code.
pub enum Outcome {
    /// 0.
    Done,
    /// 1: what was checked does not hold; the output says so.
    Failed,
    /// 2: the command line asks for something that does not exist.
    Usage,
    /// [`INTERRUPTED`]: stopped by the person, and saved.
    Interrupted,
}

/// An error on its way to the person.
pub type Failure = Box<dyn Coded>;

/// Sends an error on its way.
pub fn failure(error: impl Coded + 'static) -> Failure {
    Box::new(error)
}

fn main() -> ExitCode {
    sys::ignore_file_limit();
    let line: Vec<OsString> = help::expanded(std::env::args_os().collect());
    let lang = language::of(&line);
    let code = run(lang, &line);
    written(std::io::stdout().flush());
    match OUTPUT_LOST.get() {
        None => ExitCode::from(code),
        Some(cause) => {
            let cause = messages::render(lang, cause);
            complain(lang, &messages::text(lang, "cli.output", &[("cause", &cause)]));
            ExitCode::from(code.max(1))
        }
    }
}

/// Does what the line asks for and gives the exit code.
fn run(lang: Lang, line: &[OsString]) -> u8 {
    let parsed = help::localised(Arguments::command(), lang).try_get_matches_from(line);
    let arguments = match parsed.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(arguments) => arguments,
        Err(error) => {
            let root = Arguments::command();
            let (name, command) = help::command_of(&root, line);
            return usage::report(lang, &error, &name, command);
        }
    };
    let command = match arguments.command {
        Some(_) if arguments.start.are_given() => {
            complain(lang, &messages::text(lang, "cli.start_flags", &[]));
            return 2;
        }
        Some(command) => command,
        None => Command::Start(arguments.start),
    };
    let outcome = match kernels::cpu::check().and_then(|()| kernels::pool::check()) {
        Err(error) => Err(failure(error)),
        Ok(()) => match command {
            Command::Start(arguments) => start::run(lang, arguments),
            Command::Train(arguments) => train::run(lang, arguments),
            Command::Estimate(arguments) => estimate::run(lang, &arguments),
            Command::Generate(arguments) => generate::run(lang, arguments),
            Command::Eval(arguments) => eval::run(lang, arguments),
            Command::Chat(arguments) => chat::run(lang, arguments),
            Command::Serve(arguments) => serve::run(lang, arguments),
            Command::Embed(arguments) => embed::run(lang, &arguments),
            Command::Classify(arguments) => classify::run(&arguments),
            Command::Inspect(arguments) => inspect::run(lang, &arguments),
            Command::Verify(arguments) => verify::run(lang, &arguments),
            Command::Pull(arguments) => pull::run(lang, &arguments),
            Command::Capabilities(arguments) => capabilities::run(lang, &arguments),
            Command::Kb(arguments) => kb::run(lang, arguments),
            Command::Search(arguments) => search::run(lang, &arguments),
            Command::Ask(arguments) => search::ask(lang, &arguments),
            Command::Data(arguments) => data::run(lang, arguments),
            Command::Path(arguments) => path::run(lang, &arguments),
            Command::Next(arguments) => path::run_next(lang, &arguments),
            Command::Lab(arguments) => lab::run(lang, arguments),
            Command::Me(arguments) => me::run(lang, &arguments),
            Command::Lang(arguments) => language::run(lang, &arguments),
            Command::Dev(arguments) => dev::run(lang, arguments),
        },
    };
    match outcome {
        Ok(Outcome::Done) => 0,
        Ok(Outcome::Failed) => 1,
        Ok(Outcome::Usage) => 2,
        Ok(Outcome::Interrupted) => INTERRUPTED,
        Err(error) => {
            complain(lang, &messages::render(lang, error.as_ref()));
            let is_usage = matches!(error.code(), "recipe.unknown_set_key" | "recipe.bad_set");
            if is_usage { 2 } else { 1 }
        }
    }
}

/// Why output was lost, if some was.
static OUTPUT_LOST: OnceLock<SystemError> = OnceLock::new();

/// This program as it was called, for a command that is to be typed again.
pub fn program() -> String {
    let called = std::env::args_os().next().filter(|name| !name.is_empty()).unwrap_or_else(|| "sanjie".into());
    sys::shell_quoted(Path::new(&called))
}

/// Does `handler` at Ctrl-C, when the process is told to end, and when its terminal goes, unless it was started to outlive that.
pub fn on_interrupt(handler: impl FnMut() + Send + 'static) {
    // Without a handler such a signal ends the process at once, as it does any other.
    let _ = sys::keeping_nohup(|| ctrlc::set_handler(handler));
}

/// Prints a line of data.
pub fn print_line(line: &str) {
    written(writeln!(std::io::stdout(), "{line}"));
}

/// Prints a piece of a text at once, as it comes.
pub fn print_piece(piece: &str) {
    let mut stdout = std::io::stdout();
    written(write!(stdout, "{piece}").and_then(|()| stdout.flush()));
}

/// Takes what came of writing to standard output. Lost output ends no work, a run of hours least of all, but the exit
/// code and a message say it. After a closed pipe nobody is left to tell, and whoever closed it had enough.
pub fn written(result: std::io::Result<()>) {
    match result {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => drop(OUTPUT_LOST.set(SystemError::of(&error))),
        _ => {}
    }
}

/// Says a line to the person. It is lost where nobody takes standard error any more, and that ends no work.
pub fn say(line: impl Display) {
    say_piece(format_args!("{line}\n"));
}

/// The same without the end of the line, for a prompt.
pub fn say_piece(piece: impl Display) {
    // In one call, so that nothing of another process comes between its parts.
    let _ = std::io::stderr().write_all(piece.to_string().as_bytes());
}

/// Says an error message.
pub fn complain(lang: Lang, message: &str) {
    say(messages::text(lang, "error", &[("message", message)]));
}

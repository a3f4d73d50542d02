//! The language of messages: `--lang`, else the choice that `sanjie lang` saved, else the environment.

use crate::{Failure, Outcome, failure, print_line, say};
use messages::Lang;
use std::ffi::OsString;

/// What `sanjie lang` takes.
#[derive(clap::Args)]
pub struct Arguments {
    #[arg(value_name = "LANGUAGE", value_parser = ["zh", "en", "auto"])]
    choice: Option<String>,
}

/// Saves the choice, or prints the language in use.
pub fn run(lang: Lang, arguments: &Arguments) -> Result<Outcome, Failure> {
    let Some(choice) = &arguments.choice else {
        print_line(lang.tag());
        return Ok(Outcome::Done);
    };
    Lang::save(Lang::parse(choice)).map_err(failure)?;
    // In the language that holds from now on.
    let key = if choice == "auto" { "cli.lang_auto" } else { "cli.lang_saved" };
    say(messages::text(Lang::detect(), key, &[]));
    Ok(Outcome::Done)
}

/// The language of a command line that is not parsed yet: help and complaints about it need one, too.
pub fn of(arguments: &[OsString]) -> Lang {
    let mut rest = arguments.iter().map(|argument| argument.to_string_lossy());
    let mut asked = None;
    while let Some(argument) = rest.next() {
        match argument.strip_prefix("--lang") {
            Some("") => asked = rest.next().and_then(|value| Lang::parse(&value)),
            Some(value) if value.starts_with('=') => asked = Lang::parse(&value[1..]),
            _ if argument == "--" => break,
            _ => {}
        }
    }
    asked.unwrap_or_else(Lang::detect)
}

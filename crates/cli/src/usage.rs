//! What is wrong with a command line, in the person's language, with what was probably meant.

use crate::{complain, help, written};
use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use messages::Lang;

/// Prints what parsing the line of `command` ended with, which is called `name`: help or the version that was asked for (exit code
/// 0), or what is wrong (2).
pub fn report(lang: Lang, error: &clap::Error, name: &str, command: &Command) -> u8 {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            written(error.print());
        }
        _ => complain(lang, &explain(lang, error, name, command)),
    }
    u8::try_from(error.exit_code()).unwrap_or(2)
}

/// The sentence, the usage, and a hint.
fn explain(lang: Lang, error: &clap::Error, name: &str, command: &Command) -> String {
    let say = |key: &str, fields: &[(&str, &str)]| messages::text(lang, key, fields);
    let get = |kind: ContextKind| error.get(kind).map(plain).unwrap_or_default();
    let (argument, value) = (get(ContextKind::InvalidArg), get(ContextKind::InvalidValue));
    let sentence = match error.kind() {
        ErrorKind::InvalidSubcommand => say("usage.command", &[("command", &get(ContextKind::InvalidSubcommand))]),
        ErrorKind::UnknownArgument => say("usage.argument", &[("argument", &argument)]),
        ErrorKind::InvalidValue if value.is_empty() => say("usage.no_value", &[("argument", &argument)]),
        ErrorKind::InvalidValue => {
            let expected = get(ContextKind::ValidValue);
            say("usage.value", &[("argument", &argument), ("value", &value), ("expected", &expected)])
        }
        ErrorKind::ValueValidation => {
            let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
            // The standard library's words for a text that is no number.
            let cause = match cause.as_str() {
                "invalid digit found in string" => say("usage.whole_number", &[]),
                "invalid float literal" => say("usage.number", &[]),
                "number too large to fit in target type" => say("usage.too_large", &[]),
                // `99999 is not in 0..=65535`, as clap says it.
                _ => match cause.split_once(" is not in ").and_then(|(_, range)| range.split_once("..=")) {
                    Some((from, to)) => say("usage.range", &[("from", from), ("to", to)]),
                    None => cause,
                },
            };
            say("usage.bad_value", &[("argument", &argument), ("value", &value), ("cause", &cause)])
        }
        ErrorKind::MissingRequiredArgument => {
            let missing: Vec<String> = argument.split(", ").map(|argument| with_values(argument, command)).collect();
            say("usage.missing", &[("arguments", &missing.join(", "))])
        }
        ErrorKind::ArgumentConflict => {
            let prior = get(ContextKind::PriorArg);
            let key = if prior == argument { "usage.twice" } else { "usage.conflict" };
            say(key, &[("argument", &argument), ("prior", &prior)])
        }
        ErrorKind::InvalidUtf8 => say("usage.not_utf8", &[]),
        // The rest cannot happen with what the commands take today; clap's own words are better than none.
        _ => error.to_string().lines().next().unwrap_or_default().trim_start_matches("error: ").to_string(),
    };
    let suggested = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue]
        .into_iter()
        .map(get)
        .find(|suggestion| !suggestion.is_empty());
    let usage = help::usage_words(&get(ContextKind::Usage), lang);
    let mut lines = vec![sentence];
    if !usage.is_empty() {
        lines.push(format!("{}{usage}", say("help.usage", &[])));
    }
    lines.push(match suggested {
        Some(suggestion) => say("usage.suggestion", &[("suggestion", &suggestion)]),
        None => say("usage.see_help", &[("command", name)]),
    });
    lines.join("\n")
}

/// An argument as it is written in a usage line, with the values to choose from in the place of their name.
fn with_values(written: &str, command: &Command) -> String {
    let named = written.split_once(' ').and_then(|(flag, _)| flag.strip_prefix("--"));
    let values = command.get_arguments().find(|arg| named.is_some() && arg.get_long() == named);
    let values: Vec<_> = values.into_iter().flat_map(|arg| arg.get_possible_values()).collect();
    match (named, values.is_empty()) {
        (Some(flag), false) => {
            let names: Vec<&str> = values.iter().map(|value| value.get_name()).collect();
            format!("--{flag} <{}>", names.join("|"))
        }
        _ => written.to_string(),
    }
}

fn plain(value: &ContextValue) -> String {
    match value {
        ContextValue::Strings(strings) => strings.join(", "),
        other => other.to_string(),
    }
}

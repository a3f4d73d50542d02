//! What is wrong with a command line, in the person's language, with what was probably meant.

use crate::{complain, help, written};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use messages::Lang;

/// Prints what parsing the line of `command` ended with: help or the version that was asked for (exit code 0), or what is wrong (2).
pub fn report(lang: Lang, error: &clap::Error, command: &str) -> u8 {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            written(error.print());
        }
        _ => complain(lang, &explain(lang, error, command)),
    }
    u8::try_from(error.exit_code()).unwrap_or(2)
}

/// The sentence, the usage, and a hint.
fn explain(lang: Lang, error: &clap::Error, command: &str) -> String {
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
        ErrorKind::MissingRequiredArgument => say("usage.missing", &[("arguments", &argument)]),
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
        None => say("usage.see_help", &[("command", command)]),
    });
    lines.join("\n")
}

fn plain(value: &ContextValue) -> String {
    match value {
        ContextValue::Strings(strings) => strings.join(", "),
        other => other.to_string(),
    }
}

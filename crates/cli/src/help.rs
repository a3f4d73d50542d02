//! Help in both languages: the words come from the catalogue, the structure from the definition of the command line.
//!
//! `clap` knows commands, arguments and defaults, but its own help has English headings. So each command becomes a
//! [`Page`], which is printed on the terminal by `--help` and as Markdown in `docs/cli.md`. Keys in the catalogue are
//! `help.COMMAND` for what it does, `help.COMMAND.example`, `help.COMMAND.ARGUMENT` and, where the values of an
//! argument need a word, `help.COMMAND.ARGUMENT.VALUE`. Options that every command takes stand under `help.option`.

use clap::{Arg, ArgAction, Command};
use messages::{Lang, text};
use std::ffi::OsString;
use std::fmt::Write;

/// Help text begins here, or on a line of its own when what it explains is longer.
const COLUMN: usize = 26;

/// What is to be said about one command.
pub struct Page {
    /// Its name with all above it, as in `sanjie data get`.
    pub name: String,
    /// Whether it is for this project's own use only.
    pub is_hidden: bool,
    usage: String,
    about: String,
    groups: Vec<(&'static str, Vec<Row>)>,
    example: String,
}

/// What is written, and what it means.
type Row = (String, String);

/// The command line with its help in `lang`.
pub fn localised(command: Command, lang: Lang) -> Command {
    let pages = pages(&command, lang);
    with_pages(command, "sanjie", &pages, lang)
}

/// A page for each command, the program itself first, then in the order of the definition.
pub fn pages(command: &Command, lang: Lang) -> Vec<Page> {
    let mut built = command.clone();
    built.build();
    let mut pages = Vec::new();
    collect(&mut built, "sanjie", lang, &mut pages);
    pages
}

/// `sanjie help COMMAND` is `sanjie COMMAND --help`.
pub fn expanded(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let mut at = 1;
    while let Some(argument) = arguments.get(at).and_then(|argument| argument.to_str()) {
        match argument {
            "help" => {
                arguments.remove(at);
                arguments.push("--help".into());
                break;
            }
            "--lang" => at += 2,
            _ if argument.starts_with("--lang=") => at += 1,
            _ => break,
        }
    }
    arguments
}

/// The command that a line names, as far as there is one, with its name: `sanjie data get`.
pub fn command_of<'c>(mut command: &'c Command, line: &[OsString]) -> (String, &'c Command) {
    let mut name = "sanjie".to_string();
    for word in line.iter().skip(1).filter_map(|word| word.to_str()) {
        if let Some(inner) = command.find_subcommand(word) {
            command = inner;
            name = format!("{name} {word}");
        }
    }
    (name, command)
}

/// What `clap` wrote in a usage line, in words of `lang`.
pub fn usage_words(usage: &str, lang: Lang) -> String {
    let usage = usage.trim().trim_start_matches("Usage:").trim();
    usage
        .replace("OPTIONS", &text(lang, "help.options_word", &[]))
        .replace("COMMAND", &text(lang, "help.command_word", &[]))
}

fn with_pages(command: Command, name: &str, pages: &[Page], lang: Lang) -> Command {
    let page = pages.iter().find(|page| page.name == name).expect("every command has a page");
    command.override_help(page.terminal(lang)).disable_help_subcommand(true).mut_subcommands(|inner| {
        let name = format!("{name} {}", inner.get_name());
        with_pages(inner, &name, pages, lang)
    })
}

fn collect(command: &mut Command, name: &str, lang: Lang, pages: &mut Vec<Page>) {
    let usage = usage_words(&command.render_usage().to_string(), lang);
    let shown = |arg: &&Arg| !arg.is_hide_set();
    let (mut arguments, mut options) = (Vec::new(), Vec::new());
    for arg in command.get_arguments().filter(shown) {
        let group = if arg.is_positional() { &mut arguments } else { &mut options };
        describe(arg, name, lang, group);
    }
    let commands = command
        .get_subcommands()
        .filter(|inner| !inner.is_hide_set() && inner.get_name() != "help")
        .map(|inner| {
            let inner = inner.get_name();
            let about = text(lang, &key(&format!("{name} {inner}")), &[]);
            (inner.to_string(), first_sentence(&about).to_string())
        })
        .collect();
    pages.push(Page {
        name: name.to_string(),
        is_hidden: command.is_hide_set(),
        usage,
        about: text(lang, &key(name), &[]),
        groups: vec![("help.commands", commands), ("help.arguments", arguments), ("help.options", options)],
        example: text(lang, &format!("{}.example", key(name)), &[]),
    });
    for inner in command.get_subcommands_mut() {
        if inner.get_name() != "help" {
            let name = format!("{name} {}", inner.get_name());
            collect(inner, &name, lang, pages);
        }
    }
}

fn describe(arg: &Arg, name: &str, lang: Lang, rows: &mut Vec<Row>) {
    let key = argument_key(arg, name);
    let mut words = text(lang, &key, &[]);
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    let default = defaults.join(" ");
    if arg.get_action().takes_values() && !default.is_empty() {
        words.push_str(&text(lang, "help.default", &[("value", &default)]));
    }
    rows.push((spelling(arg), words));
    for value in valued(arg) {
        let key = format!("{key}.{value}");
        if messages::catalogue(lang).contains_key(&key) {
            rows.push((format!("  {value}"), text(lang, &key, &[])));
        }
    }
}

fn valued(arg: &Arg) -> Vec<String> {
    let values = if arg.get_action().takes_values() { arg.get_possible_values() } else { vec![] };
    values.iter().map(|value| value.get_name().to_string()).collect()
}

/// What a list of commands says of each.
fn first_sentence(about: &str) -> &str {
    let end = about.find(". ").or(about.find('。')).unwrap_or(about.len());
    about[..end].trim_end_matches('.')
}

/// `-h, --help`, `--out <OUT>`, `<RECIPE>`.
fn spelling(arg: &Arg) -> String {
    let value = match (arg.get_action(), arg.get_value_names()) {
        (ArgAction::Set | ArgAction::Append, Some(names)) => format!("<{}>", names.join("> <")),
        _ => String::new(),
    };
    let flags = match (arg.get_short(), arg.get_long()) {
        (Some(short), Some(long)) => format!("-{short}, --{long}"),
        (None, Some(long)) => format!("--{long}"),
        (Some(short), None) => format!("-{short}"),
        (None, None) => String::new(),
    };
    format!("{flags} {value}").trim().to_string()
}

/// `sanjie data get` has `help.data.get`, the program itself `help.sanjie`.
fn key(name: &str) -> String {
    format!("help.{}", name.strip_prefix("sanjie ").unwrap_or(name).replace(' ', "."))
}

fn argument_key(arg: &Arg, name: &str) -> String {
    let id = arg.get_id().as_str();
    if arg.is_global_set() || matches!(id, "help" | "version") {
        return format!("help.option.{id}");
    }
    // What the program itself takes is what `start` takes.
    let name = if name == "sanjie" { "sanjie start" } else { name };
    format!("{}.{id}", key(name))
}

impl Page {
    /// For a terminal; headings are bold where that can be shown.
    fn terminal(&self, lang: Lang) -> String {
        let heading = |key: &str| format!("\u{1b}[1m{}\u{1b}[0m", text(lang, key, &[]));
        let mut out = format!("{}\n\n{}{}\n", self.about, heading("help.usage"), self.usage);
        for (key, rows) in self.groups.iter().filter(|(_, rows)| !rows.is_empty()) {
            let _ = writeln!(out, "\n{}", heading(key));
            for (what, words) in rows {
                if what.len() + 2 < COLUMN {
                    let _ = writeln!(out, "  {what:width$}{words}", width = COLUMN - 2);
                } else {
                    let _ = writeln!(out, "  {what}\n{:COLUMN$}{words}", "");
                }
            }
        }
        let _ = writeln!(out, "\n{}", heading("help.example"));
        for line in self.example.lines() {
            let _ = writeln!(out, "  {line}");
        }
        out
    }

    /// For a document.
    pub fn markdown(&self, lang: Lang) -> String {
        let mut out = format!("## {}\n\n{}\n\n```text\n{}\n```\n", self.name, self.about, self.usage);
        for (_, rows) in self.groups.iter().filter(|(_, rows)| !rows.is_empty()) {
            out.push('\n');
            for (what, words) in rows {
                let indent = what.len() - what.trim_start().len();
                let _ = writeln!(out, "{:indent$}- `{}`: {words}", "", what.trim_start());
            }
        }
        let _ = writeln!(out, "\n{}\n\n```sh\n{}\n```", text(lang, "help.example", &[]), self.example.trim_end());
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;
    use std::collections::BTreeSet;

    /// Every key that the command line needs; of an argument's values either all have one or none.
    fn needed(command: &Command, name: &str, keys: &mut BTreeSet<String>) {
        keys.extend([key(name), format!("{}.example", key(name))]);
        for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
            let key = argument_key(arg, name);
            let explained = |value: &String| messages::catalogue(Lang::En).contains_key(&format!("{key}.{value}"));
            let values = valued(arg);
            if values.iter().any(explained) {
                keys.extend(values.iter().map(|value| format!("{key}.{value}")));
            }
            keys.insert(key);
        }
        for inner in command.get_subcommands() {
            needed(inner, &format!("{name} {}", inner.get_name()), keys);
        }
    }

    #[test]
    fn every_command_and_argument_is_explained_in_both_languages_and_nothing_else() {
        let mut command = crate::Arguments::command().disable_help_subcommand(true);
        command.build();
        let mut keys = BTreeSet::new();
        needed(&command, "sanjie", &mut keys);
        for heading in
            ["usage", "commands", "arguments", "options", "example", "default", "options_word", "command_word"]
        {
            keys.insert(format!("help.{heading}"));
        }
        for lang in [Lang::En, Lang::Zh] {
            let has: BTreeSet<String> =
                messages::catalogue(lang).keys().filter(|key| key.starts_with("help.")).cloned().collect();
            let lacks: Vec<_> = keys.difference(&has).collect();
            let stale: Vec<_> = has.difference(&keys).collect();
            assert!(lacks.is_empty() && stale.is_empty(), "{lang:?} lacks {lacks:?}, has {stale:?} for nothing");
        }
    }

    #[test]
    fn help_before_a_command_is_help_after_it() {
        let expand = |line: &str| {
            let words = expanded(line.split(' ').map(OsString::from).collect());
            words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(expand("sanjie help"), "sanjie --help");
        assert_eq!(expand("sanjie --lang zh help data get"), "sanjie --lang zh data get --help");
        assert_eq!(expand("sanjie generate help"), "sanjie generate help");
    }
}

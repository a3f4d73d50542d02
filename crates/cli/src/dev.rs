//! `sanjie dev`: what the project needs of its own program.

use crate::{Arguments as Program, Failure, Outcome, dev_author, dev_course, help, print_line};
use clap::CommandFactory;
use messages::Lang;

/// What `sanjie dev` takes.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    // docs/cli.md and docs/cli.zh.md are this.
    CliReference,
    NewTopic(dev_author::NewTopicArguments),
    Preview(dev_author::PreviewArguments),
    Check(dev_course::CheckArguments),
    Mutate(dev_course::MutateArguments),
}

/// Runs it.
pub fn run(lang: Lang, arguments: Arguments) -> Result<Outcome, Failure> {
    match arguments.command {
        Command::CliReference => print_line(reference(lang).trim_end()),
        Command::NewTopic(arguments) => return dev_author::new_topic(lang, &arguments),
        Command::Preview(arguments) => return dev_author::preview(lang, arguments),
        Command::Check(arguments) => return dev_course::check(lang, &arguments),
        Command::Mutate(arguments) => return dev_course::mutate(lang, &arguments),
    }
    Ok(Outcome::Done)
}

/// Every command for people as a document.
fn reference(lang: Lang) -> String {
    let pages = help::pages(&Program::command(), lang);
    // Of a hidden command the inner ones are hidden too.
    let hidden: Vec<String> =
        pages.iter().filter(|page| page.is_hidden).map(|page| format!("{} ", page.name)).collect();
    let shown = pages.iter().filter(|page| !hidden.iter().any(|name| format!("{} ", page.name).starts_with(name)));
    let mut out = messages::text(lang, "cli.reference", &[]);
    for page in shown {
        out.push('\n');
        out.push_str(&page.markdown(lang));
    }
    out
}

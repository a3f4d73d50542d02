//! `sanjie me`: what the log says about the learner; taking it to another computer and back.

use crate::path::{CurriculumArguments, open_log, said};
use crate::{Failure, Outcome, failure, print_line, say, train};
use course::progress::{self, Totals};
use messages::{Lang, text};
use std::path::PathBuf;

/// What `sanjie me` takes.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(flatten)]
    curriculum: CurriculumArguments,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(clap::Subcommand)]
enum Command {
    Export(FileArguments),
    Import(FileArguments),
}

/// A file of events.
#[derive(clap::Args)]
struct FileArguments {
    file: PathBuf,
}

/// Runs it.
pub fn run(lang: Lang, arguments: &Arguments) -> Result<Outcome, Failure> {
    match &arguments.command {
        None => summary(lang, arguments),
        Some(Command::Export(FileArguments { file })) => {
            let lines = open_log()?.export().map_err(failure)?;
            sys::atomic_file::write(file, lines.as_bytes()).map_err(failure)?;
            let fields = [("events", lines.lines().count().to_string()), ("file", file.display().to_string())];
            say(train::text(lang, "cli.me_exported", &fields));
            Ok(Outcome::Done)
        }
        Some(Command::Import(FileArguments { file })) => {
            let bytes = sys::atomic_file::read(file).map_err(failure)?;
            let name = file.display().to_string();
            let imported = open_log()?.import(&String::from_utf8_lossy(&bytes), &name).map_err(failure)?;
            let counts = [("added", imported.added), ("known", imported.known), ("damaged", imported.damaged)];
            say(train::text(lang, "cli.me_imported", &counts.map(|(name, count)| (name, count.to_string()))));
            Ok(Outcome::Done)
        }
    }
}

fn summary(lang: Lang, arguments: &Arguments) -> Result<Outcome, Failure> {
    let curriculum = arguments.curriculum.load()?;
    let events = open_log()?.events().map_err(failure)?;
    let Totals { attempts, passes, hints, .. } = progress::totals(&events);
    let topics = progress::passed(&curriculum, &events).count();
    let fields = [("attempts", attempts), ("passes", passes), ("hints", hints), ("topics", topics)];
    let fields = fields.map(|(name, count)| (name, count.to_string()));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    print_line(&text(lang, "cli.me_summary", &fields));
    for skill in progress::skills(&curriculum, &events, sys::unix_millis()) {
        let percent = format!("{:3.0}", skill.mastery.probability * 100.0);
        let due = match skill.due_in_days {
            None => String::new(),
            Some(1) => text(lang, "cli.me_due_tomorrow", &[]),
            Some(days) if days > 0 => text(lang, "cli.me_due_in", &[("days", &days.to_string())]),
            Some(_) => text(lang, "cli.me_due", &[]),
        };
        let key = if skill.mastery.is_mastered() { "cli.me_mastered" } else { "cli.me_skill" };
        let fields = [("percent", percent.as_str()), ("skill", said(lang, skill.title)), ("due", &due)];
        print_line(text(lang, key, &fields).trim_end());
    }
    for met in progress::traps(&curriculum, &events) {
        let key = if met.left { "cli.me_trap_left" } else { "cli.me_trap_met" };
        let fields = [("trap", said(lang, &met.says)), ("topic", &met.topic), ("times", &met.times.to_string())];
        print_line(&text(lang, key, &fields));
    }
    Ok(Outcome::Done)
}

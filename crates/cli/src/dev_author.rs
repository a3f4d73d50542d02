//! `sanjie dev new-topic` and `sanjie dev preview`: beginning a topic, and seeing it as a learner does.

use crate::path::CurriculumArguments;
use crate::start::{self, PORT_DEFAULT};
use crate::{Failure, Outcome, failure, print_line, say};
use course::{Curriculum, skeleton, sound};
use messages::{Lang, text};
use std::path::PathBuf;
use studio::Preview;

/// What `sanjie dev new-topic` takes.
#[derive(clap::Args)]
pub struct NewTopicArguments {
    id: String,
    #[command(flatten)]
    curriculum: CurriculumArguments,
}

/// What `sanjie dev preview` takes.
#[derive(clap::Args)]
pub struct PreviewArguments {
    topic: Option<String>,
    #[command(flatten)]
    curriculum: CurriculumArguments,
    #[arg(long, default_value_t = PORT_DEFAULT)]
    port: u16,
    #[arg(long)]
    no_open: bool,
}

/// Runs `sanjie dev new-topic`: prints the files it wrote, and says how to go on.
pub fn new_topic(lang: Lang, arguments: &NewTopicArguments) -> Result<Outcome, Failure> {
    let folder = folder_here(&arguments.curriculum).unwrap_or_else(|| "curriculum".into());
    let there = folder.join("graph.toml").is_file().then_some(folder.as_path());
    let curriculum = Curriculum::load(there).map_err(failure)?;
    let files = skeleton::write(&curriculum, &arguments.id, &folder).map_err(failure)?;
    let mut n_unwritten = 0;
    let written = Curriculum::load(Some(&folder)).map_err(failure)?;
    for (file, _) in written.lines_with(sound::UNWRITTEN, Some(&folder)) {
        n_unwritten += usize::from(files.iter().any(|known| known.display().to_string() == file));
    }
    files.iter().for_each(|file| print_line(&file.display().to_string()));
    let (n_unwritten, folder) = (n_unwritten.to_string(), folder.display().to_string());
    let fields = [("id", arguments.id.as_str()), ("n", &n_unwritten), ("mark", sound::UNWRITTEN), ("folder", &folder)];
    say(text(lang, "cli.dev_new_topic", &fields));
    Ok(Outcome::Done)
}

/// Runs `sanjie dev preview` until Ctrl-C.
pub fn preview(lang: Lang, arguments: PreviewArguments) -> Result<Outcome, Failure> {
    let folder = folder_here(&arguments.curriculum);
    match Curriculum::load(folder.as_deref()) {
        Ok(curriculum) => {
            if let Some(topic) = &arguments.topic {
                curriculum.expect_topic(topic).map_err(failure)?;
            }
        }
        // A folder that can be mended is what a preview is for; one that is not there cannot.
        Err(error) if folder.as_ref().is_none_or(|folder| !folder.is_dir()) => return Err(failure(error)),
        Err(error) => say(text(lang, "error", &[("message", &messages::render(lang, &error))])),
    }
    match &folder {
        Some(folder) => {
            say(text(lang, "cli.dev_preview", &[("folder", &folder.display().to_string())]));
        }
        None => say(text(lang, "cli.dev_preview_built_in", &[])),
    }
    let preview = Preview { folder, topic: arguments.topic };
    start::serve(lang, arguments.port, !arguments.no_open, Some(preview))
}

/// The folder named, else the one that the command is given in or beside: with a `graph.toml`.
fn folder_here(arguments: &CurriculumArguments) -> Option<PathBuf> {
    let here = ["curriculum", "."].map(PathBuf::from).into_iter().find(|folder| folder.join("graph.toml").is_file());
    arguments.folder().cloned().or(here)
}

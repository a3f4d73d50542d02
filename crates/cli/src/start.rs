//! `sanjie start`, and `sanjie` alone: the studio, until Ctrl-C.

use crate::{Failure, Outcome, failure, kb_embedder, print_line, say};
use messages::Lang;
use retrieval::knowledge_base::OpenedEmbedder;
use std::sync::Arc;
use studio::{Config, Preview};

/// Where the studio listens when nobody says otherwise.
pub const PORT_DEFAULT: u16 = 7878;

/// What `sanjie start` takes.
#[derive(clap::Args, Default)]
#[group(id = "studio")]
pub struct Arguments {
    #[arg(long)]
    port: Option<u16>,
    #[arg(long)]
    no_open: bool,
}

impl Arguments {
    /// Whether anything was asked for.
    pub fn are_given(&self) -> bool {
        self.port.is_some() || self.no_open
    }
}

/// Runs it until Ctrl-C or SIGTERM.
pub fn run(lang: Lang, arguments: Arguments) -> Result<Outcome, Failure> {
    serve(lang, arguments.port.unwrap_or(PORT_DEFAULT), !arguments.no_open, None)
}

/// As the command line opens it.
fn open_embedder(written: &str) -> Result<OpenedEmbedder, studio::Refusal> {
    kb_embedder::open(written).map_err(|error| -> studio::Refusal { Arc::new(error) })
}

/// The studio, with a topic as its author sees it where there is one.
pub fn serve(lang: Lang, port: u16, open: bool, preview: Option<Preview>) -> Result<Outcome, Failure> {
    let program = std::env::current_exe().unwrap_or_else(|_| "sanjie".into());
    let config = Config { port, home: sys::data_folder(), open, program, lang, preview, embedders: open_embedder };
    let tell = |key: &str, fields: &[(&str, &str)]| say(messages::text(lang, key, fields));
    let trainings = studio::run(config, |url| {
        print_line(url);
        tell("cli.studio", &[]);
        if !studio::has_pages() {
            tell("cli.no_pages", &[]);
        }
    })
    .map_err(failure)?;
    if !trainings.is_empty() {
        tell("cli.studio_trainings", &[("runs", &trainings.join(", "))]);
    }
    Ok(Outcome::Done)
}

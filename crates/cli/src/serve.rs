//! `sanjie serve`: a model behind OpenAI's HTTP API.

use crate::{Failure, Outcome, failure, model};
use ::serve::{ModelHandle, Options};
use messages::Lang;
use std::path::PathBuf;

/// What `sanjie serve` takes.
#[derive(clap::Args)]
pub struct Arguments {
    dir: PathBuf,
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    #[arg(long, default_value_t = 8080)]
    port: u16,
}

/// Runs it until Ctrl-C or SIGTERM.
pub fn run(lang: Lang, arguments: Arguments) -> Result<Outcome, Failure> {
    let handle = ModelHandle::open(&arguments.dir).map_err(failure)?;
    model::warn_of_damaged(lang, handle.skipped());
    let name = handle.name().to_string();
    let options = Options { host: arguments.host, port: arguments.port, lang };
    ::serve::run(handle, &options, |address| {
        let fields = [("name", name.as_str()), ("url", &format!("http://{address}/v1"))];
        eprintln!("{}", messages::text(lang, "cli.serving", &fields));
    })
    .map_err(failure)?;
    Ok(Outcome::Done)
}

//! `sanjie serve`: a model behind OpenAI's HTTP API.

use crate::{Failure, Outcome, failure, model, say};
use ::serve::{EncoderHandle, ModelHandle, Options};
use messages::Lang;
use std::path::PathBuf;

/// What `sanjie serve` takes.
#[derive(clap::Args)]
pub struct Arguments {
    dir: PathBuf,
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    #[arg(long, default_value_t = 8080, allow_negative_numbers = true)]
    port: u16,
}

/// Runs it until Ctrl-C or SIGTERM.
pub fn run(lang: Lang, arguments: Arguments) -> Result<Outcome, Failure> {
    let path = model::located(&arguments.dir)?;
    let (name, routes) = if models::encoder::is_encoder(&path) {
        let handle = EncoderHandle::open(path).map_err(failure)?;
        (handle.name().to_string(), ::serve::encoder_router(handle, lang))
    } else {
        let handle = ModelHandle::open(path).map_err(failure)?;
        model::warn_of_damaged(lang, handle.skipped());
        (handle.name().to_string(), ::serve::router(handle, lang))
    };
    let options = Options { host: arguments.host, port: arguments.port };
    ::serve::run(routes, &options, |address| {
        let fields = [("name", name.as_str()), ("url", &format!("http://{address}/v1"))];
        say(messages::text(lang, "cli.serving", &fields));
    })
    .map_err(failure)?;
    Ok(Outcome::Done)
}

//! `sanjie inspect`: what a model's files say of themselves, without running it.

use crate::train::grouped;
use crate::visible::visible;
use crate::{Failure, Outcome, failure, model, print_line};
use ::text::tokenizer::kind_name;
use formats::checkpoint::ArrayInfo;
use messages::{Lang, text};
use models::published::Published;
use serde_json::json;
use std::path::PathBuf;

/// What `sanjie inspect` takes.
#[derive(clap::Args)]
pub struct Arguments {
    path: PathBuf,
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub fn run(lang: Lang, arguments: &Arguments) -> Result<Outcome, Failure> {
    let published = Published::open(model::located(&arguments.path)?).map_err(failure)?;
    model::warn_of_damaged(lang, &published.skipped);
    if arguments.json {
        print_line(&facts(&published).to_string());
    } else {
        tell(lang, &published);
    }
    Ok(Outcome::Done)
}

fn facts(published: &Published) -> serde_json::Value {
    let mut facts = json!({
        "architecture": published.architecture(),
        "n_params": published.n_params(),
        "file_types": published.checkpoint.dtypes(),
        "vocab_size": published.vocab_size(),
        "context": published.context(),
        "chat_template": published.chat_template().is_some(),
        "tokenizer": published.tokenizer(kind_name),
        "bytes": n_bytes(published),
    });
    if let Some(license) = published.license() {
        facts["license"] = license.into();
    }
    facts
}

fn tell(lang: Lang, published: &Published) {
    let unknown = || text(lang, "cli.inspect_unknown", &[]);
    let number = |n: Option<usize>| n.map_or_else(unknown, |n| grouped(n as u64));
    let types: Vec<String> =
        published.checkpoint.dtypes().iter().map(|(name, n)| format!("{name} \u{d7} {n}")).collect();
    let template = if published.chat_template().is_some() { "cli.inspect_yes" } else { "cli.inspect_no" };
    let rows = [
        ("cli.inspect_architecture", published.architecture().map_or_else(unknown, str::to_string)),
        ("cli.inspect_weights", grouped(published.n_params() as u64)),
        ("cli.inspect_bytes", format!("{:.1} MB", n_bytes(published) as f64 / 1e6)),
        ("cli.inspect_types", types.join(", ")),
        ("cli.inspect_vocabulary", number(published.vocab_size())),
        ("cli.inspect_context", number(published.context())),
        ("cli.inspect_tokenizer", published.tokenizer(kind_name).unwrap_or_else(unknown)),
        ("cli.inspect_template", text(lang, template, &[])),
        ("cli.inspect_license", published.license().unwrap_or_else(unknown)),
    ];
    for (key, value) in rows {
        // What a file says of itself is not the program's own: it may hold commands for the terminal.
        print_line(&text(lang, key, &[("value", &visible(&value))]));
    }
    print_line("");
    for ArrayInfo { name, shape, dtype, range, .. } in published.checkpoint.arrays() {
        let name = visible(name);
        print_line(&format!("{name:44} {:8} {:>20} {:>12}", dtype.name(), format!("{shape:?}"), range.len()));
    }
}

fn n_bytes(published: &Published) -> usize {
    published.checkpoint.arrays().iter().map(|array| array.range.len()).sum()
}

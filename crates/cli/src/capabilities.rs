//! `sanjie capabilities`: what is read of published models, as far as tests prove it.

use crate::{Failure, Outcome, print_line};
use messages::{Lang, text};
use models::capabilities::{self, Format, Task};
use serde_json::json;

/// What `sanjie capabilities` takes.
#[derive(clap::Args)]
pub struct Arguments {
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub fn run(lang: Lang, arguments: &Arguments) -> Result<Outcome, Failure> {
    let families = capabilities::families();
    let formats = Format::ALL.map(Format::name);
    let types = capabilities::quantisation_types();
    if arguments.json {
        let families: Vec<_> = families
            .iter()
            .map(|family| {
                let formats: Vec<_> = family.formats.iter().map(|format| format.name()).collect();
                let tasks: Vec<_> = family.tasks.iter().map(|task| task.name()).collect();
                json!({ "name": family.name, "kind": family.kind.name(), "tasks": tasks, "formats": formats })
            })
            .collect();
        let all = json!({
            "families": families,
            "formats": formats,
            "quantisation_types": types,
            "tokenizers": capabilities::TOKENIZERS,
            "templates": ::text::template::PROVEN,
        });
        print_line(&all.to_string());
        return Ok(Outcome::Done);
    }
    for family in families {
        let formats: Vec<_> = family.formats.iter().map(|format| format.name()).collect();
        let word = |task: &Task| match task {
            Task::Text => text(lang, "cli.capabilities_text", &[]),
            Task::Vectors => text(lang, "cli.capabilities_vectors", &[]),
            Task::Labels => text(lang, "cli.capabilities_labels", &[]),
            Task::Relevance => text(lang, "cli.capabilities_relevance", &[]),
        };
        let tasks: Vec<_> = family.tasks.iter().map(word).collect();
        let tasks = tasks.join(&text(lang, "cli.capabilities_and", &[]));
        print_line(&format!("{:11}  {tasks}  {}", family.name, formats.join(", ")));
    }
    let rows = [
        ("cli.capabilities_types", types.join(" ")),
        ("cli.capabilities_tokenizers", capabilities::TOKENIZERS.join(" ")),
        ("cli.capabilities_templates", ::text::template::PROVEN.join(" ")),
    ];
    for (key, value) in rows {
        print_line(&text(lang, key, &[("value", &value)]));
    }
    Ok(Outcome::Done)
}

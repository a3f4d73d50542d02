//! `sanjie data`: public data sets by name, listed and fetched.

use crate::{Failure, Outcome, failure, on_interrupt, print_line, say};
use hub::{Dataset, Event, Got, HubError, Patience, Store};
use indicatif::{ProgressBar, ProgressStyle};
use messages::Lang;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// What `sanjie data` takes.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    List(ListArguments),
    Get(GetArguments),
}

/// What `sanjie data list` takes.
#[derive(clap::Args)]
struct ListArguments {
    #[arg(long)]
    json: bool,
}

/// What `sanjie data get` takes.
#[derive(clap::Args)]
struct GetArguments {
    name: String,
    #[arg(long, value_name = "FILE")]
    from: Vec<PathBuf>,
}

/// Runs it.
pub fn run(lang: Lang, arguments: Arguments) -> Result<Outcome, Failure> {
    match arguments.command {
        Command::List(arguments) => list(lang, &arguments),
        Command::Get(arguments) => get(lang, &arguments)?,
    }
    Ok(Outcome::Done)
}

fn list(lang: Lang, arguments: &ListArguments) {
    let store = Store::standard();
    if arguments.json {
        let sets: Vec<_> = hub::datasets().iter().map(|dataset| described(&store, dataset)).collect();
        return print_line(&serde_json::Value::from(sets).to_string());
    }
    let widest = hub::datasets().iter().map(|dataset| dataset.name.len()).max().unwrap_or_default();
    for dataset in hub::datasets() {
        let Dataset { name, title, licence, .. } = dataset;
        let (title, licence, size) = (title.of(lang.tag()), licence.of(lang.tag()), megabytes(dataset.bytes()));
        let found = store.found(dataset);
        let here = if found.is_some() { "*" } else { " " };
        // Elsewhere than where it would be fetched to.
        let place = found.filter(|found| *found != store.folder(dataset));
        let place = place.map(|place| format!("  {}", place.display())).unwrap_or_default();
        print_line(&format!("{here} {name:widest$}  {size:>7}  {title} [{licence}]{place}"));
    }
    say(messages::text(lang, "cli.data_list", &[]));
}

fn described(store: &Store, dataset: &Dataset) -> serde_json::Value {
    let found = store.found(dataset);
    let files: Vec<_> = dataset
        .files
        .iter()
        .map(|file| {
            serde_json::json!({
                "name": file.name(),
                "bytes": file.bytes,
                "sha256": file.sha256,
                "addresses": dataset.urls(file),
            })
        })
        .collect();
    serde_json::json!({
        "name": dataset.name,
        "title": { "en": dataset.title.en, "zh": dataset.title.zh },
        "licence": dataset.licence.en,
        "bytes": dataset.bytes(),
        "here": found.is_some(),
        "path": found.unwrap_or_else(|| store.folder(dataset)),
        "files": files,
    })
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

fn get(lang: Lang, arguments: &GetArguments) -> Result<(), Failure> {
    let dataset = hub::find(&arguments.name).map_err(failure)?;
    let store = Store::standard();
    let got =
        if arguments.from.is_empty() { fetch(lang, &store, dataset) } else { store.take(dataset, &arguments.from) };
    let key = match got.map_err(failure)? {
        Got::AlreadyHere => "cli.data_already",
        Got::Arrived => "cli.data_arrived",
    };
    let path = store.folder(dataset).display().to_string();
    let fields = [("name", dataset.name.as_str()), ("licence", dataset.licence.of(lang.tag()))];
    say(messages::text(lang, key, &fields));
    print_line(&path);
    Ok(())
}

fn fetch(lang: Lang, store: &Store, dataset: &Dataset) -> Result<Got, HubError> {
    let name = dataset.name.clone();
    // What has arrived stands on the disk already, so the process may end at once.
    on_interrupt(move || {
        say(format_args!("\n{}", messages::text(lang, "cli.data_stopped", &[("name", &name)])));
        std::process::exit(i32::from(crate::INTERRUPTED));
    });
    let bar = ProgressBar::new(0);
    let template = "{bar:24} {bytes}/{total_bytes}  {bytes_per_sec}  {msg}";
    bar.set_style(ProgressStyle::with_template(template).expect("a constant template"));
    let got = store.get(dataset, Patience::standard(), &mut |event| {
        match event {
            Event::Begins { file, address, have, bytes } => {
                bar.set_length(bytes);
                bar.set_position(have);
                bar.reset_eta();
                let host = address.split('/').nth(2).unwrap_or(address);
                bar.set_message(format!("{file}  {host}"));
            }
            Event::BeginsAnew => bar.set_position(0),
            Event::Received { bytes } => bar.inc(bytes),
            // The next address shows in the bar; if none is left, the error tells of all.
            Event::Fails { .. } => {}
        }
        ControlFlow::Continue(())
    });
    bar.finish_and_clear();
    got
}

//! Public data sets that recipes read: whether they are here, and fetching one while the page watches.
//!
//! What is known of them, and every check of what arrives, is crate `hub`'s.

use crate::App;
use crate::failure::{Asked, Failure, Name, Problem, refused};
use axum::extract::State;
use axum::response::{IntoResponse, Response, Sse, sse::Event as Sent, sse::KeepAlive};
use hub::{Dataset, Event, Patience, Store};
use messages::Lang;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::channel;
use tokio_stream::wrappers::ReceiverStream;

/// Events that wait for the page.
const QUEUE: usize = 16;
/// Least time between two events that only count bytes.
const TELL_EVERY: Duration = Duration::from_millis(200);

/// A public data set.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct DatasetLine {
    /// As recipes call it.
    pub name: String,
    /// What it is.
    pub title: String,
    /// Licence of the data, as its source states it, in the asker's language.
    pub licence: String,
    /// Size of all its files.
    pub bytes: u64,
    /// The first computer that is asked for it.
    pub host: String,
    /// Whether training finds it.
    pub here: bool,
}

impl DatasetLine {
    /// The data set `name`; `None` for one that nobody knows.
    pub(crate) fn of(name: &str, home: &Path, lang: Lang) -> Option<DatasetLine> {
        let dataset = hub::find(name).ok()?;
        Some(DatasetLine {
            name: name.to_string(),
            title: dataset.title.of(lang.tag()).into(),
            licence: dataset.licence.of(lang.tag()).into(),
            bytes: dataset.bytes(),
            host: dataset.addresses.first().map(|address| host(address)).unwrap_or_default(),
            here: train::data::find_dataset(name, home).is_some(),
        })
    }
}

/// How far a download is, event `progress`.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Fetching {
    /// Bytes of the data set that are here.
    pub have: u64,
    /// Bytes of it in all.
    pub bytes: u64,
    /// The computer that is asked.
    pub host: String,
}

/// `POST /api/datasets/NAME/fetch`: events `progress`, then `done` or `failed`. Whoever closes the stream stops the
/// download; what has arrived is kept.
pub(crate) async fn fetch(
    State(app): State<Arc<App>>,
    Name(name): Name,
    Asked(lang): Asked,
) -> Result<Response, Failure> {
    let dataset = hub::find(&name).map_err(refused)?;
    let (sender, receiver) = channel::<Result<Sent, Infallible>>(QUEUE);
    tokio::task::spawn_blocking(move || {
        let store = Store::at(app.home.join("data")).beside(sys::shared_data_folder());
        let tell = |name: &str, value: serde_json::Value| {
            let event = Sent::default().event(name).json_data(value).expect("plain data is JSON");
            sender.blocking_send(Ok(event))
        };
        let mut seen = Seen::new(dataset);
        let got = store.get(dataset, Patience::standard(), &mut |event| {
            let is_worth_telling = seen.hear(event);
            // Also noticed when there is nothing to tell.
            if sender.is_closed() {
                return ControlFlow::Break(());
            }
            let told = !is_worth_telling || tell("progress", serde_json::json!(seen.now)).is_ok();
            if told { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        let _ = match got {
            Ok(_) => tell("done", serde_json::Value::Null),
            Err(error) => tell("failed", serde_json::json!(Problem::of(lang, &error))),
        };
    });
    Ok(Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::default()).into_response())
}

/// What a download was heard of.
struct Seen {
    now: Fetching,
    /// Bytes of the files before the one that comes.
    before: u64,
    /// Bytes of that one.
    file_bytes: u64,
    told: Option<Instant>,
}

impl Seen {
    fn new(dataset: &Dataset) -> Seen {
        let now = Fetching { have: 0, bytes: dataset.bytes(), host: String::new() };
        Seen { now, before: 0, file_bytes: 0, told: None }
    }

    /// Takes an event in; says whether the page should hear of it now.
    fn hear(&mut self, event: Event) -> bool {
        match event {
            Event::Begins { address, have, bytes, .. } => {
                // The file before this one is whole; the same file asked for again begins where it begins.
                if self.now.have >= self.before + self.file_bytes {
                    self.before = self.now.have;
                }
                self.file_bytes = bytes;
                self.now.have = self.before + have;
                self.now.host = host(address);
                self.told = None;
            }
            Event::BeginsAnew => self.now.have = self.before,
            Event::Received { bytes } => self.now.have += bytes,
            Event::Fails { .. } => {}
        }
        let is_due = self.told.is_none_or(|told| told.elapsed() >= TELL_EVERY);
        if is_due {
            self.told = Some(Instant::now());
        }
        is_due
    }
}

/// `example.org` of `https://example.org/a/b`.
fn host(address: &str) -> String {
    address.split('/').nth(2).unwrap_or(address).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_counts_over_all_files() {
        let mut seen = Seen::new(hub::find("tinyshakespeare").unwrap());
        let begins = |have, bytes| Event::Begins { file: "a", address: "https://a.example/b", have, bytes };
        seen.hear(begins(0, 100));
        seen.hear(Event::Received { bytes: 40 });
        // Broken off; another address goes on with it, a third sends it anew.
        seen.hear(Event::Fails { address: "", cause: "" });
        seen.hear(begins(40, 100));
        assert_eq!((seen.now.have, seen.now.host.as_str()), (40, "a.example"));
        seen.hear(Event::BeginsAnew);
        seen.hear(Event::Received { bytes: 100 });
        seen.hear(begins(5, 50));
        assert_eq!(seen.now.have, 105);
    }
}

//! A run as it happens: server-sent events made from its growing files.
//!
//! Events: `run` (a [`Run`], whenever it changed), `metrics` (a list of [`Metric`], the event's id is the last
//! step), `samples` (a list of [`Sample`]), `rewritten` (the files were cut back to a checkpoint and go on from
//! there: forget what was drawn, everything follows again). A client says from which step it wants metrics
//! (`from`, or a browser's `Last-Event-ID` when it reconnects) and misses no line.

use crate::App;
use crate::runs::{Metric, Run, RunFolder, Sample};
use crate::tail::JsonLines;
use axum::response::sse::Event;
use messages::Lang;
use serde::Serialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// How often the files are asked for news; a curve needs no more frames.
const POLL: Duration = Duration::from_millis(250);
/// Events a slow client may lag behind before the reader waits for it.
const QUEUE: usize = 16;
/// Metrics in one event, so that a long run arrives in pieces the page can draw.
const METRICS_PER_EVENT: usize = 2_000;

/// Follows a run until the receiver is dropped or the run is deleted.
pub(crate) fn follow(app: Arc<App>, folder: RunFolder, from: u64, lang: Lang) -> Receiver<Result<Event, Infallible>> {
    let (events, receiver) = channel(QUEUE);
    let mut follower = Follower {
        metrics: JsonLines::new(folder.path.join("metrics.jsonl")),
        samples: JsonLines::new(folder.path.join("samples.jsonl")),
        folder,
        from,
        last_run: None,
        events,
    };
    tokio::spawn(async move {
        loop {
            let app = app.clone();
            // Plain file reading needs a thread of the blocking pool; an open page keeps none between two looks.
            let looked = tokio::task::spawn_blocking(move || follower.report(&app, lang).map(|()| follower));
            let Ok(Some(same)) = looked.await else { return };
            follower = same;
            tokio::select! {
                () = tokio::time::sleep(POLL) => {}
                () = follower.events.closed() => return,
            }
        }
    });
    receiver
}

struct Follower {
    folder: RunFolder,
    metrics: JsonLines,
    samples: JsonLines,
    from: u64,
    last_run: Option<String>,
    events: Sender<Result<Event, Infallible>>,
}

impl Follower {
    /// Sends what is new; `None` when nobody listens any more.
    fn report(&mut self, app: &App, lang: Lang) -> Option<()> {
        let folder = &self.folder;
        if self.events.is_closed() || app.run(&folder.id).is_err() {
            return None;
        }
        // The run before its lines: who has seen "finished" still gets the lines that were written until then,
        // because they are read after it.
        let run: Run = app.describe(folder, lang);
        let metrics = self.metrics.news::<Metric>().ok()?;
        if metrics.rewritten {
            self.from = 0;
            self.samples = JsonLines::new(self.folder.path.join("samples.jsonl"));
            self.send("rewritten", None, &())?;
        }
        let new: Vec<&Metric> = metrics.lines.iter().filter(|metric| metric.step > self.from).collect();
        for piece in new.chunks(METRICS_PER_EVENT) {
            self.send("metrics", piece.last().map(|metric| metric.step), &piece)?;
        }
        let samples = self.samples.news::<Sample>().ok()?;
        if !samples.lines.is_empty() {
            self.send("samples", None, &samples.lines)?;
        }
        let text = serde_json::to_string(&run).ok()?;
        if self.last_run.as_ref() != Some(&text) {
            self.send("run", None, &run)?;
            self.last_run = Some(text);
        }
        Some(())
    }

    fn send(&self, name: &str, step: Option<u64>, data: &impl Serialize) -> Option<()> {
        let mut event = Event::default().event(name).json_data(data).ok()?;
        if let Some(step) = step {
            event = event.id(step.to_string());
        }
        self.events.blocking_send(Ok(event)).ok()
    }
}

//! A curriculum as its author sees it: the folder is read again whenever a file in it changes.
//!
//! A change that does not load is told above the page, which goes on showing what loaded last. What loads is held
//! against everything that needs no code to be run; `sanjie dev check` does the rest.

use super::source;
use crate::App;
use crate::chat::Refusal;
use crate::failure::{Asked, Failure, Problem, StudioError};
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use axum::response::sse::{Event, KeepAlive};
use axum::response::{IntoResponse, Response, Sse};
use course::{Curriculum, sound};
use messages::Lang;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc::channel;
use tokio_stream::wrappers::ReceiverStream;

/// What an author wants to see.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// A folder of topics; none shows the built-in ones.
    pub folder: Option<PathBuf>,
    /// The topic to open; none opens the first page.
    pub topic: Option<String>,
}

/// What an author has to know about the folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Previewed {
    /// The folder.
    pub folder: String,
    /// Grows whenever it was read again.
    pub version: u32,
    /// Why it does not load; the pages then show what loaded last.
    pub fault: Option<Problem>,
    /// What is unsound in what they show.
    pub unsound: Vec<Problem>,
}

sys::coded_error! {
    /// What a page of the course cannot show.
    pub enum Unshown {
        /// The engine has no such item.
        NoSource { topic: String, path: String } = "preview.no_source",
    }
}

/// How often the folder is looked at while a page is open.
const POLL: Duration = Duration::from_millis(300);
/// Folders deeper than a lab's wrong solutions are nobody's content.
const DEPTH_MAX: usize = 5;

/// A folder, and what was made of it.
pub(super) struct Watched {
    folder: PathBuf,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// Of the files as they were read.
    mark: Option<u64>,
    version: u32,
    curriculum: Option<Arc<Curriculum>>,
    fault: Option<Refusal>,
    unsound: Vec<Refusal>,
}

impl Watched {
    pub(super) fn new(folder: PathBuf) -> Watched {
        Watched { folder, seen: Mutex::default() }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What loaded last, or why nothing ever did.
    pub(super) fn curriculum(&self) -> Result<Arc<Curriculum>, Refusal> {
        self.look(|seen| match (&seen.curriculum, &seen.fault) {
            (Some(curriculum), _) => Ok(curriculum.clone()),
            (None, Some(fault)) => Err(fault.clone()),
            (None, None) => unreachable!("a folder that was read is either loaded or at fault"),
        })
    }

    fn tell(&self, lang: Lang) -> Previewed {
        let problem = |refusal: &Refusal| Problem::of(lang, refusal.as_ref());
        self.look(|seen| Previewed {
            folder: self.folder.display().to_string(),
            version: seen.version,
            fault: seen.fault.as_ref().map(problem),
            unsound: seen.unsound.iter().map(problem).collect(),
        })
    }

    /// Reads the folder again if a file has changed.
    fn look<T>(&self, tell: impl FnOnce(&Seen) -> T) -> T {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mark = mark(&self.folder);
        if seen.mark != Some(mark) {
            seen.mark = Some(mark);
            seen.version += 1;
            match Curriculum::load(Some(&self.folder)) {
                Ok(curriculum) => {
                    seen.unsound = unsound(&curriculum, &self.folder);
                    seen.curriculum = Some(Arc::new(curriculum));
                    seen.fault = None;
                }
                Err(error) => seen.fault = Some(Arc::new(error)),
            }
        }
        tell(&seen)
    }
}

/// Everything that is wrong and shows without running code.
fn unsound(curriculum: &Curriculum, folder: &Path) -> Vec<Refusal> {
    let mut found: Vec<Refusal> = Vec::new();
    let mut tell = |fault: sound::Unsound| found.push(Arc::new(fault));
    let own = || curriculum.topics.iter().filter(|topic| topic.folder.as_deref() == Some(folder));
    own().flat_map(|topic| &topic.content).flat_map(|content| &content.labs).for_each(|lab| {
        sound::check_hints(lab, &mut tell);
    });
    sound::check_traps(curriculum, &mut tell);
    sound::check_quizzes(curriculum, &mut tell);
    sound::check_written(curriculum, Some(folder), &mut tell);
    for topic in own() {
        let lesson = topic.content.iter().flat_map(|content| content.lesson.en.lines());
        for path in lesson.filter_map(|line| line.strip_prefix("```source ")).map(str::trim) {
            if source::find(path).is_none() {
                let (topic, path) = (topic.graph.id.clone(), path.into());
                found.push(Arc::new(Unshown::NoSource { topic, path }));
            }
        }
    }
    found
}

/// Changes with the name, size or time of any file.
fn mark(folder: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    mark_below(folder, DEPTH_MAX, &mut hasher);
    hasher.finish()
}

fn mark_below(folder: &Path, depth: usize, hasher: &mut DefaultHasher) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().collect();
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        let Ok(facts) = entry.metadata() else { continue };
        entry.path().hash(hasher);
        match (facts.is_dir(), depth) {
            (true, 1..) => mark_below(&entry.path(), depth - 1, hasher),
            (true, 0) => {}
            (false, _) => (facts.len(), facts.modified().ok()).hash(hasher),
        }
    }
}

/// `GET /api/preview`: null in a studio for learners.
pub(super) async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Json<Option<Previewed>>, Failure> {
    Ok(Json(now(app, asked.0).await))
}

/// `GET /api/preview/events`: an event `preview` at once, and again whenever the folder was read again.
pub(super) async fn events(State(app): State<Arc<App>>, Asked(lang): Asked, uri: Uri) -> Result<Response, Failure> {
    if now(app.clone(), lang).await.is_none() {
        return Err(StudioError::NoSuchPath { path: uri.path().to_string() }.into());
    }
    let (sender, receiver) = channel::<Result<Event, Infallible>>(1);
    tokio::spawn(async move {
        let mut told = None;
        while let Some(previewed) = now(app.clone(), lang).await {
            if told != Some(previewed.version) {
                told = Some(previewed.version);
                let event = Event::default().event("preview").json_data(&previewed);
                if sender.send(Ok(event.expect("this type serialises"))).await.is_err() {
                    return;
                }
            }
            tokio::select! {
                () = tokio::time::sleep(POLL) => {}
                () = sender.closed() => return,
            }
        }
    });
    Ok(Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::default()).into_response())
}

async fn now(app: Arc<App>, lang: Lang) -> Option<Previewed> {
    crate::blocking(move || app.learning.watched().map(|watched| watched.tell(lang))).await
}

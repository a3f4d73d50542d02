//! The course's pages: path, topics, labs, and the learner's own page.
//!
//! What there is to learn and what is right stands in the crate `course`; here it meets the pages' types. The log is
//! opened for each request and only ever added to, so two studios, or a studio and a terminal, share one as two
//! terminals do. Whatever reads the log or runs a learner's file happens off the server's own threads.

mod check;
mod lab;
mod me;
mod path;
mod plug;
mod preview;
mod source;
mod today;
mod topic;
mod training;

pub use check::{ArrayShown, CaseShown, CheckFile, CheckShown, Checked, FaultShown, NamedValue, Report, TracePlace};
pub(crate) use check::{last_printed, while_read};
pub use lab::{CodeName, HintShown, HintState, LabFile, LabPage, LabStep, SaveFile, Solution, StartLab, WantHint};
pub use me::{ImportDone, LogLine, MePage, MetTrap, SkillLine};
pub use path::{Before, CoursePath, CourseStage, CourseState, CourseTopic, NextStop};
pub(crate) use plug::unplugged;
pub use plug::{PlugIn, Plugged, Unplugged};
pub use preview::{Preview, Previewed, Unshown};
pub use source::find as engine_source;
pub use today::{DueReview, GiveReview, ReviewFormName, ReviewQuestion, TodayPage};
pub use topic::{
    Answered, AskedQuestion, GiveAnswer, LabLine, NewQuestion, Reading, SourceText, TopicBody, TopicPage, TrapLine,
};
pub use training::{TrainOn, Trained, TrainedStep};

use crate::App;
use crate::chat::Refusal;
use crate::failure::{Asked, Failure, Name, StudioError, refused};
use axum::Router;
use axum::routing::{get, post};
use course::curriculum::Topic;
use course::events::{Event, Happening, Log};
use course::lab::Lab;
use course::run::Cancel;
use course::{Curriculum, Grader, Tools, Words, desk};
use messages::Lang;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::sync::Semaphore;

type Answer<T> = Result<T, Failure>;

/// Learners' files that run at once: each takes a core for a second or two.
const CHECKS_MAX: usize = 2;

/// What the course's pages need between requests.
pub(crate) struct School {
    home: PathBuf,
    source: Source,
    tools: Mutex<Option<Arc<Tools>>>,
    pub(crate) checks: Arc<Semaphore>,
}

/// Where the curriculum comes from.
enum Source {
    BuiltIn(OnceLock<Result<Arc<Curriculum>, Refusal>>),
    Watched(preview::Watched),
}

/// What one request sees of the course: a curriculum that stays as it is until the request is over.
pub(crate) struct Learning<'a> {
    home: &'a std::path::Path,
    school: &'a School,
    curriculum: Result<Arc<Curriculum>, Refusal>,
}

impl School {
    /// A preview keeps a log and labs of its own, so that what an author tries is no part of what they learn.
    pub fn new(home: PathBuf, preview: Option<&Preview>) -> School {
        let home = if preview.is_some() { home.join("preview") } else { home };
        let source = match preview.and_then(|preview| preview.folder.clone()) {
            None => Source::BuiltIn(OnceLock::new()),
            Some(folder) => Source::Watched(preview::Watched::new(folder)),
        };
        School { home, source, tools: Mutex::default(), checks: Arc::new(Semaphore::new(CHECKS_MAX)) }
    }

    /// The course as it is now.
    pub fn now(&self) -> Learning<'_> {
        let read = || Curriculum::load(None).map(Arc::new).map_err(|error| Arc::new(error) as Refusal);
        let curriculum = match &self.source {
            Source::BuiltIn(curriculum) => curriculum.get_or_init(read).clone(),
            Source::Watched(watched) => watched.curriculum(),
        };
        Learning { home: &self.home, school: self, curriculum }
    }

    /// The folder that is previewed.
    fn watched(&self) -> Option<&preview::Watched> {
        match &self.source {
            Source::BuiltIn(_) => None,
            Source::Watched(watched) => Some(watched),
        }
    }
}

impl Learning<'_> {
    fn curriculum(&self) -> Answer<&Curriculum> {
        self.curriculum.as_deref().map_err(|error| Failure::of(error.clone()))
    }

    fn topic(&self, id: &str) -> Answer<&Topic> {
        let found = self.curriculum()?.topic(id);
        found.ok_or_else(|| StudioError::NoSuchTopic { topic: id.into() }.into())
    }

    fn lab(&self, id: &str) -> Answer<&Lab> {
        self.curriculum()?.lab(id).map_err(refused)
    }

    fn log_file(&self) -> PathBuf {
        desk::log_file(self.home)
    }

    fn log(&self) -> Answer<Log> {
        Log::open(&self.log_file()).map_err(refused)
    }

    fn events(&self) -> Answer<Vec<Event>> {
        self.log()?.events().map_err(refused)
    }

    fn note(&self, happening: Happening) -> Answer<()> {
        self.log()?.add(happening).map_err(refused)
    }

    /// Interpreters and compilers. While Python is missing it is looked for again, since it may have been installed since.
    fn tools(&self) -> Arc<Tools> {
        let mut known = self.school.tools.lock().unwrap_or_else(PoisonError::into_inner);
        match &*known {
            Some(tools) if tools.python.is_ok() => tools.clone(),
            _ => known.insert(Arc::new(desk::tools(self.home))).clone(),
        }
    }

    /// What grades a learner's file, which must not see the solutions of a folder that is previewed.
    fn grader<'g>(&self, lab: &'g Lab, tools: &'g Tools, cancel: &Cancel) -> Grader<'g> {
        let hidden = self.school.watched().map(|watched| watched.folder().to_path_buf()).into_iter().collect();
        Grader { hidden, cancel: cancel.clone(), ..Grader::new(lab, answers::find, tools) }
    }
}

/// The pages' requests.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/path", get(path::show))
        .route("/api/today", get(today::show))
        .route("/api/review", get(today::question).post(today::answer))
        .route("/api/topics/{id}", get(topic::show))
        .route("/api/topics/{id}/answers", post(topic::answer))
        .route("/api/topics/{id}/questions", post(topic::question))
        .route("/api/labs/{id}", get(lab::show))
        .route("/api/labs/{id}/start", post(lab::start))
        .route("/api/labs/{id}/file", get(lab::file).put(lab::save))
        .route("/api/labs/{id}/check", post(check::check))
        .route("/api/labs/{id}/train", post(training::train))
        .route("/api/labs/{id}/hint", post(lab::hint))
        .route("/api/labs/{id}/give-up", post(lab::give_up))
        .route("/api/labs/{id}/solution", get(lab::solution))
        .route("/api/preview", get(preview::show))
        .route("/api/preview/events", get(preview::events))
        .route("/api/me", get(me::show))
        .route("/api/me/export", get(me::export))
        .route("/api/me/import", post(me::import).layer(me::import_limit()))
}

/// Does `work` where blocking is allowed.
async fn blocking<T: Send + 'static>(
    app: Arc<App>,
    Asked(lang): Asked,
    work: impl FnOnce(&Learning, Lang) -> Answer<T> + Send + 'static,
) -> Answer<T> {
    crate::blocking(move || work(&app.learning.now(), lang)).await
}

/// A phrase of the course.
fn said(lang: Lang, words: &Words) -> String {
    words.in_language(lang.tag()).trim().to_string()
}

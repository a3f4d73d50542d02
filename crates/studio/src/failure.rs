//! What the API refuses, as `{code, message}` in the asker's language.
//!
//! A handler returns a [`Failure`] (an HTTP status and a coded error); the sentence is rendered at the edge by
//! [`in_language`], so handlers need not know who asks. The language of a request is its `lang` query value,
//! else its `Accept-Language`, else the program's own.

use crate::App;
use crate::chat::Refusal;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request, State};
use axum::http::{StatusCode, header, request::Parts};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use messages::Lang;
use serde::{Deserialize, Serialize};
use serve::limits::{BODY_BYTES_MAX, BODY_TIME_MAX};
use std::convert::Infallible;
use std::sync::Arc;

sys::coded_error! {
    /// Why the studio does not do what was asked.
    pub enum StudioError {
        /// Another program listens on the port.
        PortTaken { port: u16 } = "studio.port_taken",
        /// The address could not be listened on for another reason.
        Listen { address: String } by Cause = "studio.listen",
        /// The data folder cannot be written to.
        Home { path: String } by Cause = "studio.home",
        /// The `Host` header is not one of this server's own names.
        ForeignHost { host: String } = "studio.foreign_host",
        /// The request was made by a page of another site.
        ForeignOrigin { origin: String } = "studio.foreign_origin",
        /// The request carries no session token, or one of an earlier session.
        NoToken {} = "studio.no_token",
        /// No such path below `/api`.
        NoSuchPath { path: String } = "studio.no_such_path",
        /// The path does not take this method.
        WrongMethod { method: String, path: String } = "studio.wrong_method",
        /// The body or the query could not be understood.
        BadRequest { cause: String } = "studio.bad_request",
        /// The address lacks a value after `?`.
        MissingValue { name: &'static str } = "studio.missing_value",
        /// The body is larger than anything the studio is asked.
        BodyTooLarge { max: usize } = "studio.body_too_large",
        /// The body did not arrive in time.
        BodyTooSlow { seconds: u64 } = "studio.body_too_slow",
        /// A value outside its bounds.
        OutOfRange { field: &'static str, expected: &'static str, found: String } = "studio.out_of_range",
        /// No run of this name.
        NoSuchRun { run: String } = "studio.no_such_run",
        /// No model of this name.
        NoSuchModel { model: String } = "studio.no_such_model",
        /// No recipe of this name.
        NoSuchRecipe { recipe: String } = "studio.no_such_recipe",
        /// The text to learn from is not there.
        NoSuchData { path: String } = "studio.no_such_data",
        /// As many trainings run as may.
        TooManyRuns { limit: usize } = "studio.too_many_runs",
        /// The run is training, so it can be neither resumed nor deleted.
        RunIsBusy { run: String } = "studio.run_is_busy",
        /// The run is not training, so there is nothing to stop.
        RunIsIdle { run: String } = "studio.run_is_idle",
        /// A deletion did not repeat the run's name.
        NotConfirmed { run: String } = "studio.not_confirmed",
        /// The run did not measure where its time goes.
        NoTrace { run: String } = "studio.no_trace",
        /// The run has no usable checkpoint to talk to.
        NoCheckpoint { run: String } = "studio.no_checkpoint",
        /// Nothing in the run's folder says what it was to do.
        NothingToResume { run: String } = "studio.nothing_to_resume",
        /// The training process could not be started.
        CannotStart { program: String } by Cause = "studio.cannot_start",
        /// The training process ended before it wrote its folder and left no message.
        EndedEarly { run: String } = "studio.ended_early",
        /// The training process broke off where our code is wrong.
        EndedByBug { run: String, place: String, log: String } = "studio.ended_by_bug",
        /// The path has no such topic.
        NoSuchTopic { topic: String } = "studio.no_such_topic",
        /// The topic has no such question.
        NoSuchQuestion { topic: String, item: String } = "studio.no_such_question",
        /// The knowledge base has no document of this name that whoever asks may see.
        NoSuchDocument { name: String, document: String } = "studio.no_such_document",
        /// A path that leads out of the folder that was named.
        LeftTheFolder { path: String, folder: String } = "studio.left_the_folder",
        /// The learner's file was changed elsewhere since it was read.
        FileChanged { path: String } = "studio.file_changed",
        /// A file of the data folder could not be read or written.
        File { path: String } by Cause = "studio.file",
    }
}

impl StudioError {
    /// The one place where a variant meets its HTTP status.
    fn status(&self) -> StatusCode {
        match self {
            Self::ForeignHost { .. } | Self::ForeignOrigin { .. } | Self::NoToken {} => StatusCode::FORBIDDEN,
            Self::NoSuchPath { .. }
            | Self::NoSuchRun { .. }
            | Self::NoSuchModel { .. }
            | Self::NoSuchRecipe { .. }
            | Self::NoSuchTopic { .. }
            | Self::NoSuchDocument { .. }
            | Self::NoTrace { .. }
            | Self::NoSuchQuestion { .. } => StatusCode::NOT_FOUND,
            Self::TooManyRuns { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::WrongMethod { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTooSlow { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::BadRequest { .. }
            | Self::MissingValue { .. }
            | Self::OutOfRange { .. }
            | Self::NoSuchData { .. }
            | Self::LeftTheFolder { .. }
            | Self::NotConfirmed { .. } => StatusCode::BAD_REQUEST,
            Self::RunIsBusy { .. }
            | Self::RunIsIdle { .. }
            | Self::NoCheckpoint { .. }
            | Self::NothingToResume { .. }
            | Self::FileChanged { .. } => StatusCode::CONFLICT,
            Self::PortTaken { .. }
            | Self::Listen { .. }
            | Self::Home { .. }
            | Self::CannotStart { .. }
            | Self::EndedEarly { .. }
            | Self::EndedByBug { .. }
            | Self::File { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// A file error with the path it concerns.
    pub(crate) fn file(path: &std::path::Path, cause: &std::io::Error) -> Self {
        Self::File { path: path.display().to_string(), cause: because(cause) }
    }
}

/// Why the system refused something.
pub(crate) fn because(cause: &std::io::Error) -> sys::Cause {
    Box::new(sys::SystemError::of(cause))
}

/// An error as the page receives it.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, ts_rs::TS)]
pub struct Problem {
    /// Stable code, `area.what`.
    pub code: String,
    /// The sentence, in the asker's language: what happened, why, what to do.
    pub message: String,
}

impl Problem {
    /// Renders a coded error.
    pub fn of(lang: Lang, error: &dyn sys::Coded) -> Problem {
        Problem { code: error.code().to_string(), message: messages::render(lang, error) }
    }
}

/// A refusal on its way to the edge.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    status: StatusCode,
    error: Refusal,
}

impl Failure {
    /// A refusal by a library below: the request was understood and cannot be done, unless the engine is at fault.
    pub fn of(error: Refusal) -> Failure {
        let status = match error.code() {
            "serve.queue_full" | "generate.queue_full" => StatusCode::TOO_MANY_REQUESTS,
            "lab.unknown" | "lab.unknown_step" | "kb.unknown" | "kb.missing" => StatusCode::NOT_FOUND,
            "kb.bad_name"
            | "kb.bad_file_name"
            | "kb.chunking"
            | "kb.bad_question"
            | "kb.no_questions"
            | "kb.no_answered_questions" => StatusCode::BAD_REQUEST,
            "lab.not_passed" | "kb.busy" | "kb.chunking_stays" => StatusCode::CONFLICT,
            "log.store" | "log.newer" | "kb.database" | "kb.version" | "file.read" | "file.write" => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
            "serve.engine_gone" => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Failure { status, error }
    }

    /// The refusal as a page receives it, for streams, whose status is sent before anything fails.
    pub fn problem(&self, lang: Lang) -> Problem {
        Problem::of(lang, self.error.as_ref())
    }
}

/// A refusal by a library, as it returns it.
pub(crate) fn refused(error: impl sys::Coded + Send + Sync + 'static) -> Failure {
    Failure::of(Arc::new(error))
}

impl From<StudioError> for Failure {
    fn from(error: StudioError) -> Self {
        Failure { status: error.status(), error: Arc::new(error) }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Turns a [`Failure`] into its sentence; every API response passes here.
pub(crate) async fn in_language(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let lang = language_of(request.uri().query(), request.headers(), app.lang);
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Failure>() {
        Some(failure) => (failure.status, Json(failure.problem(lang))).into_response(),
        None => response,
    }
}

/// The language to answer in.
pub(crate) struct Asked(pub Lang);

impl FromRequestParts<Arc<App>> for Asked {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        Ok(Asked(language_of(parts.uri.query(), &parts.headers, app.lang)))
    }
}

/// A JSON body whose rejection is a [`Failure`] like any other.
pub(crate) struct Body<T>(pub T);

impl<T: serde::de::DeserializeOwned> FromRequest<Arc<App>> for Body<T> {
    type Rejection = Failure;
    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let read = Json::<T>::from_request(request, app);
        let Ok(read) = tokio::time::timeout(BODY_TIME_MAX, read).await else {
            return Err(StudioError::BodyTooSlow { seconds: BODY_TIME_MAX.as_secs() }.into());
        };
        match read {
            Ok(Json(value)) => Ok(Body(value)),
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(StudioError::BodyTooLarge { max: BODY_BYTES_MAX }.into())
            }
            Err(rejection) => {
                let text = rejection.body_text();
                let cause = text.strip_prefix("Failed to deserialize the JSON body into the target type: ");
                Err(StudioError::BadRequest { cause: api::in_words_of_json(cause.unwrap_or(&text)) }.into())
            }
        }
    }
}

/// Query values whose rejection is a [`Failure`] like any other.
pub(crate) struct Values<T>(pub T);

impl<T: serde::de::DeserializeOwned> FromRequestParts<Arc<App>> for Values<T> {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Failure> {
        let bad = |error: QueryRejection| StudioError::BadRequest { cause: error.body_text() };
        Ok(Values(Query::try_from_uri(&parts.uri).map_err(bad)?.0))
    }
}

/// The one name in an address, of a topic, a lab or a knowledge base; a name that is no text is nobody's.
pub(crate) struct Name(pub String);

impl FromRequestParts<Arc<App>> for Name {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        match Path::<String>::from_request_parts(parts, app).await {
            Ok(Path(name)) => Ok(Name(name)),
            Err(_) => Err(StudioError::NoSuchPath { path: parts.uri.path().to_string() }.into()),
        }
    }
}

fn language_of(query: Option<&str>, headers: &axum::http::HeaderMap, fallback: Lang) -> Lang {
    let asked = query.and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("lang=")));
    if let Some(lang) = asked.and_then(Lang::parse) {
        return lang;
    }
    match headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()) {
        Some(value) if value.trim_start().starts_with("zh") => Lang::Zh,
        Some(value) if value.trim_start().starts_with("en") => Lang::En,
        _ => fallback,
    }
}

//! The web application's server: runs as child processes, chat, the course, knowledge bases, pages.
//!
//! Listens on loopback only; [`guard`] says who may ask. Runs are child processes that the server watches through
//! the files they write ([`runs`], [`live`]), so a closed tab or a restarted server changes nothing for them. The
//! pages are embedded; they get JSON and server-sent events, nothing else.
//!
//! # The API
//! Types are Rust structs here and generated TypeScript in `web/src/lib/api.ts`. Every path takes `lang=zh|en`.
//! An error is a status and `{code, message}` ([`Problem`]).
//!
//! | request | answer |
//! |---|---|
//! | `GET /api/recipes` | `[Recipe]` |
//! | `POST /api/datasets/NAME/fetch` | events `progress` (`Fetching`), then `done` or `failed`; closing stops it |
//! | `GET /api/runs` | `[Run]`, newest first |
//! | `POST /api/runs` `StartRun` | 201 `Started`: spawns `sanjie train RECIPE --out $SANJIE_HOME/runs/ID --json --set ...` |
//! | `GET /api/runs/ID` | `Run` |
//! | `GET /api/runs/ID/history` | `History`: every metric and sample so far |
//! | `GET /api/runs/ID/events?from=STEP` | events `run`, `metrics`, `samples`, `rewritten` |
//! | `GET /api/runs/ID/profile` | `RunProfile`: where its time went; null if it did not measure that |
//! | `GET /api/runs/ID/trace` | `trace.json`: its last steps, one by one |
//! | `POST /api/runs/ID/stop` | 202: SIGINT, the process saves and ends |
//! | `POST /api/runs/ID/resume` `ResumeRun` | 202 |
//! | `DELETE /api/runs/ID` `DeleteRun` | 204: only with the name repeated, only while idle |
//! | `GET /api/compare?runs=A,B` | `[History]` |
//! | `GET /api/models` | `[Model]`: runs with a checkpoint, then published models that write |
//! | `GET /api/library` | `[LibraryModel]`: every model that is here, and what it can be used for |
//! | `GET /api/library/model?id=ID` | `LibraryPage`: what its files say, its card |
//! | `POST /api/tokenize` `Tokenise` | `Tokenised`: a text by a model's tokenizer |
//! | `POST /api/next` `AskNext` | `NextTokens`: what a model takes for likely as the next token |
//! | `GET /api/path` | `CoursePath`: stages, topics, the learner's place, what is next |
//! | `GET /api/today` | `TodayPage`: one session of learning |
//! | `GET /api/review`, `POST /api/review` `GiveReview` | `ReviewQuestion` or null; `Answered`, which the log keeps |
//! | `GET /api/topics/ID` | `TopicPage`: lesson, questions with the answers given, labs |
//! | `POST /api/topics/ID/answers` `GiveAnswer` | `Answered`: the verdict, which the log keeps |
//! | `POST /api/topics/ID/questions` `NewQuestion` | `AskedQuestion`: another variant |
//! | `GET /api/labs/ID?code=python` | `LabPage` |
//! | `POST /api/labs/ID/start` `StartLab` | `LabFile`: 201 if it was written now |
//! | `GET /api/labs/ID/file?code=python`, `PUT` `SaveFile` | `LabFile` |
//! | `POST /api/labs/ID/check` `CheckFile` | events `report`, one a step, then `done` or `failed` |
//! | `POST /api/labs/ID/train` `TrainOn` | events `step` (`TrainedStep`): a short run on the learner's product, beside the engine's; then `done` (`Trained`) or `failed`; closing stops it |
//! | `POST /api/labs/ID/hint` `WantHint` | `HintShown` |
//! | `POST /api/labs/ID/give-up` | 204: the log notes it once |
//! | `GET /api/labs/ID/solution?code=python` | `Solution`, once every step passed or the lab was given up |
//! | `GET /api/me`, `GET /api/me/export`, `POST /api/me/import` | `MePage`; JSON lines; `ImportDone` |
//! | `GET /api/kb` | `[KbLine]`: the knowledge bases |
//! | `POST /api/kb/NAME/add` `AddPaths` | `KbChanged`: what is in a folder, or paths within it; makes the knowledge base |
//! | `POST /api/kb/NAME/files?name=FILE&group=G&user=U&chunking=C&embedder=E` bytes | `KbChanged`: one file, kept by the knowledge base |
//! | `POST /api/kb/NAME/sync` | `KbChanged` |
//! | `GET /api/kb/NAME/documents?user=U&group=G` or `owner=true` | `[KbDocument]` |
//! | `GET /api/kb/NAME/document?document=ID&at=BYTE` and who asks | `KbDocumentPage` |
//! | `DELETE /api/kb/NAME/documents` `RemoveDocuments` | `Removed` |
//! | `DELETE /api/kb/NAME` `RemoveBase` | 204 |
//! | `POST /api/kb/NAME/search` `SearchKb` | `[KbHit]`; the header `sanjie-searched-by` tells what it went by |
//! | `POST /api/kb/NAME/plugged` `PlugKb` | `KbPlugged`: by the learner's own ranking, beside the engine's |
//! | `POST /api/kb/NAME/ask` `AskKb` | `KbAnswer` |
//! | `POST /api/kb/NAME/evaluate` and who asks; a questions file | `KbEvaluated` |
//! | `POST /api/kb/NAME/compare?chunking=C` and who asks; a questions file | `[KbWay]`, the best first |
//! | `POST /api/kb/NAME/calibrate?right=SHARE` and who asks; a questions file | `KbCalibrated`: kept in the knowledge base |
//! | `GET /api/kb/NAME/check` and who asks | `KbChecked` |
//! | `GET /api/kb/NAME/export` and who asks | JSON lines that `add` takes |
//! | `GET /api/preview` | `Previewed`, null where nothing is previewed |
//! | `GET /api/preview/events` | event `preview` whenever the folder was read again |
//! | `POST /api/generate` `Generate` | events `prompt`, `token`, with a plug `plugged`, then `done`, `failed` or `unplugged`; closing cancels |
//! | `POST /api/attention` `LookAt` | `Looked`: the weights of every layer and head on a text |
//! | `POST /api/scores` `ScoreTexts` | `[ScoredText]`: a few texts with their scores taken apart |

mod attention;
mod chat;
mod datasets;
mod engine;
mod failure;
mod figure_model;
mod guard;
mod kept;
mod knowledge;
mod learning;
mod library;
mod live;
mod pages;
mod profile;
mod recipes;
mod run_process;
mod runs;
mod scoring;
mod tail;
mod typescript;

pub use attention::{LookAt, Looked};
pub use chat::{
    Alternative, Done, Generate, Input, Model, Opened, Prompt, Refusal, Role, Speaker, Spoken, Token, Turn,
};
pub use datasets::{DatasetLine, Fetching};
pub use failure::{Problem, StudioError};
pub use knowledge::{
    AddPaths, AskKb, KbAnswer, KbBlock, KbCalibrated, KbChanged, KbChecked, KbChunk, KbCitation, KbDocument,
    KbDocumentPage, KbEvaluated, KbHit, KbLine, KbMetric, KbPart, KbPlace, KbPlugged, KbQuestion, KbRates, KbWay,
    KbWeights, OpenEmbedder, PlugKb, RemoveBase, RemoveDocuments, Removed, SearchBy, SearchKb, UPLOAD_BYTES_MAX,
};
pub use learning::{
    Answered, ArrayShown, AskedQuestion, Before, CaseShown, CheckFile, CheckShown, Checked, CodeName, CoursePath,
    CourseStage, CourseState, CourseTopic, DueReview, FaultShown, GiveAnswer, GiveReview, HintShown, HintState,
    ImportDone, LabFile, LabLine, LabPage, LabStep, LogLine, MePage, MetTrap, NamedValue, NewQuestion, NextStop,
    PlugIn, Plugged, Preview, Previewed, Reading, Report, ReviewFormName, ReviewQuestion, SaveFile, SkillLine,
    Solution, SourceText, StartLab, TodayPage, TopicBody, TopicPage, TracePlace, TrainOn, Trained, TrainedStep,
    TrapLine, Unplugged, Unshown, WantHint, engine_source,
};
pub use library::{
    AskNext, FileLine, LibraryModel, LibraryPage, ModelUse, NextToken, NextTokens, Piece, Tokenise, Tokenised,
    TypeCount,
};
pub use pages::has_pages;
pub use profile::{ProfileLayer, ProfileMemory, ProfileMemoryPoint, ProfileOp, ProfilePeaks, ProfilePhase, RunProfile};
pub use recipes::{Recipe, Settings, settings};
pub use run_process::{DeleteRun, ResumeRun, StartRun};
pub use runs::{Metric, Preparing, Run, RunState, Sample};
pub use tail::{JsonLines, News};
pub use typescript::typescript;

use axum::extract::{DefaultBodyLimit, FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response, Sse, sse::KeepAlive};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use failure::{Asked, Body, Failure, Values, because};
use messages::Lang;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

/// How to start the studio.
pub struct Config {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The data folder (`$SANJIE_HOME`).
    pub home: PathBuf,
    /// Whether to open the address in the person's browser.
    pub open: bool,
    /// The `sanjie` binary, for the training processes.
    pub program: PathBuf,
    /// Language of answers to requests that ask for none.
    pub lang: Lang,
    /// For authors: topics of a folder as learners will see them.
    pub preview: Option<Preview>,
    /// Opens the embedders of knowledge bases.
    pub embedders: OpenEmbedder,
}

/// A studio that is listening.
pub struct Studio {
    /// The address to open; it carries the session's token.
    pub url: String,
    app: Arc<App>,
    server: JoinHandle<()>,
}

impl Studio {
    /// Serves until the process is told to stop (Ctrl-C, SIGTERM); returns the runs that go on without it.
    ///
    /// Fails with [`StudioError::Listen`].
    pub async fn run(self) -> Result<Vec<String>, StudioError> {
        let failed = |error: std::io::Error| StudioError::Listen { address: self.url.clone(), cause: because(&error) };
        tokio::select! {
            ended = self.server => ended.map_err(|panic| failed(std::io::Error::other(panic)))?,
            () = serve::until_told_to_stop() => {}
        }
        let runs = self.app.runs(self.app.lang)?.into_iter();
        let is_training = |run: &Run| matches!(run.state, RunState::Starting | RunState::Running);
        Ok(runs.filter(is_training).map(|run| run.id).collect())
    }
}

/// All a run has written so far.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct History {
    /// The run.
    pub run: Run,
    /// Its metrics, by step.
    pub metrics: Vec<Metric>,
    /// Its samples, by step.
    pub samples: Vec<Sample>,
}

/// A run that was started.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Started {
    /// Its name.
    pub id: String,
}

/// What every handler knows.
pub(crate) struct App {
    guard: guard::Guard,
    home: PathBuf,
    program: PathBuf,
    lang: Lang,
    children: run_process::Children,
    speakers: chat::Speakers,
    learning: learning::School,
    knowledge: knowledge::Knowledge,
    library: library::Library,
}

/// Does `work` where blocking is allowed; its panic is the caller's.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}

/// Starts the studio, hands its address to `on_ready`, and serves until the process is told to stop; returns the
/// runs that go on without it.
///
/// Fails with [`StudioError::Home`], [`StudioError::PortTaken`] or [`StudioError::Listen`].
pub fn run(config: Config, on_ready: impl FnOnce(&str)) -> Result<Vec<String>, StudioError> {
    let built = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime =
        built.map_err(|error| StudioError::Listen { address: "127.0.0.1".to_string(), cause: because(&error) })?;
    let ended = runtime.block_on(async {
        let studio = serve(config).await?;
        on_ready(&studio.url);
        studio.run().await
    });
    // Open streams and the threads that follow runs are no reason to wait.
    runtime.shutdown_background();
    ended
}

/// Starts the studio on 127.0.0.1 and returns at once; nothing is printed.
///
/// Fails with [`StudioError::Home`], [`StudioError::PortTaken`] or [`StudioError::Listen`].
///
/// ```no_run
/// # async fn start() -> Result<Vec<String>, studio::StudioError> {
/// let studio = studio::serve(studio::Config {
///     port: 7878,
///     home: "sanjie-home".into(),
///     open: false,
///     program: std::env::current_exe().unwrap(),
///     lang: messages::Lang::detect(),
///     preview: None,
///     embedders: |_| Ok(retrieval::knowledge_base::OpenedEmbedder { place: String::new(), embedder: None }),
/// })
/// .await?;
/// println!("{}", studio.url);
/// studio.run().await
/// # }
/// ```
pub async fn serve(config: Config) -> Result<Studio, StudioError> {
    serve_with(config, engine::open).await
}

/// [`serve`] with another way to open models: the seam for tests that have none.
pub async fn serve_with(config: Config, open: fn(&std::path::Path) -> Opened) -> Result<Studio, StudioError> {
    let home = usable_home(&config.home)?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, config.port));
    let listener = TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => StudioError::PortTaken { port: config.port },
        _ => StudioError::Listen { address: address.to_string(), cause: because(&error) },
    })?;
    let port = listener.local_addr().map_or(config.port, |address| address.port());
    let topic = config.preview.as_ref().and_then(|preview| preview.topic.as_ref());
    let first_page = topic.map_or("/".into(), |topic| format!("/path/{topic}"));
    let app = Arc::new(App {
        guard: guard::Guard::new(port, first_page),
        learning: learning::School::new(home.clone(), config.preview.as_ref()),
        knowledge: knowledge::Knowledge::new(config.embedders),
        library: library::Library::new(),
        home,
        program: config.program,
        lang: config.lang,
        children: run_process::Children::default(),
        speakers: chat::Speakers::new(open),
    });
    let url = app.guard.url();
    let routes = router(app.clone());
    // Streams of events have no end, so nobody waits for answers in progress.
    let server = tokio::spawn(serve::take_connections(listener, routes, std::future::pending()));
    if config.open {
        open_browser(&url);
    }
    Ok(Studio { url, app, server })
}

/// The data folder as an absolute path, in which a file could be written just now.
fn usable_home(home: &std::path::Path) -> Result<PathBuf, StudioError> {
    let unusable =
        |error: std::io::Error| StudioError::Home { path: home.display().to_string(), cause: because(&error) };
    let home = std::path::absolute(home).map_err(unusable)?;
    let probe = home.join("runs").join(format!(".probe-{}", std::process::id()));
    std::fs::create_dir_all(home.join("runs")).map_err(unusable)?;
    std::fs::write(&probe, "probe").map_err(unusable)?;
    std::fs::remove_file(&probe).map_err(unusable)?;
    Ok(home)
}

fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/api/recipes", get(recipes_list))
        .route("/api/datasets/{name}/fetch", post(datasets::fetch))
        .route("/api/runs", get(runs_list).post(run_start))
        .route("/api/runs/{id}", get(run_show).delete(run_delete))
        .route("/api/runs/{id}/history", get(run_history))
        .route("/api/runs/{id}/events", get(run_events))
        .route("/api/runs/{id}/profile", get(profile::show))
        .route("/api/runs/{id}/trace", get(profile::trace))
        .route("/api/runs/{id}/stop", post(run_stop))
        .route("/api/runs/{id}/resume", post(run_resume))
        .route("/api/compare", get(compare))
        .route("/api/models", get(models_list))
        .route("/api/generate", post(generate))
        .route("/api/attention", post(look))
        .route("/api/scores", post(scoring::score))
        .merge(learning::routes())
        .merge(knowledge::routes())
        .merge(library::routes())
        .route("/api/{*path}", axum::routing::any(no_such_path))
        .fallback(get(pages::page))
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(serve::limits::BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(app.clone(), guard::check))
        .layer(middleware::from_fn_with_state(app.clone(), failure::in_language))
        .layer(middleware::map_response(with_policy))
        .with_state(app)
}

type Answer<T> = Result<T, Failure>;

async fn recipes_list(State(app): State<Arc<App>>, Asked(lang): Asked) -> Json<Vec<Recipe>> {
    Json(recipes::built_in(&app.home, lang))
}

async fn runs_list(State(app): State<Arc<App>>, Asked(lang): Asked) -> Answer<Json<Vec<Run>>> {
    Ok(Json(app.runs(lang)?))
}

async fn run_start(
    State(app): State<Arc<App>>,
    Asked(lang): Asked,
    Body(wanted): Body<StartRun>,
) -> Answer<(StatusCode, Json<Started>)> {
    Ok((StatusCode::CREATED, Json(Started { id: app.start_run(&wanted, lang)? })))
}

async fn run_show(State(app): State<Arc<App>>, Id(id): Id, Asked(lang): Asked) -> Answer<Json<Run>> {
    Ok(Json(app.describe(&app.run(&id)?, lang)))
}

async fn run_history(State(app): State<Arc<App>>, Id(id): Id, Asked(lang): Asked) -> Answer<Json<History>> {
    Ok(Json(history(&app, &id, lang)?))
}

fn history(app: &App, id: &str, lang: Lang) -> Result<History, StudioError> {
    let folder = app.run(id)?;
    let unreadable = |error: std::io::Error| StudioError::file(&folder.path, &error);
    Ok(History {
        run: app.describe(&folder, lang),
        metrics: folder.metrics().map_err(unreadable)?,
        samples: folder.samples().map_err(unreadable)?,
    })
}

#[derive(Deserialize)]
struct From {
    from: Option<u64>,
}

async fn run_events(
    State(app): State<Arc<App>>,
    Id(id): Id,
    Values(From { from }): Values<From>,
    Asked(lang): Asked,
    headers: HeaderMap,
) -> Answer<Response> {
    let folder = app.run(&id)?;
    // A browser that reconnects repeats the address, but says which event it saw last.
    let seen = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
    let events = live::follow(app, folder, seen.or(from).unwrap_or(0), lang);
    Ok(Sse::new(ReceiverStream::new(events)).keep_alive(KeepAlive::default()).into_response())
}

async fn run_stop(State(app): State<Arc<App>>, Id(id): Id) -> Answer<StatusCode> {
    app.stop_run(&app.run(&id)?)?;
    Ok(StatusCode::ACCEPTED)
}

async fn run_resume(
    State(app): State<Arc<App>>,
    Id(id): Id,
    Asked(lang): Asked,
    Body(wanted): Body<ResumeRun>,
) -> Answer<StatusCode> {
    app.resume_run(&app.run(&id)?, &wanted, lang)?;
    Ok(StatusCode::ACCEPTED)
}

async fn run_delete(State(app): State<Arc<App>>, Id(id): Id, Body(confirmed): Body<DeleteRun>) -> Answer<StatusCode> {
    app.delete_run(&app.run(&id)?, &confirmed)?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct Compared {
    #[serde(default)]
    runs: String,
}

async fn compare(
    State(app): State<Arc<App>>,
    Values(Compared { runs }): Values<Compared>,
    Asked(lang): Asked,
) -> Answer<Json<Vec<History>>> {
    let ids = runs.split(',').filter(|id| !id.is_empty());
    Ok(Json(ids.map(|id| history(&app, id, lang)).collect::<Result<_, _>>()?))
}

async fn models_list(State(app): State<Arc<App>>, Asked(lang): Asked) -> Answer<Json<Vec<Model>>> {
    Ok(Json(app.models(lang)?))
}

async fn generate(State(app): State<Arc<App>>, Asked(lang): Asked, Body(request): Body<Generate>) -> Answer<Response> {
    let spoken = ReceiverStream::new(chat::generate(app, request).await?);
    let events = spoken.map(move |spoken| Ok::<_, Infallible>(chat::event(&spoken, lang)));
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

async fn look(State(app): State<Arc<App>>, Body(wanted): Body<LookAt>) -> Answer<Json<Looked>> {
    Ok(Json(chat::look(app, wanted).await?))
}

async fn no_such_path(uri: Uri) -> Failure {
    StudioError::NoSuchPath { path: uri.path().to_string() }.into()
}

async fn wrong_method(method: Method, uri: Uri) -> Failure {
    StudioError::WrongMethod { method: method.to_string(), path: uri.path().to_string() }.into()
}

/// The run that the path names; a name that is no text is nobody's.
struct Id(String);

impl FromRequestParts<Arc<App>> for Id {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let named = Path::<String>::from_request_parts(parts, app).await;
        let Ok(Path(id)) = named else {
            return Err(StudioError::NoSuchRun { run: parts.uri.path().to_string() }.into());
        };
        Ok(Id(id))
    }
}

/// Nothing from elsewhere is loaded, and no other page may show this one inside itself.
async fn with_policy(mut response: Response) -> Response {
    const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                          base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// Asks the desktop, where there is one, to show the address. Failing is no error: the address is printed too.
fn open_browser(url: &str) {
    let has_display = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
    let opener = match std::env::consts::OS {
        "macos" => "open",
        _ if has_display => "xdg-open",
        _ => return,
    };
    let quiet = std::process::Stdio::null;
    let mut command = std::process::Command::new(opener);
    if let Ok(mut child) = command.arg(url).stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn() {
        std::thread::spawn(move || child.wait());
    }
}

//! The routes, and serving them until told to stop.

use crate::connections::take_connections;
use crate::encoder_handle::EncoderHandle;
use crate::failure::{Failure, KindError};
use crate::handle::{HandleError, ModelHandle, fresh_seed};
use crate::limits::{BODY_BYTES_MAX, BODY_TIME_MAX, SHUTDOWN_GRACE};
use crate::request::RequestError;
use crate::{chat, completions, embeddings, guard};
use api::openai::{ModelCard, ModelList};
use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{DefaultBodyLimit, FromRequest, Path, Request, State};
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use messages::Lang;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;

/// Where to listen.
#[derive(Clone, Debug)]
pub struct Options {
    /// An address or a name of this machine: `127.0.0.1` unless the person wants others to reach it.
    pub host: String,
    /// 0 takes a free one.
    pub port: u16,
}

sys::coded_error! {
    /// Why nothing is served.
    pub enum ServeError {
        /// The address is taken, not this machine's, or not allowed.
        Bind { host: String, port: u16 } by Cause = "serve.bind",
        /// The system gives no threads, or the listening socket failed.
        System { cause: String } = "serve.system",
    }
}

/// Serves the `routes` of a model until the process is told to stop (Ctrl-C, SIGTERM); then answers in progress have a few
/// seconds to end. `on_ready` gets the address once connections are taken.
///
/// # Errors
/// [`ServeError`].
pub fn run(routes: Router, options: &Options, on_ready: impl FnOnce(SocketAddr)) -> Result<(), ServeError> {
    let system = |error: std::io::Error| ServeError::System { cause: error.to_string() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(system)?;
    let served = runtime.block_on(async {
        let Options { host, port } = options;
        let bind = |e: std::io::Error| ServeError::Bind {
            host: host.clone(),
            port: *port,
            cause: Box::new(sys::SystemError::of(&e)),
        };
        let listener = TcpListener::bind((host.as_str(), *port)).await.map_err(bind)?;
        on_ready(listener.local_addr().map_err(system)?);
        let (tell, told) = tokio::sync::oneshot::channel();
        let stop = async {
            until_told_to_stop().await;
            // The receiver is gone only if the server is.
            let _ = tell.send(());
        };
        let late = async {
            let _ = told.await;
            tokio::time::sleep(SHUTDOWN_GRACE).await;
        };
        tokio::select! {
            () = take_connections(listener, routes, stop) => {}
            () = late => {}
        }
        Ok(())
    });
    runtime.shutdown_background();
    served
}

/// All routes over a model that writes; errors are told in `lang`.
pub fn router(handle: ModelHandle, lang: Lang) -> Router {
    let routes = Router::new()
        .route("/v1/completions", post(complete))
        .route("/v1/chat/completions", post(answer_chat))
        .route("/apply-template", post(show_prompt))
        .route("/v1/embeddings", post(no_vectors));
    with_common(routes, App { handle, lang })
}

/// All routes over a model that gives vectors; errors are told in `lang`.
pub fn encoder_router(handle: EncoderHandle, lang: Lang) -> Router {
    let routes = Router::new()
        .route("/v1/embeddings", post(embed))
        .route("/v1/completions", post(no_text))
        .route("/v1/chat/completions", post(no_text))
        .route("/apply-template", post(no_text));
    with_common(routes, App { handle, lang })
}

/// The routes that every model has, and what there is to say of all others.
fn with_common<H: Served>(routes: Router<App<H>>, app: App<H>) -> Router {
    routes
        .route("/healthz", get(health::<H>))
        .route("/v1/models", get(list_models::<H>))
        .route("/v1/models/{id}", get(show_model::<H>))
        .fallback(unknown_route::<H>)
        .method_not_allowed_fallback(wrong_method::<H>)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn_with_state(app.lang, guard::check))
        .with_state(app)
}

/// What every route knows.
#[derive(Clone)]
pub(crate) struct App<H = ModelHandle> {
    pub handle: H,
    pub lang: Lang,
}

/// What is told of every model.
pub(crate) trait Served: Clone + Send + Sync + 'static {
    fn name(&self) -> &str;
    fn opened_at(&self) -> u64;
    fn n_open(&self) -> usize;
    fn is_alive(&self) -> bool;
}

/// Both handles say the same of themselves.
macro_rules! served {
    ($($handle:ty),*) => { $(impl Served for $handle {
        fn name(&self) -> &str { <$handle>::name(self) }
        fn opened_at(&self) -> u64 { <$handle>::opened_at(self) }
        fn n_open(&self) -> usize { <$handle>::n_open(self) }
        fn is_alive(&self) -> bool { <$handle>::is_alive(self) }
    })* };
}
served!(ModelHandle, EncoderHandle);

/// Fails if another model is asked for; no model means the one there is.
pub(crate) fn check_model(model: Option<String>, handle: &impl Served) -> Result<(), RequestError> {
    match model {
        Some(model) if model != handle.name() => {
            Err(RequestError::UnknownModel { model, served: handle.name().to_string() })
        }
        _ => Ok(()),
    }
}

/// A name for a reply that nobody else has.
pub(crate) fn reply_id(kind: &str) -> String {
    format!("{kind}-{:016x}", fresh_seed())
}

async fn health<H: Served>(State(App { handle, lang }): State<App<H>>) -> Result<Json<Value>, Failure> {
    if !handle.is_alive() {
        return Err(Failure::handle(lang, &HandleError::EngineGone {}));
    }
    Ok(Json(json!({ "status": "ok", "model": handle.name(), "open_requests": handle.n_open() })))
}

async fn list_models<H: Served>(State(App { handle, .. }): State<App<H>>) -> Json<ModelList> {
    Json(ModelList { object: "list".into(), data: vec![card(&handle)] })
}

async fn show_model<H: Served>(
    State(app): State<App<H>>,
    id: Result<Path<String>, PathRejection>,
    uri: Uri,
) -> Result<Json<ModelCard>, Failure> {
    // What is no UTF-8 names no model, either.
    let id = id.map_or_else(|_| uri.path().trim_start_matches("/v1/models/").to_string(), |Path(id)| id);
    check_model(Some(id), &app.handle).map_err(|error| Failure::request(app.lang, &error))?;
    Ok(Json(card(&app.handle)))
}

async fn complete(State(app): State<App>, request: Request) -> Result<Response, Failure> {
    let body = body_of(app.lang, request).await?;
    completions::complete(app, &body).await
}

async fn answer_chat(State(app): State<App>, request: Request) -> Result<Response, Failure> {
    let body = body_of(app.lang, request).await?;
    chat::chat(app, &body).await
}

async fn show_prompt(State(app): State<App>, request: Request) -> Result<Response, Failure> {
    let body = body_of(app.lang, request).await?;
    chat::show(app, &body).await
}

async fn embed(State(app): State<App<EncoderHandle>>, request: Request) -> Result<Response, Failure> {
    let body = body_of(app.lang, request).await?;
    embeddings::embed(app, &body).await
}

async fn no_vectors(State(App { handle, lang }): State<App>) -> Failure {
    Failure::kind(lang, &KindError::Decoder { model: handle.name().to_string() })
}

async fn no_text(State(App { handle, lang }): State<App<EncoderHandle>>) -> Failure {
    Failure::kind(lang, &KindError::Encoder { model: handle.name().to_string() })
}

async fn unknown_route<H: Served>(State(app): State<App<H>>, method: Method, uri: Uri) -> Response {
    let error = RequestError::UnknownRoute { method: method.to_string(), path: uri.path().to_string() };
    Failure::request(app.lang, &error).into_response()
}

async fn wrong_method<H: Served>(State(app): State<App<H>>, method: Method, uri: Uri) -> Response {
    let error = RequestError::Method { method: method.to_string(), path: uri.path().to_string() };
    Failure::request(app.lang, &error).into_response()
}

async fn body_of(lang: Lang, request: Request) -> Result<Bytes, Failure> {
    read_within(BODY_TIME_MAX, request).await.map_err(|error| Failure::request(lang, &error))
}

async fn read_within(limit: Duration, request: Request) -> Result<Bytes, RequestError> {
    match tokio::time::timeout(limit, Bytes::from_request(request, &())).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Err(RequestError::BodyTooLarge { max: BODY_BYTES_MAX })
        }
        Ok(Err(rejection)) => Err(RequestError::BodyUnreadable { cause: rejection.body_text() }),
        Err(_) => Err(RequestError::BodyTooSlow { seconds: limit.as_secs() }),
    }
}

fn card(handle: &impl Served) -> ModelCard {
    let (id, created) = (handle.name().to_string(), handle.opened_at());
    ModelCard { id, object: "model".into(), created, owned_by: "sanjie".into() }
}

/// Returns when the process is told to stop (Ctrl-C, SIGTERM).
pub async fn until_told_to_stop() {
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => return,
            _ = terminate.recv() => return,
        }
    }
    // Should the system not let us listen for Ctrl-C, it ends the process itself.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use futures::stream::{self, StreamExt};
    use std::convert::Infallible;

    #[test]
    fn a_body_that_never_ends_is_given_up() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let begun = stream::iter([Ok::<_, Infallible>("{")]).chain(stream::pending());
        let request = Request::new(Body::from_stream(begun));
        let read = runtime.block_on(read_within(Duration::from_millis(20), request));
        assert!(matches!(read, Err(RequestError::BodyTooSlow { .. })));
    }
}

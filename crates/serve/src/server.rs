//! The routes, and serving them until told to stop.

use crate::failure::Failure;
use crate::handle::{HandleError, ModelHandle, fresh_seed};
use crate::limits::{BODY_BYTES_MAX, BODY_TIME_MAX, SHUTDOWN_GRACE};
use crate::request::RequestError;
use crate::{chat, completions};
use api::openai::{ModelCard, ModelList};
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Path, Request, State};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use messages::Lang;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;

/// Where to listen, and in which language errors are told.
#[derive(Clone, Debug)]
pub struct Options {
    /// An address or a name of this machine: `127.0.0.1` unless the person wants others to reach it.
    pub host: String,
    /// 0 takes a free one.
    pub port: u16,
    /// Language of error messages.
    pub lang: Lang,
}

sys::coded_error! {
    /// Why nothing is served.
    pub enum ServeError {
        /// The address is taken, not this machine's, or not allowed.
        Bind { host: String, port: u16, cause: String } = "serve.bind",
        /// The system gives no threads, or the listening socket failed.
        System { cause: String } = "serve.system",
    }
}

/// Serves `handle` until the process is told to stop (Ctrl-C, SIGTERM); then answers in progress have a few seconds
/// to end. `on_ready` gets the address once connections are taken.
///
/// # Errors
/// [`ServeError`].
pub fn run(handle: ModelHandle, options: &Options, on_ready: impl FnOnce(SocketAddr)) -> Result<(), ServeError> {
    let system = |error: std::io::Error| ServeError::System { cause: error.to_string() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(system)?;
    let served = runtime.block_on(async {
        let Options { host, port, lang } = options;
        let bind = |e: std::io::Error| ServeError::Bind { host: host.clone(), port: *port, cause: e.to_string() };
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
            ended = axum::serve(listener, router(handle, *lang)).with_graceful_shutdown(stop) => ended.map_err(system),
            () = late => Ok(()),
        }
    });
    runtime.shutdown_background();
    served
}

/// All routes over one model.
pub fn router(handle: ModelHandle, lang: Lang) -> Router {
    Router::new()
        .route("/healthz", get(health))
        .route("/v1/models", get(list_models))
        .route("/v1/models/{id}", get(show_model))
        .route("/v1/completions", post(complete))
        .route("/v1/chat/completions", post(answer_chat))
        .fallback(unknown_route)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(App { handle, lang })
}

/// What every route knows.
#[derive(Clone)]
pub(crate) struct App {
    pub handle: ModelHandle,
    pub lang: Lang,
}

/// Fails if another model is asked for; no model means the one there is.
pub(crate) fn check_model(model: Option<String>, handle: &ModelHandle) -> Result<(), RequestError> {
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

async fn health(State(App { handle, lang }): State<App>) -> Result<Json<Value>, Failure> {
    if !handle.is_alive() {
        return Err(Failure::handle(lang, &HandleError::EngineGone {}));
    }
    Ok(Json(json!({ "status": "ok", "model": handle.name(), "open_requests": handle.n_open() })))
}

async fn list_models(State(App { handle, .. }): State<App>) -> Json<ModelList> {
    Json(ModelList { object: "list".into(), data: vec![card(&handle)] })
}

async fn show_model(State(app): State<App>, Path(id): Path<String>) -> Result<Json<ModelCard>, Failure> {
    check_model(Some(id), &app.handle).map_err(|error| Failure::request(app.lang, &error))?;
    Ok(Json(card(&app.handle)))
}

async fn complete(State(app): State<App>, request: Request) -> Result<Response, Failure> {
    let body = body_of(&app, request).await?;
    completions::complete(app, &body).await
}

async fn answer_chat(State(app): State<App>, request: Request) -> Result<Response, Failure> {
    let body = body_of(&app, request).await?;
    chat::chat(app, &body).await
}

async fn unknown_route(State(app): State<App>, method: Method, uri: Uri) -> Response {
    let error = RequestError::UnknownRoute { method: method.to_string(), path: uri.path().to_string() };
    Failure::request(app.lang, &error).into_response()
}

async fn wrong_method(State(app): State<App>, method: Method, uri: Uri) -> Response {
    let error = RequestError::Method { method: method.to_string(), path: uri.path().to_string() };
    Failure::request(app.lang, &error).into_response()
}

async fn body_of(app: &App, request: Request) -> Result<Bytes, Failure> {
    read_within(BODY_TIME_MAX, request).await.map_err(|error| Failure::request(app.lang, &error))
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

fn card(handle: &ModelHandle) -> ModelCard {
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

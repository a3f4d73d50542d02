//! Errors as HTTP replies in OpenAI's shape; each variant's status is declared here and nowhere else.

use crate::handle::{GenerationError, HandleError};
use crate::request::RequestError;
use api::openai::{ErrorBody, ErrorReply};
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use infer::{EncodeError, InputError, PrepareError, PromptError, SamplingError, SubmitError};
use messages::Lang;
use sys::Coded;
use text::template::TemplateError;

sys::coded_error! {
    /// A route that the served model is not for.
    pub enum KindError {
        /// Vectors are asked of a model that writes.
        Decoder { model: String } = "serve.decoder",
        /// Text is asked of a model that gives vectors.
        Encoder { model: String } = "serve.encoder",
    }
}

/// A reply that is no success.
#[derive(Debug)]
pub(crate) struct Failure {
    status: StatusCode,
    body: ErrorBody,
}

impl Failure {
    /// What a request asks for wrongly.
    pub fn request(lang: Lang, error: &RequestError) -> Failure {
        let (status, code) = match error {
            RequestError::NotAnObject { .. } => (StatusCode::BAD_REQUEST, None),
            RequestError::Field { .. } | RequestError::WholeNumber { .. } => {
                (StatusCode::BAD_REQUEST, Some("invalid_type"))
            }
            RequestError::Unsupported { .. } => (StatusCode::BAD_REQUEST, Some("unsupported_parameter")),
            RequestError::OutOfRange { .. }
            | RequestError::Entries { .. }
            | RequestError::StopBytes { .. }
            | RequestError::Choices { .. }
            | RequestError::AlternativesAlone {}
            | RequestError::Role { .. }
            | RequestError::Part { .. } => (StatusCode::BAD_REQUEST, Some("invalid_value")),
            RequestError::Empty { .. } => (StatusCode::BAD_REQUEST, Some("missing_required_parameter")),
            RequestError::ForeignHost { .. } => (StatusCode::FORBIDDEN, Some("foreign_host")),
            RequestError::ForeignOrigin { .. } => (StatusCode::FORBIDDEN, Some("foreign_origin")),
            RequestError::UnknownModel { .. } => (StatusCode::NOT_FOUND, Some("model_not_found")),
            RequestError::UnknownRoute { .. } => (StatusCode::NOT_FOUND, Some("unknown_url")),
            RequestError::Method { .. } => (StatusCode::METHOD_NOT_ALLOWED, Some("method_not_allowed")),
            RequestError::BodyTooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, Some("request_too_large")),
            RequestError::BodyTooSlow { .. } => (StatusCode::REQUEST_TIMEOUT, Some("request_timeout")),
            RequestError::BodyUnreadable { .. } => (StatusCode::BAD_REQUEST, None),
        };
        Failure::new(lang, error, Reply { status, code, param: error.param() })
    }

    /// What the model cannot do; `prompt` names the field that holds the prompt.
    pub fn generation(lang: Lang, error: &GenerationError, prompt: &str) -> Failure {
        let bad = |code, param: &str| Reply { status: StatusCode::BAD_REQUEST, code, param: Some(param.to_string()) };
        let reply = match error {
            GenerationError::Handle(error) => return Failure::handle(lang, error),
            GenerationError::Prepare(error) => match error {
                PrepareError::Prompt(PromptError::Template(TemplateError::Toolless { what })) => {
                    bad(Some("unsupported_parameter"), if *what == "tools" { "tools" } else { prompt })
                }
                PrepareError::Prompt(_) => bad(None, prompt),
                PrepareError::Sampling(SamplingError::Temperature { .. }) => bad(Some("invalid_value"), "temperature"),
                PrepareError::Sampling(SamplingError::TopP { .. }) => bad(Some("invalid_value"), "top_p"),
                PrepareError::Sampling(SamplingError::Repetition { .. }) => {
                    bad(Some("invalid_value"), "repetition_penalty")
                }
                PrepareError::Sampling(SamplingError::Penalty { name, .. }) => bad(Some("invalid_value"), name),
                PrepareError::Submit(SubmitError::ContextExceeded { .. }) => {
                    bad(Some("context_length_exceeded"), prompt)
                }
                PrepareError::Submit(SubmitError::NothingAsked {}) => bad(Some("invalid_value"), "max_tokens"),
                PrepareError::Submit(SubmitError::EmptyPrompt {} | SubmitError::UnknownToken { .. }) => {
                    bad(Some("invalid_value"), prompt)
                }
                PrepareError::Submit(SubmitError::QueueFull { .. }) => {
                    Reply { status: StatusCode::TOO_MANY_REQUESTS, code: Some("queue_full"), param: None }
                }
            },
        };
        Failure::new(lang, error, reply)
    }

    /// What an encoder cannot read.
    pub fn encoding(lang: Lang, error: &EncodeError) -> Failure {
        let code = match error {
            EncodeError::Tokenizer(_) => None,
            EncodeError::Input(InputError::TooLong { .. }) => Some("context_length_exceeded"),
            EncodeError::Input(InputError::Empty {} | InputError::UnknownToken { .. }) => Some("invalid_value"),
        };
        Failure::new(lang, error, Reply { status: StatusCode::BAD_REQUEST, code, param: Some("input".into()) })
    }

    /// What another kind of model would do.
    pub fn kind(lang: Lang, error: &KindError) -> Failure {
        let (status, code) = (StatusCode::BAD_REQUEST, Some("unsupported_model"));
        Failure::new(lang, error, Reply { status, code, param: Some("model".into()) })
    }

    /// What went wrong with the engine.
    pub fn handle(lang: Lang, error: &HandleError) -> Failure {
        let (status, code) = match error {
            HandleError::QueueFull { .. } => (StatusCode::TOO_MANY_REQUESTS, "queue_full"),
            HandleError::StepFailed {} => (StatusCode::INTERNAL_SERVER_ERROR, "step_failed"),
            HandleError::EngineGone {} => (StatusCode::SERVICE_UNAVAILABLE, "engine_gone"),
        };
        Failure::new(lang, error, Reply { status, code: Some(code), param: None })
    }

    fn new(lang: Lang, error: &dyn Coded, Reply { status, code, param }: Reply) -> Failure {
        let kind = match status {
            StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
            status if status.is_server_error() => "server_error",
            _ => "invalid_request_error",
        };
        let message = messages::render(lang, error);
        Failure { status, body: ErrorBody { message, kind: kind.into(), param, code: code.map(str::to_string) } }
    }

    /// For a stream, whose status is out already.
    pub fn into_reply(self) -> ErrorReply {
        ErrorReply { error: self.body }
    }
}

/// How an error is told.
struct Reply {
    status: StatusCode,
    code: Option<&'static str>,
    param: Option<String>,
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.status, Json(self.into_reply())).into_response()
    }
}

//! A hosted model's address: requests with a key, tried again while the server asks for time.
//!
//! A request is tried again when the server has too much to do (429), is not well (5xx), or the connection breaks;
//! before that it rests as long as `Retry-After` says, or twice as long each time. Everything else is the caller's to
//! mend and comes back at once. Nothing is ever sent elsewhere: redirects are refused, so texts and key go to the
//! address that the person gave and to nobody else. The proxy that the environment names is used.

use crate::openai::ErrorReply;
use serde::Serialize;
use std::io::ErrorKind;
use std::time::Duration;
use ureq::Agent;
use ureq::http::{HeaderMap, HeaderValue, Uri};

/// Tries of one request, the first included.
const TRIES_MAX: u32 = 5;
/// A server that wants to be left alone for longer is given up, so that a person is told instead of kept waiting.
const REST_MAX: Duration = Duration::from_secs(60);
/// Bytes of an answer: thirty-two vectors of 16,384 numbers as JSON take 12 MB.
const ANSWER_BYTES_MAX: u64 = 1 << 26;
/// Characters of an answer that is no JSON, in messages.
const CAUSE_CHARS_MAX: usize = 200;
/// The variable that holds the key.
const KEY_VARIABLE: &str = "OPENAI_API_KEY";

sys::coded_error! {
    /// What can go wrong between here and a hosted model.
    pub enum EndpointError {
        /// What was given is no address of an API.
        Address { address: String, cause: &'static str } = "endpoint.address",
        /// The key holds characters that no key has.
        Key { variable: &'static str } = "endpoint.key",
        /// There is no answer at all.
        Unreachable { address: String, cause: String } = "endpoint.unreachable",
        /// The server wants another key.
        Unauthorised { address: String, status: u16, cause: String, variable: &'static str } = "endpoint.unauthorised",
        /// The server does not take the request.
        Refused { address: String, status: u16, cause: String } = "endpoint.refused",
        /// The server asks for more time than a request gets.
        Busy { address: String, status: u16, cause: String, tries: u32 } = "endpoint.busy",
        /// The answer is not what was asked for.
        Answer { address: String, expected: String, found: String } = "endpoint.answer",
    }
}

/// How long to wait for a hosted model.
#[derive(Clone, Copy, Debug)]
pub struct EndpointPatience {
    /// For a connection to stand.
    pub connect: Duration,
    /// For an answer.
    pub answer: Duration,
    /// Before the second try, if the server does not say; doubled with each further one.
    pub rest: Duration,
}

impl EndpointPatience {
    /// Enough for a batch on a slow machine nearby.
    pub fn standard() -> EndpointPatience {
        EndpointPatience {
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(120),
            rest: Duration::from_secs(1),
        }
    }
}

/// The key that the environment holds, if it holds one.
pub fn key_of_environment() -> Option<String> {
    let key = std::env::var(KEY_VARIABLE).ok()?;
    Some(key.trim().to_string()).filter(|key| !key.is_empty())
}

/// An API's address with what it takes to ask it.
pub(crate) struct Endpoint {
    address: String,
    authorization: Option<HeaderValue>,
    agent: Agent,
    patience: EndpointPatience,
}

impl Endpoint {
    /// An API at `address`, such as `https://api.openai.com/v1`.
    pub fn new(address: &str, key: Option<&str>, patience: EndpointPatience) -> Result<Endpoint, EndpointError> {
        let address = address.trim().trim_end_matches('/');
        let wrong = |cause| EndpointError::Address { address: address.into(), cause };
        let uri: Uri = address.parse().map_err(|_| wrong("not an address"))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none_or(str::is_empty) {
            return Err(wrong("it must begin with http:// or https:// and a name"));
        }
        if uri.query().is_some() || uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(wrong("it must hold neither a query nor a password"));
        }
        let header = |key: &str| {
            let mut value = HeaderValue::try_from(format!("Bearer {key}"))?;
            value.set_sensitive(true);
            Ok::<_, ureq::http::header::InvalidHeaderValue>(value)
        };
        let authorization = key.map(header).transpose().map_err(|_| EndpointError::Key { variable: KEY_VARIABLE })?;
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent("sanjie")
            .timeout_resolve(Some(patience.connect))
            .timeout_connect(Some(patience.connect))
            .timeout_recv_response(Some(patience.answer))
            .timeout_per_read(Some(patience.answer))
            .timeout_per_write(Some(patience.answer))
            .build();
        Ok(Endpoint { address: address.into(), authorization, agent: config.into(), patience })
    }

    /// Its address, without a slash at the end.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Posts `body` to `{address}/{route}`; the bytes of a successful answer.
    pub fn post(&self, route: &str, body: &impl Serialize) -> Result<Vec<u8>, EndpointError> {
        let address = format!("{}/{route}", self.address);
        let body = serde_json::to_vec(body).expect("a request is JSON");
        let mut rest = self.patience.rest;
        let mut tries = 1;
        loop {
            let (error, asked) = match self.attempt(&address, &body) {
                Ok(answer) => return Ok(answer),
                Err(Ended::For(error)) => return Err(error),
                Err(Ended::ForNow { error, rest }) => (error, rest),
            };
            let pause = asked.unwrap_or(rest);
            if tries == TRIES_MAX || pause > REST_MAX {
                return Err(match error {
                    EndpointError::Busy { address, status, cause, .. } => {
                        EndpointError::Busy { address, status, cause, tries }
                    }
                    other => other,
                });
            }
            std::thread::sleep(pause);
            rest *= 2;
            tries += 1;
        }
    }

    fn attempt(&self, address: &str, body: &[u8]) -> Result<Vec<u8>, Ended> {
        let mut request = self.agent.post(address).header("Content-Type", "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization.clone());
        }
        let mut response = request.send(body).map_err(|error| broken(address, &error))?;
        let status = response.status().as_u16();
        let asked = asked_rest(response.headers());
        let answer = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
        let answer = match answer {
            Err(ureq::Error::BodyExceedsLimit(limit)) => {
                let (expected, found) = (format!("at most {limit} bytes"), "more".into());
                return Err(Ended::For(EndpointError::Answer { address: address.into(), expected, found }));
            }
            answer => answer.map_err(|error| broken(address, &error))?,
        };
        let (address, cause) = (address.to_string(), || cause(&answer));
        match status {
            200..300 => Ok(answer),
            // Waiting mends no empty account.
            429 if code(&answer).as_deref() != Some("insufficient_quota") => Err(Ended::ForNow {
                error: EndpointError::Busy { address, status, cause: cause(), tries: 1 },
                rest: asked,
            }),
            500.. => Err(Ended::ForNow {
                error: EndpointError::Busy { address, status, cause: cause(), tries: 1 },
                rest: asked,
            }),
            401 | 403 => {
                Err(Ended::For(EndpointError::Unauthorised { address, status, cause: cause(), variable: KEY_VARIABLE }))
            }
            _ => Err(Ended::For(EndpointError::Refused { address, status, cause: cause() })),
        }
    }
}

/// Why an attempt has no answer.
enum Ended {
    /// Another one would end the same way.
    For(EndpointError),
    /// Another one may do better, after the rest that the server asks for.
    ForNow { error: EndpointError, rest: Option<Duration> },
}

/// A connection that broke is tried again; one that never stood, or kept silent for as long as it may, is not.
fn broken(address: &str, error: &ureq::Error) -> Ended {
    let found = EndpointError::Unreachable { address: address.into(), cause: error.to_string() };
    let broke =
        [ErrorKind::ConnectionReset, ErrorKind::ConnectionAborted, ErrorKind::BrokenPipe, ErrorKind::UnexpectedEof];
    match error {
        ureq::Error::Io(error) if broke.contains(&error.kind()) => Ended::ForNow { error: found, rest: None },
        _ => Ended::For(found),
    }
}

/// `Retry-After` in seconds (RFC 9110, section 10.2.3; a date there is passed over), or OpenAI's finer header.
fn asked_rest(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<f64>().ok();
    let seconds = number("retry-after-ms").map(|ms| ms / 1000.0).or_else(|| number("retry-after"))?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// What a server says of its refusal: OpenAI's message, or the beginning of whatever it sent.
fn cause(answer: &[u8]) -> String {
    if let Ok(reply) = serde_json::from_slice::<ErrorReply>(answer) {
        return reply.error.message;
    }
    String::from_utf8_lossy(answer).trim().chars().take(CAUSE_CHARS_MAX).collect()
}

fn code(answer: &[u8]) -> Option<String> {
    serde_json::from_slice::<ErrorReply>(answer).ok()?.error.code
}

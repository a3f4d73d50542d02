//! Asking a model's server: with patience, with the person's token where it belongs, and again while it asks for time.

use super::{PullError, Repository};
use crate::Patience;
use crate::download;
use std::time::Duration;
use ureq::http::{HeaderMap, Response};
use ureq::typestate::WithoutBody;
use ureq::{Agent, Body, RequestBuilder};

/// Tries of one request that bring nothing.
pub(crate) const TRIES_MAX: u32 = 5;
/// The rest before the second try, if the server does not ask for one; doubled with each further one.
const REST: Duration = Duration::from_millis(250);
/// A server that wants to be left alone for longer is given up.
const REST_MAX: Duration = Duration::from_secs(60);
/// Bytes of a list of files: a hundred thousand files.
const LIST_BYTES_MAX: u64 = 1 << 26;

/// A way to a server.
pub(crate) struct Client<'a> {
    pub repository: &'a Repository,
    following: Agent,
    looking: Agent,
    authorization: Option<String>,
}

/// Why there is no answer.
pub(crate) enum Ended {
    /// Asking again changes nothing.
    For(PullError),
    /// Asking again may help, after the rest that the server asks for.
    ForNow { cause: String, rest: Option<Duration> },
}

impl<'a> Client<'a> {
    /// `token` is sent only to the server that it is meant for.
    pub fn new(repository: &'a Repository, patience: Patience, token: Option<&str>) -> Client<'a> {
        let authorization = token.filter(|_| repository.takes_token).map(|token| format!("Bearer {}", token.trim()));
        Client {
            repository,
            following: download::agent(patience, download::REDIRECTS_MAX),
            looking: download::agent(patience, 0),
            authorization,
        }
    }

    /// Scheme and host of the server: what a target that begins with `/` stands behind. A mirror's own address may have a path.
    pub fn server(&self) -> &str {
        let base = &self.repository.base;
        let host = base.find("://").map_or(0, |at| at + 3);
        &base[..base[host..].find('/').map_or(base.len(), |at| host + at)]
    }

    /// Asks for `url`, or its part `range`; follows redirects, with the token only as long as they stay on its server.
    pub fn get(&self, url: &str, range: Option<String>) -> Result<Response<Body>, Ended> {
        let server = self.server();
        let part = |request: RequestBuilder<WithoutBody>| match &range {
            Some(range) => request.header("Range", range),
            None => request,
        };
        let mut at = url.to_string();
        for _ in 0..download::REDIRECTS_MAX {
            let mut request = part(self.looking.get(&at));
            if let Some(authorization) = &self.authorization {
                request = request.header("Authorization", authorization);
            }
            let response = request.call().map_err(|error| broken(&error))?;
            let target = response.headers().get("location").and_then(|target| target.to_str().ok());
            match target.filter(|_| response.status().is_redirection()) {
                None => return self.judged(url, response),
                Some(target) if target.starts_with('/') && !target.starts_with("//") => {
                    at = format!("{server}{target}")
                }
                Some(target) if target.starts_with(&format!("{server}/")) => at = target.to_string(),
                Some(elsewhere) => {
                    let response = part(self.following.get(elsewhere)).call().map_err(|error| broken(&error))?;
                    return self.judged(url, response);
                }
            }
        }
        Err(Ended::For(Client::lost(url)))
    }

    /// A server that redirects too often.
    pub fn lost(url: &str) -> PullError {
        let cause = format!("more than {} redirects", download::REDIRECTS_MAX).into();
        PullError::Unreachable { address: url.into(), cause }
    }

    /// The headers for `url` without following to another server, where they would be that server's.
    pub fn look(&self, url: &str) -> Result<Response<Body>, Ended> {
        let ask = |request: RequestBuilder<WithoutBody>| match &self.authorization {
            Some(authorization) => request.header("Authorization", authorization).call(),
            None => request.call(),
        };
        let mut response = ask(self.looking.head(url)).map_err(|error| broken(&error))?;
        // A simple server knows no HEAD; the body that comes instead is not read.
        if matches!(response.status().as_u16(), 405 | 501) {
            response = ask(self.looking.get(url)).map_err(|error| broken(&error))?;
        }
        if response.status().is_redirection() { Ok(response) } else { self.judged(url, response) }
    }

    fn judged(&self, url: &str, response: Response<Body>) -> Result<Response<Body>, Ended> {
        let Repository { id, revision, .. } = self.repository;
        let (model, address): (Box<str>, Box<str>) = (id.as_str().into(), url.into());
        match response.status().as_u16() {
            200..300 | 416 => Ok(response),
            status @ (401 | 403) => Err(Ended::For(PullError::Denied { model, address, status })),
            status @ (404 | 410) => {
                let revision = revision.as_deref().unwrap_or("-").into();
                Err(Ended::For(PullError::NotFound { model, revision, address, status }))
            }
            status @ (408 | 425 | 429 | 500 | 502..) => {
                Err(Ended::ForNow { cause: format!("HTTP {status}"), rest: asked_rest(response.headers()) })
            }
            status => Err(Ended::For(PullError::Unreachable { address, cause: format!("HTTP {status}").into() })),
        }
    }

    /// Does `ask` until it comes to something, or to nothing too often.
    pub fn patiently<T>(&self, url: &str, mut ask: impl FnMut() -> Result<T, Ended>) -> Result<T, PullError> {
        let mut pauses = Pauses::new();
        loop {
            match ask() {
                Ok(answer) => return Ok(answer),
                Err(Ended::For(error)) => return Err(error),
                Err(Ended::ForNow { cause, rest }) => {
                    if !pauses.pause(rest) {
                        let cause = match rest {
                            Some(rest) if rest > REST_MAX => format!("{cause}, and wants {} s of rest", rest.as_secs()),
                            _ => cause,
                        };
                        return Err(PullError::Unreachable { address: url.into(), cause: cause.into() });
                    }
                }
            }
        }
    }

    /// A list of files as JSON, with the headers of its answer.
    pub fn json(&self, url: &str) -> Result<(serde_json::Value, HeaderMap), PullError> {
        self.patiently(url, || {
            let mut response = self.get(url, None)?;
            let headers = response.headers().clone();
            let body = response.body_mut().with_config().limit(LIST_BYTES_MAX).read_to_vec();
            let wrong = |cause: String| Ended::For(PullError::Listing { address: url.into(), cause: cause.into() });
            let body = body.map_err(|error| match error {
                ureq::Error::BodyExceedsLimit(limit) => wrong(format!("more than {limit} bytes")),
                error => broken(&error),
            })?;
            Ok((serde_json::from_slice(&body).map_err(|error| wrong(error.to_string()))?, headers))
        })
    }
}

/// The rests between tries of one request.
pub(crate) struct Pauses {
    tries: u32,
}

impl Pauses {
    pub fn new() -> Pauses {
        Pauses { tries: 1 }
    }

    /// Rests before the next try; false if there is none.
    pub fn pause(&mut self, asked: Option<Duration>) -> bool {
        let pause = asked.unwrap_or(REST * 2u32.pow(self.tries - 1));
        if self.tries == TRIES_MAX || pause > REST_MAX {
            return false;
        }
        self.tries += 1;
        std::thread::sleep(pause);
        true
    }
}

fn broken(error: &ureq::Error) -> Ended {
    Ended::ForNow { cause: error.to_string(), rest: None }
}

/// `Retry-After` in seconds (RFC 9110, section 10.2.3); a date there is passed over.
fn asked_rest(headers: &HeaderMap) -> Option<Duration> {
    let seconds: f64 = headers.get("retry-after")?.to_str().ok()?.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// A path as it stands in an address: everything but unreserved characters and `/` as `%XX`.
pub(crate) fn encoded(path: &str) -> String {
    crate::dataset::percent_encoded(path)
}

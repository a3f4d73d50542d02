//! Who may ask: programs, and pages of this machine. Not the web pages that a person happens to visit.
//!
//! There is no password, so a browser must not lend its place in the network to strangers. Two rules, in the manner of
//! Ollama's server; programs that are no browsers notice neither:
//! - **Host** is an IP address or a name that nobody can register: one without a dot, or below `localhost`, `local`,
//!   `internal` or `home.arpa`. DNS rebinding needs a public name that points here, and is refused although it arrives.
//! - **Origin**, which browsers send with whatever a page's script posts, is that of the same server or of a page that this
//!   machine serves. Such a page may read the answer, too (CORS: its browser asks beforehand by OPTIONS).
//!
//! Not here: a key. Whoever can reach the port may use the model; `--host` decides who can. A proxy under a public name
//! sends its own `Host`, as proxies do unless told otherwise.

use crate::failure::Failure;
use crate::request::RequestError;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use messages::Lang;
use std::net::IpAddr;

/// Ends of names that are never given out to the public (RFC 6761, 6762, 8375; ICANN's reserve).
const PRIVATE_ENDS: [&str; 4] = [".localhost", ".local", ".internal", ".home.arpa"];

/// Lets a request through, or says why not.
pub(crate) async fn check(State(lang): State<Lang>, request: Request, next: Next) -> Response {
    if let Some(error) = refused(request.headers()) {
        return Failure::request(lang, &error).into_response();
    }
    let Some(origin) = request.headers().get(header::ORIGIN).cloned() else { return next.run(request).await };
    let asked = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let asks_first =
        request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if asks_first { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if asks_first {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
        asked.map(|names| headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names));
    }
    response
}

fn refused(headers: &HeaderMap) -> Option<RequestError> {
    let text = |name: HeaderName| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let host = text(header::HOST);
    if let Some(host) = host.clone().filter(|host| !is_private(name_of(host))) {
        return Some(RequestError::ForeignHost { host });
    }
    let origin = text(header::ORIGIN)?;
    let place = origin.split_once("://").map(|(_, place)| place);
    let is_own = place.is_some_and(|place| host.as_deref() == Some(place) || is_loopback(name_of(place)));
    (!is_own).then_some(RequestError::ForeignOrigin { origin })
}

/// `localhost` of `localhost:8080`, `::1` of `[::1]:8080`.
fn name_of(place: &str) -> &str {
    match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => place.rsplit_once(':').map_or(place, |(name, _)| name),
    }
}

fn is_private(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name.parse::<IpAddr>().is_ok() || !name.contains('.') || PRIVATE_ENDS.iter().any(|end| name.ends_with(end))
}

fn is_loopback(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_and_own_pages_may_ask_and_strangers_may_not() {
        let cases = [
            (Some("127.0.0.1:8080"), None, None),
            (Some("localhost"), None, None),
            (Some("[::1]:8080"), None, None),
            (Some("192.168.1.5:8080"), None, None),
            (Some("mybox:8080"), None, None),
            (Some("MyBox.local.:8080"), None, None),
            (None, None, None),
            (Some("evil.example:8080"), None, Some("serve.foreign_host")),
            (Some("127.0.0.1.evil.example"), None, Some("serve.foreign_host")),
            (Some("localhost.evil.example:8080"), None, Some("serve.foreign_host")),
            (Some("127.0.0.1:8080"), Some("http://localhost:3000"), None),
            (Some("127.0.0.1:8080"), Some("http://[::1]:3000"), None),
            (Some("192.168.1.5:8080"), Some("http://192.168.1.5:8080"), None),
            (Some("127.0.0.1:8080"), Some("https://evil.example"), Some("serve.foreign_origin")),
            (Some("127.0.0.1:8080"), Some("http://93.184.216.34"), Some("serve.foreign_origin")),
            (Some("127.0.0.1:8080"), Some("http://localhost.evil.example"), Some("serve.foreign_origin")),
            (Some("127.0.0.1:8080"), Some("null"), Some("serve.foreign_origin")),
            (Some("evil.example:8080"), Some("http://evil.example:8080"), Some("serve.foreign_host")),
        ];
        for (host, origin, expected) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in [(header::HOST, host), (header::ORIGIN, origin)] {
                if let Some(value) = value {
                    headers.insert(name, value.parse().unwrap());
                }
            }
            let found = refused(&headers).map(|error| sys::Coded::code(&error));
            assert_eq!(found, expected, "host {host:?}, origin {origin:?}");
        }
    }
}

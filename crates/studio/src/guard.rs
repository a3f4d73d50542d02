//! Who may ask: nobody but the person at this machine.
//!
//! The studio starts processes, so a page of another site must not be able to use it. Three locks, each enough
//! for the attacks it is made for:
//! - **Host** must be one of our own loopback names with our port: a name that an attacker's DNS points at
//!   127.0.0.1 (DNS rebinding) is refused although the connection arrives.
//! - **Origin**, when a browser sends it, must be ours: forms and scripts of other sites are refused.
//! - **Token**: everything needs this session's 256-bit secret. The printed address carries it once; the first
//!   answer moves it into a `SameSite=Strict`, `HttpOnly` cookie and redirects a browser to the bare address, so it
//!   stays out of the history. Scripts may send `Authorization: Bearer TOKEN` or `?token=TOKEN`.
//!
//! Not here: protection from other users or programs on the same machine who can read this process's memory.

use crate::App;
use crate::failure::{Failure, StudioError};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use std::sync::Arc;

const NO_TOKEN: &str = "<!doctype html><meta charset=utf-8><title>Sanjie 三阶</title>\
<p>This tab does not belong to the running session. Open the address that <code>sanjie start</code> printed last.</p>\
<p lang=zh>这个标签页不属于正在运行的会话。请打开 <code>sanjie start</code> 最近一次打印的地址。</p>";

/// The names and the secret of one session.
pub(crate) struct Guard {
    port: u16,
    token: String,
    first_page: String,
}

impl Guard {
    /// A guard for `port` with a fresh token; a browser that brings it to the root is led to `first_page`.
    pub fn new(port: u16, first_page: String) -> Guard {
        let mut secret = [0u8; 32];
        getrandom::fill(&mut secret).expect("the system has a source of randomness");
        Guard { port, token: sys::hex(&secret), first_page }
    }

    /// The address to open once: it carries the token.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/?token={}", self.port, self.token)
    }

    fn is_own_host(&self, host: &str) -> bool {
        let Some((name, port)) = host.rsplit_once(':') else { return false };
        matches!(name, "127.0.0.1" | "localhost" | "[::1]") && port.parse() == Ok(self.port)
    }

    fn is_own_origin(&self, origin: &str) -> bool {
        origin.strip_prefix("http://").is_some_and(|host| self.is_own_host(host))
    }

    fn cookie_name(&self) -> String {
        // Cookies ignore ports, so two studios on one machine need two names.
        format!("sanjie_{}", self.port)
    }

    fn knows(&self, candidate: &str) -> bool {
        // Time does not depend on where the first difference is.
        candidate.len() == self.token.len()
            && candidate.bytes().zip(self.token.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
    }

    fn carries_token(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let bearer = text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        let name = self.cookie_name();
        let cookie = text(header::COOKIE).and_then(|value| {
            value.split(';').find_map(|pair| pair.trim().strip_prefix(name.as_str())?.strip_prefix('='))
        });
        [bearer, cookie, query_token(uri)].into_iter().flatten().any(|candidate| self.knows(candidate))
    }

    /// The cookie that carries the token from then on.
    fn cookie(&self) -> String {
        format!("{}={}; Path=/; HttpOnly; SameSite=Strict", self.cookie_name(), self.token)
    }

    /// The same address without the token; the first page for the root.
    fn bare(&self, uri: &Uri) -> String {
        let rest: Vec<&str> = uri
            .query()
            .unwrap_or("")
            .split('&')
            .filter(|pair| !pair.is_empty() && !pair.starts_with("token="))
            .collect();
        // `//host` would leave this site, so the path starts with exactly one slash.
        let path = match uri.path().trim_start_matches('/') {
            "" => self.first_page.clone(),
            page => format!("/{page}"),
        };
        if rest.is_empty() { path } else { format!("{path}?{}", rest.join("&")) }
    }
}

/// Lets a request through, or says why not.
pub(crate) async fn check(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let guard = &app.guard;
    let host = request.headers().get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or("");
    if !guard.is_own_host(host) {
        return Failure::from(StudioError::ForeignHost { host: host.to_string() }).into_response();
    }
    if let Some(origin) = request.headers().get(header::ORIGIN) {
        let origin = String::from_utf8_lossy(origin.as_bytes());
        if !guard.is_own_origin(&origin) {
            return Failure::from(StudioError::ForeignOrigin { origin: origin.into_owned() }).into_response();
        }
    }
    let is_api = request.uri().path().starts_with("/api/");
    if !guard.carries_token(request.uri(), request.headers()) {
        let refused = Failure::from(StudioError::NoToken {}).into_response();
        return if is_api { refused } else { (StatusCode::FORBIDDEN, Html(NO_TOKEN)).into_response() };
    }
    if is_api || query_token(request.uri()).is_none() || request.method() != Method::GET {
        return next.run(request).await;
    }
    let cookie = [(header::SET_COOKIE, guard.cookie())];
    if follows_with_cookie(request.headers()) {
        let place = [(header::LOCATION, guard.bare(request.uri()))];
        return (StatusCode::SEE_OTHER, cookie, place).into_response();
    }
    (cookie, next.run(request).await).into_response()
}

/// Whether the asker is a browser that will send the cookie to the place it is redirected to: one that was not led
/// here by a link on another site, in which case `SameSite=Strict` keeps the cookie back for this one navigation.
fn follows_with_cookie(headers: &HeaderMap) -> bool {
    let is = |name: &str, expected: &[&str]| {
        headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(|value| expected.contains(&value))
    };
    is("sec-fetch-mode", &["navigate"]) && is("sec-fetch-site", &["none", "same-origin"])
}

fn query_token(uri: &Uri) -> Option<&str> {
    uri.query()?.split('&').find_map(|pair| pair.strip_prefix("token="))
}

//! The front end's files, embedded when the binary is built.
//!
//! Any path without a file is one of the front end's own pages, so it gets `index.html`. If the front end was not
//! built, one paragraph says how to build it; the API works all the same.

use axum::http::{StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Dist;

const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>Sanjie 三阶</title>\
<p>The studio's pages are not in this binary. With Node 20.19 or newer, run <code>cargo xtask start</code> \
(or <code>npm ci && npm run build</code> in <code>web/</code>, then <code>cargo build --release</code>). \
The API and every command work without them.</p>\
<p lang=zh>这个程序里没有网页。装好 Node 20.19 或更新版本后运行 <code>cargo xtask start</code>\
（或在 <code>web/</code> 里运行 <code>npm ci && npm run build</code>，再运行 <code>cargo build --release</code>）。\
没有网页，接口和所有命令也照常可用。</p>";

/// Whether this binary holds the front end.
pub fn has_pages() -> bool {
    Dist::get("index.html").is_some()
}

/// A file of the front end, or its `index.html`.
pub(crate) async fn page(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if let Some(file) = Dist::get(path).filter(|_| !path.is_empty() && path != "index.html") {
        // Names under `assets/` carry a hash of their content.
        let keep = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
        let kind = file.metadata.mimetype().to_string();
        return ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, keep.to_string())], file.data).into_response();
    }
    if path.starts_with("assets/") || path.starts_with("api/") {
        return StatusCode::NOT_FOUND.into_response();
    }
    match Dist::get("index.html") {
        Some(index) => ([(header::CACHE_CONTROL, "no-cache")], Html(index.data.into_owned())).into_response(),
        None => Html(NOT_BUILT).into_response(),
    }
}

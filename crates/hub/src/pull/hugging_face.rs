//! The Hugging Face Hub's protocol, which its mirrors speak too: what files a revision has, and where they are.
//!
//! `GET /api/models/ID/revision/REV?blobs=true` names the commit and the files with their sizes and checksums: SHA-256 of a
//! large file, Git's own checksum of a small one. Where that route is not spoken, `/api/models/ID/tree/REV` lists the same, page by
//! page. What a list leaves open, the file's own address tells: `X-Linked-Size` and `X-Linked-Etag` before the redirect to
//! where the bytes lie. Files are then asked of the commit, so that all of them belong together.

use super::client::{Client, encoded};
use super::transfer::{Digest, RemoteFile};
use super::{PullError, Repository, check_name};
use crate::download::REDIRECTS_MAX;
use serde::Deserialize;
use serde_json::Value;
use ureq::http::HeaderMap;

/// The branch that is meant when none is named.
const MAIN: &str = "main";
/// Pages of a list; each has a thousand files.
const PAGES_MAX: usize = 200;

/// A revision's files.
pub(crate) struct Listing {
    /// The commit, or what was asked for where the server does not name it.
    pub revision: String,
    /// In the server's order.
    pub files: Vec<RemoteFile>,
}

/// A file as `revision` lists it.
#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
    size: Option<u64>,
    #[serde(rename = "blobId")]
    blob_id: Option<String>,
    lfs: Option<SiblingLfs>,
}

#[derive(Deserialize)]
struct SiblingLfs {
    sha256: Option<String>,
    size: Option<u64>,
}

/// A file or a folder as `tree` lists it.
#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "type")]
    kind: String,
    path: String,
    oid: Option<String>,
    size: Option<u64>,
    lfs: Option<EntryLfs>,
}

#[derive(Deserialize)]
struct EntryLfs {
    oid: Option<String>,
    size: Option<u64>,
}

/// Lists the files of the revision.
pub(crate) fn list(client: &Client) -> Result<Listing, PullError> {
    let Repository { base, id, revision, .. } = client.repository;
    let asked = revision.as_deref().unwrap_or(MAIN);
    let rev = encoded(asked).replace('/', "%2F");
    let api = format!("{base}/api/models/{id}");
    let address = format!("{api}/revision/{rev}");
    let described = match client.json(&format!("{address}?blobs=true")) {
        Err(PullError::NotFound { .. }) => None,
        described => Some(described?.0),
    };
    let commit = described.as_ref().and_then(|it| it["sha"].as_str()).filter(|sha| is_commit(sha));
    let revision = commit.unwrap_or(asked).to_string();
    let mut files = match &described {
        Some(described) if !described["siblings"].is_null() => siblings(&address, &described["siblings"])?,
        _ => tree(client, &format!("{api}/tree/{rev}?recursive=true"))?,
    };
    for file in &mut files {
        check_name(&address, &file.path)?;
        let rev = encoded(&revision).replace('/', "%2F");
        file.url = format!("{base}/{id}/resolve/{rev}/{}", encoded(&file.path));
    }
    Ok(Listing { revision, files })
}

fn siblings(address: &str, listed: &Value) -> Result<Vec<RemoteFile>, PullError> {
    let listed: Vec<Sibling> = read(address, listed)?;
    let file = |it: Sibling| {
        let blob = it.blob_id.as_deref().and_then(Digest::git_blob);
        let (digest, bytes) = match it.lfs {
            Some(lfs) => (lfs.sha256.as_deref().and_then(Digest::sha256), lfs.size.or(it.size)),
            None => (blob, it.size),
        };
        RemoteFile { path: it.rfilename, bytes, digest, url: String::new() }
    };
    Ok(listed.into_iter().map(file).collect())
}

fn tree(client: &Client, address: &str) -> Result<Vec<RemoteFile>, PullError> {
    let mut files = Vec::new();
    let mut next = Some(address.to_string());
    for _ in 0..PAGES_MAX {
        let Some(page) = next else { return Ok(files) };
        let (listed, headers) = client.json(&page)?;
        let listed: Vec<Entry> = read(&page, &listed)?;
        for it in listed.into_iter().filter(|it| it.kind == "file") {
            let (digest, bytes) = match it.lfs {
                Some(lfs) => (lfs.oid.as_deref().and_then(Digest::sha256), lfs.size.or(it.size)),
                None => (it.oid.as_deref().and_then(Digest::git_blob), it.size),
            };
            files.push(RemoteFile { path: it.path, bytes, digest, url: String::new() });
        }
        next = next_page(&headers, client.server());
    }
    Err(PullError::Listing { address: address.into(), cause: format!("more than {PAGES_MAX} pages").into() })
}

/// `Link: <ADDRESS>; rel="next"` (RFC 8288); a page of another server is not this list's.
fn next_page(headers: &HeaderMap, server: &str) -> Option<String> {
    let links = headers.get("link")?.to_str().ok()?;
    let link = links.split(',').find(|link| link.contains("rel=\"next\""))?;
    let target = link.trim().strip_prefix('<')?.split('>').next()?;
    let target = if target.starts_with('/') { format!("{server}{target}") } else { target.to_string() };
    target.starts_with(&format!("{server}/")).then_some(target)
}

/// Asks a file's own address for what the list left open. A server that does not say either is told by what it sends.
pub(crate) fn look(client: &Client, file: &mut RemoteFile) -> Result<(), PullError> {
    if file.bytes.is_some() && file.digest.is_some() {
        return Ok(());
    }
    let mut url = file.url.clone();
    let mut redirects = 0..=REDIRECTS_MAX;
    let headers = loop {
        if redirects.next().is_none() {
            return Err(Client::lost(&file.url));
        }
        let response = match client.patiently(&url, || client.look(&url)) {
            // The size is known; without a checksum the file is taken as it comes.
            Err(PullError::Unreachable { .. }) if file.bytes.is_some() => return Ok(()),
            response => response?,
        };
        let headers = response.headers();
        // A renamed model redirects within its server; the bytes of a large file lie elsewhere.
        let target = headers.get("location").and_then(|it| it.to_str().ok());
        let within = target.filter(|target| target.starts_with('/')).map(|it| format!("{}{it}", client.server()));
        match within {
            Some(target) if headers.get("x-linked-size").is_none() && target != url => url = target,
            _ => break headers.clone(),
        }
    };
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let size = |name: &str| text(name)?.trim().parse::<u64>().ok();
    // The length of a redirect is that of its own page.
    let own_length = headers.get("location").is_none().then(|| size("content-length")).flatten();
    file.bytes = file.bytes.or_else(|| size("x-linked-size")).or(own_length);
    if file.digest.is_none() {
        let tag = text("x-linked-etag").or_else(|| text("etag")).unwrap_or_default();
        let tag = tag.trim().trim_start_matches("W/").trim_matches('"');
        file.digest = Digest::sha256(tag).or_else(|| Digest::git_blob(tag));
    }
    Ok(())
}

fn read<T: serde::de::DeserializeOwned>(address: &str, listed: &Value) -> Result<T, PullError> {
    let wrong =
        |error: serde_json::Error| PullError::Listing { address: address.into(), cause: error.to_string().into() };
    T::deserialize(listed).map_err(wrong)
}

fn is_commit(sha: &str) -> bool {
    sha.len() == 40 && sha.bytes().all(|b| b.is_ascii_hexdigit())
}

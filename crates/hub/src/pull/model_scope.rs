//! ModelScope's protocol: `GET /api/v1/models/ID/repo/files` lists files with sizes and SHA-256, `GET /models/ID/resolve/REV/FILE`
//! sends one.

use super::client::{Client, encoded};
use super::hugging_face::Listing;
use super::transfer::{Digest, RemoteFile};
use super::{PullError, Repository, check_name};
use serde::Deserialize;

/// The branch that is meant when none is named.
const MASTER: &str = "master";

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Data")]
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    #[serde(rename = "Files")]
    files: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "Path")]
    path: String,
    #[serde(rename = "Type")]
    kind: Option<String>,
    #[serde(rename = "Size")]
    size: Option<u64>,
    #[serde(rename = "Sha256")]
    sha256: Option<String>,
}

/// Lists the files of the revision.
pub(crate) fn list(client: &Client) -> Result<Listing, PullError> {
    let Repository { base, id, revision, .. } = client.repository;
    let revision = revision.as_deref().unwrap_or(MASTER);
    let rev = encoded(revision);
    let address = format!("{base}/api/v1/models/{id}/repo/files?Revision={rev}&Recursive=true");
    let (listed, _) = client.json(&address)?;
    let wrong = |error: serde_json::Error| PullError::Listing {
        address: address.as_str().into(),
        cause: error.to_string().into(),
    };
    let answer = Answer::deserialize(listed).map_err(wrong)?;
    let mut files = Vec::new();
    for it in answer.data.files.into_iter().filter(|it| it.kind.as_deref() != Some("tree")) {
        check_name(&address, &it.path)?;
        let url = format!("{base}/models/{id}/resolve/{rev}/{}", encoded(&it.path));
        let digest = it.sha256.as_deref().and_then(Digest::sha256);
        files.push(RemoteFile { path: it.path, bytes: it.size, digest, url });
    }
    Ok(Listing { revision: revision.to_string(), files })
}

//! What a person names: a model on a server, or files that are here.
//!
//! `ORG/NAME[@REV]` is a model at `$HF_ENDPOINT`, else at huggingface.co. An address of a page names its server too:
//! `https://huggingface.co/ORG/NAME[/tree/REV]`, a mirror's the same way, `https://modelscope.cn/models/ORG/NAME`. What exists
//! as a path is that path.

use super::PullError;
use std::path::{Path, PathBuf};

/// Where models are published.
const HUGGING_FACE: &str = "https://huggingface.co";
/// Names of servers that may stand without `https://`.
const KNOWN_HOSTS: [&str; 4] = ["huggingface.co/", "hf-mirror.com/", "modelscope.cn/", "www.modelscope.cn/"];
/// Longest part of a model's name.
const NAME_BYTES_MAX: usize = 96;

/// What was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A model on a server.
    Remote(Repository),
    /// A file or a folder here.
    Local(PathBuf),
}

/// A model on a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// How to ask for it.
    pub protocol: Protocol,
    /// The server, without a slash at the end.
    pub base: String,
    /// ORG/NAME.
    pub id: String,
    /// A branch, a tag or a commit; the server's own choice, if left out.
    pub revision: Option<String>,
    /// Whether the person's token is this server's: it goes nowhere else.
    pub takes_token: bool,
}

/// How a server is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// As the Hugging Face Hub and its mirrors.
    HuggingFace,
    /// As modelscope.cn.
    ModelScope,
}

impl Origin {
    /// Reads what a person names; `endpoint` is the value of `HF_ENDPOINT`, if it is set.
    ///
    /// ```
    /// use hub::{Origin, Protocol};
    /// let Ok(Origin::Remote(model)) = Origin::parse("org/name@v1", None) else { panic!() };
    /// assert_eq!((model.base.as_str(), model.id.as_str()), ("https://huggingface.co", "org/name"));
    /// assert_eq!(model.revision.as_deref(), Some("v1"));
    /// let Ok(Origin::Remote(model)) = Origin::parse("https://modelscope.cn/models/org/name", None) else { panic!() };
    /// assert_eq!(model.protocol, Protocol::ModelScope);
    /// ```
    ///
    /// # Errors
    /// [`PullError::Name`], [`PullError::Missing`].
    pub fn parse(named: &str, endpoint: Option<&str>) -> Result<Origin, PullError> {
        let endpoint = endpoint.map(|it| it.trim().trim_end_matches('/')).filter(|it| !it.is_empty());
        if KNOWN_HOSTS.iter().any(|host| named.starts_with(host)) {
            return address(&format!("https://{named}"), endpoint);
        }
        if named.contains("://") {
            return address(named, endpoint);
        }
        let path = Path::new(named);
        if path.exists() {
            return Ok(Origin::Local(path.to_path_buf()));
        }
        let is_file =
            path.extension().is_some_and(|extension| ["whl", "zip", "gguf"].iter().any(|it| extension == *it));
        if is_file || path.is_absolute() || named.starts_with('.') {
            return Err(PullError::Missing { path: named.into() });
        }
        let (id, revision) = match named.split_once('@') {
            Some((id, revision)) => (id, Some(revision)),
            None => (named, None),
        };
        let base = endpoint.unwrap_or(HUGGING_FACE);
        repository(Protocol::HuggingFace, base, id, revision, true).ok_or(PullError::Name { name: named.into() })
    }
}

impl Repository {
    /// The page of the model, for people and for `source.json`.
    pub fn address(&self) -> String {
        match self.protocol {
            Protocol::HuggingFace => format!("{}/{}", self.base, self.id),
            Protocol::ModelScope => format!("{}/models/{}", self.base, self.id),
        }
    }
}

/// Reads the address of a model's page.
fn address(named: &str, endpoint: Option<&str>) -> Result<Origin, PullError> {
    let wrong = || PullError::Name { name: named.into() };
    let (scheme, rest) = named.split_once("://").ok_or_else(wrong)?;
    let (host, path) = rest.trim_end_matches('/').split_once('/').ok_or_else(wrong)?;
    let is_host = host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(c)) && !host.is_empty();
    if !matches!(scheme, "http" | "https") || !is_host {
        return Err(wrong());
    }
    let base = format!("{scheme}://{host}");
    let (protocol, path) = match path.strip_prefix("models/") {
        Some(path) => (Protocol::ModelScope, path),
        None => (Protocol::HuggingFace, path),
    };
    let (path, revision) = match path.split_once('@') {
        Some((path, revision)) => (path, Some(revision)),
        None => (path, None),
    };
    let parts: Vec<&str> = path.split('/').collect();
    let (id, revision) = match (parts.as_slice(), protocol) {
        ([org, name], _) => (format!("{org}/{name}"), revision),
        ([org, name, "tree", rest @ ..], Protocol::HuggingFace) if revision.is_none() && rest.len() == 1 => {
            (format!("{org}/{name}"), Some(rest[0]))
        }
        ([org, name, "files" | "summary"], Protocol::ModelScope) => (format!("{org}/{name}"), revision),
        _ => return Err(wrong()),
    };
    let takes_token = protocol == Protocol::HuggingFace && (base == HUGGING_FACE || Some(base.as_str()) == endpoint);
    repository(protocol, &base, &id, revision, takes_token).ok_or_else(wrong)
}

fn repository(protocol: Protocol, base: &str, id: &str, revision: Option<&str>, takes_token: bool) -> Option<Origin> {
    let (org, name) = id.split_once('/')?;
    let is_revision = |it: &str| !it.is_empty() && it.len() <= 2 * NAME_BYTES_MAX && super::check_name("", it).is_ok();
    if !is_name(org) || !is_name(name) || !revision.is_none_or(is_revision) {
        return None;
    }
    let revision = revision.map(str::to_string);
    Some(Origin::Remote(Repository { protocol, base: base.into(), id: id.into(), revision, takes_token }))
}

/// Whether this can be a part of a model's name: letters, digits, `-`, `_`, `.`, and no dot first.
pub(crate) fn is_name(part: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    (1..=NAME_BYTES_MAX).contains(&part.len()) && !part.starts_with('.') && part.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(named: &str) -> Option<(String, String, Option<String>, bool)> {
        match Origin::parse(named, Some("http://127.0.0.1:9/")).ok()? {
            Origin::Remote(it) => Some((it.address(), it.id, it.revision, it.takes_token)),
            Origin::Local(_) => None,
        }
    }

    #[test]
    fn names_and_addresses_are_read() {
        let rows = [
            ("a/b", "http://127.0.0.1:9/a/b", None, true),
            ("a/b@refs/pr/1", "http://127.0.0.1:9/a/b", Some("refs/pr/1"), true),
            ("https://huggingface.co/a/b.c", "https://huggingface.co/a/b.c", None, true),
            ("huggingface.co/a/b/tree/main", "https://huggingface.co/a/b", Some("main"), true),
            ("http://127.0.0.1:9/a/b", "http://127.0.0.1:9/a/b", None, true),
            // The token stays at home.
            ("https://hf-mirror.com/a/b", "https://hf-mirror.com/a/b", None, false),
            ("http://huggingface.co/a/b", "http://huggingface.co/a/b", None, false),
            ("modelscope.cn/models/a/b", "https://modelscope.cn/models/a/b", None, false),
            ("https://www.modelscope.cn/models/a/b/summary", "https://www.modelscope.cn/models/a/b", None, false),
        ];
        for (named, address, revision, takes_token) in rows {
            let (found, _, found_revision, token) = read(named).unwrap_or_else(|| panic!("{named}"));
            assert_eq!((found.as_str(), found_revision.as_deref(), token), (address, revision, takes_token), "{named}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for named in [
            "",
            "a",
            "a/b/c",
            "a/",
            "/a",
            "../b",
            "a/..",
            "a/.b",
            "a b/c",
            "a/b@",
            "a/b@../x",
            "ftp://h/a/b",
            "https://h/a",
            "https://u:p@h/a/b",
            "https://h/a/b/blob/main/x",
            "a/b?x",
            "x.gguf",
            "./a/b",
            "a/b.whl",
        ] {
            assert_eq!(read(named), None, "{named}");
        }
    }
}

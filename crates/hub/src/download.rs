//! One file from the first address that serves it, into a partial file that survives any interruption.
//!
//! The partial file holds the beginning of the file. An attempt asks for the rest (`Range`, RFC 9110 section 14);
//! a server may ignore that and send everything, and then the partial file begins anew. The checksum is computed as
//! the bytes pass. A connection that breaks after it has brought something is asked again at the same address, a
//! bounded number of times; one that brings nothing, refuses or serves other bytes gives way to the next address.
//! Bytes that complete to a wrong checksum are thrown away; if some of them came from an earlier attempt, which may
//! have been the bad one, the same address is asked once more for the whole.

use crate::store::Event;
use crate::{DataFile, FetchError, HubError, Other};
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;
use sys::atomic_file::FileError;
use ureq::Agent;
use ureq::http::Response;

/// Broken connections that are tried again at one address; a network worse than this is the person's to judge.
const BREAKS_MAX: usize = 5;
/// Bytes read at once.
const PIECE_BYTES: usize = 1 << 16;
/// Redirects of one request.
pub(crate) const REDIRECTS_MAX: u32 = 10;

/// How long to wait for a server.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For a connection to stand.
    pub connect: Duration,
    /// For the next bytes to come.
    pub silence: Duration,
}

impl Patience {
    /// Enough for a slow line; short enough to get to the next mirror while the person still watches.
    pub fn standard() -> Patience {
        Patience { connect: Duration::from_secs(10), silence: Duration::from_secs(20) }
    }
}

/// A client that waits no longer than `patience`, follows so many redirects, and goes through the proxy that the environment
/// names. What a server is told about the person is not told where it redirects to.
pub(crate) fn agent(patience: Patience, redirects: u32) -> Agent {
    let config = Agent::config_builder()
        // Each status has its meaning here.
        .http_status_as_error(false)
        // The length and the parts of a file are those of its own bytes, not of a packed form.
        .accept_encoding("identity")
        .user_agent("sanjie")
        .max_redirects(redirects)
        .timeout_resolve(Some(patience.connect))
        .timeout_connect(Some(patience.connect))
        .timeout_recv_response(Some(patience.silence))
        .timeout_per_read(Some(patience.silence))
        .build();
    config.into()
}

/// What is fetched, and for which data set.
pub(crate) struct Wanted<'a> {
    pub dataset: &'a str,
    pub file: &'a DataFile,
    pub urls: Vec<String>,
}

/// Completes the partial file `part`; it then has the recorded checksum.
///
/// # Errors
/// See [`FetchError`]; a partial file that may be good is kept.
pub(crate) fn complete(
    agent: &Agent,
    wanted: &Wanted,
    part: &Path,
    on_event: &mut dyn FnMut(Event) -> ControlFlow<()>,
) -> Result<(), HubError> {
    let stopped = || FetchError::Stopped { dataset: wanted.dataset.into() };
    let mut causes = Vec::new();
    let mut wrong = None;
    for url in &wanted.urls {
        let mut breaks = 0;
        let cause = loop {
            let mut partial = Partial::open(part, wanted.file)?;
            let had = partial.have;
            if partial.is_whole() {
                return Ok(());
            }
            let begins = Event::Begins { file: wanted.file.name(), address: url, have: had, bytes: wanted.file.bytes };
            if on_event(begins).is_break() {
                return Err(stopped().into());
            }
            let ended = attempt(agent, url, &mut partial, on_event);
            let resumed = had > 0 && !partial.began_anew;
            match ended {
                Ok(()) => return Ok(()),
                Err(Ended::Disk(error)) => return Err(error.into()),
                Err(Ended::Stopped) => return Err(stopped().into()),
                Err(Ended::Wrong { found }) => {
                    partial.restart().map_err(|e| FileError::writing(part, &e))?;
                    if !resumed {
                        wrong = Some((url, found.clone()));
                        break found.to_string();
                    }
                }
                Err(Ended::Broken { cause }) => {
                    let brought_something = partial.have > had || (partial.began_anew && partial.have > 0);
                    breaks += 1;
                    if !brought_something || breaks > BREAKS_MAX {
                        break cause;
                    }
                }
            }
        };
        if on_event(Event::Fails { address: url, cause: &cause }).is_break() {
            return Err(stopped().into());
        }
        causes.push(format!("{url}: {cause}"));
    }
    Err(failure(wanted, part, causes, wrong)?.into())
}

/// The most telling of all failures: wrong bytes, then a part that can be gone on with, then silence.
fn failure(
    wanted: &Wanted,
    part: &Path,
    causes: Vec<String>,
    wrong: Option<(&String, Other)>,
) -> Result<FetchError, FileError> {
    let (dataset, file) = (wanted.dataset.into(), wanted.file.name().into());
    let (have, bytes) = (Partial::open(part, wanted.file)?.have, wanted.file.bytes);
    if have == 0 {
        // Nobody needs an empty file.
        let _ = std::fs::remove_file(part);
    }
    if let Some((address, found)) = wrong {
        let (address, sha256, cause) = (address.as_str().into(), wanted.file.sha256.as_str().into(), Box::new(found));
        return Ok(FetchError::Checksum { dataset, file, address, bytes, sha256, cause });
    }
    let causes = causes.join("\n  ").into();
    if have > 0 {
        return Ok(FetchError::Incomplete { dataset, file, have, bytes, causes });
    }
    let address = wanted.urls.first().map(|url| url.as_str().into()).unwrap_or_default();
    Ok(FetchError::Unreachable { dataset, file, address, causes })
}

/// Why an attempt ended without the whole file.
enum Ended {
    /// The partial file cannot be written.
    Disk(FileError),
    /// Nobody wants it any more.
    Stopped,
    /// The server has something else than the recorded file.
    Wrong { found: Other },
    /// No answer, a refusal, or an answer that stopped.
    Broken { cause: String },
}

/// Asks one address once for what is missing.
fn attempt(
    agent: &Agent,
    url: &str,
    partial: &mut Partial,
    on_event: &mut dyn FnMut(Event) -> ControlFlow<()>,
) -> Result<(), Ended> {
    let broken = |cause: String| Ended::Broken { cause };
    let mut request = agent.get(url);
    if partial.have > 0 {
        request = request.header("Range", format!("bytes={}-", partial.have));
    }
    let mut response = request.call().map_err(|error| broken(error.to_string()))?;
    match response.status().as_u16() {
        200 => {
            if let Some(found) = length(&response).filter(|&found| found != partial.bytes) {
                return Err(Ended::Wrong { found: Other::Size { bytes: found } });
            }
            if partial.have > 0 {
                partial.restart().map_err(|e| partial.disk(&e))?;
                partial.began_anew = true;
                if on_event(Event::BeginsAnew).is_break() {
                    return Err(Ended::Stopped);
                }
            }
        }
        206 if range_start(&response) == Some(partial.have) && partial.have > 0 => {}
        206 => return Err(Ended::Wrong { found: Other::Part {} }),
        // The server's file is shorter than what is here.
        416 if partial.have > 0 => return Err(Ended::Wrong { found: Other::Shorter {} }),
        status => return Err(broken(format!("HTTP {status}"))),
    }
    let mut body = response.body_mut().as_reader();
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let n = match body.read(&mut piece) {
            Ok(0) if partial.have < partial.bytes => {
                return Err(broken(format!("stopped after {} of {} bytes", partial.have, partial.bytes)));
            }
            Ok(0) => return partial.verify(),
            Ok(n) => n,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(broken(error.to_string())),
        };
        if partial.have + n as u64 > partial.bytes {
            return Err(Ended::Wrong { found: Other::Longer {} });
        }
        partial.append(&piece[..n]).map_err(|e| partial.disk(&e))?;
        if on_event(Event::Received { bytes: n as u64 }).is_break() {
            return Err(Ended::Stopped);
        }
    }
}

fn length<T>(response: &Response<T>) -> Option<u64> {
    response.headers().get("content-length")?.to_str().ok()?.parse().ok()
}

/// The first byte of `Content-Range: bytes 7-99/100`.
fn range_start<T>(response: &Response<T>) -> Option<u64> {
    let value = response.headers().get("content-range")?.to_str().ok()?;
    value.trim().strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok()
}

/// The beginning of a file on the disk, and its checksum so far.
struct Partial<'a> {
    path: &'a Path,
    handle: File,
    digest: Sha256,
    have: u64,
    bytes: u64,
    sha256: &'a str,
    /// The server sent everything although only the rest was asked for.
    began_anew: bool,
}

impl<'a> Partial<'a> {
    /// Opens what an earlier attempt left, or an empty file; what cannot be a beginning is thrown away.
    fn open(path: &'a Path, file: &'a DataFile) -> Result<Partial<'a>, FileError> {
        let failed = |e: std::io::Error| FileError::writing(path, &e);
        let handle =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        let (bytes, sha256) = (file.bytes, file.sha256.as_str());
        let mut partial = Partial { path, handle, digest: Sha256::new(), have: 0, bytes, sha256, began_anew: false };
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            match partial.handle.read(&mut piece).map_err(failed)? {
                0 => break,
                n => {
                    partial.digest.update(&piece[..n]);
                    partial.have += n as u64;
                }
            }
        }
        if partial.have > bytes || (partial.have == bytes && !partial.is_whole()) {
            partial.restart().map_err(failed)?;
        }
        Ok(partial)
    }

    fn append(&mut self, piece: &[u8]) -> std::io::Result<()> {
        self.handle.write_all(piece)?;
        self.digest.update(piece);
        self.have += piece.len() as u64;
        Ok(())
    }

    fn restart(&mut self) -> std::io::Result<()> {
        use std::io::Seek;
        self.handle.set_len(0)?;
        self.handle.rewind()?;
        (self.digest, self.have) = (Sha256::new(), 0);
        Ok(())
    }

    fn sha256(&self) -> String {
        sys::hex(&self.digest.clone().finalize())
    }

    fn is_whole(&self) -> bool {
        self.have == self.bytes && self.sha256() == self.sha256
    }

    fn verify(&mut self) -> Result<(), Ended> {
        if self.is_whole() {
            return self.handle.sync_all().map_err(|e| self.disk(&e));
        }
        Err(Ended::Wrong { found: Other::Content { bytes: self.have, sha256: self.sha256() } })
    }

    fn disk(&self, cause: &std::io::Error) -> Ended {
        Ended::Disk(FileError::writing(self.path, cause))
    }
}

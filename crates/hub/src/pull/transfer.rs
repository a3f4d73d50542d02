//! One file from its server, in pieces over several connections.
//!
//! The first piece is asked for alone: a server that does not know ranges (RFC 9110, section 14) answers with the whole file,
//! and gets its way. Else the other pieces come over several connections at once, since one is often held to a part of the line.
//! A connection that breaks goes on at the byte it reached; only tries that bring nothing are counted. What the server says
//! of sizes is compared with its list, and the whole file with its checksum; bytes of an earlier run may be the bad ones, so
//! a file that was gone on with is fetched once more as a whole before it is given up.

use super::client::{Client, Ended, Pauses};
use super::journal::Journal;
use super::store::PullEvent;
use super::{PullError, PullFailure};
use crate::Other;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};
use sys::atomic_file::FileError;
use ureq::Body;
use ureq::http::Response;

/// Bytes read at once.
const READ_BYTES: usize = 1 << 16;

/// How a file is cut.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Bytes of a piece: what an interruption loses at most on each connection.
    pub piece_bytes: u64,
    /// Connections at once.
    pub connections: usize,
}

impl Pace {
    /// As much as fills a fast line, and no more than a server finds polite.
    pub fn standard() -> Pace {
        Pace { piece_bytes: 8 << 20, connections: 4 }
    }
}

/// A file on a server.
#[derive(Clone, Debug)]
pub(crate) struct RemoteFile {
    /// Its path below the model's folder.
    pub path: String,
    /// Its size, if the server says it.
    pub bytes: Option<u64>,
    /// Its checksum, if the server says it.
    pub digest: Option<Digest>,
    /// Where it is.
    pub url: String,
}

/// A file's checksum, in lower-case hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Digest {
    /// SHA-256 of its bytes.
    Sha256(String),
    /// Git's name of it: SHA-1 of `blob`, its length, a zero, and its bytes.
    GitBlob(String),
}

impl Digest {
    pub fn sha256(text: &str) -> Option<Digest> {
        let text = text.strip_prefix("sha256:").unwrap_or(text).to_ascii_lowercase();
        is_hex(&text, 64).then_some(Digest::Sha256(text))
    }

    pub fn git_blob(text: &str) -> Option<Digest> {
        is_hex(text, 40).then(|| Digest::GitBlob(text.to_ascii_lowercase()))
    }

    /// As it stands in `source.json`.
    pub fn named(&self) -> String {
        match self {
            Digest::Sha256(hex) => format!("sha256:{hex}"),
            Digest::GitBlob(hex) => format!("git:{hex}"),
        }
    }

    /// The same checksum of the file `path`.
    pub fn of(&self, path: &Path) -> Result<Digest, FileError> {
        let failed = |e: std::io::Error| FileError::reading(path, &e);
        let mut file = File::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let (mut sha256, mut sha1) = (Sha256::new(), Sha1::new());
        sha1.update(format!("blob {length}\0"));
        let mut piece = vec![0; READ_BYTES];
        loop {
            let n = file.read(&mut piece).map_err(failed)?;
            match self {
                _ if n == 0 => break,
                Digest::Sha256(_) => sha256.update(&piece[..n]),
                Digest::GitBlob(_) => sha1.update(&piece[..n]),
            }
        }
        Ok(match self {
            Digest::Sha256(_) => Digest::Sha256(sys::hex(&sha256.finalize())),
            Digest::GitBlob(_) => Digest::GitBlob(sys::hex(&sha1.finalize())),
        })
    }
}

fn is_hex(text: &str, n: usize) -> bool {
    text.len() == n && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Brings `file`, of `bytes`, to `part`. What arrived is kept whatever happens, unless it is wrong.
pub(crate) fn fetch(
    client: &Client,
    (file, bytes): (&RemoteFile, u64),
    part: &Path,
    pace: Pace,
    on_event: &mut dyn FnMut(PullEvent),
) -> Result<(), PullFailure> {
    let identity = file.digest.as_ref().map_or_else(|| file.url.clone(), Digest::named);
    loop {
        let mut journal = Journal::open(part, &identity, bytes, pace.piece_bytes)?;
        let had = journal.have();
        on_event(PullEvent::Begins { file: &file.path, have: had, bytes });
        let fetched = Fetch { client, file, bytes, part }.run(&mut journal, pace.connections, on_event);
        let have = journal.have();
        match fetched {
            Ok(()) => {}
            Err(PullFailure::Pull(PullError::Unreachable { cause, .. })) if have > 0 => {
                let file = file.path.as_str().into();
                return Err(PullError::Incomplete { file, have, bytes, cause }.into());
            }
            Err(failure) => {
                if have == 0 {
                    // Nobody needs an empty file.
                    journal.forget(Some(part))?;
                }
                return Err(failure);
            }
        }
        let Some(expected) = &file.digest else { return Ok(journal.forget(None)?) };
        let found = expected.of(part)?;
        if found == *expected {
            return Ok(journal.forget(None)?);
        }
        journal.forget(Some(part))?;
        if had == 0 {
            let (file, address) = (file.path.as_str().into(), file.url.as_str().into());
            let (expected, found) = (expected.named().into(), found.named().into());
            return Err(PullError::Checksum { file, address, expected, found }.into());
        }
    }
}

/// A file on its way.
struct Fetch<'a> {
    client: &'a Client<'a>,
    file: &'a RemoteFile,
    bytes: u64,
    part: &'a Path,
}

/// What a connection has to tell.
enum Told {
    Received(u64),
    /// The file comes again from its first byte.
    BeginsAnew,
    Arrived(usize),
    /// The server sent the whole file.
    AllArrived,
}

impl Fetch<'_> {
    fn run(
        &self,
        journal: &mut Journal,
        connections: usize,
        on_event: &mut dyn FnMut(PullEvent),
    ) -> Result<(), PullFailure> {
        let missing = journal.missing();
        let Some((&first, rest)) = missing.split_first() else { return Ok(()) };
        self.connect(journal, &[first], 1, on_event)?;
        let rest: Vec<usize> = rest.iter().copied().filter(|piece| journal.missing().contains(piece)).collect();
        self.connect(journal, &rest, connections, on_event)
    }

    /// Fetches `pieces` over `connections`; the first failure ends them all after what they have in hand.
    fn connect(
        &self,
        journal: &mut Journal,
        pieces: &[usize],
        connections: usize,
        on_event: &mut dyn FnMut(PullEvent),
    ) -> Result<(), PullFailure> {
        let whole_may_come = connections == 1;
        let queue =
            Mutex::new(pieces.iter().map(|&piece| (piece, journal.range(piece))).collect::<Vec<_>>().into_iter());
        let next = || queue.lock().ok()?.next();
        let give_up = || {
            if let Ok(mut queue) = queue.lock() {
                queue.by_ref().for_each(drop);
            }
        };
        std::thread::scope(|scope| {
            let (tell, told) = channel();
            let workers: Vec<_> = (0..connections.clamp(1, pieces.len().max(1)))
                .map(|_| {
                    let (tell, next, give_up) = (tell.clone(), &next, &give_up);
                    scope.spawn(move || {
                        while let Some((piece, range)) = next() {
                            self.piece(piece, range, whole_may_come, &tell).inspect_err(|_| give_up())?;
                        }
                        Ok::<(), PullFailure>(())
                    })
                })
                .collect();
            drop(tell);
            let mut noted = Ok(());
            for told in told {
                match told {
                    Told::Received(bytes) => on_event(PullEvent::Received { bytes }),
                    Told::BeginsAnew => on_event(PullEvent::BeginsAnew),
                    Told::Arrived(piece) => noted = noted.and_then(|()| journal.arrived(piece)),
                    Told::AllArrived => noted = noted.and_then(|()| journal.all_arrived()),
                }
            }
            let mut ended = workers.into_iter().map(|worker| worker.join().expect("a connection panicked"));
            ended.try_for_each(|one| one).and(noted.map_err(PullFailure::from))
        })
    }

    /// Brings one piece, with as many requests as it takes.
    fn piece(
        &self,
        piece: usize,
        range: Range<u64>,
        whole_may_come: bool,
        tell: &Sender<Told>,
    ) -> Result<(), PullFailure> {
        let disk = |e: &std::io::Error| FileError::writing(self.part, e);
        let mut out = OpenOptions::new().write(true).open(self.part).map_err(|e| disk(&e))?;
        let mut progress = Progress { at: range.start, end: range.end, whole: false };
        let mut pauses = Pauses::new();
        loop {
            let before = progress.at;
            let ended = self.attempt(&mut progress, whole_may_come, &mut out, tell);
            match ended {
                Ok(()) => {
                    // The other side is gone only with the whole download.
                    let _ = tell.send(if progress.whole { Told::AllArrived } else { Told::Arrived(piece) });
                    return Ok(());
                }
                Err(Broken::Disk(error)) => return Err(disk(&error).into()),
                Err(Broken::Ended(Ended::For(error))) => return Err(error.into()),
                Err(Broken::Ended(Ended::ForNow { cause, rest })) => {
                    if progress.at > before && !progress.whole {
                        pauses = Pauses::new();
                    } else if !pauses.pause(rest) {
                        return Err(PullError::Unreachable {
                            address: self.file.url.as_str().into(),
                            cause: cause.into(),
                        }
                        .into());
                    }
                }
            }
        }
    }

    /// One request for what is missing of a piece.
    fn attempt(
        &self,
        progress: &mut Progress,
        whole_may_come: bool,
        out: &mut File,
        tell: &Sender<Told>,
    ) -> Result<(), Broken> {
        if progress.whole {
            // A server without ranges begins anew each time.
            progress.at = 0;
        }
        let asked = progress.at..progress.end;
        let is_part = asked != (0..self.bytes);
        let range = is_part.then(|| format!("bytes={}-{}", asked.start, asked.end - 1));
        let mut response = self.client.get(&self.file.url, range)?;
        match response.status().as_u16() {
            206 if is_part => match content_range(&response) {
                Some((_, total)) if total != self.bytes => return Err(self.size(Other::Size { bytes: total }).into()),
                Some((start, _)) if start == asked.start => {}
                _ => return Err(self.size(Other::Part {}).into()),
            },
            200 => {
                if let Some(found) = length(&response).filter(|&found| found != self.bytes) {
                    return Err(self.size(Other::Size { bytes: found }).into());
                }
                if is_part && !whole_may_come {
                    return Err(Ended::ForNow { cause: "the whole file instead of a part".into(), rest: None }.into());
                }
                if is_part || progress.whole {
                    let _ = tell.send(Told::BeginsAnew);
                    *progress = Progress { at: 0, end: self.bytes, whole: true };
                }
            }
            416 => return Err(self.size(Other::Shorter {}).into()),
            status => {
                return Err(Ended::ForNow { cause: format!("HTTP {status} for a part of the file"), rest: None }.into());
            }
        }
        out.seek(SeekFrom::Start(progress.at)).map_err(Broken::Disk)?;
        self.read(&mut response, progress, out, tell)
    }

    fn read(
        &self,
        response: &mut Response<Body>,
        progress: &mut Progress,
        out: &mut File,
        tell: &Sender<Told>,
    ) -> Result<(), Broken> {
        let mut body = response.body_mut().as_reader();
        let mut piece = vec![0; READ_BYTES];
        loop {
            let n = match body.read(&mut piece) {
                Ok(0) if progress.at == progress.end => return Ok(()),
                Ok(0) => {
                    let cause = format!("stopped after {} of {} bytes", progress.at, progress.end);
                    return Err(Ended::ForNow { cause, rest: None }.into());
                }
                Ok(n) => n,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                // Everything has come; how the connection ends is nobody's business.
                Err(_) if progress.at == progress.end => return Ok(()),
                Err(error) => return Err(Ended::ForNow { cause: error.to_string(), rest: None }.into()),
            };
            if progress.at + n as u64 > progress.end {
                return Err(self.size(Other::Longer {}).into());
            }
            out.write_all(&piece[..n]).map_err(Broken::Disk)?;
            progress.at += n as u64;
            let _ = tell.send(Told::Received(n as u64));
        }
    }

    fn size(&self, found: Other) -> Ended {
        let (file, address) = (self.file.path.as_str().into(), self.file.url.as_str().into());
        Ended::For(PullError::Size { file, address, expected: self.bytes, cause: Box::new(found) })
    }
}

/// How far a piece has come.
struct Progress {
    at: u64,
    end: u64,
    /// The server sends the whole file instead.
    whole: bool,
}

/// Why a request did not bring all it was for.
enum Broken {
    Disk(std::io::Error),
    Ended(Ended),
}

impl From<Ended> for Broken {
    fn from(ended: Ended) -> Broken {
        Broken::Ended(ended)
    }
}

fn length(response: &Response<Body>) -> Option<u64> {
    response.headers().get("content-length")?.to_str().ok()?.trim().parse().ok()
}

/// The first byte and the whole size of `Content-Range: bytes 7-99/100`.
fn content_range(response: &Response<Body>) -> Option<(u64, u64)> {
    let value = response.headers().get("content-range")?.to_str().ok()?;
    let (part, total) = value.trim().strip_prefix("bytes ")?.split_once('/')?;
    Some((part.split('-').next()?.trim().parse().ok()?, total.trim().parse().ok()?))
}

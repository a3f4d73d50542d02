//! A server on this machine that speaks a hub's routes by a script, and remembers what it was asked.

use check::Stop;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub method: String,
    /// With its query.
    pub path: String,
    /// The two ends of `Range: bytes=A-B`.
    pub range: Option<(usize, usize)>,
    pub authorization: Option<String>,
}

/// An answer.
#[derive(Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<String>,
    pub body: Vec<u8>,
    /// Bytes of the body that are sent before the connection closes.
    pub sent: usize,
}

impl Reply {
    /// A status and a text.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Reply {
        Reply { status, headers: Vec::new(), body: body.into(), sent: usize::MAX }
    }

    /// With a header more.
    pub fn with(mut self, header: impl Into<String>) -> Reply {
        self.headers.push(header.into());
        self
    }

    /// A file as one should send it: whole, or the part that was asked for.
    pub fn file(bytes: &[u8], asked: &Asked) -> Reply {
        match asked.range {
            Some((from, _)) if from >= bytes.len() => Reply::new(416, ""),
            Some((from, to)) => {
                let to = to.min(bytes.len() - 1);
                Reply::new(206, &bytes[from..=to]).with(format!("Content-Range: bytes {from}-{to}/{}", bytes.len()))
            }
            None => Reply::new(200, bytes),
        }
    }

    /// Closes the connection after so many bytes of the body.
    pub fn stopping_after(mut self, sent: usize) -> Reply {
        self.sent = sent;
        self
    }
}

/// The server; its threads end with the process.
pub struct HubServer {
    /// Without a slash at the end.
    pub address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl HubServer {
    /// Answers by what `reply` says to a request and the number of earlier ones for the same path.
    pub fn start(reply: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static) -> Result<HubServer, Stop> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = format!("http://{}", listener.local_addr()?);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (seen, reply) = (asked.clone(), Arc::new(reply));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, reply) = (seen.clone(), reply.clone());
                // A client that went away is what these tests are about.
                std::thread::spawn(move || respond(stream, &*reply, &seen).ok());
            }
        });
        Ok(HubServer { address, asked })
    }

    /// What was asked so far, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().map(|asked| asked.clone()).unwrap_or_default()
    }

    /// Requests whose path ends so.
    pub fn asked_for(&self, ending: &str) -> Vec<Asked> {
        self.asked().into_iter().filter(|asked| asked.path.ends_with(ending)).collect()
    }
}

fn respond(
    mut stream: TcpStream,
    reply: &(impl Fn(&Asked, usize) -> Reply + ?Sized),
    seen: &Mutex<Vec<Asked>>,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(&stream).lines();
    let first = lines.next().unwrap_or(Ok(String::new()))?;
    let mut words = first.split(' ').map(str::to_string);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut asked = Asked { method, path, range: None, authorization: None };
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => asked.authorization = Some(value.to_string()),
            "range" => {
                let ends = value.strip_prefix("bytes=").and_then(|ends| ends.split_once('-'));
                asked.range = ends.and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
            }
            _ => {}
        }
    }
    let earlier = seen.lock().map_or(0, |mut seen| {
        let n = seen.iter().filter(|it| it.path == asked.path && it.method == asked.method).count();
        seen.push(asked.clone());
        n
    });
    let Reply { status, headers, body, sent } = reply(&asked, earlier);
    write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n", body.len())?;
    for header in headers {
        write!(stream, "{header}\r\n")?;
    }
    stream.write_all(b"\r\n")?;
    if asked.method != "HEAD" {
        stream.write_all(&body[..sent.min(body.len())])?;
    }
    Ok(())
}

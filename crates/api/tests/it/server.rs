//! An HTTP server on this machine that answers by a script, and remembers what it was asked.

use check::Stop;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Method and path.
    pub line: String,
    /// The value of `Authorization`.
    pub authorization: Option<String>,
    /// The body.
    pub body: Value,
}

/// An answer: status, headers, body. `None` closes the connection without a word.
pub type Answer = Option<(u16, &'static str, String)>;

/// The server; its thread ends with the process.
pub struct Server {
    /// Address of its API.
    pub address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Answers by what `answer` says to the request's number and itself.
    pub fn start(answer: impl Fn(usize, &Asked) -> Answer + Send + 'static) -> Result<Server, Stop> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = format!("http://{}/v1", listener.local_addr()?);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that goes away is its own business.
                let _ = respond(&stream, &answer, &seen);
            }
        });
        Ok(Server { address, asked })
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().map(|asked| asked.clone()).unwrap_or_default()
    }
}

fn respond(
    mut stream: &TcpStream,
    answer: &impl Fn(usize, &Asked) -> Answer,
    seen: &Mutex<Vec<Asked>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length, mut authorization) = (String::new(), 0, None);
    reader.read_line(&mut line)?;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap_or(0),
            "authorization" => authorization = Some(value.to_string()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let line = line.trim().trim_end_matches(" HTTP/1.1").to_string();
    let asked = Asked { line, authorization, body: serde_json::from_slice(&body)? };
    let n = seen.lock().map_or(0, |mut seen| {
        seen.push(asked.clone());
        seen.len() - 1
    });
    let Some((status, headers, body)) = answer(n, &asked) else { return Ok(()) };
    let length = body.len();
    write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}")
}

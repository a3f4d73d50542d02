//! An HTTP server on this machine that answers by a script, one answer a connection, and remembers what it was asked.

use check::Stop;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How to answer a request for the server's file.
#[derive(Clone)]
pub enum Answer {
    /// As one should: whole, or from the asked byte on.
    Well,
    /// As one should, but the connection closes after so many bytes.
    StopsAfter(usize),
    /// As one should, but silence follows so many bytes.
    FallsSilentAfter(usize),
    /// Whole, whatever part was asked for.
    IgnoresRange,
    /// Whole, without telling the length.
    OtherBytes(Vec<u8>),
    /// A status and a page.
    Status(u16),
    /// Elsewhere.
    Redirect(String),
    /// Nothing at all.
    Silence,
}

/// The server; its thread ends with the process.
pub struct Server {
    /// Address of its root folder.
    pub address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Serves `file`; the last answer is repeated.
    pub fn start(file: &[u8], answers: &[Answer]) -> Result<Server, Stop> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = format!("http://{}/", listener.local_addr()?);
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (file, answers, seen) = (file.to_vec(), answers.to_vec(), requests.clone());
        std::thread::spawn(move || {
            for (i, stream) in listener.incoming().enumerate() {
                let (Ok(stream), Some(answer)) = (stream, answers.get(i).or(answers.last())) else { continue };
                let (file, answer, seen) = (file.clone(), answer.clone(), seen.clone());
                // A client that went away is what these tests are about.
                std::thread::spawn(move || respond(stream, &file, &answer, &seen).ok());
            }
        });
        Ok(Server { address, requests })
    }

    /// The `Range` of each request so far, or nothing.
    pub fn ranges(&self) -> Vec<String> {
        self.requests.lock().map(|seen| seen.clone()).unwrap_or_default()
    }
}

fn respond(mut stream: TcpStream, file: &[u8], answer: &Answer, seen: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut range = String::new();
    for line in BufReader::new(&stream).lines() {
        let line = line?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("range:") {
            range = value.trim().to_string();
        }
        if line.is_empty() {
            break;
        }
    }
    if let Ok(mut seen) = seen.lock() {
        seen.push(range.clone());
    }
    let from = range.strip_prefix("bytes=").and_then(|r| r.strip_suffix('-')).and_then(|n| n.parse::<usize>().ok());
    let limit = match answer {
        Answer::Well => file.len(),
        Answer::StopsAfter(n) | Answer::FallsSilentAfter(n) => *n,
        Answer::IgnoresRange => {
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", file.len())?;
            return stream.write_all(file);
        }
        Answer::OtherBytes(bytes) => {
            write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
            return stream.write_all(bytes);
        }
        Answer::Status(status) => {
            return write!(stream, "HTTP/1.1 {status} No\r\nContent-Length: 4\r\nConnection: close\r\n\r\npage");
        }
        Answer::Redirect(to) => {
            return write!(
                stream,
                "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
        }
        Answer::Silence => {
            std::thread::sleep(Duration::from_secs(30));
            return Ok(());
        }
    };
    let rest = match from {
        Some(from) if from >= file.len() => {
            return write!(stream, "HTTP/1.1 416 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
        Some(from) => {
            write!(stream, "HTTP/1.1 206 Part\r\nContent-Range: bytes {from}-{}/{}\r\n", file.len() - 1, file.len())?;
            &file[from..]
        }
        None => {
            write!(stream, "HTTP/1.1 200 OK\r\n")?;
            file
        }
    };
    write!(stream, "Content-Length: {}\r\nConnection: close\r\n\r\n", rest.len())?;
    stream.write_all(&rest[..limit.min(rest.len())])?;
    if let Answer::FallsSilentAfter(_) = answer {
        stream.flush()?;
        std::thread::sleep(Duration::from_secs(30));
    }
    Ok(())
}

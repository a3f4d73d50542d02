//! A studio as another program sees it: a process, its address, and HTTP by hand, so that every header is ours.

use crate::sanjie;
use check::Stop;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// A studio that ends with the check.
pub struct Studio {
    process: Child,
    /// Host and port.
    pub address: String,
    /// What everything needs.
    pub token: String,
}

impl Studio {
    /// `sanjie ARGUMENTS` in `folder`, which is also the data folder; returns once the address is printed.
    pub fn start(folder: &Path, arguments: &[&str]) -> Result<Studio, Stop> {
        let mut process = sanjie(folder).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let mut line = String::new();
        if let Some(stdout) = process.stdout.as_mut() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let url = line.trim().strip_prefix("http://").and_then(|url| url.split_once("/?token="));
        let Some((address, token)) = url else {
            process.kill()?;
            return check::fail(format!("no address in {line:?}"));
        };
        Ok(Studio { address: address.to_string(), token: token.to_string(), process })
    }

    /// One on a free port.
    pub fn on(folder: &Path) -> Result<Studio, Stop> {
        Studio::start(folder, &["start", "--port", "0", "--no-open"])
    }

    /// Sends a request with exactly these headers (and a length) and returns what answers it.
    pub fn send(&self, first_line: &str, headers: &[&str], body: &str) -> Result<BufReader<TcpStream>, Stop> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        // Of version 1.0, in which an answer ends with the connection and has no chunks.
        write!(stream, "{first_line} HTTP/1.0\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())?;
        Ok(BufReader::new(stream))
    }

    /// Status and body of a request; the address stands for the host unless `headers` name one.
    pub fn ask(&self, first_line: &str, headers: &[&str], body: &str) -> Result<(u16, String), Stop> {
        let host = format!("Host: {}", self.address);
        let has_host = headers.iter().any(|header| header.starts_with("Host:"));
        let own = if has_host { None } else { Some(host.as_str()) };
        let all: Vec<&str> = headers.iter().copied().chain(own).collect();
        let mut answer = String::new();
        self.send(first_line, &all, body)?.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        Ok((status.ok_or_else(|| Stop::Failed(format!("no status in {head:?}")))?, body.to_string()))
    }

    /// Status and JSON of an allowed request below `/api`; null where there is no body.
    pub fn api(&self, method: &str, path: &str, body: &Value) -> Result<(u16, Value), Stop> {
        let bearer = format!("Authorization: Bearer {}", self.token);
        let headers = ["Content-Type: application/json", &bearer];
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let (status, answer) = self.ask(&format!("{method} /api/{path}"), &headers, &text)?;
        let parsed = if answer.is_empty() { Ok(Value::Null) } else { serde_json::from_str(&answer) };
        Ok((status, parsed.map_err(|error| Stop::Failed(format!("{method} {path}: {error} in {answer:?}")))?))
    }

    /// [`Studio::api`] that must end in `status`.
    pub fn expect(&self, status: u16, method: &str, path: &str, body: &Value) -> Result<Value, Stop> {
        let (found, answer) = self.api(method, path, body)?;
        check::that(found == status, || format!("{method} {path}: {found} instead of {status}: {answer}"))?;
        Ok(answer)
    }

    /// Starts a tiny run of `steps` steps over `text.txt`; its name.
    pub fn train(&self, folder: &Path, steps: u64) -> Result<String, Stop> {
        let settings = json!({
            "model.n_layers": 2, "model.n_heads": 2, "model.d_model": 32, "model.max_seq_len": 32,
            "train.batch_size": 4, "train.steps": steps, "checkpoint.every": 20, "validation.every": 50,
            "samples.every": 50, "samples.max_tokens": 8,
        });
        let body = json!({"recipe": "shakespeare-tiny", "settings": settings, "data": folder.join("text.txt")});
        let started = self.expect(201, "POST", "runs", &body)?;
        started["id"].as_str().map(str::to_string).ok_or_else(|| Stop::Failed(format!("no id in {started}")))
    }

    /// Waits until the run is as wanted.
    pub fn wait(&self, id: &str, what: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value, Stop> {
        let begun = Instant::now();
        loop {
            let run = self.expect(200, "GET", &format!("runs/{id}"), &Value::Null)?;
            if wanted(&run) {
                return Ok(run);
            }
            check::that(begun.elapsed() < PATIENCE, || format!("{what}: never; the run is {run}"))?;
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until the run's state is `state`.
    pub fn wait_for(&self, id: &str, state: &str) -> Result<Value, Stop> {
        self.wait(id, state, |run| run["state"] == state)
    }

    /// The events of an allowed request, as they come.
    pub fn events(&self, method: &str, path: &str, body: &Value) -> Result<Events, Stop> {
        let [host, bearer] = [format!("Host: {}", self.address), format!("Authorization: Bearer {}", self.token)];
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let headers = [host.as_str(), &bearer, "Content-Type: application/json"];
        let mut stream = self.send(&format!("{method} /api/{path}"), &headers, &text)?;
        let mut line = String::new();
        stream.read_line(&mut line)?;
        check::that(line.contains(" 200 "), || format!("{path}: {line}"))?;
        while !line.trim().is_empty() {
            line.clear();
            stream.read_line(&mut line)?;
        }
        Ok(Events { stream })
    }

    /// Ends it as Ctrl-C does; its exit code and what it said.
    pub fn interrupt(mut self) -> Result<(Option<i32>, String), Stop> {
        Command::new("kill").args(["-INT", &self.process.id().to_string()]).status()?;
        let mut words = String::new();
        if let Some(stderr) = self.process.stderr.as_mut() {
            stderr.read_to_string(&mut words)?;
        }
        Ok((self.process.wait()?.code(), words))
    }
}

impl Drop for Studio {
    /// As `kill -9` does.
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Server-sent events; dropping them closes the connection.
pub struct Events {
    stream: BufReader<TcpStream>,
}

impl Events {
    /// Name and data of the next one.
    pub fn next(&mut self) -> Result<(String, Value), Stop> {
        let mut name = String::new();
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line)? == 0 {
                return check::fail("the events ended");
            }
            if let Some(rest) = line.strip_prefix("event: ") {
                name = rest.trim().to_string();
            } else if let Some(rest) = line.strip_prefix("data: ") {
                return Ok((name, serde_json::from_str(rest)?));
            }
        }
    }
}

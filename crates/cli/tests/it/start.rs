//! The studio from the outside: one line on standard output, who is let in, and how it ends.

use crate::{sanjie, scratch};
use check::{Outcome, Stop};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A studio that ends with the check.
struct Studio {
    process: Child,
    address: String,
    token: String,
}

impl Studio {
    fn start(folder: &Path, arguments: &[&str]) -> Result<Studio, Stop> {
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

    /// Status and whole answer of a request; the address stands for the host unless `headers` name one.
    fn ask(&self, first_line: &str, headers: &[&str]) -> Result<(String, String), Stop> {
        let mut stream = TcpStream::connect(&self.address)?;
        let host = format!("Host: {}", self.address);
        let has_host = headers.iter().any(|header| header.starts_with("Host:"));
        let own = if has_host { None } else { Some(host.as_str()) };
        let all: String = headers.iter().copied().chain(own).map(|header| format!("{header}\r\n")).collect();
        write!(stream, "{first_line} HTTP/1.1\r\n{all}Connection: close\r\nContent-Length: 0\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok((answer.split(' ').nth(1).unwrap_or_default().to_string(), answer))
    }

    /// Ends it as Ctrl-C does; its exit code and what it said.
    fn interrupt(mut self) -> Result<(Option<i32>, String), Stop> {
        Command::new("kill").args(["-INT", &self.process.id().to_string()]).status()?;
        let mut words = String::new();
        if let Some(stderr) = self.process.stderr.as_mut() {
            stderr.read_to_string(&mut words)?;
        }
        Ok((self.process.wait()?.code(), words))
    }
}

impl Drop for Studio {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Everything needs the token; other names and other pages are refused even with it; Ctrl-C is a good end.
pub fn the_studio_opens_for_its_person_alone() -> Outcome {
    let folder = scratch("start")?;
    let studio = Studio::start(&folder, &["start", "--port", "0", "--no-open"])?;
    let token = studio.token.clone();
    let with_token = format!("GET /?token={token}");
    let bearer = format!("Authorization: Bearer {token}");
    let navigates = ["Sec-Fetch-Mode: navigate", "Sec-Fetch-Site: none"];
    let rows: [(&str, &str, &[&str], &str); 9] = [
        ("a script with the token", &with_token, &[], "200"),
        ("a browser with the token is sent on with a cookie", &with_token, &navigates, "303"),
        ("no token", "GET /", &[], "403"),
        ("another token", "GET /?token=00", &[], "403"),
        ("no token at the API", "GET /api/runs", &[], "403"),
        ("the token at the API", "GET /api/runs", &[&bearer], "200"),
        ("a foreign host", &with_token, &["Host: evil.example:7878"], "403"),
        ("a foreign origin", "POST /api/runs", &[&bearer, "Origin: http://evil.example"], "403"),
        ("a method that nothing takes", "PATCH /api/runs", &[&bearer], "405"),
    ];
    for (name, first_line, headers, expected) in rows {
        let (status, answer) = studio.ask(first_line, headers)?;
        check::that(status == expected, || format!("{name}: {answer}"))?;
    }
    let (code, words) = studio.interrupt()?;
    check::equal(code, Some(0), &format!("exit code; it said {words}"))?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// `sanjie` alone is `sanjie start`; what hinders it is said.
pub fn the_studio_says_why_it_cannot_start() -> Outcome {
    let folder = scratch("start-bad")?;
    let first = Studio::start(&folder, &["--port", "0", "--no-open"])?;
    let port = first.address.rsplit(':').next().unwrap_or_default();
    let cases: [(&[&str], &str, i32, &str); 3] = [
        (&["start", "--no-open", "--port", port], ".", 1, "--port"),
        (&["start", "--no-open", "--port", "0"], "/dev/null/home", 1, "SANJIE_HOME"),
        (&["--no-open", "chat", "run"], ".", 2, "--no-open"),
    ];
    for (arguments, home, code, words) in cases {
        let output = sanjie(&folder).args(arguments).env("SANJIE_HOME", home).output()?;
        let found = String::from_utf8_lossy(&output.stderr).into_owned();
        check::equal(output.status.code(), Some(code), &format!("exit of {arguments:?}: {found}"))?;
        check::that(found.contains(words) && output.stdout.is_empty(), || format!("{arguments:?} said: {found}"))?;
    }
    drop(first);
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

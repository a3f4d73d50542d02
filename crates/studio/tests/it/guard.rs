//! Foreign pages cannot start anything: each lock refuses on its own, on a real socket.

use check::Outcome;
use std::io::{Read, Write};
use std::net::TcpStream;

/// A studio on a free port with an empty data folder, and what a request needs to be let in.
pub(crate) struct Session {
    _runtime: tokio::runtime::Runtime,
    port: u16,
    token: String,
    home: std::path::PathBuf,
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.home);
    }
}

/// Opens no embedder, whatever is written.
pub fn no_embedder(_: &str) -> Result<retrieval::knowledge_base::OpenedEmbedder, studio::Refusal> {
    Ok(retrieval::knowledge_base::OpenedEmbedder { place: String::new(), embedder: None })
}

impl Session {
    pub fn start(name: &str) -> Result<Session, check::Stop> {
        Session::with(name, "/nonexistent".into())
    }

    /// A studio whose training processes are `program`.
    fn with(name: &str, program: std::path::PathBuf) -> Result<Session, check::Stop> {
        Session::at(std::env::temp_dir().join(format!("sanjie-studio-{name}-{}", std::process::id())), program)
    }

    /// A studio on a data folder that others may share.
    pub fn at(home: std::path::PathBuf, program: std::path::PathBuf) -> Result<Session, check::Stop> {
        let config = Session::config(&home, program);
        Session::of(home, studio::serve(config))
    }

    /// A studio whose models are opened by `open`.
    pub fn serving(
        home: std::path::PathBuf,
        program: std::path::PathBuf,
        open: fn(&std::path::Path) -> studio::Opened,
    ) -> Result<Session, check::Stop> {
        let config = Session::config(&home, program);
        Session::of(home, studio::serve_with(config, open))
    }

    /// A studio for the author of the curriculum in `folder`.
    pub fn previewing(name: &str, folder: &std::path::Path) -> Result<Session, check::Stop> {
        let home = std::env::temp_dir().join(format!("sanjie-studio-{name}-{}", std::process::id()));
        let preview = studio::Preview { folder: Some(folder.into()), topic: None };
        let config = studio::Config { preview: Some(preview), ..Session::config(&home, "/nonexistent".into()) };
        Session::of(home, studio::serve(config))
    }

    fn config(home: &std::path::Path, program: std::path::PathBuf) -> studio::Config {
        studio::Config {
            port: 0,
            home: home.into(),
            open: false,
            program,
            lang: messages::Lang::En,
            preview: None,
            embedders: no_embedder,
        }
    }

    fn of<E: std::error::Error + 'static>(
        home: std::path::PathBuf,
        starting: impl Future<Output = Result<studio::Studio, E>>,
    ) -> Result<Session, check::Stop> {
        let runtime = tokio::runtime::Runtime::new()?;
        let studio = runtime.block_on(starting)?;
        let (address, token) = studio.url.split_once("/?token=").ok_or("the address carries no token")?;
        let port = address.rsplit(':').next().unwrap_or_default().parse()?;
        Ok(Session { port, token: token.to_string(), home, _runtime: runtime })
    }

    /// Sends a request as written (plus Connection and length) and returns the whole answer.
    pub fn ask(&self, first_line: &str, headers: &[String], body: &str) -> Result<String, check::Stop> {
        let mut answer = String::new();
        self.send(first_line, headers, body)?.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// Sends a request as [`Session::ask`] does; whoever drops the stream has left.
    pub fn send(&self, first_line: &str, headers: &[String], body: &str) -> Result<TcpStream, check::Stop> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        let length = body.len();
        write!(
            stream,
            "{first_line} HTTP/1.1\r\n{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        )?;
        Ok(stream)
    }

    /// Its data folder.
    pub fn home(&self) -> &std::path::PathBuf {
        &self.home
    }

    pub fn own_host(&self) -> String {
        format!("Host: 127.0.0.1:{}", self.port)
    }

    pub fn bearer(&self) -> String {
        format!("Authorization: Bearer {}", self.token)
    }
}

pub(crate) fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("")
}

const START: &str = r#"{"recipe":"stories","settings":{}}"#;

/// Every row would start a run if the one lock it breaks were missing.
pub fn foreign_pages_start_nothing() -> Outcome {
    let session = Session::start("foreign")?;
    let json = "Content-Type: application/json".to_string();
    let cookie = format!("Cookie: sanjie_{}={}", session.port, session.token);
    let port = session.port;
    let rows: Vec<(&str, Vec<String>, &str, &str)> = vec![
        (
            "another name for 127.0.0.1",
            vec![format!("Host: evil.example:{port}"), session.bearer(), json.clone()],
            START,
            "403",
        ),
        ("our name, another port", vec!["Host: 127.0.0.1:1".to_string(), session.bearer(), json.clone()], START, "403"),
        ("no host", vec!["Host:".to_string(), session.bearer(), json.clone()], START, "403"),
        (
            "another origin",
            vec![session.own_host(), "Origin: https://evil.example".to_string(), cookie.clone(), json.clone()],
            START,
            "403",
        ),
        (
            "an opaque origin",
            vec![session.own_host(), "Origin: null".to_string(), cookie.clone(), json.clone()],
            START,
            "403",
        ),
        ("no token", vec![session.own_host(), json.clone()], START, "403"),
        ("a wrong token", vec![session.own_host(), "Authorization: Bearer 00".to_string(), json.clone()], START, "403"),
        (
            "a form with the cookie",
            vec![session.own_host(), cookie, "Content-Type: application/x-www-form-urlencoded".to_string()],
            "recipe=stories",
            "400",
        ),
    ];
    for (name, headers, body, expected) in rows {
        let answer = session.ask("POST /api/runs", &headers, body)?;
        check::equal(status(&answer), expected, name)?;
        check::that(answer.contains(r#""code":"studio."#), || format!("{name}: no coded error in {answer}"))?;
    }
    let runs = session.ask("GET /api/runs", &[session.own_host(), session.bearer()], "")?;
    check::that(runs.ends_with("[]"), || format!("a refused request left a run: {runs}"))
}

/// A page that starts runs without end is stopped at a limit, and has room again when they have ended.
pub fn trainings_have_a_limit() -> Outcome {
    use std::os::unix::fs::PermissionsExt;
    let program = std::env::temp_dir().join(format!("sanjie-studio-sleeps-{}", std::process::id()));
    std::fs::write(&program, "#!/bin/sh\nsleep 2\n")?;
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755))?;
    let session = Session::with("limit", program.clone())?;
    let headers = [session.own_host(), session.bearer(), "Content-Type: application/json".to_string()];
    let start = || session.ask("POST /api/runs", &headers, START);
    for number in 1..=16 {
        check::equal(status(&start()?), "201", &format!("run {number}"))?;
    }
    let refused = start()?;
    check::that(status(&refused) == "429" && refused.contains("16 runs"), || refused.clone())?;
    let begun = std::time::Instant::now();
    while status(&start()?) != "201" {
        check::that(begun.elapsed().as_secs() < 60, || "no room after all have ended".to_string())?;
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    std::fs::remove_file(program)?;
    Ok(())
}

/// The address's token becomes a strict cookie and leaves the address.
pub fn the_token_leaves_the_address() -> Outcome {
    let session = Session::start("token")?;
    let navigates = ["Sec-Fetch-Mode: navigate", "Sec-Fetch-Site: none"].map(str::to_string);
    let headers = [&[session.own_host()], &navigates[..]].concat();
    let answer = session.ask(&format!("GET /?token={}&x=1", session.token), &headers, "")?;
    check::equal(status(&answer), "303", "the first visit")?;
    for part in ["location: /?x=1", "HttpOnly", "SameSite=Strict"] {
        check::that(answer.contains(part), || format!("{part:?} is not in {answer}"))?;
    }
    let cookie = format!("Cookie: sanjie_{}={}", session.port, session.token);
    check::equal(status(&session.ask("GET /api/runs", &[session.own_host(), cookie], "")?), "200", "with the cookie")
}

/// Sentences come in the asked language.
pub fn errors_come_in_the_asked_language() -> Outcome {
    let session = Session::start("lang")?;
    let ask = |lang: &str| {
        session.ask(&format!("GET /api/runs/none?lang={lang}"), &[session.own_host(), session.bearer()], "")
    };
    check::that(ask("en")?.contains("no run called"), || "no English sentence".to_string())?;
    check::that(ask("zh")?.contains("没有"), || "no Chinese sentence".to_string())
}

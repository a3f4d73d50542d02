//! `sanjie start`: one line on standard output, who is let in, and how it ends.

use crate::studio::Studio;
use crate::{sanjie, scratch};
use check::Outcome;
use serde_json::Value;

/// Everything needs the token; other names and other pages are refused even with it; Ctrl-C is a good end.
pub fn the_studio_opens_for_its_person_alone() -> Outcome {
    let folder = scratch("start")?;
    let studio = Studio::on(&folder)?;
    let with_token = format!("GET /?token={}", studio.token);
    let bearer = format!("Authorization: Bearer {}", studio.token);
    let cookie = format!("Cookie: sanjie_{}={}", port(&studio), studio.token);
    let json = "Content-Type: application/json";
    let start = r#"{"recipe":"stories","settings":{}}"#;
    let rows: [(&str, &str, &[&str], &str, u16); 16] = [
        ("a script with the token", &with_token, &[], "", 200),
        ("a browser with it", &with_token, &["Sec-Fetch-Mode: navigate", "Sec-Fetch-Site: none"], "", 303),
        ("a link elsewhere", &with_token, &["Sec-Fetch-Mode: navigate", "Sec-Fetch-Site: cross-site"], "", 200),
        ("no token", "GET /", &[], "", 403),
        ("another token", "GET /?token=00", &[], "", 403),
        ("no token at the API", "GET /api/runs", &[], "", 403),
        ("the token at the API", "GET /api/runs", &[&bearer], "", 200),
        ("the cookie at the API", "GET /api/runs", &[&cookie], "", 200),
        ("a foreign host", &with_token, &["Host: evil.example:7878"], "", 403),
        ("a foreign page", "POST /api/runs", &[&cookie, "Origin: http://evil.example", json], start, 403),
        ("a page of another port", "POST /api/runs", &[&cookie, "Origin: http://127.0.0.1:1", json], start, 403),
        ("a form without preflight", "POST /api/runs", &[&cookie, "Content-Type: text/plain"], start, 400),
        ("a body without a type", "POST /api/runs", &[&cookie], start, 400),
        ("a preflight", "OPTIONS /api/runs", &["Origin: http://evil.example"], "", 403),
        ("a method that nothing takes", "PATCH /api/runs", &[&bearer], "", 405),
        ("a path that leads out", "GET /api/runs/..%2f..%2fetc", &[&bearer], "", 404),
    ];
    for (name, first_line, headers, body, expected) in rows {
        let (status, answer) = studio.ask(first_line, headers, body)?;
        check::that(status == expected, || format!("{name}: {status}: {answer}"))?;
    }
    check::equal(studio.expect(200, "GET", "runs", &Value::Null)?, Value::Array(vec![]), "runs that were started")?;
    let (code, words) = studio.interrupt()?;
    check::equal(code, Some(0), &format!("exit code; it said {words}"))?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// `sanjie` alone is `sanjie start`; what hinders it is said.
pub fn the_studio_says_why_it_cannot_start() -> Outcome {
    let folder = scratch("start-bad")?;
    let first = Studio::start(&folder, &["--port", "0", "--no-open"])?;
    let cases: [(&[&str], &str, i32, &str); 3] = [
        (&["start", "--no-open", "--port", port(&first)], ".", 1, "--port"),
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

fn port(studio: &Studio) -> &str {
    studio.address.rsplit(':').next().unwrap_or_default()
}

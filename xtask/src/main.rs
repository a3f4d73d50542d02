//! Automation in Rust: `cargo xtask start | test | tidy | prove | dist`.
//!
//! One program instead of a folder of shell scripts, so that what builds, tests and measures the project is
//! read, checked and tested like the rest of it. It needs Rust, Node 20 and Python 3.11; whatever else a command
//! wants is installed by package name (`install`). It holds nothing that the `sanjie` binary needs at run time.

mod cargo;
mod dist;
mod install;
mod process;
mod prove;
mod start;
mod test;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  test [FILTER...]           install what the tests need, run everything; last line `N passed, N failed, N skipped`
  build                      the front end and the release binary
  start [ARGS...]            build, then `sanjie start ARGS`: the studio, its address printed
  prove [ID or area] [--json] [--record]
                             measure the claims of bench/claims.toml again; exit 1 if one falls short
  tidy [FILTER...]           the rules of the repository that no other tool checks
  screenshots                the pictures in docs/images, made from the studio by a script
  dist                       an archive and a wheel in dist/, for those who have neither Rust nor Node
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let rest = args.get(1..).unwrap_or_default();
    process::pass_signals_on();
    let done = match args.first().map(String::as_str) {
        Some("test") => test::run(rest),
        Some("build") => takes_nothing(rest).and_then(|()| start::build()).map(|_| true),
        Some("start") => start::run(rest),
        Some("prove") => prove::run(rest),
        Some("dist") => takes_nothing(rest).and_then(|()| dist::run()),
        Some("screenshots") => takes_nothing(rest).and_then(|()| start::screenshots()),
        Some("tidy") => tidy::run(rest),
        Some("help" | "--help" | "-h") => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            if error.is::<Usage>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

/// A command line that means nothing: exit code 2, where a failure is 1.
#[derive(Debug)]
struct Usage(String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

fn takes_nothing(rest: &[String]) -> anyhow::Result<()> {
    rest.first().map_or(Ok(()), |arg| Err(Usage(format!("unexpected {arg}")).into()))
}

/// The repository root: the folder above this crate.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask stands in the repository")
}

/// Where cargo puts what it builds.
fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

//! `cargo xtask start [ARGS...]`: builds the front end and the release binary, then becomes `sanjie start ARGS`.
//!
//! Each part is built only when its sources have changed. `cargo xtask build` stops before the last step.

use crate::{cargo, install, process};
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::process::Command;

/// Builds, then starts the studio; returns only when the studio ends.
pub fn run(args: &[String]) -> Result<bool> {
    let program = build()?;
    let mut command = Command::new(&program);
    command.arg("start").args(args);
    // On Unix the studio takes this process's place, so that Ctrl-C and signals reach it alone.
    #[cfg(unix)]
    return Err(std::os::unix::process::CommandExt::exec(&mut command)).context(program.display().to_string());
    #[cfg(not(unix))]
    process::run(&mut command)
}

/// Builds the front end if it is stale, then the release binary; its path. Without Node the studio has no pages, and
/// everything else works.
pub fn build() -> Result<PathBuf> {
    match install::node() {
        Ok(()) => web()?,
        Err(error) => eprintln!("{error:#}\nhint: going on without the studio's pages"),
    }
    program()
}

/// Builds the release binary with the front end in it; fails where that cannot be built.
pub fn build_whole() -> Result<PathBuf> {
    web()?;
    program()
}

fn program() -> Result<PathBuf> {
    eprintln!("building the release binary");
    process::must(&mut cargo::command(&["build", "--release", "-p", "cli"]))?;
    Ok(crate::target().join(format!("release/sanjie{}", std::env::consts::EXE_SUFFIX)))
}

/// Makes the pictures in `docs/images` from the release binary.
pub fn screenshots() -> Result<bool> {
    let program = build_whole()?;
    install::web_packages()?;
    install::browser()?;
    process::run(process::npm(&["run", "--silent", "screenshots"]).env("SANJIE_BIN", program))
}

/// Builds `web/dist` unless it is newer than everything it is made from.
pub fn web() -> Result<()> {
    let web = crate::root().join("web");
    if !web.join("package.json").is_file() {
        return Ok(());
    }
    install::node()?;
    let listed = process::output(
        Command::new("git").args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(&web),
    )?;
    let sources: Vec<PathBuf> = listed.split('\0').filter(|p| !p.is_empty()).map(|p| web.join(p)).collect();
    if install::newer(&web.join("dist/index.html"), &sources) {
        return Ok(());
    }
    install::web_packages()?;
    eprintln!("building the front end");
    process::must(process::npm(&["run", "--silent", "build"]).stdout(std::io::stderr()))
}

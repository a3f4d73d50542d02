//! What `cargo xtask` does as a program: exit codes, and what becomes of its children.

use check::{Outcome, equal, fail, that};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn main() {
    check::main(check::suite![
        an_unknown_command_line_is_a_usage_error,
        an_unknown_claim_is_an_error,
        a_signal_reaches_the_children,
    ]);
}

fn xtask(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(args).stdin(Stdio::null());
    command
}

fn an_unknown_command_line_is_a_usage_error() -> Outcome {
    for args in [
        &["nope"][..],
        &[],
        &["tidy", "nope"],
        &["tidy", "sizes", "nope"],
        &["tidy", ""],
        &["prove", "--x"],
        &["test", "--x"],
        &["build", "x"],
        &["dist", "--x"],
    ] {
        let done = xtask(args).output()?;
        equal(done.status.code(), Some(2), &format!("the exit code of {args:?}"))?;
        that(done.stdout.is_empty() && !done.stderr.is_empty(), || format!("{args:?} says so on stderr"))?;
    }
    equal(xtask(&["tidy", "sizes"]).output()?.status.code(), Some(0), "the exit code of a known check")
}

fn an_unknown_claim_is_an_error() -> Outcome {
    for args in [&["prove", "nope", "--json"][..], &["prove", "slice.nope"]] {
        let done = xtask(args).output()?;
        equal(done.status.code(), Some(1), &format!("the exit code of {args:?}"))?;
        that(done.stdout.is_empty(), || format!("{args:?} measures nothing"))?;
    }
    Ok(())
}

/// In place of cargo a script that starts a process of its own and waits; a signal to xtask ends all three.
fn a_signal_reaches_the_children() -> Outcome {
    if !cfg!(unix) {
        return check::skip("signals of Unix");
    }
    let folder = std::env::temp_dir().join(format!("xtask-signal-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let (cargo, ids) = (folder.join("cargo"), folder.join("ids"));
    let script = format!("#!/bin/sh\nsleep 600 &\necho $$ $! >'{0}.new'\nmv '{0}.new' '{0}'\nwait\n", ids.display());
    std::fs::write(&cargo, script)?;
    let made = Command::new("chmod").arg("+x").arg(&cargo).status()?;
    that(made.success(), || "the script can be run".to_string())?;
    let mut running = xtask(&["tidy", "cli_reference"]).env("CARGO", &cargo).stdout(Stdio::null()).spawn()?;
    let children = wait_for(|| std::fs::read_to_string(&ids).ok());
    let sent = Command::new("kill").arg(running.id().to_string()).status()?.success();
    let ended = wait_for(|| running.try_wait().ok().flatten());
    running.kill().ok();
    let Some(children) = children else { return fail("the script never started") };
    // One that has ended and that nobody has asked about is still listed, as Z.
    let alive = |id: &str| {
        let state = Command::new("ps").args(["-o", "stat=", "-p", id]).output();
        state.is_ok_and(|ps| !ps.stdout.is_empty() && !ps.stdout.starts_with(b"Z"))
    };
    let gone = wait_for(|| (!children.split_whitespace().any(alive)).then_some(()));
    std::fs::remove_dir_all(&folder)?;
    that(sent && gone.is_some(), || format!("{children} still run"))?;
    equal(ended.and_then(|status| status.code()), Some(130), "the exit code")
}

/// What `look` sees, at the latest after a minute.
fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(60) {
        if let Some(seen) = look() {
            return Some(seen);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    None
}

//! What a confined child cannot do. The child is a shell, which every Unix system has.

use check::{Outcome, equal, fail, skip, that};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use sys::confine::{Limits, Sandbox, confine, kill, sandbox};

fn shell(script: &str, limits: &Limits) -> std::io::Result<Command> {
    let mut command = Command::new("sh");
    command.args(["-c", script]).stdin(Stdio::null());
    confine(&mut command, limits)?;
    Ok(command)
}

fn limits() -> Limits {
    Limits { memory_bytes: 256 << 20, hidden: vec![] }
}

pub fn a_child_starts_no_processes() -> Outcome {
    if !cfg!(target_os = "linux") {
        return skip("seccomp is a part of Linux");
    }
    let output = shell("ls / ; echo after", &limits())?.output()?;
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    that(complaint.contains("fork"), || format!("expected a refused fork, found {output:?}"))
}

pub fn a_child_signals_nobody_but_itself() -> Outcome {
    if !cfg!(target_os = "linux") {
        return skip("seccomp is a part of Linux");
    }
    let mut other = Command::new("sleep").arg("60").spawn()?;
    let script = format!("kill -9 {} && echo sent; kill -0 $$ && echo own", other.id());
    let output = shell(&script, &limits())?.output()?;
    let lives = other.try_wait()?.is_none();
    other.kill()?;
    other.wait()?;
    that(lives, || "the other process is gone".into())?;
    equal(String::from_utf8_lossy(&output.stdout).trim(), "own", "signals that were sent")
}

pub fn memory_is_bounded() -> Outcome {
    let output = shell("x=1234567890123456; while :; do x=$x$x; done", &limits())?.output()?;
    that(!output.status.success(), || format!("allocating without end ended well: {output:?}"))
}

pub fn files_are_read_only_and_hidden() -> Outcome {
    if sandbox() == Sandbox::None {
        return skip("this system permits no namespaces");
    }
    let folder = std::env::temp_dir().join(format!("sanjie-confine-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("secret"), "42")?;
    let script = format!("test -e {0}/secret && echo seen; echo x > {0}/new && echo written", folder.display());
    let open = shell(&script, &limits())?.output()?;
    equal(String::from_utf8_lossy(&open.stdout).into_owned(), "seen\n".to_string(), "without hiding")?;
    let hidden = shell(&script, &Limits { hidden: vec![folder.clone()], ..limits() })?.output()?;
    equal(String::from_utf8_lossy(&hidden.stdout).into_owned(), String::new(), "hidden")?;
    equal(std::fs::read_dir(&folder)?.count(), 1, "files after the child")?;
    Ok(std::fs::remove_dir_all(&folder)?)
}

pub fn temporary_files_have_a_folder_of_their_own() -> Outcome {
    if sandbox() == Sandbox::None {
        return skip("this system permits no namespaces");
    }
    let name = format!("sanjie-confine-{}", std::process::id());
    let script = format!("echo x > $TMPDIR/{name} && read line < $TMPDIR/{name} && echo $TMPDIR $line");
    let output = shell(&script, &limits())?.output()?;
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    let Some((folder, line)) = words.trim().split_once(' ') else { return fail(format!("{output:?}")) };
    equal(line, "x", "what was written")?;
    that(!Path::new(folder).join(name).exists(), || format!("{folder}: a file outlived its child"))?;
    // It is memory, so it is small.
    let script = "x=0123456789abcdef; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do x=$x$x; done
        for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do echo $x > $TMPDIR/$i || exit 7; done";
    equal(shell(script, &limits())?.output()?.status.code(), Some(7), "exit status of one that writes 20 MiB")
}

pub fn killing_ends_an_endless_child() -> Outcome {
    let mut child = shell("while :; do :; done", &limits())?.spawn()?;
    let from = Instant::now();
    kill(&mut child);
    that(from.elapsed() < Duration::from_secs(2), || "killing took too long".into())?;
    that(child.try_wait()?.is_some(), || "the child lives".into())
}

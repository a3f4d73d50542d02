//! Child processes: run one and say whether it went well, or read its lines as they come.
//!
//! Children get no standard input, so that nothing ever waits for a keyboard, and stdout and stderr share one
//! pipe, so that their lines stay in the order in which they were written. A child that exceeds its time is ended
//! together with the processes it started: without a terminal each child leads its own process group. So a signal to
//! this program does not reach them by itself; it is passed on ([`pass_signals_on`]).

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, IsTerminal};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long children may take to end after they were asked to.
const GRACE: Duration = Duration::from_secs(5);

/// The children that run now.
static RUNNING: Mutex<Vec<Target>> = Mutex::new(Vec::new());

/// Whom `kill` is to reach: a process, or with a minus sign a process group.
type Target = String;

fn running() -> MutexGuard<'static, Vec<Target>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lets Ctrl-C or `kill` end this program's children too, and then this program with exit code 130.
pub fn pass_signals_on() {
    let handler = || {
        // Held to the end: what waits for a child goes no step further, and nothing new starts.
        let children = running();
        for child in children.iter() {
            signal("TERM", child);
        }
        let begun = Instant::now();
        while children.iter().any(|child| signal("0", child)) && begun.elapsed() < GRACE {
            std::thread::sleep(Duration::from_millis(50));
        }
        for child in children.iter() {
            signal("KILL", child);
        }
        std::process::exit(130);
    };
    ctrlc::set_handler(handler).expect("nobody else in this program handles signals");
}

/// Sends a signal; true if there was somebody to receive it.
fn signal(name: &str, target: &Target) -> bool {
    let mut kill = Command::new("kill");
    kill.args([format!("-{name}").as_str(), "--", target]).stderr(Stdio::null());
    kill.status().is_ok_and(|status| status.success())
}

/// A child that a signal is passed on to while this value lives.
struct Running {
    child: Child,
    target: Target,
    own_group: bool,
}

impl Running {
    fn start(command: &mut Command) -> Result<Running> {
        let name = command.get_program().to_string_lossy().into_owned();
        command.stdin(Stdio::null());
        let own_group = cfg!(unix) && !std::io::stdin().is_terminal();
        #[cfg(unix)]
        if own_group {
            std::os::unix::process::CommandExt::process_group(command, 0);
        }
        let mut children = running();
        let child = command.spawn().with_context(|| format!("cannot start `{name}`"))?;
        let target = format!("{}{}", if own_group { "-" } else { "" }, child.id());
        children.push(target.clone());
        Ok(Running { child, target, own_group })
    }

    /// Kills what is left of the process group that the child leads.
    fn end_group(&self) {
        if self.own_group {
            signal("KILL", &self.target);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        running().retain(|target| *target != self.target);
    }
}

/// Runs `command` with its output going to the terminal; true if it succeeded.
pub fn run(command: &mut Command) -> Result<bool> {
    Ok(Running::start(command)?.child.wait()?.success())
}

/// Runs `command` like [`run`]; a failure is an error that names the command.
pub fn must(command: &mut Command) -> Result<()> {
    if run(command)? {
        return Ok(());
    }
    let words: Vec<_> = command.get_args().map(|a| a.to_string_lossy().into_owned()).collect();
    bail!("`{} {}` failed", command.get_program().to_string_lossy(), words.join(" "))
}

/// What `command` writes to stdout; a failure is an error that quotes stderr.
pub fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let done = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{name}`"))?;
    if !done.status.success() {
        bail!("`{name}` failed: {}", String::from_utf8_lossy(&done.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

/// How a child that was read line by line ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// Exit code 0.
    Success,
    /// Another exit code, or a signal.
    Failure,
    /// It did not end within its time and was killed.
    TimedOut,
}

/// Runs `command`, hands each line of stdout and stderr to `each`, and ends it after `limit`.
pub fn lines(command: &mut Command, limit: Duration, mut each: impl FnMut(&str)) -> Result<End> {
    let (reader, writer) = std::io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    let mut running = Running::start(command)?;
    // The command holds the writing end; it must go, or the reader never sees the end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut reader = BufReader::new(reader);
        let mut line = Vec::new();
        while matches!(reader.read_until(b'\n', &mut line), Ok(n) if n > 0) {
            let text = String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_string();
            line.clear();
            if sender.send(text).is_err() {
                break;
            }
        }
    });
    let deadline = Instant::now() + limit;
    let mut exited_at = None;
    loop {
        match receiver.recv_timeout(Duration::from_millis(200)) {
            Ok(line) => each(&line),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                // A grandchild may hold the pipe open after the child has ended: do not wait for it.
                if running.child.try_wait()?.is_some() {
                    let since = *exited_at.get_or_insert_with(Instant::now);
                    if since.elapsed() > Duration::from_secs(2) {
                        break;
                    }
                }
            }
        }
        if Instant::now() > deadline {
            running.end_group();
            running.child.kill().ok();
            running.child.wait()?;
            return Ok(End::TimedOut);
        }
    }
    let status = running.child.wait()?;
    running.end_group();
    Ok(if status.success() { End::Success } else { End::Failure })
}

/// The path of the program `name`, if `PATH` has it.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&path).map(|folder| folder.join(&file)).find(|candidate| candidate.is_file())
}

/// A command for npm, which is a script on Windows.
pub fn npm(args: &[&str]) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.args(args).current_dir(crate::root().join("web"));
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn both_streams_arrive_in_order() {
        let mut seen = vec![];
        let end = lines(&mut shell("echo a; echo b >&2; echo c; exit 3"), Duration::from_secs(60), |l| {
            seen.push(l.to_string());
        });
        assert_eq!(end.unwrap(), End::Failure);
        assert_eq!(seen, ["a", "b", "c"]);
    }

    #[test]
    fn a_child_that_never_ends_is_ended() {
        let end = lines(&mut shell("sleep 600"), Duration::from_millis(300), |_| ()).unwrap();
        assert_eq!(end, End::TimedOut);
    }

    #[test]
    fn a_grandchild_that_keeps_the_pipe_open_is_not_waited_for() {
        let begun = Instant::now();
        let end = lines(&mut shell("sleep 600 & echo done"), Duration::from_secs(60), |_| ()).unwrap();
        assert_eq!(end, End::Success);
        assert!(begun.elapsed() < Duration::from_secs(30));
    }
}

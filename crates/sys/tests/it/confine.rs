//! What a confined child cannot do. The child is a shell, which every Unix system has, or Python, which can call anything.

use check::{Outcome, Stop, equal, fail, skip, that};
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use sys::confine::{Limits, Sandbox, confine, cpu_time, kill, queue_time, sandbox};

fn shell(script: &str, limits: &Limits) -> std::io::Result<Command> {
    let mut command = Command::new("sh");
    command.args(["-c", script]).stdin(Stdio::null());
    confine(&mut command, limits)?;
    Ok(command)
}

fn limits() -> Limits {
    Limits { memory_bytes: 256 << 20, ..Limits::default() }
}

/// This suite once more, in an environment of its own, with the check alone that asks there.
pub fn the_sandbox_needs_no_program_to_be_found() -> Outcome {
    const MARK: &str = "SANJIE_TEST_SANDBOX";
    if let Some(expected) = std::env::var_os(MARK) {
        return equal(format!("{:?}", sandbox()), expected.to_string_lossy().into_owned(), "sandbox without PATH");
    }
    let mut again = Command::new(std::env::current_exe()?);
    again.args(["--exact", "confine::the_sandbox_needs_no_program_to_be_found"]);
    let output = again.env("PATH", "/nowhere").env(MARK, format!("{:?}", sandbox())).output()?;
    that(output.status.success(), || String::from_utf8_lossy(&output.stdout).into_owned())
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

/// Runs Python (`SANJIE_TEST_PYTHON`, which `cargo xtask test` sets, else `python3`); skips where there is none.
fn python(script: &str, limits: &Limits) -> Result<Output, Stop> {
    let mut command = Command::new(std::env::var_os("SANJIE_TEST_PYTHON").unwrap_or("python3".into()));
    command.args(["-I", "-c", script]).stdin(Stdio::null());
    confine(&mut command, limits)?;
    match command.output() {
        Ok(output) => Ok(output),
        Err(error) if error.kind() == ErrorKind::NotFound => skip("a Python, which can make any system call"),
        Err(error) => Err(error.into()),
    }
}

/// What `calls` (Python expressions) come to: the name of the error, or `done`.
fn outcomes(calls: &[&str], limits: &Limits) -> Result<Vec<String>, Stop> {
    let mut script = String::from(
        "import ctypes, errno, fcntl, os, resource, socket\nlibc = ctypes.CDLL(None, use_errno=True)\nparent = os.getppid()
def check(status):
    if status == -1: raise OSError(ctypes.get_errno(), '')
def attempt(work):
    try: work(); print('done')
    except OSError as error: print(errno.errorcode[error.errno])\n",
    );
    calls.iter().for_each(|call| script += &format!("attempt(lambda: {call})\n"));
    let output = python(&script, limits)?;
    let words: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(String::from).collect();
    that(words.len() == calls.len(), || format!("{output:?}"))?;
    Ok(words)
}

pub fn a_child_leaves_its_parent_alone() -> Outcome {
    if !cfg!(target_os = "linux") {
        return skip("seccomp is a part of Linux");
    }
    let refused = [
        "resource.prlimit(parent, resource.RLIMIT_FSIZE, (0, 0))",
        "resource.prlimit(1, resource.RLIMIT_NOFILE)",
        "os.setpriority(os.PRIO_PROCESS, parent, 19)",
        "os.sched_setaffinity(parent, {0})",
        "os.sched_setscheduler(parent, os.SCHED_BATCH, os.sched_param(0))",
        "fcntl.fcntl(0, fcntl.F_SETOWN, parent)",
        "fcntl.fcntl(0, 10, 9)",
        "fcntl.ioctl(socket.socket(socket.AF_UNIX), 0x8901, parent.to_bytes(4, 'little'))",
        "os.pidfd_open(parent)",
        "os.kill(parent, 0)",
        "os.setpgid(0, os.getpgid(parent))",
        "os.setsid()",
    ];
    let own = [
        "resource.prlimit(0, resource.RLIMIT_FSIZE, (0, 0))",
        "resource.prlimit(os.getpid(), resource.RLIMIT_NOFILE)",
        "resource.setrlimit(resource.RLIMIT_CPU, (9, 9))",
        "os.sched_setaffinity(0, os.sched_getaffinity(0))",
        "fcntl.fcntl(0, fcntl.F_GETFL)",
        "os.kill(os.getpid(), 0)",
    ];
    let found = outcomes(&[&refused[..], &own].concat(), &limits())?;
    let expected = [vec!["EPERM"; refused.len()], vec!["done"; own.len()]].concat();
    equal(found, expected.into_iter().map(String::from).collect(), "calls")
}

pub fn a_child_cannot_undo_its_cell() -> Outcome {
    if sandbox() == Sandbox::None {
        return skip("this system permits no namespaces");
    }
    let folder = std::env::temp_dir().join(format!("sanjie-confine-undo-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("secret"), "42")?;
    let (path, hiding) = (folder.display(), Limits { hidden: vec![folder.clone()], ..limits() });
    let calls: [String; 5] = [
        format!("check(libc.umount2(b'{path}', 2))"),
        "check(libc.unshare(0x10000000))".into(),
        "check(libc.ptrace(16, parent, None, None))".into(),
        "check(-('CapEff:\\t0000000000000000' not in open('/proc/self/status').read()))".into(),
        "check(-bool(os.listdir('/dev/pts')))".into(),
    ];
    let found = outcomes(&calls.each_ref().map(String::as_str), &hiding)?;
    equal(found, ["EPERM", "EPERM", "EPERM", "done", "done"].map(String::from).to_vec(), "calls")?;
    // Nor does the folder show where the child begins in it.
    for cwd in [&folder, &std::env::temp_dir()] {
        let mut command = Command::new("sh");
        command.args(["-c", "test -e secret && echo seen; pwd"]).stdin(Stdio::null()).current_dir(cwd);
        confine(&mut command, &hiding)?;
        let output = command.output()?;
        let here = std::fs::canonicalize(cwd)?;
        equal(String::from_utf8_lossy(&output.stdout).trim(), &here.display().to_string(), "from inside")?;
    }
    Ok(std::fs::remove_dir_all(&folder)?)
}

pub fn a_child_has_no_terminal() -> Outcome {
    if !cfg!(target_os = "linux") {
        return skip("/proc is a part of Linux");
    }
    let script = "read -r _ _ _ _ group session _ < /proc/$$/stat; echo $(($group - $$)) $(($session - $$))";
    let output = shell(script, &limits())?.output()?;
    equal(String::from_utf8_lossy(&output.stdout).trim(), "0 0", "group and session, less the child's own id")
}

pub fn memory_that_no_limit_counts_is_refused() -> Outcome {
    if !cfg!(target_os = "linux") {
        return skip("seccomp is a part of Linux");
    }
    let calls = [
        "os.memfd_create('x')",
        "check(libc.shmget(0, 4096, 0o1600))",
        "check(libc.msgget(0, 0o1600))",
        "[socket.socketpair() for _ in range(200)]",
    ];
    equal(
        outcomes(&calls, &limits())?,
        ["ENOSYS", "ENOSYS", "ENOSYS", "EMFILE"].map(String::from).to_vec(),
        "memory in files, segments, queues and sockets",
    )
}

pub fn a_compiler_writes_to_one_folder_and_starts_processes() -> Outcome {
    if sandbox() == Sandbox::None {
        return skip("this system permits no namespaces");
    }
    let folder = std::env::temp_dir().join(format!("sanjie-confine-write-{}", std::process::id()));
    let (open, closed) = (folder.join("open"), folder.join("closed"));
    for folder in [&open, &closed] {
        std::fs::create_dir_all(folder)?;
    }
    let [open_name, closed_name] = [&open, &closed].map(|path| path.display());
    let script = format!("ls / > {open_name}/list; echo x > {closed_name}/x; echo y > $TMPDIR/y && cat $TMPDIR/y");
    let able = Limits { writable: Some(open.clone()), processes: true, ..limits() };
    let output = shell(&script, &able)?.output()?;
    equal(String::from_utf8_lossy(&output.stdout).trim(), "y", "from the folder for temporary files")?;
    that(std::fs::read_to_string(open.join("list"))?.contains("proc"), || "nothing was written".into())?;
    equal(std::fs::read_dir(&closed)?.count(), 0, "files elsewhere")?;
    // What it starts stays in the group by which it is ended.
    let child = "import os\nif os.fork(): os.wait()\nelse:
    for leave in (os.setsid, lambda: os.setpgid(0, 0)):
        try: leave(); print('left')
        except OSError as error: print(error.errno)";
    let output = python(child, &able)?;
    equal(String::from_utf8_lossy(&output.stdout).into_owned(), "1\n1\n".into(), "EPERM for leaving the group")?;
    Ok(std::fs::remove_dir_all(&folder)?)
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

/// With more children than processors all the time is theirs: each runs, or waits to.
pub fn a_child_runs_or_waits_for_a_processor() -> Outcome {
    let n_children = std::thread::available_parallelism()?.get() + 1;
    let from = Instant::now();
    let spin = |_| Ok::<_, Stop>(shell("while :; do :; done", &limits())?.spawn()?);
    let mut children = (0..n_children).map(spin).collect::<Result<Vec<_>, _>>()?;
    let queued = || children.iter().map(queue_time).sum::<Option<Duration>>();
    while queued().is_some_and(|queued| queued < Duration::from_millis(200)) && from.elapsed().as_secs() < 60 {
        std::thread::sleep(Duration::from_millis(20));
    }
    let queued = queued();
    let both: Vec<_> = children.iter().map(|child| Some(cpu_time(child)? + queue_time(child)?)).collect();
    let elapsed = from.elapsed();
    children.iter_mut().for_each(kill);
    let Some(queued) = queued else { return skip("a system that tells how long processes wait for a processor") };
    that(queued >= Duration::from_millis(200), || format!("only {queued:?} in {elapsed:?}"))?;
    that(both.iter().all(|both| both.is_some_and(|both| both <= elapsed)), || format!("{both:?} within {elapsed:?}"))
}

pub fn killing_ends_an_endless_child() -> Outcome {
    let mut child = shell("while :; do :; done", &limits())?.spawn()?;
    let from = Instant::now();
    kill(&mut child);
    that(from.elapsed() < Duration::from_secs(2), || "killing took too long".into())?;
    that(child.try_wait()?.is_some(), || "the child lives".into())
}

//! Child processes that can be stopped whole: limits on memory, files and processes, and a sandbox where the system permits one.
//!
//! On Linux a confined child gets, between `fork` and `exec`:
//! - user, mount, network and IPC namespaces of its own: no network, every mount read-only but for a folder that it may
//!   be given to write to, chosen folders and all terminals hidden behind empty folders, and a small folder in memory for
//!   temporary files (`TMPDIR`), which ends with it. Some systems forbid unprivileged namespaces, so one trial child tells
//!   beforehand. No privilege inside of them outlives `exec`, not even root's, which could take all that back;
//! - a seccomp filter under which it can start threads but no processes (a limit on processes counts those of the
//!   whole user and spares root), unless it needs some; nor touch other processes, hold memory that no limit counts, or
//!   change what it is kept apart by. `confine/filter.rs` has the list;
//! - resource limits on private memory, file size, open files and core dumps;
//! - a session of its own, without a terminal. Neither it nor what it starts can leave that or its process group, so killing
//!   the group ends all;
//! - a signal that ends it when the thread that started it dies.
//!
//! On other Unix systems only the resource limits and the session remain, and [`sandbox`] says so.
//! It bounds mistakes and keeps answers out of sight; it is no fortress against an attack on the kernel.

#[cfg(target_os = "linux")]
mod filter;

use std::io;
use std::path::PathBuf;
use std::process::{Child, Command};

/// What a child may use.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// Private memory (heap, stacks) in bytes.
    pub memory_bytes: u64,
    /// Folders that look empty to it, where there is a sandbox.
    pub hidden: Vec<PathBuf>,
    /// A folder that it can write to as if there was no sandbox.
    pub writable: Option<PathBuf>,
    /// Whether it may start processes, as a compiler does that calls a linker. They stay in its process group.
    pub processes: bool,
}

/// How a confined child is kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sandbox {
    /// By namespaces: no network, read-only files.
    Namespaces,
    /// Not at all; only the resource limits hold.
    None,
}

/// The largest file a child may write, should it be able to write at all.
const FILE_BYTES_MAX: u64 = 64 << 20;
/// Files, pipes and sockets that a child may hold open: what waits in them is memory of the system's.
const OPEN_FILES_MAX: u64 = 256;

/// Where the folder for temporary files may lie: the first of these that exists and does not hold the program.
#[cfg(target_os = "linux")]
const SCRATCH_FOLDERS: [&str; 2] = ["/dev/shm", "/var/tmp"];
/// Its size: importing PyTorch writes a few files, and what lies there is memory that no other limit counts.
#[cfg(target_os = "linux")]
const SCRATCH_OPTIONS: &std::ffi::CStr = c"size=16m";

/// Where other processes' terminals can be opened by name.
#[cfg(target_os = "linux")]
const TERMINALS: &str = "/dev/pts";

/// The sandbox of this machine; tried once.
pub fn sandbox() -> Sandbox {
    #[cfg(target_os = "linux")]
    {
        static TRIED: std::sync::OnceLock<Sandbox> = std::sync::OnceLock::new();
        *TRIED.get_or_init(linux::try_sandbox)
    }
    #[cfg(not(target_os = "linux"))]
    Sandbox::None
}

/// Makes `command` start its child confined, as the leader of a session of its own; in a sandbox `TMPDIR` names a folder
/// that it can write to.
///
/// # Errors
/// A path that holds a zero byte.
#[cfg(unix)]
pub fn confine(command: &mut Command, limits: &Limits) -> io::Result<()> {
    use std::os::unix::process::CommandExt;
    let memory_bytes = limits.memory_bytes;
    #[cfg(target_os = "linux")]
    let cell = match sandbox() {
        Sandbox::Namespaces => Some(linux::Cell::new(command.get_program().as_ref(), limits)?),
        Sandbox::None => None,
    };
    #[cfg(target_os = "linux")]
    if let Some(scratch) = cell.as_ref().and_then(linux::Cell::scratch) {
        command.env("TMPDIR", scratch);
    }
    #[cfg(target_os = "linux")]
    let mut filter = filter::Filter::new(limits.processes);
    // SAFETY: the closure makes system calls on values prepared before the fork; it neither allocates nor locks.
    unsafe {
        command.pre_exec(move || {
            if libc::setsid() == -1 {
                return Err(io::Error::last_os_error());
            }
            // A process that ignores the signal of its own file limit hands that on.
            libc::signal(libc::SIGXFSZ, libc::SIG_DFL);
            limit(libc::RLIMIT_CORE, 0)?;
            limit(libc::RLIMIT_FSIZE, FILE_BYTES_MAX)?;
            limit(libc::RLIMIT_DATA, memory_bytes)?;
            #[cfg(target_os = "linux")]
            {
                if let Some(cell) = &cell {
                    cell.enter()?;
                }
                linux::end_with_parent()?;
            }
            // From here on nothing is opened: the files of the process that it was forked from still count.
            limit(libc::RLIMIT_NOFILE, OPEN_FILES_MAX)?;
            #[cfg(target_os = "linux")]
            // A kernel without filters still has the process group that `kill` ends.
            let _ = filter.install();
            Ok(())
        });
    }
    Ok(())
}

/// Kills a child that leads a process group, as one started by [`confine`] does, with everything in it, and waits for its end.
#[cfg(unix)]
pub fn kill(child: &mut Child) {
    // A child that has been waited for has given its id back, maybe to somebody else.
    if let Ok(None) = child.try_wait() {
        // SAFETY: a system call on integers; the group is the child's own.
        unsafe { libc::kill(-(child.id() as libc::pid_t), libc::SIGKILL) };
        let _ = child.wait();
    }
}

/// Processor time that a living child has used; `None` where the system does not tell.
#[cfg(target_os = "linux")]
pub fn cpu_time(child: &Child) -> Option<std::time::Duration> {
    let text = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).ok()?;
    // The second field is the program's name in parentheses, blanks and all; user and system time are the 14th and 15th.
    let (_, fields) = text.rsplit_once(')')?;
    let ticks: u64 = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    // SAFETY: a system call on an integer.
    let per_second = unsafe { libc::sysconf(libc::_SC_CLK_TCK) };
    Some(std::time::Duration::from_millis(ticks * 1000 / u64::try_from(per_second).ok()?.max(1)))
}

/// Processor time that a living child has used; `None` where the system does not tell.
#[cfg(not(target_os = "linux"))]
pub fn cpu_time(_: &Child) -> Option<std::time::Duration> {
    None
}

/// Time for which the main thread of a living child could have run and no processor was free; `None` where the system does not
/// tell.
#[cfg(target_os = "linux")]
pub fn queue_time(child: &Child) -> Option<std::time::Duration> {
    let text = std::fs::read_to_string(format!("/proc/{}/schedstat", child.id())).ok()?;
    Some(std::time::Duration::from_nanos(text.split_whitespace().nth(1)?.parse().ok()?))
}

/// Time for which a child could have run; `None` where the system does not tell.
#[cfg(not(target_os = "linux"))]
pub fn queue_time(_: &Child) -> Option<std::time::Duration> {
    None
}

/// Shared memory (anonymous mappings among it) in bytes that a living child holds, which no resource limit counts; `None` where
/// the system does not tell.
#[cfg(target_os = "linux")]
pub fn shared_bytes(child: &Child) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("RssShmem:"))?;
    Some(line.trim().trim_end_matches("kB").trim_end().parse::<u64>().ok()? << 10)
}

/// Shared memory that a living child holds; `None` where the system does not tell.
#[cfg(not(target_os = "linux"))]
pub fn shared_bytes(_: &Child) -> Option<u64> {
    None
}

#[cfg(all(unix, target_os = "linux"))]
type Resource = libc::__rlimit_resource_t;
#[cfg(all(unix, not(target_os = "linux")))]
type Resource = libc::c_int;

/// Sets a limit, unless there is a lower one.
#[cfg(unix)]
fn limit(resource: Resource, most: u64) -> io::Result<()> {
    let mut limits = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limits` outlives the calls.
    unsafe {
        succeed(libc::getrlimit(resource, &mut limits))?;
        let most = limits.rlim_max.min(most as libc::rlim_t);
        succeed(libc::setrlimit(resource, &libc::rlimit { rlim_cur: most, rlim_max: most }))
    }
}

#[cfg(unix)]
fn succeed(status: libc::c_int) -> io::Result<()> {
    if status == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(target_os = "linux")]
mod linux {
    use super::{Limits, SCRATCH_FOLDERS, SCRATCH_OPTIONS, Sandbox, TERMINALS, succeed};
    use std::ffi::{CStr, CString, OsStr};
    use std::io;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::process::CommandExt;
    use std::path::Path;
    use std::process::Command;

    /// Lets a child enter a cell; whatever forbids it shows here and not in the middle of somebody's lab. It says that it is
    /// in by an error and runs nothing, so that no program need be there to be run.
    pub(super) fn try_sandbox() -> Sandbox {
        const ENTERED: i32 = libc::ECANCELED;
        let attempt = || -> io::Result<()> {
            let mut command = Command::new("/");
            let cell = Cell::new(command.get_program().as_ref(), &Limits::default())?;
            // SAFETY: as in `confine`.
            unsafe { command.pre_exec(move || cell.enter().and(Err(io::Error::from_raw_os_error(ENTERED)))) };
            command.status().map(drop)
        };
        match attempt() {
            Err(error) if error.raw_os_error() == Some(ENTERED) => Sandbox::Namespaces,
            _ => Sandbox::None,
        }
    }

    /// What entering the namespaces needs, prepared before the fork.
    pub(super) struct Cell {
        uid_map: String,
        gid_map: String,
        hidden: Vec<CString>,
        writable: Option<CString>,
        scratch: Option<CString>,
    }

    impl Cell {
        pub(super) fn new(program: &Path, limits: &Limits) -> io::Result<Cell> {
            let name = |path: &Path| Ok::<_, io::Error>(CString::new(path.as_os_str().as_bytes())?);
            let hidden = limits.hidden.iter().map(|path| path.as_path()).chain([Path::new(TERMINALS)]);
            let hidden = hidden.filter(|path| path.is_dir()).map(name).collect::<io::Result<_>>()?;
            let covers = |folder: &str| {
                program.starts_with(folder) || limits.writable.as_ref().is_some_and(|path| path.starts_with(folder))
            };
            let scratch = SCRATCH_FOLDERS.iter().find(|path| Path::new(path).is_dir() && !covers(path));
            // SAFETY: system calls without arguments.
            let (uid, gid) = unsafe { (libc::geteuid(), libc::getegid()) };
            Ok(Cell {
                uid_map: format!("{uid} {uid} 1"),
                gid_map: format!("{gid} {gid} 1"),
                hidden,
                writable: limits.writable.as_deref().map(name).transpose()?,
                scratch: scratch.map(|path| CString::new(*path)).transpose()?,
            })
        }

        /// The folder for temporary files.
        pub(super) fn scratch(&self) -> Option<&OsStr> {
            self.scratch.as_ref().map(|path| OsStr::from_bytes(path.as_bytes()))
        }

        pub(super) fn enter(&self) -> io::Result<()> {
            let namespaces = libc::CLONE_NEWUSER | libc::CLONE_NEWNS | libc::CLONE_NEWNET | libc::CLONE_NEWIPC;
            // SAFETY: a system call on integers; the child has one thread.
            succeed(unsafe { libc::unshare(namespaces) })?;
            write(c"/proc/self/setgroups", b"deny")?;
            write(c"/proc/self/uid_map", self.uid_map.as_bytes())?;
            write(c"/proc/self/gid_map", self.gid_map.as_bytes())?;
            mount(c"none", c"/", libc::MS_REC | libc::MS_PRIVATE, c"")?;
            if let Some(path) = &self.writable {
                mount(path, path, libc::MS_BIND, c"")?;
            }
            for path in &self.hidden {
                mount(c"tmpfs", path, libc::MS_NOSUID | libc::MS_NODEV, c"")?;
            }
            set_attributes(c"/", libc::AT_RECURSIVE, [libc::MOUNT_ATTR_RDONLY, 0])?;
            if let Some(path) = &self.writable {
                set_attributes(path, 0, [0, libc::MOUNT_ATTR_RDONLY])?;
            }
            if let Some(path) = &self.scratch {
                mount(c"tmpfs", path, libc::MS_NOSUID | libc::MS_NODEV, SCRATCH_OPTIONS)?;
            }
            enter_again()?;
            drop_privileges()
        }
    }

    /// Walks to the working folder anew: what was mounted over it, or over a folder that it lies in, is seen from now on.
    fn enter_again() -> io::Result<()> {
        let mut name = [0; libc::PATH_MAX as usize];
        // SAFETY: the buffer is as large as the call is told, and its content ends in a zero byte where it succeeds.
        succeed(unsafe {
            let is_named = !libc::getcwd(name.as_mut_ptr(), name.len()).is_null();
            if is_named && libc::chdir(name.as_ptr()) == 0 { 0 } else { libc::chdir(c"/".as_ptr()) }
        })
    }

    /// From `exec` on root of the namespace is somebody like any other, and may mount nothing.
    fn drop_privileges() -> io::Result<()> {
        // SECBIT_NOROOT, SECBIT_NO_SETUID_FIXUP and their locks of <linux/securebits.h>.
        const NO_ROOT: libc::c_ulong = 0b1111;
        // SAFETY: a system call on integers.
        succeed(unsafe { libc::prctl(libc::PR_SET_SECUREBITS, NO_ROOT, 0, 0, 0) })
    }

    fn write(path: &CStr, bytes: &[u8]) -> io::Result<()> {
        // SAFETY: the path ends in a zero byte, the bytes outlive the call, and the descriptor is closed.
        unsafe {
            let file = libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC);
            if file < 0 {
                return Err(io::Error::last_os_error());
            }
            let written = libc::write(file, bytes.as_ptr().cast(), bytes.len());
            let outcome = if written == bytes.len() as isize { Ok(()) } else { Err(io::Error::last_os_error()) };
            libc::close(file);
            outcome
        }
    }

    fn mount(source: &CStr, target: &CStr, flags: libc::c_ulong, options: &CStr) -> io::Result<()> {
        // SAFETY: the strings end in zero bytes and outlive the call, which takes a type only where it mounts something new.
        succeed(unsafe {
            libc::mount(source.as_ptr(), target.as_ptr(), source.as_ptr(), flags, options.as_ptr().cast())
        })
    }

    /// Sets some attributes of a mount, or of all below it at once, and clears others (Linux 5.12).
    fn set_attributes(path: &CStr, flags: libc::c_int, [set, clear]: [u64; 2]) -> io::Result<()> {
        // `struct mount_attr` of <linux/mount.h>: set, clear, propagation, user namespace.
        let attributes: [u64; 4] = [set, clear, 0, 0];
        // SAFETY: the path ends in a zero byte and the attributes outlive the call, which is told their size.
        let status = unsafe {
            libc::syscall(
                libc::SYS_mount_setattr,
                libc::AT_FDCWD,
                path.as_ptr(),
                flags,
                attributes.as_ptr(),
                size_of_val(&attributes),
            )
        };
        succeed(status as libc::c_int)
    }

    pub(super) fn end_with_parent() -> io::Result<()> {
        // SAFETY: a system call on integers.
        succeed(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) })
    }
}

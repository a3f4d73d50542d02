//! Child processes that can be stopped whole: limits on memory, files and processes, and a sandbox where the system permits one.
//!
//! On Linux a confined child gets, between `fork` and `exec`:
//! - user, mount, network and IPC namespaces of its own: no network, every mount read-only, chosen folders hidden
//!   behind empty ones, and a small folder in memory for temporary files (`TMPDIR`), which ends with it. Some systems
//!   forbid unprivileged namespaces, so one trial child tells beforehand;
//! - a seccomp filter under which it can start threads but no processes (a limit on processes counts those of the
//!   whole user and spares root). So killing the child ends all that it started;
//! - resource limits on private memory, file size and core dumps;
//! - a signal that ends it when the thread that started it dies.
//!
//! On other Unix systems only the resource limits and the process group remain, and [`sandbox`] says so.
//! It bounds mistakes and keeps answers out of sight; it is no fortress against an attack on the kernel.

use std::io;
use std::path::PathBuf;
use std::process::{Child, Command};

/// What a child may use.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Private memory (heap, stacks) in bytes.
    pub memory_bytes: u64,
    /// Folders that look empty to it, where there is a sandbox.
    pub hidden: Vec<PathBuf>,
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

/// Where the folder for temporary files may lie: the first of these that exists and does not hold the program.
#[cfg(target_os = "linux")]
const SCRATCH_FOLDERS: [&str; 2] = ["/dev/shm", "/var/tmp"];
/// Its size: importing PyTorch writes a few files, and what lies there is memory that no other limit counts.
#[cfg(target_os = "linux")]
const SCRATCH_OPTIONS: &std::ffi::CStr = c"size=16m";

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

/// Makes `command` start its child confined, as the leader of a process group of its own; in a sandbox `TMPDIR` names
/// the one folder that it can write to.
///
/// # Errors
/// A hidden path that holds a zero byte.
#[cfg(unix)]
pub fn confine(command: &mut Command, limits: &Limits) -> io::Result<()> {
    use std::os::unix::process::CommandExt;
    let memory_bytes = limits.memory_bytes;
    #[cfg(target_os = "linux")]
    let cell = match sandbox() {
        Sandbox::Namespaces => Some(linux::Cell::new(command.get_program().as_ref(), &limits.hidden)?),
        Sandbox::None => None,
    };
    #[cfg(target_os = "linux")]
    if let Some(scratch) = cell.as_ref().and_then(linux::Cell::scratch) {
        command.env("TMPDIR", scratch);
    }
    command.process_group(0);
    // SAFETY: the closure makes system calls on values prepared before the fork; it neither allocates nor locks.
    unsafe {
        command.pre_exec(move || {
            limit(libc::RLIMIT_CORE, 0)?;
            limit(libc::RLIMIT_FSIZE, FILE_BYTES_MAX)?;
            limit(libc::RLIMIT_DATA, memory_bytes)?;
            #[cfg(target_os = "linux")]
            {
                if let Some(cell) = &cell {
                    cell.enter()?;
                }
                linux::end_with_parent()?;
                // A kernel without filters still has the process group that `kill` ends.
                let _ = linux::forbid_processes();
            }
            Ok(())
        });
    }
    Ok(())
}

/// Kills a child started by [`confine`] with everything in its process group, and waits for its end.
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

#[cfg(unix)]
fn limit(resource: Resource, most: u64) -> io::Result<()> {
    let most = libc::rlimit { rlim_cur: most as libc::rlim_t, rlim_max: most as libc::rlim_t };
    // SAFETY: `most` outlives the call.
    succeed(unsafe { libc::setrlimit(resource, &most) })
}

#[cfg(unix)]
fn succeed(status: libc::c_int) -> io::Result<()> {
    if status == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(target_os = "linux")]
mod linux {
    use super::{SCRATCH_FOLDERS, SCRATCH_OPTIONS, Sandbox, succeed};
    use std::ffi::{CStr, CString, OsStr};
    use std::io;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::process::CommandExt;
    use std::path::{Path, PathBuf};
    use std::process::{Command, Stdio};

    /// Starts `true` in a cell; whatever forbids it shows here and not in the middle of somebody's lab.
    pub(super) fn try_sandbox() -> Sandbox {
        let attempt = || -> io::Result<bool> {
            let mut command = Command::new("true");
            let cell = Cell::new(command.get_program().as_ref(), &[])?;
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            // SAFETY: as in `confine`.
            unsafe { command.pre_exec(move || cell.enter()) };
            Ok(command.status()?.success())
        };
        if attempt().unwrap_or(false) { Sandbox::Namespaces } else { Sandbox::None }
    }

    /// What entering the namespaces needs, prepared before the fork.
    pub(super) struct Cell {
        uid_map: String,
        gid_map: String,
        hidden: Vec<CString>,
        scratch: Option<CString>,
    }

    impl Cell {
        pub(super) fn new(program: &Path, hidden: &[PathBuf]) -> io::Result<Cell> {
            let hidden = hidden.iter().filter(|path| path.is_dir());
            let scratch = SCRATCH_FOLDERS.iter().find(|path| Path::new(path).is_dir() && !program.starts_with(path));
            // SAFETY: system calls without arguments.
            let (uid, gid) = unsafe { (libc::geteuid(), libc::getegid()) };
            Ok(Cell {
                uid_map: format!("{uid} {uid} 1"),
                gid_map: format!("{gid} {gid} 1"),
                hidden: hidden.map(|path| Ok(CString::new(path.as_os_str().as_bytes())?)).collect::<io::Result<_>>()?,
                scratch: scratch.map(|path| CString::new(*path)).transpose()?,
            })
        }

        /// The one folder that can be written to.
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
            mount(c"/", c"none", libc::MS_REC | libc::MS_PRIVATE, c"")?;
            for path in &self.hidden {
                mount(path, c"tmpfs", libc::MS_NOSUID | libc::MS_NODEV, c"")?;
            }
            read_only()?;
            match &self.scratch {
                Some(path) => mount(path, c"tmpfs", libc::MS_NOSUID | libc::MS_NODEV, SCRATCH_OPTIONS),
                None => Ok(()),
            }
        }
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

    fn mount(target: &CStr, kind: &CStr, flags: libc::c_ulong, options: &CStr) -> io::Result<()> {
        // SAFETY: the strings end in zero bytes and outlive the call.
        succeed(unsafe { libc::mount(kind.as_ptr(), target.as_ptr(), kind.as_ptr(), flags, options.as_ptr().cast()) })
    }

    /// Makes every mount read-only at once (Linux 5.12).
    fn read_only() -> io::Result<()> {
        // `struct mount_attr` of <linux/mount.h>: set, clear, propagation, user namespace.
        let attributes: [u64; 4] = [libc::MOUNT_ATTR_RDONLY, 0, 0, 0];
        // SAFETY: the path ends in a zero byte and the attributes outlive the call, which is told their size.
        let status = unsafe {
            libc::syscall(
                libc::SYS_mount_setattr,
                libc::AT_FDCWD,
                c"/".as_ptr(),
                libc::AT_RECURSIVE,
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

    /// Installs the filter: `fork`, `vfork` and `clone` without CLONE_THREAD are not permitted, nor signals to anybody but the
    /// process itself. `clone3`, whose flags a filter cannot see, does not exist, so that the C library falls back to `clone`.
    pub(super) fn forbid_processes() -> io::Result<()> {
        #[cfg(target_arch = "x86_64")]
        const MACHINE: u32 = 0xC000_003E;
        #[cfg(target_arch = "aarch64")]
        const MACHINE: u32 = 0xC000_00B7;
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        return Ok(());

        #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
        {
            // Offsets in `struct seccomp_data`: nr 0, arch 4, low half of args[0] (little-endian) 16.
            const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
            const EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
            const ANY_BIT: u16 = (libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K) as u16;
            const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
            let op = |code, k, jt, jf| libc::sock_filter { code, jt, jf, k };
            let refuse = |errno: i32| libc::SECCOMP_RET_ERRNO | errno as u32;
            #[cfg(target_arch = "x86_64")]
            let [fork, vfork] = [libc::SYS_fork as u32, libc::SYS_vfork as u32];
            // Never a number on machines without these calls.
            #[cfg(target_arch = "aarch64")]
            let [fork, vfork] = [u32::MAX; 2];
            let own = std::process::id();
            let program = [
                op(LOAD, 4, 0, 0),
                op(EQUAL, MACHINE, 0, 17), // another machine's calls: not permitted
                op(LOAD, 0, 0, 0),
                op(EQUAL, fork, 15, 0),
                op(EQUAL, vfork, 14, 0),
                op(EQUAL, libc::SYS_tkill as u32, 13, 0),
                op(EQUAL, libc::SYS_pidfd_send_signal as u32, 12, 0),
                op(EQUAL, libc::SYS_rt_sigqueueinfo as u32, 11, 0),
                op(EQUAL, libc::SYS_rt_tgsigqueueinfo as u32, 10, 0),
                op(EQUAL, libc::SYS_clone3 as u32, 7, 0),
                op(EQUAL, libc::SYS_kill as u32, 4, 0),
                op(EQUAL, libc::SYS_tgkill as u32, 3, 0),
                op(EQUAL, libc::SYS_clone as u32, 0, 5),
                op(LOAD, 16, 0, 0),
                op(ANY_BIT, libc::CLONE_THREAD as u32, 3, 4),
                op(LOAD, 16, 0, 0),
                op(EQUAL, own, 1, 2),
                op(RETURN, refuse(libc::ENOSYS), 0, 0),
                op(RETURN, libc::SECCOMP_RET_ALLOW, 0, 0),
                op(RETURN, refuse(libc::EPERM), 0, 0),
            ];
            let filter = libc::sock_fprog { len: program.len() as u16, filter: program.as_ptr().cast_mut() };
            // SAFETY: system calls on integers and on a program that outlives them; the kernel only reads it.
            unsafe {
                succeed(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))?;
                succeed(libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const filter))
            }
        }
    }
}

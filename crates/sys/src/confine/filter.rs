//! The system calls that a confined child is refused, as a program that the kernel runs before each call.
//!
//! It is a list of what is refused and not of what is permitted: Python, numpy and PyTorch call what they like, and other
//! kernels and libraries call other things. Each entry has a reason; what only root outside of the cell may do needs none.

use std::io;

/// What becomes of a call.
#[derive(Clone, Copy)]
enum Rule {
    /// Not permitted.
    Refuse,
    /// Does not exist; whoever calls it has another way.
    Absent,
    /// Permitted if the first argument is the child's own process id.
    Own,
    /// The same, or 0 for the caller.
    OwnOrZero,
    /// `clone`: permitted for threads.
    Threads,
    /// Permitted but for these commands, the second argument.
    AllBut(&'static [u32]),
}

/// A call's number and its rule.
type Entry = (libc::c_long, Rule);

/// New processes, which would outlive the child or its limits.
const PROCESSES: &[Entry] = &[
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_fork, Rule::Refuse),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_vfork, Rule::Refuse),
    (libc::SYS_clone, Rule::Threads),
    // A filter cannot see its flags; the C library falls back to `clone`.
    (libc::SYS_clone3, Rule::Absent),
];

/// For every child.
const ALWAYS: &[Entry] = &[
    // Another session or group: all that it started is ended by its own.
    (libc::SYS_setsid, Rule::Refuse),
    (libc::SYS_setpgid, Rule::Refuse),
    // Other processes, the one that started it among them: signals,
    (libc::SYS_kill, Rule::Own),
    (libc::SYS_tgkill, Rule::Own),
    (libc::SYS_tkill, Rule::Refuse),
    (libc::SYS_rt_sigqueueinfo, Rule::Refuse),
    (libc::SYS_rt_tgsigqueueinfo, Rule::Refuse),
    (libc::SYS_pidfd_send_signal, Rule::Refuse),
    (libc::SYS_fcntl, Rule::AllBut(&SET_OWNER)),
    (libc::SYS_ioctl, Rule::AllBut(&SET_OWNER_OF_SOCKET)),
    // limits and priorities,
    (libc::SYS_prlimit64, Rule::OwnOrZero),
    (libc::SYS_sched_setaffinity, Rule::OwnOrZero),
    (libc::SYS_sched_setparam, Rule::OwnOrZero),
    (libc::SYS_sched_setscheduler, Rule::OwnOrZero),
    (libc::SYS_sched_setattr, Rule::OwnOrZero),
    (libc::SYS_migrate_pages, Rule::OwnOrZero),
    (libc::SYS_move_pages, Rule::OwnOrZero),
    (libc::SYS_setpriority, Rule::Refuse),
    (libc::SYS_ioprio_set, Rule::Refuse),
    // memory and files.
    (libc::SYS_ptrace, Rule::Refuse),
    (libc::SYS_process_vm_readv, Rule::Refuse),
    (libc::SYS_process_vm_writev, Rule::Refuse),
    (libc::SYS_process_madvise, Rule::Refuse),
    (libc::SYS_kcmp, Rule::Refuse),
    (libc::SYS_pidfd_open, Rule::Refuse),
    (libc::SYS_pidfd_getfd, Rule::Refuse),
    // Memory that no limit counts while it is not mapped.
    (libc::SYS_memfd_create, Rule::Absent),
    (libc::SYS_memfd_secret, Rule::Absent),
    (libc::SYS_shmget, Rule::Absent),
    (libc::SYS_msgget, Rule::Absent),
    // What it is kept apart by: hidden folders, read-only mounts, the missing network.
    (libc::SYS_mount, Rule::Refuse),
    (libc::SYS_umount2, Rule::Refuse),
    (libc::SYS_pivot_root, Rule::Refuse),
    (libc::SYS_chroot, Rule::Refuse),
    (libc::SYS_unshare, Rule::Refuse),
    (libc::SYS_setns, Rule::Refuse),
    (libc::SYS_open_tree, Rule::Refuse),
    (libc::SYS_move_mount, Rule::Refuse),
    (libc::SYS_fsopen, Rule::Refuse),
    (libc::SYS_fspick, Rule::Refuse),
    (libc::SYS_mount_setattr, Rule::Refuse),
    (libc::SYS_open_by_handle_at, Rule::Refuse),
    // Large parts of the kernel that no lab needs; through the first even calls that are refused here can be made.
    (libc::SYS_io_uring_setup, Rule::Absent),
    (libc::SYS_userfaultfd, Rule::Absent),
    (libc::SYS_bpf, Rule::Refuse),
    (libc::SYS_perf_event_open, Rule::Refuse),
    (libc::SYS_add_key, Rule::Refuse),
    (libc::SYS_request_key, Rule::Refuse),
    (libc::SYS_keyctl, Rule::Refuse),
];

/// What makes the kernel send signals to others: `FIOSETOWN` and `SIOCSPGRP` of <asm-generic/sockios.h>.
const SET_OWNER_OF_SOCKET: [u32; 2] = [0x8901, 0x8902];
/// The same of files: `F_SETOWN`, `F_SETSIG` and `F_SETOWN_EX` of <asm-generic/fcntl.h>.
const SET_OWNER: [u32; 3] = [libc::F_SETOWN as u32, 10, 15];

#[cfg(target_arch = "x86_64")]
const MACHINE: Option<u32> = Some(0xC000_003E);
#[cfg(target_arch = "aarch64")]
const MACHINE: Option<u32> = Some(0xC000_00B7);
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const MACHINE: Option<u32> = None;

/// From here on numbers are those of another way to call on x86-64; no other machine has any.
const OTHER_NUMBERS: u32 = 0x4000_0000;

/// A filter that is ready but for the id of the process that it is for.
pub(super) struct Filter {
    program: Vec<libc::sock_filter>,
    /// Where that id belongs.
    own: Vec<usize>,
}

impl Filter {
    /// Refuses what is listed above; `processes` are permitted or not.
    pub(super) fn new(processes: bool) -> Filter {
        let mut filter = Filter { program: vec![], own: vec![] };
        let Some(machine) = MACHINE else { return filter };
        // Offsets in `struct seccomp_data`: nr 0, arch 4.
        filter.load(4);
        filter.unless_equal(machine, errno(libc::EPERM));
        filter.load(0);
        filter.op(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, OTHER_NUMBERS, 0, 1);
        filter.end(errno(libc::ENOSYS));
        let new_processes = if processes { &[] } else { PROCESSES };
        for &(call, rule) in new_processes.iter().chain(ALWAYS) {
            filter.add(call as u32, rule);
        }
        filter.end(libc::SECCOMP_RET_ALLOW);
        filter
    }

    /// Installs it, for this process and whatever it becomes. Neither allocates nor locks.
    pub(super) fn install(&mut self) -> io::Result<()> {
        for &at in &self.own {
            self.program[at].k = std::process::id();
        }
        let filter = libc::sock_fprog { len: self.program.len() as u16, filter: self.program.as_mut_ptr() };
        if filter.len == 0 {
            return Ok(());
        }
        // SAFETY: system calls on integers and on a program that outlives them; the kernel only reads it.
        unsafe {
            super::succeed(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))?;
            super::succeed(libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const filter))
        }
    }

    /// Adds what is done about one call. The part that looks at arguments, and so forgets the number, always ends.
    fn add(&mut self, call: u32, rule: Rule) {
        // Patched below, once the length is known.
        let skip = self.program.len();
        self.op(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, call, 0, 0);
        match rule {
            Rule::Refuse => {}
            Rule::Absent => self.end(errno(libc::ENOSYS)),
            Rule::Own => {
                self.load_argument(0);
                self.allow_own();
            }
            Rule::OwnOrZero => {
                self.load_argument(0);
                self.if_equal(0, libc::SECCOMP_RET_ALLOW);
                self.allow_own();
            }
            Rule::Threads => {
                self.load_argument(0);
                self.op(libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K, libc::CLONE_THREAD as u32, 0, 1);
                self.end(libc::SECCOMP_RET_ALLOW);
            }
            Rule::AllBut(commands) => {
                self.load_argument(1);
                commands.iter().for_each(|&command| self.if_equal(command, errno(libc::EPERM)));
                self.end(libc::SECCOMP_RET_ALLOW);
            }
        }
        if !matches!(rule, Rule::Absent) {
            self.end(errno(libc::EPERM));
        }
        self.program[skip].jf = (self.program.len() - skip - 1) as u8;
    }

    fn allow_own(&mut self) {
        self.own.push(self.program.len());
        self.if_equal(0, libc::SECCOMP_RET_ALLOW);
    }

    /// The low half of an argument (both machines are little-endian): as much as the kernel looks at.
    fn load_argument(&mut self, number: u32) {
        self.load(16 + 8 * number);
    }

    fn load(&mut self, offset: u32) {
        self.op(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, offset, 0, 0);
    }

    fn if_equal(&mut self, value: u32, outcome: u32) {
        self.op(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, value, 0, 1);
        self.end(outcome);
    }

    fn unless_equal(&mut self, value: u32, outcome: u32) {
        self.op(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, value, 1, 0);
        self.end(outcome);
    }

    fn end(&mut self, outcome: u32) {
        self.op(libc::BPF_RET | libc::BPF_K, outcome, 0, 0);
    }

    fn op(&mut self, code: u32, k: u32, jt: u8, jf: u8) {
        self.program.push(libc::sock_filter { code: code as u16, jt, jf, k });
    }
}

fn errno(number: i32) -> u32 {
    libc::SECCOMP_RET_ERRNO | number as u32
}

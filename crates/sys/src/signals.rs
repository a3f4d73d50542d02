//! Signals that would end this process, and shall not.

/// Does `install`, which may set handlers, and leaves a hang-up ignored that was ignored before: a program that was started by `nohup`
/// is to outlive its terminal.
pub fn keeping_nohup<T>(install: impl FnOnce() -> T) -> T {
    #[cfg(unix)]
    {
        let was_ignored = is_ignored(libc::SIGHUP);
        let installed = install();
        if was_ignored {
            ignore(libc::SIGHUP);
        }
        installed
    }
    #[cfg(not(unix))]
    install()
}

/// From now on writing beyond the largest size of a file that this process may write (`ulimit -f`) is an error like any other.
pub fn ignore_file_limit() {
    #[cfg(unix)]
    ignore(libc::SIGXFSZ);
}

#[cfg(unix)]
fn is_ignored(signal: libc::c_int) -> bool {
    // SAFETY: all zeros are a valid `sigaction`, which outlives the call; without a new action nothing is changed.
    unsafe {
        let mut now: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, std::ptr::null(), &mut now) == 0 && now.sa_sigaction == libc::SIG_IGN
    }
}

#[cfg(unix)]
fn ignore(signal: libc::c_int) {
    // SAFETY: to ignore a signal runs no code of ours.
    unsafe { libc::signal(signal, libc::SIG_IGN) };
}

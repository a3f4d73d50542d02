//! Reading what is there and nothing more: waiting for a pipe on one thread, emptying it on another.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

/// From now on reading from `file` fails with `WouldBlock` where it would wait. The other end of a pipe is not concerned.
///
/// # Errors
/// What the system says.
pub fn set_nonblocking(file: &impl AsFd) -> io::Result<()> {
    let fd = file.as_fd().as_raw_fd();
    // SAFETY: the descriptor is open as long as it is borrowed, and these commands touch no memory.
    let status = unsafe {
        match libc::fcntl(fd, libc::F_GETFL) {
            -1 => -1,
            flags => libc::fcntl(fd, libc::F_SETFL, flags | libc::O_NONBLOCK),
        }
    };
    if status == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Waits until there is something to read from `file`, or nothing ever more.
///
/// # Errors
/// What the system says.
pub fn wait_readable(file: &impl AsFd) -> io::Result<()> {
    let mut wanted = libc::pollfd { fd: file.as_fd().as_raw_fd(), events: libc::POLLIN, revents: 0 };
    loop {
        // SAFETY: one structure, which outlives the call; its descriptor is open as long as it is borrowed.
        if unsafe { libc::poll(&mut wanted, 1, -1) } != -1 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    #[test]
    fn what_was_written_is_there_and_nothing_is_waited_for() {
        let (mut reader, mut writer) = io::pipe().unwrap();
        set_nonblocking(&reader).unwrap();
        let mut block = [0; 8];
        assert_eq!(reader.read(&mut block).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        writer.write_all(b"abc").unwrap();
        wait_readable(&reader).unwrap();
        assert_eq!(reader.read(&mut block).unwrap(), 3);
        drop(writer);
        wait_readable(&reader).unwrap();
        assert_eq!(reader.read(&mut block).unwrap(), 0);
    }
}

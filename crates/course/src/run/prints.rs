//! What a child prints, as far as it has got.
//!
//! An answer comes by another way than what was printed before it, and may overtake it while a thread still has to be
//! woken to read. So the pipe can be emptied by whoever asks, who then has all that was printed before the answer.

use std::io::{self, PipeReader, Read};
use std::sync::{Mutex, MutexGuard};

/// The reading end of a child's output, and what was read.
pub(super) struct Prints {
    /// Never waited for but in [`Prints::follow`].
    pipe: PipeReader,
    printed: Mutex<Vec<u8>>,
    /// Bytes that may be printed.
    most: usize,
}

/// How far a pipe is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drained {
    /// There is nothing in it now.
    Empty,
    /// Nothing will ever be.
    Ended,
    /// More was printed than allowed. The rest stays in the pipe, which stops the writer.
    TooMuch,
}

impl Prints {
    pub fn new(pipe: PipeReader, most: usize) -> io::Result<Prints> {
        sys::set_nonblocking(&pipe)?;
        Ok(Prints { pipe, printed: Mutex::default(), most })
    }

    /// What was printed up to this moment, and how far the pipe is.
    pub fn emptied(&self) -> (MutexGuard<'_, Vec<u8>>, Drained) {
        let mut printed = self.printed.lock().unwrap_or_else(|e| e.into_inner());
        let mut block = [0; 1 << 13];
        let drained = loop {
            if printed.len() > self.most {
                break Drained::TooMuch;
            }
            match (&self.pipe).read(&mut block) {
                Ok(0) => break Drained::Ended,
                Ok(n) => printed.extend(&block[..n]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break Drained::Empty,
                Err(_) => break Drained::Ended,
            }
        };
        (printed, drained)
    }

    /// Empties the pipe whenever there is something in it, so that a child that prints need not wait, until it ends or
    /// holds too much.
    pub fn follow(&self) -> Drained {
        while sys::wait_readable(&self.pipe).is_ok() {
            match self.emptied().1 {
                Drained::Empty => {}
                end => return end,
            }
        }
        Drained::Ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn what_was_printed_is_there_without_waiting() {
        let (pipe, mut child) = io::pipe().unwrap();
        let prints = Prints::new(pipe, 10).unwrap();
        assert_eq!(prints.emptied().1, Drained::Empty);
        child.write_all(b"one\n").unwrap();
        assert_eq!(*prints.emptied().0, b"one\n");
        child.write_all(b"two\n").unwrap();
        assert_eq!(std::mem::take(&mut *prints.emptied().0), b"one\ntwo\n");
        child.write_all(b"far too much\n").unwrap();
        assert_eq!(prints.follow(), Drained::TooMuch);
        prints.emptied().0.clear();
        drop(child);
        assert_eq!(prints.follow(), Drained::Ended);
    }
}

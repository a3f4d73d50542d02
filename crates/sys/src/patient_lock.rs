//! A lock that somebody may hold for a moment without meaning to.
//!
//! Whoever only looks whether a file is locked holds the lock for that moment, and so does a child that another thread starts: until it
//! runs its own program it has every open file. So the lock is asked for several times within a tenth of a second.

use std::fs::{File, TryLockError};
use std::time::Duration;

const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(5);

/// Takes the lock of `file`; it is given back when the file is closed.
///
/// # Errors
/// As [`File::try_lock`]; `WouldBlock` if it was held each time.
pub fn try_lock_patiently(file: &File) -> Result<(), TryLockError> {
    for _ in 1..TRIES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            decided => return decided,
        }
    }
    file.try_lock()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_waited_for_and_no_longer() {
        let path = std::env::temp_dir().join(format!("sanjie-lock-{}", std::process::id()));
        let open = || File::options().create(true).append(true).open(&path).unwrap();
        let holder = open();
        holder.try_lock().unwrap();
        assert!(matches!(try_lock_patiently(&open()), Err(TryLockError::WouldBlock)));
        let waiting = std::thread::spawn({
            let file = open();
            move || try_lock_patiently(&file)
        });
        std::thread::sleep(PAUSE);
        drop(holder);
        waiting.join().unwrap().unwrap();
        std::fs::remove_file(path).unwrap();
    }
}

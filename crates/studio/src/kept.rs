//! What was read from files, kept as long as they are the same.
//!
//! Files are told apart by a stamp that whoever reads them chooses: checksums, or sizes and times. Reading is done one at a time,
//! so that two requests that come together read nothing twice.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// For what is small: more models than anybody has.
pub(crate) const MODELS_MAX: usize = 1000;

/// The values that were asked for last.
pub(crate) struct Kept<T> {
    max: usize,
    /// The newest first.
    values: Mutex<Vec<Value<T>>>,
}

struct Value<T> {
    path: PathBuf,
    stamp: Vec<u8>,
    value: T,
}

impl<T: Clone> Kept<T> {
    /// None yet, and `max` at most.
    pub fn at_most(max: usize) -> Kept<T> {
        Kept { max, values: Mutex::default() }
    }

    /// What the files at `path` hold; `read` is asked unless it is known for this `stamp`. An error is not kept.
    pub fn get<E>(&self, path: &Path, stamp: &[u8], read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = match values.iter().position(|known| known.path == path && known.stamp == stamp) {
            Some(at) => values.remove(at),
            None => Value { path: path.into(), stamp: stamp.into(), value: read()? },
        };
        let value = newest.value.clone();
        // What the same place held before serves nobody any more.
        values.retain(|known| known.path != path);
        values.insert(0, newest);
        values.truncate(self.max);
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_not_read_again() {
        let kept: Kept<u8> = Kept::at_most(2);
        let get = |path: &str, stamp: &[u8], read: Result<u8, ()>| kept.get(Path::new(path), stamp, || read);
        assert_eq!(get("a", b"1", Ok(1)), Ok(1));
        assert_eq!(get("a", b"1", Ok(2)), Ok(1));
        assert_eq!(get("a", b"2", Err(())), Err(()));
        assert_eq!(get("a", b"1", Ok(3)), Ok(1), "after an error");
        assert_eq!(get("a", b"2", Ok(4)), Ok(4), "of changed files");
        assert_eq!(get("a", b"1", Ok(5)), Ok(5), "the older ones are forgotten");
        assert_eq!((get("b", b"", Ok(6)), get("a", b"1", Ok(7))), (Ok(6), Ok(5)));
        assert_eq!(get("c", b"", Ok(8)), Ok(8));
        assert_eq!(
            (get("a", b"1", Ok(9)), get("b", b"", Ok(10))),
            (Ok(5), Ok(10)),
            "what was asked for longest ago goes"
        );
    }
}

//! Files stay under 1 MiB: a repository that is quick to clone holds no data sets, models or recordings.

use super::File;

const MOST_BYTES: usize = 1 << 20;

/// Finds files of 1 MiB and more.
pub fn check(files: &[File]) -> Vec<String> {
    let large = files.iter().filter(|f| f.bytes.len() >= MOST_BYTES);
    large.map(|f| format!("{}: {} bytes; at most {} are allowed", f.path, f.bytes.len(), MOST_BYTES - 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_file_is_found_and_a_smaller_one_passes() {
        let file = |n| File { path: format!("{n}.bin"), bytes: vec![0; n] };
        assert_eq!(check(&[file(MOST_BYTES), file(MOST_BYTES - 1)]).len(), 1);
    }
}

//! Runs by their names: where they stand, which there are, and which was probably meant by a name that none has.
//!
//! Knows nothing of what is in a run but the marks that make a folder one.

use std::fs;
use std::path::{Path, PathBuf};

/// From this likeness on another name may be a slip of the pen.
const PROBABLY_MEANT: f64 = 0.85;

/// Where runs stand whose folder nobody chose: below the data folder.
pub fn runs_folder() -> PathBuf {
    sys::data_folder().join("runs")
}

/// Names of the runs in `folder`, sorted.
pub fn run_names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let runs = entries.flatten().filter(|entry| is_run(&entry.path()));
    let mut names: Vec<String> = runs.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// The run beside `path`, or in [`runs_folder`], whose name is so like that of `path` that it was probably meant.
pub fn probably_meant(path: &Path) -> Option<PathBuf> {
    meant_among(path, [path.parent()?, &runs_folder()])
}

fn meant_among(path: &Path, folders: [&Path; 2]) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let likeness = |run: &Path| run.file_name().map_or(0.0, |found| sys::likeness(name, &found.to_string_lossy()));
    let runs = folders.into_iter().flat_map(|folder| {
        // The parent of a bare name is the current folder, and its runs are told as bare names.
        let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        run_names(listed).into_iter().map(|name| folder.join(name))
    });
    let others = runs.filter(|run| run != path);
    others.max_by(|a, b| likeness(a).total_cmp(&likeness(b))).filter(|run| likeness(run) >= PROBABLY_MEANT)
}

/// Whether a run was begun in this folder.
fn is_run(folder: &Path) -> bool {
    folder.join("recipe.toml").is_file() && folder.join("checkpoints").is_dir()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_run_that_was_probably_meant_is_one_of_a_similar_name() {
        let folder = std::env::temp_dir().join(format!("sanjie-runs-{}", std::process::id()));
        for run in ["stories-17", "poems", "no-run"] {
            fs::create_dir_all(folder.join(run).join("checkpoints")).unwrap();
        }
        for run in ["stories-17", "poems"] {
            fs::write(folder.join(run).join("recipe.toml"), "").unwrap();
        }
        assert_eq!(run_names(&folder), ["poems", "stories-17"]);
        let cases = [("stories-71", Some("stories-17")), ("peoms", Some("poems")), ("no-runs", None), ("poems", None)];
        for (written, meant) in cases {
            let meant = meant.map(|name| folder.join(name));
            assert_eq!(meant_among(&folder.join(written), [&folder, Path::new("/nowhere")]), meant, "{written}");
            let elsewhere = Path::new("/nowhere").join(written);
            assert_eq!(meant_among(&elsewhere, [Path::new("/nowhere"), &folder]).is_some(), written != "no-runs");
        }
        fs::remove_dir_all(folder).unwrap();
    }
}

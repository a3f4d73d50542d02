//! A golden file stands beside the script that made it, so that anyone can make it again.
//!
//! Goldens lie in a folder `goldens`. `make_NAME.py` makes `NAME.*`, or all of a folder `NAME`; a script that makes
//! other files names each of them in full. A file of numbers anywhere else is a golden out of its place, unless `make.py`
//! beside it names it; so is anything called golden and any data among a crate's tests.

use super::File;

/// What only programs write.
const NUMBERS: [&str; 9] = ["safetensors", "gguf", "onnx", "npy", "npz", "pt", "pth", "pkl", "bin"];
/// What people write, whatever it is called.
const WRITTEN: [&str; 3] = ["rs", "py", "md"];
const DATA: [&str; 5] = ["json", "jsonl", "csv", "tsv", "txt"];

/// Finds goldens that no script beside them makes.
pub fn check(files: &[File]) -> Vec<String> {
    let mut found = vec![];
    for file in files.iter().filter(|f| !WRITTEN.iter().any(|ext| f.has_extension(ext))) {
        let path = format!("/{}", file.path);
        let Some((before, within)) = path.rsplit_once("/goldens/") else {
            if is_golden(file) && !is_made_here(files, file) {
                found.push(format!("{}: a golden outside a folder `goldens` with its `make_*.py`", file.path));
            }
            continue;
        };
        let folder = format!("{}/goldens/make_", before.trim_start_matches('/'));
        let made = files.iter().any(|script| {
            let name = script.path.strip_prefix(folder.trim_start_matches('/'));
            let name = name.and_then(|name| name.strip_suffix(".py")).filter(|name| !name.contains('/'));
            name.is_some_and(|name| makes(name, script, within))
        });
        if !made {
            found.push(format!("{}: no `make_*.py` beside it makes it", file.path));
        }
    }
    found
}

/// Whether a file outside of `goldens` folders is a golden.
fn is_golden(file: &File) -> bool {
    let called =
        |part: &str| part.split(|c: char| !c.is_alphabetic()).any(|word| ["golden", "goldens"].contains(&word));
    let (before, _) = file.path.rsplit_once('/').unwrap_or_default();
    NUMBERS.iter().any(|ext| file.has_extension(ext))
        || file.path.to_lowercase().split('/').any(called)
        || before.starts_with("crates/")
            && before.split('/').any(|f| f == "tests")
            && DATA.iter().any(|ext| file.has_extension(ext))
}

/// Whether a script `make.py` in the same folder names the file.
fn is_made_here(files: &[File], file: &File) -> bool {
    let Some((folder, name)) = file.path.rsplit_once('/') else { return false };
    let script = format!("{folder}/make.py");
    files.iter().any(|script_file| script_file.path == script && names(&script_file.lossy(), name))
}

/// Whether `make_NAME.py` makes the file or folder that `within` (a path under `goldens`) begins with.
fn makes(name: &str, script: &File, within: &str) -> bool {
    match within.split_once('/') {
        // The script of a folder's name fills it.
        Some((folder, _)) => name == folder,
        None => name == within.split('.').next().unwrap_or(within) || names(&script.lossy(), within),
    }
}

/// Whether `text` has `name`, not as a part of a longer one.
fn names(text: &str, name: &str) -> bool {
    let longer = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "_-".contains(c));
    let whole = |at: usize| !longer(text[..at].chars().next_back()) && !longer(text[at + name.len()..].chars().next());
    text.match_indices(name).any(|(at, _)| whole(at))
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    #[test]
    fn an_orphan_is_found() {
        let found = check(&tree(&[
            ("crates/a/goldens/gpt.safetensors", ""),
            ("crates/a/goldens/s.json", ""),
            ("crates/a/goldens/bert.json", ""),
            ("crates/a/goldens/make_ops.py", "save('ops.json', 'small_gpt.safetensors', 'bert')"),
            ("crates/b/goldens/make_gpt.py", ""),
            ("crates/b/goldens/bert/config.json", ""),
            ("crates/b/goldens/bert/make_bert.py", ""),
            ("goldens/x.json", ""),
        ]));
        assert_eq!(found.len(), 5, "{found:?}");
    }

    #[test]
    fn a_golden_out_of_its_place_is_found() {
        for path in [
            "crates/a/tests/logits.npy",
            "crates/a/src/weights.safetensors",
            "crates/a/tests/golden/x.json",
            "crates/a/golden_loss.json",
            "bench/Goldens.csv",
            "crates/a/tests/it/expected.json",
        ] {
            assert_eq!(check(&tree(&[(path, "")])).len(), 1, "{path}");
        }
    }

    #[test]
    fn a_good_tree_passes() {
        let found = check(&tree(&[
            ("crates/a/goldens/gpt.safetensors", ""),
            ("crates/a/goldens/gpt_bias.safetensors", ""),
            ("crates/a/goldens/make_gpt.py", "save('gpt_bias.safetensors')"),
            ("crates/a/goldens/bert/tiny/config.json", ""),
            ("crates/a/goldens/make_bert.py", "save('bert/tiny')"),
            ("crates/a/tests/it/goldens.rs", ""),
            ("web/tests/setup.ts", ""),
            ("web/package.json", ""),
        ]));
        assert_eq!(found, Vec::<String>::new());
    }
}

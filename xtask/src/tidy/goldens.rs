//! A golden file stands beside the script that made it, so that anyone can make it again.
//!
//! `make_NAME.py` makes `NAME.*`, or all of a folder `NAME`; a script that makes several names each of them in its text.

use super::File;

/// Finds files in a `goldens` folder that no script beside them makes.
pub fn check(files: &[File]) -> Vec<String> {
    let mut found = vec![];
    for file in files.iter().filter(|f| f.path.contains("/goldens/") && !f.has_extension("py")) {
        let (before, within) = file.path.rsplit_once("/goldens/").expect("the path holds it");
        let (folder, name) = (format!("{before}/goldens"), within.split('/').next().unwrap_or(within));
        let stem = name.split('.').next().unwrap_or(name);
        let made = files.iter().any(|script| {
            script.path.strip_prefix(folder.as_str()).and_then(|rest| rest.strip_prefix("/make_")).is_some_and(|rest| {
                !rest.contains('/')
                    && rest.ends_with(".py")
                    && (rest == format!("{stem}.py") || script.text().is_some_and(|text| text.contains(stem)))
            })
        });
        if !made {
            found.push(format!("{}: no `make_*.py` beside it makes it", file.path));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    #[test]
    fn an_orphan_is_found() {
        let found = check(&tree(&[
            ("crates/a/goldens/gpt.safetensors", ""),
            ("crates/a/goldens/make_bert.py", "save('bert')"),
            ("crates/b/goldens/make_gpt.py", ""),
            ("crates/b/goldens/bert/config.json", ""),
        ]));
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn a_good_tree_passes() {
        let found = check(&tree(&[
            ("crates/a/goldens/gpt.safetensors", ""),
            ("crates/a/goldens/gpt_bias.safetensors", ""),
            ("crates/a/goldens/make_gpt.py", "save('gpt_bias.safetensors')"),
            ("crates/a/goldens/bert/tiny/config.json", ""),
            ("crates/a/goldens/make_bert.py", ""),
        ]));
        assert_eq!(found, Vec::<String>::new());
    }
}

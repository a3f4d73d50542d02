//! A golden file stands beside the script that made it, so that anyone can make it again.
//!
//! `make_NAME.py` makes `NAME.*`; a script that makes several files names each of them in its text.

use super::File;

/// Finds files in a `goldens` folder that no script beside them makes.
pub fn check(files: &[File]) -> Vec<String> {
    let mut found = vec![];
    for file in files.iter().filter(|f| f.path.contains("/goldens/") && !f.has_extension("py")) {
        let (folder, name) = file.path.rsplit_once('/').expect("the path has a folder");
        let stem = name.split('.').next().unwrap_or(name);
        let made = files.iter().any(|script| {
            script.path.strip_prefix(folder).and_then(|rest| rest.strip_prefix("/make_")).is_some_and(|rest| {
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
        ]));
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn a_good_tree_passes() {
        let found = check(&tree(&[
            ("crates/a/goldens/gpt.safetensors", ""),
            ("crates/a/goldens/gpt_bias.safetensors", ""),
            ("crates/a/goldens/make_gpt.py", "save('gpt_bias.safetensors')"),
        ]));
        assert_eq!(found, Vec::<String>::new());
    }
}

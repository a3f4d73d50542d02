//! Which models are in the folder of models, and where they came from.
//!
//! Reads names and `source.json` alone: what the files hold is the business of whoever opens them.

use super::origin::is_name;
use super::store::{ModelStore, SOURCE_FILE, Source};
use std::fs;
use std::path::{Path, PathBuf};

/// A model in the folder of models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelHere {
    /// ORG/NAME; ORG/NAME/FILE of a GGUF file that stands beside others.
    pub id: String,
    /// Its folder, or that file.
    pub path: PathBuf,
    /// The page or the path that it came from; `None` for one that was put there by hand.
    pub source: Option<String>,
    /// The commit, where its server named one.
    pub revision: Option<String>,
}

impl ModelStore {
    /// What is here whole, by name.
    pub fn models(&self) -> Vec<ModelHere> {
        let mut found = Vec::new();
        for (org, folder) in folders(self.root()) {
            for (name, folder) in folders(&folder) {
                found.extend(models_in(&format!("{org}/{name}"), &folder));
            }
        }
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found
    }

    /// The one called `id`, if it is here.
    pub fn model(&self, id: &str) -> Option<ModelHere> {
        let parts: Vec<&str> = id.split('/').collect();
        let (2..=3, true) = (parts.len(), parts.iter().all(|part| is_name(part))) else { return None };
        let named = format!("{}/{}", parts[0], parts[1]);
        let folder = self.root().join(&named);
        models_in(&named, &folder).into_iter().find(|model| model.id == id)
    }
}

/// The folder as one model; or each of its GGUF files, where there are several and no `config.json` of another model.
fn models_in(id: &str, folder: &Path) -> Vec<ModelHere> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let names: Vec<String> = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    let is_gguf = |name: &&String| Path::new(name).extension().is_some_and(|it| it.eq_ignore_ascii_case("gguf"));
    let text = fs::read(folder.join(SOURCE_FILE)).unwrap_or_default();
    let Source { source, revision, .. } = serde_json::from_slice(&text).unwrap_or_default();
    let of = |id: String, path: PathBuf| {
        let source = Some(source.clone()).filter(|source| !source.is_empty());
        ModelHere { id, path, source, revision: revision.clone() }
    };
    let files: Vec<&String> = names.iter().filter(is_gguf).collect();
    if files.len() > 1 && !names.iter().any(|name| name == "config.json") {
        return files.into_iter().map(|file| of(format!("{id}/{file}"), folder.join(file))).collect();
    }
    if names.is_empty() { Vec::new() } else { vec![of(id.into(), folder.into())] }
}

/// Folders that have a name of their own.
fn folders(root: &Path) -> Vec<(String, PathBuf)> {
    let Ok(entries) = fs::read_dir(root) else { return Vec::new() };
    let named = entries.flatten().filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path())));
    named.filter(|(name, path)| is_name(name) && path.is_dir()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Pace, Patience};

    #[test]
    fn models_are_found_with_their_source_and_nothing_else() {
        let root = std::env::temp_dir().join(format!("sanjie-here-{}", std::process::id()));
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("org/one/config.json", "{}");
        write("org/one/source.json", r#"{"source": "https://hub.example/org/one", "revision": "abc", "files": []}"#);
        write("org/one/a.gguf", "");
        write("org/one/b.gguf", "");
        write("local/two/q4.gguf", "");
        write("local/two/q8.GGUF", "");
        write("local/three/only.gguf", "");
        write(".partial/org/four/config.json", "{}");
        write("loose.gguf", "");
        fs::create_dir_all(root.join("org/empty")).unwrap();
        let store = ModelStore::at(&root, Patience::standard(), Pace::standard(), None);
        let found: Vec<String> = store.models().into_iter().map(|model| model.id).collect();
        assert_eq!(found, ["local/three", "local/two/q4.gguf", "local/two/q8.GGUF", "org/one"]);
        let one = store.model("org/one").unwrap();
        assert_eq!(one.source.as_deref(), Some("https://hub.example/org/one"));
        assert_eq!(one.revision.as_deref(), Some("abc"));
        assert_eq!(store.model("local/two/q8.GGUF").unwrap().path, root.join("local/two/q8.GGUF"));
        for id in
            ["", "org", "org/..", "../org/one", "org/empty", "local/two", "local/two/../three", ".partial/org/four"]
        {
            assert_eq!(store.model(id), None, "{id}");
        }
        fs::remove_dir_all(root).unwrap();
    }
}

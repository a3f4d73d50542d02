//! Models in files that the person has: a folder, a GGUF file, a zip archive or a wheel.

use super::archive::Archive;
use super::origin::is_name;
use super::selection::{roots, select};
use super::{PullError, PullFailure};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use sys::atomic_file::{self, FileError};

/// A model in a place here, looked at and not yet copied.
pub(crate) struct LocalModel {
    /// What it is called, without an organisation.
    pub name: String,
    /// Its files: path below the model's folder, where it comes from, size.
    pub files: Vec<LocalFile>,
    place: Place,
}

/// A file of it.
pub(crate) struct LocalFile {
    /// Path below the model's folder.
    pub path: String,
    /// Path in the archive or below the folder.
    inside: String,
    /// Its size.
    pub bytes: u64,
}

/// Where the files are.
enum Place {
    Folder(PathBuf),
    Archive(Archive),
}

impl LocalModel {
    /// Looks at `path`; `chosen` is a GGUF file of several.
    pub fn look(path: &Path, chosen: Option<&str>) -> Result<LocalModel, PullFailure> {
        let shown = path.display().to_string();
        if path.is_dir() {
            let mut names = Vec::new();
            walk(path, "", &mut names)?;
            let sizes = |inside: &str| fs::metadata(path.join(inside)).map(|it| it.len());
            let mut files = Vec::new();
            for inside in select(&shown, &names.iter().map(String::as_str).collect::<Vec<_>>(), chosen)? {
                let bytes = sizes(inside).map_err(|e| FileError::reading(&path.join(inside), &e))?;
                files.push(LocalFile { path: target(inside), inside: inside.into(), bytes });
            }
            return Ok(LocalModel { name: named(path)?, files, place: Place::Folder(path.into()) });
        }
        if path.extension().is_some_and(|it| it == "gguf") {
            let bytes = fs::metadata(path).map_err(|e| FileError::reading(path, &e))?.len();
            let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let files = vec![LocalFile { path: file.clone(), inside: file, bytes }];
            let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
            return Ok(LocalModel { name: named(&path.with_extension(""))?, files, place: Place::Folder(folder) });
        }
        if !is_archive(path)? {
            return Err(PullError::NoModel { path: shown.into() }.into());
        }
        LocalModel::in_archive(path, &shown, chosen)
    }

    fn in_archive(path: &Path, shown: &str, chosen: Option<&str>) -> Result<LocalModel, PullFailure> {
        let archive = Archive::open(path)?;
        let all: Vec<&str> = archive.files().map(|(name, _)| name).collect();
        let models = roots(&all);
        // A folder is chosen like a file.
        let is_folder = chosen.is_some_and(|chosen| models.contains(&chosen));
        let root = match (models.as_slice(), chosen) {
            (_, Some(folder)) if is_folder => folder,
            ([root], _) => root,
            (_, Some(file)) => file.rsplit_once('/').map_or("", |(folder, _)| folder),
            // `select` says what is there instead.
            ([], None) => "",
            (several, None) => {
                let (source, files) = (shown.into(), several.join("\n  ").into());
                return Err(PullError::Several { source, files }.into());
            }
        };
        let chosen = chosen.filter(|_| !is_folder);
        let below = |name: &str| match root {
            "" => Some(name.to_string()),
            root => Some(name.strip_prefix(root)?.strip_prefix('/')?.to_string()),
        };
        let inside: Vec<String> = all.iter().filter_map(|name| below(name)).collect();
        let names: Vec<&str> = inside.iter().map(String::as_str).collect();
        let chosen = chosen.map(|chosen| chosen.strip_prefix(&format!("{root}/")).unwrap_or(chosen));
        let files = select(shown, &names, chosen)?.into_iter().map(|name| {
            let inside = if root.is_empty() { name.to_string() } else { format!("{root}/{name}") };
            let bytes = archive.files().find(|(found, _)| *found == inside).map_or(0, |(_, bytes)| bytes);
            LocalFile { path: target(name), inside, bytes }
        });
        let files = files.collect();
        // A wheel is called NAME-VERSION-TAGS.
        let stem = path.with_extension("");
        let name = named(&stem)?;
        let is_wheel = path.extension().is_some_and(|it| it == "whl");
        let name = if is_wheel { name.split('-').next().unwrap_or(&name).to_string() } else { name };
        Ok(LocalModel { name, files, place: Place::Archive(archive) })
    }

    /// Copies a file of it to `to`; `on_bytes` is told of each piece.
    pub fn copy(&mut self, file: usize, to: &Path, on_bytes: &mut dyn FnMut(u64)) -> Result<(), PullFailure> {
        let LocalFile { inside, .. } = &self.files[file];
        match &mut self.place {
            Place::Archive(archive) => archive.extract(inside, to, on_bytes),
            Place::Folder(folder) => {
                let from = folder.join(inside);
                let mut source = fs::File::open(&from).map_err(|e| FileError::reading(&from, &e))?;
                let copied = atomic_file::write_with(to, |out| copy(&mut source, out, on_bytes));
                Ok(copied?)
            }
        }
    }
}

/// Whether a file is meant to be a zip archive, damaged or not: by its name, or by how it begins.
fn is_archive(path: &Path) -> Result<bool, FileError> {
    if path.extension().is_some_and(|extension| extension == "zip" || extension == "whl") {
        return Ok(true);
    }
    let mut begin = [0; 2];
    let read = fs::File::open(path).and_then(|mut file| file.read(&mut begin));
    Ok(read.map_err(|e| FileError::reading(path, &e))? == 2 && begin == *b"PK")
}

/// Copies everything, and tells of each piece.
pub(crate) fn copy(
    from: &mut dyn std::io::Read,
    to: &mut dyn std::io::Write,
    on_bytes: &mut dyn FnMut(u64),
) -> std::io::Result<()> {
    let mut piece = vec![0; 1 << 18];
    loop {
        match from.read(&mut piece)? {
            0 => return Ok(()),
            n => {
                to.write_all(&piece[..n])?;
                on_bytes(n as u64);
            }
        }
    }
}

/// The path that a file gets: a GGUF file stands in the model's folder itself, where it is looked for.
pub(crate) fn target(inside: &str) -> String {
    let is_gguf = inside.ends_with(".gguf");
    if is_gguf { inside.rsplit('/').next().unwrap_or(inside).into() } else { inside.into() }
}

/// Files of a folder and of the folders in it, which is as deep as a model goes.
fn walk(folder: &Path, below: &str, names: &mut Vec<String>) -> Result<(), FileError> {
    let entries = fs::read_dir(folder).map_err(|e| FileError::reading(folder, &e))?;
    for entry in entries {
        let entry = entry.map_err(|e| FileError::reading(folder, &e))?;
        let Some(name) = entry.file_name().to_str().map(|name| format!("{below}{name}")) else { continue };
        if entry.path().is_file() {
            names.push(name);
        } else if below.is_empty() && entry.path().is_dir() {
            walk(&entry.path(), &format!("{name}/"), names)?;
        }
    }
    names.sort_unstable();
    Ok(())
}

/// The last part of a path, if it can be a model's name.
fn named(path: &Path) -> Result<String, PullError> {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let name = whole.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if is_name(name) { Ok(name.into()) } else { Err(PullError::Unnamed { path: path.display().to_string().into() }) }
}

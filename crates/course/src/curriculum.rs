//! The curriculum as read from its files: stages, topics, lessons, quizzes, traps, labs.
//!
//! The built-in one is part of the binary; `--curriculum DIR` lays a folder of the same form over it. Reading checks
//! everything that later code relies on, so that an author meets a mistake with its file and key and a learner never
//! does. The format stands in `curriculum/README.md`; what needs running code is proved by [`crate::sound`].

mod check;
mod files;
mod graph;
mod lab_check;
mod lesson;

pub use files::CurriculumError;
pub use graph::{GraphTopic, Stage, TopicKind};
pub use lesson::Figure;

use crate::Words;
use crate::lab::Lab;
use crate::quiz::QuizItem;
use files::{Files, nearest};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Everything there is to learn.
#[derive(Clone, Debug)]
pub struct Curriculum {
    /// In order.
    pub stages: Vec<Stage>,
    /// Topics and projects, in the order of the path.
    pub topics: Vec<Topic>,
}

/// A topic or project of the path.
#[derive(Clone, Debug)]
pub struct Topic {
    /// Its place in the graph.
    pub graph: GraphTopic,
    /// Its content, once it is built.
    pub content: Option<TopicContent>,
    /// The folder it was read from; none for a built-in one.
    pub folder: Option<PathBuf>,
}

/// What a built topic holds.
#[derive(Clone, Debug)]
pub struct TopicContent {
    /// `topic.toml`.
    pub sheet: TopicSheet,
    /// `lesson.zh.md` and `lesson.en.md`.
    pub lesson: Words,
    /// `quiz.toml`.
    pub quiz: Vec<QuizItem>,
    /// `traps.toml`.
    pub traps: Vec<Trap>,
    /// In the order of `sheet.labs`.
    pub labs: Vec<Lab>,
}

/// `topic.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicSheet {
    /// One sentence.
    pub summary: Words,
    /// Measured minutes of the lesson alone.
    pub minutes: f64,
    /// Its labs, in order.
    #[serde(default)]
    pub labs: Vec<String>,
    /// What it needs.
    pub needs: Needs,
    /// What to read beside it.
    #[serde(default)]
    pub resources: Vec<Resource>,
}

/// What a topic needs of the machine.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Needs {
    /// Memory.
    pub ram_mb: u64,
    /// Python packages.
    #[serde(default)]
    pub python: Vec<String>,
    /// Data sets.
    #[serde(default)]
    pub data: Vec<String>,
}

/// Something to read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// As published.
    pub title: String,
    /// Where.
    pub url: String,
    /// What in it.
    pub note: Words,
}

/// A misconception that stops people.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trap {
    /// Stable name, unique in the topic.
    pub id: String,
    /// What one believes, one sentence.
    pub says: Words,
    /// The heading of the lesson that answers it.
    pub answer: String,
}

impl Curriculum {
    /// The built-in curriculum; with a folder, that laid over it.
    ///
    /// # Errors
    /// The first mistake, with its file and what was expected.
    pub fn load(overlay: Option<&Path>) -> Result<Curriculum, CurriculumError> {
        let built_in = Files::built_in();
        let mut curriculum = Curriculum::read(&built_in, None)?;
        if let Some(folder) = overlay {
            curriculum = Curriculum::read(&Files::folder(folder)?, Some(curriculum))?;
        }
        Ok(curriculum)
    }

    fn read(files: &Files, below: Option<Curriculum>) -> Result<Curriculum, CurriculumError> {
        let mut below = below.unwrap_or(Curriculum { stages: vec![], topics: vec![] });
        let graph = graph::read(files)?;
        for stage in graph.stages {
            match below.stages.iter_mut().find(|known| known.id == stage.id) {
                Some(known) => *known = stage,
                None => below.stages.push(stage),
            }
        }
        for topic in graph.topics {
            let content = check::content(files, &topic)?;
            let topic = Topic { graph: topic, content, folder: files.root().map(Path::to_path_buf) };
            match below.topics.iter_mut().find(|known| known.graph.id == topic.graph.id) {
                Some(known) => *known = topic,
                None => below.topics.push(topic),
            }
        }
        graph::check(files, &below)?;
        check::unique_labs(files, &below)?;
        Ok(below)
    }

    /// The topic called `id`.
    pub fn topic(&self, id: &str) -> Option<&Topic> {
        self.topics.iter().find(|topic| topic.graph.id == id)
    }

    /// The topic called `id`.
    ///
    /// # Errors
    /// [`CurriculumError::NoTopic`] with the name that was probably meant.
    pub fn expect_topic(&self, id: &str) -> Result<&Topic, CurriculumError> {
        self.topic(id).ok_or_else(|| CurriculumError::NoTopic {
            id: id.into(),
            nearest: nearest(id, self.topics.iter().map(|topic| topic.graph.id.as_str())),
        })
    }

    /// The topic called `id` with its content.
    ///
    /// # Errors
    /// [`CurriculumError::NoTopic`], and [`CurriculumError::NotBuilt`] while it is planned.
    pub fn built_topic(&self, id: &str) -> Result<(&Topic, &TopicContent), CurriculumError> {
        let topic = self.expect_topic(id)?;
        let content = topic.content.as_ref().ok_or_else(|| CurriculumError::NotBuilt { id: id.into() })?;
        Ok((topic, content))
    }

    /// Every line with `mark` in the files that `folder` adds (the built-in ones without one): file and line from 1.
    pub fn lines_with(&self, mark: &str, folder: Option<&Path>) -> Vec<(String, usize)> {
        let files = folder.map_or(Files::BuiltIn, |folder| Files::Folder(folder.into()));
        let built = self.topics.iter().filter(|topic| topic.content.is_some() && topic.folder.as_deref() == folder);
        let mut paths = vec![graph::FILE.to_string()];
        paths.extend(built.flat_map(|topic| files.below(&topic.graph.id)));
        let texts = paths.iter().filter_map(|path| Some((files.name(path), files.text(path).ok()?)));
        let lines = texts.flat_map(|(name, text)| {
            let at = text.lines().enumerate().filter(|(_, line)| line.contains(mark)).map(|(at, _)| at + 1);
            at.map(move |line| (name.clone(), line)).collect::<Vec<_>>()
        });
        lines.collect()
    }

    /// What the skill called `id` is called, with its topic.
    pub fn skill(&self, id: &str) -> Option<(&Topic, &Words)> {
        let skills = self.topics.iter().flat_map(|topic| topic.graph.skills.0.iter().map(move |known| (topic, known)));
        skills.into_iter().find(|(_, (known, _))| known == id).map(|(topic, (_, words))| (topic, words))
    }

    /// All labs, in the order of the path.
    pub fn labs(&self) -> impl Iterator<Item = &Lab> {
        self.topics.iter().filter_map(|topic| topic.content.as_ref()).flat_map(|content| &content.labs)
    }

    /// The lab called `name`, else the only lab of the topic called so: whoever has just read a lesson knows its topic.
    ///
    /// # Errors
    /// [`CurriculumError::NoLab`] with the name that was probably meant.
    pub fn lab(&self, name: &str) -> Result<&Lab, CurriculumError> {
        let of_topic = || self.topic(name).and_then(Topic::only_lab);
        self.labs().find(|lab| lab.id == name).or_else(of_topic).ok_or_else(|| {
            let topics = self.topics.iter().filter(|topic| topic.only_lab().is_some());
            let names = self.labs().map(|lab| lab.id.as_str()).chain(topics.map(|topic| topic.graph.id.as_str()));
            CurriculumError::NoLab { id: name.into(), nearest: nearest(name, names) }
        })
    }

    /// The trap called `trap` of the topic that `lab` belongs to.
    pub fn trap(&self, lab: &Lab, trap: &str) -> Option<&Trap> {
        self.topic(&lab.topic)?.trap(trap)
    }
}

impl Topic {
    /// Its lab, if it has one and no other.
    fn only_lab(&self) -> Option<&Lab> {
        match &self.content.as_ref()?.labs[..] {
            [lab] => Some(lab),
            _ => None,
        }
    }

    /// Its question called `item`.
    pub fn question(&self, item: &str) -> Option<&QuizItem> {
        self.content.as_ref()?.quiz.iter().find(|known| known.id == item)
    }

    /// Its trap called `trap`.
    pub fn trap(&self, trap: &str) -> Option<&Trap> {
        self.content.as_ref()?.traps.iter().find(|known| known.id == trap)
    }
}

//! Reads a topic's folder and checks it against itself: words in both languages, names that stand for something.

use super::files::{CurriculumError, Files};
use super::{Curriculum, GraphTopic, TopicContent, TopicSheet, Trap, lab_check, lesson};
use crate::Words;
use crate::quiz::{QuizItem, QuizKind};
use serde::Deserialize;
use std::collections::HashSet;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuizFile {
    items: Vec<QuizItem>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TrapsFile {
    traps: Vec<Trap>,
}

/// The content of `topic`, if its folder exists.
pub(super) fn content(files: &Files, topic: &GraphTopic) -> Result<Option<TopicContent>, CurriculumError> {
    let file = format!("{}/topic.toml", topic.id);
    if !files.has(&file) {
        return Ok(None);
    }
    let sheet: TopicSheet = files.toml(&file)?;
    words(files, &file, "summary", &sheet.summary)?;
    for resource in &sheet.resources {
        words(files, &file, "resources.note", &resource.note)?;
    }
    unique(files, &file, "labs", sheet.labs.iter().map(String::as_str))?;
    let lesson = lesson::read(files, &topic.id)?;
    let traps = traps(files, topic, &lesson)?;
    let quiz = quiz(files, topic, &traps)?;
    let labs = sheet.labs.iter().map(|lab| lab_check::read(files, topic, lab, &traps));
    let labs = labs.collect::<Result<Vec<_>, _>>()?;
    lesson::check(files, &topic.id, &lesson, &quiz, &labs)?;
    Ok(Some(TopicContent { sheet, lesson, quiz, traps, labs }))
}

/// No two topics have a lab of the same name: `sanjie lab` knows labs by name alone.
pub(super) fn unique_labs(files: &Files, curriculum: &Curriculum) -> Result<(), CurriculumError> {
    unique(files, "*/topic.toml", "labs", curriculum.labs().map(|lab| lab.id.as_str()))
}

fn traps(files: &Files, topic: &GraphTopic, lesson: &Words) -> Result<Vec<Trap>, CurriculumError> {
    let file = format!("{}/traps.toml", topic.id);
    let TrapsFile { traps } = files.toml(&file)?;
    unique(files, &file, "traps.id", traps.iter().map(|trap| trap.id.as_str()))?;
    let headings = lesson::headings(&lesson.en);
    for trap in &traps {
        words(files, &file, &format!("{}.says", trap.id), &trap.says)?;
        known(files, &file, &format!("{}.answer", trap.id), &trap.answer, headings.iter().copied())?;
    }
    Ok(traps)
}

fn quiz(files: &Files, topic: &GraphTopic, traps: &[Trap]) -> Result<Vec<QuizItem>, CurriculumError> {
    let file = format!("{}/quiz.toml", topic.id);
    let QuizFile { items } = files.toml(&file)?;
    unique(files, &file, "items.id", items.iter().map(|item| item.id.as_str()))?;
    for item in &items {
        let key = |what: &str| format!("{}.{what}", item.id);
        words(files, &file, &key("question"), &item.question)?;
        words(files, &file, &key("why"), &item.why)?;
        known(files, &file, &key("skill"), &item.skill, topic.skills.0.iter().map(|(id, _)| id.as_str()))?;
        for option in &item.options {
            words(files, &file, &key("options"), &Words { zh: option.zh.clone(), en: option.en.clone() })?;
            if let Some(trap) = &option.trap {
                known(files, &file, &key("options.trap"), trap, traps.iter().map(|trap| trap.id.as_str()))?;
            }
        }
        let bad = |what: &str, expected: &str, found: String| {
            Err(CurriculumError::BadValue { file: files.name(&file), key: key(what), expected: expected.into(), found })
        };
        match (item.kind, &item.answer) {
            (QuizKind::Choice, Some(_)) => {
                return bad("answer", "options alone, as this is a choice", "an answer".into());
            }
            (QuizKind::Choice, None) => {
                if let Some((name, _)) = item.draw.0.first() {
                    return bad("draw", "options alone, as this is a choice", name.clone());
                }
                let right = item.options.iter().filter(|option| option.right).count();
                if !(3..=5).contains(&item.options.len()) {
                    return bad("options", "3 to 5 options", item.options.len().to_string());
                }
                if right != 1 {
                    return bad("options", "one right option", right.to_string());
                }
            }
            (QuizKind::Number, None) => return bad("answer", "an expression", "nothing".into()),
            (QuizKind::Number, Some(_)) if !item.options.is_empty() => {
                return bad("options", "none, as this is a number", item.options.len().to_string());
            }
            (QuizKind::Number, Some(answer)) => {
                let drawn = || item.draw.0.iter().map(|(name, _)| name.as_str());
                for name in answer.names() {
                    known(files, &file, &key("answer"), name, drawn())?;
                }
                if let Some((name, _)) = item.draw.0.iter().find(|(_, from)| from.is_empty()) {
                    return bad(&format!("draw.{name}"), "one number or more", "none".into());
                }
            }
        }
    }
    Ok(items)
}

/// Neither language is empty.
pub(super) fn words(files: &Files, file: &str, key: &str, words: &Words) -> Result<(), CurriculumError> {
    for (language, text) in [("zh", &words.zh), ("en", &words.en)] {
        if text.trim().is_empty() {
            return Err(CurriculumError::EmptyWords {
                file: files.name(file),
                key: key.into(),
                language: language.into(),
            });
        }
    }
    Ok(())
}

/// Ids are well-formed and no two are the same.
pub(super) fn unique<'a>(
    files: &Files,
    file: &str,
    key: &str,
    ids: impl Iterator<Item = &'a str>,
) -> Result<(), CurriculumError> {
    let mut seen = HashSet::new();
    for id in ids {
        let (file, key, found) = (files.name(file), key.to_string(), id.to_string());
        let is_kebab = id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if id.is_empty() || !is_kebab {
            return Err(CurriculumError::BadId { file, key, found });
        }
        if !seen.insert(id) {
            return Err(CurriculumError::Duplicate { file, key, found });
        }
    }
    Ok(())
}

/// `found` is one of `names`.
pub(super) fn known<'a>(
    files: &Files,
    file: &str,
    key: &str,
    found: &str,
    names: impl Iterator<Item = &'a str> + Clone,
) -> Result<(), CurriculumError> {
    if names.clone().any(|name| name == found) {
        return Ok(());
    }
    Err(CurriculumError::UnknownName {
        file: files.name(file),
        key: key.into(),
        found: found.into(),
        nearest: sys::nearest(found, names).into(),
    })
}

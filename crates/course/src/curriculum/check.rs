//! Reads a topic's folder and checks it against itself: words in both languages, names that stand for something.

use super::files::{CurriculumError, Files, nearest};
use super::{Curriculum, GraphTopic, TopicContent, TopicSheet, Trap, lab_check, lesson};
use crate::quiz::{self, QuizItem, QuizKind};
use crate::{Expression, Words};
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
        for (what, text) in [("question", &item.question), ("why", &item.why)] {
            let drawn = |name: &str| item.draw.0.iter().any(|(known, _)| known == name);
            let marks = [&text.zh, &text.en].into_iter().flat_map(|text| placeholders(text));
            if let Some(name) = marks.into_iter().find(|name| !drawn(name)) {
                let (item, key, name) = (item.id.clone(), what.to_string(), name.to_string());
                return Err(CurriculumError::NotDrawn { file: files.name(&file), item, key, name });
            }
        }
        let bad = |what: &str, expected: &str, found: String| {
            Err(CurriculumError::BadValue { file: files.name(&file), key: key(what), expected: expected.into(), found })
        };
        let surplus = |key: &str| {
            let (item, key) = (item.id.clone(), key.into());
            CurriculumError::SurplusKey { file: files.name(&file), item, key }
        };
        match (item.kind, &item.answer) {
            (QuizKind::Choice, Some(_)) => {
                return Err(surplus("answer"));
            }
            (QuizKind::Choice, None) => {
                if !item.draw.0.is_empty() {
                    return Err(surplus("draw"));
                }
                let right = item.options.iter().filter(|option| option.right).count();
                if !(3..=5).contains(&item.options.len()) {
                    return bad("options", "3…5", item.options.len().to_string());
                }
                if right != 1 {
                    return bad("options.right", "1", right.to_string());
                }
            }
            (QuizKind::Number, None) => {
                let (item, key) = (item.id.clone(), "answer".into());
                return Err(CurriculumError::NeedsKey { file: files.name(&file), item, key });
            }
            (QuizKind::Number, Some(_)) if !item.options.is_empty() => {
                return Err(surplus("options"));
            }
            (QuizKind::Number, Some(answer)) => {
                let drawn = || item.draw.0.iter().map(|(name, _)| name.as_str());
                for name in answer.names() {
                    known(files, &file, &key("answer"), name, drawn())?;
                }
                if let Some((name, _)) = item.draw.0.iter().find(|(_, from)| from.is_empty()) {
                    return bad(&format!("draw.{name}"), "≥ 1", "0".into());
                }
                if item.tolerance < 0.0 {
                    return bad("tolerance", "≥ 0", item.tolerance.to_string());
                }
                numbers(files, &file, item, answer)?;
            }
        }
    }
    Ok(items)
}

/// Names in braces, outside of formulas and code, whose braces mean something else.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    let prose = text.split(['$', '`']).step_by(2);
    let names = prose.flat_map(|part| part.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)));
    names.filter(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
}

/// The sentences of a number tell what was drawn, the same in both languages, and every draw has an answer.
fn numbers(files: &Files, file: &str, item: &QuizItem, answer: &Expression) -> Result<(), CurriculumError> {
    let (file, id) = (|| files.name(file), || item.id.clone());
    for (name, _) in &item.draw.0 {
        let mark = format!("{{{name}}}");
        for (key, words) in [("question", &item.question), ("why", &item.why)] {
            let language = match (words.zh.contains(&mark), words.en.contains(&mark)) {
                (true, false) => "en",
                (false, true) => "zh",
                (false, false) if key == "question" => {
                    return Err(CurriculumError::NotAsked { file: file(), item: id(), name: name.clone() });
                }
                _ => continue,
            };
            let (key, name, language) = (key.into(), name.clone(), language.into());
            return Err(CurriculumError::PlaceholdersDiffer { file: file(), item: id(), key, name, language });
        }
    }
    match item.draws().find(|drawn| !answer.value(&|name| quiz::lookup(drawn, name)).is_ok_and(f64::is_finite)) {
        None => Ok(()),
        Some(drawn) => {
            let drawn: Vec<String> = drawn.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            Err(CurriculumError::NoAnswer { file: file(), item: id(), drawn: drawn.join(", ") })
        }
    }
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
        nearest: nearest(found, names),
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn placeholders_stand_in_prose() {
        let found: Vec<&str> = super::placeholders("{n} and $x_{m}$, `{k}` {} {a b} {c}").collect();
        assert_eq!(found, ["n", "c"]);
    }
}

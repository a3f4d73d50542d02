//! Lessons: what a heading and a directive may be, and that both languages have the same ones in the same order.
//!
//! What a directive does belongs to whoever shows the lesson; that sources resolve and that code prints what stands
//! below it is proved elsewhere.

use super::check::{known, unique};
use super::files::{CurriculumError, Files};
use crate::Words;
use crate::lab::Lab;
use crate::quiz::{QuizItem, QuizUse};
use serde::Deserialize;

/// Fences whose first word is one of these are directives; so is any fence with the word `run`.
const DIRECTIVES: [&str; 4] = ["source", "figure", "predict", "lab"];
/// The live figures there are.
const FIGURES: [&str; 2] = ["attention", "scores"];
/// What stands for a heading that should have an id.
const NO_ID: &str = "a heading without {#id}";

/// The body of a `figure`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// What it shows.
    pub caption: String,
    /// What it starts with.
    pub text: String,
}

impl Figure {
    /// Reads it.
    ///
    /// # Errors
    /// What the TOML lacks or has too much, in English.
    pub fn parse(body: &str) -> Result<Figure, String> {
        toml::from_str(body).map_err(|error| error.message().into())
    }
}

/// Reads both lessons of a topic and compares them.
pub(super) fn read(files: &Files, topic: &str) -> Result<Words, CurriculumError> {
    let [zh, en] = ["zh", "en"].map(|language| file(topic, language));
    let lesson = Words { zh: files.text(&zh)?, en: files.text(&en)? };
    let [outline_zh, outline_en] = [&lesson.zh, &lesson.en].map(|text| outline(text));
    let end = |text: &str| (text.lines().count(), "the end");
    for at in 0..outline_zh.len().max(outline_en.len()) {
        let (line, found) = outline_zh.get(at).copied().unwrap_or(end(&lesson.zh));
        let (_, expected) = outline_en.get(at).copied().unwrap_or(end(&lesson.en));
        if found != expected {
            let (expected, found) = (expected.to_string(), found.to_string());
            return Err(CurriculumError::LessonsDiffer { file: files.name(&zh), line, expected, found });
        }
    }
    Ok(lesson)
}

/// Every heading has an id, and every directive names something that its topic has.
pub(super) fn check(
    files: &Files,
    topic: &str,
    lesson: &Words,
    quiz: &[QuizItem],
    labs: &[Lab],
) -> Result<(), CurriculumError> {
    for (file, text) in [(file(topic, "zh"), &lesson.zh), (file(topic, "en"), &lesson.en)] {
        let bad = |line: usize, expected: &str, found: &str| {
            let (file, key) = (files.name(&file), format!("line {line}"));
            Err(CurriculumError::BadValue { file, key, expected: expected.into(), found: found.into() })
        };
        if !text.starts_with("# ") {
            return bad(1, "`# …`", text.lines().next().unwrap_or_default());
        }
        if let Some((line, _)) = outline(text).into_iter().find(|(_, item)| *item == NO_ID) {
            return bad(line, "`## … {#id}`", text.lines().nth(line - 1).unwrap_or_default());
        }
        unique(files, &file, "headings", headings(text).into_iter())?;
        let predicts = || quiz.iter().filter(|item| item.used == QuizUse::Predict).map(|item| item.id.as_str());
        let (mut asked, mut before) = (Vec::new(), None);
        for fence in fences(text) {
            let key = format!("line {}", fence.line);
            let is_empty = fence.body.is_empty();
            match fence.info.split_whitespace().collect::<Vec<_>>()[..] {
                ["source", _] if is_empty => {}
                ["figure", name] => {
                    known(files, &file, &key, name, FIGURES.into_iter())?;
                    Figure::parse(&fence.body).map_err(|cause| CurriculumError::Malformed {
                        file: files.name(&file),
                        line: fence.line,
                        cause,
                    })?;
                }
                ["predict", item] if is_empty => {
                    known(files, &file, &key, item, predicts())?;
                    asked.push(item);
                }
                ["lab", id, step] if is_empty => {
                    known(files, &file, &key, id, labs.iter().map(|lab| lab.id.as_str()))?;
                    let steps = labs.iter().filter(|lab| lab.id == id).flat_map(|lab| &lab.sheet.steps);
                    known(files, &file, &key, step, steps.map(|step| step.id.as_str()))?;
                }
                ["python", "run"] => {}
                ["output"] if before == Some("python run") && fence.follows => {}
                ["output"] => {
                    return Err(CurriculumError::StrayOutput { file: files.name(&file), line: fence.line });
                }
                _ if is_directive(fence.info) => {
                    let (file, found) = (files.name(&file), fence.info.to_string());
                    return Err(CurriculumError::NoDirective { file, line: fence.line, found });
                }
                _ => {}
            }
            before = Some(fence.info);
        }
        let times = |item: &str| asked.iter().filter(|asked| **asked == item).count();
        if let Some(item) = predicts().find(|item| times(item) != 1) {
            let (file, key, found) = (files.name(&file), format!("predict {item}"), times(item).to_string());
            return Err(CurriculumError::BadValue { file, key, expected: "1".into(), found });
        }
    }
    Ok(())
}

/// Ids of the headings, in order.
pub(super) fn headings(lesson: &str) -> Vec<&str> {
    outline(lesson).into_iter().filter_map(|(_, item)| item.strip_prefix("#")).collect()
}

fn file(topic: &str, language: &str) -> String {
    format!("{topic}/lesson.{language}.md")
}

fn is_directive(info: &str) -> bool {
    let mut words = info.split_whitespace();
    words.next().is_some_and(|first| DIRECTIVES.contains(&first)) || words.any(|word| word == "run")
}

/// Line and text of every heading (`#id`, the title apart) and directive (its info string).
fn outline(lesson: &str) -> Vec<(usize, &str)> {
    let mut items = Vec::new();
    let mut in_fence = false;
    for (at, line) in lesson.lines().enumerate() {
        if let Some(info) = line.strip_prefix("```") {
            if !in_fence && is_directive(info) {
                items.push((at + 1, info.trim()));
            }
            in_fence = !in_fence;
        } else if line.trim_start_matches('#').starts_with(' ') && line.starts_with('#') && at > 0 && !in_fence {
            let id = line.split_once('{').and_then(|(_, id)| id.trim_end().strip_suffix('}'));
            items.push((at + 1, id.filter(|id| id.starts_with('#')).unwrap_or(NO_ID)));
        }
    }
    items
}

/// A fenced block.
struct Fence<'a> {
    /// Of its first line, counted from 1.
    line: usize,
    info: &'a str,
    body: String,
    /// Whether nothing but blank lines stands between it and the block before.
    follows: bool,
}

fn fences(lesson: &str) -> Vec<Fence<'_>> {
    let mut found: Vec<Fence> = Vec::new();
    let (mut in_fence, mut follows) = (false, false);
    for (at, line) in lesson.lines().enumerate() {
        match (line.strip_prefix("```"), found.last_mut()) {
            (Some(_), _) if in_fence => (in_fence, follows) = (false, true),
            (Some(info), _) => {
                in_fence = true;
                found.push(Fence { line: at + 1, info: info.trim(), body: String::new(), follows });
            }
            (None, Some(fence)) if in_fence => fence.body += &format!("{line}\n"),
            (None, _) => follows &= line.trim().is_empty(),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_outline_holds_headings_and_directives() {
        let lesson =
            "# T\n## Why {#why}\n```python run\n## no heading\n```\n#x\n```text\n```\n```predict a-b\n```\n# Two\n";
        let expected = [(2, "#why"), (3, "python run"), (9, "predict a-b"), (11, super::NO_ID)];
        assert_eq!(super::outline(lesson), expected);
        assert_eq!(super::headings(lesson), ["why"]);
    }
}

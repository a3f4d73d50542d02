//! Lessons: both languages have the same headings and the same directives in the same order.
//!
//! What a directive does belongs to whoever shows the lesson; that sources resolve and outputs match is proved
//! elsewhere. Here only the shape is compared.

use super::files::{CurriculumError, Files};
use crate::Words;

/// Fences whose first word is one of these are directives; so is any fence with the word `run`.
const DIRECTIVES: [&str; 4] = ["source", "figure", "predict", "lab"];

/// Reads both lessons of a topic and compares them.
pub(super) fn read(files: &Files, topic: &str) -> Result<Words, CurriculumError> {
    let [zh, en] = ["zh", "en"].map(|language| format!("{topic}/lesson.{language}.md"));
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

/// Ids of the headings, in order.
pub(super) fn headings(lesson: &str) -> Vec<&str> {
    outline(lesson).into_iter().filter_map(|(_, item)| item.strip_prefix("#")).collect()
}

/// Line and text of every heading (`#id`, the title without one apart) and directive (its info string).
fn outline(lesson: &str) -> Vec<(usize, &str)> {
    let mut items = Vec::new();
    let mut in_fence = false;
    for (at, line) in lesson.lines().enumerate() {
        if let Some(info) = line.strip_prefix("```") {
            let mut words = info.split_whitespace();
            let is_directive =
                words.next().is_some_and(|first| DIRECTIVES.contains(&first)) || words.any(|word| word == "run");
            if !in_fence && is_directive {
                items.push((at + 1, info.trim()));
            }
            in_fence = !in_fence;
        } else if line.starts_with("##") && !in_fence {
            let id = line.split_once('{').and_then(|(_, id)| id.trim_end().strip_suffix('}'));
            items.push((at + 1, id.unwrap_or("a heading without {#id}")));
        }
    }
    items
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_outline_holds_headings_and_directives() {
        let lesson = "# T\n## Why {#why}\n```python run\n## no heading\n```\n```text\n```\n```predict a-b\n```\n";
        assert_eq!(super::outline(lesson), [(2, "#why"), (3, "python run"), (8, "predict a-b")]);
        assert_eq!(super::headings(lesson), ["why"]);
    }
}

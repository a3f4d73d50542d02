//! Texts: hints of the right length that give nothing away, and places that are still to be written.

use super::Unsound;
use crate::lab::{Code, Lab, Step};
use crate::{Curriculum, Words};
use std::ops::RangeInclusive;
use std::path::Path;

/// Stands in every line that `sanjie dev new-topic` leaves to the author.
pub const UNWRITTEN: &str = "TODO(author)";

const ENGLISH_WORDS: RangeInclusive<usize> = 80..=160;
const CHINESE_CHARACTERS: RangeInclusive<usize> = 130..=260;
/// Tiers whose length is bounded; the last is one line.
const PROSE_TIERS: usize = 3;
/// A line of the solution this long, blanks aside, says something of its own.
const TELLING_LINE: usize = 16;

/// Finds the places that are still to be written: in `folder`, or without one in the built-in curriculum.
pub fn check_written(curriculum: &Curriculum, folder: Option<&Path>, found: &mut dyn FnMut(Unsound)) {
    for (file, line) in curriculum.lines_with(UNWRITTEN, folder) {
        found(Unsound::Unwritten { file, line });
    }
}

/// Checks the hints of one lab; one that is still to be written has no length yet.
pub fn check_hints(lab: &Lab, found: &mut dyn FnMut(Unsound)) {
    let files = [Some(&lab.python), lab.rust.as_ref()].into_iter().flatten();
    let lines: Vec<&str> = files
        .flat_map(|files| files.solution.lines().filter(|line| !files.stub.contains(line.trim())))
        .map(str::trim)
        .filter(|line| line.chars().filter(|c| !c.is_whitespace()).count() >= TELLING_LINE)
        .collect();
    for step in &lab.sheet.steps {
        for (at, hint) in every_hint(step) {
            let tier = at + 1;
            if let Some(line) = lines.iter().find(|line| hint.zh.contains(**line) || hint.en.contains(**line)) {
                let (lab, step, line) = (lab.id.clone(), step.id.clone(), line.to_string());
                found(Unsound::HintTells { lab, step, tier, line });
            }
            let words = hint.en.split_whitespace().count();
            let characters = hint.zh.chars().filter(|&c| ('\u{4e00}'..='\u{9fff}').contains(&c)).count();
            for (language, text, count, range) in
                [("en", &hint.en, words, ENGLISH_WORDS), ("zh", &hint.zh, characters, CHINESE_CHARACTERS)]
            {
                if tier <= PROSE_TIERS && !range.contains(&count) && !text.contains(UNWRITTEN) {
                    found(Unsound::HintLength {
                        lab: lab.id.clone(),
                        step: step.id.clone(),
                        tier,
                        language: language.into(),
                        expected: format!("{}…{}", range.start(), range.end()),
                        found: count,
                    });
                }
            }
        }
    }
}

/// Every hint that somebody reads, whatever they write in, with its place among the tiers.
fn every_hint(step: &Step) -> impl Iterator<Item = (usize, Words)> {
    step.hints.iter().enumerate().flat_map(|(at, hint)| {
        let both = [Some(hint.words(Code::Python)), hint.rust.clone()];
        both.into_iter().flatten().map(move |words| (at, words))
    })
}

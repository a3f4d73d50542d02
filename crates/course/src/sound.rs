//! Proof that labs and quizzes are sound: what a loader cannot see without running code.
//!
//! A stub must fail with a useful message, a solution pass on every seed, a mutant fail at its step and be named by its
//! trap. Hints keep their length and give no line of the solution away. Over a topic's quiz the right option must not
//! be recognisable by its length.

use crate::curriculum::{Topic, TopicContent};
use crate::grade::{Answers, Grader, Standing, Tools};
use crate::lab::{Code, Lab};
use crate::quiz::{QuizItem, QuizKind, QuizUse};
use crate::run::{Fault, RunError, Source};
use crate::{Curriculum, StepReport};
use std::collections::HashSet;
use std::ops::RangeInclusive;

sys::coded_error! {
    /// What makes content unsound.
    pub enum Unsound {
        /// No reference function of this name.
        NoAnswer { lab: String, step: String, answer: String } = "sound.no_answer",
        /// The stub does not fail as one that is still to be written.
        Stub { lab: String, file: String, step: String, found: String } = "sound.stub",
        /// The solution does not pass.
        Solution { lab: String, file: String, step: String, check: String, seed: u64 } = "sound.solution",
        /// The mutant passes everything.
        MutantPasses { lab: String, mutant: String, seed: u64 } = "sound.mutant_passes",
        /// The mutant fails another step than it says.
        MutantStep { lab: String, mutant: String, expected: String, found: String, seed: u64 } = "sound.mutant_step",
        /// The mutant is not named by its trap.
        MutantTrap { lab: String, mutant: String, expected: String, found: String, seed: u64 } = "sound.mutant_trap",
        /// A hint is too long or too short.
        HintLength { lab: String, step: String, tier: usize, language: String, expected: String, found: usize } = "sound.hint_length",
        /// A hint holds a line of the solution.
        HintTells { lab: String, step: String, tier: usize, line: String } = "sound.hint_tells",
        /// The right option is the longest too often.
        QuizLongest { topic: String, language: String, percent: usize, limit: usize } = "sound.quiz_longest",
        /// Two options say the same.
        QuizSame { topic: String, item: String, language: String, option: String } = "sound.quiz_same",
        /// Too few items.
        QuizFew { topic: String, found: usize, expected: usize } = "sound.quiz_few",
    }
}

const ENGLISH_WORDS: RangeInclusive<usize> = 80..=160;
const CHINESE_CHARACTERS: RangeInclusive<usize> = 130..=260;
/// Tiers whose length is bounded; the last is one line.
const PROSE_TIERS: usize = 3;
/// A line of the solution this long, blanks aside, says something of its own.
const TELLING_LINE: usize = 16;
const LONGEST_PERCENT_MAX: usize = 30;
const QUIZ_ITEMS_MIN: usize = 8;
/// Mutants run on a twentieth of the solutions' seeds: a solution must never fail, a mutant only fail as it says.
const MUTANT_SHARE: u64 = 20;

/// How often files of a lab were graded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Runs {
    /// Solutions, each of which must pass.
    pub solutions: u64,
    /// Mutants, each of which must fail its step and be named.
    pub mutants: u64,
}

/// Checks one lab on `seeds` seeds; `found` hears of every fault.
///
/// # Errors
/// What keeps the lab from being run at all.
pub fn check_lab(
    lab: &Lab,
    answers: Answers,
    tools: &Tools,
    seeds: u64,
    found: &mut dyn FnMut(Unsound),
) -> Result<Runs, RunError> {
    let mut runs = Runs::default();
    if let Some(step) = lab.sheet.steps.iter().find(|step| answers(&step.answer).is_none()) {
        let (lab, step, answer) = (lab.id.clone(), step.id.clone(), step.answer.clone());
        found(Unsound::NoAnswer { lab, step, answer });
        return Ok(runs);
    }
    check_hints(lab, found);
    let grader = Grader::new(lab, answers, tools);
    for code in [Code::Python, Code::Rust] {
        let Some(files) = lab.files(code) else { continue };
        let source = |name: &str, text: &str| source(&format!("{name}.{}", code.extension()), text, code);
        check_stub(&grader, &source("stub", &files.stub_in("en")), found)?;
        let solution = source("solution", &files.solution);
        for seed in 0..seeds {
            let (lab, file) = (lab.id.clone(), solution.name.clone());
            runs.solutions += 1;
            if let Some(report) = first_failure(&grader, &solution, seed)? {
                let check = report.verdict.checks.into_iter().find(|check| !check.passed);
                let (step, check) = (report.verdict.step, check.map(|check| check.name).unwrap_or_default());
                found(Unsound::Solution { lab, file, step, check, seed });
            }
        }
    }
    for (at, mutant) in lab.sheet.mutants.iter().enumerate() {
        let wrong = source(&mutant.file, &lab.mutants[at], Code::Python);
        for seed in 0..(seeds / MUTANT_SHARE).max(1) {
            let (lab, name) = (lab.id.clone(), mutant.file.clone());
            runs.mutants += 1;
            let Some(report) = first_failure(&grader, &wrong, seed)? else {
                found(Unsound::MutantPasses { lab, mutant: name, seed });
                continue;
            };
            if report.verdict.step != mutant.step {
                let (expected, step) = (mutant.step.clone(), report.verdict.step);
                found(Unsound::MutantStep { lab, mutant: name, expected, found: step, seed });
            } else if report.verdict.trap.as_ref() != Some(&mutant.trap) {
                let (expected, trap) = (mutant.trap.clone(), report.verdict.trap.unwrap_or_else(|| "null".into()));
                found(Unsound::MutantTrap { lab, mutant: name, expected, found: trap, seed });
            }
        }
    }
    Ok(runs)
}

/// Checks the quizzes of all topics.
pub fn check_quizzes(curriculum: &Curriculum, found: &mut dyn FnMut(Unsound)) {
    for Topic { graph, content } in &curriculum.topics {
        let Some(TopicContent { quiz, .. }) = content else { continue };
        let asked = quiz.iter().filter(|item| item.used == QuizUse::Quiz).count();
        if asked < QUIZ_ITEMS_MIN {
            found(Unsound::QuizFew { topic: graph.id.clone(), found: asked, expected: QUIZ_ITEMS_MIN });
        }
        for language in ["zh", "en"] {
            check_options(&graph.id, quiz, language, found);
        }
    }
}

fn check_options(topic: &str, quiz: &[QuizItem], language: &str, found: &mut dyn FnMut(Unsound)) {
    let (mut choices, mut longest) = (0, 0);
    for item in quiz.iter().filter(|item| item.kind == QuizKind::Choice) {
        let said =
            |at: usize| if language == "zh" { item.options[at].zh.as_str() } else { item.options[at].en.as_str() };
        let mut seen = HashSet::new();
        for at in 0..item.options.len() {
            if !seen.insert(plain(said(at))) {
                let option = said(at).to_string();
                found(Unsound::QuizSame {
                    topic: topic.into(),
                    item: item.id.clone(),
                    language: language.into(),
                    option,
                });
            }
        }
        let length = |at: usize| said(at).chars().count();
        let right = item.options.iter().position(|option| option.right).unwrap_or(0);
        choices += 1;
        longest += usize::from((0..item.options.len()).all(|at| at == right || length(at) < length(right)));
    }
    let percent = (longest * 100).checked_div(choices).unwrap_or(0);
    if percent > LONGEST_PERCENT_MAX {
        let (topic, language) = (topic.into(), language.into());
        found(Unsound::QuizLongest { topic, language, percent, limit: LONGEST_PERCENT_MAX });
    }
}

/// What an option says, whatever its capitals, blanks and the marks between and after its sentences. Signs stay, for
/// formulas differ by them alone.
fn plain(option: &str) -> String {
    let is_mark = |c: char| c.is_whitespace() || "，。、；：！？“”‘’,;:!?\"'".contains(c);
    let kept: String = option.chars().filter(|&c| !is_mark(c)).flat_map(char::to_lowercase).collect();
    kept.trim_end_matches('.').into()
}

/// Every step of a stub fails as one that is still to be written.
fn check_stub(grader: &Grader, stub: &Source, found: &mut dyn FnMut(Unsound)) -> Result<(), RunError> {
    for step in grader.lab.sheet.steps.iter().filter(|step| step.bridge.is_none()) {
        let report = failure_of(grader, stub, Some(&step.id), 0)?;
        let told = match report.as_ref().map(|report| &report.fault) {
            Some(Some(Fault::NotWritten { line: Some(_) })) => continue,
            Some(Some(fault)) => fault.to_string(),
            Some(None) => "a difference in values".into(),
            None => "it passes".into(),
        };
        let (lab, file, step) = (grader.lab.id.clone(), stub.name.clone(), step.id.clone());
        found(Unsound::Stub { lab, file, step, found: told });
    }
    Ok(())
}

fn check_hints(lab: &Lab, found: &mut dyn FnMut(Unsound)) {
    let files = [Some(&lab.python), lab.rust.as_ref()].into_iter().flatten();
    let lines: Vec<&str> = files
        .flat_map(|files| files.solution.lines().filter(|line| !files.stub.contains(line.trim())))
        .map(str::trim)
        .filter(|line| line.chars().filter(|c| !c.is_whitespace()).count() >= TELLING_LINE)
        .collect();
    for step in &lab.sheet.steps {
        for (at, hint) in step.hints.iter().enumerate() {
            let tier = at + 1;
            if let Some(line) = lines.iter().find(|line| hint.zh.contains(**line) || hint.en.contains(**line)) {
                let (lab, step, line) = (lab.id.clone(), step.id.clone(), line.to_string());
                found(Unsound::HintTells { lab, step, tier, line });
            }
            let words = hint.en.split_whitespace().count();
            let characters = hint.zh.chars().filter(|&c| ('\u{4e00}'..='\u{9fff}').contains(&c)).count();
            for (language, count, range) in [("en", words, ENGLISH_WORDS), ("zh", characters, CHINESE_CHARACTERS)] {
                if tier <= PROSE_TIERS && !range.contains(&count) {
                    found(Unsound::HintLength {
                        lab: lab.id.clone(),
                        step: step.id.clone(),
                        tier,
                        language: language.into(),
                        expected: format!("{} to {}", range.start(), range.end()),
                        found: count,
                    });
                }
            }
        }
    }
}

pub(crate) fn source(name: &str, text: &str, code: Code) -> Source {
    Source { name: name.into(), text: text.into(), folder: None, code }
}

/// The report on the first step that fails, if one does.
fn first_failure(grader: &Grader, source: &Source, seed: u64) -> Result<Option<StepReport>, RunError> {
    failure_of(grader, source, None, seed)
}

fn failure_of(grader: &Grader, source: &Source, only: Option<&str>, seed: u64) -> Result<Option<StepReport>, RunError> {
    let mut failed = None;
    let standing = |_: &_, _| Standing { attempt: 1, hint_tier: 0 };
    grader.check(source, only, seed, &standing, &mut |report| {
        if !report.verdict.passed {
            failed = Some(report);
        }
    })?;
    Ok(failed)
}

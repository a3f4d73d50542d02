//! Proof that labs, quizzes and texts are sound: what a loader cannot see.
//!
//! A stub must fail with a useful message; a solution pass on every seed; a mutant fail on every seed at its step, in the checks
//! that it breaks, and be named by its trap; a file that uses a forbidden name be refused. What needs no code to be run stands in [`texts`] (hints, places still to be written), [`traps`]
//! (what shows them) and [`quizzes`] (the whole bank of questions).

mod quizzes;
mod texts;
mod traps;

pub use quizzes::check_quizzes;
pub use texts::{UNWRITTEN, check_hints, check_written};
pub use traps::check_traps;

use crate::grade::{Answers, Grader, Naming, Suspects, Tools, Walk};
use crate::lab::{Code, Lab};
use crate::run::{Fault, RunError, Source};
use crate::{Loaded, StepReport};

sys::coded_error! {
    /// What makes content unsound.
    pub enum Unsound {
        /// A place that `sanjie dev new-topic` left to its author.
        Unwritten { file: String, line: usize } = "sound.unwritten",
        /// No reference function of this name.
        NoAnswer { lab: String, step: String, answer: String } = "sound.no_answer",
        /// The stub does not fail as one that is still to be written.
        Stub { lab: String, file: String, step: String, found: String } = "sound.stub",
        /// The solution does not pass.
        Solution { lab: String, file: String, step: String, check: String, seed: u64 } = "sound.solution",
        /// A file that uses a forbidden name is not refused for it.
        Permitted { lab: String, name: String, text: String, found: String } = "sound.permitted",
        /// The mutant passes everything.
        MutantPasses { lab: String, mutant: String, seed: u64 } = "sound.mutant_passes",
        /// The mutant fails another step than it says.
        MutantStep { lab: String, mutant: String, expected: String, found: String, seed: u64 } = "sound.mutant_step",
        /// The mutant is not named by its trap.
        MutantTrap { lab: String, mutant: String, expected: String, found: String, seed: u64 } = "sound.mutant_trap",
        /// The mutant passes a check that it breaks.
        MutantKeeps { lab: String, mutant: String, check: String, seed: u64 } = "sound.mutant_keeps",
        /// The mutant's file is called like another trap than the one it shows.
        MutantName { lab: String, mutant: String, expected: String, found: String } = "sound.mutant_name",
        /// No mutant and no option of the quiz shows the trap.
        TrapUnused { topic: String, trap: String } = "sound.trap_unused",
        /// A hint is too long or too short.
        HintLength { lab: String, step: String, tier: usize, language: String, expected: String, found: usize } = "sound.hint_length",
        /// A hint holds a line of the solution.
        HintTells { lab: String, step: String, tier: usize, line: String } = "sound.hint_tells",
        /// The right option is the longest too often.
        QuizLongest { language: String, percent: usize, limit: usize, items: String } = "sound.quiz_longest",
        /// The right option stands at one position too often or too rarely.
        QuizPositions { options: usize, position: usize, found: usize, of: usize, items: String } = "sound.quiz_positions",
        /// Two options say the same.
        QuizSame { topic: String, item: String, language: String, option: String } = "sound.quiz_same",
        /// Too few items.
        QuizFew { topic: String, found: usize, expected: usize } = "sound.quiz_few",
    }
}

/// How often files of a lab were graded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Runs {
    /// Solutions, each of which must pass.
    pub solutions: u64,
    /// Mutants, each of which must fail its step and be named.
    pub mutants: u64,
}

/// Checks one lab, each of its files on `seeds` seeds; `found` hears of every fault, `graded` how many of how many gradings are done.
///
/// # Errors
/// What keeps the lab from being run at all.
pub fn check_lab(
    lab: &Lab,
    answers: Answers,
    tools: &Tools,
    seeds: u64,
    found: &mut dyn FnMut(Unsound),
    graded: &mut dyn FnMut(usize, usize),
) -> Result<Runs, RunError> {
    let mut runs = Runs::default();
    let n_files = 1 + usize::from(lab.files(Code::Rust).is_some()) + lab.sheet.mutants.len();
    let mut graded = |runs: Runs| graded((runs.solutions + runs.mutants) as usize, n_files * seeds as usize);
    if let Some(step) = lab.sheet.steps.iter().find(|step| answers(&step.answer).is_none()) {
        let (lab, step, answer) = (lab.id.clone(), step.id.clone(), step.answer.clone());
        found(Unsound::NoAnswer { lab, step, answer });
        return Ok(runs);
    }
    check_hints(lab, found);
    let grader = Grader::new(lab, answers, tools);
    let mut suspects = Suspects::default();
    for code in [Code::Python, Code::Rust] {
        let Some(files) = lab.files(code) else { continue };
        let source = |name: &str, text: &str| source(&format!("{name}.{}", code.extension()), text, code);
        check_stub(&grader, &source("stub", &files.stub_in("en")), found)?;
        let solution = source("solution", &files.solution);
        let mut learner = grader.open(&solution)?;
        for seed in 0..seeds {
            graded(runs);
            runs.solutions += 1;
            if let Some(report) = failure_of(&grader, &solution, &mut learner, None, seed, &mut suspects)? {
                let check = report.verdict.checks.into_iter().find(|check| !check.passed);
                let (step, check) = (report.verdict.step, check.map(|check| check.name).unwrap_or_default());
                found(Unsound::Solution { lab: lab.id.clone(), file: solution.name.clone(), step, check, seed });
            }
        }
    }
    check_forbidden(&grader, found)?;
    for (at, mutant) in lab.sheet.mutants.iter().enumerate() {
        let wrong = source(&mutant.file, &lab.mutants[at], Code::Python);
        let mut learner = grader.open(&wrong)?;
        for seed in 0..seeds {
            let (lab, name) = (lab.id.clone(), mutant.file.clone());
            graded(runs);
            runs.mutants += 1;
            let Some(report) = failure_of(&grader, &wrong, &mut learner, None, seed, &mut suspects)? else {
                found(Unsound::MutantPasses { lab, mutant: name, seed });
                continue;
            };
            let held =
                |name: &&String| !report.verdict.checks.iter().any(|check| check.name == **name && !check.passed);
            if report.verdict.step != mutant.step {
                let (expected, step) = (mutant.step.clone(), report.verdict.step);
                found(Unsound::MutantStep { lab, mutant: name, expected, found: step, seed });
            } else if report.verdict.trap.as_ref() != Some(&mutant.trap) {
                let (expected, trap) = (mutant.trap.clone(), report.verdict.trap.unwrap_or_else(|| "null".into()));
                found(Unsound::MutantTrap { lab, mutant: name, expected, found: trap, seed });
            } else if let Some(check) = mutant.breaks.iter().find(held) {
                found(Unsound::MutantKeeps { lab, mutant: name, check: check.clone(), seed });
            }
        }
    }
    Ok(runs)
}

/// Every step of a stub fails as one that is still to be written.
fn check_stub(grader: &Grader, stub: &Source, found: &mut dyn FnMut(Unsound)) -> Result<(), RunError> {
    let (mut learner, mut suspects) = (grader.open(stub)?, Suspects::default());
    for step in grader.lab.sheet.steps.iter().filter(|step| step.bridge.is_none()) {
        let report = failure_of(grader, stub, &mut learner, Some(&step.id), 0, &mut suspects)?;
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

/// Every forbidden name is refused, as whoever reaches for it by habit writes it: imported, of a module, as an operator.
fn check_forbidden(grader: &Grader, found: &mut dyn FnMut(Unsound)) -> Result<(), RunError> {
    let lab = grader.lab;
    let names = lab.sheet.forbid.as_deref().unwrap_or_default();
    let uses = names.iter().flat_map(|name| match name.as_str() {
        "@" => vec![(name, "a @ b".to_string())],
        _ => vec![
            (name, format!("import {name}")),
            (name, format!("from elsewhere import {name}")),
            (name, format!("np.{name}(a, b)")),
        ],
    });
    let uses: Vec<(&String, String)> = uses.collect();
    if uses.is_empty() {
        return Ok(());
    }
    // What is refused leaves the child as it was.
    let mut worker = grader.python_worker()?;
    for (number, (name, used)) in uses.into_iter().enumerate() {
        let text = format!("{}\n\ndef habit(a, b):\n    {used}\n", lab.python.solution);
        let told = match worker.load(number, lab, &source("habit.py", &text, Code::Python)) {
            Err(Fault::Forbidden { name: refused, .. }) if refused == *name => continue,
            Err(fault) => fault.to_string(),
            Ok(_) => "it loads".into(),
        };
        found(Unsound::Permitted { lab: lab.id.clone(), name: name.clone(), text: used, found: told });
    }
    Ok(())
}

pub(crate) fn source(name: &str, text: &str, code: Code) -> Source {
    Source { name: name.into(), text: text.into(), folder: None, code }
}

/// The report on the first step that fails on `seed`, if one does; `learner` is started anew where its code ended it.
fn failure_of(
    grader: &Grader,
    source: &Source,
    learner: &mut Result<Loaded, Fault>,
    only: Option<&str>,
    seed: u64,
    suspects: &mut Suspects,
) -> Result<Option<StepReport>, RunError> {
    match learner {
        Ok(loaded) if !loaded.has_ended() => drop(loaded.take_printed()),
        Ok(_) => *learner = grader.open(source)?,
        Err(_) => {}
    }
    let mut failed = None;
    grader.walk(source, learner, &Walk::without_history(only, seed), Naming::By(suspects), &mut |report| {
        if !report.verdict.passed {
            failed = Some(report);
        }
    })?;
    Ok(failed)
}

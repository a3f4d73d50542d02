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
use crate::lab::{Code, Lab, Mutant};
use crate::run::{Fault, RunError, Source};
use crate::{Loaded, StepReport};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

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
    if let Some(step) = lab.sheet.steps.iter().find(|step| answers(&step.answer).is_none()) {
        let (lab, step, answer) = (lab.id.clone(), step.id.clone(), step.answer.clone());
        found(Unsound::NoAnswer { lab, step, answer });
        return Ok(runs);
    }
    check_hints(lab, found);
    let grader = Grader::new(lab, answers, tools);
    let mut jobs = Vec::new();
    for code in [Code::Python, Code::Rust] {
        let Some(files) = lab.files(code) else { continue };
        let source = |name: &str, text: &str| source(&format!("{name}.{}", code.extension()), text, code);
        check_stub(&grader, &source("stub", &files.stub_in("en")), found)?;
        jobs.push(Job { source: source("solution", &files.solution), mutant: None });
    }
    check_forbidden(&grader, found)?;
    for (mutant, text) in lab.sheet.mutants.iter().zip(&lab.mutants) {
        jobs.push(Job { source: source(&mutant.file, text, Code::Python), mutant: Some(mutant) });
    }
    let (next, total) = (AtomicUsize::new(0), jobs.len() * seeds as usize);
    let (sender, told) = mpsc::channel();
    let work = |sender: &mpsc::Sender<_>| -> Result<(), RunError> {
        let mut suspects = Suspects::default();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(at) else { return Ok(()) };
            let mut learner = grader.open(&job.source)?;
            for seed in 0..seeds {
                let fault = job.fault(&grader, &mut learner, seed, &mut suspects)?;
                // Who hears it waits until everybody is done.
                let _ = sender.send((at, fault));
            }
        }
    };
    let mut faults = Vec::new();
    // A child computes while its grader waits, and the other way round: files are graded side by side.
    std::thread::scope(|scope| {
        let n_threads = std::thread::available_parallelism().map_or(1, usize::from).min(jobs.len());
        let workers: Vec<_> = (0..n_threads)
            .map(|_| {
                let sender = sender.clone();
                let work = &work;
                scope.spawn(move || work(&sender))
            })
            .collect();
        drop(sender);
        for (at, fault) in told {
            *if jobs[at].mutant.is_some() { &mut runs.mutants } else { &mut runs.solutions } += 1;
            graded((runs.solutions + runs.mutants) as usize, total);
            faults.extend(fault.map(|fault| (at, fault)));
        }
        workers.into_iter().try_for_each(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })?;
    // In the order of the files, whoever was done first.
    faults.sort_by_key(|(at, _)| *at);
    faults.into_iter().for_each(|(_, fault)| found(fault));
    Ok(runs)
}

/// A file of a lab that is graded on many seeds.
struct Job<'l> {
    source: Source,
    /// `None` for a solution.
    mutant: Option<&'l Mutant>,
}

impl Job<'_> {
    /// What is wrong with the verdict on one seed.
    fn fault(
        &self,
        grader: &Grader,
        learner: &mut Result<Loaded, Fault>,
        seed: u64,
        suspects: &mut Suspects,
    ) -> Result<Option<Unsound>, RunError> {
        let report = failure_of(grader, &self.source, learner, None, seed, suspects)?;
        let (lab, name) = (grader.lab.id.clone(), self.source.name.clone());
        Ok(match (self.mutant, report) {
            (None, None) => None,
            (None, Some(StepReport { verdict, .. })) => {
                let check = verdict.checks.into_iter().find(|check| !check.passed);
                let check = check.map(|check| check.name).unwrap_or_default();
                Some(Unsound::Solution { lab, file: name, step: verdict.step, check, seed })
            }
            (Some(_), None) => Some(Unsound::MutantPasses { lab, mutant: name, seed }),
            (Some(mutant), Some(StepReport { verdict, .. })) => {
                let held = |name: &&String| !verdict.checks.iter().any(|check| check.name == **name && !check.passed);
                if verdict.step != mutant.step {
                    let expected = mutant.step.clone();
                    Some(Unsound::MutantStep { lab, mutant: name, expected, found: verdict.step, seed })
                } else if verdict.trap.as_ref() != Some(&mutant.trap) {
                    let (expected, found) = (mutant.trap.clone(), verdict.trap.unwrap_or_else(|| "null".into()));
                    Some(Unsound::MutantTrap { lab, mutant: name, expected, found, seed })
                } else {
                    let kept = mutant.breaks.iter().find(held);
                    kept.map(|check| Unsound::MutantKeeps { lab, mutant: name, check: check.clone(), seed })
                }
            }
        })
    }
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

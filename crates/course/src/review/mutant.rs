//! "Which check does this wrong solution fail?", made from a lab's own mutants.
//!
//! The grader runs the mutant; a check that it fails is the right option, checks that it passes are the others. Whether a
//! check fails may depend on the cases drawn, so only checks that come out the same on two seeds are options.

use crate::grade::{Grader, Naming, Walk};
use crate::lab::{Check, Code, Lab, Mutant, Step};
use crate::random::Random;
use crate::run::RunError;
use crate::sound::source;

const SEEDS: u64 = 2;
/// One that fails and two that hold: with fewer, a guess would be right half of the time.
pub(crate) const OPTIONS_MIN: usize = 3;
const OPTIONS_MAX: usize = 4;

/// A wrong solution, and which of its step's checks it fails.
#[derive(Clone, Debug)]
pub struct MutantQuestion<'a> {
    /// The wrong solution.
    pub mutant: &'a Mutant,
    /// The step it fails.
    pub step: &'a Step,
    /// Its functions that differ from the solution's.
    pub code: &'a str,
    /// Checks to choose from, in the order shown.
    pub options: Vec<&'a Check>,
    /// The position of the one that fails.
    pub right: usize,
    /// All checks of the step that fail.
    pub failed: Vec<&'a Check>,
}

/// The question about the mutant in `file`, drawn from `seed`; `None` if there is no such mutant, or its checks give too
/// few options.
///
/// # Errors
/// What keeps it from being run.
pub fn mutant_question<'a>(grader: &Grader<'a>, file: &str, seed: u64) -> Result<Option<MutantQuestion<'a>>, RunError> {
    let lab: &'a Lab = grader.lab;
    let Some(at) = lab.sheet.mutants.iter().position(|mutant| mutant.file == file) else { return Ok(None) };
    let mutant = &lab.sheet.mutants[at];
    let Some(step) = lab.step(&mutant.step) else { return Ok(None) };
    let wrong = source(file, &lab.mutants[at], Code::Python);
    let mut runs = Vec::new();
    let mut learner = grader.open(&wrong)?;
    for seed in seed..seed + SEEDS {
        let walk = Walk::without_history(Some(&step.id), seed);
        let mut keep = |report: crate::StepReport| runs.push(report.verdict.checks);
        grader.walk(&wrong, &mut learner, &walk, Naming::None, &mut keep)?;
    }
    let came_out = |check: &&Check, passed: bool| {
        runs.iter().all(|checks| checks.iter().any(|one| one.name == check.name && one.passed == passed))
    };
    let failed: Vec<&Check> = step.checks.iter().filter(|check| came_out(check, false)).collect();
    let held: Vec<&Check> = step.checks.iter().filter(|check| came_out(check, true)).collect();
    if failed.is_empty() || held.len() + 1 < OPTIONS_MIN {
        return Ok(None);
    }
    let mut random = Random::new(seed, &[file, "options"]);
    let fails = failed[random.below(failed.len())];
    let mut options = vec![fails];
    options.extend(random.permutation(held.len()).into_iter().take(OPTIONS_MAX - 1).map(|at| held[at]));
    let order = random.permutation(options.len());
    let options: Vec<&Check> = order.into_iter().map(|at| options[at]).collect();
    let right = options.iter().position(|check| check.name == fails.name).expect("it is one of them");
    let code = lab.mutants[at].strip_prefix(lab.python.solution.as_str()).unwrap_or(&lab.mutants[at]).trim();
    Ok(Some(MutantQuestion { mutant, step, code, options, right, failed }))
}

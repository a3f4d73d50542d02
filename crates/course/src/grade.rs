//! Grading a learner's file: every step up to the first that fails, each with a verdict.
//!
//! The cases of a step are drawn from the seed, the learner's function runs on all of them in one child process, and the
//! outputs are held against the reference answer and against each other. What a check compares stands in `judge`, how a
//! trap is named in `trap`.

mod judge;
mod trap;

pub use judge::BUILT_IN_CHECKS;
pub(crate) use trap::Suspects;

use crate::lab::{Code, Lab, Step};
use crate::run::{Bounds, Cancel, Fault, Module, Printed, Python, RunError, Rust, Source, Worker};
use crate::verdict::{CheckResult, StepReport, Verdict};
use crate::{Array, Value, cases};
use std::path::PathBuf;
use std::time::Instant;

/// A reference function: arguments in, the right array out.
pub type Answer = fn(&[Value]) -> Array;

/// Finds reference functions by name; the crate `answers` has them.
pub type Answers = fn(&str) -> Option<Answer>;

/// What a step's history adds to its verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Number of this attempt, counted from 1.
    pub attempt: u64,
    /// The highest hint that is open.
    pub hint_tier: u8,
}

/// The programs that learners' files need; each is looked for once.
#[derive(Debug)]
pub struct Tools {
    /// Python with numpy, or why it is not there.
    pub python: Result<Python, RunError>,
    /// A Rust compiler, or why it is not there.
    pub rust: Result<Rust, RunError>,
}

impl Tools {
    /// Those that come first on `PATH`; compiled files go to `cache`.
    pub fn find(cache: PathBuf) -> Tools {
        Tools { python: Python::find(), rust: Rust::find(cache) }
    }
}

/// What grading needs besides the learner's file.
pub struct Grader<'a> {
    /// The lab.
    pub lab: &'a Lab,
    /// Its reference functions.
    pub answers: Answers,
    /// Interpreters and compilers.
    pub tools: &'a Tools,
    /// Folders that learners' code must not see.
    pub hidden: Vec<PathBuf>,
    /// Ends it early.
    pub cancel: Cancel,
}

impl<'a> Grader<'a> {
    /// Hides nothing, and is ended by nobody.
    pub fn new(lab: &'a Lab, answers: Answers, tools: &'a Tools) -> Grader<'a> {
        Grader { lab, answers, tools, hidden: vec![], cancel: Cancel::default() }
    }

    /// Grades `source`: all steps up to the first failure, or `only` one. `standing` is asked once a verdict is due.
    /// Returns whether every step passed; bridge steps that cannot be graded are left out, and [`Grader::ungraded`] tells why.
    ///
    /// # Errors
    /// What keeps the file from being run at all; [`RunError::NoPackage`] for `only` a bridge step;
    /// [`RunError::Cancelled`], and then the step that was under way has no verdict.
    pub fn check(
        &self,
        source: &Source,
        only: Option<&str>,
        seed: u64,
        standing: &dyn Fn(&Step, &[CheckResult]) -> Standing,
        on_step: &mut dyn FnMut(StepReport),
    ) -> Result<bool, RunError> {
        let walk = Walk { only, seed, from: Instant::now(), standing };
        if let Some(error) = only.and_then(|id| self.lab.step(id)).and_then(|step| self.lacking(step)) {
            return Err(error);
        }
        let mut learner = self.open(source)?;
        self.walk(source, &mut learner, &walk, Naming::By(&mut Suspects::default()), on_step)
    }

    /// The bridge steps that `source` has but that cannot be graded here.
    pub fn ungraded(&self, source: &Source) -> Vec<RunError> {
        let bridges = self.lab.sheet.steps.iter().filter(|step| source.code == Code::Python && defines(source, step));
        bridges.filter_map(|step| self.lacking(step)).collect()
    }

    /// As [`Grader::check`], for a file that was opened already: on many seeds one child will do.
    pub(crate) fn walk(
        &self,
        source: &Source,
        learner: &mut Result<Loaded, Fault>,
        &Walk { only, seed, mut from, standing }: &Walk,
        mut naming: Naming,
        on_step: &mut dyn FnMut(StepReport),
    ) -> Result<bool, RunError> {
        let steps = self.lab.sheet.steps.iter().filter(|step| only.is_none_or(|id| id == step.id));
        for step in steps.filter(|step| only.is_some() || step.bridge.is_none() || self.can_bridge(source, step)) {
            let graded = match learner {
                Ok(Loaded { worker, module }) => {
                    worker.begin_step();
                    self.grade(step, seed, worker, *module)
                }
                Err(fault) => judge::Judged::fault(fault.clone()),
            };
            if only.is_none() && step.bridge.is_some() && matches!(graded.fault, Some(Fault::NotWritten { .. })) {
                continue;
            }
            let passed = graded.checks.iter().all(|check| check.passed);
            let trap = match &mut naming {
                Naming::By(suspects) if !passed => trap::name(self, step, &graded, suspects),
                _ => None,
            };
            // What was ended shows as a fault, which is none of the learner's.
            if self.cancel.is_cancelled() {
                return Err(RunError::Cancelled {});
            }
            let Standing { attempt, hint_tier } = standing(step, &graded.checks);
            let verdict = Verdict {
                lab: self.lab.id.clone(),
                step: step.id.clone(),
                attempt,
                passed,
                seed,
                checks: graded.checks,
                trap,
                hint_tier,
                sandbox: match sys::confine::sandbox() {
                    sys::confine::Sandbox::Namespaces => "namespaces",
                    sys::confine::Sandbox::None => "none",
                },
                ms: from.elapsed().as_millis() as u64,
            };
            let printed = learner.as_ref().map(|loaded| loaded.worker.printed()).unwrap_or_default();
            on_step(StepReport { verdict, fault: graded.fault, says: graded.says, case: graded.case, printed });
            if !passed {
                return Ok(false);
            }
            from = Instant::now();
        }
        Ok(true)
    }

    /// A bridge step is graded where the file has its function and Python its package.
    fn can_bridge(&self, source: &Source, step: &Step) -> bool {
        source.code == Code::Python && defines(source, step) && self.lacking(step).is_none()
    }

    /// What a bridge step misses.
    fn lacking(&self, step: &Step) -> Option<RunError> {
        let package = step.bridge.as_ref()?;
        let is_there = self.tools.python.as_ref().is_ok_and(|python| python.has(package));
        (!is_there).then(|| RunError::NoPackage { step: step.id.clone(), package: package.clone() })
    }

    /// Loads `source` into a child of its own; the inner error is what keeps the file from being loaded.
    ///
    /// # Errors
    /// What keeps it from being run at all.
    pub fn open(&self, source: &Source) -> Result<Result<Loaded, Fault>, RunError> {
        let mut worker = match source.code {
            Code::Python => self.python_worker()?,
            Code::Rust => {
                let rust = self.tools.rust.as_ref().map_err(RunError::again)?;
                match Worker::rust(rust, self.lab, source, self.bounds())? {
                    Ok(worker) => worker,
                    Err(fault) => return Ok(Err(fault)),
                }
            }
        };
        Ok(worker.load(0, self.lab, source).map(|module| Loaded { worker, module }))
    }

    /// Loads another Python file into a child in the place of the one before; into a new child where there is none.
    pub(crate) fn reopen(&self, source: &Source, learner: &mut Result<Loaded, Fault>) -> Result<(), RunError> {
        if let Ok(loaded) = learner
            && !loaded.has_ended()
        {
            loaded.take_printed();
            loaded.worker.begin_step();
            if let Ok(module) = loaded.worker.load(0, self.lab, source) {
                loaded.module = module;
                return Ok(());
            }
        }
        *learner = self.open(source)?;
        Ok(())
    }

    pub(crate) fn python_worker(&self) -> Result<Worker, RunError> {
        Worker::python(self.tools.python.as_ref().map_err(RunError::again)?, self.bounds())
    }

    fn bounds(&self) -> Bounds {
        Bounds { limits: self.lab.sheet.limits, hidden: self.hidden.clone(), cancel: self.cancel.clone() }
    }

    fn grade(&self, step: &Step, seed: u64, worker: &mut Worker, module: Module) -> judge::Judged {
        let Some(answer) = (self.answers)(&step.answer) else {
            panic!("lab {}: no answer is called `{}`", self.lab.id, step.answer)
        };
        let cases = cases::draw(step, seed);
        // The same call once more, for one case a check.
        let again = |at: usize, case: &cases::Case| (at + 1).is_multiple_of(step.checks[case.check].cases.max(1));
        let mut asked: Vec<&[Value]> = Vec::new();
        for (at, case) in cases.iter().enumerate() {
            asked.extend(case.calls.iter().map(Vec::as_slice));
            asked.extend(again(at, case).then_some(case.calls[0].as_slice()));
        }
        let mut replies = worker.call_all(module, &step.entry, &names(step), &asked).into_iter();
        let mut runs = Vec::with_capacity(cases.len());
        for (at, case) in cases.into_iter().enumerate() {
            let expected = case.calls.iter().map(|arguments| answer(arguments)).collect();
            // A child that is gone says at once why.
            let mut found = |arguments| replies.next().unwrap_or_else(|| call(worker, module, step, arguments));
            let all: Vec<_> = case.calls.iter().map(|arguments| found(arguments.as_slice())).collect();
            let again = again(at, &case).then(|| found(&case.calls[0]));
            let hopeless = matches!(
                all[0],
                Err(Fault::NotWritten { .. } | Fault::Missing { .. } | Fault::Memory { .. } | Fault::Forbidden { .. })
            );
            runs.push(CaseRun { case, expected, found: all, again });
            if hopeless || (worker.has_ended() && replies.len() == 0) {
                break;
            }
        }
        judge::judge(step, runs)
    }
}

/// Whether a Python file has the step's function.
fn defines(source: &Source, step: &Step) -> bool {
    source.text.lines().any(|line| {
        line.strip_prefix("def ").is_some_and(|rest| rest.split('(').next().map(str::trim) == Some(&step.entry))
    })
}

/// How a file is graded once.
pub(crate) struct Walk<'a> {
    /// This step alone.
    pub(crate) only: Option<&'a str>,
    /// Draws the cases.
    pub(crate) seed: u64,
    /// When the first step began, the start of the interpreter included.
    pub(crate) from: Instant,
    /// What history adds to a verdict.
    pub(crate) standing: &'a dyn Fn(&Step, &[CheckResult]) -> Standing,
}

impl<'a> Walk<'a> {
    /// From now on, for a file without a history.
    pub(crate) fn without_history(only: Option<&'a str>, seed: u64) -> Walk<'a> {
        Walk { only, seed, from: Instant::now(), standing: &|_, _| Standing { attempt: 1, hint_tier: 0 } }
    }
}

/// Whether the trap that a failed step shows is looked for, which takes longer than all the rest.
pub(crate) enum Naming<'a> {
    By(&'a mut Suspects),
    None,
}

impl RunError {
    /// The same error for another caller.
    pub(crate) fn again(&self) -> RunError {
        match self {
            RunError::NoPython {} => RunError::NoPython {},
            &RunError::PythonHangs { ref python, seconds } => RunError::PythonHangs { python: python.clone(), seconds },
            RunError::NoNumpy { python } => RunError::NoNumpy { python: python.clone() },
            RunError::NoNumpyManaged { python } => RunError::NoNumpyManaged { python: python.clone() },
            RunError::NoPackage { step, package } => {
                RunError::NoPackage { step: step.clone(), package: package.clone() }
            }
            RunError::NoRust {} => RunError::NoRust {},
            RunError::NoLinker { linker } => RunError::NoLinker { linker: linker.clone() },
            RunError::Start { program, cause } => RunError::Start { program: program.clone(), cause: cause.clone() },
            RunError::Cancelled {} => RunError::Cancelled {},
            RunError::Cache { path, cause } => RunError::Cache { path: path.clone(), cause: cause.clone() },
        }
    }
}

/// A learner's file in a running child.
pub struct Loaded {
    worker: Worker,
    module: Module,
}

impl Loaded {
    /// Calls the function of `step`, which may take as long as the lab gives a whole step.
    ///
    /// # Errors
    /// Why there is no f32 array. Its shape is not looked at.
    pub fn call(&mut self, step: &Step, arguments: &[Value]) -> Result<Array, Fault> {
        self.worker.begin_step();
        call(&mut self.worker, self.module, step, arguments)
    }

    /// Whether the child is gone.
    pub(crate) fn has_ended(&self) -> bool {
        self.worker.has_ended()
    }

    /// What was printed since this was last asked; the lab's limit counts from there, too.
    pub fn take_printed(&mut self) -> Printed {
        self.worker.take_printed()
    }
}

/// A case with what the answer and the learner's function made of its calls.
struct CaseRun {
    case: cases::Case,
    expected: Vec<Array>,
    found: Vec<Result<Array, Fault>>,
    again: Option<Result<Array, Fault>>,
}

fn call(worker: &mut Worker, module: Module, step: &Step, arguments: &[Value]) -> Result<Array, Fault> {
    worker.call(module, &step.entry, &names(step), arguments)
}

/// Names of the arguments.
fn names(step: &Step) -> Vec<&str> {
    step.inputs.iter().map(|input| input.name.as_str()).collect()
}

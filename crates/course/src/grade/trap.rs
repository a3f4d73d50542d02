//! Naming the trap a learner fell into.
//!
//! A trap is named only if one wrong solution of the lab gives the learner's outputs on every call of the step: where
//! that solution is right the learner's is right too, and where it is wrong theirs is wrong in the same numbers. If
//! wrong solutions of two traps fit, the cases do not tell them apart, and none is named. Who raises an exception where there is nothing to
//! compute made that mistake besides.

use super::judge::{Judged, raised_over_nothing, tolerance};
use super::{CaseRun, Grader, names};
use crate::lab::{Code, Step};
use crate::run::{AHEAD, Fault, Module, Source, Worker};
use crate::{Array, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The lab's wrong solutions in one child, each loaded when it is first held against somebody's outputs.
#[derive(Default)]
pub(crate) struct Suspects {
    worker: Option<Worker>,
    /// By place in the lab's sheet; none for one that cannot be loaded.
    modules: BTreeMap<usize, Option<Module>>,
}

impl Suspects {
    /// The child and the mutant at this place in it.
    fn load(&mut self, grader: &Grader, at: usize) -> Option<(&mut Worker, Module)> {
        if self.worker.as_ref().is_none_or(Worker::has_ended) {
            self.modules.clear();
            self.worker = Some(grader.python_worker().ok()?);
        }
        let worker = self.worker.as_mut()?;
        worker.begin_step();
        worker.take_printed();
        let load = |worker: &mut Worker| {
            let (name, text) = (grader.lab.sheet.mutants[at].file.clone(), grader.lab.mutants[at].clone());
            worker.load(at, grader.lab, &Source { name, text, folder: None, code: Code::Python }).ok()
        };
        let module = *self.modules.entry(at).or_insert_with(|| load(worker));
        Some((worker, module?))
    }
}

/// The trap of the failed `step`, if its outputs show one.
pub(super) fn name(grader: &Grader, step: &Step, judged: &Judged, suspects: &mut Suspects) -> Option<String> {
    let has_outputs = judged.runs.iter().any(|run| run.found.iter().any(Result::is_ok));
    let telling_fault =
        matches!(judged.fault, None | Some(Fault::Shape { .. } | Fault::Dtype { .. } | Fault::Raised { .. }));
    if !has_outputs || !telling_fault {
        return None;
    }
    let mut traps = BTreeSet::new();
    for (at, mutant) in grader.lab.sheet.mutants.iter().enumerate().filter(|(_, mutant)| mutant.step == step.id) {
        let Some((worker, module)) = suspects.load(grader, at) else { continue };
        if fits(step, judged, worker, module) {
            traps.insert(mutant.trap.clone());
        }
    }
    if traps.len() == 1 { traps.pop_first() } else { None }
}

/// Whether a mutant gives the learner's outputs on every call. Most differ at the first one, so that is asked alone.
fn fits(step: &Step, judged: &Judged, worker: &mut Worker, module: Module) -> bool {
    let calls: Vec<_> = judged
        .runs
        .iter()
        .flat_map(|run| {
            let calls = run.case.calls.iter().zip(&run.found).zip(&run.expected);
            let telling = calls.filter(|((_, found), expected)| raised_over_nothing(found, expected).is_none());
            telling.map(move |((arguments, found), _)| (run, arguments, found))
        })
        .collect();
    let (first, rest) = calls.split_at(calls.len().min(1));
    [first].into_iter().chain(rest.chunks(AHEAD)).all(|part| {
        let asked: Vec<&[Value]> = part.iter().map(|(_, arguments, _)| arguments.as_slice()).collect();
        let found = worker.call_all(module, &step.entry, &names(step), &asked);
        found.len() == part.len() && part.iter().zip(&found).all(|((run, _, theirs), own)| same(step, run, theirs, own))
    })
}

/// Whether two outcomes are the same but for rounding.
fn same(step: &Step, run: &CaseRun, found: &Result<Array, Fault>, mutant: &Result<Array, Fault>) -> bool {
    let near = tolerance(step, run);
    match (found, mutant) {
        (Ok(found), Ok(mutant)) => {
            found.shape == mutant.shape
                && found
                    .floats()
                    .iter()
                    .zip(mutant.floats())
                    .all(|(&f, &m)| f == m || (f.is_nan() && m.is_nan()) || near(m, f))
        }
        (Err(Fault::Raised { kind: found, .. }), Err(Fault::Raised { kind: mutant, .. })) => found == mutant,
        (Err(Fault::Dtype { found }), Err(Fault::Dtype { found: mutant })) => found == mutant,
        _ => false,
    }
}

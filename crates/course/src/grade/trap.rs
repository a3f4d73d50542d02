//! Naming the trap a learner fell into.
//!
//! A trap is named only if one wrong solution of the lab gives the learner's outputs on every call of the step: where
//! that solution is right the learner's is right too, and where it is wrong theirs is wrong in the same numbers. If
//! wrong solutions of two traps fit, the cases do not tell them apart, and none is named.

use super::judge::{Judged, tolerance};
use super::{CaseRun, Grader, call};
use crate::Array;
use crate::lab::{Code, Step};
use crate::run::{Fault, Source};
use std::collections::BTreeSet;

/// The trap of the failed `step`, if its outputs show one.
pub(super) fn name(grader: &Grader, step: &Step, judged: &Judged) -> Option<String> {
    let has_outputs = judged.runs.iter().any(|run| run.found.iter().any(Result::is_ok));
    let telling_fault =
        matches!(judged.fault, None | Some(Fault::Shape { .. } | Fault::Dtype { .. } | Fault::Raised { .. }));
    if !has_outputs || !telling_fault {
        return None;
    }
    let mut traps = BTreeSet::new();
    let mut worker = None;
    for (at, mutant) in grader.lab.sheet.mutants.iter().enumerate().filter(|(_, mutant)| mutant.step == step.id) {
        let worker = match &mut worker {
            Some(worker) => worker,
            none => none.insert(grader.python_worker().ok()?),
        };
        let text = grader.lab.mutants[at].clone();
        let source = Source { name: mutant.file.clone(), text, folder: None, code: Code::Python };
        let fits = worker.load(at, grader.lab, &source).is_ok_and(|module| {
            judged.runs.iter().all(|run| {
                let calls = run.case.calls.iter().zip(&run.found);
                calls
                    .into_iter()
                    .all(|(arguments, found)| same(step, run, found, &call(worker, module, step, arguments)))
            })
        });
        if fits {
            traps.insert(mutant.trap.clone());
        }
    }
    if traps.len() == 1 { traps.pop_first() } else { None }
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

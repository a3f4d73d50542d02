//! Holding outputs against the answer and against each other.
//!
//! Tolerance: a sum of `length` terms in f32 strays by about `eps * sqrt(length)` relative to its size if errors are
//! independent (Higham, "Accuracy and Stability of Numerical Algorithms", 2.8); [`SLACK`] times that leaves room for any order of
//! summation and a few operations more, and is far below what any of the labs' wrong solutions differ by.

use super::CaseRun;
use crate::cases::{size, take_rows};
use crate::lab::{Check, CheckKind, Step};
use crate::run::Fault;
use crate::verdict::{CheckResult, FailingCase, number};
use crate::{Array, Value, Words};
use serde_json::json;

/// Names of the checks that every step has; the first four before the written ones, the last after.
pub const BUILT_IN_CHECKS: [&str; 5] = ["runs", "dtype", "arguments", "shape", "repeatable"];

const SLACK: f64 = 64.0;

/// Everything about a step but its place in history.
pub(super) struct Judged {
    pub(super) checks: Vec<CheckResult>,
    pub(super) fault: Option<Fault>,
    pub(super) says: Option<Words>,
    pub(super) case: Option<FailingCase>,
    /// For naming the trap.
    pub(super) runs: Vec<CaseRun>,
}

impl Judged {
    /// A file that cannot even be loaded.
    pub(super) fn fault(fault: Fault) -> Judged {
        let check = CheckResult::failed("runs", json!(null), json!(fault.to_string()));
        Judged { checks: vec![check], fault: Some(fault), says: None, case: None, runs: vec![] }
    }
}

/// Judges all runs of a step.
pub(super) fn judge(step: &Step, runs: Vec<CaseRun>) -> Judged {
    let mut judged = Judged { checks: vec![], fault: None, says: None, case: None, runs: vec![] };
    for (name, fault_of) in BUILT_IN_CHECKS.into_iter().zip([stopped, mistyped, overwriting, misshapen]) {
        let Some((run, call, fault)) = smallest(&runs, |run| first_fault(run, fault_of)) else {
            judged.checks.push(CheckResult::passed(name));
            continue;
        };
        fail_by(&mut judged, name, None, (step, run, call), fault);
        judged.runs = runs;
        return judged;
    }
    for (at, check) in step.checks.iter().enumerate() {
        let of_check = |run: &&CaseRun| run.case.check == at;
        let difference = smallest(runs.iter().filter(of_check), |run| differs(step, check, run));
        let raised = smallest(runs.iter().filter(of_check), |run| first_fault(run, raised_over_nothing));
        match (difference, raised) {
            (Some((_, _, case)), _) => fail(&mut judged, &check.name, Some(&check.says), case),
            (None, Some((run, call, fault))) => {
                fail_by(&mut judged, &check.name, Some(&check.says), (step, run, call), fault);
            }
            (None, None) => judged.checks.push(CheckResult::passed(&check.name)),
        }
    }
    match smallest(&runs, |run| unrepeated(step, run)) {
        None => judged.checks.push(CheckResult::passed("repeatable")),
        Some((_, _, case)) => fail(&mut judged, "repeatable", None, case),
    }
    judged.runs = runs;
    judged
}

/// Notes a check that a fault in a call failed; the first one is shown.
fn fail_by(
    judged: &mut Judged,
    name: &str,
    says: Option<&Words>,
    (step, run, call): (&Step, &CaseRun, usize),
    fault: Fault,
) {
    let (expected, found) = match &fault {
        Fault::Dtype { found } | Fault::Returned { found } => (json!("float32"), json!(found)),
        Fault::Shape { expected, found } => (json!(expected), json!(found)),
        other => (json!(null), json!(other.to_string())),
    };
    judged.checks.push(CheckResult::failed(name, expected, found));
    if judged.case.is_none() {
        judged.says = says.cloned();
        judged.case = Some(FailingCase {
            expected: Some(run.expected[call].clone()),
            found: run.found[call].clone().ok(),
            ..shown(step, &run.case.calls[call])
        });
        judged.fault = Some(fault);
    }
}

/// Notes a failed check; the first one is shown.
fn fail(judged: &mut Judged, name: &str, says: Option<&Words>, case: FailingCase) {
    let at = |array: &Option<Array>| match (array, &case.index) {
        (Some(array), Some(index)) => flat(array, index).map_or(json!(null), number),
        _ => json!(null),
    };
    let mut check = CheckResult::failed(name, at(&case.expected), at(&case.found));
    check.index = case.index.clone();
    judged.checks.push(check);
    if judged.case.is_none() {
        judged.says = says.cloned();
        judged.case = Some(case);
    }
}

fn flat(array: &Array, index: &[usize]) -> Option<f32> {
    let at = index.iter().zip(&array.shape).fold(0, |at, (i, dim)| at * dim + i);
    array.floats().get(at).copied()
}

/// Of the runs that `wrong` finds something in, the one with the fewest input numbers; an empty result shows little, so
/// such a run only if there is no other.
fn smallest<'r, T>(
    runs: impl IntoIterator<Item = &'r CaseRun>,
    wrong: impl Fn(&CaseRun) -> Option<(usize, T)>,
) -> Option<(&'r CaseRun, usize, T)> {
    let wrong = runs.into_iter().filter_map(|run| wrong(run).map(|(call, what)| (run, call, what)));
    wrong.min_by_key(|(run, call, _)| {
        (run.expected[*call].is_empty(), run.case.calls[*call].iter().map(Value::len).sum::<usize>())
    })
}

fn first_fault(run: &CaseRun, of: FaultOf) -> Option<(usize, Fault)> {
    let calls = run.found.iter().zip(&run.expected).enumerate();
    calls.filter_map(|(call, (found, expected))| Some((call, of(found, expected)?))).next()
}

type FaultOf = fn(&Result<Array, Fault>, &Array) -> Option<Fault>;

/// An exception where there was nothing to compute is told by the check that asked for nothing, after those on numbers: it must not hide
/// what is wrong with them.
pub(super) fn raised_over_nothing(found: &Result<Array, Fault>, expected: &Array) -> Option<Fault> {
    match found {
        Err(fault @ Fault::Raised { .. }) if expected.is_empty() => Some(fault.clone()),
        _ => None,
    }
}

fn stopped(found: &Result<Array, Fault>, expected: &Array) -> Option<Fault> {
    match found {
        Ok(_) => None,
        _ if raised_over_nothing(found, expected).is_some() => None,
        Err(Fault::Dtype { .. } | Fault::Returned { .. } | Fault::Overwritten { .. }) => None,
        Err(Fault::Shape { .. } | Fault::Ragged { .. }) => None,
        Err(fault) => Some(fault.clone()),
    }
}

fn mistyped(found: &Result<Array, Fault>, _: &Array) -> Option<Fault> {
    match found {
        Err(fault @ (Fault::Dtype { .. } | Fault::Returned { .. })) => Some(fault.clone()),
        _ => None,
    }
}

fn overwriting(found: &Result<Array, Fault>, _: &Array) -> Option<Fault> {
    match found {
        Err(fault @ Fault::Overwritten { .. }) => Some(fault.clone()),
        _ => None,
    }
}

fn misshapen(found: &Result<Array, Fault>, expected: &Array) -> Option<Fault> {
    let found = match found {
        Ok(array) if array.shape == expected.shape => return None,
        Ok(array) => array.shape.clone(),
        Err(Fault::Shape { found, .. }) => found.clone(),
        Err(fault @ Fault::Ragged { .. }) => return Some(fault.clone()),
        Err(_) => return None,
    };
    Some(Fault::Shape { expected: expected.shape.clone(), found })
}

/// Where a check does not hold, by its kind.
fn differs(step: &Step, check: &Check, run: &CaseRun) -> Option<(usize, FailingCase)> {
    let near = tolerance(step, run);
    let output = |call: usize| run.found[call].as_ref().ok();
    if check.kind == CheckKind::Values {
        let (expected, found) = (&run.expected[0], output(0)?);
        let at = expected.floats().iter().zip(found.floats()).position(|(&e, &f)| !near(e, f))?;
        let index = Some(expected.index_of(at));
        let case = shown(step, &run.case.calls[0]);
        return Some((0, FailingCase { expected: Some(expected.clone()), found: Some(found.clone()), index, ..case }));
    }
    for agreement in &run.case.agreements {
        let (first, other) = (output(0)?, output(agreement.call)?);
        let width = first.row_len();
        let rows = agreement.rows.start * width..agreement.rows.end * width;
        let (expected, found) = (&first.floats()[rows.clone()], &other.floats()[agreement.from * width..]);
        if let Some(at) = expected.iter().zip(found).position(|(&e, &f)| !near(e, f)) {
            let inputs = step.inputs.iter().zip(&run.case.calls[agreement.call]).zip(&run.case.calls[0]);
            let varied = inputs.filter(|((_, varied), first)| varied != first);
            let case = FailingCase {
                varied: varied.map(|((input, varied), _)| (input.name.clone(), varied.clone())).collect(),
                expected: Some(take_rows(first, agreement.rows.clone())),
                found: Some(take_rows(other, agreement.from..agreement.from + agreement.rows.len())),
                index: Some(take_rows(first, agreement.rows.clone()).index_of(at)),
                ..shown(step, &run.case.calls[0])
            };
            return Some((0, case));
        }
    }
    None
}

fn unrepeated(step: &Step, run: &CaseRun) -> Option<(usize, FailingCase)> {
    let (first, again) = (run.found[0].as_ref().ok()?, run.again.as_ref()?.as_ref().ok()?);
    let at = first.floats().iter().zip(again.floats()).position(|(a, b)| a.to_bits() != b.to_bits())?;
    let index = Some(first.index_of(at));
    let case = shown(step, &run.case.calls[0]);
    Some((0, FailingCase { expected: Some(first.clone()), found: Some(again.clone()), index, ..case }))
}

fn shown(step: &Step, arguments: &[Value]) -> FailingCase {
    let names = step.inputs.iter().map(|input| input.name.clone());
    FailingCase {
        entry: step.entry.clone(),
        inputs: names.zip(arguments.iter().cloned()).collect(),
        expected: None,
        found: None,
        varied: vec![],
        index: None,
    }
}

/// Whether a found number is near enough to the expected one, for the sizes and the check of this run. A NaN never is.
pub(super) fn tolerance(step: &Step, run: &CaseRun) -> impl Fn(f32, f32) -> bool + use<> {
    let largest = || run.case.dims.iter().map(|(_, value)| *value).max().unwrap_or(1);
    let length = step.length.as_ref().map_or_else(largest, |length| size(length, &run.case.dims));
    let relative = SLACK * f64::from(f32::EPSILON) * (length.max(1) as f64).sqrt();
    let least = step.checks[run.case.check].least;
    move |expected, found| {
        let (expected, found) = (f64::from(expected), f64::from(found));
        (found - expected).abs() <= relative * (least + expected.abs())
    }
}

//! What grading says: one verdict a step, and with a failure the smallest case that shows it.

use crate::run::Fault;
use crate::{Array, Value, Words};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The verdict on one step, as `sanjie lab check --json` prints it.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// The lab.
    pub lab: String,
    /// The step.
    pub step: String,
    /// Counted from 1, over all attempts in the log.
    pub attempt: u64,
    /// Whether every check passed.
    pub passed: bool,
    /// Draws the same cases again.
    pub seed: u64,
    /// What was judged, in order; after a fault nothing further can be.
    pub checks: Vec<CheckResult>,
    /// The trap whose wrong solution gives exactly these outputs.
    pub trap: Option<String>,
    /// The highest hint that is open.
    pub hint_tier: u8,
    /// `namespaces` or `none`.
    pub sandbox: &'static str,
    /// From the start of the step, that of the interpreter included, to the verdict.
    pub ms: u64,
}

/// One line of a verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckResult {
    /// The check.
    pub name: String,
    /// Whether it held.
    pub passed: bool,
    /// What was expected at `index`; null if it held.
    pub expected: serde_json::Value,
    /// What was found there.
    pub found: serde_json::Value,
    /// Index of the first differing number.
    pub index: Option<Vec<usize>>,
}

/// A verdict with what a person needs to understand it.
#[derive(Clone, Debug, Serialize)]
pub struct StepReport {
    /// The verdict.
    pub verdict: Verdict,
    /// What failed before values could be compared.
    pub fault: Option<Fault>,
    /// The property that does not hold.
    pub says: Option<Words>,
    /// The smallest case that shows it.
    pub case: Option<FailingCase>,
    /// What the learner's code printed.
    pub printed: String,
}

/// A call that shows the failure.
#[derive(Clone, Debug, Serialize)]
pub struct FailingCase {
    /// The function.
    pub entry: String,
    /// Arguments by name.
    pub inputs: Vec<(String, Value)>,
    /// What the answer returns; for a property, what the learner's function returned for `inputs`.
    pub expected: Option<Array>,
    /// What the learner's function returned; for a property, for the varied arguments.
    pub found: Option<Array>,
    /// For a property: the arguments that differ from `inputs`.
    pub varied: Vec<(String, Value)>,
    /// Index of the first differing number.
    pub index: Option<Vec<usize>>,
}

impl CheckResult {
    pub(crate) fn passed(name: &str) -> CheckResult {
        CheckResult { name: name.into(), passed: true, expected: json!(null), found: json!(null), index: None }
    }

    pub(crate) fn failed(name: &str, expected: serde_json::Value, found: serde_json::Value) -> CheckResult {
        CheckResult { name: name.into(), passed: false, expected, found, index: None }
    }
}

/// A number as JSON: the shortest decimal that is this f32, or `"NaN"`, `"inf"`, `"-inf"`.
pub(crate) fn number(value: f32) -> serde_json::Value {
    let text = value.to_string();
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => json!(number),
        _ => json!(text),
    }
}

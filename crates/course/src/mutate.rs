//! Small changes of a Python solution's syntax tree: does the grader notice them?
//!
//! A change is killed if the changed file fails on the first seed. One that survives is compared with the solution, bit
//! by bit, on the cases of several seeds: if no output differs it changes nothing, else it is listed. The bar is that
//! 95 % of those that change any output are killed.

use crate::grade::{Answers, Grader, Loaded, Naming, Tools, Walk};
use crate::lab::{Code, Lab};
use crate::run::{Bounds, Cancel, Fault, RunError, Source, Worker};
use crate::sound::source;
use crate::{Array, cases};
use serde::Deserialize;
use std::io::Write;
use std::process::Stdio;

const SCRIPT: &str = include_str!("../harness/mutate.py");
/// Seeds on which survivors are compared with the solution.
const COMPARED_SEEDS: u64 = 3;

/// A change of the solution.
#[derive(Clone, Debug, Deserialize)]
pub struct Change {
    /// Line of the solution.
    pub line: usize,
    /// What was changed.
    pub what: String,
    /// The whole changed file.
    pub source: String,
}

/// What came of all changes.
#[derive(Clone, Debug, Default)]
pub struct Mutation {
    /// Noticed on the first seed.
    pub killed: usize,
    /// Changed no output.
    pub unchanged: usize,
    /// Changed an output, and passed.
    pub survivors: Vec<Change>,
}

impl Mutation {
    /// Percentage killed of those that change any output.
    ///
    /// ```
    /// assert_eq!(course::mutate::Mutation::default().percent(), 100.0);
    /// ```
    pub fn percent(&self) -> f64 {
        let changing = self.killed + self.survivors.len();
        if changing == 0 { 100.0 } else { 100.0 * self.killed as f64 / changing as f64 }
    }
}

/// Grades every change of the lab's Python solution; `done` hears of each.
///
/// # Errors
/// What keeps the lab from being run at all.
pub fn mutate(
    lab: &Lab,
    answers: Answers,
    tools: &Tools,
    done: &mut dyn FnMut(usize, usize),
) -> Result<Mutation, RunError> {
    let changes = changes(lab, tools)?;
    let grader = Grader::new(lab, answers, tools);
    let right = outputs(lab, tools, &lab.python.solution)?;
    let mut mutation = Mutation::default();
    // One child for all, started anew where a change ended it.
    let mut child = grader.open(&source("solution.py", &lab.python.solution, Code::Python))?;
    for (at, change) in changes.iter().enumerate() {
        let changed = source("changed.py", &change.source, Code::Python);
        grader.reopen(&changed, &mut child)?;
        if !passes(&grader, &changed, &mut child)? {
            mutation.killed += 1;
        } else if outputs(lab, tools, &change.source)? == right {
            mutation.unchanged += 1;
        } else {
            mutation.survivors.push(change.clone());
        }
        done(at + 1, changes.len());
    }
    Ok(mutation)
}

/// On the first seed.
fn passes(grader: &Grader, source: &Source, child: &mut Result<Loaded, Fault>) -> Result<bool, RunError> {
    grader.walk(source, child, &Walk::without_history(None, 0), Naming::None, &mut |_| {})
}

fn changes(lab: &Lab, tools: &Tools) -> Result<Vec<Change>, RunError> {
    let python = tools.python.as_ref().map_err(RunError::again)?;
    let mut command = python.command(SCRIPT);
    // Bridge steps are not graded everywhere.
    command.args(lab.sheet.steps.iter().filter(|step| step.bridge.is_some()).map(|step| &step.entry));
    let start = |cause: std::io::Error| RunError::Start { program: "python3".into(), cause: cause.to_string() };
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(start)?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(lab.python.solution.as_bytes()).map_err(start)?;
    }
    let output = child.wait_with_output().map_err(start)?;
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

/// The bits of every output, `None` where there is none.
fn outputs(lab: &Lab, tools: &Tools, text: &str) -> Result<Vec<Option<Vec<u32>>>, RunError> {
    let python = tools.python.as_ref().map_err(RunError::again)?;
    let bounds = Bounds { limits: lab.sheet.limits, hidden: vec![], cancel: Cancel::default() };
    let mut worker = Worker::python(python, bounds)?;
    let Ok(module) = worker.load(0, lab, &source("changed.py", text, Code::Python)) else { return Ok(vec![]) };
    let mut outputs = Vec::new();
    for step in lab.sheet.steps.iter().filter(|step| step.bridge.is_none()) {
        let names: Vec<&str> = step.inputs.iter().map(|input| input.name.as_str()).collect();
        for seed in 0..COMPARED_SEEDS {
            worker.begin_step();
            for case in cases::draw(step, seed) {
                for arguments in &case.calls {
                    let found = worker.call(module, &step.entry, &names, arguments);
                    let bits = |array: Array| array.floats().iter().map(|x| x.to_bits()).collect();
                    outputs.push(found.ok().map(bits));
                }
            }
        }
    }
    Ok(outputs)
}

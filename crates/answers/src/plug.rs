//! A learner's functions in the place of the engine's.
//!
//! The learner's file keeps running in its child process (see `course::run`) and is asked as the lab asks it. What it does
//! where stands in [`attention`] (a model's attention), [`ranking`] (a knowledge base's ranking), [`chunking`] (how its
//! documents are cut) and [`product`] (a training run's matrix products); the engine is asked, too, so that both can be shown
//! side by side.
//!
//! Whatever the learner's code does ends here as a [`PlugFault`]; the caller goes on with the engine's own function. No
//! grading: a function that passed nothing may be plugged in, too.

pub mod attention;
pub mod chunking;
pub mod product;
pub mod ranking;

pub use attention::{Comparison, LearnerAttention, answer, step};
pub use product::LearnerProduct;

use course::lab::{Lab, Step};
use course::run::{Fault, Printed, RunError, Source};
use course::{Array, Grader, Loaded, Value};
use std::fmt;
use sys::Coded;

sys::coded_error! {
    /// Why a lab cannot be plugged in.
    pub enum PlugError {
        /// None of its steps does what is needed here.
        NoSeam { lab: String, expected: String } = "plug.no_seam",
        /// More texts than the learner's process can answer for.
        ManyTexts { found: usize, limit: usize } = "plug.many_texts",
    }
}

/// Why a learner's function gives nothing that could be used.
#[derive(Clone, Debug, PartialEq)]
pub enum PlugFault {
    /// It ended, ran too long, or returned something else.
    Code(Fault),
    /// It returned a number that is none.
    NotFinite {
        /// `NaN`, `inf` or `-inf`.
        value: f32,
        /// Where, counted from 0 in each dimension.
        index: Vec<usize>,
    },
    /// A row of its ranking names no text, or one that stands there already.
    NoText {
        /// What it says instead of a text's number.
        value: f32,
        /// The row, counted from 0.
        row: usize,
        /// How many texts there are.
        texts: usize,
    },
    /// A row of its chunks is no range of the document's tokens, or begins before the one above.
    NoRange {
        /// Where it begins, as it says.
        start: f32,
        /// Where it ends.
        end: f32,
        /// The row, counted from 0.
        row: usize,
        /// How many tokens the document has.
        tokens: usize,
    },
    /// A document has more sentences than it can be handed.
    LongDocument {
        /// The sentences.
        sentences: usize,
        /// The most that can be.
        limit: usize,
    },
}

impl Coded for PlugFault {
    /// The sentence that tells the learner; of [`PlugFault::Code`] the lines of a trace are shown beside it.
    fn code(&self) -> &'static str {
        match self {
            PlugFault::Code(fault) => fault.code(),
            PlugFault::NotFinite { .. } => "plug.not_finite",
            PlugFault::NoText { .. } => "plug.no_text",
            PlugFault::NoRange { .. } => "plug.no_range",
            PlugFault::LongDocument { .. } => "plug.long_document",
        }
    }

    fn fields(&self) -> Vec<(&'static str, String)> {
        match self {
            PlugFault::Code(fault) => fault.fields(),
            PlugFault::NotFinite { value, index } => {
                vec![("value", value.to_string()), ("index", format!("{index:?}"))]
            }
            PlugFault::NoText { value, row, texts } => {
                vec![("value", value.to_string()), ("row", row.to_string()), ("texts", texts.to_string())]
            }
            PlugFault::NoRange { start, end, row, tokens } => vec![
                ("start", start.to_string()),
                ("end", end.to_string()),
                ("row", row.to_string()),
                ("tokens", tokens.to_string()),
            ],
            PlugFault::LongDocument { sentences, limit } => {
                vec![("sentences", sentences.to_string()), ("limit", limit.to_string())]
            }
        }
    }
}

impl fmt::Display for PlugFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.code(), self.fields())
    }
}

impl std::error::Error for PlugFault {}

/// The step of `lab` that is graded by the answer called `answer`; `expected` is the lab that has one.
fn step_of<'a>(lab: &'a Lab, answer: &str, expected: &str) -> Result<&'a Step, PlugError> {
    let found = lab.sheet.steps.iter().find(|step| step.answer == answer && step.bridge.is_none());
    found.ok_or_else(|| PlugError::NoSeam { lab: lab.id.clone(), expected: expected.into() })
}

/// A learner's file in its child process, called until something goes wrong with it.
struct Running {
    loaded: Loaded,
    fault: Option<PlugFault>,
}

impl Running {
    /// Starts it; the inner error is what keeps it from being loaded.
    fn open(grader: &Grader, source: &Source) -> Result<Result<Running, Fault>, RunError> {
        Ok(grader.open(source)?.map(|loaded| Running { loaded, fault: None }))
    }

    /// Why it gave up; it is not called again after that.
    fn fault(&self) -> Option<&PlugFault> {
        self.fault.as_ref()
    }

    /// What its code printed since this was last asked.
    fn take_printed(&mut self) -> Printed {
        self.loaded.take_printed()
    }

    /// What the function of `step` returns: finite numbers of a shape whose dimensions are `shape`, [`ANY`] standing for any.
    fn call(&mut self, step: &Step, arguments: &[Value], shape: &[usize]) -> Option<Array> {
        if self.fault.is_some() {
            return None;
        }
        self.try_call(step, arguments, shape).map_err(|fault| self.fault = Some(fault)).ok()
    }

    fn try_call(&mut self, step: &Step, arguments: &[Value], expected: &[usize]) -> Result<Array, PlugFault> {
        let wrong = |found: Vec<usize>| PlugFault::Code(Fault::Shape { expected: expected.to_vec(), found });
        let found = self.loaded.call(step, arguments).map_err(|fault| match fault {
            Fault::Shape { found, .. } => wrong(found),
            fault => PlugFault::Code(fault),
        })?;
        let fits = found.shape.len() == expected.len()
            && found.shape.iter().zip(expected).all(|(found, expected)| *expected == ANY || found == expected);
        if !fits {
            return Err(wrong(found.shape));
        }
        match found.floats().iter().position(|x| !x.is_finite()) {
            Some(at) => Err(PlugFault::NotFinite { value: found.floats()[at], index: found.index_of(at) }),
            None => Ok(found),
        }
    }
}

/// Stands for a dimension that the function decides.
const ANY: usize = usize::MAX;

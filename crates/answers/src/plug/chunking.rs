//! The step `by_structure` of `chunking` as the way in which a knowledge base's documents are cut.
//!
//! The engine finds the sentences of a document, counts their tokens and says how strong the boundary before each is; the
//! learner's function says where to cut. What it returns must be ranges of the document's tokens in ascending order; whether they
//! cover it, overlap or keep to the budget is the learner's affair, and what comes of it shows in the comparison.

use super::{ANY, PlugError, PlugFault, Running, step_of};
use course::lab::{Lab, Step};
use course::run::{ARRAY_BYTES_MAX, Fault, Printed, RunError, Source};
use course::{Array, Grader, Value, Values};
use retrieval::chunk::recursive::{Atoms, reference};
use retrieval::{Chunk, Chunking, Document, chunk};
use std::ops::Range;

/// The lab that has the step.
pub const LAB: &str = "chunking";

/// The step of `lab` whose function cuts.
///
/// # Errors
/// [`PlugError::NoSeam`].
pub fn step(lab: &Lab) -> Result<&Step, PlugError> {
    step_of(lab, "by_structure", LAB)
}

/// The budget of the learner's chunks: that of the knowledge base if it cuts by structure, else the usual one.
pub fn budget(current: &Chunking) -> usize {
    let of = |chunking: &Chunking| match chunking {
        Chunking::Recursive { tokens } => Some(*tokens),
        _ => None,
    };
    of(current).or_else(|| of(&Chunking::usual())).unwrap_or(1)
}

/// A learner's way of cutting, ready to be asked.
pub struct LearnerChunking {
    file: Running,
    step: Step,
    budget: usize,
    agreed: Agreed,
}

/// How many documents were cut as the engine cuts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreed {
    /// Cut alike.
    pub same: usize,
    /// Of these.
    pub documents: usize,
}

impl LearnerChunking {
    /// Starts the learner's file; the inner error is what keeps it from being loaded.
    ///
    /// # Errors
    /// What keeps it from being run at all.
    pub fn open(
        grader: &Grader,
        step: &Step,
        source: &Source,
        budget: usize,
    ) -> Result<Result<LearnerChunking, Fault>, RunError> {
        let file = Running::open(grader, source)?;
        Ok(file.map(|file| LearnerChunking { file, step: step.clone(), budget, agreed: Agreed::default() }))
    }

    /// Why it gave up; it is not asked again after that.
    pub fn fault(&self) -> Option<&PlugFault> {
        self.file.fault()
    }

    /// What the learner's code printed since this was last asked.
    pub fn take_printed(&mut self) -> Printed {
        self.file.take_printed()
    }

    /// How many documents were cut as the engine cuts them, so far.
    pub fn agreed(&self) -> Agreed {
        self.agreed
    }

    /// Cuts a document; `None` if the learner's code gave up, and then [`LearnerChunking::fault`] says why.
    pub fn cut(&mut self, document: &Document) -> Option<Vec<Chunk>> {
        let atoms = Atoms::of(document);
        let limit = ARRAY_BYTES_MAX / size_of::<[f32; 2]>();
        if atoms.sizes.len() > limit {
            self.file.fault.get_or_insert(PlugFault::LongDocument { sentences: atoms.sizes.len(), limit });
            return None;
        }
        let sizes = Array::f32([atoms.sizes.len()], atoms.sizes.iter().map(|&size| size as f32).collect());
        let levels = Values::I32(atoms.strengths.iter().map(|&strength| i32::from(strength)).collect());
        let levels = Array { shape: vec![atoms.strengths.len()], values: levels };
        let arguments = [Value::Array(sizes), Value::Array(levels), Value::Int(self.budget)];
        let found = self.file.call(&self.step, &arguments, &[ANY, 2])?;
        let ranges = match ranges(&found, atoms.n_tokens()) {
            Ok(ranges) => ranges,
            Err(fault) => {
                self.file.fault = Some(fault);
                return None;
            }
        };
        self.agreed.documents += 1;
        self.agreed.same += usize::from(ranges == reference(&atoms.sizes, &atoms.strengths, self.budget));
        Some(chunk::of_ranges(document, ranges.into_iter().map(|tokens| atoms.bytes(tokens)).collect()))
    }
}

/// The rows as ranges of `n` tokens, none of them empty, in ascending order.
fn ranges(rows: &Array, n: usize) -> Result<Vec<Range<usize>>, PlugFault> {
    let mut found: Vec<Range<usize>> = vec![];
    for (row, &[start, end]) in rows.floats().as_chunks::<2>().0.iter().enumerate() {
        let range = start as usize..end as usize;
        let is_whole = [range.start as f32, range.end as f32] == [start, end];
        let is_next = found.last().is_none_or(|last| last.start <= range.start);
        if !is_whole || range.is_empty() || range.end > n || !is_next {
            return Err(PlugFault::NoRange { start, end, row, tokens: n });
        }
        found.push(range);
    }
    Ok(found)
}

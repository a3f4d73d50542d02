//! The last step of `matmul` as the matrix product of a training run.
//!
//! [`LearnerProduct`] answers the engine's calls through the learner's file: both operands as they are stored, and two flags
//! that say how, forward (NN), for the gradient of the inputs (NT) and for that of the weights (TN).

use super::{PlugError, PlugFault, Running, step_of};
use course::lab::{Lab, Step};
use course::run::{ARRAY_BYTES_MAX, Fault, Printed, RunError, Source};
use course::{Array, Grader, Value};
use kernels::gemm::{Gemm, Layout};
use std::borrow::Cow;
use std::ops::Range;
use tensor::Product;

/// The lab that has it.
pub const LAB: &str = "matmul";
/// The reference answer whose step is a training run's product.
const PRODUCT: &str = "blocked";

/// The step of `lab` whose function a training run can use.
///
/// # Errors
/// [`PlugError::NoSeam`].
pub fn step(lab: &Lab) -> Result<&Step, PlugError> {
    step_of(lab, PRODUCT, LAB)
}

/// A learner's matrix product, ready to be called.
pub struct LearnerProduct {
    file: Running,
    step: Step,
}

impl LearnerProduct {
    /// Starts the learner's file; the inner error is what keeps it from being loaded.
    ///
    /// # Errors
    /// What keeps it from being run at all.
    pub fn open(grader: &Grader, step: &Step, source: &Source) -> Result<Result<LearnerProduct, Fault>, RunError> {
        let file = Running::open(grader, source)?;
        Ok(file.map(|file| LearnerProduct { file, step: step.clone() }))
    }

    /// Why it gave up; it is not called again after that.
    pub fn fault(&self) -> Option<&PlugFault> {
        self.file.fault()
    }

    /// What the learner's code printed since this was last asked.
    pub fn take_printed(&mut self) -> Printed {
        self.file.take_printed()
    }
}

impl Product for LearnerProduct {
    fn multiply(&mut self, shape: Gemm, a: &[f32], b: &[f32]) -> Option<Vec<f32>> {
        let Gemm { m, n, k, .. } = shape;
        // An answer that outgrows what the process may send comes in several calls.
        let rows_max = (ARRAY_BYTES_MAX / size_of::<f32>() / n.max(1)).max(1);
        let stored = |layout, [rows, columns]: [usize; 2]| match layout {
            Layout::Normal => [rows, columns],
            Layout::Transposed => [columns, rows],
        };
        let flag = |layout| Value::Int(usize::from(layout == Layout::Transposed));
        let mut c = Vec::with_capacity(m * n);
        for first in (0..m).step_by(rows_max) {
            let rows = first..(first + rows_max).min(m);
            let arguments = [
                Value::Array(Array::f32(
                    stored(shape.a, [rows.len(), k]),
                    rows_of(shape, a, rows.clone()).into_owned(),
                )),
                Value::Array(Array::f32(stored(shape.b, [k, n]), b.to_vec())),
                flag(shape.a),
                flag(shape.b),
            ];
            c.extend_from_slice(self.file.call(&self.step, &arguments, &[rows.len(), n])?.floats());
        }
        Some(c)
    }
}

/// `rows` of A, stored as A is.
fn rows_of(shape: Gemm, a: &[f32], rows: Range<usize>) -> Cow<'_, [f32]> {
    let Gemm { m, k, .. } = shape;
    match shape.a {
        Layout::Normal => Cow::Borrowed(&a[rows.start * k..rows.end * k]),
        Layout::Transposed if rows.len() == m => Cow::Borrowed(a),
        Layout::Transposed => (0..k).flat_map(|p| &a[p * m + rows.start..p * m + rows.end]).copied().collect(),
    }
}

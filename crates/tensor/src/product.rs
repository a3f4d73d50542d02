//! Somebody else's matrix products in the place of the engine's.
//!
//! [`Product`] is the seam: a computation that is given one ([`crate::Cx::with_products`]) hands it every product of a linear
//! layer, forward and backward. One without runs the very kernel it always ran. The head, whose logits are never whole in memory,
//! keeps the engine's; so do products of bf16, and of weights in blocks or packed.

use kernels::Write;
use kernels::elementwise::{add_rows, axpy};
use kernels::gemm::{Addends, Gemm, gemm_plus};
use std::cell::RefCell;

/// A matrix product, computed by somebody else.
pub trait Product {
    /// `A B`, `[m, n]` row-major, of operands stored as `shape` says; whether it is set or added is the caller's business.
    ///
    /// `None` gives up: the engine computes this product itself. The plug knows why, and is asked again at the next one.
    fn multiply(&mut self, shape: Gemm, a: &[f32], b: &[f32]) -> Option<Vec<f32>>;
}

/// Who multiplies.
#[derive(Clone, Copy, Default)]
pub(crate) struct Products<'p>(pub Option<&'p RefCell<dyn Product>>);

impl Products<'_> {
    /// The product of `shape`, set or added to `c`, and what is added to it.
    #[track_caller]
    pub fn multiply(self, shape: Gemm, a: &[f32], b: &[f32], addends: Addends, c: &mut [f32]) {
        match self.0.and_then(|product| product.borrow_mut().multiply(shape, a, b)) {
            None => gemm_plus(shape, a, b, addends, c),
            Some(found) => {
                assert!(found.len() == c.len(), "multiply: {} values, expected {}", found.len(), c.len());
                match shape.write {
                    Write::Set => c.copy_from_slice(&found),
                    Write::Add => axpy(1.0, &found, c),
                }
                add_after(addends, c);
            }
        }
    }
}

/// What is added to a product that somebody else computed.
pub(crate) fn add_after(addends: Addends, c: &mut [f32]) {
    if let Some(bias) = addends.bias {
        add_rows(bias, c);
    }
    if let Some(residual) = addends.residual {
        axpy(1.0, residual, c);
    }
}

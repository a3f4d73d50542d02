//! A parameter that stays as it is stored: quantised, or in half precision, and usually mapped from its file.
//!
//! Such a tensor has no slice of f32 to hand out. Products and tables read it block by block; nothing flows back into it,
//! so it is a constant of every tape.

use kernels::quantised::{Matrix, Quant, RowOrder};
use std::sync::Arc;

/// A matrix `[rows, width]` in blocks along its rows.
#[derive(Clone)]
pub struct Blocks {
    quant: Quant,
    bytes: Arc<dyn AsRef<[u8]> + Send + Sync>,
    width: usize,
    order: RowOrder,
}

impl Blocks {
    /// A matrix of this shape in `bytes`; panics unless they are exactly its blocks.
    #[track_caller]
    pub fn new(
        [rows, width]: [usize; 2],
        quant: Quant,
        order: RowOrder,
        bytes: Arc<dyn AsRef<[u8]> + Send + Sync>,
    ) -> Blocks {
        let (found, expected) = ((*bytes).as_ref().len(), rows * quant.bytes_of(width));
        assert!(
            found == expected,
            "Blocks: [{rows}, {width}] of {} takes {expected} bytes, found {found}",
            quant.name()
        );
        Blocks { quant, bytes, width, order }
    }

    /// As the kernels take it.
    pub fn matrix(&self) -> Matrix<'_> {
        Matrix { quant: self.quant, bytes: (*self.bytes).as_ref(), width: self.width, order: self.order }
    }

    /// All its values.
    pub fn widened(&self) -> Vec<f32> {
        let matrix = self.matrix();
        let mut values = vec![0.0; matrix.n_rows() * self.width];
        for (row, values) in values.chunks_exact_mut(self.width).enumerate() {
            matrix.row(row, values);
        }
        values
    }
}

impl std::fmt::Debug for Blocks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Blocks of {}", self.quant.name())
    }
}

//! Types of stored numbers: plain ones, and blocks of quantised ones.
//!
//! A quantised type stores a fixed number of values together in a block of a fixed number of bytes (scales, then packed
//! integers); a plain type is a block of one value. The sizes are those of ggml (`ggml-common.h`).

/// How the values of an array are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Dtype {
    F32,
    F16,
    BF16,
    F64,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    Bool,
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
    Q2K,
    Q3K,
    Q4K,
    Q5K,
    Q6K,
    Iq4Nl,
    Iq4Xs,
}

/// One row for each type: its name, values of a block, bytes of a block.
const TABLE: [(Dtype, &str, usize, usize); 25] = [
    (Dtype::F32, "F32", 1, 4),
    (Dtype::F16, "F16", 1, 2),
    (Dtype::BF16, "BF16", 1, 2),
    (Dtype::F64, "F64", 1, 8),
    (Dtype::I8, "I8", 1, 1),
    (Dtype::I16, "I16", 1, 2),
    (Dtype::I32, "I32", 1, 4),
    (Dtype::I64, "I64", 1, 8),
    (Dtype::U8, "U8", 1, 1),
    (Dtype::U16, "U16", 1, 2),
    (Dtype::U32, "U32", 1, 4),
    (Dtype::U64, "U64", 1, 8),
    (Dtype::Bool, "BOOL", 1, 1),
    (Dtype::Q4_0, "Q4_0", 32, 18),
    (Dtype::Q4_1, "Q4_1", 32, 20),
    (Dtype::Q5_0, "Q5_0", 32, 22),
    (Dtype::Q5_1, "Q5_1", 32, 24),
    (Dtype::Q8_0, "Q8_0", 32, 34),
    (Dtype::Q2K, "Q2_K", 256, 84),
    (Dtype::Q3K, "Q3_K", 256, 110),
    (Dtype::Q4K, "Q4_K", 256, 144),
    (Dtype::Q5K, "Q5_K", 256, 176),
    (Dtype::Q6K, "Q6_K", 256, 210),
    (Dtype::Iq4Nl, "IQ4_NL", 32, 18),
    (Dtype::Iq4Xs, "IQ4_XS", 256, 136),
];

impl Dtype {
    /// Its name, such as `BF16` or `Q4_K`.
    pub fn name(self) -> &'static str {
        TABLE[self as usize].1
    }

    /// The type called `name`.
    pub fn by_name(name: &str) -> Option<Dtype> {
        TABLE.iter().find(|row| row.1 == name).map(|row| row.0)
    }

    /// Whether it holds whole numbers.
    pub fn is_integer(self) -> bool {
        (Dtype::I8..=Dtype::Bool).contains(&self)
    }

    /// Values that are stored together; 1 for a plain type.
    pub fn block_values(self) -> usize {
        TABLE[self as usize].2
    }

    /// Bytes of a block.
    pub fn block_bytes(self) -> usize {
        TABLE[self as usize].3
    }

    /// Bytes of an array of this shape; `None` when a row is no whole number of blocks, or the size is beyond 64 bits.
    ///
    /// ```
    /// use formats::Dtype;
    /// assert_eq!(Dtype::Q4_0.bytes_of(&[2, 64]), Some(4 * 18));
    /// assert_eq!(Dtype::Q4_0.bytes_of(&[2, 65]), None);
    /// assert_eq!(Dtype::F32.bytes_of(&[]), Some(4));
    /// ```
    pub fn bytes_of(self, shape: &[usize]) -> Option<usize> {
        let n_values = shape.iter().try_fold(1usize, |n, &dim| n.checked_mul(dim))?;
        let row = shape.last().copied().unwrap_or(1);
        if !row.is_multiple_of(self.block_values()) {
            return None;
        }
        (n_values / self.block_values()).checked_mul(self.block_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_types() {
        for (i, row) in TABLE.iter().enumerate() {
            assert_eq!(row.0 as usize, i);
            assert_eq!(Dtype::by_name(row.1), Some(row.0));
        }
    }
}

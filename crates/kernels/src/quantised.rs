//! Numbers stored in blocks: what they mean, and products with them while they stay as they are.
//!
//! A block holds the integers of 32 or 256 neighbouring values in a few bits each, and one or more scales in half
//! precision; the value is `scale * integer`, in some types plus an offset. The layouts are ggml's (`ggml-common.h`); every
//! value has the bits that the `gguf` package computes, so multiplications and additions are rounded one by one and never
//! fused. Half-precision and plain numbers count as blocks of one.
//!
//! [`matmul`] widens a few rows of the weights at a time into a scratch buffer that fits the cache and multiplies them by
//! [`crate::gemm`], so a product has the bits that it would have with the widened weights, for any number of rows.
//! No quantisation, and no products of integers.

mod k_quants;
mod plain;

use crate::cpu;
use crate::gemm::{Gemm, Layout, gemm};
use crate::pool::{Shared, parallel_for, parallel_rows};
use crate::simd::{Kernel, Simd, dispatch};
use crate::{Aligned, Write};
use std::cell::RefCell;

/// Rows of weights that a task widens at a time.
const TASK_ROWS: usize = 64;

/// How values are stored in blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Quant {
    F32,
    F16,
    BF16,
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

impl Quant {
    /// All of them.
    pub const ALL: [Quant; 15] = [
        Quant::F32,
        Quant::F16,
        Quant::BF16,
        Quant::Q4_0,
        Quant::Q4_1,
        Quant::Q5_0,
        Quant::Q5_1,
        Quant::Q8_0,
        Quant::Q2K,
        Quant::Q3K,
        Quant::Q4K,
        Quant::Q5K,
        Quant::Q6K,
        Quant::Iq4Nl,
        Quant::Iq4Xs,
    ];

    /// Values and bytes of a block.
    pub fn block(self) -> (usize, usize) {
        match self {
            Quant::F32 => (1, 4),
            Quant::F16 | Quant::BF16 => (1, 2),
            Quant::Q4_0 | Quant::Iq4Nl => (32, 18),
            Quant::Q4_1 => (32, 20),
            Quant::Q5_0 => (32, 22),
            Quant::Q5_1 => (32, 24),
            Quant::Q8_0 => (32, 34),
            Quant::Q2K => (256, 84),
            Quant::Q3K => (256, 110),
            Quant::Q4K => (256, 144),
            Quant::Q5K => (256, 176),
            Quant::Q6K => (256, 210),
            Quant::Iq4Xs => (256, 136),
        }
    }

    /// Its name in GGUF files.
    pub fn name(self) -> &'static str {
        match self {
            Quant::F32 => "F32",
            Quant::F16 => "F16",
            Quant::BF16 => "BF16",
            Quant::Q4_0 => "Q4_0",
            Quant::Q4_1 => "Q4_1",
            Quant::Q5_0 => "Q5_0",
            Quant::Q5_1 => "Q5_1",
            Quant::Q8_0 => "Q8_0",
            Quant::Q2K => "Q2_K",
            Quant::Q3K => "Q3_K",
            Quant::Q4K => "Q4_K",
            Quant::Q5K => "Q5_K",
            Quant::Q6K => "Q6_K",
            Quant::Iq4Nl => "IQ4_NL",
            Quant::Iq4Xs => "IQ4_XS",
        }
    }

    /// Bytes of `n_values` values; panics unless they are whole blocks.
    #[track_caller]
    pub fn bytes_of(self, n_values: usize) -> usize {
        let (values, bytes) = self.block();
        assert!(n_values.is_multiple_of(values), "{}: {n_values} values are no whole blocks", self.name());
        n_values / values * bytes
    }
}

/// The values of whole blocks.
///
/// ```
/// use kernels::quantised::{Quant, dequantise};
/// // A Q8_0 block: the scale 0.5 in half precision, then 32 signed bytes.
/// let mut block = vec![0x00, 0x38];
/// block.extend((0..32).map(|i| if i == 1 { 254 } else { i }));
/// let mut values = [0.0; 32];
/// dequantise(Quant::Q8_0, &block, &mut values);
/// assert_eq!(values[..4], [0.0, -1.0, 1.0, 1.5]);
/// ```
pub fn dequantise(quant: Quant, bytes: &[u8], values: &mut [f32]) {
    assert_eq!(bytes.len(), quant.bytes_of(values.len()), "dequantise: bytes of {} {}", values.len(), quant.name());
    dispatch(cpu::level(), Dequantise { quant, bytes, values });
}

/// Plain loops, which compilers turn into each level's vectors by themselves.
struct Dequantise<'a> {
    quant: Quant,
    bytes: &'a [u8],
    values: &'a mut [f32],
}

impl Kernel for Dequantise<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        let Dequantise { quant, bytes, values } = self;
        match quant {
            Quant::F32 => blocks(bytes, values, plain::f32_),
            Quant::F16 => blocks(bytes, values, plain::f16),
            Quant::BF16 => blocks(bytes, values, plain::bf16),
            Quant::Q4_0 => blocks(bytes, values, plain::q4_0),
            Quant::Q4_1 => blocks(bytes, values, plain::q4_1),
            Quant::Q5_0 => blocks(bytes, values, plain::q5_0),
            Quant::Q5_1 => blocks(bytes, values, plain::q5_1),
            Quant::Q8_0 => blocks(bytes, values, plain::q8_0),
            Quant::Iq4Nl => blocks(bytes, values, plain::iq4_nl),
            Quant::Q2K => blocks(bytes, values, k_quants::q2_k),
            Quant::Q3K => blocks(bytes, values, k_quants::q3_k),
            Quant::Q4K => blocks(bytes, values, k_quants::q4_k),
            Quant::Q5K => blocks(bytes, values, k_quants::q5_k),
            Quant::Q6K => blocks(bytes, values, k_quants::q6_k),
            Quant::Iq4Xs => blocks(bytes, values, k_quants::iq4_xs),
        }
    }
}

/// A matrix `[n, k]` of blocks along its rows.
#[derive(Clone, Copy)]
pub struct Matrix<'a> {
    /// How it is stored.
    pub quant: Quant,
    /// Its rows, one after the other.
    pub bytes: &'a [u8],
    /// Values of a row.
    pub width: usize,
    /// In which order its rows count.
    pub order: RowOrder,
}

/// The order in which the rows of a matrix count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowOrder {
    /// As they are stored.
    Stored,
    /// Rows of a head stand as neighbouring pairs and count as two halves: llama.cpp stores the queries and keys of
    /// Llama so, whose published form pairs the halves of a head.
    Halves {
        /// Rows of a head.
        d_head: usize,
    },
}

impl RowOrder {
    /// Where the `row`-th row is stored.
    ///
    /// ```
    /// use kernels::quantised::RowOrder;
    /// let order = RowOrder::Halves { d_head: 4 };
    /// assert_eq!([4, 5, 6, 7].map(|row| order.stored(row)), [4, 6, 5, 7]);
    /// ```
    pub fn stored(self, row: usize) -> usize {
        match self {
            RowOrder::Stored => row,
            RowOrder::Halves { d_head } => {
                let (head, i, half) = (row / d_head * d_head, row % d_head, d_head / 2);
                head + if i < half { 2 * i } else { 2 * (i - half) + 1 }
            }
        }
    }
}

impl Matrix<'_> {
    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.bytes.len() / self.quant.bytes_of(self.width)
    }

    /// The values of a row.
    pub fn row(&self, row: usize, values: &mut [f32]) {
        let size = self.quant.bytes_of(self.width);
        let at = self.order.stored(row) * size;
        dequantise(self.quant, &self.bytes[at..at + size], values);
    }
}

/// `y = x w^T` for `x` `[m, k]` and `w` `[n, k]`, giving `[m, n]`.
pub fn matmul(x: &[f32], w: Matrix<'_>, y: &mut [f32]) {
    thread_local! {
        /// A task's widened rows and its part of the product.
        static SCRATCH: RefCell<[Aligned<f32>; 2]> = const { RefCell::new([Aligned::new(), Aligned::new()]) };
    }
    let (k, n) = (w.width, w.n_rows());
    let m = x.len() / k;
    assert_eq!((x.len(), y.len()), (m * k, m * n), "quantised matmul: sizes of x and y for [{n}, {k}]");
    let y = Shared::new(y);
    parallel_for(n.div_ceil(TASK_ROWS), |task| {
        let rows = task * TASK_ROWS..((task + 1) * TASK_ROWS).min(n);
        SCRATCH.with_borrow_mut(|[wide, part]| {
            let (wide, part) = (wide.room(rows.len() * k), part.room(rows.len() * m));
            for (row, values) in rows.clone().zip(wide.chunks_exact_mut(k)) {
                w.row(row, values);
            }
            let (a, b, write) = (Layout::Normal, Layout::Transposed, Write::Set);
            gemm(Gemm { m, n: rows.len(), k, a, b, write }, x, wide, part);
            for (i, part) in part.chunks_exact(rows.len()).enumerate() {
                // SAFETY: tasks write disjoint columns.
                unsafe { y.range(i * n + rows.start..i * n + rows.end) }.copy_from_slice(part);
            }
        });
    });
}

/// Rows `ids` of `table`, `[ids.len(), width]`.
pub fn gather(ids: &[u32], table: Matrix<'_>, y: &mut [f32]) {
    let width = table.width;
    assert_eq!(y.len(), ids.len() * width, "gather: values of {} rows of {width}", ids.len());
    let y = Shared::new(y);
    parallel_rows(ids.len(), width, |rows| {
        // SAFETY: rows of tasks are disjoint.
        let y = unsafe { y.range(rows.start * width..rows.end * width) };
        for (&id, values) in ids[rows].iter().zip(y.chunks_exact_mut(width)) {
            table.row(id as usize, values);
        }
    });
}

/// Calls `block` for each block of `B` bytes and its `V` values.
#[inline(always)]
fn blocks<const B: usize, const V: usize>(bytes: &[u8], values: &mut [f32], block: impl Fn(&[u8; B], &mut [f32; V])) {
    for (bytes, values) in bytes.as_chunks().0.iter().zip(values.as_chunks_mut().0) {
        block(bytes, values);
    }
}

/// IEEE 754 binary16, little-endian, at `at`: 1 sign bit, 5 of exponent (bias 15), 10 of mantissa. Exact.
#[inline(always)]
fn half(bytes: &[u8], at: usize) -> f32 {
    let bits = u32::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
    let (sign, magnitude) = ((bits & 0x8000) << 16, bits & 0x7FFF);
    let wide = match magnitude >> 10 {
        // Subnormal: the mantissa counts units of 2^-24.
        0 => (magnitude as f32 * 2f32.powi(-24)).to_bits(),
        31 => 0x7F80_0000 | (magnitude & 1023) << 13,
        _ => (magnitude << 13) + ((127 - 15) << 23),
    };
    f32::from_bits(sign | wide)
}

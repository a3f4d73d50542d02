//! Matrix product `C[m,n] (=|+=) op(A)[m,k] op(B)[k,n]`.

use crate::{Real, Write};

/// How an operand is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// As it is multiplied: A as `[m, k]`, B as `[k, n]`.
    Normal,
    /// The other way round: A as `[k, m]`, B as `[n, k]`.
    Transposed,
}

/// The sizes of a product and how its operands are stored.
#[derive(Clone, Copy, Debug)]
pub struct Gemm {
    /// Rows of C.
    pub m: usize,
    /// Columns of C.
    pub n: usize,
    /// Length of the sums.
    pub k: usize,
    /// Storage of A.
    pub a: Layout,
    /// Storage of B.
    pub b: Layout,
    /// Overwrite C or add to it.
    pub write: Write,
}

/// The product.
pub fn gemm(spec: Gemm, a: &[f32], b: &[f32], c: &mut [f32]) {
    reference(spec, a, b, c);
}

/// The product in plain loops.
pub fn reference<R: Real>(spec: Gemm, a: &[R], b: &[R], c: &mut [R]) {
    let Gemm { m, n, k, .. } = spec;
    assert_eq!((a.len(), b.len(), c.len()), (m * k, k * n, m * n), "gemm: sizes of a, b, c for {spec:?}");
    let mut row = vec![R::default(); n];
    for i in 0..m {
        row.fill(R::default());
        for p in 0..k {
            let x = if spec.a == Layout::Normal { a[i * k + p] } else { a[p * m + i] };
            for j in 0..n {
                row[j] += x * if spec.b == Layout::Normal { b[p * n + j] } else { b[j * k + p] };
            }
        }
        for j in 0..n {
            spec.write.put(&mut c[i * n + j], row[j]);
        }
    }
}

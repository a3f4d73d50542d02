//! The lab `matmul`: a product by its definition, row by row, and in packed blocks.
//!
//! Everything comes from `gemm::reference`: adding one row, picking columns and adding a tile are products too.

use crate::{dims, narrow, wide};
use course::{Array, Value};
use kernels::Write;
use kernels::gemm::{Gemm, Layout, reference};

/// `product(a [m,k], b [k,n]) -> [m,n]`.
pub(crate) fn product(arguments: &[Value]) -> Array {
    let [a, b] = [0, 1].map(|i| arguments[i].array());
    let ([m, k], [_, n]) = (dims(a), dims(b));
    let mut c = vec![0.0; m * n];
    reference(normal([m, n, k], Write::Set), &wide(a), &wide(b), &mut c);
    narrow([m, n], &c)
}

/// `by_rows(a [m,k], b [k,n]) -> [m,k,n]`: each row of the product after each step of its sums.
pub(crate) fn by_rows(arguments: &[Value]) -> Array {
    let [a, b] = [0, 1].map(|i| arguments[i].array());
    let ([m, k], [_, n]) = (dims(a), dims(b));
    let (a, b) = (wide(a), wide(b));
    let mut states = Vec::new();
    for i in 0..m {
        let mut row = vec![0.0; n];
        for p in 0..k {
            reference(normal([1, n, 1], Write::Add), &a[i * k + p..][..1], &b[p * n..][..n], &mut row);
            states.extend_from_slice(&row);
        }
    }
    narrow([m, k, n], &states)
}

/// `pack(b [k,n], width) -> [panels,k,width]`: each panel is B times the matrix that picks its columns.
pub(crate) fn pack(arguments: &[Value]) -> Array {
    let (b, width) = (arguments[0].array(), arguments[1].int());
    let [k, n] = dims(b);
    let (b, n_panels) = (wide(b), n.div_ceil(width));
    let mut panels = vec![0.0; n_panels * k * width];
    for panel in 0..n_panels {
        let mut picks = vec![0.0; n * width];
        for column in panel * width..n.min((panel + 1) * width) {
            picks[column * width + column % width] = 1.0;
        }
        reference(normal([k, width, n], Write::Set), &b, &picks, &mut panels[panel * k * width..][..k * width]);
    }
    narrow([n_panels, k, width], &panels)
}

/// `add_tile(c [m,n], rows [k,h], panel [k,w], i, j) -> [m,n]`: what of the tile lies in C is added from (i, j) on.
pub(crate) fn add_tile(arguments: &[Value]) -> Array {
    let [c, rows, panel] = [0, 1, 2].map(|i| arguments[i].array());
    let [i, j] = [3, 4].map(|i| arguments[i].int());
    let ([m, n], [k, height], [_, width]) = (dims(c), dims(rows), dims(panel));
    let mut tile = vec![0.0; height * width];
    let spec = Gemm { a: Layout::Transposed, ..normal([height, width, k], Write::Set) };
    reference(spec, &wide(rows), &wide(panel), &mut tile);
    let mut c = wide(c);
    for r in 0..height.min(m - i) {
        for s in 0..width.min(n - j) {
            c[(i + r) * n + j + s] += tile[r * width + s];
        }
    }
    narrow([m, n], &c)
}

/// `blocked(a, b, a_turned, b_turned) -> [m,n]`: the product of operands stored either way.
pub(crate) fn blocked(arguments: &[Value]) -> Array {
    let [a, b] = [0, 1].map(|i| arguments[i].array());
    let [a_turned, b_turned] = [2, 3].map(|i| arguments[i].int() == 1);
    let ([a_rows, a_columns], [b_rows, b_columns]) = (dims(a), dims(b));
    let (m, k) = if a_turned { (a_columns, a_rows) } else { (a_rows, a_columns) };
    let n = if b_turned { b_rows } else { b_columns };
    let layout = |is_turned| if is_turned { Layout::Transposed } else { Layout::Normal };
    let spec = Gemm { m, n, k, a: layout(a_turned), b: layout(b_turned), write: Write::Set };
    let mut c = vec![0.0; m * n];
    reference(spec, &wide(a), &wide(b), &mut c);
    narrow([m, n], &c)
}

/// Both operands as they are multiplied.
fn normal([m, n, k]: [usize; 3], write: Write) -> Gemm {
    Gemm { m, n, k, a: Layout::Normal, b: Layout::Normal, write }
}

//! The five steps; a matrix that is stored turned is read by its two strides.

use crate::lab::Array;

pub const HEIGHT: usize = 2;
pub const WIDTH: usize = 4;
pub const DEPTH: usize = 3;

pub fn product(a: &Array<f32>, b: &Array<f32>) -> Array<f32> {
    let ([m, k], n) = (sizes(a), b.shape[1]);
    let mut c = zeros(vec![m, n]);
    for i in 0..m {
        for j in 0..n {
            for p in 0..k {
                c.values[i * n + j] += a.values[i * k + p] * b.values[p * n + j];
            }
        }
    }
    c
}

pub fn by_rows(a: &Array<f32>, b: &Array<f32>) -> Array<f32> {
    let ([m, k], n) = (sizes(a), b.shape[1]);
    let mut states = zeros(vec![m, k, n]);
    for i in 0..m {
        let mut row = vec![0.0; n];
        for p in 0..k {
            let x = a.values[i * k + p];
            for (sum, y) in row.iter_mut().zip(&b.values[p * n..][..n]) {
                *sum += x * y;
            }
            states.values[(i * k + p) * n..][..n].copy_from_slice(&row);
        }
    }
    states
}

pub fn pack(b: &Array<f32>, width: usize) -> Array<f32> {
    let [k, n] = sizes(b);
    panels(View { values: &b.values, down: n, across: 1 }, [k, n], width)
}

/// Element (row, column) of a matrix is `values[row * down + column * across]`.
#[derive(Clone, Copy)]
struct View<'a> {
    values: &'a [f32],
    down: usize,
    across: usize,
}

impl View<'_> {
    fn at(&self, row: usize, column: usize) -> f32 {
        self.values[row * self.down + column * self.across]
    }
}

/// A part of a matrix, `k` rows and `n` columns from its first element on, in panels.
fn panels(b: View, [k, n]: [usize; 2], width: usize) -> Array<f32> {
    let n_panels = n.div_ceil(width);
    let mut packed = zeros(vec![n_panels, k, width]);
    for column in 0..n {
        for p in 0..k {
            packed.values[(column / width * k + p) * width + column % width] = b.at(p, column);
        }
    }
    packed
}

pub fn add_tile(c: &Array<f32>, rows: &Array<f32>, panel: &Array<f32>, i: usize, j: usize) -> Array<f32> {
    let ([k, height], width) = (sizes(rows), panel.shape[1]);
    let mut out = c.clone();
    tile(&mut out, [&rows.values, &panel.values], [k, height, width], [i, j]);
    out
}

/// Adds one tile to `c`: its sums are made apart, then as much of them is added as fits.
fn tile(c: &mut Array<f32>, [rows, panel]: [&[f32]; 2], [k, height, width]: [usize; 3], [i, j]: [usize; 2]) {
    let mut sums = vec![0.0; height * width];
    for p in 0..k {
        for r in 0..height {
            for s in 0..width {
                sums[r * width + s] += rows[p * height + r] * panel[p * width + s];
            }
        }
    }
    let [m, n] = sizes(c);
    for r in 0..height.min(m - i) {
        for s in 0..width.min(n - j) {
            c.values[(i + r) * n + j + s] += sums[r * width + s];
        }
    }
}

pub fn blocked(a: &Array<f32>, b: &Array<f32>, a_turned: usize, b_turned: usize) -> Array<f32> {
    let ([a0, a1], [b0, b1]) = (sizes(a), sizes(b));
    // A is looked at as [k, m], the way its rows are packed; B as [k, n].
    let (m, k, a_down, a_across) = if a_turned == 1 { (a1, a0, a1, 1) } else { (a0, a1, 1, a1) };
    let (n, b_down, b_across) = if b_turned == 1 { (b0, 1, b1) } else { (b1, b1, 1) };
    let mut c = zeros(vec![m, n]);
    for p in (0..k).step_by(DEPTH) {
        let depth = DEPTH.min(k - p);
        let part_of_a = View { values: from(a, p * a_down), down: a_down, across: a_across };
        let part_of_b = View { values: from(b, p * b_down), down: b_down, across: b_across };
        let rows = panels(part_of_a, [depth, m], HEIGHT);
        let columns = panels(part_of_b, [depth, n], WIDTH);
        for (s, panel) in columns.values.chunks(depth * WIDTH).enumerate() {
            for (r, some) in rows.values.chunks(depth * HEIGHT).enumerate() {
                tile(&mut c, [some, panel], [depth, HEIGHT, WIDTH], [r * HEIGHT, s * WIDTH]);
            }
        }
    }
    c
}

/// The values from `first` on; none of a matrix without rows or columns.
fn from(matrix: &Array<f32>, first: usize) -> &[f32] {
    matrix.values.get(first..).unwrap_or(&[])
}

fn sizes(matrix: &Array<f32>) -> [usize; 2] {
    [matrix.shape[0], matrix.shape[1]]
}

fn zeros(shape: Vec<usize>) -> Array<f32> {
    let n = shape.iter().product();
    Array { shape, values: vec![0.0; n] }
}

//! Matrix product `C[m,n] (=|+=) op(A)[m,k] op(B)[k,n]`.
//!
//! k is cut into blocks of [`K_BLOCK`]; within a block each element of C is one chain of multiply-adds in
//! rising k, and the blocks' sums are added in rising order. That order is the same for every m, n, tile
//! and thread, so a row of C has the same bits whatever rows are computed beside it.
//!
//! For speed: B is packed once into panels as wide as the register tile, zero-padded; tasks take tiles of
//! C, pack their rows of A, and run the register tile over both, one panel of B staying in the first-level
//! cache. With few rows (decoding) packing B would cost more than the product: each task then reads B in
//! place, or transposes a panel that fits the cache.
//!
//! Source: Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008); BLIS.
//! No alpha, no strides, no bf16 yet.

use crate::pool::{Shared, parallel_for};
use crate::simd::{Kernel, Simd, dispatch};
use crate::tile::{K_BLOCK, Operand, TILE_N_MAX, multiply, pack_columns, pack_rows};
use crate::{Real, Write, cpu};
use std::cell::RefCell;

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
///
/// ```
/// use kernels::{Write, gemm::{Gemm, Layout, gemm}};
/// let spec = Gemm { m: 1, n: 2, k: 2, a: Layout::Normal, b: Layout::Normal, write: Write::Set };
/// let mut c = [0.0; 2];
/// gemm(spec, &[1.0, 2.0], &[3.0, 4.0, 5.0, 6.0], &mut c);
/// assert_eq!(c, [13.0, 16.0]);
/// ```
pub fn gemm(spec: Gemm, a: &[f32], b: &[f32], c: &mut [f32]) {
    assert_sizes(spec, a, b, c);
    if spec.m == 0 || spec.n == 0 {
        return;
    }
    if spec.k == 0 {
        if spec.write == Write::Set {
            c.fill(0.0);
        }
        return;
    }
    if spec.m <= FEW_ROWS {
        few_rows(spec, a, b, c);
    } else {
        many_rows(spec, a, b, c);
    }
}

/// The product in plain loops.
pub fn reference<R: Real>(spec: Gemm, a: &[R], b: &[R], c: &mut [R]) {
    assert_sizes(spec, a, b, c);
    let Gemm { m, n, k, .. } = spec;
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

/// Up to here B is not packed as a whole: packing costs about as much as multiplying this many rows.
const FEW_ROWS: usize = 8;
/// Columns of a task when there are few rows.
const FEW_ROWS_COLUMNS: usize = 128;
/// Most rows and columns of a task's tile of C: its packed A stays in a second-level cache of 512 KiB.
const TASK_ROWS: usize = 96;
const TASK_COLUMNS: usize = 512;
/// Most values of B packed at a time (16 MiB).
const PACKED_B_MAX: usize = 4 << 20;

thread_local! {
    /// The caller's packed B and each task's packed rows and panels, kept to spare allocations.
    static PACKED_B: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
    static PACKED_A: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

fn assert_sizes<R>(spec: Gemm, a: &[R], b: &[R], c: &[R]) {
    let Gemm { m, n, k, .. } = spec;
    assert_eq!((a.len(), b.len(), c.len()), (m * k, k * n, m * n), "gemm: sizes of a, b, c for {spec:?}");
}

fn operands<'a>(spec: Gemm, a: &'a [f32], b: &'a [f32]) -> (Operand<'a>, Operand<'a>) {
    let Gemm { m, n, k, .. } = spec;
    let a = match spec.a {
        Layout::Normal => Operand { data: a, outer: k, inner: 1 },
        Layout::Transposed => Operand { data: a, outer: 1, inner: m },
    };
    let b = match spec.b {
        Layout::Normal => Operand { data: b, outer: 1, inner: n },
        Layout::Transposed => Operand { data: b, outer: k, inner: 1 },
    };
    (a, b)
}

fn few_rows(spec: Gemm, a: &[f32], b: &[f32], c: &mut [f32]) {
    let level = cpu::level();
    let c = Shared::new(c);
    parallel_for(spec.n.div_ceil(FEW_ROWS_COLUMNS), |task| {
        let columns = task * FEW_ROWS_COLUMNS..((task + 1) * FEW_ROWS_COLUMNS).min(spec.n);
        PACKED_A.with_borrow_mut(|scratch| dispatch(level, FewRows { spec, a, b, c, columns, scratch }));
    });
}

struct FewRows<'a> {
    spec: Gemm,
    a: &'a [f32],
    b: &'a [f32],
    c: Shared<f32>,
    columns: std::ops::Range<usize>,
    scratch: &'a mut Vec<f32>,
}

impl Kernel for FewRows<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        let Gemm { m, n, k, write, .. } = self.spec;
        let (a, b) = operands(self.spec, self.a, self.b);
        let width = S::TILE.1 * S::LANES;
        let rows = m.next_multiple_of(S::TILE.0) * K_BLOCK;
        self.scratch.resize(self.scratch.len().max(rows + K_BLOCK * TILE_N_MAX), 0.0);
        let (packed_a, panel) = self.scratch.split_at_mut(rows);
        for k0 in (0..k).step_by(K_BLOCK) {
            let depth = K_BLOCK.min(k - k0);
            pack_rows(a, 0..m, k0..k0 + depth, S::TILE.0, packed_a);
            let write = if k0 == 0 { write } else { Write::Add };
            for j in self.columns.clone().step_by(width) {
                let n_columns = width.min(self.columns.end - j);
                let (panel, stride) = if self.spec.b == Layout::Normal && n_columns == width {
                    (&self.b[k0 * n + j..], n)
                } else {
                    pack_columns(b, j..j + n_columns, k0..k0 + depth, width, panel);
                    (&*panel, width)
                };
                // SAFETY: C is m x n, tasks write disjoint columns of it.
                unsafe {
                    multiply::<S>(m, n_columns, depth, packed_a, panel, stride, self.c.as_ptr().add(j), n, write);
                }
            }
        }
    }
}

fn many_rows(spec: Gemm, a: &[f32], b: &[f32], c: &mut [f32]) {
    let Gemm { m, n, k, .. } = spec;
    let level = cpu::level();
    let c = Shared::new(c);
    // Column blocks small enough to bound the packed copy, whole tiles of tasks each.
    let columns_max = (PACKED_B_MAX / k / TASK_COLUMNS).max(1) * TASK_COLUMNS;
    PACKED_B.with(|packed| {
        let mut packed = packed.take();
        for j0 in (0..n).step_by(columns_max) {
            let columns = j0..(j0 + columns_max).min(n);
            let size = columns.len().next_multiple_of(TILE_N_MAX) * k;
            packed.resize(packed.len().max(size), 0.0);
            let n_panels = columns.len().div_ceil(TILE_N_MAX);
            let shared = Shared::new(&mut packed[..size]);
            parallel_for(n_panels, |i| {
                let j = j0 + i * TILE_N_MAX;
                // SAFETY: each task has its own range.
                let to = unsafe { shared.range(i * TILE_N_MAX * k..(i + 1) * TILE_N_MAX * k) };
                dispatch(level, PackB { spec, b, columns: j..(j + TILE_N_MAX).min(columns.end), to });
            });
            let packed = &packed[..size];
            let (n_down, n_across) = (m.div_ceil(TASK_ROWS), columns.len().div_ceil(TASK_COLUMNS));
            parallel_for(n_down * n_across, |task| {
                // Equal shares, so that of two tasks for 128 rows none waits for the other.
                let (i, j) = (task % n_down, task / n_down * TASK_COLUMNS);
                let rows = i * m / n_down..(i + 1) * m / n_down;
                let columns = j0 + j..(j0 + j + TASK_COLUMNS).min(columns.end);
                let packed = &packed[j * k..];
                PACKED_A.with_borrow_mut(|scratch| {
                    dispatch(level, Tile { spec, a, packed, c, rows, columns, scratch });
                });
            });
        }
        PACKED_B.set(packed);
    });
}

/// Packs all of k for up to `TILE_N_MAX` columns: K blocks, in each the panels of the level's width.
struct PackB<'a> {
    spec: Gemm,
    b: &'a [f32],
    columns: std::ops::Range<usize>,
    to: &'a mut [f32],
}

impl Kernel for PackB<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        let (_, b) = operands(self.spec, &[], self.b);
        let width = S::TILE.1 * S::LANES;
        let mut at = 0;
        for j in self.columns.clone().step_by(width) {
            for k0 in (0..self.spec.k).step_by(K_BLOCK) {
                let depth = K_BLOCK.min(self.spec.k - k0);
                let columns = j..(j + width).min(self.columns.end);
                pack_columns(b, columns, k0..k0 + depth, width, &mut self.to[at..at + depth * width]);
                at += depth * width;
            }
        }
    }
}

/// One task: a tile of C from packed B.
struct Tile<'a> {
    spec: Gemm,
    a: &'a [f32],
    /// Packed columns from this tile's first on.
    packed: &'a [f32],
    c: Shared<f32>,
    rows: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
    scratch: &'a mut Vec<f32>,
}

impl Kernel for Tile<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        let Gemm { n, k, write, .. } = self.spec;
        let (a, _) = operands(self.spec, self.a, &[]);
        let width = S::TILE.1 * S::LANES;
        self.scratch.resize(self.scratch.len().max((TASK_ROWS + S::TILE.0) * K_BLOCK), 0.0);
        for k0 in (0..k).step_by(K_BLOCK) {
            let depth = K_BLOCK.min(k - k0);
            pack_rows(a, self.rows.clone(), k0..k0 + depth, S::TILE.0, self.scratch);
            let write = if k0 == 0 { write } else { Write::Add };
            for j in (0..self.columns.len()).step_by(width) {
                let panel = &self.packed[j * k + k0 * width..][..depth * width];
                let n_columns = width.min(self.columns.len() - j);
                // SAFETY: C is m x n, tasks write disjoint tiles of it.
                unsafe {
                    let c = self.c.as_ptr().add(self.rows.start * n + self.columns.start + j);
                    multiply::<S>(self.rows.len(), n_columns, depth, self.scratch, panel, width, c, n, write);
                }
            }
        }
    }
}

//! Matrix product `C[m,n] (=|+=) op(A)[m,k] op(B)[k,n]`.
//!
//! k is cut into blocks ([`Unit::K_BLOCK`]); within a block each element of C is one chain of multiply-adds in
//! rising k, and the blocks' sums are added in rising order. That order is the same for every m, n, tile
//! and thread, so a row of C has the same bits whatever rows are computed beside it.
//!
//! For speed: B is packed once into panels as wide as the register tile, zero-padded; tasks take tiles of
//! C, pack their rows of A, and run the register tile over both, one panel of B staying in the first-level
//! cache. With few rows (decoding) packing B would cost more than the product: each task then reads B in
//! place, or transposes a panel that fits the cache. With one row or two, memory is all that counts: rows of B are read in their order,
//! some side by side, and added to sums that stay in the first-level cache. A B that many products share, a weight that no longer changes, is
//! packed once for all of them ([`Packed`]).
//!
//! Operands are f32, or bf16 ([`gemm_bf16`]); how each is packed and multiplied is a `Form`.
//!
//! Source: Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008); BLIS.
//! No alpha, no strides.

mod bf16;
mod few_rows;

use crate::bf16::Bf16;
use crate::cpu::{self, Bf16Unit, Level};
use crate::gelu;
use crate::pool::{Shared, parallel_for};
use crate::simd::{Kernel, Simd, dispatch};
use crate::tile::{Element, Lines, Operand, Panel, PanelProduct, Single, TILE_N_MAX, Target, Unit, pack_columns};
use crate::{Aligned, Products, Real, Write};
pub use bf16::{gemm_bf16, gemm_bf16_gelu, gemm_bf16_gelu_backward, gemm_bf16_plus, reference_bf16};
use std::cell::RefCell;
use std::ops::Range;

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
    gemm_plus(spec, a, b, Addends::default(), c);
}

/// What is added to a product once its sums are complete, while they are in a cache: `sum + bias + residual`, in this order.
#[derive(Clone, Copy, Debug, Default)]
pub struct Addends<'a> {
    /// Added to every row, `[n]`.
    pub bias: Option<&'a [f32]>,
    /// Added as it is, `[m, n]`.
    pub residual: Option<&'a [f32]>,
}

/// [`gemm`] and what is added to it, with the bits of sums that are made afterwards.
///
/// ```
/// use kernels::{Write, gemm::{Addends, Gemm, Layout, gemm_plus}};
/// let spec = Gemm { m: 2, n: 1, k: 1, a: Layout::Normal, b: Layout::Normal, write: Write::Set };
/// let addends = Addends { bias: Some(&[10.0]), residual: Some(&[100.0, 200.0]) };
/// let mut c = [0.0; 2];
/// gemm_plus(spec, &[1.0, 2.0], &[3.0], addends, &mut c);
/// assert_eq!(c, [113.0, 216.0]);
/// ```
pub fn gemm_plus(spec: Gemm, a: &[f32], b: &[f32], addends: Addends, c: &mut [f32]) {
    product::<Plain>(spec, a, b, addends, c);
}

/// How operands are packed and multiplied.
trait Form {
    /// What they hold.
    type Element: Element;
    type Unit: Unit;
    /// Values along k in a packed place.
    const PER_PLACE: usize;
    /// Places of a block of k.
    const BLOCK: usize = Self::Unit::K_BLOCK / Self::PER_PLACE;
    /// Whether a product with one row or two may go value by value: it then has the bits of a tile.
    const STREAMS: bool;

    /// An operand, whose lines are `k` long, as it is packed.
    fn lines(operand: Operand<'_, Self::Element>, k: usize) -> impl Lines;

    /// B as a tile reads it without packing, if it can.
    fn in_place(_b: &[Self::Element]) -> Option<&[f32]> {
        None
    }

    /// Places that `k` values take.
    #[inline(always)]
    fn places(k: usize) -> usize {
        k.div_ceil(Self::PER_PLACE).next_multiple_of(Self::Unit::PLACES)
    }
}

/// f32.
struct Plain;

impl Form for Plain {
    type Element = f32;
    type Unit = Single;
    const PER_PLACE: usize = 1;
    const STREAMS: bool = true;

    #[inline(always)]
    fn lines(operand: Operand<'_, f32>, _k: usize) -> impl Lines {
        operand
    }

    #[inline(always)]
    fn in_place(b: &[f32]) -> Option<&[f32]> {
        Some(b)
    }
}

fn product<'a, F: Form>(spec: Gemm, a: &[F::Element], b: &[F::Element], finish: impl Into<Finish<'a>>, c: &mut [f32]) {
    let finish = finish.into();
    assert_sizes(spec, a.len(), b.len(), c.len());
    finish.assert_sizes(spec.m, spec.n);
    if spec.m == 0 || spec.n == 0 {
        return;
    }
    if spec.k == 0 {
        if spec.write == Write::Set {
            c.fill(0.0);
        }
        let (rows, columns, c) = (0..spec.m, 0..spec.n, Shared::new(c));
        return dispatch(cpu::level(), Finishing { finish, product: None, c, stride: spec.n, rows, columns });
    }
    if spec.m <= few_rows::SOME_ROWS {
        few_rows::product::<F>(spec, a, b, finish, c);
    } else {
        many_rows::<F>(spec, a, b, finish, c);
    }
}

impl Addends<'_> {
    fn assert_sizes(self, m: usize, n: usize) {
        assert!(self.bias.is_none_or(|bias| bias.len() == n), "gemm: size of the bias of {n} columns");
        assert!(
            self.residual.is_none_or(|residual| residual.len() == m * n),
            "gemm: size of the residual of [{m}, {n}]"
        );
    }
}

/// What happens to a tile of the product once its sums are complete, while they are in the cache.
#[derive(Clone, Copy)]
enum Finish<'a> {
    /// They go into C, with what is added to them.
    Sum(Addends<'a>),
    /// With a bias, they are rounded, and so is the GELU of what they were rounded to; there is no C, or it is scratch.
    Gelu { bias: Option<&'a [f32]>, before: Shared<Bf16>, activated: Shared<Bf16> },
    /// Times the slope of GELU at `before`, they are rounded; there is no C, or it is scratch.
    GeluBackward { before: &'a [Bf16], d: Shared<Bf16> },
}

impl<'a> Finish<'a> {
    fn is_something(self) -> bool {
        let Addends { bias, residual } = self.addends();
        !self.is_into_c() || bias.is_some() || residual.is_some()
    }

    fn is_into_c(self) -> bool {
        matches!(self, Finish::Sum(_))
    }

    fn addends(self) -> Addends<'a> {
        match self {
            Finish::Sum(addends) => addends,
            Finish::Gelu { bias, .. } => Addends { bias, residual: None },
            Finish::GeluBackward { .. } => Addends::default(),
        }
    }

    fn assert_sizes(self, m: usize, n: usize) {
        self.addends().assert_sizes(m, n);
        let sizes = match self {
            Finish::Sum(_) => [m * n; 2],
            Finish::Gelu { before, activated, .. } => [before.len(), activated.len()],
            Finish::GeluBackward { before, d } => [before.len(), d.len()],
        };
        assert_eq!(sizes, [m * n; 2], "gemm: sizes of what comes of [{m}, {n}]");
    }
}

impl<'a> From<Addends<'a>> for Finish<'a> {
    fn from(addends: Addends<'a>) -> Finish<'a> {
        Finish::Sum(addends)
    }
}

/// Finishes a tile of C, whose rows are `stride` long.
struct Finishing<'a> {
    finish: Finish<'a>,
    /// The product's values and how far its rows are apart; else it stands in C.
    product: Option<(&'a [f32], usize)>,
    c: Shared<f32>,
    stride: usize,
    rows: Range<usize>,
    columns: Range<usize>,
}

impl Kernel for Finishing<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        for first in self.columns.clone().step_by(S::LANES) {
            // Whole vectors apart, because reads of a length known to the compiler have no other way.
            match S::LANES.min(self.columns.end - first) {
                n if n == S::LANES => self.finish_columns::<S>(first, S::LANES),
                n => self.finish_columns::<S>(first, n),
            }
        }
    }
}

impl Finishing<'_> {
    /// `n` columns from `first` on, at most `LANES`.
    #[inline(always)]
    fn finish_columns<S: Simd>(&self, first: usize, n: usize) {
        let Finishing { finish, product, c, stride, ref rows, ref columns } = *self;
        let Addends { bias, residual } = finish.addends();
        let bias = bias.map(|bias| &bias[first..first + n]);
        for row in rows.clone() {
            let at = row * stride + first..row * stride + first + n;
            let mut sum = match product {
                // SAFETY: a task finishes its own tile of C.
                None => S::read(unsafe { c.range(at.clone()) }, 0.0),
                Some((product, apart)) => {
                    let from = (row - rows.start) * apart + first - columns.start;
                    S::read(&product[from..from + n], 0.0)
                }
            };
            if let Some(bias) = bias {
                sum = sum.add(S::read(bias, 0.0));
            }
            if let Some(residual) = residual {
                sum = sum.add(S::read(&residual[at.clone()], 0.0));
            }
            match finish {
                // SAFETY: as above.
                Finish::Sum(_) => sum.write(unsafe { c.range(at) }),
                Finish::Gelu { before, activated, .. } => {
                    // SAFETY: as above.
                    let (before, activated) = unsafe { (before.range(at.clone()), activated.range(at)) };
                    sum.write_bf16(before);
                    gelu::gelu_of(Bf16::read::<S>(before)).write_bf16(activated);
                }
                Finish::GeluBackward { before, d } => {
                    let slope = gelu::slope(Bf16::read::<S>(&before[at.clone()]));
                    // SAFETY: as above.
                    sum.mul(slope).write_bf16(unsafe { d.range(at) });
                }
            }
        }
    }
}

/// The product in plain loops.
pub fn reference<R: Real>(spec: Gemm, a: &[R], b: &[R], c: &mut [R]) {
    assert_sizes(spec, a.len(), b.len(), c.len());
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

/// About the most rows of a task's tile of C: its packed A stays in a second-level cache of 512 KiB.
const TASK_ROWS: usize = 96;
/// Most columns of a task. Each packs its rows of A, so C is cut across only where it is wider.
const TASK_COLUMNS: usize = 512;
/// Tasks that a product with a packed B is cut into, so that no thread waits long for the last one.
const TASKS_WANTED: usize = 16;
/// Rows of B as it is stored that a task packs: few enough to stay in the first-level cache while panel after panel takes its
/// columns of them.
const PACK_DEPTH: usize = 16;
/// Most places of a packed B at a time (16 MiB).
const PACKED_B_MAX: usize = 4 << 20;

thread_local! {
    /// The caller's packed B and each task's packed rows and panels, kept to spare allocations.
    static PACKED_B: RefCell<Aligned<f32>> = const { RefCell::new(Aligned::new()) };
    static PACKED_A: RefCell<Aligned<f32>> = const { RefCell::new(Aligned::new()) };
    /// A product of few rows that goes on into something else.
    static PRODUCT: RefCell<Aligned<f32>> = const { RefCell::new(Aligned::new()) };
}

fn assert_sizes(spec: Gemm, a: usize, b: usize, c: usize) {
    let Gemm { m, n, k, .. } = spec;
    assert_eq!((a, b, c), (m * k, k * n, m * n), "gemm: sizes of a, b, c for {spec:?}");
}

fn operands<'a, E>(spec: Gemm, a: &'a [E], b: &'a [E]) -> (Operand<'a, E>, Operand<'a, E>) {
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

/// [`product`] into something else than C.
fn product_into<F: Form>(spec: Gemm, a: &[F::Element], b: &[F::Element], finish: Finish) {
    if spec.k > 0 && spec.m > few_rows::SOME_ROWS {
        assert_sizes(spec, a.len(), b.len(), spec.m * spec.n);
        finish.assert_sizes(spec.m, spec.n);
        return many_rows::<F>(spec, a, b, finish, &mut []);
    }
    let mut c = PRODUCT.take();
    product::<F>(spec, a, b, finish, c.room(spec.m * spec.n));
    PRODUCT.replace(c);
}

fn many_rows<F: Form>(spec: Gemm, a: &[F::Element], b: &[F::Element], finish: Finish, c: &mut [f32]) {
    let (n, places) = (spec.n, F::places(spec.k));
    let level = cpu::level();
    let c = Shared::new(c);
    // Column blocks small enough to bound the packed copy, whole tiles of tasks each.
    let columns_max = (PACKED_B_MAX / places / TASK_COLUMNS).max(1) * TASK_COLUMNS;
    PACKED_B.with(|kept| {
        let mut buffer = kept.take();
        for j0 in (0..n).step_by(columns_max) {
            let columns = j0..(j0 + columns_max).min(n);
            let size = columns.len().next_multiple_of(TILE_N_MAX) * places;
            let packed = buffer.room(size);
            pack::<F>(spec, level, b, columns.clone(), packed);
            tiles::<F>(spec, level, a, (packed, finish), c, columns);
        }
        kept.replace(buffer);
    });
}

/// Packs `columns` of B, all of k, along the rows as they are stored: stretches of k of all panels, or all k of some panels.
fn pack<F: Form>(spec: Gemm, level: Level, b: &[F::Element], columns: Range<usize>, to: &mut [f32]) {
    let (places, to) = (F::places(spec.k), Shared::new(to));
    let n_tasks = match spec.b {
        Layout::Normal => places.div_ceil(PACK_DEPTH),
        Layout::Transposed => columns.len().div_ceil(TILE_N_MAX),
    };
    parallel_for(n_tasks, |task| {
        let (mut ks, mut some) = (0..places, columns.clone());
        match spec.b {
            Layout::Normal => ks = task * PACK_DEPTH..((task + 1) * PACK_DEPTH).min(places),
            Layout::Transposed => {
                let first = columns.start + task * TILE_N_MAX;
                some = first..(first + TILE_N_MAX).min(columns.end);
            }
        }
        dispatch(level, PackB::<F> { spec, b, first: columns.start, columns: some, ks, to });
    });
}

/// Multiplies all rows of A by the packed `columns` of B, and finishes C.
fn tiles<F: Form>(
    spec: Gemm,
    level: Level,
    a: &[F::Element],
    (packed, finish): (&[f32], Finish),
    c: Shared<f32>,
    columns: Range<usize>,
) {
    let (m, tile) = (spec.m, F::Unit::tile_rows(level));
    let n_tiles = m.div_ceil(tile);
    // One row of tiles is cut across, or one thread would have all of it.
    let n_across = columns.len().div_ceil(TASK_COLUMNS).max(if n_tiles == 1 { 2 } else { 1 });
    let width = columns.len().div_ceil(n_across).next_multiple_of(TILE_N_MAX);
    let height = (m * n_across / TASKS_WANTED).clamp(F::Unit::TASK_ROWS_MIN, TASK_ROWS);
    // An even number of tasks, so that of two threads none waits for the other.
    let n_down = m.div_ceil(height).next_multiple_of(1 + n_across % 2);
    parallel_for(n_down * n_across, |task| {
        // Equal shares of whole tiles.
        let (i, j) = (task / n_across, task % n_across * width);
        let rows = i * n_tiles / n_down * tile..((i + 1) * n_tiles / n_down * tile).min(m);
        let columns = columns.start + j..(columns.start + j + width).min(columns.end);
        let packed = &packed[j * F::places(spec.k)..];
        PACKED_A.with_borrow_mut(|scratch| {
            dispatch(level, Tile::<F> { spec, a, packed, finish, c, rows, columns, scratch });
        });
    });
}

/// A matrix B `[k, n]`, packed once for all products with it.
pub struct Packed {
    level: Level,
    /// What multiplies it in bf16, if it is packed so.
    unit: Option<Bf16Unit>,
    k: usize,
    n: usize,
    panels: Aligned<f32>,
}

impl Packed {
    /// Packs `b` `[k, n]`, or `[n, k]` when `Layout::Transposed`, for the level of this moment; rounded for products of bf16.
    ///
    /// ```
    /// use kernels::{Products, gemm::{Layout, Packed}};
    /// let b = Packed::new(Products::F32, Layout::Normal, [2, 1], &[3.0, 4.0]);
    /// let mut c = [0.0];
    /// b.multiply(&[1.0, 2.0], Default::default(), &mut c);
    /// assert_eq!(c, [11.0]);
    /// ```
    pub fn new(products: Products, layout: Layout, [k, n]: [usize; 2], b: &[f32]) -> Packed {
        assert_eq!(b.len(), k * n, "Packed: size of b for [{k}, {n}]");
        let level = cpu::level();
        let spec = Gemm { m: 0, n, k, a: Layout::Normal, b: layout, write: Write::Set };
        let unit = (products == Products::Bf16).then(cpu::bf16_unit);
        let panels = match unit {
            None => pack_whole::<Plain>(spec, level, b),
            Some(unit) => bf16::pack_whole(unit, spec, level, b),
        };
        Packed { level, unit, k, n, panels }
    }

    /// `C[m, n] = A[m, k] B` and what is added to it, with the bits of [`gemm_plus`], or of [`gemm_bf16_plus`] of rounded matrices.
    pub fn multiply(&self, a: &[f32], addends: Addends, c: &mut [f32]) {
        let &Packed { level, unit, k, n, .. } = self;
        let m = a.len().checked_div(k).unwrap_or_else(|| c.len() / n.max(1));
        assert_eq!((a.len(), c.len()), (m * k, m * n), "Packed: sizes of a and c for [{k}, {n}]");
        let spec = Gemm { m, n, k, a: Layout::Normal, b: Layout::Normal, write: Write::Set };
        if m == 0 || n == 0 {
            return;
        }
        if k == 0 {
            return product::<Plain>(spec, a, &[], addends, c);
        }
        addends.assert_sizes(m, n);
        let packed = (&self.panels[..], addends.into());
        match unit {
            None => tiles::<Plain>(spec, level, a, packed, Shared::new(c), 0..n),
            Some(unit) => bf16::tiles(unit, spec, level, a, packed, Shared::new(c)),
        }
    }
}

/// All of B in panels.
fn pack_whole<F: Form>(spec: Gemm, level: Level, b: &[F::Element]) -> Aligned<f32> {
    let mut panels = Aligned::zeroed(spec.n.next_multiple_of(TILE_N_MAX) * F::places(spec.k));
    pack::<F>(spec, level, b, 0..spec.n, &mut panels);
    panels
}

/// Packs a part of B into panels `[panel][k][column]` of the level's width, which begin with column `first`; k in places.
struct PackB<'a, F: Form> {
    spec: Gemm,
    b: &'a [F::Element],
    first: usize,
    columns: Range<usize>,
    ks: Range<usize>,
    to: Shared<f32>,
}

impl<F: Form> Kernel for PackB<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        let (_, b) = operands(self.spec, &[], self.b);
        let b = F::lines(b, self.spec.k);
        let (width, places) = (S::TILE.1 * S::LANES, F::places(self.spec.k));
        for j in self.columns.clone().step_by(width) {
            let start = (j - self.first) * places + self.ks.start * width;
            // SAFETY: tasks have other panels, or other stretches of k.
            let to = unsafe { self.to.range(start..start + self.ks.len() * width) };
            pack_columns::<S>(b, j..(j + width).min(self.columns.end), self.ks.clone(), width, to);
        }
    }
}

/// One task: a tile of C from packed B.
struct Tile<'a, F: Form> {
    spec: Gemm,
    a: &'a [F::Element],
    /// Packed columns from this tile's first on.
    packed: &'a [f32],
    finish: Finish<'a>,
    c: Shared<f32>,
    rows: Range<usize>,
    columns: Range<usize>,
    scratch: &'a mut Aligned<f32>,
}

impl<F: Form> Kernel for Tile<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        let Gemm { n, k, write, .. } = self.spec;
        let (a, _) = operands(self.spec, self.a, &[]);
        let (a, places) = (F::lines(a, k), F::places(k));
        let width = S::TILE.1 * S::LANES;
        let (n_rows, n_packed) = (self.rows.len(), self.rows.len().next_multiple_of(F::Unit::ROWS) * F::BLOCK);
        // Rows of C lie far apart, often such that few of them fit into the first-level cache at a time. What is to be finished after one block
        // of k is therefore computed apart, a panel at a time, and C is written once; what never gets into C is so from the first block on.
        let is_into_c = self.finish.is_into_c();
        let stride = if is_into_c { width } else { self.columns.len().next_multiple_of(width) };
        let (scratch, apart) = self.scratch.room(n_packed + n_rows * stride).split_at_mut(n_packed);
        let _session = F::Unit::begin();
        for k0 in (0..places).step_by(F::BLOCK) {
            let depth = F::BLOCK.min(places - k0);
            let rows = F::Unit::rows::<S>(a, self.rows.clone(), k0..k0 + depth, scratch);
            let write = if k0 == 0 { write } else { Write::Add };
            for j in (0..self.columns.len()).step_by(width) {
                let values = &self.packed[j * places + k0 * width..][..depth * width];
                // Next comes the panel beside it, or the first of the next block of k.
                let is_last = j + width >= self.columns.len();
                let next = if is_last { (k0 + depth) * width } else { (j + width) * places + k0 * width };
                let panel = Panel { values, stride: width, next: self.packed.as_ptr().wrapping_add(next) };
                let n_columns = width.min(self.columns.len() - j);
                let is_finished = k0 + depth == places && self.finish.is_something();
                let apart = if is_into_c { &mut *apart } else { &mut apart[j..] };
                let is_apart = !is_into_c || is_finished && write == Write::Set;
                let target = if is_apart {
                    Target { c: apart.as_mut_ptr(), stride, write }
                } else {
                    let c = self.c.as_ptr().wrapping_add(self.rows.start * n + self.columns.start + j);
                    Target { c, stride: n, write }
                };
                // SAFETY: C is m x n, tasks write disjoint tiles of it; `apart` has room for a panel's columns of all rows, or for all
                // columns.
                unsafe { F::Unit::multiply::<S>(PanelProduct { n_rows, n_columns, depth, rows, panel, target }) };
                if is_finished {
                    let start = self.columns.start + j;
                    let (rows, columns) = (self.rows.clone(), start..start + n_columns);
                    let (finish, product) = (self.finish, is_apart.then_some((&*apart, stride)));
                    Finishing { finish, product, c: self.c, stride: n, rows, columns }.run::<S>();
                }
            }
        }
    }
}

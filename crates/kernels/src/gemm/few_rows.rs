//! Products with few rows: no copy of all of B is made.
//!
//! A row or two read B in its order, up to eight where it lies, more pack a block of k of what columns they compute.

use super::{Finish, Finishing, Form, Gemm, Layout, PACK_DEPTH, PACKED_A, TASK_ROWS, operands};
use crate::cpu;
use crate::pool::{Shared, parallel_for};
use crate::simd::{Kernel, Simd, dispatch};
use crate::tile::{Element, K_BLOCK, Panel, PanelProduct, TILE_N_MAX, Target, Unit, multiply_panels, pack_columns};
use crate::{Aligned, Write};
use std::ops::Range;

/// Up to here rows of B are read in their order, if B lies as it is multiplied.
const STREAM_ROWS: usize = 2;
/// Rows of B that are read side by side then.
const STREAMS: usize = 4;
/// Up to here B is read where it is, if it lies as it is multiplied: packing costs about as much as multiplying this many rows.
const FEW_ROWS: usize = 8;
/// Columns of a task when there are few rows.
const FEW_ROWS_COLUMNS: usize = 128;
/// Up to here each task packs what it needs of B, a block of k at a time: a copy of all of B, such as the gradients of a batch when
/// the gradient of a weight is made, would go to memory and back for two tasks' rows.
pub(super) const SOME_ROWS: usize = 2 * TASK_ROWS;
/// Most columns of a task then: its packed rows and columns of a block of k stay in a second-level cache of 512 KiB.
const SOME_ROWS_COLUMNS: usize = 256;

/// The product for up to [`SOME_ROWS`] rows.
pub(super) fn product<F: Form>(spec: Gemm, a: &[F::Element], b: &[F::Element], finish: Finish, c: &mut [f32]) {
    let (n, level) = (spec.n, cpu::level());
    let c = Shared::new(c);
    let is_normal = spec.b == Layout::Normal;
    let (is_in_place, streams) = (is_normal && F::in_place(b).is_some(), is_normal && F::STREAMS);
    let n_columns = if is_in_place && (STREAM_ROWS + 1..=FEW_ROWS).contains(&spec.m) {
        FEW_ROWS_COLUMNS
    } else {
        // An even number of tasks of whole panels, as equal as can be.
        let n_tasks = n.div_ceil(SOME_ROWS_COLUMNS).next_multiple_of(2);
        n.div_ceil(n_tasks).next_multiple_of(TILE_N_MAX)
    };
    parallel_for(n.div_ceil(n_columns), |task| {
        let columns = task * n_columns..((task + 1) * n_columns).min(n);
        let (rows, product) = (0..spec.m, None);
        let finishing = Finishing { finish, product, c, stride: n, rows, columns: columns.clone() };
        PACKED_A.with_borrow_mut(|scratch| match spec.m {
            1 if streams => dispatch(level, Streams::<_, 1> { spec, a, b, c, columns, sums: scratch }),
            STREAM_ROWS if streams => {
                dispatch(level, Streams::<_, STREAM_ROWS> { spec, a, b, c, columns, sums: scratch });
            }
            _ => dispatch(level, SomeRows::<F> { spec, a, b, c, columns, scratch }),
        });
        if finish.is_something() {
            dispatch(level, finishing);
        }
    });
}

/// One task: the ROWS rows of C in some columns, from rows of B in their order.
struct Streams<'a, E, const ROWS: usize> {
    spec: Gemm,
    a: &'a [E],
    b: &'a [E],
    c: Shared<f32>,
    columns: Range<usize>,
    sums: &'a mut Aligned<f32>,
}

impl<E: Element, const ROWS: usize> Kernel for Streams<'_, E, ROWS> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        let Gemm { n, k, write, .. } = self.spec;
        let (a, _) = operands(self.spec, self.a, &[]);
        let columns = self.columns;
        let width = columns.len();
        let sums = self.sums.room(ROWS * width);
        for k0 in (0..k).step_by(K_BLOCK) {
            sums.fill(0.0);
            let end = k.min(k0 + K_BLOCK);
            let whole = end - (end - k0) % STREAMS;
            let x = |row: usize, p: usize| a.data[row * a.outer + p * a.inner].widened();
            for p in (k0..whole).step_by(STREAMS) {
                add_streams::<S, E, ROWS, STREAMS>(|row, i| x(row, p + i), &self.b[p * n + columns.start..], n, sums);
            }
            for p in whole..end {
                add_streams::<S, E, ROWS, 1>(|row, _| x(row, p), &self.b[p * n + columns.start..], n, sums);
            }
            let write = if k0 == 0 { write } else { Write::Add };
            for (row, sums) in sums.chunks_exact(width).enumerate() {
                let start = row * n + columns.start;
                // SAFETY: tasks write disjoint columns of C.
                let c = unsafe { self.c.range(start..start + width) };
                c.iter_mut().zip(sums).for_each(|(c, &sum)| write.put(c, sum));
            }
        }
    }
}

/// Adds to `sums` `[ROWS][width]` the first `width` values of DEPTH rows of `b`, `stride` apart, times `x(row, depth)`, in rising depth.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // Row and depth are what the arithmetic is about.
fn add_streams<S: Simd, E: Element, const ROWS: usize, const DEPTH: usize>(
    x: impl Fn(usize, usize) -> f32,
    b: &[E],
    stride: usize,
    sums: &mut [f32],
) {
    let width = sums.len() / ROWS;
    let mut factors = [[S::splat(0.0); DEPTH]; ROWS];
    for row in 0..ROWS {
        for depth in 0..DEPTH {
            factors[row][depth] = S::splat(x(row, depth));
        }
    }
    let mut rest = sums;
    let sums: [&mut [f32]; ROWS] = std::array::from_fn(|_| rest.split_off_mut(..width).expect("ROWS rows of sums"));
    let lines: [&[E]; DEPTH] = std::array::from_fn(|depth| &b[depth * stride..][..width]);
    for j in (0..width).step_by(S::LANES) {
        let to = width.min(j + S::LANES);
        let mut values = [S::splat(0.0); DEPTH];
        for depth in 0..DEPTH {
            values[depth] = E::read(&lines[depth][j..to]);
        }
        for row in 0..ROWS {
            let mut sum = S::read(&sums[row][j..to], 0.0);
            for depth in 0..DEPTH {
                sum = factors[row][depth].mul_add(values[depth], sum);
            }
            sum.write(&mut sums[row][j..to]);
        }
    }
}

/// One task: all rows of C in some columns.
struct SomeRows<'a, F: Form> {
    spec: Gemm,
    a: &'a [F::Element],
    b: &'a [F::Element],
    c: Shared<f32>,
    columns: Range<usize>,
    scratch: &'a mut Aligned<f32>,
}

impl<F: Form> Kernel for SomeRows<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        let Gemm { m, n, k, write, .. } = self.spec;
        let (a, b) = operands(self.spec, self.a, self.b);
        let (a, b) = (F::lines(a, k), F::lines(b, k));
        let (places, block) = (F::places(k), F::BLOCK);
        let (width, columns) = (S::TILE.1 * S::LANES, self.columns);
        // Whole panels of few rows are read where B is.
        let is_few = m <= FEW_ROWS && self.spec.b == Layout::Normal;
        let in_place = if is_few { F::in_place(self.b) } else { None };
        let n_in_place = if in_place.is_some() { columns.len() / width * width } else { 0 };
        let n_packed = (columns.len() - n_in_place).next_multiple_of(width);
        // B first: its panels must begin at a line of the cache.
        let packed = self.scratch.room((n_packed + m.next_multiple_of(F::Unit::ROWS)) * block);
        let (packed_b, scratch) = packed.split_at_mut(n_packed * block);
        // Rows of B side by side, one stretch of k after the other.
        let stretch = if self.spec.b == Layout::Normal { PACK_DEPTH } else { block };
        let _session = F::Unit::begin();
        for k0 in (0..places).step_by(block) {
            let depth = block.min(places - k0);
            let rows = F::Unit::rows::<S>(a, 0..m, k0..k0 + depth, scratch);
            for first in (0..depth).step_by(stretch) {
                let ks = first..(first + stretch).min(depth);
                for j in (n_in_place..columns.len()).step_by(width) {
                    let panel = columns.start + j..columns.end.min(columns.start + j + width);
                    let to = &mut packed_b[(j - n_in_place) * depth + ks.start * width..][..ks.len() * width];
                    pack_columns::<S>(b, panel, k0 + ks.start..k0 + ks.end, width, to);
                }
            }
            let write = if k0 == 0 { write } else { Write::Add };
            let target = |j| Target { c: self.c.as_ptr().wrapping_add(columns.start + j), stride: n, write };
            if let Some(b) = in_place {
                for j in (0..n_in_place).step_by(width) {
                    let values = &b[k0 * n + columns.start + j..];
                    let panel = Panel { values, stride: n, next: values.as_ptr() };
                    // SAFETY: C is m x n, tasks write disjoint columns of it.
                    unsafe {
                        let (n_rows, n_columns, target) = (m, width, target(j));
                        F::Unit::multiply::<S>(PanelProduct { n_rows, n_columns, depth, rows, panel, target });
                    }
                }
            }
            let n_left = columns.len() - n_in_place;
            // SAFETY: as above.
            unsafe { multiply_panels::<S, F::Unit>([m, n_left, depth], rows, packed_b, target(n_in_place)) };
        }
    }
}

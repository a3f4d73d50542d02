//! The register tile of the matrix product, and packing for it; shared by `gemm` and `attention`.
//!
//! A tile of `S::TILE` rows and vectors of C stays in registers while k runs. Each element is one chain of
//! multiply-adds in rising k, so a tile with fewer rows or columns computes the same bits.

use crate::Write;
use crate::simd::{Kernel, LANES_MAX, Simd, dispatch};
use std::mem::MaybeUninit;
use std::ops::Range;

/// Length of a block of k: a panel of B of this depth fills half of a first-level cache of 32 KiB.
pub(crate) const K_BLOCK: usize = 256;
/// A multiple of every level's panel width.
pub(crate) const TILE_N_MAX: usize = 32;
/// Most rows of a tile.
const TILE_M_MAX: usize = 14;

/// A matrix by strides: element (o, i) is `data[o * outer + i * inner]`, where i runs along k.
#[derive(Clone, Copy)]
pub(crate) struct Operand<'a> {
    pub data: &'a [f32],
    pub outer: usize,
    pub inner: usize,
}

/// Packs rows of A into panels of `height` rows, `[panel][k][row]`; the last panel holds only the rows there are.
#[inline(always)]
pub(crate) fn pack_rows(a: Operand, rows: Range<usize>, ks: Range<usize>, height: usize, to: &mut [f32]) {
    let mut at = 0;
    for i in rows.clone().step_by(height) {
        let n_rows = height.min(rows.end - i);
        // Whole panels apart, because copies of a length known to the compiler need no call.
        if n_rows == height {
            interleave(a, i, height, ks.clone(), height, &mut to[at..]);
        } else {
            interleave(a, i, n_rows, ks.clone(), n_rows, &mut to[at..]);
        }
        at += n_rows * ks.len();
    }
}

/// Packs columns of B into one panel `[k][width]`; columns it lacks are 0.
#[inline(always)]
pub(crate) fn pack_columns(b: Operand, columns: Range<usize>, ks: Range<usize>, width: usize, to: &mut [f32]) {
    if columns.len() == width {
        interleave(b, columns.start, width, ks, width, to);
    } else {
        to[..ks.len() * width].fill(0.0);
        interleave(b, columns.start, columns.len(), ks, width, to);
    }
}

/// Packs `n_columns` columns of B, rows `0..depth`, into panels `[panel][k][width]` of the level's width.
#[inline(always)]
pub(crate) fn pack_panels<S: Simd>(b: Operand, n_columns: usize, depth: usize, to: &mut [f32]) {
    let width = S::TILE.1 * S::LANES;
    for j in (0..n_columns).step_by(width) {
        pack_columns(b, j..(j + width).min(n_columns), 0..depth, width, &mut to[j * depth..(j + width) * depth]);
    }
}

/// Multiplies packed rows by the panels of [`pack_panels`] into C with rows `c_stride` apart.
///
/// # Safety
/// `rows` x `n_columns` values of C may be written by this thread.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
pub(crate) unsafe fn multiply_panels<S: Simd>(
    rows: usize,
    n_columns: usize,
    depth: usize,
    packed_a: &[f32],
    panels: &[f32],
    c: *mut f32,
    c_stride: usize,
    write: Write,
) {
    let width = S::TILE.1 * S::LANES;
    for j in (0..n_columns).step_by(width) {
        let panel = &panels[j * depth..(j + width) * depth];
        // SAFETY: the caller's promise.
        unsafe {
            multiply::<S>(rows, width.min(n_columns - j), depth, packed_a, panel, width, c.add(j), c_stride, write);
        }
    }
}

/// `to[i * width + o] = from(first + o, i)` for o below n, in blocks of 8 x 8 where the source runs along k.
#[inline(always)]
fn interleave(from: Operand, first: usize, n: usize, ks: Range<usize>, width: usize, to: &mut [f32]) {
    let depth = ks.len();
    let start = first * from.outer + ks.start * from.inner;
    if from.outer == 1 {
        for i in 0..depth {
            to[i * width..][..n].copy_from_slice(&from.data[start + i * from.inner..][..n]);
        }
        return;
    }
    let source = &from.data[start..];
    for i0 in (0..depth).step_by(8) {
        let end = (i0 + 8).min(depth);
        let to = &mut to[i0 * width..end * width];
        for o in 0..n {
            let line = &source[o * from.outer + i0..o * from.outer + end];
            for (i, &value) in line.iter().enumerate() {
                to[i * width + o] = value;
            }
        }
    }
}

/// Multiplies packed rows by one panel of B, whose rows lie `b_stride` apart, into C with rows `c_stride` apart.
///
/// # Safety
/// `rows` x `n_columns` values of C may be written by this thread; `n_columns` is at most the panel's width.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
pub(crate) unsafe fn multiply<S: Simd>(
    rows: usize,
    n_columns: usize,
    depth: usize,
    packed_a: &[f32],
    panel: &[f32],
    b_stride: usize,
    c: *mut f32,
    c_stride: usize,
    write: Write,
) {
    let width = S::TILE.1 * S::LANES;
    assert!(n_columns <= width && packed_a.len() >= rows * depth);
    assert!(depth == 0 || panel.len() >= (depth - 1) * b_stride + width);
    let (a, b) = (packed_a.as_ptr(), panel.as_ptr());
    dispatch(S::LEVEL, Multiply { rows, n_columns, depth, a, b, b_stride, c, c_stride, write });
}

/// [`multiply`], compiled once a level: its tiles of all heights are too much code to repeat in each kernel.
struct Multiply {
    rows: usize,
    n_columns: usize,
    depth: usize,
    a: *const f32,
    b: *const f32,
    b_stride: usize,
    c: *mut f32,
    c_stride: usize,
    write: Write,
}

impl Kernel for Multiply {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        let Multiply { rows, n_columns, depth, mut a, b, b_stride, c, c_stride, write } = self;
        let (height, width) = (S::TILE.0, S::TILE.1 * S::LANES);
        // A tile with fewer columns than a panel is computed whole, apart from C.
        let mut apart = MaybeUninit::<[f32; TILE_M_MAX * TILE_N_MAX]>::uninit();
        let is_whole = n_columns == width;
        for i in (0..rows).step_by(height) {
            let n_rows = height.min(rows - i);
            // SAFETY: the promise of the caller of `multiply`, which checked the sizes of both operands; values of
            // `apart` are read after the tile wrote them.
            unsafe {
                let c = c.add(i * c_stride);
                let (to, stride, tile_write) =
                    if is_whole { (c, c_stride, write) } else { (apart.as_mut_ptr().cast(), width, Write::Set) };
                tile_of_rows::<S>(n_rows, depth, a, b, b_stride, to, stride, tile_write);
                if !is_whole {
                    for row in 0..n_rows {
                        let c = std::slice::from_raw_parts_mut(c.add(row * c_stride), n_columns);
                        let values = std::slice::from_raw_parts(to.add(row * width), n_columns);
                        for (c, &value) in c.iter_mut().zip(values) {
                            write.put(c, value);
                        }
                    }
                }
                a = a.add(n_rows * depth);
            }
        }
    }
}

/// Chooses the tile compiled for this many rows.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
unsafe fn tile_of_rows<S: Simd>(
    n_rows: usize,
    depth: usize,
    a: *const f32,
    b: *const f32,
    b_stride: usize,
    c: *mut f32,
    c_stride: usize,
    write: Write,
) {
    macro_rules! rows {
        ($($n:literal)*) => {
            match n_rows {
                // SAFETY: the caller's promise.
                $($n if $n <= S::TILE.0 => unsafe {
                    if S::TILE.1 == 1 {
                        tile::<S, $n, 1>(depth, a, b, b_stride, c, c_stride, write)
                    } else {
                        tile::<S, $n, 2>(depth, a, b, b_stride, c, c_stride, write)
                    }
                },)*
                _ => unreachable!("a tile of {n_rows} rows"),
            }
        };
    }
    rows!(1 2 3 4 5 6 7 8 9 10 11 12 13 14)
}

#[inline(always)]
#[allow(clippy::needless_range_loop)] // Row and vector numbers are what the arithmetic is about.
unsafe fn tile<S: Simd, const ROWS: usize, const VECTORS: usize>(
    depth: usize,
    mut a: *const f32,
    mut b: *const f32,
    b_stride: usize,
    c: *mut f32,
    c_stride: usize,
    write: Write,
) {
    debug_assert!(S::LANES <= LANES_MAX);
    let mut sums = [[S::splat(0.0); VECTORS]; ROWS];
    for _ in 0..depth {
        // SAFETY: `depth` steps of ROWS values of A and of VECTORS vectors of B, as `multiply` checked.
        unsafe {
            let mut line = [S::splat(0.0); VECTORS];
            for v in 0..VECTORS {
                line[v] = S::load(b.add(v * S::LANES));
            }
            for r in 0..ROWS {
                let x = S::splat(*a.add(r));
                for v in 0..VECTORS {
                    sums[r][v] = x.mul_add(line[v], sums[r][v]);
                }
            }
            a = a.add(ROWS);
            b = b.wrapping_add(b_stride);
        }
    }
    for r in 0..ROWS {
        for v in 0..VECTORS {
            // SAFETY: the caller's promise on C.
            unsafe {
                let place = c.add(r * c_stride + v * S::LANES);
                match write {
                    Write::Set => sums[r][v].store(place),
                    Write::Add => S::load(place).add(sums[r][v]).store(place),
                }
            }
        }
    }
}

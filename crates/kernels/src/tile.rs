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
/// Values in a line of the cache, 64 bytes.
const LINE: usize = 16;
/// Most rows of a tile.
const TILE_M_MAX: usize = 14;

/// A matrix by strides: element (o, i) is `data[o * outer + i * inner]`, where i runs along k.
#[derive(Clone, Copy)]
pub(crate) struct Operand<'a> {
    pub data: &'a [f32],
    pub outer: usize,
    pub inner: usize,
}

/// A panel of B: rows of k, `stride` apart, each as wide as the register tile.
#[derive(Clone, Copy)]
pub(crate) struct Panel<'a> {
    pub values: &'a [f32],
    pub stride: usize,
    /// A packed panel that comes into the cache meanwhile; where there is none, the same again.
    pub next: *const f32,
}

impl<'a> Panel<'a> {
    /// One whose rows follow one another, the last of its kind.
    #[inline(always)]
    pub fn packed<S: Simd>(values: &'a [f32]) -> Panel<'a> {
        Panel { values, stride: S::TILE.1 * S::LANES, next: values.as_ptr() }
    }
}

/// Where a product goes: the first place in C, the distance of its rows, and whether it is added there.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    pub c: *mut f32,
    pub stride: usize,
    pub write: Write,
}

impl Target {
    /// The same from `offset` values on.
    #[inline(always)]
    fn from(self, offset: usize) -> Target {
        Target { c: self.c.wrapping_add(offset), ..self }
    }
}

/// Packs rows of A into panels of `height` rows, `[panel][k][row]`; the last panel holds only the rows there are.
#[inline(always)]
pub(crate) fn pack_rows<S: Simd>(a: Operand, rows: Range<usize>, ks: Range<usize>, height: usize, to: &mut [f32]) {
    if a.outer == 1 {
        return pack_panels_along(a, rows, ks, height, to);
    }
    let mut at = 0;
    for i in rows.clone().step_by(height) {
        let n_rows = height.min(rows.end - i);
        // Whole panels apart, because loops of a length known to the compiler are unrolled.
        if n_rows == height {
            interleave::<S>(a, i, height, ks.clone(), height, &mut to[at..]);
        } else {
            interleave::<S>(a, i, n_rows, ks.clone(), n_rows, &mut to[at..]);
        }
        at += n_rows * ks.len();
    }
}

/// Packs `lines` of an operand whose lines lie side by side into panels of `width` lines, `[panel][k][line]`; the last panel holds
/// only the lines there are. Each step of k is read in one go.
#[inline(always)]
fn pack_panels_along(from: Operand, lines: Range<usize>, ks: Range<usize>, width: usize, to: &mut [f32]) {
    let (depth, n_whole) = (ks.len(), lines.len() / width);
    for (i, k) in ks.enumerate() {
        let source = &from.data[lines.start + k * from.inner..][..lines.len()];
        // Whole panels apart, because copies of a length known to the compiler need no call.
        let (whole, rest) = source.split_at(n_whole * width);
        for (panel, values) in whole.chunks_exact(width).enumerate() {
            to[(panel * depth + i) * width..][..width].copy_from_slice(values);
        }
        to[n_whole * depth * width + i * rest.len()..][..rest.len()].copy_from_slice(rest);
    }
}

/// Packs columns of B into one panel `[k][width]`; columns it lacks are 0.
#[inline(always)]
pub(crate) fn pack_columns<S: Simd>(b: Operand, columns: Range<usize>, ks: Range<usize>, width: usize, to: &mut [f32]) {
    if columns.len() == width {
        interleave::<S>(b, columns.start, width, ks, width, to);
    } else {
        to[..ks.len() * width].fill(0.0);
        interleave::<S>(b, columns.start, columns.len(), ks, width, to);
    }
}

/// Packs `n_columns` columns of B, rows `0..depth`, into panels `[panel][k][width]` of the level's width.
#[inline(always)]
pub(crate) fn pack_panels<S: Simd>(b: Operand, n_columns: usize, depth: usize, to: &mut [f32]) {
    let width = S::TILE.1 * S::LANES;
    for j in (0..n_columns).step_by(width) {
        pack_columns::<S>(b, j..(j + width).min(n_columns), 0..depth, width, &mut to[j * depth..(j + width) * depth]);
    }
}

/// Multiplies packed rows by the panels of [`pack_panels`] into `target`.
///
/// # Safety
/// `rows` x `n_columns` values of C may be written by this thread.
#[inline(always)]
pub(crate) unsafe fn multiply_panels<S: Simd>(
    rows: usize,
    n_columns: usize,
    depth: usize,
    packed_a: &[f32],
    panels: &[f32],
    target: Target,
) {
    let width = S::TILE.1 * S::LANES;
    for j in (0..n_columns).step_by(width) {
        let panel = Panel::packed::<S>(&panels[j * depth..(j + width) * depth]);
        // SAFETY: the caller's promise.
        unsafe { multiply::<S>(rows, width.min(n_columns - j), depth, packed_a, panel, target.from(j)) };
    }
}

/// `to[i * width + o] = from(first + o, i)` for o below n; the lanes from n to `width` may become 0.
///
/// Where the source runs along k, squares of it are turned in registers.
#[inline(always)]
fn interleave<S: Simd>(from: Operand, first: usize, n: usize, ks: Range<usize>, width: usize, to: &mut [f32]) {
    let depth = ks.len();
    let start = first * from.outer + ks.start * from.inner;
    if from.outer == 1 {
        for i in 0..depth {
            to[i * width..][..n].copy_from_slice(&from.data[start + i * from.inner..][..n]);
        }
        return;
    }
    let to = &mut to[..depth * width];
    for o in (0..n).step_by(S::LANES) {
        let n_rows = S::LANES.min(n - o);
        let source = &from.data[start + o * from.outer..];
        let mut square = [S::splat(0.0); LANES_MAX];
        for i0 in (0..depth).step_by(S::LANES) {
            for (row, vector) in square[..n_rows].iter_mut().enumerate() {
                let at = row * from.outer + i0;
                *vector = S::read(&source[at..row * from.outer + depth.min(i0 + S::LANES)], 0.0);
                // The same stretch of the panel after this one, so that it is there by then.
                S::prefetch(source.as_ptr().wrapping_add(at + n * from.outer));
            }
            let mut turned = square;
            S::transpose(&mut turned);
            for (i, vector) in turned[..S::LANES.min(depth - i0)].iter().enumerate() {
                // Lanes that lie beyond a narrow line are overwritten by the next one, except after the last.
                let line = &mut to[(i0 + i) * width + o..];
                if line.len() >= S::LANES {
                    vector.write(line);
                } else {
                    line[..n_rows].copy_from_slice(&vector.lanes()[..n_rows]);
                }
            }
        }
    }
}

/// The first `len` values of a buffer from a boundary of cache lines on, so that no vector of a packed panel lies across two
/// lines; the buffer grows if it must.
pub(crate) fn aligned(buffer: &mut Vec<f32>, len: usize) -> &mut [f32] {
    if buffer.len() < len + LINE {
        buffer.resize(len + LINE, 0.0);
    }
    let skipped = buffer.as_ptr().align_offset(LINE * size_of::<f32>()).min(LINE);
    &mut buffer[skipped..skipped + len]
}

/// Multiplies packed rows by one panel of B into `target`.
///
/// # Safety
/// `rows` x `n_columns` values of C may be written by this thread; `n_columns` is at most the panel's width.
#[inline(always)]
pub(crate) unsafe fn multiply<S: Simd>(
    rows: usize,
    n_columns: usize,
    depth: usize,
    packed_a: &[f32],
    panel: Panel,
    target: Target,
) {
    let width = S::TILE.1 * S::LANES;
    assert!(n_columns <= width && packed_a.len() >= rows * depth);
    assert!(depth == 0 || panel.values.len() >= (depth - 1) * panel.stride + width);
    dispatch(S::LEVEL, Multiply { rows, n_columns, depth, a: packed_a.as_ptr(), panel, target });
}

/// [`multiply`], compiled once a level: its tiles of all heights are too much code to repeat in each kernel.
struct Multiply<'a> {
    rows: usize,
    n_columns: usize,
    depth: usize,
    a: *const f32,
    panel: Panel<'a>,
    target: Target,
}

impl Kernel for Multiply<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        let Multiply { rows, n_columns, depth, mut a, panel, target } = self;
        let (height, width) = (S::TILE.0, S::TILE.1 * S::LANES);
        // A tile with fewer columns than a panel is computed whole, apart from C.
        let mut apart = MaybeUninit::<[f32; TILE_M_MAX * TILE_N_MAX]>::uninit();
        let apart = Target { c: apart.as_mut_ptr().cast(), stride: width, write: Write::Set };
        let is_whole = n_columns == width;
        let (mut next, next_end) = (panel.next, panel.next.wrapping_add(depth * width));
        for i in (0..rows).step_by(height) {
            let n_rows = height.min(rows - i);
            let target = target.from(i * target.stride);
            // One line a step of k, until the whole panel was asked for.
            let fetch = (next, if next == next_end { 0 } else { LINE });
            next = next_end.min(next.wrapping_add(depth * LINE));
            // SAFETY: the promise of the caller of `multiply`, which checked the sizes of both operands; values of
            // `apart` are read after the tile wrote them.
            unsafe {
                tile_of_rows::<S>(n_rows, depth, a, panel, fetch, if is_whole { target } else { apart });
                if !is_whole {
                    for row in 0..n_rows {
                        let c = std::slice::from_raw_parts_mut(target.c.add(row * target.stride), n_columns);
                        let values = std::slice::from_raw_parts(apart.c.add(row * width), n_columns);
                        for (c, &value) in c.iter_mut().zip(values) {
                            target.write.put(c, value);
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
unsafe fn tile_of_rows<S: Simd>(
    n_rows: usize,
    depth: usize,
    a: *const f32,
    panel: Panel,
    fetch: (*const f32, usize),
    target: Target,
) {
    macro_rules! rows {
        ($($n:literal)*) => {
            match n_rows {
                // SAFETY: the caller's promise.
                $($n if $n <= S::TILE.0 => unsafe {
                    if S::TILE.1 == 1 {
                        tile::<S, $n, 1>(depth, a, panel, fetch, target)
                    } else {
                        tile::<S, $n, 2>(depth, a, panel, fetch, target)
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
    panel: Panel,
    (mut fetch, fetch_step): (*const f32, usize),
    target: Target,
) {
    debug_assert!(S::LANES <= LANES_MAX);
    let place = |r: usize, v: usize| target.c.wrapping_add(r * target.stride + v * S::LANES);
    // What is written at the end comes into the cache meanwhile.
    for r in 0..ROWS {
        for v in 0..VECTORS {
            S::prefetch(place(r, v));
        }
    }
    let mut b = panel.values.as_ptr();
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
            b = b.wrapping_add(panel.stride);
            S::prefetch(fetch);
            fetch = fetch.wrapping_add(fetch_step);
        }
    }
    for r in 0..ROWS {
        for v in 0..VECTORS {
            // SAFETY: the caller's promise on C.
            unsafe {
                match target.write {
                    Write::Set => sums[r][v].store(place(r, v)),
                    Write::Add => S::load(place(r, v)).add(sums[r][v]).store(place(r, v)),
                }
            }
        }
    }
}

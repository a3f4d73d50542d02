//! The register tile of the matrix product, and packing for it; shared by `gemm` and `attention`.
//!
//! A tile of `S::TILE` rows and vectors of C stays in registers while k runs. Each element is one chain of
//! multiply-adds in rising k, so a tile with fewer rows or columns computes the same bits.
//!
//! A place of a packed operand is an f32, or a pair of bf16 that are neighbours along k, kept as the f32 of their bits ([`Lines`]).
//! What multiplies packed places is a [`Unit`]: vectors, for which one step along k is a [`Step`] and all else the same, or the tiles
//! of a CPU that has them.

mod amx;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
mod lines;

use crate::Write;
use crate::cpu::Level;
use crate::simd::{Kernel, LANES_MAX, Simd, dispatch, dispatch_pairs};
pub(crate) use amx::Tiles;
pub(crate) use lines::{Element, Lines, Operand, Pairs, pair};
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::Range;

/// Length of a block of k for vectors: the widest panel of f32 of this depth fills a first-level cache of 32 KiB.
pub(crate) const K_BLOCK: usize = 256;
/// A multiple of every level's panel width.
pub(crate) const TILE_N_MAX: usize = 32;
/// Values in a line of the cache, 64 bytes.
const LINE: usize = 16;
/// Steps of k that packing asks for before it takes them.
const STEPS_AHEAD: usize = 6;
/// Most rows of a tile.
const TILE_M_MAX: usize = 14;

/// A strip of A, of a tile's height, by a panel of B into a tile of C.
#[derive(Clone, Copy)]
pub(crate) struct Strip<'a> {
    /// Steps along k.
    pub depth: usize,
    /// The strip's first row, and how many values its steps lie apart.
    pub a: *const f32,
    pub a_step: usize,
    pub panel: Panel<'a>,
    /// Lines of the cache that are asked for meanwhile, one a step: from where, and how many values apart.
    pub fetch: (*const f32, usize),
    pub target: Target,
}

/// Multiplies a strip of `S::TILE.0` rows.
pub(crate) type WholeTile = unsafe fn(Strip);

/// One step along k.
pub(crate) trait Step {
    /// `sum` plus what two places give, lane by lane.
    fn add<S: Simd>(a: S, b: S, sum: S) -> S;

    /// The level's own way to make a whole tile, if it has one.
    fn whole_tile<S: Simd>() -> Option<WholeTile>;

    /// Runs `kernel` with the instructions of `level` that [`Step::add`] needs.
    fn dispatch<K: Kernel>(level: Level, kernel: K) -> K::Output {
        dispatch(level, kernel)
    }
}

/// Rows of A by one panel of B, into `target`.
#[derive(Clone, Copy)]
pub(crate) struct PanelProduct<'a, A> {
    pub n_rows: usize,
    /// At most the panel's width.
    pub n_columns: usize,
    /// Places along k.
    pub depth: usize,
    /// As [`Unit::rows`] gave them.
    pub rows: A,
    pub panel: Panel<'a>,
    pub target: Target,
}

/// What multiplies packed rows of A by a panel of B.
pub(crate) trait Unit {
    /// Rows are packed in multiples of this.
    const ROWS: usize = 1;
    /// Places along k, too.
    const PLACES: usize = 1;
    /// Length of a block of k.
    const K_BLOCK: usize = K_BLOCK;
    /// Fewest rows of a task's tile of C, unless C has fewer: each task brings all its columns of B into the first-level cache once.
    const TASK_ROWS_MIN: usize = 40;
    /// What must live while the unit multiplies.
    type Session;
    /// Rows of A as it multiplies them.
    type Rows<'a>: Copy;

    /// Sets the unit of this thread up.
    fn begin() -> Self::Session;

    /// Rows of a tile of C.
    fn tile_rows(level: Level) -> usize;

    /// Rows of A, places `ks` of them: packed into `to`, or where they lie.
    fn rows<'a, S: Simd>(a: impl Lines + 'a, rows: Range<usize>, ks: Range<usize>, to: &'a mut [f32])
    -> Self::Rows<'a>;

    /// Multiplies.
    ///
    /// # Safety
    /// Within a session. `n_rows` x `n_columns` values of C may be written by this thread.
    unsafe fn multiply<S: Simd>(product: PanelProduct<Self::Rows<'_>>);
}

/// Rows of A for vectors.
#[derive(Clone, Copy)]
pub(crate) struct VectorRows<'a> {
    pub values: &'a [f32],
    /// How many values steps along k lie apart, where rows lie side by side in memory. Else they are packed in panels of the tile's
    /// height, `[panel][k][row]`; the last panel holds only the rows there are.
    pub in_place: Option<usize>,
}

impl VectorRows<'_> {
    fn packed(values: &[f32]) -> VectorRows<'_> {
        VectorRows { values, in_place: None }
    }
}

/// Vectors.
impl<D: Step> Unit for D {
    type Session = ();
    type Rows<'a> = VectorRows<'a>;

    #[inline(always)]
    fn begin() {}

    fn tile_rows(level: Level) -> usize {
        dispatch(level, TileRows)
    }

    #[inline(always)]
    fn rows<'a, S: Simd>(
        a: impl Lines + 'a,
        rows: Range<usize>,
        ks: Range<usize>,
        to: &'a mut [f32],
    ) -> VectorRows<'a> {
        let height = S::TILE.0;
        if a.are_side_by_side() {
            pack_panels_along::<S>(a, rows, ks, height, to);
            return VectorRows::packed(to);
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
        VectorRows::packed(to)
    }

    #[inline(always)]
    unsafe fn multiply<S: Simd>(product: PanelProduct<VectorRows>) {
        let PanelProduct { n_rows, n_columns, depth, rows, panel, .. } = product;
        let width = S::TILE.1 * S::LANES;
        let n_values = rows.in_place.map_or(n_rows * depth, |step| depth.saturating_sub(1) * step + n_rows);
        assert!(n_columns <= width && rows.values.len() >= n_values);
        assert!(depth == 0 || panel.values.len() >= (depth - 1) * panel.stride + width);
        D::dispatch(S::LEVEL, Multiply { product, step: PhantomData::<D> });
    }
}

struct TileRows;

impl Kernel for TileRows {
    type Output = usize;
    #[inline(always)]
    fn run<S: Simd>(self) -> usize {
        S::TILE.0
    }
}

/// The product of two f32.
pub(crate) struct Single;

impl Step for Single {
    #[inline(always)]
    fn add<S: Simd>(a: S, b: S, sum: S) -> S {
        a.mul_add(b, sum)
    }

    fn whole_tile<S: Simd>() -> Option<WholeTile> {
        S::WHOLE_TILES.map(|[single, _]| single)
    }
}

/// The products of two pairs of bf16. At [`Level::Avx512`] only for a CPU with `avx512_bf16`.
pub(crate) struct Paired;

impl Step for Paired {
    #[inline(always)]
    fn add<S: Simd>(a: S, b: S, sum: S) -> S {
        a.dot_pairs(b, sum)
    }

    fn whole_tile<S: Simd>() -> Option<WholeTile> {
        S::WHOLE_TILES.map(|[_, paired]| paired)
    }

    fn dispatch<K: Kernel>(level: Level, kernel: K) -> K::Output {
        dispatch_pairs(level, kernel)
    }
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

/// Packs `lines` of an operand whose lines lie side by side into panels of `width` lines, `[panel][k][line]`; the last panel holds
/// only the lines there are. Each step of k is read in one go.
#[inline(always)]
fn pack_panels_along<S: Simd>(from: impl Lines, lines: Range<usize>, ks: Range<usize>, width: usize, to: &mut [f32]) {
    let depth = ks.len();
    for (i, k) in ks.enumerate() {
        // The steps lie far apart, further than a CPU looks ahead by itself.
        for line in lines.clone().step_by(LINE) {
            S::prefetch(from.place(line, k + STEPS_AHEAD));
        }
        let mut panels = to[..lines.len() * depth].chunks_mut(width * depth);
        for first in lines.clone().step_by(width) {
            let panel = panels.next().expect("a panel for each of its first lines");
            // Whole panels apart, because loops of a length known to the compiler are unrolled.
            if lines.end - first >= width {
                copy_across::<S>(from, first, width, k, &mut panel[i * width..]);
            } else {
                let n = lines.end - first;
                copy_across::<S>(from, first, n, k, &mut panel[i * n..]);
            }
        }
    }
}

/// Place `k` of `n` lines that lie side by side. `to` begins with them and ends with the panel: what lies between is written later.
#[inline(always)]
fn copy_across<S: Simd>(from: impl Lines, first: usize, n: usize, k: usize, to: &mut [f32]) {
    for o in (0..n).step_by(S::LANES) {
        let n_lanes = S::LANES.min(n - o);
        let vector: S = from.read_across(first + o, n_lanes, k);
        match &mut to[o..] {
            room if room.len() >= S::LANES => vector.write(room),
            room => vector.write(&mut room[..n_lanes]),
        }
    }
}

/// Packs columns of B into one panel `[k][width]`; columns that B lacks hold anything.
#[inline(always)]
pub(crate) fn pack_columns<S: Simd>(
    b: impl Lines,
    columns: Range<usize>,
    ks: Range<usize>,
    width: usize,
    to: &mut [f32],
) {
    if columns.len() == width {
        interleave::<S>(b, columns.start, width, ks, width, to);
    } else {
        interleave::<S>(b, columns.start, columns.len(), ks, width, to);
    }
}

/// Packs `n_columns` columns of B, rows `0..depth`, into panels `[panel][k][width]` of the level's width.
#[inline(always)]
pub(crate) fn pack_panels<S: Simd>(b: impl Lines, n_columns: usize, depth: usize, to: &mut [f32]) {
    let width = S::TILE.1 * S::LANES;
    for j in (0..n_columns).step_by(width) {
        pack_columns::<S>(b, j..(j + width).min(n_columns), 0..depth, width, &mut to[j * depth..(j + width) * depth]);
    }
}

/// Multiplies packed rows by the panels of [`pack_panels`] into `target`.
///
/// # Safety
/// Within a session of the unit. `n_rows` x `n_columns` values of C may be written by this thread.
#[inline(always)]
pub(crate) unsafe fn multiply_panels<S: Simd, U: Unit>(
    [n_rows, n_columns, depth]: [usize; 3],
    rows: U::Rows<'_>,
    panels: &[f32],
    target: Target,
) {
    let width = S::TILE.1 * S::LANES;
    for j in (0..n_columns).step_by(width) {
        let panel = Panel::packed::<S>(&panels[j * depth..(j + width) * depth]);
        let (n_columns, target) = (width.min(n_columns - j), target.from(j));
        // SAFETY: the caller's promise.
        unsafe { U::multiply::<S>(PanelProduct { n_rows, n_columns, depth, rows, panel, target }) };
    }
}

/// The product of `rows` with a matrix whose rows are `stride` apart, whole panels of which are read where they lie; the rest of its
/// columns is `packed`.
///
/// # Safety
/// `n_rows` x `n_columns` values of `target` may be written by this thread.
#[inline(always)]
pub(crate) unsafe fn multiply_in_place<S: Simd>(
    [n_rows, all_columns, depth]: [usize; 3],
    rows: VectorRows,
    (values, stride): (&[f32], usize),
    packed: &mut [f32],
    target: Target,
) {
    let width = S::TILE.1 * S::LANES;
    for j in (0..all_columns).step_by(width) {
        let n_columns = width.min(all_columns - j);
        let panel = if n_columns == width {
            Panel { values: &values[j..], stride, next: values[j..].as_ptr() }
        } else {
            let columns = Operand { data: values, outer: 1, inner: stride };
            pack_columns::<S>(columns, j..all_columns, 0..depth, width, packed);
            Panel::packed::<S>(packed)
        };
        let target = target.from(j);
        // SAFETY: the caller's promise.
        unsafe { Single::multiply::<S>(PanelProduct { n_rows, n_columns, depth, rows, panel, target }) };
    }
}

/// `to[i * width + o] = from(first + o, i)` for o below n; what stands in the places from n to `width` is left open.
///
/// Where the source runs along k, squares of it are turned in registers.
#[inline(always)]
fn interleave<S: Simd>(from: impl Lines, first: usize, n: usize, ks: Range<usize>, width: usize, to: &mut [f32]) {
    let depth = ks.len();
    if from.are_side_by_side() {
        for (i, k) in ks.enumerate() {
            copy_across::<S>(from, first, n, k, &mut to[i * width..]);
        }
        return;
    }
    for o in (0..n).step_by(S::LANES) {
        let n_rows = S::LANES.min(n - o);
        for i0 in (0..depth).step_by(S::LANES) {
            let (line, k, to) = (first + o, ks.start + i0, &mut to[i0 * width + o..]);
            let mut square = [S::splat(0.0); LANES_MAX];
            // Whole squares apart, because loops of a length known to the compiler leave them in registers. In both, lanes that lie
            // beyond a narrow line are overwritten by what comes next, and the same square of the next lines is asked for meanwhile.
            if depth - i0 >= S::LANES
                && from.reaches(line + S::LANES - 1, k + S::LANES)
                && to.len() >= (S::LANES - 1) * width + S::LANES
            {
                for (row, vector) in square[..S::LANES].iter_mut().enumerate() {
                    *vector = from.read_along(line + row, k..k + S::LANES);
                    S::prefetch(from.place(line + n + row, k));
                }
                S::transpose(&mut square);
                for (i, vector) in square[..S::LANES].iter().enumerate() {
                    // SAFETY: the length is checked.
                    unsafe { vector.store(to.as_mut_ptr().add(i * width)) };
                }
                continue;
            }
            for (row, vector) in square[..n_rows].iter_mut().enumerate() {
                *vector = from.read_along(line + row, k..ks.end.min(k + S::LANES));
                S::prefetch(from.place(line + n + row, k));
            }
            S::transpose(&mut square);
            for (i, vector) in square[..S::LANES.min(depth - i0)].iter().enumerate() {
                match &mut to[i * width..] {
                    room if room.len() >= S::LANES => vector.write(room),
                    room => room[..n_rows].copy_from_slice(&vector.lanes()[..n_rows]),
                }
            }
        }
    }
}

/// [`Unit::multiply`] of vectors, compiled once a level: its tiles of all heights are too much code to repeat in each kernel.
struct Multiply<'a, D> {
    product: PanelProduct<'a, VectorRows<'a>>,
    step: PhantomData<D>,
}

impl<D: Step> Kernel for Multiply<'_, D> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        let PanelProduct { n_rows, n_columns, depth, rows, panel, target } = self.product;
        let mut a = rows.values.as_ptr();
        let (height, width) = (S::TILE.0, S::TILE.1 * S::LANES);
        // A tile with fewer columns than a panel is computed whole, apart from C.
        let mut apart = MaybeUninit::<[f32; TILE_M_MAX * TILE_N_MAX]>::uninit();
        let apart = Target { c: apart.as_mut_ptr().cast(), stride: width, write: Write::Set };
        let is_whole = n_columns == width;
        let (mut next, next_end) = (panel.next, panel.next.wrapping_add(depth * width));
        for i in (0..n_rows).step_by(height) {
            let n_rows = height.min(n_rows - i);
            let target = target.from(i * target.stride);
            let (a_step, next_rows) = rows.in_place.map_or((n_rows, n_rows * depth), |step| (step, n_rows));
            // One line a step of k, until the whole panel was asked for.
            let fetch = (next, if next == next_end { 0 } else { LINE });
            next = next_end.min(next.wrapping_add(depth * LINE));
            // SAFETY: the promise of the caller of `multiply`, which checked the sizes of both operands; values of
            // `apart` are read after the tile wrote them.
            unsafe {
                let to = if is_whole { target } else { apart };
                tile_of_rows::<S, D>(n_rows, Strip { depth, a, a_step, panel, fetch, target: to });
                if !is_whole {
                    for row in 0..n_rows {
                        let c = std::slice::from_raw_parts_mut(target.c.add(row * target.stride), n_columns);
                        let values = std::slice::from_raw_parts(apart.c.add(row * width), n_columns);
                        for (c, &value) in c.iter_mut().zip(values) {
                            target.write.put(c, value);
                        }
                    }
                }
                a = a.wrapping_add(next_rows);
            }
        }
    }
}

/// Chooses the tile compiled for this many rows.
#[inline(always)]
unsafe fn tile_of_rows<S: Simd, D: Step>(n_rows: usize, strip: Strip) {
    if n_rows == S::TILE.0
        && let Some(whole_tile) = D::whole_tile::<S>()
    {
        prefetch_tile::<S>(n_rows, strip.target);
        // SAFETY: the caller's promise; the kernel runs with the instructions of its step.
        return unsafe { whole_tile(strip) };
    }
    macro_rules! rows {
        ($($n:literal)*) => {
            match n_rows {
                // SAFETY: the caller's promise.
                $($n if $n <= S::TILE.0 => unsafe {
                    if S::TILE.1 == 1 {
                        tile::<S, D, $n, 1>(strip)
                    } else {
                        tile::<S, D, $n, 2>(strip)
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
unsafe fn tile<S: Simd, D: Step, const ROWS: usize, const VECTORS: usize>(strip: Strip) {
    let Strip { depth, mut a, a_step, panel, fetch: (mut fetch, fetch_step), target } = strip;
    debug_assert!(S::LANES <= LANES_MAX);
    prefetch_tile::<S>(ROWS, target);
    let place = |r: usize, v: usize| target.c.wrapping_add(r * target.stride + v * S::LANES);
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
                    sums[r][v] = D::add(x, line[v], sums[r][v]);
                }
            }
            a = a.wrapping_add(a_step);
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

/// Asks for the lines of C that a tile is written to at its end.
#[inline(always)]
fn prefetch_tile<S: Simd>(n_rows: usize, target: Target) {
    for r in 0..n_rows {
        for v in 0..S::TILE.1 {
            S::prefetch(target.c.wrapping_add(r * target.stride + v * S::LANES));
        }
    }
}

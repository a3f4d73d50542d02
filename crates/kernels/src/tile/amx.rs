//! Products of bf16 on the matrix unit of some CPUs (AMX): [`Tiles`].
//!
//! The unit has eight registers, each a tile of 16 rows of 64 bytes. One instruction, `tdpbf16ps`, multiplies 16 rows of A, 32 steps of
//! k each, by 16 columns of B and adds the products to a tile of C: 256 times the work of one `vdpbf16ps`. So 32 x 32 values of C
//! stay in four registers while k runs.
//!
//! B is packed in panels as for vectors: a place holds two values that are neighbours along k. A tile of A is 16 rows of as many places,
//! any distance apart, so rows that lie along k are read where they lie ([`Rows`]); others are packed in tiles, `[16 rows][step][row][place]`.
//! An element of C is the sum in C, then step after step that of the step's 16 first values of places plus that of its 16
//! second ones. That does not depend on other rows or columns. Like `vdpbf16ps`, it takes numbers below the normal ones for 0.
//!
//! Compilers' functions for the unit are not stable yet, hence assembly. The system must permit its use to a process
//! ([`sys::permit_matrix_unit`]), and [`Session`] sets its shape for a thread.
//!
//! Source: Intel, "Architecture Instruction Set Extensions Programming Reference", `TDPBF16PS`.

use super::lines::Lines;
use super::{PanelProduct, Target, Unit};
use crate::Write;
use crate::cpu::Level;
use crate::simd::{LANES_MAX, Simd};
use std::marker::PhantomData;
use std::ops::Range;

/// Rows of a tile, columns of a tile of C, and places of a row along k.
const SIDE: usize = 16;
const TILE: usize = SIDE * SIDE;
/// Columns of a panel: two tiles.
const WIDTH: usize = 2 * SIDE;

/// The matrix unit. Only where [`crate::cpu::Bf16Unit::Tiles`] is the unit of products.
pub(crate) struct Tiles;

impl Unit for Tiles {
    const ROWS: usize = SIDE;
    const PLACES: usize = SIDE;
    // A panel of this depth fills a first-level cache of 32 KiB; C is written once for so much of k.
    const K_BLOCK: usize = 512;
    // It takes less time to multiply by what was brought.
    const TASK_ROWS_MIN: usize = 96;
    type Session = Session;
    type Rows<'a> = Rows<'a>;

    fn tile_rows(_level: Level) -> usize {
        WIDTH
    }

    fn begin() -> Session {
        Session::begin()
    }

    #[inline(always)]
    fn rows<'a, S: Simd>(a: impl Lines + 'a, rows: Range<usize>, ks: Range<usize>, to: &'a mut [f32]) -> Rows<'a> {
        if let Some(rows) = Rows::in_place(a, rows.clone(), ks.clone()) {
            return rows;
        }
        pack::<S>(a, rows, ks.clone(), to);
        Rows { start: to.as_ptr(), stride: SIDE, step: TILE, next: ks.len() * SIDE, of: PhantomData }
    }

    #[inline(always)]
    unsafe fn multiply<S: Simd>(product: PanelProduct<Rows<'_>>) {
        let PanelProduct { n_rows: all_rows, n_columns, depth, rows, panel, target } = product;
        assert!(n_columns <= WIDTH && depth.is_multiple_of(SIDE));
        assert!(depth == 0 || panel.values.len() >= (depth - 1) * panel.stride + WIDTH);
        for i in (0..all_rows).step_by(WIDTH) {
            let n_rows = WIDTH.min(all_rows - i);
            let target = target.from(i * target.stride);
            let a = Rows { start: rows.start.wrapping_add(i / SIDE * rows.next), ..rows };
            let (steps, is_tall) = (depth / SIDE, n_rows > SIDE);
            let product = Product { steps, is_tall, a, b: panel.values.as_ptr(), b_stride: panel.stride };
            if n_rows.is_multiple_of(SIDE) && n_columns == WIDTH {
                // SAFETY: the caller's promise on C; sizes of the operands were checked.
                unsafe { product.run(target) };
                continue;
            }
            // A part of the tiles is computed whole, apart from C.
            let mut apart = [0.0; WIDTH * WIDTH];
            let lines = |apart: &mut [f32], copy: &dyn Fn(&mut [f32], &mut [f32])| {
                for (row, apart) in apart.chunks_exact_mut(WIDTH).take(n_rows).enumerate() {
                    // SAFETY: the caller's promise on C.
                    let c = unsafe { std::slice::from_raw_parts_mut(target.c.add(row * target.stride), n_columns) };
                    copy(c, &mut apart[..n_columns]);
                }
            };
            if target.write == Write::Add {
                lines(&mut apart, &|c, apart| apart.copy_from_slice(c));
            }
            // SAFETY: `apart` has room for all tiles; sizes of the operands were checked.
            unsafe { product.run(Target { c: apart.as_mut_ptr(), stride: WIDTH, write: target.write }) };
            lines(&mut apart, &|c, apart| c.copy_from_slice(apart));
        }
    }
}

/// Rows of A in tiles: from the first place on, the distances of rows, of tiles along k and of 16 rows, all in places.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    start: *const f32,
    stride: usize,
    step: usize,
    next: usize,
    of: PhantomData<&'a [f32]>,
}

impl<'a> Rows<'a> {
    /// Where they lie, if all their tiles are whole there.
    #[inline(always)]
    fn in_place(a: impl Lines + 'a, rows: Range<usize>, ks: Range<usize>) -> Option<Rows<'a>> {
        /// Rows that far apart all fall in the same few lines of a cache, which holds less than a tile of them then.
        const BAD_STRIDE: usize = 4096 / size_of::<f32>();
        let stride = a.stride_along(rows.clone(), ks.clone())?;
        let is_whole = rows.len().is_multiple_of(SIDE) && ks.len().is_multiple_of(SIDE);
        (is_whole && !stride.is_multiple_of(BAD_STRIDE)).then(|| {
            let start = a.place(rows.start, ks.start);
            Rows { start, stride, step: SIDE, next: SIDE * stride, of: PhantomData }
        })
    }
}

/// Packs rows of A in tiles.
#[inline(always)]
fn pack<S: Simd>(a: impl Lines, rows: Range<usize>, ks: Range<usize>, to: &mut [f32]) {
    assert!(S::LANES == SIDE, "tiles are packed by vectors of their width");
    let mut tiles = to.chunks_exact_mut(TILE);
    for first in rows.clone().step_by(SIDE) {
        let n_rows = SIDE.min(rows.end - first);
        for k in ks.clone().step_by(SIDE) {
            let tile = tiles.next().expect("room for whole tiles");
            let mut square = [S::splat(0.0); LANES_MAX];
            if a.are_side_by_side() {
                for (i, vector) in square.iter_mut().enumerate() {
                    *vector = a.read_across(first, n_rows, k + i);
                }
                S::transpose(&mut square);
            } else {
                for (row, vector) in square[..n_rows].iter_mut().enumerate() {
                    *vector = a.read_along(first + row, k..k + SIDE);
                    // The same of the next tile, so that it is there by then.
                    S::prefetch(a.place(first + row, k + SIDE));
                }
            }
            for (row, vector) in square.iter().enumerate() {
                // SAFETY: a tile has as many rows of a vector's length.
                unsafe { vector.store(tile.as_mut_ptr().add(row * SIDE)) };
            }
        }
    }
}

impl Tiles {
    /// Floating-point operations of a repeat of [`Tiles::multiply_adds`]: four products of a tile of C, 32 steps of k each.
    pub const FLOPS: f64 = (4 * 2 * TILE * 2 * SIDE) as f64;

    /// Products of registers alone, into four chains.
    pub fn multiply_adds(repeats: usize) {
        let _session = Session::begin();
        #[cfg(target_arch = "x86_64")]
        if repeats > 0 {
            // SAFETY: within a session; no memory is touched.
            unsafe {
                std::arch::asm!(
                    "tilezero tmm4", "tilezero tmm5", "tilezero tmm6", "tilezero tmm7",
                    "2:",
                    "tdpbf16ps tmm0, tmm4, tmm6", "tdpbf16ps tmm1, tmm4, tmm7",
                    "tdpbf16ps tmm2, tmm5, tmm6", "tdpbf16ps tmm3, tmm5, tmm7",
                    "dec {}",
                    "jnz 2b",
                    inout(reg) repeats => _,
                    out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
                    out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
                    options(nomem, nostack),
                );
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = repeats;
    }
}

/// While it lives the unit of this thread has tiles of the size above.
pub(crate) struct Session(());

impl Session {
    fn begin() -> Session {
        assert!(crate::cpu::has_tiles(), "this CPU has no AMX");
        /// The instruction's operand: a palette, then bytes of a row and rows of each of 16 registers, of which eight exist.
        #[repr(C, align(64))]
        struct Shape {
            palette: u8,
            start_row: u8,
            reserved: [u8; 14],
            row_bytes: [u16; 16],
            rows: [u8; 16],
        }
        const SHAPE: &Shape = &Shape {
            palette: 1,
            start_row: 0,
            reserved: [0; 14],
            row_bytes: [64, 64, 64, 64, 64, 64, 64, 64, 0, 0, 0, 0, 0, 0, 0, 0],
            rows: [16, 16, 16, 16, 16, 16, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0],
        };
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the CPU has the unit and the system permits it; the operand is a whole shape.
        unsafe {
            std::arch::asm!("ldtilecfg [{}]", in(reg) SHAPE, options(nostack, preserves_flags));
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = SHAPE;
        Session(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the unit was there when the session began. No register of it is in use between products.
        unsafe {
            std::arch::asm!("tilerelease", options(nomem, nostack, preserves_flags));
        }
    }
}

/// 16 rows of A, or 32, times the two tiles of a panel.
#[derive(Clone, Copy)]
struct Product<'a> {
    steps: usize,
    is_tall: bool,
    a: Rows<'a>,
    b: *const f32,
    b_stride: usize,
}

impl Product<'_> {
    /// # Safety
    /// Within a [`Session`]. `steps` tiles of A, of each 16 rows, and of the panel can be read; all tiles of C can be written.
    #[cfg(target_arch = "x86_64")]
    unsafe fn run(self, to: Target) {
        use std::arch::asm;
        if self.steps == 0 {
            return;
        }
        let bytes = size_of::<f32>();
        let (b_stride, c_stride) = (self.b_stride * bytes, to.stride * bytes);
        // Null where there are no rows below the first 16.
        let a_below = if self.is_tall { self.a.start.wrapping_add(self.a.next) } else { std::ptr::null() };
        // SAFETY: the caller's promises.
        unsafe {
            asm!(
                "tilezero tmm0",
                "tilezero tmm1",
                "tilezero tmm2",
                "tilezero tmm3",
                "test {is_added}, {is_added}",
                "jz 2f",
                "tileloadd tmm0, [{c} + {c_stride}]",
                "tileloadd tmm1, [{c} + {c_stride} + 64]",
                "test {a_below}, {a_below}",
                "jz 2f",
                "tileloadd tmm2, [{c_below} + {c_stride}]",
                "tileloadd tmm3, [{c_below} + {c_stride} + 64]",
                "2:",
                "tileloadd tmm6, [{b} + {b_stride}]",
                "tileloadd tmm4, [{a} + {a_stride}]",
                "tileloadd tmm7, [{b} + {b_stride} + 64]",
                "tdpbf16ps tmm0, tmm4, tmm6",
                "tdpbf16ps tmm1, tmm4, tmm7",
                "add {a}, {a_step}",
                "test {a_below}, {a_below}",
                "jz 3f",
                "tileloadd tmm5, [{a_below} + {a_stride}]",
                "tdpbf16ps tmm2, tmm5, tmm6",
                "tdpbf16ps tmm3, tmm5, tmm7",
                "add {a_below}, {a_step}",
                "3:",
                "add {b}, {b_step}",
                "dec {steps}",
                "jnz 2b",
                "tilestored [{c} + {c_stride}], tmm0",
                "tilestored [{c} + {c_stride} + 64], tmm1",
                "test {a_below}, {a_below}",
                "jz 4f",
                "tilestored [{c_below} + {c_stride}], tmm2",
                "tilestored [{c_below} + {c_stride} + 64], tmm3",
                "4:",
                is_added = in(reg) usize::from(to.write == Write::Add),
                a = inout(reg) self.a.start => _,
                a_below = inout(reg) a_below => _,
                b = inout(reg) self.b => _,
                c = in(reg) to.c,
                c_below = in(reg) to.c.wrapping_add(SIDE * to.stride),
                steps = inout(reg) self.steps => _,
                a_stride = in(reg) self.a.stride * bytes,
                a_step = in(reg) self.a.step * bytes,
                b_stride = in(reg) b_stride,
                b_step = in(reg) SIDE * b_stride,
                c_stride = in(reg) c_stride,
                out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
                out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
                options(nostack),
            );
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    unsafe fn run(self, _to: Target) {
        unreachable!("no session begins elsewhere");
    }
}

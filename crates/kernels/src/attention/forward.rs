//! The forward pass: a task is a tile of queries of one sequence, with all heads of one key-value head.
//!
//! Its queries lie side by side in the lanes of a panel, so that scores `[keys, queries]` come out of the matrix product's register
//! tile, the largest score and the sum of a query stay in its lane, and the weights are at once the left operand of the
//! next product, whose right one are the values where they lie: neither is packed. Keys are packed once a chunk for all panels.
//!
//! With few queries (decoding) packing would cost more than the product: [`Tile::rows`] then goes through
//! them one by one. Either way a score is one chain of multiply-adds over the head's width, a chunk's output
//! one chain over its keys, and a sum runs over keys in rising order, so both give the same bits.

use super::{AttentionShape, Bands, CHUNK, KvChunk, SCRATCH, Sequence, in_chunk, run_by, take, unit_of};
use crate::cpu;
use crate::pool::{Shared, parallel_for};
use crate::simd::{Kernel, Simd};
use crate::softmax::largest;
use crate::tile::{
    Operand, Panel, PanelProduct, Single, TILE_N_MAX, Target, Unit, VectorRows, multiply_in_place, pack_panels,
};
use crate::{Aligned, Products, Write};
use std::ops::Range;

/// Queries, counted once for each head of the group, that share packed keys.
const TILE_QUERIES: usize = 64;
/// Up to here queries are taken one by one: packing costs about as much as this many.
const FEW_QUERIES: usize = 4;
/// Stands for "no score yet": finite, so that its difference to itself is 0.
pub(super) const LOWEST: f32 = f32::MIN;

pub(super) fn run(
    shape: &AttentionShape,
    products: Products,
    bands: Bands,
    sequences: &[Sequence],
    out: &mut [f32],
    lse: Option<&mut [f32]>,
) {
    let n = out.len() / shape.d_q().max(1);
    assert_eq!(out.len(), n * shape.d_q(), "attention: size of out");
    assert!(lse.as_ref().is_none_or(|lse| lse.len() == n * shape.n_heads), "attention: size of lse");
    let mut end = 0;
    for Sequence { rows, n_keys, chunks, .. } in sequences {
        assert!(end <= rows.start && rows.start <= rows.end && rows.end <= n, "attention: rows {rows:?} of {n}");
        assert!(rows.len() <= *n_keys && n_keys.div_ceil(CHUNK) <= chunks.len(), "attention: {n_keys} keys");
        end = rows.end;
    }
    let (unit, level) = (unit_of(products), cpu::level());
    let tile_queries = (TILE_QUERIES / (shape.n_heads / shape.n_kv_heads)).max(1);
    let tiles: Vec<(&Sequence, Range<usize>)> = sequences
        .iter()
        .flat_map(|sequence| {
            let cuts = (0..sequence.rows.len()).step_by(tile_queries);
            cuts.map(move |i| (sequence, i..(i + tile_queries).min(sequence.rows.len())))
        })
        .collect();
    let out = Shared::new(out);
    let lse = lse.map(Shared::new);
    parallel_for(tiles.len() * shape.n_kv_heads, |task| {
        // Late tiles see the most keys: they go first, so that no thread is left alone with one.
        let (sequence, queries) = tiles[tiles.len() - 1 - task / shape.n_kv_heads].clone();
        let kv_head = task % shape.n_kv_heads;
        SCRATCH.with_borrow_mut(|scratch| {
            let tile = Tile { shape, bands, sequence, queries, kv_head, out, lse, scratch };
            run_by(unit, level, tile);
        });
    });
}

pub(super) struct Tile<'a> {
    pub shape: &'a AttentionShape,
    pub bands: Bands<'a>,
    sequence: &'a Sequence<'a>,
    /// Numbered within the sequence.
    queries: Range<usize>,
    kv_head: usize,
    out: Shared<f32>,
    lse: Option<Shared<f32>>,
    pub scratch: &'a mut Aligned<f32>,
}

impl Kernel for Tile<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(mut self) {
        let mut scratch = std::mem::take(self.scratch);
        if self.n_lines() <= FEW_QUERIES {
            self.rows::<S>(&mut scratch)
        } else {
            self.panels::<S>(&mut scratch)
        }
        *self.scratch = scratch;
    }
}

impl<'a> Tile<'a> {
    /// Heads that share the key-value head.
    #[inline(always)]
    fn group(&self) -> usize {
        self.shape.n_heads / self.shape.n_kv_heads
    }

    /// Lines of the tile: its queries, each with every head of the group; the heads of a query are neighbours.
    #[inline(always)]
    pub fn n_lines(&self) -> usize {
        self.queries.len() * self.group()
    }

    #[inline(always)]
    pub fn position(&self, line: usize) -> usize {
        self.sequence.position(self.queries.start + line / self.group())
    }

    /// The row and the head of each line.
    #[inline(always)]
    pub fn lines(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let (first_row, group) = (self.sequence.rows.start, self.group());
        let heads = self.kv_head * group..(self.kv_head + 1) * group;
        self.queries.clone().flat_map(move |query| heads.clone().map(move |head| (first_row + query, head)))
    }

    /// Keys and values of a chunk from this head's first value on, and how many positions it holds.
    #[inline(always)]
    pub fn chunk(&self, chunk: usize) -> (KvChunk<'a>, usize) {
        let first = self.kv_head * self.shape.d_head;
        let KvChunk { k, v } = self.sequence.chunks[chunk];
        (KvChunk { k: &k[first..], v: &v[first..] }, CHUNK.min(self.sequence.n_keys - chunk * CHUNK))
    }

    /// The query of a row and a head times the scale.
    #[inline(always)]
    pub fn scaled_query(&self, (row, head): (usize, usize), to: &mut [f32]) {
        let d = self.shape.d_head;
        for (to, &q) in to.iter_mut().zip(&self.bands.q[row * self.bands.strides[0] + head * d..][..d]) {
            *to = q * self.shape.scale;
        }
    }

    /// The log-sum-exp of lines.
    #[inline(always)]
    pub fn log_sums<S: Simd>(&self, largest: &[f32], sums: &[f32], to: &mut [f32]) {
        if self.lse.is_some() {
            for i in (0..to.len()).step_by(S::LANES) {
                S::read(&largest[i..], 0.0).add(ln(S::read(&sums[i..], 1.0))).write(&mut to[i..]);
            }
        }
    }

    /// Writes the log-sum-exp of a row and a head; where their output goes.
    #[inline(always)]
    pub fn finish(&self, (row, head): (usize, usize), log_sum: f32) -> &'a mut [f32] {
        let d = self.shape.d_head;
        let at = row * self.shape.n_heads + head;
        // SAFETY: tasks have disjoint rows and heads; the slices outlive the loop over tasks.
        let out = unsafe { self.out.range(at * d..(at + 1) * d) };
        if let Some(lse) = &self.lse {
            // SAFETY: as above.
            let place = unsafe { lse.range(at..at + 1) };
            place[0] = log_sum;
        }
        out
    }

    /// All lines at once, in panels as wide as the register tile.
    #[inline(always)]
    fn panels<S: Simd>(&mut self, scratch: &mut Aligned<f32>) {
        let (d, n) = (self.shape.d_head, self.n_lines());
        let width = S::TILE.1 * S::LANES;
        let n_padded = n.next_multiple_of(width);
        let size = 2 * n * d + n_padded * d + 3 * n_padded + CHUNK * (2 * width + d);
        let mut rest = scratch.room(size);
        let packed_q = take(&mut rest, n_padded * d);
        let scores = take(&mut rest, CHUNK * width);
        let packed_v = take(&mut rest, CHUNK * width);
        let packed_k = take(&mut rest, CHUNK * d);
        let queries = take(&mut rest, n * d);
        let outputs = take(&mut rest, n * d);
        let largest = take(&mut rest, n_padded);
        let sums = take(&mut rest, n_padded);
        let log_sums = take(&mut rest, n_padded);

        for (line, to) in self.lines().zip(queries.chunks_exact_mut(d)) {
            self.scaled_query(line, to);
        }
        pack_panels::<S>(Operand { data: queries, outer: d, inner: 1 }, n, d, packed_q);
        largest.fill(LOWEST);
        sums.fill(0.0);

        let first_of = |line: usize| self.shape.visible(self.position(line)).start / CHUNK;
        for chunk in first_of(0)..self.position(n - 1) / CHUNK + 1 {
            let (KvChunk { k, v }, n_keys) = self.chunk(chunk);
            let stride = self.bands.strides[1];
            let keys = Single::rows::<S>(Operand { data: k, outer: stride, inner: 1 }, 0..n_keys, 0..d, packed_k);
            for panel in 0..n_padded / width {
                let lines = panel * width..((panel + 1) * width).min(n);
                let visible_keys = (self.position(lines.end - 1) + 1).saturating_sub(chunk * CHUNK).min(n_keys);
                if visible_keys == 0 || chunk < first_of(lines.start) {
                    continue;
                }
                let is_first = chunk == first_of(lines.start);
                // SAFETY: the scores belong to this task and hold CHUNK lines of `width`.
                unsafe {
                    let q = &packed_q[panel * width * d..(panel + 1) * width * d];
                    // Keys were packed in panels of the tile's height, which must stay whole.
                    let n_rows = visible_keys.next_multiple_of(S::TILE.0).min(n_keys);
                    let target = Target { c: scores.as_mut_ptr(), stride: width, write: Write::Set };
                    let (n_columns, depth, rows, panel) = (width, d, keys, Panel::packed::<S>(q));
                    Single::multiply::<S>(PanelProduct { n_rows, n_columns, depth, rows, panel, target });
                }
                self.mask::<S>(lines.clone(), chunk, visible_keys, scores);
                let state = panel * width..(panel + 1) * width;
                let outputs = &mut outputs[lines.start * d..lines.end * d];
                let shrink = weigh::<S>(visible_keys, scores, &mut largest[state.clone()], &mut sums[state]);
                if !is_first {
                    for (output, &shrink) in outputs.chunks_exact_mut(d).zip(&shrink) {
                        scale::<S>(output, shrink);
                    }
                }
                // The weights lie as a left operand, a key's side by side.
                let rows = VectorRows { values: scores, in_place: Some(width) };
                let write = if is_first { Write::Set } else { Write::Add };
                let target = Target { c: outputs.as_mut_ptr(), stride: d, write };
                let sizes = [lines.len(), d, visible_keys];
                // SAFETY: the outputs belong to this task and hold `d` values for each line.
                unsafe { multiply_in_place::<S>(sizes, rows, (v, stride), packed_v, target) };
            }
        }

        self.log_sums::<S>(largest, sums, log_sums);
        for (i, (line, output)) in self.lines().zip(outputs.chunks_exact(d)).enumerate() {
            let out = self.finish(line, log_sums[i]);
            out.copy_from_slice(output);
            scale::<S>(out, 1.0 / sums[i]);
        }
    }

    /// Makes the scores of keys that a query does not see minus infinity.
    #[inline(always)]
    pub fn mask<S: Simd>(&self, lines: Range<usize>, chunk: usize, n_keys: usize, scores: &mut [f32]) {
        let width = S::TILE.1 * S::LANES;
        let seen_by = |line: usize| in_chunk(self.shape.visible(self.position(line)), chunk, n_keys);
        // Positions rise from line to line: what the first and the last one see, all see.
        let seen_by_all = seen_by(lines.end - 1).start..seen_by(lines.start).end;
        if seen_by_all == (0..n_keys) {
            return;
        }
        let (mut starts, mut ends) = ([0.0; TILE_N_MAX], [0.0; TILE_N_MAX]);
        for (lane, line) in lines.enumerate() {
            let seen = seen_by(line);
            (starts[lane], ends[lane]) = (seen.start as f32, seen.end as f32);
        }
        let hidden = S::splat(f32::NEG_INFINITY);
        for (key, scores) in scores.chunks_exact_mut(width).take(n_keys).enumerate() {
            if seen_by_all.contains(&key) {
                continue;
            }
            let (here, next) = (S::splat(key as f32), S::splat(key as f32 + 1.0));
            for lane in (0..width).step_by(S::LANES) {
                let scores = &mut scores[lane..lane + S::LANES];
                let seen = S::read(scores, 0.0).unless_below(here, S::read(&starts[lane..], 0.0), hidden);
                seen.unless_below(S::read(&ends[lane..], 0.0), next, hidden).write(scores);
            }
        }
    }

    /// One line after the other, reading keys and values in place.
    #[inline(always)]
    fn rows<S: Simd>(&mut self, scratch: &mut Aligned<f32>) {
        let d = self.shape.d_head;
        let mut rest = scratch.room(2 * d + CHUNK);
        let (query, output, scores) = (take(&mut rest, d), take(&mut rest, d), take(&mut rest, CHUNK));
        for (i, line) in self.lines().enumerate() {
            self.scaled_query(line, query);
            output.fill(0.0);
            let (mut largest_yet, mut sum) = (LOWEST, 0.0);
            let visible = self.shape.visible(self.position(i));
            for chunk in visible.start / CHUNK..visible.end.div_ceil(CHUNK) {
                let keys = in_chunk(visible.clone(), chunk, CHUNK);
                let (KvChunk { k, v }, _) = self.chunk(chunk);
                let stride = self.bands.strides[1];
                let scores = &mut scores[..keys.len()];
                score::<S>(query, &k[keys.start * stride..], stride, scores);
                let largest_now = {
                    let largest = largest::<S>(scores);
                    if largest_yet > largest { largest_yet } else { largest }
                };
                let shrink = exp_one::<S>(largest_yet - largest_now);
                let mut chunk_sum = 0.0;
                for i in (0..scores.len()).step_by(S::LANES) {
                    let weights = S::read(&scores[i..], f32::NEG_INFINITY).sub(S::splat(largest_now)).exp();
                    weights.write(&mut scores[i..]);
                }
                for &weight in &*scores {
                    chunk_sum += weight;
                }
                sum = sum * shrink + chunk_sum;
                largest_yet = largest_now;
                blend::<S>(scores, &v[keys.start * stride..], stride, shrink, output);
            }
            let mut log_sum = [0.0];
            self.log_sums::<S>(&[largest_yet], &[sum], &mut log_sum);
            let factor = 1.0 / sum;
            for (out, &o) in self.finish(line, log_sum[0]).iter_mut().zip(&*output) {
                *out = o * factor;
            }
        }
    }
}

/// Turns the scores of a panel `[keys, width]` into weights relative to the largest score so far, and shrinks the sums so far to
/// that measure; gives by what outputs so far are to be shrunk.
#[inline(always)]
fn weigh<S: Simd>(n_keys: usize, scores: &mut [f32], largest: &mut [f32], sums: &mut [f32]) -> [f32; TILE_N_MAX] {
    let width = S::TILE.1 * S::LANES;
    let mut shrinks = [0.0; TILE_N_MAX];
    for lane in (0..width).step_by(S::LANES) {
        let (now, shrink) = raise::<S>(n_keys, lane, scores, largest);
        let mut sum = S::splat(0.0);
        for scores in scores.chunks_exact_mut(width).take(n_keys) {
            let scores = &mut scores[lane..lane + S::LANES];
            let weights = S::read(scores, 0.0).sub(now).exp();
            weights.write(scores);
            sum = sum.add(weights);
        }
        S::read(&sums[lane..], 0.0).mul(shrink).add(sum).write(&mut sums[lane..][..S::LANES]);
        shrink.write(&mut shrinks[lane..][..S::LANES]);
    }
    shrinks
}

/// Takes the scores of the lanes from `lane` on into the largest so far; that, and by what sums before are to be shrunk.
#[inline(always)]
pub(super) fn raise<S: Simd>(n_keys: usize, lane: usize, scores: &[f32], largest: &mut [f32]) -> (S, S) {
    let before = S::read(&largest[lane..], LOWEST);
    let mut now = before;
    for scores in scores.chunks_exact(S::TILE.1 * S::LANES).take(n_keys) {
        now = now.max(S::read(&scores[lane..lane + S::LANES], 0.0));
    }
    now.write(&mut largest[lane..][..S::LANES]);
    (now, before.sub(now).exp())
}

/// `values *= factor`.
#[inline(always)]
pub(super) fn scale<S: Simd>(values: &mut [f32], factor: f32) {
    let factor = S::splat(factor);
    for values in values.chunks_mut(S::LANES) {
        S::read(values, 0.0).mul(factor).write(values);
    }
}

/// `scores[j] = query . keys[j]`; eight keys side by side, because each sum must wait for its last addition.
#[inline(always)]
fn score<S: Simd>(query: &[f32], keys: &[f32], stride: usize, scores: &mut [f32]) {
    const SIDE_BY_SIDE: usize = 8;
    let d = query.len();
    for (block, scores) in scores.chunks_mut(SIDE_BY_SIDE).enumerate() {
        let keys = &keys[block * SIDE_BY_SIDE * stride..];
        // A block that is not full computes its last key again in the places left.
        let rows: [&[f32]; SIDE_BY_SIDE] = std::array::from_fn(|i| &keys[i.min(scores.len() - 1) * stride..][..d]);
        let mut sums = [0.0; SIDE_BY_SIDE];
        for (i, &q) in query.iter().enumerate() {
            for (sum, row) in sums.iter_mut().zip(&rows) {
                *sum = S::mul_add_one(row[i], q, *sum);
            }
        }
        scores.copy_from_slice(&sums[..scores.len()]);
    }
}

/// `output = output * shrink + sum over j of weights[j] * values[j]`.
#[inline(always)]
fn blend<S: Simd>(weights: &[f32], values: &[f32], stride: usize, shrink: f32, output: &mut [f32]) {
    let shrink = S::splat(shrink);
    for (i, output) in output.chunks_mut(4 * S::LANES).enumerate() {
        let values = &values[i * 4 * S::LANES..];
        if output.len() == 4 * S::LANES {
            let mut sums = [S::splat(0.0); 4];
            for (j, &weight) in weights.iter().enumerate() {
                for (v, sum) in sums.iter_mut().enumerate() {
                    let values = S::read(&values[j * stride + v * S::LANES..], 0.0);
                    *sum = S::splat(weight).mul_add(values, *sum);
                }
            }
            for (sum, output) in sums.into_iter().zip(output.chunks_exact_mut(S::LANES)) {
                S::read(output, 0.0).mul(shrink).add(sum).write(output);
            }
        } else {
            for (v, output) in output.chunks_mut(S::LANES).enumerate() {
                let mut sum = S::splat(0.0);
                for (j, &weight) in weights.iter().enumerate() {
                    let values = S::read(&values[j * stride + v * S::LANES..][..output.len()], 0.0);
                    sum = S::splat(weight).mul_add(values, sum);
                }
                S::read(output, 0.0).mul(shrink).add(sum).write(output);
            }
        }
    }
}

/// The natural logarithm of numbers from 1 on, as in the Cephes library's `logf`: with x = m 2^e, m near 1, a polynomial of m - 1 and
/// e ln 2 in two parts. Lanes in a plain loop, which compilers turn into vectors.
#[inline(always)]
fn ln<S: Simd>(x: S) -> S {
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    const POLYNOMIAL: [f32; 9] = [
        7.037_683_6e-2,
        -1.151_461e-1,
        1.167_699_9e-1,
        -1.242_014_1e-1,
        1.424_932_3e-1,
        -1.666_805_8e-1,
        2.000_071_5e-1,
        -2.499_999_4e-1,
        3.333_333e-1,
    ];
    /// The bits of the square root of 1/2, from which on m lies up to the square root of 2.
    const LEAST: u32 = 0x3f35_04f3;
    let mut lanes = x.lanes();
    for x in &mut lanes[..S::LANES] {
        let above = x.to_bits().wrapping_sub(LEAST);
        let e = (above as i32 >> 23) as f32;
        let m = f32::from_bits((above & 0x007f_ffff).wrapping_add(LEAST)) - 1.0;
        let mut sum = POLYNOMIAL[0];
        for &factor in &POLYNOMIAL[1..] {
            sum = S::mul_add_one(sum, m, factor);
        }
        let small = S::mul_add_one(e, LN_2[1], m * m * S::mul_add_one(sum, m, -0.5));
        let ln = S::mul_add_one(e, LN_2[0], m + small);
        *x = if x.is_finite() { ln } else { *x };
    }
    // SAFETY: no vector is longer than the array.
    unsafe { S::load(lanes.as_ptr()) }
}

/// [`Simd::exp`] of one value.
#[inline(always)]
fn exp_one<S: Simd>(x: f32) -> f32 {
    S::splat(x).exp().lanes()[0]
}

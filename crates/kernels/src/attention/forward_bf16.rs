//! The forward pass with products of bf16.
//!
//! As in [`forward`](super::forward) queries lie side by side in the lanes of a panel. The weights of two keys that are neighbours are
//! rounded into pairs as they are computed, which is a panel of a right operand; the left one are the columns of the values. So
//! outputs come out turned, `[width of a head, queries]`, and are shrunk by lanes.

use super::forward::{LOWEST, Tile, raise, scale};
use super::{CHUNK, InPairs, KvChunk, n_pairs, packed_size, rounded_columns, rounded_rows, take};
use crate::Write;
use crate::cpu::Level;
use crate::simd::{Kernel, Simd};
use crate::tile::{Operand, Panel, PanelProduct, TILE_N_MAX, Target, Unit, pack_columns, pack_panels};

impl<U: Unit> Kernel for InPairs<Tile<'_>, U> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        // No other level has such a unit, and needs the code.
        assert!(S::LEVEL == Level::Avx512);
        let tile = self.task;
        let Tile { shape, bands, .. } = tile;
        let mut scratch = std::mem::take(tile.scratch);
        let _session = U::begin();
        let (d, n) = (shape.d_head, tile.n_lines());
        let width = S::TILE.1 * S::LANES;
        let n_panels = n.div_ceil(width);
        let d_padded = d.next_multiple_of(S::LANES);
        let n_padded = n_panels * width;
        let (pairs_of_d, pairs_of_keys) = (n_pairs::<U>(d), n_pairs::<U>(CHUNK));
        let sizes = [
            n * d,
            n_padded * pairs_of_d,
            packed_size::<U>(CHUNK, pairs_of_d),
            packed_size::<U>(d, pairs_of_keys),
            CHUNK * width,
            pairs_of_keys * width,
            n_padded * d,
            width * d_padded,
            n_padded,
            n_padded,
            n_padded,
        ];
        let mut rest = scratch.room(sizes.iter().sum());
        let [queries, packed_q, packed_k, packed_v, scores, weights, outputs, turned, largest, sums, log_sums] =
            sizes.map(|size| take(&mut rest, size));

        for (line, to) in tile.lines().zip(queries.chunks_exact_mut(d)) {
            tile.scaled_query(line, to);
        }
        pack_panels::<S>(rounded_rows(queries, d, d), n, pairs_of_d, packed_q);
        largest.fill(LOWEST);
        sums.fill(0.0);

        let first_of = |line: usize| shape.visible(tile.position(line)).start / CHUNK;
        for chunk in first_of(0)..tile.position(n - 1) / CHUNK + 1 {
            let (KvChunk { k, v }, n_keys) = tile.chunk(chunk);
            let stride = bands.strides[1];
            let pairs_of_keys = n_pairs::<U>(n_keys);
            let keys = U::rows::<S>(rounded_rows(k, stride, d), 0..n_keys, 0..pairs_of_d, packed_k);
            let values = U::rows::<S>(rounded_columns(v, stride, n_keys), 0..d, 0..pairs_of_keys, packed_v);
            for panel in 0..n_panels {
                let lines = panel * width..((panel + 1) * width).min(n);
                let visible_keys = (tile.position(lines.end - 1) + 1).saturating_sub(chunk * CHUNK).min(n_keys);
                if visible_keys == 0 || chunk < first_of(lines.start) {
                    continue;
                }
                let is_first = chunk == first_of(lines.start);
                let q = Panel::packed::<S>(&packed_q[panel * width * pairs_of_d..][..width * pairs_of_d]);
                // Rows were packed in groups of this height, which must stay whole.
                let n_rows = visible_keys.next_multiple_of(U::tile_rows(S::LEVEL)).min(n_keys);
                let target = Target { c: scores.as_mut_ptr(), stride: width, write: Write::Set };
                let (n_columns, depth) = (width, pairs_of_d);
                // SAFETY: the scores belong to this task and hold CHUNK lines of `width`.
                unsafe { U::multiply::<S>(PanelProduct { n_rows, n_columns, depth, rows: keys, panel: q, target }) };
                tile.mask::<S>(lines.clone(), chunk, visible_keys, scores);
                let state = panel * width..(panel + 1) * width;
                let weights = &mut weights[..pairs_of_keys * width];
                let shrink = weigh::<S>(visible_keys, scores, weights, &mut largest[state.clone()], &mut sums[state]);
                let outputs = &mut outputs[panel * width * d..(panel + 1) * width * d];
                if !is_first {
                    for outputs in outputs.chunks_exact_mut(width) {
                        for lane in (0..width).step_by(S::LANES) {
                            let outputs = &mut outputs[lane..lane + S::LANES];
                            S::read(outputs, 0.0).mul(S::read(&shrink[lane..], 0.0)).write(outputs);
                        }
                    }
                }
                let write = if is_first { Write::Set } else { Write::Add };
                let target = Target { c: outputs.as_mut_ptr(), stride: width, write };
                let (depth, panel) = (pairs_of_keys, Panel::packed::<S>(weights));
                // SAFETY: the outputs belong to this task and hold `d` lines of `width`.
                unsafe { U::multiply::<S>(PanelProduct { n_rows: d, n_columns, depth, rows: values, panel, target }) };
            }
        }

        tile.log_sums::<S>(largest, sums, log_sums);
        let mut lines = tile.lines();
        for panel in 0..n_panels {
            let first = panel * width;
            let n_lanes = width.min(n - first);
            let outputs = Operand { data: &outputs[first * d..(first + width) * d], outer: width, inner: 1 };
            pack_columns::<S>(outputs, 0..d, 0..n_lanes, d_padded, turned);
            for (i, output) in (first..first + n_lanes).zip(turned.chunks_exact(d_padded)) {
                let line = lines.next().expect("a row and a head for each line");
                let out = tile.finish(line, log_sums[i]);
                out.copy_from_slice(&output[..d]);
                scale::<S>(out, 1.0 / sums[i]);
            }
        }
        *tile.scratch = scratch;
    }
}

/// Turns the scores of a panel `[keys, width]` into pairs of weights `[pairs of keys, width]` relative to the largest score so far, 0
/// beyond the last key, and shrinks the sums so far to that measure; gives by what outputs so far are to be shrunk.
#[inline(always)]
fn weigh<S: Simd>(
    n_keys: usize,
    scores: &[f32],
    weights: &mut [f32],
    largest: &mut [f32],
    sums: &mut [f32],
) -> [f32; TILE_N_MAX] {
    let width = S::TILE.1 * S::LANES;
    let mut shrinks = [0.0; TILE_N_MAX];
    for lane in (0..width).step_by(S::LANES) {
        let (now, shrink) = raise::<S>(n_keys, lane, scores, largest);
        let mut sum = S::splat(0.0);
        // No closures: they would be compiled without the level's instructions.
        for (pair, weights) in weights.chunks_exact_mut(width).enumerate() {
            let mut both = [S::splat(0.0); 2];
            for (key, weight) in (2 * pair..n_keys).zip(&mut both) {
                *weight = S::read(&scores[key * width + lane..][..S::LANES], 0.0).sub(now).exp();
                sum = sum.add(*weight);
            }
            S::round_pairs(both[0], both[1]).write(&mut weights[lane..lane + S::LANES]);
        }
        S::read(&sums[lane..], 0.0).mul(shrink).add(sum).write(&mut sums[lane..][..S::LANES]);
        shrink.write(&mut shrinks[lane..][..S::LANES]);
    }
    shrinks
}

//! Rotary positions: each pair of features turns by an angle that grows with the position.
//!
//! Feature `i` of a head forms a pair with feature `i + d_head / 2` and turns by `position * base^(-2 i / d_head)`. The product
//! of a query and a key then depends on the distance between them alone. Going back turns the other way.
//!
//! Source: Su et al., "RoFormer: Enhanced Transformer with Rotary Position Embedding" (2021), section 3.2.2. The paper
//! pairs neighbours; halves are paired here, as in GPT-NeoX, Llama and Qwen. Scalings for longer contexts are a matter of the
//! frequencies.

use crate::cpu;
use crate::pool::{Shared, parallel_rows};
use crate::simd::{Kernel, Simd, dispatch};
use crate::{Real, Write};
use std::sync::OnceLock;

/// Positions whose angles are computed together, when the first of them is asked for: contexts of 131,072 positions are common, and
/// conversations that long are not.
const BLOCK: usize = 512;

/// Cosines and sines of the angles of all positions.
#[derive(Clone, Debug)]
pub struct Rotation<R = f32> {
    n_positions: usize,
    frequencies: Vec<f64>,
    blocks: Vec<OnceLock<Angles<R>>>,
}

/// Cosines and sines of a block of positions, `[positions, d_head / 2]` each.
#[derive(Clone, Debug)]
struct Angles<R> {
    cos: Vec<R>,
    sin: Vec<R>,
}

impl<R> PartialEq for Rotation<R> {
    fn eq(&self, other: &Rotation<R>) -> bool {
        (self.n_positions, &self.frequencies) == (other.n_positions, &other.frequencies)
    }
}

/// Which way to turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// From features to rotated features.
    Forward,
    /// Back: the inverse, which is also the gradient.
    Back,
}

impl<R: Real> Rotation<R> {
    /// Angles of `n_positions` positions for heads of width `d_head`, which is even; `base` is 10,000 in the paper.
    pub fn new(n_positions: usize, d_head: usize, base: f64) -> Rotation<R> {
        assert!(d_head > 0 && d_head.is_multiple_of(2), "rope: heads of width {d_head} do not fall into pairs");
        let half = d_head / 2;
        let frequencies: Vec<f64> = (0..half).map(|i| base.powf(-(i as f64) / half as f64)).collect();
        Rotation::of_frequencies(n_positions, &frequencies)
    }

    /// Angles of `n_positions` positions, pair `i` turning by `frequencies[i]` from one to the next.
    ///
    /// ```
    /// let plain = kernels::rope::Rotation::<f32>::new(3, 4, 100.0);
    /// assert_eq!(plain, kernels::rope::Rotation::of_frequencies(3, &[1.0, 0.1]));
    /// ```
    pub fn of_frequencies(n_positions: usize, frequencies: &[f64]) -> Rotation<R> {
        assert!(!frequencies.is_empty(), "rope: no pairs to turn");
        let blocks = (0..n_positions.div_ceil(BLOCK)).map(|_| OnceLock::new()).collect();
        Rotation { n_positions, frequencies: frequencies.to_vec(), blocks }
    }

    /// Width of a head.
    pub fn d_head(&self) -> usize {
        2 * self.half()
    }

    fn half(&self) -> usize {
        self.frequencies.len()
    }

    /// Cosines and sines of one position, `[d_head / 2]` each.
    fn at(&self, position: usize) -> (&[R], &[R]) {
        let (block, half) = (position / BLOCK, self.half());
        let Angles { cos, sin } = self.blocks[block].get_or_init(|| {
            let positions = block * BLOCK..((block + 1) * BLOCK).min(self.n_positions);
            let angles: Vec<f64> =
                positions.flat_map(|at| self.frequencies.iter().map(move |frequency| at as f64 * frequency)).collect();
            let of = |function: fn(f64) -> f64| angles.iter().map(|&angle| R::of(function(angle))).collect();
            Angles { cos: of(f64::cos), sin: of(f64::sin) }
        });
        let row = position % BLOCK * half..(position % BLOCK + 1) * half;
        (&cos[row.clone()], &sin[row])
    }
}

/// Turns every head of `x` `[n, heads * d_head]`, whose row `i` stands at `positions[i]`, into `y`.
#[track_caller]
pub fn rope(rotation: &Rotation, turn: Turn, positions: &[u32], x: &[f32], y: &mut [f32], write: Write) {
    let width = check(rotation, positions, x, y);
    let (level, y) = (cpu::level(), Shared::new(y));
    parallel_rows(positions.len(), width, |rows| {
        let here = rows.start * width..rows.end * width;
        // SAFETY: rows of tasks are disjoint.
        let y = unsafe { y.range(here.clone()) };
        dispatch(level, Rows { rotation, turn, positions: &positions[rows], x: &x[here], y, write });
    });
}

/// [`rope`] in plain loops.
pub fn reference<R: Real>(rotation: &Rotation<R>, turn: Turn, positions: &[u32], x: &[R], y: &mut [R], write: Write) {
    let (width, half) = (check(rotation, positions, x, y), rotation.half());
    for (row, &position) in positions.iter().enumerate() {
        let (cos, sin) = rotation.at(position as usize);
        for head in (row * width..(row + 1) * width).step_by(2 * half) {
            for i in 0..half {
                let sin = if turn == Turn::Forward { sin[i] } else { -sin[i] };
                let (a, b) = (x[head + i], x[head + half + i]);
                write.put(&mut y[head + i], a * cos[i] - b * sin);
                write.put(&mut y[head + half + i], b * cos[i] + a * sin);
            }
        }
    }
}

/// Width of a row.
#[track_caller]
fn check<R: Real>(rotation: &Rotation<R>, positions: &[u32], x: &[R], y: &[R]) -> usize {
    let width = x.len() / positions.len().max(1);
    assert!(
        x.len() == y.len() && x.len() == width * positions.len() && width.is_multiple_of(rotation.d_head()),
        "rope: {} values into {} at {} positions with heads of {}",
        x.len(),
        y.len(),
        positions.len(),
        rotation.d_head()
    );
    let n_positions = rotation.n_positions;
    if let Some(position) = positions.iter().find(|&&position| position as usize >= n_positions) {
        panic!("rope: position {position} is beyond the table of {n_positions}");
    }
    width
}

/// Some rows of [`rope`].
struct Rows<'a> {
    rotation: &'a Rotation,
    turn: Turn,
    positions: &'a [u32],
    x: &'a [f32],
    y: &'a mut [f32],
    write: Write,
}

impl Kernel for Rows<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        let Rows { rotation, turn, positions, x, y, write } = self;
        let half = rotation.half();
        let width = x.len() / positions.len().max(1);
        let sign = S::splat(if turn == Turn::Forward { 1.0 } else { -1.0 });
        for (row, &position) in positions.iter().enumerate() {
            let (cos, sin) = rotation.at(position as usize);
            for head in (row * width..(row + 1) * width).step_by(2 * half) {
                let (x0, x1) = x[head..head + 2 * half].split_at(half);
                let (y0, y1) = y[head..head + 2 * half].split_at_mut(half);
                for i in (0..half).step_by(S::LANES) {
                    let (cos, sin) = (S::read(&cos[i..], 0.0), S::read(&sin[i..], 0.0).mul(sign));
                    let (a, b) = (S::read(&x0[i..], 0.0), S::read(&x1[i..], 0.0));
                    let (mut first, mut second) = (a.mul(cos).sub(b.mul(sin)), b.mul(cos).add(a.mul(sin)));
                    if write == Write::Add {
                        first = first.add(S::read(&y0[i..], 0.0));
                        second = second.add(S::read(&y1[i..], 0.0));
                    }
                    first.write(&mut y0[i..]);
                    second.write(&mut y1[i..]);
                }
            }
        }
    }
}

//! Cross-entropy of each row of logits against a target id: `loss = lse(logits) - logits[target]`.

use crate::pool::{Shared, parallel_rows};
use crate::simd::{Kernel, Simd, dispatch};
use crate::softmax::largest;
use crate::{Real, cpu};

/// Loss and log-sum-exp of each row of `logits` `[n, vocab]`. Panics if a target is not below `vocab`.
pub fn cross_entropy(logits: &[f32], targets: &[u32], vocab: usize, losses: &mut [f32], lse: &mut [f32]) {
    let n = targets.len();
    assert_eq!(
        (logits.len(), losses.len(), lse.len()),
        (n * vocab, n, n),
        "cross_entropy: sizes of logits, losses and lse"
    );
    let (level, losses, lse) = (cpu::level(), Shared::new(losses), Shared::new(lse));
    parallel_rows(n, vocab, |rows| {
        // SAFETY: rows of tasks are disjoint.
        let (losses, lse) = unsafe { (losses.range(rows.clone()), lse.range(rows.clone())) };
        let logits = &logits[rows.start * vocab..rows.end * vocab];
        dispatch(level, LogSumExp { logits, vocab, lse });
        for (i, (loss, &lse)) in losses.iter_mut().zip(&*lse).enumerate() {
            *loss = lse - logits[i * vocab..][..vocab][targets[rows.start + i] as usize];
        }
    });
}

/// Loss of each row, and in the place of `logits` its gradient: `weights[i] * (softmax(logits[i]) - onehot(targets[i]))`.
///
/// One exponential a logit serves both. Panics if a target is not below `vocab`.
pub fn cross_entropy_and_gradient(
    logits: &mut [f32],
    targets: &[u32],
    weights: &[f32],
    vocab: usize,
    losses: &mut [f32],
) {
    let n = targets.len();
    assert_eq!(
        (logits.len(), weights.len(), losses.len()),
        (n * vocab, n, n),
        "cross_entropy_and_gradient: sizes of logits, weights and losses"
    );
    let (level, logits, losses) = (cpu::level(), Shared::new(logits), Shared::new(losses));
    parallel_rows(n, vocab, |rows| {
        for i in rows {
            // SAFETY: rows of tasks are disjoint.
            let (row, loss) = unsafe { (logits.range(i * vocab..(i + 1) * vocab), losses.range(i..i + 1)) };
            let target = targets[i] as usize;
            let wanted = row[target];
            loss[0] = dispatch(level, Gradient { row, weight: weights[i] }) - wanted;
            row[target] -= weights[i];
        }
    });
}

/// [`cross_entropy`] in plain loops.
pub fn reference<R: Real>(logits: &[R], targets: &[u32], vocab: usize, losses: &mut [R], lse: &mut [R]) {
    assert_eq!(logits.len(), targets.len() * vocab, "cross_entropy: size of logits");
    for (i, row) in logits.chunks_exact(vocab).enumerate() {
        let largest = row.iter().fold(row[0], |a, &b| a.larger(b));
        let mut sum = R::default();
        for &x in row {
            sum += (x - largest).exp();
        }
        lse[i] = largest + sum.ln();
        losses[i] = lse[i] - row[targets[i] as usize];
    }
}

/// The gradient of [`cross_entropy_and_gradient`] in plain loops.
pub fn reference_gradient<R: Real>(logits: &[R], targets: &[u32], weights: &[R], lse: &[R], vocab: usize) -> Vec<R> {
    assert_eq!(logits.len(), targets.len() * vocab, "cross_entropy: size of logits");
    let mut gradient = Vec::with_capacity(logits.len());
    for i in 0..targets.len() {
        for j in 0..vocab {
            let p = (logits[i * vocab + j] - lse[i]).exp();
            let hot = R::of(if j == targets[i] as usize { 1.0 } else { 0.0 });
            gradient.push(weights[i] * (p - hot));
        }
    }
    gradient
}

struct LogSumExp<'a> {
    logits: &'a [f32],
    vocab: usize,
    lse: &'a mut [f32],
}

impl Kernel for LogSumExp<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        for (x, lse) in self.logits.chunks_exact(self.vocab).zip(self.lse) {
            let largest = largest::<S>(x);
            let shift = S::splat(largest);
            let mut sum = S::splat(0.0);
            for i in (0..x.len()).step_by(S::LANES) {
                sum = sum.add(S::read(&x[i..], f32::NEG_INFINITY).sub(shift).exp());
            }
            *lse = largest + sum.sum().ln();
        }
    }
}

/// Turns a row into its gradient without the target's part; gives its log-sum-exp.
struct Gradient<'a> {
    row: &'a mut [f32],
    weight: f32,
}

impl Kernel for Gradient<'_> {
    type Output = f32;
    #[inline(always)]
    fn run<S: Simd>(self) -> f32 {
        let largest = largest::<S>(self.row);
        let shift = S::splat(largest);
        let mut sums = S::splat(0.0);
        for i in (0..self.row.len()).step_by(S::LANES) {
            let powers = S::read(&self.row[i..], f32::NEG_INFINITY).sub(shift).exp();
            powers.write(&mut self.row[i..]);
            sums = sums.add(powers);
        }
        let sum = sums.sum();
        let factor = S::splat(self.weight / sum);
        for i in (0..self.row.len()).step_by(S::LANES) {
            S::read(&self.row[i..], 0.0).mul(factor).write(&mut self.row[i..]);
        }
        largest + sum.ln()
    }
}

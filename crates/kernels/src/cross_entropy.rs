//! Cross-entropy of each row of logits against a target id: `loss = lse(logits) - logits[target]`.

use crate::pool::{Shared, parallel_rows};
use crate::simd::{Kernel, Simd, dispatch};
use crate::softmax::largest;
use crate::{Real, Write, cpu};

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

/// `dlogits (=|+=) weights[i] * (softmax(logits[i]) - onehot(targets[i]))`.
pub fn cross_entropy_backward(
    logits: &[f32],
    targets: &[u32],
    weights: &[f32],
    lse: &[f32],
    vocab: usize,
    dlogits: &mut [f32],
    write: Write,
) {
    let n = targets.len();
    assert_eq!(
        (logits.len(), weights.len(), lse.len(), dlogits.len()),
        (n * vocab, n, n, n * vocab),
        "cross_entropy_backward: sizes of logits, weights, lse and dlogits"
    );
    let (level, dlogits) = (cpu::level(), Shared::new(dlogits));
    parallel_rows(n, vocab, |rows| {
        for i in rows {
            let row = i * vocab..(i + 1) * vocab;
            // SAFETY: rows of tasks are disjoint.
            let dlogits = unsafe { dlogits.range(row.clone()) };
            dispatch(level, Backward { logits: &logits[row], weight: weights[i], lse: lse[i], dlogits, write });
            dlogits[targets[i] as usize] -= weights[i];
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

/// [`cross_entropy_backward`] in plain loops.
pub fn reference_backward<R: Real>(
    logits: &[R],
    targets: &[u32],
    weights: &[R],
    lse: &[R],
    vocab: usize,
    dlogits: &mut [R],
    write: Write,
) {
    assert_eq!(logits.len(), targets.len() * vocab, "cross_entropy_backward: size of logits");
    for i in 0..targets.len() {
        for j in 0..vocab {
            let p = (logits[i * vocab + j] - lse[i]).exp();
            let hot = R::of(if j == targets[i] as usize { 1.0 } else { 0.0 });
            write.put(&mut dlogits[i * vocab + j], weights[i] * (p - hot));
        }
    }
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

/// One row, without the target's part.
struct Backward<'a> {
    logits: &'a [f32],
    weight: f32,
    lse: f32,
    dlogits: &'a mut [f32],
    write: Write,
}

impl Kernel for Backward<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        let (weight, lse) = (S::splat(self.weight), S::splat(self.lse));
        for i in (0..self.logits.len()).step_by(S::LANES) {
            let mut d = S::read(&self.logits[i..], 0.0).sub(lse).exp().mul(weight);
            if self.write == Write::Add {
                d = d.add(S::read(&self.dlogits[i..], 0.0));
            }
            d.write(&mut self.dlogits[i..]);
        }
    }
}

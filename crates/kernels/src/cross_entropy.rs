//! Cross-entropy of each row of logits against a target id: `loss = lse(logits) - logits[target]`.

use crate::{Real, Write};

/// Loss and log-sum-exp of each row of `logits` `[n, vocab]`.
pub fn cross_entropy(logits: &[f32], targets: &[u32], vocab: usize, losses: &mut [f32], lse: &mut [f32]) {
    reference(logits, targets, vocab, losses, lse);
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
    reference_backward(logits, targets, weights, lse, vocab, dlogits, write);
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

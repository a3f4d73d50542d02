//! Dropout: each value is kept with probability `1 - p` and scaled by `1 / (1 - p)`, else 0.
//!
//! Which values are kept is a function of the key and the position ([`crate::rng`]), so the backward pass
//! needs no stored mask.

use crate::{Real, Write, rng};

/// `y = x * mask / (1 - p)`.
pub fn dropout<R: Real>(x: &[R], p: f32, key: [u64; 2], y: &mut [R]) {
    dropout_backward(x, p, key, y, Write::Set);
}

/// `dx (=|+=) dy * mask / (1 - p)`, with the mask of the same key.
pub fn dropout_backward<R: Real>(dy: &[R], p: f32, key: [u64; 2], dx: &mut [R], write: Write) {
    assert_eq!(dy.len(), dx.len(), "dropout: sizes of input and output");
    assert!((0.0..1.0).contains(&p), "dropout: p is {p}, expected 0 <= p < 1");
    let scale = R::of(1.0 / (1.0 - f64::from(p)));
    for (i, (&dy, dx)) in dy.iter().zip(dx).enumerate() {
        let keep = rng::uniform(key, i as u64) >= p;
        write.put(dx, if keep { dy * scale } else { R::default() });
    }
}

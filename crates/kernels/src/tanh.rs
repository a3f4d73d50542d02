//! The hyperbolic tangent, between two layers of a classification head.
//!
//! A value for each feature of a text, not of a token: plain loops, which are the reference at once.

use crate::{Real, Write};

/// `y = tanh(x)`; tanh(1) is 0.7616.
pub fn tanh<R: Real>(x: &[R], y: &mut [R]) {
    assert_eq!(x.len(), y.len(), "tanh: sizes of x and y");
    x.iter().zip(y).for_each(|(x, y)| *y = x.tanh());
}

/// `dx (=|+=) dy (1 - y^2)`, from the result `y` of the forward pass.
pub fn tanh_backward<R: Real>(y: &[R], dy: &[R], dx: &mut [R], write: Write) {
    assert_eq!((y.len(), dy.len()), (dx.len(), dx.len()), "tanh_backward: sizes of y, dy and dx");
    for ((&y, &dy), place) in y.iter().zip(dy).zip(dx) {
        write.put(place, dy * (R::of(1.0) - y * y));
    }
}

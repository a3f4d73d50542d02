//! The GELU activation in its tanh form (GPT-2): `0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))`.

use crate::{Real, Write};

/// sqrt(2 / pi).
const SQRT_2_OVER_PI: f64 = 0.797_884_560_802_865_4;
/// The cubic's coefficient in the approximation of the normal distribution function.
const CUBIC: f64 = 0.044_715;

/// `y = gelu(x)`.
pub fn gelu(x: &[f32], y: &mut [f32]) {
    reference(x, y);
}

/// `dx (=|+=) dy * gelu'(x)`.
pub fn gelu_backward(x: &[f32], dy: &[f32], dx: &mut [f32], write: Write) {
    reference_backward(x, dy, dx, write);
}

/// [`gelu`] in plain loops.
pub fn reference<R: Real>(x: &[R], y: &mut [R]) {
    assert_eq!(x.len(), y.len(), "gelu: sizes of x and y");
    for (&x, y) in x.iter().zip(y) {
        let inner = R::of(SQRT_2_OVER_PI) * (x + R::of(CUBIC) * x * x * x);
        *y = R::of(0.5) * x * (R::of(1.0) + inner.tanh());
    }
}

/// [`gelu_backward`] in plain loops.
pub fn reference_backward<R: Real>(x: &[R], dy: &[R], dx: &mut [R], write: Write) {
    assert_eq!((x.len(), dy.len()), (dx.len(), dx.len()), "gelu_backward: sizes of x, dy and dx");
    for ((&x, &dy), dx) in x.iter().zip(dy).zip(dx) {
        let tanh = (R::of(SQRT_2_OVER_PI) * (x + R::of(CUBIC) * x * x * x)).tanh();
        let d_inner = R::of(SQRT_2_OVER_PI) * (R::of(1.0) + R::of(3.0 * CUBIC) * x * x);
        let slope = R::of(0.5) * (R::of(1.0) + tanh) + R::of(0.5) * x * (R::of(1.0) - tanh * tanh) * d_inner;
        write.put(dx, dy * slope);
    }
}

//! The GELU activation in its tanh form (GPT-2): `0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))`.

use crate::bf16::Bf16;
use crate::pool::{Shared, parallel_rows};
use crate::simd::{Kernel, Simd, dispatch};
use crate::tile::Element;
use crate::{Real, Write, cpu};

/// sqrt(2 / pi).
const SQRT_2_OVER_PI: f64 = 0.797_884_560_802_865_4;
/// The cubic's coefficient in the approximation of the normal distribution function.
const CUBIC: f64 = 0.044_715;

/// `y = gelu(x)`; gelu(1) is 0.8412.
pub fn gelu(x: &[f32], y: &mut [f32]) {
    assert_eq!(x.len(), y.len(), "gelu: sizes of x and y");
    let (level, y) = (cpu::level(), Shared::new(y));
    parallel_rows(x.len(), 1, |range| {
        // SAFETY: ranges of tasks are disjoint.
        let y = unsafe { y.range(range.clone()) };
        dispatch(level, Forward { x: &x[range], y });
    });
}

/// `dx (=|+=) dy * gelu'(x)`.
pub fn gelu_backward(x: &[f32], dy: &[f32], dx: &mut [f32], write: Write) {
    assert_eq!((x.len(), dy.len()), (dx.len(), dx.len()), "gelu_backward: sizes of x, dy and dx");
    let (level, dx) = (cpu::level(), Shared::new(dx));
    parallel_rows(x.len(), 1, |range| {
        // SAFETY: ranges of tasks are disjoint.
        let dx = unsafe { dx.range(range.clone()) };
        dispatch(level, Backward { x: &x[range.clone()], dy: &dy[range], dx, write });
    });
}

/// [`gelu`] of numbers in bf16, in bf16.
pub fn gelu_rounded(x: &[Bf16], y: &mut [Bf16]) {
    assert_eq!(x.len(), y.len(), "gelu: sizes of x and y");
    let (level, y) = (cpu::level(), Shared::new(y));
    parallel_rows(x.len(), 1, |range| {
        // SAFETY: ranges of tasks are disjoint.
        let y = unsafe { y.range(range.clone()) };
        dispatch(level, Rounded { x: &x[range], y });
    });
}

/// GELU of each lane.
#[inline(always)]
pub(crate) fn gelu_of<S: Simd>(x: S) -> S {
    x.mul(gate(x))
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

/// Since `(1 + tanh(u)) / 2 = sigmoid(2u)`, one exp a value is enough.
struct Forward<'a> {
    x: &'a [f32],
    y: &'a mut [f32],
}

impl Kernel for Forward<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        for i in (0..self.x.len()).step_by(S::LANES) {
            gelu_of(S::read(&self.x[i..], 0.0)).write(&mut self.y[i..]);
        }
    }
}

struct Backward<'a> {
    x: &'a [f32],
    dy: &'a [f32],
    dx: &'a mut [f32],
    write: Write,
}

impl Kernel for Backward<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        for i in (0..self.x.len()).step_by(S::LANES) {
            let mut dx = S::read(&self.dy[i..], 0.0).mul(slope(S::read(&self.x[i..], 0.0)));
            if self.write == Write::Add {
                dx = dx.add(S::read(&self.dx[i..], 0.0));
            }
            dx.write(&mut self.dx[i..]);
        }
    }
}

struct Rounded<'a> {
    x: &'a [Bf16],
    y: &'a mut [Bf16],
}

impl Kernel for Rounded<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        for (x, y) in self.x.chunks(S::LANES).zip(self.y.chunks_mut(S::LANES)) {
            gelu_of(Bf16::read::<S>(x)).write_bf16(y);
        }
    }
}

/// The derivative of each lane.
#[inline(always)]
pub(crate) fn slope<S: Simd>(x: S) -> S {
    let slope_0 = S::splat((2.0 * SQRT_2_OVER_PI) as f32);
    let slope_2 = S::splat((6.0 * CUBIC * SQRT_2_OVER_PI) as f32);
    let s = gate(x);
    let d_gate = s.mul(S::splat(1.0).sub(s)).mul(x.mul(x).mul_add(slope_2, slope_0));
    x.mul_add(d_gate, s)
}

/// `sigmoid(2 sqrt(2/pi) (x + 0.044715 x^3))`.
#[inline(always)]
fn gate<S: Simd>(x: S) -> S {
    let linear = S::splat((2.0 * SQRT_2_OVER_PI) as f32);
    let cubic = S::splat((2.0 * CUBIC * SQRT_2_OVER_PI) as f32);
    x.mul(x.mul(x).mul_add(cubic, linear)).sigmoid()
}

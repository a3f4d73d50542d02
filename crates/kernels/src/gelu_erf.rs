//! The GELU activation by the error function, as BERT uses it: `x * (1 + erf(x / sqrt(2))) / 2`.
//!
//! With `q(z) = 1 - erf(z)` for z >= 0 it is `max(x, 0) - |x| q(|x| / sqrt(2)) / 2` on both sides of 0, and q is a polynomial
//! times `exp(-z^2)`, wrong by 1.5e-7 at most (Abramowitz and Stegun, *Handbook of Mathematical Functions*, 7.1.26).
//! Its slope is `(1 + erf(x / sqrt(2))) / 2 + x exp(-x^2 / 2) / sqrt(2 pi)`, from the same exponential. The tanh form of GPT-2
//! stands in [`crate::gelu`].

use crate::pool::{Shared, parallel_rows};
use crate::simd::{Kernel, Simd, dispatch};
use crate::{Write, cpu};

/// Coefficients of the polynomial in `1 / (1 + P z)`.
const P: f64 = 0.327_591_1;
const COEFFICIENTS: [f64; 5] = [0.254_829_592, -0.284_496_736, 1.421_413_741, -1.453_152_027, 1.061_405_429];

/// `y = gelu(x)`; gelu(1) is 0.8413.
pub fn gelu_erf(x: &[f32], y: &mut [f32]) {
    assert_eq!(x.len(), y.len(), "gelu_erf: sizes of x and y");
    let (level, y) = (cpu::level(), Shared::new(y));
    parallel_rows(x.len(), 1, |range| {
        // SAFETY: ranges of tasks are disjoint.
        let y = unsafe { y.range(range.clone()) };
        dispatch(level, Forward { x: &x[range], y });
    });
}

/// `dx (=|+=) dy * gelu'(x)`.
pub fn gelu_erf_backward(x: &[f32], dy: &[f32], dx: &mut [f32], write: Write) {
    assert_eq!((x.len(), dy.len()), (dx.len(), dx.len()), "gelu_erf_backward: sizes of x, dy and dx");
    let (level, dx) = (cpu::level(), Shared::new(dx));
    parallel_rows(x.len(), 1, |range| {
        // SAFETY: ranges of tasks are disjoint.
        let dx = unsafe { dx.range(range.clone()) };
        dispatch(level, Backward { x: &x[range.clone()], dy: &dy[range], dx, write });
    });
}

/// [`gelu_erf`] in plain loops.
pub fn reference(x: &[f64], y: &mut [f64]) {
    for (&x, y) in x.iter().zip(y) {
        *y = x * below(x);
    }
}

/// [`gelu_erf_backward`] in plain loops.
pub fn reference_backward(x: &[f64], dy: &[f64], dx: &mut [f64], write: Write) {
    for ((&x, &dy), dx) in x.iter().zip(dy).zip(dx) {
        let density = (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
        write.put(dx, dy * (below(x) + x * density));
    }
}

/// The share of the normal distribution that lies below x, by a series of the error function whose terms have one sign, so that
/// no digits are lost (Abramowitz and Stegun, 7.1.6).
fn below(x: f64) -> f64 {
    let z = x / std::f64::consts::SQRT_2;
    let (mut term, mut sum, mut n) = (z, z, 0.0);
    while term.abs() > 1e-17 * sum.abs() {
        n += 1.0;
        term *= 2.0 * z * z / (2.0 * n + 1.0);
        sum += term;
    }
    0.5 * (1.0 + std::f64::consts::FRAC_2_SQRT_PI * (-z * z).exp() * sum)
}

struct Forward<'a> {
    x: &'a [f32],
    y: &'a mut [f32],
}

impl Kernel for Forward<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        let (zero, one) = (S::splat(0.0), S::splat(1.0));
        for i in (0..self.x.len()).step_by(S::LANES) {
            let x = S::read(&self.x[i..], 0.0);
            let size = x.max(zero.sub(x));
            let z = size.mul(S::splat(std::f32::consts::FRAC_1_SQRT_2));
            let q = polynomial(z.mul_add(S::splat(P as f32), one).recip()).mul(zero.sub(z.mul(z)).exp());
            x.max(zero).sub(size.mul(q).mul(S::splat(0.5))).write(&mut self.y[i..]);
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
        let (zero, half, one) = (S::splat(0.0), S::splat(0.5), S::splat(1.0));
        // 1 / sqrt(2 pi).
        let density = S::splat(0.5 * std::f32::consts::FRAC_2_SQRT_PI * std::f32::consts::FRAC_1_SQRT_2);
        for i in (0..self.x.len()).step_by(S::LANES) {
            let x = S::read(&self.x[i..], 0.0);
            let size = x.max(zero.sub(x));
            let z = size.mul(S::splat(std::f32::consts::FRAC_1_SQRT_2));
            let bell = zero.sub(z.mul(z)).exp();
            let q = polynomial(z.mul_add(S::splat(P as f32), one).recip()).mul(bell);
            // At 0, where the sign is 0 instead of 1, what it is multiplied with is 0.
            let sign = x.div(size.max(S::splat(f32::MIN_POSITIVE)));
            let below = half.sub(half.mul(q)).mul_add(sign, half);
            let slope = x.mul(bell).mul_add(density, below);
            let mut dx = S::read(&self.dy[i..], 0.0).mul(slope);
            if self.write == Write::Add {
                dx = dx.add(S::read(&self.dx[i..], 0.0));
            }
            dx.write(&mut self.dx[i..]);
        }
    }
}

/// Of t = 1 / (1 + P z); times `exp(-z^2)` it is `1 - erf(z)`.
#[inline(always)]
fn polynomial<S: Simd>(t: S) -> S {
    let mut sum = S::splat(COEFFICIENTS[4] as f32);
    for &coefficient in COEFFICIENTS[..4].iter().rev() {
        sum = sum.mul_add(t, S::splat(coefficient as f32));
    }
    sum.mul(t)
}

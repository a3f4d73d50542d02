//! The GELU activation by the error function, as BERT uses it: `x * (1 + erf(x / sqrt(2))) / 2`.
//!
//! With `q(z) = 1 - erf(z)` for z >= 0 it is `max(x, 0) - |x| q(|x| / sqrt(2)) / 2` on both sides of 0, and q is a polynomial
//! times `exp(-z^2)`, wrong by 1.5e-7 at most (Abramowitz and Stegun, *Handbook of Mathematical Functions*, 7.1.26).
//! The tanh form of GPT-2 stands in [`crate::gelu`]. No backward pass yet.

use crate::cpu;
use crate::pool::{Shared, parallel_rows};
use crate::simd::{Kernel, Simd, dispatch};

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

/// [`gelu_erf`] in plain loops, by the series of the error function, which converges everywhere.
pub fn reference(x: &[f64], y: &mut [f64]) {
    for (&x, y) in x.iter().zip(y) {
        let z = x / std::f64::consts::SQRT_2;
        let (mut term, mut sum, mut n) = (z, z, 0.0);
        while term.abs() > 1e-17 * sum.abs() {
            n += 1.0;
            term *= -z * z / n;
            sum += term / (2.0 * n + 1.0);
        }
        *y = 0.5 * x * (1.0 + std::f64::consts::FRAC_2_SQRT_PI * sum);
    }
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
            let t = one.div(z.mul_add(S::splat(P as f32), one));
            let mut polynomial = S::splat(COEFFICIENTS[4] as f32);
            for &coefficient in COEFFICIENTS[..4].iter().rev() {
                polynomial = polynomial.mul_add(t, S::splat(coefficient as f32));
            }
            let q = polynomial.mul(t).mul(zero.sub(z.mul(z)).exp());
            x.max(zero).sub(size.mul(q).mul(S::splat(0.5))).write(&mut self.y[i..]);
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_fast_form_is_the_series() {
        let x: Vec<f32> = (-400..=400).map(|i| i as f32 / 100.0).collect();
        let mut fast = vec![0.0; x.len()];
        super::gelu_erf(&x, &mut fast);
        let wide: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
        let mut slow = vec![0.0; x.len()];
        super::reference(&wide, &mut slow);
        for ((x, fast), slow) in x.iter().zip(fast).zip(slow) {
            assert!((f64::from(fast) - slow).abs() < 1e-6, "gelu({x}): expected {slow}, found {fast}");
        }
    }
}

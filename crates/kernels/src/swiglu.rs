//! The gated activation of Llama: `y = silu(gate) * up` with `silu(x) = x * sigmoid(x)`.
//!
//! Source: Shazeer, "GLU Variants Improve Transformer" (2020), equation 6. The backward pass is plain loops.

use crate::pool::{Shared, parallel_rows};
use crate::simd::{Kernel, Simd, dispatch};
use crate::{Real, Write, cpu};

/// `y = silu(gate) * up`; with a gate of 1 and an up of 2 it is 1.4621.
pub fn swiglu(gate: &[f32], up: &[f32], y: &mut [f32]) {
    assert_eq!((gate.len(), up.len()), (y.len(), y.len()), "swiglu: sizes of gate, up and y");
    let (level, y) = (cpu::level(), Shared::new(y));
    parallel_rows(gate.len(), 1, |range| {
        // SAFETY: ranges of tasks are disjoint.
        let y = unsafe { y.range(range.clone()) };
        dispatch(level, Forward { gate: &gate[range.clone()], up: &up[range], y });
    });
}

/// [`swiglu`] in plain loops.
pub fn reference<R: Real>(gate: &[R], up: &[R], y: &mut [R]) {
    for ((&gate, &up), y) in gate.iter().zip(up).zip(y) {
        *y = gate * sigmoid(gate) * up;
    }
}

/// `d_gate (=|+=)`, from the gradient `dy`.
pub fn swiglu_backward_gate<R: Real>(gate: &[R], up: &[R], dy: &[R], d_gate: &mut [R], write: Write) {
    assert_eq!((gate.len(), up.len(), dy.len()), (d_gate.len(), d_gate.len(), d_gate.len()), "swiglu_backward: sizes");
    for (((&gate, &up), &dy), place) in gate.iter().zip(up).zip(dy).zip(d_gate) {
        let s = sigmoid(gate);
        write.put(place, dy * up * s * (R::of(1.0) + gate * (R::of(1.0) - s)));
    }
}

/// `d_up (=|+=)`, from the gradient `dy`.
pub fn swiglu_backward_up<R: Real>(gate: &[R], dy: &[R], d_up: &mut [R], write: Write) {
    assert_eq!((gate.len(), dy.len()), (d_up.len(), d_up.len()), "swiglu_backward: sizes");
    for ((&gate, &dy), place) in gate.iter().zip(dy).zip(d_up) {
        write.put(place, dy * gate * sigmoid(gate));
    }
}

/// `1 / (1 + exp(-x))`, by the tangent, which every number type has and which cannot overflow.
fn sigmoid<R: Real>(x: R) -> R {
    R::of(0.5) * (R::of(1.0) + (R::of(0.5) * x).tanh())
}

struct Forward<'a> {
    gate: &'a [f32],
    up: &'a [f32],
    y: &'a mut [f32],
}

impl Kernel for Forward<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        for i in (0..self.gate.len()).step_by(S::LANES) {
            let gate = S::read(&self.gate[i..], 0.0);
            gate.mul(gate.sigmoid()).mul(S::read(&self.up[i..], 0.0)).write(&mut self.y[i..]);
        }
    }
}

//! Mixed precision: operands of matrix products in bf16, everything else in f32.
//!
//! Weights in training stay f32, or updates smaller than a 256th of a weight would be lost. A step multiplies with a copy of them in
//! bf16, made once: two bytes a weight beside four of the weight, four of its gradient and eight of its moments. Activations are
//! rounded where they enter a product, and kept for the backward pass as they entered it, in half the memory.
//!
//! Source: Micikevicius et al., "Mixed Precision Training" (2018), section 3.1. No scaling of the loss: bf16 has the range of f32.

use crate::buffer::Buffer;
use crate::params::Params;
use crate::tape::Sink;
use crate::{Cx, Tensor};
use kernels::Aligned;
use kernels::bf16::{self, Bf16};
use std::ops::Range;
use std::sync::Arc;

/// A copy of all weights in bf16, laid out like them; cloning copies a handle.
#[derive(Clone)]
pub struct Bf16Weights(Arc<Aligned<Bf16>>);

impl Bf16Weights {
    /// The weights of `params` as they are now.
    pub fn new(params: &Params) -> Bf16Weights {
        let mut weights = Bf16Weights(Arc::new(Aligned::zeroed(params.len())));
        weights.refresh(params);
        weights
    }

    /// For a plan, in which no weight is read.
    pub fn planned() -> Bf16Weights {
        Bf16Weights(Arc::default())
    }

    /// Takes the weights of `params`, whose copy this is, as they are now; panics while a step still looks at the old ones.
    ///
    /// ```
    /// use tensor::{Bf16Weights, Cx, Init, ParamsBuilder, Tensor, ops};
    /// let mut builder = ParamsBuilder::new();
    /// let w = builder.param("w", &[1, 1], Init::Ones);
    /// let mut params = builder.build();
    /// let mut copy = Bf16Weights::new(&params);
    /// params.weights_mut()[0] = 1.001; // 1 in bf16.
    /// copy.refresh(&params);
    /// let cx = Cx::training(&params, [0, 0]).in_bf16(&copy);
    /// let x = Tensor::from_vec(&[1, 1], vec![3.0]);
    /// assert_eq!(ops::linear(&cx, &x, &cx.param(w), None, ops::Layout::Normal).item(), 3.0);
    /// ```
    #[track_caller]
    pub fn refresh(&mut self, params: &Params) {
        let values = Arc::get_mut(&mut self.0).expect("refresh: a step still looks at the copy");
        bf16::round(params.weights(), values);
    }

    pub(crate) fn of(&self, range: Range<usize>) -> Rounded {
        Rounded(Values::Weights(self.clone(), range))
    }
}

/// An operand of products.
pub(crate) struct Rounded(Values);

enum Values {
    /// A range of the copy.
    Weights(Bf16Weights, Range<usize>),
    /// Its own: `len` values, two in each place of a buffer.
    Own { words: Buffer, len: usize },
}

impl Rounded {
    /// The values of `x`.
    pub fn tensor(cx: &Cx, x: &Tensor) -> Rounded {
        Rounded::made(cx, x.n_values(), |values| bf16::round(x.values(), values))
    }

    /// `len` values that `compute` writes.
    pub fn made(cx: &Cx, len: usize, compute: impl FnOnce(&mut [Bf16])) -> Rounded {
        let words = cx.fill(bf16::n_words(len), |words| compute(bf16::in_words_mut(words, len)));
        Rounded(Values::Own { words, len })
    }

    /// To write to; a bug in a plan and of weights, and panics.
    pub fn values_mut(&mut self) -> &mut [Bf16] {
        match &mut self.0 {
            Values::Own { words, len } => bf16::in_words_mut(words, *len),
            Values::Weights(..) => panic!("values_mut: the copy of the weights"),
        }
    }

    /// How many values.
    pub fn len(&self) -> usize {
        match &self.0 {
            Values::Weights(_, range) => range.len(),
            Values::Own { len, .. } => *len,
        }
    }

    /// A gradient on its way back.
    pub fn gradient(sink: &Sink, d: &Buffer) -> Rounded {
        Rounded::written(sink, d.len(), |values| bf16::round(d, values))
    }

    /// A gradient of `len` values on its way back, which `compute` writes.
    pub fn written(sink: &Sink, len: usize, compute: impl FnOnce(&mut [Bf16])) -> Rounded {
        let mut words = sink.buffer(bf16::n_words(len));
        if !sink.is_plan() {
            compute(bf16::in_words_mut(&mut words, len));
        }
        Rounded(Values::Own { words, len })
    }

    /// Bytes that it takes less to read these values from the copy of the weights than in f32.
    pub fn bytes_spared(&self) -> u64 {
        match &self.0 {
            Values::Weights(_, range) => (range.len() * (size_of::<f32>() - size_of::<Bf16>())) as u64,
            Values::Own { .. } => 0,
        }
    }

    /// The values; a bug in a plan, and panics.
    pub fn values(&self) -> &[Bf16] {
        match &self.0 {
            Values::Weights(weights, range) => &weights.0[range.clone()],
            Values::Own { words, len } => bf16::in_words(words, *len),
        }
    }
}

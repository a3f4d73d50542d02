//! GELU by the error function, as BERT uses it; inference only.

use crate::{Cx, Tensor};
use kernels::gelu_erf as kernel;

/// `x (1 + erf(x / sqrt(2))) / 2`, elementwise; no gradient flows through it.
pub fn gelu_erf(cx: &Cx, x: &Tensor) -> Tensor {
    let values = cx.fill(x.n_values(), |values| kernel::gelu_erf(x.values(), values));
    cx.emit(x.shape(), values, &[], |_| unreachable!("no input has a gradient"))
}

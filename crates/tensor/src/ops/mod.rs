//! The operations: one file each, with forward, backward and the count of floating-point operations.
//!
//! Each is a free function of a context and tensors. A shape that does not fit is a bug of the caller: the
//! function panics at the caller's line and names the shapes.

pub(crate) mod add;
pub(crate) mod attention;
pub(crate) mod attention_joined;
pub(crate) mod columns;
pub(crate) mod dropout;
pub(crate) mod embedding;
pub(crate) mod gelu;
pub(crate) mod gelu_erf;
pub(crate) mod layer_norm;
pub(crate) mod leaf;
pub(crate) mod linear;
pub(crate) mod linear_bf16;
pub(crate) mod linear_cross_entropy;
pub(crate) mod mlp_bf16;
pub(crate) mod rms_norm;
pub(crate) mod rope;
pub(crate) mod select_rows;
pub(crate) mod swiglu;
pub(crate) mod tanh;

pub use add::add;
pub use attention::{attention, attention_both_ways, attention_cached};
pub use attention_joined::attention_joined;
pub use columns::columns;
pub use dropout::dropout;
pub use embedding::embedding;
pub use gelu::gelu;
pub use gelu_erf::gelu_erf;
pub use kernels::attention::AttentionShape;
pub use kernels::gemm::{Gemm, Layout};
pub use kernels::rope::Rotation;
pub use layer_norm::layer_norm;
pub use linear::{linear, linear_onto};
pub use linear_cross_entropy::linear_cross_entropy;
pub use mlp_bf16::{Layer, mlp_bf16};
pub use rms_norm::rms_norm;
pub use rope::rope;
pub use select_rows::select_rows;
pub use swiglu::swiglu;
pub use tanh::tanh;

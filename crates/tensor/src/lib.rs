//! Shapes, storage, operations with their gradients, and the tape that records them.
//!
//! A [`Tensor`] is an immutable, contiguous block of numbers behind a cheap handle. Functions in [`ops`] take
//! tensors and a context [`Cx`]; when the context is a training one, each result remembers how it was made as a
//! node of the [`tape`]. [`Cx::backward`] walks that tape once and adds every parameter's gradient into a flat
//! arena, [`Grads`], laid out like the weights in [`Params`].
//!
//! Knows no layer and no model; mathematics on slices is the business of `kernels`.
//!
//! ```
//! use tensor::{Cx, Grads, Init, ParamsBuilder, Tensor, ops};
//! let mut builder = ParamsBuilder::new();
//! let w = builder.param("w", &[2, 1], Init::Ones);
//! let mut params = builder.build();
//! params.initialise(0);
//! let mut grads = Grads::zeros(&params);
//! {
//!     let cx = Cx::training(&params, [0, 0]);
//!     let x = Tensor::from_vec(&[1, 2], vec![3.0, 4.0]);
//!     let y = ops::linear(&cx, &x, &cx.param(w), None, ops::Layout::Normal); // 3 * 1 + 4 * 1
//!     assert_eq!(y.values(), &[7.0]);
//!     cx.backward(&y, &mut grads);
//! }
//! assert_eq!(grads.values(), &[3.0, 4.0]);
//! ```
//!
//! Legend of shapes in the whole workspace: n tokens, d width, h heads, hd head width, v vocabulary.

mod bf16;
mod blocks;
mod buffer;
mod cx;
pub mod ops;
mod params;
mod product;
mod profile;
mod storage;
pub mod tape;

pub use bf16::Bf16Weights;
pub use blocks::Blocks;
pub use buffer::Plan;
pub use cx::{Cx, NonFinite};
pub use params::{Grads, Init, ParamEntry, ParamId, Params, ParamsBuilder, Role};
pub use product::Product;
pub use profile::{Pass, Profile, Span};
pub use storage::Tensor;

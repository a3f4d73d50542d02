//! File formats: bytes to named arrays and back, every size checked before it is trusted.
//!
//! Knows files and bytes; no tensor, no model.

pub mod checkpoint;
pub mod checksum;
pub mod gguf;
pub mod safetensors;

mod dtype;

pub use checkpoint::Checkpoint;
pub use dtype::Dtype;

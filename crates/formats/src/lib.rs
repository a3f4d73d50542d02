//! File formats: bytes to named arrays and back, every size checked before it is trusted.
//!
//! Knows files and bytes; no tensor, no model.

pub mod checksum;
pub mod safetensors;

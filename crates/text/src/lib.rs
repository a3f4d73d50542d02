//! Text to tokens and back: tokenizers, chat templates, corpora, packing.
//!
//! Everything here turns files and strings into flat vectors of ids, targets, weights and positions, or ids into
//! bytes. Knows no tensor and no model.

pub mod encoder;
pub mod stories;
pub mod template;
pub mod tokenizer;

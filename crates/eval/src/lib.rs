//! Evaluation: suites that measure a model, their metrics, and the intervals of these.
//!
//! A suite takes an opened model and returns [`Line`]s; it prints nothing and reads no files. [`perplexity`] measures how
//! well a model predicts a given text, [`stories`] how well it tells and understands the stories of the built-in corpus.
//! [`compare`] asks whether two models are the same.

pub mod compare;
mod line;
pub mod perplexity;
mod share;
pub mod stories;

pub use line::Line;
pub use share::Share;

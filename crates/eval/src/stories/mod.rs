//! Judges the `stories` corpus and models trained on it, sharing neither code nor tables with the
//! generator (only its type `Lang`).
//!
//! [`read`] decides whether a story is consistent, [`plant`] makes one inconsistent in a known way to test that judge,
//! [`NGram`] is the baseline that only counts neighbours, and [`consistent`], [`verbatim`] and
//! [`is_right`] are the metrics, each a share with its Wilson interval. [`measure`] lets a model tell and answer, and
//! applies them.

mod grammar;
mod metrics;
mod ngram;
mod plant;
mod reader;
mod suite;

pub use grammar::Sentence;
pub use metrics::{Training, consistent, is_right, verbatim};
pub use ngram::NGram;
pub use plant::{Error, plant};
pub use reader::{Facts, Fault, Inconsistency, read};
pub use suite::{FIRST_SEED, MeasureError, SAMPLES, Told, UnfitError, check, measure};

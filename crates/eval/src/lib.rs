//! Evaluation suites, metrics and intervals.

pub mod stories;

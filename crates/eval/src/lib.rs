//! Evaluation suites, metrics and intervals.

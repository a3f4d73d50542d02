//! One measured number, as every suite reports it.

use crate::Share;
use serde::Serialize;

/// A metric of a suite with its 95 % interval.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// The suite.
    pub suite: &'static str,
    /// What was measured.
    pub metric: &'static str,
    /// `zh` or `en`, where a suite measures by language.
    pub lang: Option<&'static str>,
    /// Cases it was measured on.
    pub n: usize,
    /// The number.
    pub value: f64,
    /// Its 95 % confidence interval.
    pub ci95: [f64; 2],
}

impl Line {
    /// A share of cases as a line.
    pub fn of_share(suite: &'static str, metric: &'static str, lang: Option<&'static str>, share: Share) -> Line {
        Line { suite, metric, lang, n: share.n, value: share.value, ci95: share.ci95 }
    }
}

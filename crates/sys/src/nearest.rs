//! What was probably meant by a name that does not exist.

use std::cmp::Ordering;

/// From this likeness on a name may be a slip of the pen for another; of words that have nothing to do with each other most come
/// to some 0.5.
const MEANT: f64 = 0.7;

/// How like two names are, 1 for the same but for capitals: Jaro and Winkler's measure, for which the beginning counts most.
pub fn likeness(a: &str, b: &str) -> f64 {
    strsim::jaro_winkler(&a.to_lowercase(), &b.to_lowercase())
}

/// The known name that is most like `written`, of equals the first; `None` if none is like enough to have been meant.
///
/// ```
/// assert_eq!(sys::nearest("train.stps", ["train.seed", "train.steps"]), Some("train.steps"));
/// assert_eq!(sys::nearest("knitting", ["matmul", "chunking-by-hand"]), None);
/// ```
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest_by(|name| likeness(written, name), known)
}

/// The same with another measure.
pub fn nearest_by<'a>(likeness: impl Fn(&str) -> f64, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let order = |a: &&str, b: &&str| likeness(a).total_cmp(&likeness(b)).then(Ordering::Greater);
    known.into_iter().max_by(order).filter(|name| likeness(name) >= MEANT)
}

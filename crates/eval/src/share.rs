//! A share of cases with its 95 % Wilson score interval (Wilson, "Probable inference", 1927).

/// A share of `n` cases.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// Cases.
    pub n: usize,
    /// Cases that count.
    pub hits: usize,
    /// `hits / n`; 0 if there are no cases.
    pub value: f64,
    /// 95 % Wilson interval of the share; `[0, 1]` if there are no cases.
    pub ci95: [f64; 2],
}

impl Share {
    /// ```
    /// let share = eval::Share::of(8, 10);
    /// assert_eq!(share.value, 0.8);
    /// assert!((share.ci95[0] - 0.490).abs() < 1e-3 && (share.ci95[1] - 0.943).abs() < 1e-3);
    /// ```
    pub fn of(hits: usize, n: usize) -> Share {
        if n == 0 {
            return Share { n, hits, value: 0.0, ci95: [0.0, 1.0] };
        }
        let z = 1.959_964;
        let (p, count) = (hits as f64 / n as f64, n as f64);
        let scale = 1.0 + z * z / count;
        let centre = (p + z * z / (2.0 * count)) / scale;
        let half = z / scale * (p * (1.0 - p) / count + z * z / (4.0 * count * count)).sqrt();
        Share { n, hits, value: p, ci95: [(centre - half).max(0.0), (centre + half).min(1.0)] }
    }

    /// The share of cases that are true.
    pub fn count(cases: impl Iterator<Item = bool>) -> Share {
        let (hits, n) = cases.fold((0, 0), |(hits, n), hit| (hits + usize::from(hit), n + 1));
        Share::of(hits, n)
    }
}

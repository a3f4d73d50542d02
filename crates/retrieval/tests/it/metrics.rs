//! Metrics against pytrec_eval, and intervals.

use check::{Golden, Outcome};
use retrieval::evaluate::{DEPTHS, Grades, Metric, interval, mean};

/// Recall, nDCG and reciprocal rank of random graded rankings, to 1e-9.
pub fn metrics_are_those_of_pytrec_eval() -> Outcome {
    let golden = Golden::read(concat!(env!("CARGO_MANIFEST_DIR"), "/goldens/metrics.safetensors"))?;
    let [grades, rankings, hi, lo] = ["grades", "rankings", "hi", "lo"].map(|name| golden.get(name));
    let (grades, rankings, hi, lo) = (grades?, rankings?, hi?, lo?);
    let (n_documents, depth) = (grades.shape[1], rankings.shape[1]);
    for question in 0..grades.shape[0] {
        let judged =
            grades.values[question * n_documents..][..n_documents].iter().enumerate().filter(|(_, g)| **g >= 0.0);
        let judged: Grades = judged.map(|(i, grade)| (format!("d{i}"), *grade as u32)).collect();
        let ranking =
            rankings.values[question * depth..][..depth].iter().filter(|d| **d >= 0.0).map(|d| format!("d{d}"));
        let ranking: Vec<String> = ranking.collect();
        let ranking: Vec<&str> = ranking.iter().map(String::as_str).collect();
        for (m, metric) in Metric::ALL.into_iter().enumerate() {
            for (i, k) in DEPTHS.into_iter().enumerate() {
                let at = question * 9 + m * 3 + i;
                let expected = f64::from(hi.values[at]) * 1e-6 + f64::from(lo.values[at]) * 1e-12;
                let found = metric.of(&ranking, &judged, k);
                check::that((found - expected).abs() <= 1e-9, || {
                    format!("{metric:?}@{k} of question {question}: expected {expected}, found {found}")
                })?;
            }
        }
    }
    Ok(())
}

/// The same values give the same interval, which holds the mean and narrows with their number.
pub fn intervals_hold_the_mean_and_repeat() -> Outcome {
    let values: Vec<f64> = (0..400).map(|i| f64::from(i % 7) / 6.0).collect();
    let [low, high] = interval(&values);
    check::that(low < mean(&values) && mean(&values) < high, || format!("{low} {high}"))?;
    // The normal approximation: 1.96 standard errors on each side.
    let deviation = (values.iter().map(|v| (v - mean(&values)).powi(2)).sum::<f64>() / 400.0).sqrt();
    let expected = 2.0 * 1.96 * deviation / 20.0;
    check::that(((high - low) / expected - 1.0).abs() < 0.1, || format!("width {} instead of {expected}", high - low))?;
    check::equal(interval(&values), [low, high], "the second time")?;
    check::equal(interval(&[0.5; 9]), [0.5, 0.5], "of equal values")?;
    check::equal(interval(&[]), [0.0, 0.0], "of nothing")
}

//! Counts tests by reading what their runners print.
//!
//! Each runner has its own dialect; all end as [`Test`]s. Parsing lines rather than asking for JSON keeps the
//! output readable while it runs. Where a runner states its own totals, they decide: a test whose line was torn
//! apart by something printed in between is counted under the binary's name, never lost.

use serde::Deserialize;

/// What became of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Passed,
    /// It does not; the text is there when the runner gives one in its line.
    Failed(String),
    /// Not run; the text names the reason.
    Skipped(String),
}

/// One test and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// Group and name, such as `kernels::it::gemm::matches_reference`.
    pub name: String,
    /// What became of it.
    pub verdict: Verdict,
}

impl Test {
    /// A test that is one whole step, such as formatting.
    pub fn step(name: &str, passed: bool) -> Test {
        let verdict = if passed { Verdict::Passed } else { Verdict::Failed(String::new()) };
        Test { name: name.to_string(), verdict }
    }

    /// A failed test with its reason.
    pub fn failed(name: impl Into<String>, why: impl Into<String>) -> Test {
        Test { name: name.into(), verdict: Verdict::Failed(why.into()) }
    }
}

/// Reads the output of one Rust test binary (built-in harness or `libtest-mimic`) or of `cargo test --doc`.
pub struct RustOutput {
    binary: String,
    tests: Vec<Test>,
    /// Passed, failed, ignored according to the `test result:` lines.
    stated: [usize; 3],
    complete: bool,
}

impl RustOutput {
    /// Starts reading for `binary`.
    pub fn new(binary: &str) -> RustOutput {
        RustOutput { binary: binary.to_string(), tests: vec![], stated: [0; 3], complete: false }
    }

    /// Takes one line.
    pub fn line(&mut self, line: &str) {
        if let Some(totals) = line.strip_prefix("test result: ") {
            self.complete = true;
            for (i, word) in ["passed", "failed", "ignored"].iter().enumerate() {
                self.stated[i] += number_before(totals, word).unwrap_or(0);
            }
        } else if let Some(rest) = line.strip_prefix("test ")
            && let Some((name, outcome)) = rest.rsplit_once(" ... ")
            && let Some(verdict) = rust_verdict(outcome.trim())
        {
            let name = name.trim_end().trim_end_matches(" - should panic");
            self.tests.push(Test { name: format!("{}::{name}", self.binary), verdict });
        }
    }

    /// The tests, after the binary has ended; `success` is what its exit code said.
    pub fn finish(mut self, success: bool) -> Vec<Test> {
        let count = |tests: &[Test], wanted: usize| tests.iter().filter(|t| kind(&t.verdict) == wanted).count();
        let lost = ["its line was torn apart by other output"; 3];
        let verdicts = [Verdict::Passed, Verdict::Failed(lost[1].into()), Verdict::Skipped(lost[2].into())];
        for (i, verdict) in verdicts.into_iter().enumerate() {
            for _ in count(&self.tests, i)..self.stated[i] {
                self.tests.push(Test { name: format!("{}::(name lost)", self.binary), verdict: verdict.clone() });
            }
        }
        if !self.complete || !success && count(&self.tests, 1) == 0 {
            let why = if self.complete { "failed without naming a test" } else { "ended before its tests did" };
            self.tests.push(Test::failed(&self.binary, why));
        }
        self.tests
    }
}

fn kind(verdict: &Verdict) -> usize {
    match verdict {
        Verdict::Passed => 0,
        Verdict::Failed(_) => 1,
        Verdict::Skipped(_) => 2,
    }
}

/// `ok`, `FAILED`, `ignored, reason` (built in) and `ignored (reason)` (`libtest-mimic`).
fn rust_verdict(outcome: &str) -> Option<Verdict> {
    match outcome {
        "ok" => Some(Verdict::Passed),
        "FAILED" => Some(Verdict::Failed(String::new())),
        "ignored" => Some(Verdict::Skipped("no reason given".into())),
        _ => {
            let reason = outcome
                .strip_prefix("ignored, ")
                .or_else(|| outcome.strip_prefix("ignored (").and_then(|rest| rest.strip_suffix(')')))?;
            Some(Verdict::Skipped(reason.to_string()))
        }
    }
}

fn number_before(text: &str, word: &str) -> Option<usize> {
    let words: Vec<&str> = text.split([' ', ';', '.']).filter(|w| !w.is_empty()).collect();
    let at = words.iter().position(|w| *w == word)?;
    words.get(at.checked_sub(1)?)?.parse().ok()
}

/// Reads one line of the browser tests: `ok NAME`, `FAILED NAME`, `FAILED NAME: why`, `skipped NAME: reason`.
pub fn browser_line(line: &str) -> Option<Test> {
    let named = |rest: &str| -> (String, String) {
        let (name, why) = rest.split_once(": ").unwrap_or((rest, ""));
        (format!("browser::{name}"), why.to_string())
    };
    if let Some(name) = line.strip_prefix("ok ") {
        return Some(Test { name: format!("browser::{name}"), verdict: Verdict::Passed });
    }
    if let Some(rest) = line.strip_prefix("FAILED ") {
        let (name, why) = named(rest);
        return Some(Test::failed(name, why));
    }
    let (name, why) = named(line.strip_prefix("skipped ")?);
    Some(Test { name, verdict: Verdict::Skipped(why) })
}

#[derive(Deserialize)]
struct VitestReport {
    #[serde(rename = "testResults")]
    files: Vec<VitestFile>,
}

#[derive(Deserialize)]
struct VitestFile {
    name: String,
    status: String,
    #[serde(default)]
    message: String,
    #[serde(rename = "assertionResults")]
    tests: Vec<VitestTest>,
}

#[derive(Deserialize)]
struct VitestTest {
    #[serde(rename = "fullName")]
    name: String,
    status: String,
}

/// Reads vitest's JSON report; a file that did not even load counts as one failed test.
pub fn vitest(report: &str) -> anyhow::Result<Vec<Test>> {
    let report: VitestReport = serde_json::from_str(report)?;
    let mut tests = vec![];
    for file in report.files {
        let short = file.name.rsplit('/').next().unwrap_or(&file.name).to_string();
        let failed_in_file = file.tests.iter().any(|t| t.status == "failed");
        if file.status == "failed" && !failed_in_file {
            tests.push(Test::failed(format!("web::{short}"), file.message.lines().next().unwrap_or_default()));
        }
        for test in file.tests {
            let verdict = match test.status.as_str() {
                "passed" => Verdict::Passed,
                "failed" => Verdict::Failed(String::new()),
                other => Verdict::Skipped(other.to_string()),
            };
            tests.push(Test { name: format!("web::{short}::{}", test.name), verdict });
        }
    }
    Ok(tests)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, success: bool) -> Vec<(String, Verdict)> {
        let mut output = RustOutput::new("k");
        text.lines().for_each(|l| output.line(l));
        output.finish(success).into_iter().map(|t| (t.name, t.verdict)).collect()
    }

    #[test]
    fn both_harnesses_are_understood() {
        let text = "running 5 tests\ntest a::b ... ok\ntest c - should panic ... ok\ntest d ... FAILED\n\
                    test e ... ignored, needs X\ntest f   ... ignored (data set y is absent)\n\n\
                    test result: FAILED. 2 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out";
        let found = read(text, false);
        assert_eq!(found[0], ("k::a::b".into(), Verdict::Passed));
        assert_eq!(found[1], ("k::c".into(), Verdict::Passed));
        assert_eq!(found[2], ("k::d".into(), Verdict::Failed(String::new())));
        assert_eq!(found[3], ("k::e".into(), Verdict::Skipped("needs X".into())));
        assert_eq!(found[4], ("k::f".into(), Verdict::Skipped("data set y is absent".into())));
        assert_eq!(found.len(), 5);
    }

    #[test]
    fn a_doc_test_keeps_its_path() {
        let found = read(
            "test crates/sys/src/lib.rs - atomic (line 6) ... ok\ntest result: ok. 1 passed; 0 failed; 0 ignored",
            true,
        );
        assert_eq!(found[0].0, "k::crates/sys/src/lib.rs - atomic (line 6)");
    }

    #[test]
    fn torn_lines_are_counted_from_the_totals() {
        let found = read("test a ... some print\nok\ntest result: ok. 1 passed; 0 failed; 1 ignored; 0 measured", true);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].1, Verdict::Passed);
        assert!(matches!(found[1].1, Verdict::Skipped(_)));
    }

    #[test]
    fn a_crash_is_a_failure() {
        let found = read("running 2 tests\ntest a ... ok", false);
        assert_eq!(found[1], ("k".into(), Verdict::Failed("ended before its tests did".into())));
    }

    #[test]
    fn browser_lines() {
        assert_eq!(browser_line("ok chat streams").unwrap().name, "browser::chat streams");
        assert_eq!(browser_line("FAILED runs: no curve").unwrap(), Test::failed("browser::runs", "no curve"));
        let skipped = browser_line("skipped x: no peer").unwrap();
        assert_eq!(skipped.verdict, Verdict::Skipped("no peer".into()));
        assert_eq!(browser_line("listening on 127.0.0.1"), None);
    }

    #[test]
    fn vitest_reports() {
        let report = r#"{"testResults":[
            {"name":"/w/a.test.ts","status":"passed","message":"","assertionResults":[{"fullName":"adds","status":"passed"},{"fullName":"later","status":"skipped"}]},
            {"name":"/w/b.test.ts","status":"failed","message":"syntax\nmore","assertionResults":[]}]}"#;
        let tests = vitest(report).unwrap();
        assert_eq!(tests[0], Test { name: "web::a.test.ts::adds".into(), verdict: Verdict::Passed });
        assert_eq!(tests[1].verdict, Verdict::Skipped("skipped".into()));
        assert_eq!(tests[2], Test::failed("web::b.test.ts", "syntax"));
    }
}

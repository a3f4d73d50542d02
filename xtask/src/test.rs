//! `cargo xtask test [FILTER...]`: installs what the tests need and runs everything.
//!
//! Steps run one after another and print as they go; a failed step stops nothing, so one run tells all that is
//! wrong. Formatting, clippy, the build and each tidy check count as one test each, the others as their runners
//! count them. With filters only tests whose name contains one of them run. With `CI` set, a skip that
//! `ci/skips.toml` does not list is a failure. The last line is `N passed, N failed, N skipped`.

mod skips;
mod tally;

use crate::cargo::{self, TestBinary};
use crate::process::{End, lines, npm};
use crate::{Usage, install, start, tidy};
use anyhow::{Result, bail};
use skips::Skips;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};
use tally::{RustOutput, Test, Verdict};

/// One test binary, doc tests, or the browser tests; a run of everything takes less than thrice this.
const LIMIT: Duration = Duration::from_secs(600);
/// A cold build of all dependencies on two cores.
const BUILD_LIMIT: Duration = Duration::from_secs(1500);

/// Runs the tests; true if none failed.
pub fn run(filters: &[String]) -> Result<bool> {
    if let Some(flag) = filters.iter().find(|f| f.is_empty() || f.starts_with('-')) {
        bail!(Usage(format!("unknown flag {flag:?}; a filter is a part of a test's name")));
    }
    let mut session = Session { filters: filters.to_vec(), tests: vec![], begun: Instant::now() };
    session.everything();
    if session.tests.is_empty() {
        session.add(Test::failed("filter", format!("no test has {} in its name", filters.join(" or "))));
    }
    session.report()
}

struct Session {
    filters: Vec<String>,
    tests: Vec<Test>,
    begun: Instant,
}

impl Session {
    fn everything(&mut self) {
        let has_web = crate::root().join("web/package.json").is_file();
        if has_web && self.wants_some_of("web browser") {
            self.step("install::web", install::web_packages);
            self.npm_step("web::check", &["run", "check"]);
            // The binary carries the built pages.
            heading("web::build");
            let built = start::web();
            self.add(
                built
                    .map_or_else(|e| Test::failed("web::build", format!("{e:#}")), |()| Test::step("web::build", true)),
            );
        }
        self.cargo_step("fmt", &["fmt", "--all", "--check"]);
        self.cargo_step("clippy", &["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]);
        for (name, check) in tidy::checks() {
            let name = format!("tidy::{name}");
            if self.wants(&name) {
                let problems = check().unwrap_or_else(|error| vec![format!("{error:#}")]);
                problems.iter().for_each(|p| println!("{name}: {p}"));
                self.add(Test::step(&name, problems.is_empty()));
            }
        }
        self.rust();
        if has_web {
            self.web_units();
            self.browser();
        }
    }

    /// Builds all test binaries, then runs them and the doc tests.
    fn rust(&mut self) {
        let python = self.python();
        let binaries = self.build();
        for binary in &binaries {
            self.rust_binary(binary, python.as_ref());
        }
        heading("doc tests");
        for filter in runner_filters("doc", &self.filters) {
            let mut output = RustOutput::new("doc");
            let mut command =
                cargo::command(&["test", "--doc", "--workspace", "--no-fail-fast", "--", "--color=never"]);
            let end = self.stream(command.args(filter), LIMIT, |line| {
                println!("{line}");
                output.line(line);
            });
            self.extend(output.finish(end != End::Failure), end, "doc");
        }
    }

    fn build(&mut self) -> Vec<TestBinary> {
        heading("build");
        let mut messages = String::new();
        let args = ["test", "--workspace", "--no-run", "--no-fail-fast", "--quiet"];
        let end =
            self.stream(cargo::command(&args).arg("--message-format=json-render-diagnostics"), BUILD_LIMIT, |line| {
                if line.starts_with('{') {
                    messages.push_str(line);
                    messages.push('\n');
                } else {
                    println!("{line}");
                }
            });
        if end != End::Success || self.wants("build") {
            self.add(Test::step("build", end == End::Success));
        }
        cargo::test_binaries(&messages)
    }

    fn rust_binary(&mut self, binary: &TestBinary, python: Option<&PathBuf>) {
        heading(&binary.name);
        for filter in runner_filters(&binary.name, &self.filters) {
            let mut command = Command::new(&binary.executable);
            command.args(filter).arg("--color=never").current_dir(&binary.folder);
            command.env("CARGO_MANIFEST_DIR", &binary.folder);
            hand_over(&mut command, python);
            let mut output = RustOutput::new(&binary.name);
            let end = self.stream(&mut command, LIMIT, |line| {
                println!("{line}");
                output.line(line);
            });
            self.extend(output.finish(end != End::Failure), end, &binary.name);
        }
    }

    fn web_units(&mut self) {
        if !self.wants_some_of("web") {
            return;
        }
        heading("web: unit tests");
        let report = crate::target().join("vitest.json");
        std::fs::remove_file(&report).ok();
        let file = format!("--outputFile.json={}", report.display());
        let mut command = npm(&["test", "--silent", "--", "--reporter=default", "--reporter=json", &file]);
        if let [filter] = self.filters.as_slice() {
            command.args(["--passWithNoTests", "-t", filter.trim_start_matches("web::")]);
        }
        let end = self.stream(&mut command, LIMIT, |line| println!("{line}"));
        let mut tests = match std::fs::read_to_string(&report).map_err(Into::into).and_then(|text| tally::vitest(&text))
        {
            Ok(tests) => tests,
            Err(error) => vec![Test::failed("web", format!("vitest left no report: {error:#}"))],
        };
        if !self.filters.is_empty() {
            // Vitest reports the tests that its filter left out as skipped.
            tests.retain(|t| self.wants(&t.name));
        }
        if end == End::Failure && !tests.iter().any(|t| matches!(t.verdict, Verdict::Failed(_))) {
            tests.push(Test::failed("web", "vitest failed without naming a test"));
        }
        self.extend(tests, end, "web");
    }

    fn browser(&mut self) {
        if !self.wants_some_of("browser") {
            return;
        }
        heading("browser tests");
        if !self.step("install::browser", install::browser) {
            return;
        }
        let built =
            self.stream(&mut cargo::command(&["build", "--quiet", "-p", "cli"]), BUILD_LIMIT, |l| println!("{l}"));
        if built != End::Success {
            self.add(Test::failed("browser", "the binary `sanjie` cannot be built"));
            return;
        }
        let Some(python) = self.python() else { return };
        let mut command = npm(&["run", "--silent", "test:browser", "--"]);
        hand_over(&mut command, Some(&python));
        command.args(self.filters.iter().map(|f| f.trim_start_matches("browser::")));
        command.env("SANJIE_BIN", crate::target().join(format!("debug/sanjie{}", std::env::consts::EXE_SUFFIX)));
        let mut tests = vec![];
        let end = self.stream(&mut command, LIMIT, |line| {
            println!("{line}");
            tests.extend(tally::browser_line(line));
        });
        let failed = tests.iter().any(|t| matches!(t.verdict, Verdict::Failed(_)));
        if end == End::Failure && !failed {
            tests.push(Test::failed("browser", "failed without naming a test"));
        } else if tests.is_empty() && self.filters.is_empty() {
            tests.push(Test::failed("browser", "no test ran"));
        }
        self.extend(tests, end, "browser");
    }

    /// The Python that tests use.
    fn python(&mut self) -> Option<PathBuf> {
        let mut found = None;
        self.step("install::python", || install::test_python().map(|python| found = Some(python)));
        found
    }

    /// Runs `work` as one test that is counted only when it fails; true if it went well.
    fn step(&mut self, name: &str, work: impl FnOnce() -> Result<()>) -> bool {
        match work() {
            Ok(()) => true,
            Err(error) => {
                self.add(Test::failed(name, format!("{error:#}")));
                false
            }
        }
    }

    fn npm_step(&mut self, name: &str, args: &[&str]) {
        if self.wants(name) {
            heading(name);
            let end = self.stream(npm(args).arg("--silent"), LIMIT, |line| println!("{line}"));
            self.add(Test::step(name, end == End::Success));
        }
    }

    fn cargo_step(&mut self, name: &str, args: &[&str]) {
        if self.wants(name) {
            heading(name);
            let end = self.stream(&mut cargo::command(args), BUILD_LIMIT, |line| println!("{line}"));
            self.add(Test::step(name, end == End::Success));
        }
    }

    /// Runs a command; one that cannot start counts as failed.
    fn stream(&self, command: &mut Command, limit: Duration, each: impl FnMut(&str)) -> End {
        lines(command, limit, each).unwrap_or_else(|error| {
            println!("{error:#}");
            End::Failure
        })
    }

    fn extend(&mut self, tests: Vec<Test>, end: End, group: &str) {
        tests.into_iter().for_each(|test| self.add(test));
        if end == End::TimedOut {
            self.add(Test::failed(group, format!("did not end within {} s", LIMIT.as_secs())));
        }
    }

    /// Adds a test, once however many filters it fits.
    fn add(&mut self, test: Test) {
        let lost = test.name.ends_with("(name lost)");
        if lost || !self.tests.contains(&test) {
            self.tests.push(test);
        }
    }

    fn wants(&self, name: &str) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|f| name.contains(f.as_str()))
    }

    /// Whether a filter may name a test of one of `groups`: it has no group, or one of these.
    fn wants_some_of(&self, groups: &str) -> bool {
        let of_group = |f: &String| f.split_once("::").is_none_or(|(group, _)| groups.contains(group));
        self.filters.is_empty() || self.filters.iter().any(of_group)
    }

    /// Prints what failed and what was skipped, then the totals; true if nothing failed.
    fn report(mut self) -> Result<bool> {
        if std::env::var_os("CI").is_some_and(|v| !v.is_empty()) {
            let list = std::fs::read_to_string(crate::root().join("ci/skips.toml")).unwrap_or_default();
            match Skips::parse(&list) {
                Ok(skips) => refuse_unlisted(&mut self.tests, &skips),
                Err(error) => self.tests.push(Test::failed("ci/skips.toml", format!("{error:#}"))),
            }
        }
        let mut counts = [0; 3];
        println!();
        for test in &self.tests {
            match &test.verdict {
                Verdict::Passed => counts[0] += 1,
                Verdict::Failed(_) => counts[1] += 1,
                Verdict::Skipped(why) => {
                    counts[2] += 1;
                    println!("skipped {}: {why}", test.name);
                }
            }
        }
        for test in &self.tests {
            if let Verdict::Failed(why) = &test.verdict {
                println!("FAILED {}{}{why}", test.name, if why.is_empty() { "" } else { ": " });
            }
        }
        println!("{} s", self.begun.elapsed().as_secs());
        println!("{} passed, {} failed, {} skipped", counts[0], counts[1], counts[2]);
        std::io::stdout().flush()?;
        Ok(counts[1] == 0)
    }
}

/// What to hand to the Rust test binary `name`, one run each: the built-in harness takes several filters, but
/// `libtest-mimic` only one. A runner does not know its own name, so what names the binary is taken off.
fn runner_filters(name: &str, filters: &[String]) -> Vec<Option<String>> {
    if filters.is_empty() || filters.iter().any(|f| name.contains(f.as_str())) {
        return vec![None];
    }
    let inside = |f: &String| f.strip_prefix(name).and_then(|rest| rest.strip_prefix("::")).unwrap_or(f).to_string();
    filters.iter().map(|f| Some(inside(f))).collect()
}

/// Turns skips that are not on the list into failures.
fn refuse_unlisted(tests: &mut [Test], skips: &Skips) {
    for test in tests {
        if let Verdict::Skipped(why) = &test.verdict
            && !skips.allow(&test.name)
        {
            test.verdict = Verdict::Failed(format!("skipped ({why}), and ci/skips.toml does not list it"));
        }
    }
}

/// Lets the tests of `command` use `python`: by its variable, and as the Python on PATH, which labs run.
fn hand_over(command: &mut Command, python: Option<&PathBuf>) {
    if let Some(python) = python {
        let folder = python.parent().map(PathBuf::from);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(folder.into_iter().chain(std::env::split_paths(&path)));
        command.env("SANJIE_TEST_PYTHON", python).env("PATH", path.expect("folders of a PATH make a PATH"));
    }
}

fn heading(text: &str) {
    println!("\n== {text}");
    // Children write to the same place.
    std::io::stdout().flush().ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unlisted_skip_fails_in_ci() {
        let skipped = |name: &str| Test { name: name.into(), verdict: Verdict::Skipped("no peer".into()) };
        let mut tests = vec![skipped("a::x"), skipped("a::y")];
        refuse_unlisted(&mut tests, &Skips::parse("[[skip]]\ntest = \"x\"\nreason = \"no peer\"").unwrap());
        assert_eq!(tests[0], skipped("a::x"));
        assert!(matches!(tests[1].verdict, Verdict::Failed(_)));
    }

    #[test]
    fn a_filter_may_name_the_binary() {
        let filters = ["kernels::it::gemm".to_string()];
        assert_eq!(runner_filters("kernels::it", &filters), [Some("gemm".to_string())]);
        assert_eq!(runner_filters("tensor::it", &filters), [Some("kernels::it::gemm".to_string())]);
        assert_eq!(runner_filters("kernels::it", &["kernels".to_string()]), [None]);
        assert_eq!(runner_filters("kernels::it", &[]), [None]);
    }

    #[test]
    fn a_test_counts_once_however_many_filters_it_fits() {
        let mut session = Session { filters: vec![], tests: vec![], begun: Instant::now() };
        session.add(Test::step("a", true));
        session.add(Test::step("a", true));
        assert_eq!(session.tests.len(), 1);
    }
}

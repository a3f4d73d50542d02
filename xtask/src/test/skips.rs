//! Which skips are allowed in CI: `ci/skips.toml`.
//!
//! A skip is a test that lacks a peer, a data set or a CPU feature. In CI each must be on the list with its reason,
//! so that nothing goes quiet unnoticed. The list is short by rule.

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// More entries than this, and skipping has become a habit.
pub const MOST_SKIPS: usize = 10;

/// Characters that a pattern names without a `*`, at least.
const SHORTEST_NAMED: usize = 6;

/// The list.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Skips {
    /// Its entries.
    #[serde(default)]
    skip: Vec<Skip>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Skip {
    /// A test's name, with or without its binary; `*` stands for any text.
    test: String,
    /// What is absent.
    reason: String,
}

impl Skips {
    /// Reads the list; too many entries or one without a reason are errors.
    pub fn parse(text: &str) -> Result<Skips> {
        let skips: Skips = toml::from_str(text).context("ci/skips.toml is not as its first lines say")?;
        if skips.skip.len() > MOST_SKIPS {
            bail!("ci/skips.toml has {} entries; at most {MOST_SKIPS} are allowed", skips.skip.len());
        }
        for skip in &skips.skip {
            if skip.reason.trim().is_empty() {
                bail!("ci/skips.toml gives no reason for `{}`", skip.test);
            }
            let longest = skip.test.split('*').map(str::len).max().unwrap_or(0);
            if skip.test.is_empty() || skip.test.contains('*') && longest < SHORTEST_NAMED {
                bail!("ci/skips.toml: `{}` would allow nearly every skip", skip.test);
            }
        }
        Ok(skips)
    }

    /// Whether the test called `name` may be skipped in CI.
    pub fn allow(&self, name: &str) -> bool {
        self.skip.iter().any(|s| matches(&s.test, name) || matches(&format!("*::{}", s.test), name))
    }
}

/// Whether `name` fits `pattern`, in which `*` stands for any text.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => name.strip_prefix(before).is_some_and(|rest| {
            (0..=rest.len()).filter(|&i| rest.is_char_boundary(i)).any(|i| matches(after, &rest[i..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_globs() {
        let skips = Skips::parse("[[skip]]\ntest = \"gemm::avx512_*\"\nreason = \"this CPU has no AVX-512\"").unwrap();
        assert!(skips.allow("kernels::it::gemm::avx512_matches"));
        assert!(skips.allow("gemm::avx512_"));
        assert!(!skips.allow("kernels::it::gemm::avx2_matches"));
    }

    #[test]
    fn bad_lists_are_refused() {
        assert!(Skips::parse("[[skip]]\ntest = \"a\"\nreason = \" \"").is_err());
        for pattern in ["", "*", "*::*", "*e*", "*it::*"] {
            assert!(Skips::parse(&format!("[[skip]]\ntest = \"{pattern}\"\nreason = \"b\"")).is_err(), "{pattern}");
        }
        assert!(Skips::parse("[[skip]]\ntest = \"a\"\nreason = \"b\"\nwhy = \"c\"").is_err());
        assert!(Skips::parse(&"[[skip]]\ntest = \"a\"\nreason = \"b\"\n".repeat(11)).is_err());
    }

    #[test]
    fn the_list_of_this_repository_is_good() {
        Skips::parse(&std::fs::read_to_string(crate::root().join("ci/skips.toml")).unwrap()).unwrap();
    }
}

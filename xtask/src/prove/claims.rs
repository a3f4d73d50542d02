//! `bench/claims.toml`: every number the project states, with the bar it must reach and the script that measures it.
//!
//! An entry:
//! ```toml
//! [[claim]]
//! id = "slice.start.cold_minutes"            # area first
//! bar = { op = "<=", value = 10.0 }
//! unit = "min"
//! command = "bench/slice/cold_start.py"      # a script under bench/, and its arguments
//! cases = 1                                  # how many cases stand behind the value
//! peer = { name = "torch", version = "2.9.1" }  # optional: what it is compared with
//! last = { value = 4.2, date = "2026-11-24", commit = "5e26f7f", cpu = "..." }  # written by `--record`
//! ```

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Which side of the bar is good.
#[derive(Deserialize, Serialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// The value must be at least the bar.
    #[serde(rename = ">=")]
    AtLeast,
    /// The value must be at most the bar.
    #[serde(rename = "<=")]
    AtMost,
}

/// What a claim must reach.
#[derive(Deserialize, Serialize, Clone, Copy, Debug)]
#[serde(deny_unknown_fields)]
pub struct Bar {
    /// The good side.
    pub op: Op,
    /// The number.
    pub value: f64,
}

impl Bar {
    /// Whether `value` reaches the bar; NaN never does.
    pub fn holds(&self, value: f64) -> bool {
        match self.op {
            Op::AtLeast => value >= self.value,
            Op::AtMost => value <= self.value,
        }
    }
}

/// What a claim compares with.
#[derive(Deserialize, Serialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    /// Names `bench/peers/NAME.txt`.
    pub name: String,
    /// The version the bar was taken from.
    pub version: String,
}

/// When and where the claim was last measured.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub struct Last {
    value: f64,
    date: String,
    commit: String,
    cpu: String,
}

/// One claim.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Dotted, area first.
    pub id: String,
    /// What it must reach.
    pub bar: Bar,
    /// Of the value.
    pub unit: String,
    /// A script under `bench/` and its arguments.
    pub command: String,
    /// How many cases stand behind the value.
    pub cases: u64,
    /// What it compares with.
    pub peer: Option<Peer>,
    /// The last recorded measurement; `None` before the first.
    pub last: Option<Last>,
}

impl Claim {
    /// The script's path.
    pub fn script(&self) -> &str {
        self.command.split_whitespace().next().unwrap_or_default()
    }

    /// Whether `wanted` names this claim, its area, or anything between.
    pub fn is_in(&self, wanted: &str) -> bool {
        self.id.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    claim: Vec<Claim>,
}

impl Claim {
    /// Says what is wrong with the claim's own words and numbers.
    fn fault(&self) -> Option<String> {
        let dotted = |id: &str| id.split('.').count() > 1 && id.split('.').all(|part| !part.is_empty());
        if !dotted(&self.id) {
            return Some("has no area; expected `area.name`".to_string());
        }
        if !self.bar.value.is_finite() {
            return Some(format!("has the bar {}; expected a number", self.bar.value));
        }
        if self.unit.trim().is_empty() || self.cases == 0 {
            return Some("needs a unit and at least one case".to_string());
        }
        if self.peer.as_ref().is_some_and(|peer| peer.name.trim().is_empty() || peer.version.trim().is_empty()) {
            return Some("names a peer without its version".to_string());
        }
        self.last.as_ref().and_then(Last::fault)
    }
}

impl Last {
    fn fault(&self) -> Option<String> {
        if !self.value.is_finite() {
            return Some(format!("has the last value {}; expected a number", self.value));
        }
        if !is_date(&self.date) {
            return Some(format!("was measured on `{}`; expected a day such as 2026-11-24", self.date));
        }
        let is_hash = (7..=40).contains(&self.commit.len()) && self.commit.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_hash {
            return Some(format!("was measured at `{}`; expected a commit such as 1a837c7", self.commit));
        }
        self.cpu.trim().is_empty().then(|| "was measured on a nameless CPU".to_string())
    }
}

/// Whether `text` is a day, `YYYY-MM-DD`.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let digits = |part: &str, n: usize| part.len() == n && part.bytes().all(|b| b.is_ascii_digit());
    let [year, month, day] = parts[..] else { return false };
    if !(digits(year, 4) && digits(month, 2) && digits(day, 2)) {
        return false;
    }
    let [year, month, day] = [year, month, day].map(|part| part.parse::<u32>().unwrap_or(0));
    let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let n_days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    (1..=12).contains(&month) && (1..=n_days).contains(&day)
}

/// Reads the claims; a malformed or repeated one is an error.
pub fn parse(text: &str) -> Result<Vec<Claim>> {
    let claims = toml::from_str::<File>(text).context("bench/claims.toml")?.claim;
    let mut ids = BTreeSet::new();
    for claim in &claims {
        if !ids.insert(&claim.id) {
            bail!("bench/claims.toml has `{}` twice", claim.id);
        }
        if let Some(fault) = claim.fault() {
            bail!("bench/claims.toml: `{}` {fault}", claim.id);
        }
    }
    Ok(claims)
}

/// `text` with the line `last = ...` of the claim `id` written anew.
pub fn record(text: &str, id: &str, last: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
    let heading = |line: &str| line.trim_start().starts_with("[[claim]]");
    let named =
        |line: &str| line.split_once('=').is_some_and(|(k, v)| k.trim() == "id" && v.contains(&format!("\"{id}\"")));
    let Some(at) = lines.iter().position(|l| named(l)) else { return text.to_string() };
    let end = lines.iter().enumerate().skip(at).find(|(_, l)| heading(l)).map_or(lines.len(), |(i, _)| i);
    let line = format!("last = {last}");
    match (at..end).find(|&i| lines[i].starts_with("last ")) {
        Some(i) => lines[i] = line,
        None => {
            let after =
                (at..end).rev().find(|&i| !lines[i].trim().is_empty() && !lines[i].starts_with('#')).unwrap_or(at);
            lines.insert(after + 1, line);
        }
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[[claim]]\nid = \"a.b.c\"\nbar = { op = \"<=\", value = 2 }\nunit = \"s\"\ncommand = \"bench/x.py --n 3\"\ncases = 5\n\n\
                        # next\n[[claim]]\nid = \"a.d\"\nbar = { op = \">=\", value = 2.0 }\nunit = \"s\"\ncommand = \"bench/y.py\"\ncases = 1\n";

    #[test]
    fn claims_are_read_and_chosen() {
        let claims = parse(TEXT).unwrap();
        assert_eq!(claims[0].script(), "bench/x.py");
        assert!(claims[0].bar.holds(2.0) && !claims[0].bar.holds(2.1) && !claims[0].bar.holds(f64::NAN));
        assert!(claims[1].bar.holds(2.0) && !claims[1].bar.holds(1.9));
        assert!(
            claims[0].is_in("a") && claims[0].is_in("a.b") && claims[0].is_in("a.b.c") && !claims[0].is_in("a.b.c.d")
        );
        assert!(!claims[1].is_in("a.b"));
    }

    #[test]
    fn bad_claims_are_refused() {
        assert!(parse(&format!("{TEXT}{TEXT}")).is_err());
        assert!(parse(&TEXT.replace("\"a.d\"", "\"d\"")).is_err());
        assert!(parse(&TEXT.replace(">=", ">")).is_err());
        assert!(parse(&TEXT.replace("unit", "units")).is_err());
        assert!(parse(&TEXT.replace("value = 2.0", "value = nan")).is_err());
        assert!(parse(&TEXT.replace("value = 2.0", "value = inf")).is_err());
        assert!(parse(&TEXT.replace("cases = 1", "cases = 0")).is_err());
        assert!(parse(&TEXT.replace("unit = \"s\"", "unit = \"\"")).is_err());
    }

    #[test]
    fn a_last_value_that_says_nothing_is_refused() {
        let with = |value: &str, date: &str, commit: &str, cpu: &str| {
            let last =
                format!("last = {{ value = {value}, date = \"{date}\", commit = \"{commit}\", cpu = \"{cpu}\" }}");
            parse(&format!("{TEXT}{last}\n"))
        };
        assert!(with("1.5", "2024-02-29", "1a837c7", "AMD EPYC").is_ok());
        for (value, date, commit, cpu) in [
            ("nan", "2026-11-24", "1a837c7", "x"),
            ("1.5", "yesterday", "1a837c7", "x"),
            ("1.5", "2026-02-29", "1a837c7", "x"),
            ("1.5", "2026-13-01", "1a837c7", "x"),
            ("1.5", "26-11-24", "1a837c7", "x"),
            ("1.5", "2026-11-24", "HEAD", "x"),
            ("1.5", "2026-11-24", "1a837c7", " "),
        ] {
            assert!(with(value, date, commit, cpu).is_err(), "{value} {date} {commit} {cpu}");
        }
    }

    #[test]
    fn the_last_value_is_written_in_its_place() {
        let last = "{ value = 1.0, date = \"2026-11-24\", commit = \"1a837c7\", cpu = \"x\" }";
        let once = record(TEXT, "a.b.c", last);
        assert!(once.contains(&format!("cases = 5\nlast = {last}\n\n# next")), "{once}");
        assert_eq!(record(&once, "a.b.c", last), once);
        assert_eq!(record(&once, "a.d", last).matches("last = ").count(), 2);
        parse(&record(&once, "a.d", last)).unwrap();
    }
}

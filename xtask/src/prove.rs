//! `cargo xtask prove [ID or area] [--json] [--record]`: measures the claims of `bench/claims.toml` again.
//!
//! A script prints JSON lines `{id, value, spread?, cases?}`, for one claim or for several that share a run; it is
//! started once, from the repository root, with the Python on `PATH`. The Python of its peer, an environment kept
//! under the user's cache folder and made from `bench/peers/NAME.txt`, is handed over as `SANJIE_PEER_PYTHON`.
//! What a script prints besides goes to stderr. A claim without a value has fallen short.

pub mod claims;

use crate::Usage;
use crate::process::{End, find, lines};
use anyhow::{Context, Result, bail};
use claims::{Claim, Op};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, SystemTime};

/// No measurement takes longer.
const LIMIT: Duration = Duration::from_secs(3 * 3600);

#[derive(Deserialize, Clone)]
struct Measured {
    id: String,
    value: f64,
    spread: Option<serde_json::Value>,
    cases: Option<u64>,
}

/// Runs the claims that the arguments choose; true if all hold.
pub fn run(args: &[String]) -> Result<bool> {
    let (mut json, mut record, mut wanted) = (false, false, vec![]);
    for arg in args {
        match arg.as_str() {
            "--json" => json = true,
            "--record" => record = true,
            flag if flag.starts_with('-') => bail!(Usage(format!("unknown flag {flag}; expected --json or --record"))),
            id => wanted.push(id.to_string()),
        }
    }
    let path = crate::root().join("bench/claims.toml");
    let mut text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let all = claims::parse(&text)?;
    let chosen: Vec<&Claim> = all.iter().filter(|c| wanted.is_empty() || wanted.iter().any(|w| c.is_in(w))).collect();
    if let Some(unknown) = wanted.iter().find(|w| !all.iter().any(|c| c.is_in(w))) {
        let ids: Vec<&str> = all.iter().map(|c| c.id.as_str()).collect();
        bail!("no claim is called {unknown}\nhint: the claims are {}", ids.join(", "));
    }
    let mut measured: BTreeMap<String, Measured> = BTreeMap::new();
    let mut started = vec![];
    let mut good = true;
    for claim in chosen {
        if !started.contains(&&claim.command) {
            started.push(&claim.command);
            match measure(claim) {
                Ok(values) => measured.extend(values.into_iter().map(|m| (m.id.clone(), m))),
                Err(error) => eprintln!("{}: {error:#}", claim.command),
            }
        }
        let value = measured.get(&claim.id);
        // Fewer cases than claimed prove less than claimed.
        let passed = value.is_some_and(|m| claim.bar.holds(m.value) && m.cases.is_none_or(|n| n >= claim.cases));
        good &= passed;
        println!("{}", if json { json_line(claim, value, passed) } else { table_line(claim, value, passed) });
        if let Some(value) = value.filter(|_| record) {
            text = claims::record(&text, &claim.id, &last(value.value)?);
            std::fs::write(&path, &text)?;
        }
    }
    Ok(good)
}

/// Runs the script of `claim` and reads what it measured.
fn measure(claim: &Claim) -> Result<Vec<Measured>> {
    let python = find("python3").or_else(|| find("python")).context("Python 3 is not on PATH")?;
    let mut command = Command::new(python);
    command.args(claim.command.split_whitespace()).current_dir(crate::root());
    // Settings made for this machine's own BLAS would slow a peer down.
    command.env_remove("OPENBLAS_CORETYPE").env_remove("OPENBLAS_L2_SIZE");
    if let Some(peer) = &claim.peer {
        command.env("SANJIE_PEER_PYTHON", peer_python(&peer.name)?);
    }
    let mut values = vec![];
    let end = lines(&mut command, LIMIT, |line| match serde_json::from_str::<Measured>(line) {
        Ok(value) => values.push(value),
        Err(_) => eprintln!("{line}"),
    })?;
    match end {
        End::Success => Ok(values),
        End::Failure => bail!("the script failed"),
        End::TimedOut => bail!("the script did not end within {} s", LIMIT.as_secs()),
    }
}

/// The Python of the peer `name`, set up on first use.
fn peer_python(name: &str) -> Result<PathBuf> {
    let requirements = crate::root().join(format!("bench/peers/{name}.txt"));
    let cache = match std::env::var_os("XDG_CACHE_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => std::env::home_dir().context("there is no home folder")?.join(".cache"),
    };
    let folder = cache.join("sanjie/peers").join(name);
    crate::install::venv(&folder, &["-r".as_ref(), requirements.as_os_str()], Some(&requirements))
}

fn json_line(claim: &Claim, measured: Option<&Measured>, passed: bool) -> String {
    serde_json::json!({
        "id": claim.id,
        "bar": claim.bar,
        "value": measured.map(|m| m.value),
        "unit": claim.unit,
        "passed": passed,
        "peer": claim.peer,
        "spread": measured.and_then(|m| m.spread.clone()),
        "cases": measured.map(|m| m.cases.unwrap_or(claim.cases)),
    })
    .to_string()
}

fn table_line(claim: &Claim, measured: Option<&Measured>, passed: bool) -> String {
    let op = if claim.bar.op == Op::AtLeast { ">=" } else { "<=" };
    let value = measured.map_or("no value".to_string(), |m| format!("{:.4} {}", m.value, claim.unit));
    let verdict = if passed { "ok" } else { "SHORT" };
    format!("{verdict:<6} {:<44} {value:>20}   {op} {} {}", claim.id, claim.bar.value, claim.unit)
}

/// The value, today, the commit and the CPU as an inline table.
fn last(value: f64) -> Result<String> {
    let commit =
        crate::process::output(Command::new("git").args(["rev-parse", "--short", "HEAD"]).current_dir(crate::root()))?;
    let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
    let date = date(seconds);
    let cpu = cpu().replace(['"', '\\'], "");
    Ok(format!("{{ value = {value:?}, date = \"{date}\", commit = \"{}\", cpu = \"{cpu}\" }}", commit.trim()))
}

/// The CPU's own name where the system tells it.
fn cpu() -> String {
    let facts = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = facts.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or(std::env::consts::ARCH, |(_, name)| name.trim()).to_string()
}

/// `YYYY-MM-DD` (UTC) of a Unix time.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
fn date(unix_seconds: u64) -> String {
    let z = (unix_seconds / 86_400) as i64 + 719_468;
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + z.div_euclid(146_097) * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(951_782_400), "2000-02-29");
        assert_eq!(date(1_795_478_400), "2026-11-24");
    }

    #[test]
    fn a_claim_without_a_value_falls_short() {
        let text = "[[claim]]\nid = \"a.b\"\nbar = { op = \"<=\", value = 2 }\nunit = \"s\"\ncommand = \"bench/x.py\"\ncases = 5\n";
        let claim = &claims::parse(text).unwrap()[0];
        let line: serde_json::Value = serde_json::from_str(&json_line(claim, None, false)).unwrap();
        assert_eq!(line["passed"], false);
        assert_eq!(line["value"], serde_json::Value::Null);
        assert_eq!(line["cases"], serde_json::Value::Null, "none was measured");
        assert_eq!(line["bar"], serde_json::json!({"op": "<=", "value": 2.0}));
        let keys: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["id", "bar", "value", "unit", "passed", "peer", "spread", "cases"]);
    }
}

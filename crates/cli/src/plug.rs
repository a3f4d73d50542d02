//! `--plug LAB=FILE`: what its uses have in common. The learner's file, whether it passes, what it printed, why it gave up.

use crate::lab::show;
use crate::visible::visible;
use crate::{Failure, complain, failure, say};
use answers::plug::PlugFault;
use course::curriculum::CurriculumError;
use course::lab::{Lab, Step};
use course::run::Source;
use course::{Curriculum, Grader, Standing, desk};
use messages::{Lang, text};
use std::path::Path;

/// Lines of the learner's printing that are shown; the last ones.
const PRINTED_MAX: usize = 20;

/// Lab and file of `LAB=FILE`; what else was written is complained of, with `lab` for an example.
pub fn parse<'a>(lang: Lang, written: &'a str, lab: &str) -> Option<(&'a str, &'a Path)> {
    let is_whole = |(lab, file): &(&str, &str)| !lab.is_empty() && !file.is_empty();
    let parsed = written.split_once('=').filter(is_whole).map(|(lab, file)| (lab, Path::new(file)));
    if parsed.is_none() {
        let example = format!("{lab}={}.py", lab.replace('-', "_"));
        complain(lang, &text(lang, "cli.plug_usage", &[("found", written), ("example", &example)]));
    }
    parsed
}

/// The lab called `name`; of a name that no lab has, the one that plugs in here was meant.
pub fn lab<'c>(curriculum: &'c Curriculum, name: &str, plugs_in: &str) -> Result<&'c Lab, Failure> {
    curriculum.lab(name).map_err(|error| match error {
        CurriculumError::NoLab { id, .. } => failure(CurriculumError::NoLab { id, nearest: plugs_in.into() }),
        other => failure(other),
    })
}

/// The first of `steps` that the file fails, with the check.
pub fn failed_check<'s>(
    grader: &Grader,
    steps: &[&'s Step],
    source: &Source,
) -> Result<Option<(&'s Step, String)>, Failure> {
    for step in steps {
        let mut failed = None;
        let standing = |_: &Step, _: &[_]| Standing { attempt: 1, hint_tier: 0 };
        let passed = grader.check(source, Some(&step.id), desk::fresh_seed(), &standing, &mut |report| {
            failed = report.verdict.checks.into_iter().find(|check| !check.passed).map(|check| check.name);
        });
        if !passed.map_err(failure)? {
            return Ok(Some((step, failed.unwrap_or_default())));
        }
    }
    Ok(None)
}

/// What happened to a learner's function, as a sentence.
pub fn describe(lang: Lang, fault: &PlugFault) -> String {
    match fault {
        PlugFault::Code(fault) => show::describe(lang, fault),
        fault => visible(&messages::render(lang, fault)),
    }
}

/// Shows what the learner's code printed, if anything.
pub fn show_printed(lang: Lang, printed: &str) {
    let printed = visible(printed.trim_end());
    let lines: Vec<&str> = printed.lines().collect();
    if !lines.is_empty() {
        say(text(lang, "cli.lab_printed", &[]));
        lines[lines.len().saturating_sub(PRINTED_MAX)..].iter().for_each(|line| say(format_args!("  | {line}")));
    }
}

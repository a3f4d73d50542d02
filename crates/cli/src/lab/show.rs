//! A verdict on the terminal: what was checked, what failed and why, the smallest case that shows it.

use crate::path::{lesson::heading, said};
use crate::visible::visible;
use course::lab::Lab;
use course::run::Fault;
use course::{Array, Curriculum, FailingCase, StepReport, Value, Values};
use messages::{Lang, text};
use std::fmt::Write;

/// Rows and columns of an array that are shown; the rest is an ellipsis.
const SHOWN_MAX: usize = 12;
/// Lines of the learner's printing that are shown; the last ones.
const PRINTED_MAX: usize = 20;

/// The whole report on one step. What the learner's code said of it has no power over the terminal.
pub fn report(lang: Lang, curriculum: &Curriculum, lab: &Lab, report: &StepReport) -> String {
    visible(&whole(lang, curriculum, lab, report))
}

fn whole(lang: Lang, curriculum: &Curriculum, lab: &Lab, report: &StepReport) -> String {
    let verdict = &report.verdict;
    let title = lab.step(&verdict.step).map_or("", |step| said(lang, &step.title));
    let mark = if verdict.passed { "✓" } else { "✗" };
    let seconds = format!("{:.2}", verdict.ms as f64 / 1000.0);
    let [attempt, seed] = [verdict.attempt, verdict.seed].map(|n| n.to_string());
    let fields = [("attempt", attempt.as_str()), ("seed", &seed), ("seconds", &seconds)];
    let mut out = format!("{mark} {}  {title}  {}", verdict.step, text(lang, "cli.lab_attempt", &fields));
    if !report.printed.trim().is_empty() {
        let lines: Vec<&str> = report.printed.trim_end().lines().collect();
        let _ = write!(out, "\n{}", text(lang, "cli.lab_printed", &[]));
        for line in &lines[lines.len().saturating_sub(PRINTED_MAX)..] {
            let _ = write!(out, "\n  | {line}");
        }
    }
    if verdict.passed {
        return out;
    }
    let checks = verdict.checks.iter().map(|check| format!("{} {}", if check.passed { '✓' } else { '✗' }, check.name));
    let _ = write!(out, "\n  {}\n", checks.collect::<Vec<_>>().join("  "));
    if let Some(fault) = &report.fault {
        let _ = write!(out, "\n{}\n", with_lines(lang, fault));
    } else {
        let says = report.says.as_ref().map(|says| said(lang, says).to_string());
        let _ = write!(out, "\n{}\n", says.unwrap_or_else(|| text(lang, "cli.lab_unrepeatable", &[])));
    }
    if let Some(case) = &report.case {
        out.push_str(&layout(lang, case, report.fault.is_none()));
    }
    if let Some(trap) = verdict.trap.as_ref().and_then(|trap| curriculum.trap(lab, trap)) {
        let lesson =
            curriculum.topic(&lab.topic).and_then(|topic| topic.content.as_ref()).map(|it| said(lang, &it.lesson));
        let heading = lesson.and_then(|lesson| heading(lesson, &trap.answer)).unwrap_or(&trap.answer);
        let fields = [("trap", said(lang, &trap.says)), ("topic", lab.topic.as_str()), ("heading", heading)];
        let _ = write!(out, "\n{}", text(lang, "cli.lab_trap", &fields));
    }
    let step = lab.step(&verdict.step);
    if verdict.hint_tier > 0 && step.is_some_and(|step| !step.hints.is_empty()) {
        let _ = write!(out, "\n{}", text(lang, "cli.lab_hint", &[("lab", &lab.id)]));
    }
    if verdict.sandbox == "none" {
        let _ = write!(out, "\n{}", text(lang, "cli.lab_no_sandbox", &[]));
    }
    out
}

/// A fault as a sentence, after the learner's own lines of a traceback.
pub fn describe(lang: Lang, fault: &Fault) -> String {
    visible(&with_lines(lang, fault))
}

fn with_lines(lang: Lang, fault: &Fault) -> String {
    let mut out = String::new();
    if let Fault::Raised { trace, .. } = fault {
        for place in trace {
            let fields = [("line", place.line.to_string()), ("function", place.function.clone())];
            let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
            let key = if place.function.is_empty() { "lab.fault.line_alone" } else { "lab.fault.line" };
            let _ = write!(out, "{}\n    {}\n", text(lang, key, &fields), place.text.trim());
        }
    }
    out + &messages::render(lang, fault)
}

/// The call, and what was expected beside what came.
fn layout(lang: Lang, case: &FailingCase, compares: bool) -> String {
    let mut out = format!("\n{}(\n", case.entry);
    for (name, value) in &case.inputs {
        let _ = writeln!(out, "  {name} = {}", indented(value, name.len() + 5));
    }
    out.push_str(")\n");
    if !case.varied.is_empty() {
        let _ = writeln!(out, "{}", text(lang, "cli.lab_varied", &[]));
        for (name, value) in &case.varied {
            let _ = writeln!(out, "  {name} = {}", indented(value, name.len() + 5));
        }
    }
    let (Some(expected), Some(found), true) = (&case.expected, &case.found, compares) else { return out };
    let keys = match case.varied.is_empty() {
        true => ["cli.lab_expected", "cli.lab_found"],
        false => ["cli.lab_first", "cli.lab_second"],
    };
    let [left, right] = [expected, found].map(rows);
    let widths = left.iter().chain([&text(lang, keys[0], &[])]).map(|row| width(row)).max().unwrap_or(0);
    let heads = keys.map(|key| text(lang, key, &[]));
    let pad = |row: &str| format!("{row}{}", " ".repeat(widths - width(row).min(widths)));
    let _ = writeln!(out, "  {}   {}", pad(&heads[0]), heads[1]);
    for at in 0..left.len().max(right.len()) {
        let [left, right] = [&left, &right].map(|rows| rows.get(at).map_or("", String::as_str));
        let _ = writeln!(out, "  {}   {right}", pad(left));
    }
    if let Some(index) = &case.index {
        let index = format!("{index:?}");
        let _ = writeln!(out, "{}", text(lang, "cli.lab_index", &[("index", &index)]));
    }
    out
}

/// Columns on a terminal: Chinese characters take two.
fn width(line: &str) -> usize {
    line.chars().map(|c| if c < '\u{2e80}' { 1 } else { 2 }).sum()
}

fn indented(value: &Value, by: usize) -> String {
    match value {
        Value::Int(value) => value.to_string(),
        Value::Array(array) => rows(array).join(&format!("\n{}", " ".repeat(by))),
    }
}

/// An array as lines of numbers, columns aligned; of more than two dimensions the last is a row, the others its label.
fn rows(array: &Array) -> Vec<String> {
    let numbers: Vec<String> = match &array.values {
        Values::F32(values) => values.iter().map(|&value| number(value)).collect(),
        Values::I32(values) => values.iter().map(|value| value.to_string()).collect(),
    };
    if numbers.is_empty() {
        return vec![format!("[] {:?}", array.shape)];
    }
    let columns = array.shape.last().copied().unwrap_or(1);
    let widest = numbers.iter().map(String::len).max().unwrap_or(0);
    let mut lines: Vec<String> = numbers
        .chunks(columns)
        .take(SHOWN_MAX)
        .enumerate()
        .map(|(at, row)| {
            let label = if array.shape.len() > 2 {
                let index = array.index_of(at * columns);
                format!("{:?} ", &index[..index.len() - 1])
            } else {
                String::new()
            };
            let shown: Vec<String> = row.iter().take(SHOWN_MAX).map(|number| format!("{number:>widest$}")).collect();
            let more = if columns > SHOWN_MAX { " …" } else { "" };
            format!("{label}{}{more}", shown.join("  "))
        })
        .collect();
    if numbers.len() / columns > SHOWN_MAX {
        lines.push("…".into());
    }
    lines
}

/// Four decimals at most, and no trailing zeros.
fn number(value: f32) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    if value != 0.0 && !(1e-3..1e6).contains(&value.abs()) {
        return format!("{value:.3e}");
    }
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

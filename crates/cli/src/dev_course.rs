//! `sanjie dev check` and `sanjie dev mutate`: whether the course's content is sound.

use crate::path::CurriculumArguments;
use crate::working::Working;
use crate::{Failure, Outcome, complain, failure, lab, print_line, say};
use course::Curriculum;
use course::lab::Lab;
use course::{mutate, sound};
use messages::{Lang, text};
use serde_json::json;
use std::path::{Path, PathBuf};
use sys::Coded;

/// What `sanjie dev check` takes.
#[derive(clap::Args)]
pub struct CheckArguments {
    lab: Option<String>,
    #[arg(long, value_name = "N", default_value_t = 100)]
    seeds: u64,
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    curriculum: CurriculumArguments,
}

/// What `sanjie dev mutate` takes.
#[derive(clap::Args)]
pub struct MutateArguments {
    lab: Option<String>,
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    curriculum: CurriculumArguments,
}

/// Of the changes that change any output, this many must be noticed.
const KILLED_PERCENT_MIN: f64 = 95.0;

/// Runs `sanjie dev check`: each fault is a line.
pub fn check(lang: Lang, arguments: &CheckArguments) -> Result<Outcome, Failure> {
    let folder = arguments.curriculum.folder().map(PathBuf::as_path);
    let curriculum = Curriculum::load(folder).map_err(|error| {
        if arguments.json {
            print_line(&fault_line(&error));
        }
        failure(error)
    })?;
    let labs = chosen(&curriculum, arguments.lab.as_deref(), folder)?;
    let (tools, mut found) = (lab::tools(), 0);
    let mut tell = |fault: sound::Unsound| {
        found += 1;
        print_line(&if arguments.json { fault_line(&fault) } else { messages::render(lang, &fault) });
    };
    for lab in &labs {
        let runs = {
            let mut working = Working::begin(lang, lab.id.clone(), !arguments.json);
            let mut show = |done, total| working.set(done, total);
            sound::check_lab(lab, answers::find, &tools, arguments.seeds, &mut tell, &mut show).map_err(failure)?
        };
        if arguments.json {
            let (solutions, mutants) = (runs.solutions, runs.mutants);
            print_line(&json!({ "lab": lab.id, "solutions": solutions, "mutants": mutants }).to_string());
        }
    }
    sound::check_traps(&curriculum, &mut tell);
    sound::check_quizzes(&curriculum, &mut tell);
    sound::check_written(&curriculum, folder, &mut tell);
    let [labs, count] = [labs.len(), found].map(|n| n.to_string());
    say(text(lang, "cli.dev_sound", &[("labs", &labs), ("found", &count)]));
    Ok(if found == 0 { Outcome::Done } else { Outcome::Failed })
}

/// Runs `sanjie dev mutate`: each change that passed unnoticed is a line.
pub fn mutate(lang: Lang, arguments: &MutateArguments) -> Result<Outcome, Failure> {
    let curriculum = arguments.curriculum.load()?;
    let tools = lab::tools();
    let mut holds = true;
    let folder = arguments.curriculum.folder().map(PathBuf::as_path);
    for lab in chosen(&curriculum, arguments.lab.as_deref(), folder)? {
        let mutation = {
            let mut working = Working::begin(lang, lab.id.clone(), !arguments.json);
            let mut show = |done, total| working.set(done, total);
            mutate::mutate(lab, answers::find, &tools, &mut show).map_err(failure)?
        };
        let lines: Vec<&str> = lab.python.solution.lines().collect();
        for change in &mutation.survivors {
            let line = change.line.checked_sub(1).and_then(|at| lines.get(at)).unwrap_or(&"").trim();
            print_line(&match arguments.json {
                true => json!({ "lab": lab.id, "line": change.line, "what": change.what, "text": line }).to_string(),
                false => format!("{}:{}  {}  | {line}", lab.id, change.line, change.what),
            });
        }
        if arguments.json {
            let (killed, survivors) = (mutation.killed, mutation.survivors.len());
            let counts =
                json!({ "lab": lab.id, "killed": killed, "survivors": survivors, "unchanged": mutation.unchanged });
            print_line(&counts.to_string());
        }
        let percent = format!("{:.1}", mutation.percent());
        let [killed, unchanged] = [mutation.killed, mutation.unchanged].map(|n| n.to_string());
        let survivors = mutation.survivors.len().to_string();
        let fields = [
            ("lab", lab.id.as_str()),
            ("killed", &killed),
            ("survivors", &survivors),
            ("unchanged", &unchanged),
            ("percent", &percent),
        ];
        if mutation.percent() < KILLED_PERCENT_MIN {
            complain(lang, &text(lang, "cli.dev_mutated", &fields));
            holds = false;
        } else {
            say(text(lang, "cli.dev_mutated", &fields));
        }
    }
    Ok(if holds { Outcome::Done } else { Outcome::Failed })
}

/// `{code, ...}` with the fault's own fields.
fn fault_line(fault: &dyn Coded) -> String {
    let fields = fault.fields().into_iter().map(|(name, value)| (name.to_string(), json!(value)));
    let all: serde_json::Map<_, _> = [("code".to_string(), json!(fault.code()))].into_iter().chain(fields).collect();
    serde_json::Value::Object(all).to_string()
}

/// The lab named, else all of the folder; without one all.
fn chosen<'a>(curriculum: &'a Curriculum, lab: Option<&str>, folder: Option<&Path>) -> Result<Vec<&'a Lab>, Failure> {
    let is_own = |lab: &&Lab| curriculum.topic(&lab.topic).is_some_and(|topic| topic.folder.as_deref() == folder);
    match lab {
        Some(id) => Ok(vec![curriculum.lab(id).map_err(failure)?]),
        None => Ok(curriculum.labs().filter(is_own).collect()),
    }
}

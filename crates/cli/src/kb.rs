//! `sanjie kb`: knowledge bases over one's own documents, made, kept up to date, checked and measured.

use crate::search::Who;
use crate::visible::visible;
use crate::{Failure, Outcome, complain, failure, print_line, say};
use crate::{kb_calibrate, kb_compare, kb_embedder};
use messages::Lang;
use retrieval::access::{Access, Viewer};
use retrieval::evaluate::{Line, Metric};
use retrieval::knowledge_base::{OpenedEmbedder, Report};
use retrieval::questions::{self, Answered, AnsweredQuestions, Question};
use retrieval::sources::{Refusal, SourceError};
use retrieval::{Chunking, KnowledgeBase};
use serde_json::json;
use std::path::{Path, PathBuf};
use sys::Coded;

sys::coded_error! {
    /// Why a command about knowledge bases fails though the knowledge base is fine.
    enum CommandError {
        /// Nothing of what was named became a document.
        NothingAdded { name: String } = "kb.nothing_added",
        /// There are files, and none can be read.
        NothingRead { name: String } = "kb.nothing_read",
        /// No document was named.
        NothingNamed { name: String } = "kb.nothing_named",
        /// None of the documents named is there.
        NothingRemoved { name: String } = "kb.nothing_removed",
        /// The check found faults.
        Faulty { name: String, faults: usize } = "kb.faulty",
        /// A metric is below what was asked for.
        BelowGate { metric: String, expected: f64, found: String } = "kb.below_gate",
        /// The gate names no metric.
        BadGate { found: String } = "kb.bad_gate",
    }
}

/// What `sanjie kb` takes.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Add(AddArguments),
    Sync(NameArguments),
    Ls(ListArguments),
    Rm(RemoveArguments),
    Check(NameArguments),
    Export(ExportArguments),
    Eval(EvalArguments),
    Compare(kb_compare::Arguments),
    Calibrate(kb_calibrate::Arguments),
}

#[derive(clap::Args)]
struct AddArguments {
    name: String,
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    #[arg(long)]
    chunking: Option<String>,
    #[arg(long, value_name = "MODEL|URL#MODEL|lsa")]
    embedder: Option<String>,
    #[arg(long, value_name = "GROUP")]
    group: Vec<String>,
    #[arg(long, value_name = "USER")]
    user: Vec<String>,
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
struct NameArguments {
    name: String,
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
struct ListArguments {
    name: Option<String>,
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
struct RemoveArguments {
    name: String,
    documents: Vec<String>,
    #[arg(long, conflicts_with = "documents")]
    all: bool,
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
struct ExportArguments {
    name: String,
    // The lines are JSON with and without it.
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
struct EvalArguments {
    name: String,
    questions: PathBuf,
    #[arg(long, value_name = "METRIC@K=VALUE")]
    min: Vec<String>,
    #[arg(long, value_name = "FILE")]
    failing: Option<PathBuf>,
    #[command(flatten)]
    who: Who,
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub fn run(lang: Lang, arguments: Arguments) -> Result<Outcome, Failure> {
    match arguments.command {
        Command::Add(arguments) => add(lang, &arguments)?,
        Command::Sync(arguments) => {
            let mut kb = open(&arguments.name)?;
            kb_embedder::lend_if_it_opens(lang, &mut kb)?;
            let report = kb.sync(&mut |_| {}).map_err(failure)?;
            tell(lang, &report, arguments.json);
            // What is gone is no fault here.
            if is_unread(&report) && !report.refused.iter().all(is_missing) {
                return Err(Box::new(CommandError::NothingRead { name: arguments.name }));
            }
        }
        Command::Ls(arguments) => list(&arguments)?,
        Command::Rm(arguments) => return remove(lang, &arguments),
        Command::Check(arguments) => check(lang, &arguments)?,
        Command::Export(ExportArguments { name, json: _ }) => export(&open(&name)?)?,
        Command::Eval(arguments) => evaluate(lang, &arguments)?,
        Command::Compare(arguments) => return kb_compare::run(lang, &arguments),
        Command::Calibrate(arguments) => kb_calibrate::run(lang, &arguments)?,
    }
    Ok(Outcome::Done)
}

/// Opens the knowledge base `name`.
pub fn open(name: &str) -> Result<KnowledgeBase, Failure> {
    KnowledgeBase::open(&sys::data_folder(), name).map_err(failure)
}

fn add(lang: Lang, arguments: &AddArguments) -> Result<(), Failure> {
    let chunking: Option<Chunking> = match &arguments.chunking {
        Some(chunking) => Some(chunking.parse().map_err(failure)?),
        None => None,
    };
    let is_new = !KnowledgeBase::names(&sys::data_folder()).contains(&arguments.name);
    if is_new && !arguments.paths.iter().any(|path| path.exists()) {
        let path = arguments.paths[0].display().to_string();
        return Err(Box::new(SourceError::Missing { path }));
    }
    let access = Access::of(arguments.group.clone(), arguments.user.clone());
    // Before anything is made: a model that is not there makes no knowledge base.
    let embedder = arguments.embedder.as_deref().map(kb_embedder::open).transpose().map_err(failure)?;
    if is_new {
        OpenedEmbedder::can_cut(chunking.as_ref(), embedder.as_ref()).map_err(failure)?;
    }
    let mut kb =
        KnowledgeBase::open_or_create(&sys::data_folder(), &arguments.name, chunking.as_ref()).map_err(failure)?;
    if embedder.as_ref().is_some_and(|opened| opened.embedder.is_none()) {
        say(messages::text(lang, "cli.kb_lsa", &[]));
    }
    match embedder {
        Some(opened) => kb.choose_embedder(opened).map_err(failure)?,
        None => kb_embedder::lend_if_it_opens(lang, &mut kb)?,
    }
    let report = kb.add(&arguments.paths, access.as_ref(), &mut |_| {}).map_err(failure)?;
    tell(lang, &report, arguments.json);
    if is_new && kb.documents().is_empty() {
        kb.delete().map_err(failure)?;
    }
    if is_unread(&report) || report.refused.iter().any(is_missing) {
        return Err(Box::new(CommandError::NothingAdded { name: arguments.name.clone() }));
    }
    Ok(())
}

/// Whether nothing at all was read. Damaged files among others are told, and no failure.
fn is_unread(report: &Report) -> bool {
    report.added + report.changed + report.unchanged == 0
}

fn is_missing(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Source(SourceError::Missing { .. }))
}

/// Files and documents that a message names, of a kind: more would bury what else it says.
const NAMED_MAX: usize = 20;

/// Says what a change came to, then which files were left unread and why.
fn tell(lang: Lang, report: &Report, is_json: bool) {
    let unread = unread(lang, report);
    if is_json {
        let refused: Vec<_> = report.refused.iter().map(described).collect();
        let mut value = serde_json::to_value(report).expect("numbers are JSON");
        value["refused"] = refused.into();
        value["unread"] = unread.iter().map(|(file, why)| json!({"file": file, "why": why})).collect();
        let whys: Vec<String> = report.refused.iter().map(|refusal| messages::render(lang, refusal)).collect();
        for message in hints_once(whys.iter().map(String::as_str)) {
            say(messages::text(lang, "cli.kb_left_out", &[("message", message)]));
        }
        return print_line(&value.to_string());
    }
    let [added, changed, unchanged, removed] =
        [report.added, report.changed, report.unchanged, report.removed].map(|n| n.to_string());
    let fields = [("added", &*added), ("changed", &*changed), ("unchanged", &*unchanged), ("removed", &*removed)];
    print_line(&messages::text(lang, "cli.kb_report", &fields));
    if report.embedded > 0 {
        print_line(&messages::text(lang, "cli.kb_embedded", &[("n", &report.embedded.to_string())]));
    }
    for why in hints_once(unread.iter().take(NAMED_MAX).map(|(_, why)| why.as_str())) {
        print_line(&messages::text(lang, "cli.kb_left_out", &[("message", &visible(why))]));
    }
    if unread.len() > NAMED_MAX {
        let n = (unread.len() - NAMED_MAX).to_string();
        print_line(&messages::text(lang, "cli.kb_more_left_out", &[("n", &n)]));
    }
}

/// The files that were left unread, each with why in words: those that are broken or may not be read first.
fn unread(lang: Lang, report: &Report) -> Vec<(String, String)> {
    let refused = report.refused.iter().map(|refusal| {
        let path = refusal.fields().into_iter().find(|(name, _)| *name == "path").map(|(_, path)| path);
        (path.unwrap_or_default(), messages::render(lang, refusal))
    });
    let other = report.unread.iter().map(|path| {
        let why = messages::text(lang, "cli.kb_other_kind", &[("path", path)]);
        (path.clone(), why)
    });
    refused.chain(other).collect()
}

/// Messages, without the hint that the message before has already given.
fn hints_once<'a>(messages: impl Iterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    let mut given = None;
    messages.map(move |message| {
        let Some((what, hint)) = message.split_once('\n') else { return message };
        if given.replace(hint) == Some(hint) { what } else { message }
    })
}

fn described(refusal: &Refusal) -> serde_json::Value {
    let fields: serde_json::Map<_, _> =
        refusal.fields().into_iter().map(|(name, value)| (name.to_string(), value.into())).collect();
    json!({"code": refusal.code(), "fields": fields})
}

fn list(arguments: &ListArguments) -> Result<(), Failure> {
    let Some(name) = &arguments.name else {
        for name in KnowledgeBase::names(&sys::data_folder()) {
            print_line(&if arguments.json { json!({"name": name}).to_string() } else { name });
        }
        return Ok(());
    };
    for row in open(name)?.documents() {
        let n_chunks = row.chunks.end - row.chunks.start;
        if arguments.json {
            let mut line = json!({"document": row.name, "title": row.title, "chunks": n_chunks});
            if let Some(access) = &row.access {
                line["groups"] = json!(access.groups);
                line["users"] = json!(access.users);
            }
            print_line(&line.to_string());
        } else {
            print_line(&format!("{n_chunks:>6}  {}", visible(&row.name)));
        }
    }
    Ok(())
}

fn remove(lang: Lang, arguments: &RemoveArguments) -> Result<Outcome, Failure> {
    let mut kb = open(&arguments.name)?;
    if arguments.documents.is_empty() && !arguments.all {
        let error = CommandError::NothingNamed { name: arguments.name.clone() };
        complain(lang, &messages::render(lang, &error));
        return Ok(Outcome::Usage);
    }
    let n = if arguments.all {
        kb.delete().map_err(failure)?
    } else {
        let n = kb.remove(&arguments.documents).map_err(failure)?;
        if n == 0 {
            return Err(Box::new(CommandError::NothingRemoved { name: arguments.name.clone() }));
        }
        n
    };
    if arguments.json {
        print_line(&json!({"removed": n}).to_string());
    } else {
        let key = if arguments.all { "cli.kb_deleted" } else { "cli.kb_removed" };
        print_line(&messages::text(lang, key, &[("name", &arguments.name), ("n", &n.to_string())]));
        if !arguments.all {
            say(messages::text(lang, "cli.kb_stays_away", &[]));
        }
    }
    Ok(Outcome::Done)
}

fn check(lang: Lang, arguments: &NameArguments) -> Result<(), Failure> {
    let kb = open(&arguments.name)?;
    let faults = kb.check(&Viewer::Owner).map_err(failure)?;
    if arguments.json {
        let chunks = kb.index().len();
        print_line(&json!({"documents": kb.documents().len(), "chunks": chunks, "faults": faults}).to_string());
    } else {
        faults.iter().for_each(|fault| print_line(&visible(fault)));
    }
    if !faults.is_empty() {
        return Err(Box::new(CommandError::Faulty { name: arguments.name.clone(), faults: faults.len() }));
    }
    if !arguments.json {
        let [documents, chunks] = [kb.documents().len(), kb.index().len()].map(|n| n.to_string());
        print_line(&messages::text(lang, "cli.kb_whole", &[("documents", &documents), ("chunks", &chunks)]));
    }
    Ok(())
}

/// Every document as `kb add` would take it.
fn export(kb: &KnowledgeBase) -> Result<(), Failure> {
    kb.export(&Viewer::Owner, &mut |line| print_line(&line)).map_err(failure)
}

/// The text of a questions file, with its name for messages.
pub fn read_questions(path: &Path) -> Result<(String, String), Failure> {
    let bytes = sys::atomic_file::read(path).map_err(failure)?;
    Ok((path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()))
}

/// The questions of a file that documents answer, to measure `kb` by. What they say of documents that are not there is told, and how
/// many were left out.
pub fn answered_questions(
    lang: Lang,
    path: &Path,
    kb: &KnowledgeBase,
    viewer: &Viewer,
) -> Result<Vec<Question>, Failure> {
    let (path, text) = read_questions(path)?;
    let AnsweredQuestions { questions, left_out } = questions::parse_answered(&path, &text).map_err(failure)?;
    if left_out > 0 {
        say(messages::text(lang, "cli.kb_unanswered", &[("n", &left_out.to_string())]));
    }
    let unknown = questions::unknown(kb, &questions, viewer);
    if !unknown.is_empty() {
        let n = unknown.len().to_string();
        let mut documents = visible(&unknown[..unknown.len().min(NAMED_MAX)].join(", "));
        if unknown.len() > NAMED_MAX {
            documents.push_str(", ...");
        }
        say(messages::text(lang, "cli.kb_unknown_documents", &[("n", &n), ("documents", &documents)]));
    }
    Ok(questions)
}

fn evaluate(lang: Lang, arguments: &EvalArguments) -> Result<(), Failure> {
    let gates = arguments.min.iter().map(|gate| parse_gate(gate)).collect::<Result<Vec<_>, _>>()?;
    let (mut kb, viewer) = (open(&arguments.name)?, arguments.who.viewer());
    if kb.wants_embedder().map_err(failure)? {
        kb_embedder::lend_if_it_opens(lang, &mut kb)?;
    }
    let questions = answered_questions(lang, &arguments.questions, &kb, &viewer)?;
    let (lines, answered) = questions::evaluate(&kb, &questions, &viewer).map_err(failure)?;
    for line in &lines {
        if arguments.json {
            print_line(&serde_json::to_string(line).expect("numbers are JSON"));
        } else {
            let Line { metric, k, n, value, ci95: [low, high] } = line;
            print_line(&format!("{:6} @{k:<3} {value:.4}  ({low:.4} to {high:.4}, n = {n})", metric.name()));
        }
    }
    let failing: Vec<&Answered> = answered.iter().filter(|answered| answered.ndcg == 0.0).collect();
    if let Some(path) = &arguments.failing {
        let line = |answered: &&Answered| serde_json::to_string(answered).expect("text is JSON") + "\n";
        let text: String = failing.iter().map(line).collect();
        sys::atomic_file::write(path, text.as_bytes()).map_err(failure)?;
    } else if !failing.is_empty() {
        let [n, total] = [failing.len(), answered.len()].map(|n| n.to_string());
        say(messages::text(lang, "cli.kb_failing", &[("n", &n), ("total", &total)]));
    }
    for (metric, k, expected) in gates {
        let line = lines.iter().find(|line| line.metric == metric && line.k == k);
        let found = line.map_or(0.0, |line| line.value);
        if found < expected {
            let metric = format!("{}@{k}", metric.name());
            return Err(Box::new(CommandError::BelowGate { metric, expected, found: format!("{found:.4}") }));
        }
    }
    Ok(())
}

/// `ndcg@10=0.6`
fn parse_gate(gate: &str) -> Result<(Metric, usize, f64), Failure> {
    let parts = || {
        let (name, value) = gate.split_once('=')?;
        let (name, k) = name.split_once('@')?;
        let metric = Metric::ALL.into_iter().find(|metric| metric.name() == name)?;
        let k = k.parse().ok().filter(|k| retrieval::evaluate::DEPTHS.contains(k))?;
        Some((metric, k, value.parse().ok()?))
    };
    parts().ok_or_else(|| failure(CommandError::BadGate { found: gate.to_string() }))
}

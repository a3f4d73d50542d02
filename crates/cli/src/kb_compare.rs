//! `sanjie kb compare`: which way of cutting answers a person's questions best, the learner's own among them.

use crate::kb::{answered_questions, open};
use crate::lab::{show, tools};
use crate::path::said;
use crate::plug::{describe, failed_check, show_printed};
use crate::search::Who;
use crate::{Failure, Outcome, complain, failure, kb_embedder, print_line, say};
use answers::plug::chunking::{self, Agreed, LearnerChunking};
use course::{Curriculum, Grader, desk};
use messages::{Lang, text};
use retrieval::KnowledgeBase;
use retrieval::questions::{self, Compared, OwnWay};
use std::path::{Path, PathBuf};

/// What it takes.
#[derive(clap::Args)]
pub struct Arguments {
    name: String,
    questions: PathBuf,
    #[arg(long)]
    chunking: Vec<String>,
    #[arg(long, value_name = "LAB=FILE")]
    plug: Option<String>,
    #[command(flatten)]
    who: Who,
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub fn run(lang: Lang, arguments: &Arguments) -> Result<Outcome, Failure> {
    let (mut kb, viewer) = (open(&arguments.name)?, arguments.who.viewer());
    let questions = answered_questions(lang, &arguments.questions, &kb, &viewer)?;
    let ways = questions::ways(&kb, &arguments.chunking).map_err(failure)?;
    if ways.iter().any(|(chunking, _)| chunking.needs_embedder()) {
        kb_embedder::lend(&mut kb)?;
    }
    let compare = |own: Option<OwnWay>| questions::compare(&kb, &questions, &viewer, &ways, own).map_err(failure);
    let compared = match arguments.plug.as_deref().map(|written| crate::plug::parse(lang, written, chunking::LAB)) {
        None => compare(None)?,
        Some(None) => return Ok(Outcome::Usage),
        Some(Some(plug)) => plugged(lang, plug, &kb, &compare)?,
    };
    for way in compared {
        if arguments.json {
            print_line(&serde_json::to_string(&way).expect("numbers are JSON"));
        } else {
            let ([low, high], [down, up]) = (way.ci95, way.difference_ci95);
            let verdict = match way.verdict {
                "current" => "cli.kb_verdict_current",
                "better" => "cli.kb_verdict_better",
                "worse" => "cli.kb_verdict_worse",
                _ => "cli.kb_verdict_undecided",
            };
            let verdict = text(lang, verdict, &[]);
            print_line(&format!(
                "{:20} title x{:<3} ndcg@10 {:.4} ({low:.4} to {high:.4})  {:+.4} ({down:+.4} to {up:+.4})  {verdict}",
                way.chunking, way.title_weight, way.ndcg, way.difference
            ));
        }
    }
    Ok(Outcome::Done)
}

/// Compares the usual ways, and one more where there is one.
type Comparing<'c> = dyn Fn(Option<OwnWay>) -> Result<Vec<Compared>, Failure> + 'c;

/// Compares with the learner's file as one more way; without it if it cannot go on, which is said.
fn plugged(
    lang: Lang,
    (lab, file): (&str, &Path),
    kb: &KnowledgeBase,
    compare: &Comparing,
) -> Result<Vec<Compared>, Failure> {
    let curriculum = Curriculum::load(None).map_err(failure)?;
    let lab = crate::plug::lab(&curriculum, lab, chunking::LAB)?;
    let step = chunking::step(lab).map_err(failure)?;
    let source = desk::read(file).map_err(failure)?;
    let tools = tools();
    let grader = Grader::new(lab, answers::find, &tools);
    let budget = chunking::budget(kb.chunking());
    let mut learner = match LearnerChunking::open(&grader, step, &source, budget).map_err(failure)? {
        Ok(learner) => learner,
        Err(fault) => {
            give_up(lang, &show::describe(lang, &fault));
            return compare(None);
        }
    };
    let fields = [("file", source.name.as_str()), ("lab", &lab.id)];
    match failed_check(&grader, &[step], &source)? {
        None => say(text(lang, "cli.plug_cut_passed", &fields)),
        Some((step, check)) => {
            let failed = [("step", said(lang, &step.title)), ("check", &check)];
            say(text(lang, "cli.plug_cut_not_passed", &[fields, failed].concat()));
        }
    }
    let name = format!("{}:{budget}", source.name);
    let compared = compare(Some(OwnWay { name, cut: &mut |document| learner.cut(document) }))?;
    show_printed(lang, &learner.take_printed());
    if let Some(fault) = learner.fault() {
        give_up(lang, &describe(lang, fault));
    } else {
        let Agreed { same, documents } = learner.agreed();
        let [same, documents, budget] = [same, documents, budget].map(|n| n.to_string());
        let fields = [("same", same.as_str()), ("documents", &documents), ("budget", &budget)];
        say(text(lang, "cli.plug_cut_report", &fields));
    }
    Ok(compared)
}

fn give_up(lang: Lang, why: &str) {
    complain(lang, &text(lang, "cli.plug_cut_fault", &[("why", why)]));
    say(text(lang, "cli.plug_cut_off", &[]));
}

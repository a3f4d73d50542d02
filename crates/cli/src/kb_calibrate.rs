//! `sanjie kb calibrate`: from which confidence on `ask` answers and what searches weigh by, learned from a person's questions.

use crate::kb::{open, read_questions};
use crate::search::Who;
use crate::{Failure, failure, kb_embedder, print_line, say};
use messages::{Lang, text};
use retrieval::answer::calibrate::{self, Calibrated, Kept, Learned, Rates};
use retrieval::knowledge_base::Weights;
use retrieval::questions;
use std::path::PathBuf;

/// What it takes.
#[derive(clap::Args)]
pub struct Arguments {
    name: String,
    questions: Option<PathBuf>,
    #[arg(long, value_name = "SHARE", value_parser = share, default_value_t = calibrate::RIGHT)]
    right: f32,
    #[arg(long, conflicts_with = "questions")]
    forget: bool,
    #[command(flatten)]
    who: Who,
    #[arg(long)]
    json: bool,
}

/// A number between 0 and 1, neither of them.
fn share(text: &str) -> Result<f32, String> {
    text.parse().ok().filter(|share| 0.0 < *share && *share < 1.0).ok_or_else(|| "0 to 1".to_string())
}

/// Runs it.
pub fn run(lang: Lang, arguments: &Arguments) -> Result<(), Failure> {
    let mut kb = open(&arguments.name)?;
    let Some(questions) = &arguments.questions else {
        if arguments.forget {
            kb.keep_threshold(None).map_err(failure)?;
            kb.keep_weights(Weights::USUAL).map_err(failure)?;
        }
        let kept = kb.threshold().map_err(failure)?;
        if arguments.json {
            let kept = Kept { threshold: kept, weights: kb.weights() };
            print_line(&serde_json::to_string(&kept).expect("numbers are JSON"));
        } else {
            let (key, kept) = match kept {
                Some(kept) => ("cli.kb_threshold", format!("{kept:.3}")),
                None => ("cli.kb_no_threshold", format!("{:.3}", retrieval::answer::THRESHOLD)),
            };
            print_line(&text(lang, key, &[("threshold", &kept)]));
            let Weights { title_weight, meaning } = kb.weights();
            let (title, meaning) = (title_weight.to_string(), format!("{meaning:.1}"));
            print_line(&text(lang, "cli.kb_weights", &[("title", &title), ("meaning", &meaning)]));
        }
        return Ok(());
    };
    let (path, lines) = read_questions(questions)?;
    let questions = questions::parse(&path, &lines).map_err(failure)?;
    kb_embedder::lend_if_it_opens(lang, &mut kb)?;
    let learned = calibrate::learn(&mut kb, &questions, &arguments.who.viewer(), arguments.right).map_err(failure)?;
    if arguments.json {
        print_line(&serde_json::to_string(&learned).expect("numbers are JSON"));
        return Ok(());
    }
    let Learned { calibrated: found, weights } = learned;
    let Calibrated { threshold, before, after, n, unanswerable, .. } = found;
    let (threshold, n, unanswerable) = (format!("{threshold:.3}"), n.to_string(), unanswerable.to_string());
    print_line(&text(
        lang,
        "cli.kb_calibrated",
        &[("threshold", &threshold), ("n", &n), ("unanswerable", &unanswerable)],
    ));
    for (key, Rates { coverage, precision }) in [("cli.kb_rates_before", before), ("cli.kb_rates_after", after)] {
        let coverage = format!("{coverage:.3}");
        let precision = precision.map_or("-".to_string(), |precision| format!("{precision:.3}"));
        print_line(&text(lang, key, &[("coverage", &coverage), ("precision", &precision)]));
    }
    let (title, meaning) = (weights.title_weight.to_string(), format!("{:.1}", weights.meaning));
    print_line(&text(lang, "cli.kb_weights", &[("title", &title), ("meaning", &meaning)]));
    let [was, is] = [weights.before, weights.after].map(|ndcg| format!("{ndcg:.4}"));
    print_line(&text(lang, "cli.kb_weights_learned", &[("before", &was), ("after", &is)]));
    let is_better = after.coverage > before.coverage || after.precision > before.precision;
    if !is_better {
        say(text(lang, "cli.kb_not_better", &[("name", &arguments.name)]));
    }
    Ok(())
}

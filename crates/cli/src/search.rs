//! `sanjie search` and `sanjie ask`: passages of a knowledge base, and answers made of them.

use crate::kb::open;
use crate::{Failure, Outcome, failure, print_line};
use messages::Lang;
use retrieval::access::Viewer;
use retrieval::answer;
use retrieval::knowledge_base::{By, K_MAX};
use retrieval::lexical::explain::Part;

/// Who asks. Nobody in particular sees what is for everyone only.
#[derive(clap::Args)]
pub struct Who {
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    #[arg(long, value_name = "GROUP")]
    group: Vec<String>,
    #[arg(long, conflicts_with_all = ["user", "group"])]
    owner: bool,
}

impl Who {
    /// As the library says it.
    pub fn viewer(&self) -> Viewer {
        match self.owner {
            true => Viewer::Owner,
            false => Viewer::Person { user: self.user.clone(), groups: self.group.clone() },
        }
    }
}

/// What `sanjie search` takes.
#[derive(clap::Args)]
pub struct Arguments {
    name: String,
    #[arg(required = true)]
    query: Vec<String>,
    #[arg(short, long, default_value_t = 10)]
    k: usize,
    #[arg(long, value_parser = ["words", "meaning", "both"], default_value = "words")]
    by: String,
    #[arg(long, value_name = "SHARE", value_parser = share)]
    meaning: Option<f32>,
    #[command(flatten)]
    who: Who,
    #[arg(long)]
    explain: bool,
    #[arg(long)]
    json: bool,
}

/// What `sanjie ask` takes.
#[derive(clap::Args)]
pub struct AskArguments {
    name: String,
    #[arg(required = true)]
    question: Vec<String>,
    #[arg(long, default_value_t = answer::THRESHOLD)]
    threshold: f32,
    #[command(flatten)]
    who: Who,
    #[arg(long)]
    json: bool,
}

/// A number from 0 to 1.
fn share(text: &str) -> Result<f32, String> {
    text.parse().ok().filter(|share| (0.0..=1.0).contains(share)).ok_or_else(|| "0 to 1".to_string())
}

/// Runs `sanjie search`.
pub fn run(lang: Lang, arguments: &Arguments) -> Result<Outcome, Failure> {
    let kb = open(&arguments.name)?;
    let query = arguments.query.join(" ");
    let (k, viewer) = (arguments.k.min(K_MAX), arguments.who.viewer());
    let by = match (arguments.by.as_str(), arguments.meaning) {
        (_, Some(share)) => Some(By::Weighted(share)),
        ("meaning", None) => Some(By::Meaning),
        ("both", None) => Some(By::Both),
        _ => None,
    };
    let hits = kb.search_as(by, &query, k, &viewer).map_err(failure)?;
    for hit in &hits {
        let parts = if arguments.explain { kb.explain(&query, hit.id) } else { vec![] };
        if arguments.json {
            let mut line = serde_json::to_value(hit).expect("text is JSON");
            if arguments.explain {
                line["explain"] = serde_json::to_value(&parts).expect("numbers are JSON");
            }
            print_line(&line.to_string());
            continue;
        }
        let place = hit.page.map_or(String::new(), |page| format!(" p. {page}"));
        print_line(&format!("{}. {}{place} [{}..{}]  {:.3}", hit.rank, hit.document, hit.start, hit.end, hit.score));
        for Part { term, documents, weight, score, share, .. } in parts {
            let counted = messages::text(lang, "cli.kb_part", &[("n", &documents.to_string())]);
            print_line(&format!("     {score:.3} {:3.0} %  {term} ({counted}, x {weight:.3})", share * 100.0));
        }
        print_line(&hit.text);
        print_line("");
    }
    if hits.is_empty() {
        eprintln!("{}", messages::text(lang, "cli.kb_no_hits", &[]));
    }
    Ok(Outcome::Done)
}

/// Runs `sanjie ask`.
pub fn ask(lang: Lang, arguments: &AskArguments) -> Result<Outcome, Failure> {
    let kb = open(&arguments.name)?;
    let question = arguments.question.join(" ");
    let answer = answer::answer(&kb, &question, &arguments.who.viewer(), arguments.threshold).map_err(failure)?;
    if arguments.json {
        print_line(&serde_json::to_string(&answer).expect("text is JSON"));
        return Ok(Outcome::Done);
    }
    for citation in &answer.citations {
        print_line(&format!("{}\n    [{} {}..{}]", citation.text, citation.document, citation.start, citation.end));
    }
    if answer.abstained {
        eprintln!("{}", messages::text(lang, "cli.ask_abstains", &[]));
    }
    Ok(Outcome::Done)
}

//! `sanjie search` and `sanjie ask`: passages of a knowledge base, and answers made of them.

mod plug;

use crate::kb::open;
use crate::kb_embedder;
use crate::visible::visible;
use crate::{Failure, Outcome, failure, print_line, say};
use answers::plug::ranking;
use messages::Lang;
use retrieval::access::Viewer;
use retrieval::answer;
use retrieval::knowledge_base::{By, K_MAX};
use retrieval::lexical::explain::Part;
use serde_json::json;

sys::coded_error! {
    /// What cannot be looked for.
    enum QueryError {
        /// Nothing was written.
        Empty {} = "kb.empty_query",
    }
}

/// Words of the command line as one text.
fn joined(words: &[String]) -> Result<String, Failure> {
    let text = words.join(" ");
    if text.trim().is_empty() { Err(failure(QueryError::Empty {})) } else { Ok(text) }
}

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
    #[arg(long, value_parser = ["words", "meaning", "both"])]
    by: Option<String>,
    #[arg(long, value_name = "SHARE", value_parser = share)]
    meaning: Option<f32>,
    #[arg(long, value_name = "LAB=FILE", conflicts_with_all = ["by", "meaning"])]
    plug: Option<String>,
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
    #[arg(long)]
    threshold: Option<f32>,
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
    let query = joined(&arguments.query)?;
    let mut kb = open(&arguments.name)?;
    let (k, viewer) = (arguments.k.min(K_MAX), arguments.who.viewer());
    let is_usual = arguments.by.is_none() && arguments.meaning.is_none();
    if is_usual && kb.wants_embedder().map_err(failure)? {
        kb_embedder::lend_if_it_opens(lang, &mut kb)?;
    }
    let by = match (arguments.by.as_deref(), arguments.meaning) {
        (_, Some(share)) => Some(By::Weighted(share)),
        (Some("meaning"), None) => Some(By::Meaning),
        (Some("both"), None) => Some(By::Both),
        (Some(_), None) => None,
        (None, None) => kb.usual_way(),
    };
    if by.is_some()
        && let Err(error) = kb_embedder::lend(&mut kb)
    {
        say(messages::text(lang, "cli.kb_words_go_on", &[("name", &arguments.name)]));
        return Err(error);
    }
    let ranked = match arguments.plug.as_deref().map(|written| crate::plug::parse(lang, written, ranking::LAB)) {
        None => None,
        Some(None) => return Ok(Outcome::Usage),
        Some(Some(plug)) => plug::rank(lang, plug, &kb, (&query, k, &viewer))?,
    };
    let own;
    let hits = match &ranked {
        Some(ranked) => &ranked.yours,
        None => {
            own = kb.search_as(by, &query, k, &viewer).map_err(failure)?;
            &own
        }
    };
    for hit in hits {
        let of_engine = ranked.as_ref().map(|ranked| plug::of_engine(ranked, hit));
        let parts = if arguments.explain { kb.explain(&query, hit.id) } else { vec![] };
        if arguments.json {
            let mut line = serde_json::to_value(hit).expect("text is JSON");
            if arguments.explain {
                line["explain"] = serde_json::to_value(&parts).expect("numbers are JSON");
            }
            if let Some(of_engine) = of_engine {
                line["engine"] = of_engine.map_or(json!(null), |own| json!({ "rank": own.rank, "score": own.score }));
            }
            print_line(&line.to_string());
            continue;
        }
        let place = hit.page.map_or(String::new(), |page| format!(" p. {page}"));
        let beside = match of_engine {
            None => String::new(),
            Some(None) => messages::text(lang, "cli.plug_search_none", &[]),
            Some(Some(own)) => {
                let fields = [("rank", own.rank.to_string()), ("score", format!("{:.3}", own.score))];
                messages::text(lang, "cli.plug_search_beside", &fields.each_ref().map(|(k, v)| (*k, v.as_str())))
            }
        };
        let document = visible(&hit.document);
        print_line(&format!("{}. {document}{place} [{}..{}]  {:.3}{beside}", hit.rank, hit.start, hit.end, hit.score));
        for Part { term, documents, weight, score, share, .. } in parts {
            let counted = messages::text(lang, "cli.kb_part", &[("n", &documents.to_string())]);
            print_line(&format!("     {score:.3} {:3.0} %  {term} ({counted}, x {weight:.3})", share * 100.0));
        }
        print_line(&visible(&hit.text));
        print_line("");
    }
    if hits.is_empty() {
        let is_learned = by == Some(By::Meaning) && kb.chosen_embedder().map_err(failure)?.is_none();
        let key = if is_learned { "cli.kb_no_hits_learned" } else { "cli.kb_no_hits" };
        let (name, chunks) = (&arguments.name, kb.index().len().to_string());
        say(messages::text(lang, key, &[("name", name), ("chunks", &chunks)]));
    }
    if let Some(ranked) = &ranked {
        for hit in plug::engine_alone(ranked).filter(|_| !arguments.json) {
            let fields = [
                ("rank", hit.rank.to_string()),
                ("document", visible(&hit.document)),
                ("start", hit.start.to_string()),
                ("end", hit.end.to_string()),
                ("score", format!("{:.3}", hit.score)),
            ];
            let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
            print_line(&messages::text(lang, "cli.plug_search_alone", &fields));
        }
        plug::report(lang, ranked);
    }
    Ok(Outcome::Done)
}

/// Runs `sanjie ask`.
pub fn ask(lang: Lang, arguments: &AskArguments) -> Result<Outcome, Failure> {
    let question = joined(&arguments.question)?;
    let kb = open(&arguments.name)?;
    let threshold = answer::threshold(&kb, arguments.threshold).map_err(failure)?;
    let answer = answer::answer(&kb, &question, &arguments.who.viewer(), threshold).map_err(failure)?;
    if arguments.json {
        print_line(&serde_json::to_string(&answer).expect("text is JSON"));
        return Ok(Outcome::Done);
    }
    for citation in &answer.citations {
        let [text, document] = [&citation.text, &citation.document].map(|text| visible(text));
        print_line(&format!("{text}\n    [{document} {}..{}]", citation.start, citation.end));
    }
    if answer.abstained {
        say(messages::text(lang, "cli.ask_abstains", &[]));
    }
    Ok(Outcome::Done)
}

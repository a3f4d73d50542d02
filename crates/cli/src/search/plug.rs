//! `sanjie search --plug LAB=FILE`: the learner's ranking, with the engine's beside it.

use crate::lab::{show, tools};
use crate::path::said;
use crate::plug::{describe, failed_check, show_printed};
use crate::{Failure, complain, failure};
use answers::plug::ranking::{Apart, LearnerRanking, steps};
use course::{Curriculum, Grader, desk};
use messages::{Lang, text};
use retrieval::KnowledgeBase;
use retrieval::access::Viewer;
use retrieval::knowledge_base::Hit;
use retrieval::lexical::Query;
use std::path::Path;
use std::time::{Duration, Instant};

/// A learner's ranking of a query and the engine's.
pub struct Ranked {
    /// Passages in the learner's order.
    pub hits: Vec<Hit>,
    /// What the engine finds.
    engine: Vec<Hit>,
    apart: Apart,
    /// The learner's, the engine's.
    times: [Duration; 2],
    n_closed: usize,
}

/// Ranks with the learner's file; `None` if it cannot, which is said, and then the engine's own ranking is due.
pub fn rank(
    lang: Lang,
    (lab, file): (&str, &Path),
    kb: &KnowledgeBase,
    (query, k, viewer): (&str, usize, &Viewer),
) -> Result<Option<Ranked>, Failure> {
    let curriculum = Curriculum::load(None).map_err(failure)?;
    let lab = curriculum.lab(lab).map_err(failure)?;
    let steps = steps(lab).map_err(failure)?;
    let source = desk::read(file).map_err(failure)?;
    let tools = tools();
    let grader = Grader::new(lab, answers::find, &tools);
    let mut learner = match LearnerRanking::open(&grader, steps, &source).map_err(failure)? {
        Ok(learner) => learner,
        Err(fault) => {
            give_up(lang, &show::describe(lang, &fault));
            return Ok(None);
        }
    };
    let fields = [("file", source.name.as_str()), ("lab", &lab.id)];
    match failed_check(&grader, &steps, &source)? {
        None => eprintln!("{}", text(lang, "cli.plug_search_passed", &fields)),
        Some((step, check)) => {
            let failed = [("step", said(lang, &step.title)), ("check", &check)];
            eprintln!("{}", text(lang, "cli.plug_search_not_passed", &[fields, failed].concat()));
        }
    }
    let lists = kb.posting_lists(query, viewer);
    let ranked = learner.rank(&lists, k).map_err(failure)?;
    show_printed(lang, &learner.take_printed());
    let Some(ranking) = ranked else {
        if let Some(fault) = learner.fault() {
            give_up(lang, &describe(lang, fault));
        }
        return Ok(None);
    };
    let began = Instant::now();
    let open = |id| lists.ids.binary_search(&id).is_ok_and(|number| lists.is_open[number]);
    let engine = kb.index().searcher().search(&Query::parse(query), k, open);
    let engine_time = began.elapsed();
    let apart = Apart::of(&ranking.found, &engine);
    let [hits, engine] = [ranking.found, engine].map(|found| kb.ranked(query, found, viewer));
    let (hits, engine) = (hits.map_err(failure)?, engine.map_err(failure)?);
    Ok(Some(Ranked { hits, engine, apart, times: [ranking.time, engine_time], n_closed: ranking.n_closed }))
}

impl Ranked {
    /// The same passage as the engine ranks it, if it is among its best.
    pub fn of_engine(&self, hit: &Hit) -> Option<&Hit> {
        self.engine.iter().find(|other| other.id == hit.id)
    }

    /// The passages that only the engine has among its best.
    pub fn engine_alone(&self) -> impl Iterator<Item = &Hit> {
        self.engine.iter().filter(|hit| self.hits.iter().all(|other| other.id != hit.id))
    }

    /// Says how long each took and where they part.
    pub fn report(&self, lang: Lang) {
        let [yours, engine] = self.times.map(|time| format!("{:.2}", time.as_secs_f64() * 1e3));
        let apart = self.apart;
        let (places, relative) = (apart.places.to_string(), format!("{:.2} %", apart.max_relative * 100.0));
        let order = match apart.first_other {
            None => text(lang, "cli.plug_search_same", &[("n", &places)]),
            Some(first) => text(lang, "cli.plug_search_other", &[("first", &(first + 1).to_string())]),
        };
        let fields = [("yours", yours.as_str()), ("engine", &engine), ("apart", &relative), ("order", &order)];
        eprintln!("{}", text(lang, "cli.plug_search_report", &fields));
        if self.n_closed > 0 {
            eprintln!("{}", text(lang, "cli.plug_search_closed", &[("n", &self.n_closed.to_string())]));
        }
    }
}

fn give_up(lang: Lang, why: &str) {
    complain(lang, &text(lang, "cli.plug_search_fault", &[("why", why)]));
    eprintln!("{}", text(lang, "cli.plug_search_off", &[]));
}

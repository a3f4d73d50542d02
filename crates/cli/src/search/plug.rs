//! `sanjie search --plug LAB=FILE`: the learner's ranking, with the engine's beside it.

use crate::lab::{show, tools};
use crate::path::said;
use crate::plug::{describe, failed_check, show_printed};
use crate::{Failure, complain, failure, say};
use answers::plug::ranking::{Compared, LAB, LearnerRanking, steps};
use course::{Curriculum, Grader, desk};
use messages::{Lang, text};
use retrieval::KnowledgeBase;
use retrieval::access::Viewer;
use retrieval::knowledge_base::Hit;
use std::path::Path;

/// Ranks with the learner's file; `None` if it cannot, which is said, and then the engine's own ranking is due.
pub fn rank(
    lang: Lang,
    (lab, file): (&str, &Path),
    kb: &KnowledgeBase,
    (query, k, viewer): (&str, usize, &Viewer),
) -> Result<Option<Compared>, Failure> {
    let curriculum = Curriculum::load(None).map_err(failure)?;
    let lab = crate::plug::lab(&curriculum, lab, LAB)?;
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
        None => say(text(lang, "cli.plug_search_passed", &fields)),
        Some((step, check)) => {
            let failed = [("step", said(lang, &step.title)), ("check", &check)];
            say(text(lang, "cli.plug_search_not_passed", &[fields, failed].concat()));
        }
    }
    let compared = learner.search(kb, query, k, viewer).map_err(failure)?;
    show_printed(lang, &learner.take_printed());
    if let Some(fault) = learner.fault() {
        give_up(lang, &describe(lang, fault));
    }
    Ok(compared)
}

/// The same passage as the engine ranks it, if it is among its best.
pub fn of_engine<'c>(compared: &'c Compared, hit: &Hit) -> Option<&'c Hit> {
    compared.engine.iter().find(|other| other.id == hit.id)
}

/// The passages that only the engine has among its best.
pub fn engine_alone(compared: &Compared) -> impl Iterator<Item = &Hit> {
    compared.engine.iter().filter(|hit| compared.yours.iter().all(|other| other.id != hit.id))
}

/// Says how long each took and where they part.
pub fn report(lang: Lang, compared: &Compared) {
    let [yours, engine] = compared.times.map(|time| format!("{:.2}", time.as_secs_f64() * 1e3));
    let apart = compared.apart;
    let (places, relative) = (apart.places.to_string(), format!("{:.2} %", apart.max_relative * 100.0));
    let order = match apart.first_other {
        None => text(lang, "cli.plug_search_same", &[("n", &places)]),
        Some(first) => text(lang, "cli.plug_search_other", &[("first", &(first + 1).to_string())]),
    };
    let fields = [("yours", yours.as_str()), ("engine", &engine), ("apart", &relative), ("order", &order)];
    say(text(lang, "cli.plug_search_report", &fields));
    if compared.n_closed > 0 {
        say(text(lang, "cli.plug_search_closed", &[("n", &compared.n_closed.to_string())]));
    }
}

fn give_up(lang: Lang, why: &str) {
    complain(lang, &text(lang, "cli.plug_search_fault", &[("why", why)]));
    say(text(lang, "cli.plug_search_off", &[]));
}

//! A learner's ranking in the place of a knowledge base's: as good as the index's own, wrong on purpose, not able to go on.

use crate::{source, tools};
use answers::plug::PlugFault;
use answers::plug::ranking::{Apart, LearnerRanking, Ranking, steps};
use check::{Outcome, Stop, equal, that};
use course::lab::{Code, Lab, Limits};
use course::run::Fault;
use course::{Curriculum, Grader};
use retrieval::lexical::{Bm25, Index, PostingLists, Query, Scored};

fn lab() -> Result<Lab, Stop> {
    Ok(Curriculum::load(None)?.lab("inverted-index-and-bm25")?.clone())
}

/// Sixty notes with titles, in both languages, some of which came and went.
fn index() -> Index {
    const WORDS: [&str; 9] = ["green", "tea", "leaves", "boiling", "water", "DX-20", "绿茶", "发酵", "slowly"];
    let mut index = Index::new(Bm25::USUAL);
    for id in (0..90).map(|i| i * 37 % 90) {
        let body: Vec<&str> = (0..=id % 13).map(|i| WORDS[((id * 5 + i * i * 7) % 9) as usize]).collect();
        index.insert(id, WORDS[(id % 9) as usize], &body.join(" "));
        if id % 20 == 0 {
            index.commit();
        }
    }
    (0..90).filter(|id| id % 3 == 0).for_each(|id| assert!(index.remove(id)));
    index.commit();
    index
}

const QUERIES: [&str; 6] =
    ["green tea", "boiling water, water", "绿茶发酵", "DX-20", "\"green tea\" leaves", "nothing of it"];

/// Who asks sees the texts with an even number alone.
fn may_see(id: u64) -> bool {
    id.is_multiple_of(2)
}

fn rank(lab: &Lab, text: &str, code: Code, lists: &PostingLists) -> Result<Result<Ranking, PlugFault>, Stop> {
    let tools = tools()?;
    let grader = Grader::new(lab, answers::find, &tools);
    let mut learner = match LearnerRanking::open(&grader, steps(lab)?, &source(text, code))? {
        Ok(learner) => learner,
        Err(fault) => return Ok(Err(PlugFault::Code(fault))),
    };
    let ranked = learner.rank(lists, 7)?;
    Ok(ranked.ok_or_else(|| learner.fault().cloned().expect("why it gave up")))
}

pub fn a_solution_ranks_as_the_index_does() -> Outcome {
    let (lab, index, tools) = (lab()?, index(), tools()?);
    let rust = lab.rust.as_ref().map_or("", |files| &files.solution);
    for (text, code) in [(lab.python.solution.as_str(), Code::Python), (rust, Code::Rust)] {
        if code == Code::Rust && tools.rust.is_err() {
            return check::skip("rustc");
        }
        let grader = Grader::new(&lab, answers::find, &tools);
        let mut learner =
            LearnerRanking::open(&grader, steps(&lab)?, &source(text, code))?.map_err(|f| f.to_string())?;
        for query in QUERIES {
            let query = Query::parse(query);
            let ranked = learner.rank(&index.posting_lists(&query, may_see), 7)?.ok_or("it gave up")?;
            let engine = index.searcher().search(&query, 7, may_see);
            let apart = Apart::of(&ranked.found, &engine);
            equal((apart.first_other, ranked.n_closed), (None, 0), &format!("{query:?} in {code:?}"))?;
            equal(apart.places, engine.len(), "places")?;
            that(apart.max_relative < 1e-5, || format!("{query:?} in {code:?}: {apart:?}"))?;
        }
    }
    Ok(())
}

pub fn what_must_not_be_found_is_not() -> Outcome {
    let (lab, index) = (lab()?, index());
    let at = lab.sheet.mutants.iter().position(|mutant| mutant.file == "hidden-is-found.py").ok_or("no such mutant")?;
    let query = Query::parse("green tea");
    let ranked = rank(&lab, &lab.mutants[at], Code::Python, &index.posting_lists(&query, may_see))?;
    let ranked = ranked.map_err(|fault| format!("{fault:?}"))?;
    that(ranked.n_closed > 0, || format!("{ranked:?}"))?;
    that(ranked.found.iter().all(|Scored { id, .. }| may_see(*id) && id % 3 != 0), || format!("{ranked:?}"))
}

pub fn a_wrong_ranking_is_told_from_the_index() -> Outcome {
    let (lab, index) = (lab()?, index());
    let at =
        lab.sheet.mutants.iter().position(|mutant| mutant.file == "hidden-is-deleted.py").ok_or("no such mutant")?;
    let query = Query::parse("green tea");
    let ranked = rank(&lab, &lab.mutants[at], Code::Python, &index.posting_lists(&query, may_see))?;
    let ranked = ranked.map_err(|fault| format!("{fault:?}"))?;
    let apart = Apart::of(&ranked.found, &index.searcher().search(&query, 7, may_see));
    that(apart.max_relative > 1e-3, || format!("{apart:?}"))
}

pub fn whatever_a_ranking_does_wrong_is_named() -> Outcome {
    let (mut lab, index) = (lab()?, index());
    lab.sheet.limits = Limits { seconds: 2, memory_mb: 256, output_kb: 64 };
    let lists = index.posting_lists(&Query::parse("green tea"), may_see);
    let n = lists.lengths.len();
    type Expected = fn(&PlugFault) -> bool;
    let cases: [(&str, &str, Expected); 8] = [
        ("best", "while True: pass", |f| matches!(f, PlugFault::Code(Fault::Time { seconds: 2 }))),
        ("best", "return scores[:k]", |f| matches!(f, PlugFault::Code(Fault::Shape { found, .. }) if found == &[7])),
        ("best", "return np.array([[1, 2], [1, 1]], np.float32)", |f| matches!(f, PlugFault::NoText { row: 1, .. })),
        ("best", "return np.array([[-1, 2]], np.float32)", |f| matches!(f, PlugFault::NoText { value: -1.0, .. })),
        ("best", "return np.array([[1e9, 2]], np.float32)", |f| matches!(f, PlugFault::NoText { row: 0, .. })),
        ("best", "return np.array([[0.5, 2]], np.float32)", |f| matches!(f, PlugFault::NoText { value: 0.5, .. })),
        ("best", "return np.array([[0, np.nan]], np.float32)", |f| matches!(f, PlugFault::NotFinite { .. })),
        ("live_scores", "return np.zeros(3, np.float32)", |f| matches!(f, PlugFault::Code(Fault::Shape { .. }))),
    ];
    for (function, body, expected) in cases {
        let arguments = if function == "best" {
            "scores, k"
        } else {
            "query, weights, starts, texts, frequencies, lengths, states"
        };
        let text = format!("{}\n\ndef {function}({arguments}):\n    {body}\n", lab.python.solution);
        let ranked = rank(&lab, &text, Code::Python, &lists)?;
        that(ranked.as_ref().is_err_and(expected), || format!("{body} with {n} texts: {ranked:?}"))?;
    }
    let missing = rank(&lab, "x = 1", Code::Python, &lists)?;
    that(matches!(missing, Err(PlugFault::Code(Fault::Missing { .. }))), || format!("{missing:?}"))
}

pub fn a_lab_without_a_ranking_plugs_into_no_search() -> Outcome {
    let lab = crate::causal_attention()?;
    let refused = steps(&lab).err().ok_or("a lab without a ranking was taken")?;
    that(refused.to_string().contains("inverted-index-and-bm25"), || refused.to_string())
}

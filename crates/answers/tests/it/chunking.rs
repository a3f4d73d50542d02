//! A learner's way of cutting in the place of the engine's: the same chunks, others on purpose, not able to go on.

use crate::{check_with, source, tools};
use answers::plug::PlugFault;
use answers::plug::chunking::{Agreed, LearnerChunking, budget, step};
use check::{Outcome, Stop, equal, that};
use course::lab::{Code, Lab};
use course::run::Fault;
use course::{Curriculum, Grader};
use retrieval::{Chunk, Chunking, Document, parse};

fn lab() -> Result<Lab, Stop> {
    Ok(Curriculum::load(None)?.lab("chunking")?.clone())
}

/// Documents of every kind of block, in both languages, one of them empty.
fn documents() -> Result<Vec<Document>, Stop> {
    let files = [
        ("a.md", "# Tea\n\nGreen tea is not fermented. Black tea is.\n\n## 水\n\n八十度。不要煮沸！\n\n- one\n- two\n"),
        ("b.csv", "name,price\ntea,3\nmilk,2\n"),
        ("c.py", "def f(x):\n    return x + 1\n\n\nprint(f(2))\n"),
        ("d.txt", ""),
        ("e.txt", "Averylongwordwithoutanyblank0123456789 and a sentence of its own. 绿茶不发酵，红茶全发酵。"),
    ];
    let parsed = files.map(|(name, text)| parse::parse(name.as_ref(), text.as_bytes()));
    Ok(parsed.into_iter().collect::<Result<_, _>>()?)
}

type Cut = (Vec<Vec<Chunk>>, Agreed);

fn cut(lab: &Lab, text: &str, tokens: usize) -> Result<Result<Cut, PlugFault>, Stop> {
    let tools = tools()?;
    let grader = Grader::new(lab, answers::find, &tools);
    let opened = LearnerChunking::open(&grader, step(lab)?, &source(text, Code::Python), tokens)?;
    let Ok(mut learner) = opened else { return Err(format!("{:?}", opened.err()).into()) };
    let mut found = vec![];
    for document in documents()? {
        match learner.cut(&document) {
            Some(chunks) => found.push(chunks),
            None => return Ok(Err(learner.fault().cloned().expect("why it gave up"))),
        }
    }
    Ok(Ok((found, learner.agreed())))
}

pub fn a_solution_cuts_as_the_engine_does() -> Outcome {
    let lab = lab()?;
    for tokens in [3, 8, 40] {
        let chunking = Chunking::Recursive { tokens };
        let engine: Vec<Vec<Chunk>> = documents()?.iter().map(|document| chunking.cut(document)).collect();
        let (found, agreed) = cut(&lab, &lab.python.solution, tokens)?.map_err(|fault| format!("{fault:?}"))?;
        equal(found, engine, &format!("chunks of {tokens}"))?;
        equal((agreed.same, agreed.documents), (5, 5), "documents cut alike")?;
    }
    equal(budget(&Chunking::Recursive { tokens: 99 }), 99, "the knowledge base's size")?;
    equal(budget(&Chunking::Sentences { window: 1 }), 256, "the usual size")?;
    let at = lab.sheet.mutants.iter().position(|mutant| mutant.file == "levels-ignored.py").ok_or("no such mutant")?;
    let (found, agreed) = cut(&lab, &lab.mutants[at], 14)?.map_err(|fault| format!("{fault:?}"))?;
    that(found.iter().all(|chunks| chunks.iter().all(|chunk| !chunk.range.is_empty())), || format!("{found:?}"))?;
    that(agreed.same < agreed.documents, || format!("{agreed:?}"))
}

pub fn whatever_a_way_of_cutting_does_wrong_is_named() -> Outcome {
    let lab = lab()?;
    type Expected = fn(&PlugFault) -> bool;
    let cases: [(&str, Expected); 7] = [
        ("return rows([(0, 1e9)])", |f| matches!(f, PlugFault::NoRange { row: 0, .. })),
        ("return rows([(2, 2)])", |f| matches!(f, PlugFault::NoRange { .. })),
        ("return rows([(0.5, 2)])", |f| matches!(f, PlugFault::NoRange { start: 0.5, .. })),
        ("return rows([(-1, 2)])", |f| matches!(f, PlugFault::NoRange { start: -1.0, .. })),
        ("return rows([(2, 3), (0, 1)])", |f| matches!(f, PlugFault::NoRange { row: 1, .. })),
        ("return rows([(0, np.nan)])", |f| matches!(f, PlugFault::NotFinite { .. })),
        ("return sizes", |f| matches!(f, PlugFault::Code(Fault::Shape { .. }))),
    ];
    for (body, expected) in cases {
        let text = format!("{}\n\ndef by_structure(sizes, levels, budget):\n    {body}\n", lab.python.solution);
        let found = cut(&lab, &text, 8)?;
        that(found.as_ref().is_err_and(expected), || format!("{body}: {found:?}"))?;
    }
    Ok(())
}

/// Whatever the depth at which somebody stops, on whatever seed.
pub fn a_limit_on_the_depth_is_noticed() -> Outcome {
    let (lab, tools) = (lab()?, tools()?);
    let at = lab.sheet.mutants.iter().position(|mutant| mutant.file == "sixteen-levels-deep.py").ok_or("no mutant")?;
    for (depth, trap) in [(16, Some("deep-enough")), (20, None), (50, None)] {
        let text = lab.mutants[at].replace("depth == 16", &format!("depth == {depth}"));
        for seed in 0..10 {
            let learner = source(&text, Code::Python);
            let report = check_with(&lab, &tools, &learner, Some("by-structure"), seed)?.pop().ok_or("no verdict")?;
            let what = format!("depth {depth}, seed {seed}");
            equal((report.verdict.passed, report.verdict.trap.as_deref()), (false, trap), &what)?;
        }
    }
    Ok(())
}

pub fn a_lab_without_a_way_of_cutting_plugs_into_no_comparison() -> Outcome {
    let lab = crate::causal_attention()?;
    let refused = step(&lab).err().ok_or("a lab without a way of cutting was taken")?;
    that(refused.to_string().contains("chunking"), || refused.to_string())
}

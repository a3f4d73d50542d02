//! Classifiers and cross-encoders, from texts to scores.

use api::Reranker;
use check::{Golden, Outcome, Stop, close, equal, that};
use infer::{Classifier, CrossEncoder, Passage};
use kernels::pool::with_threads;
use models::capabilities::{PROOFS, Task};
use std::path::PathBuf;

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models/goldens/families").join(name)
}

fn open(name: &str) -> Result<Classifier, Stop> {
    Ok(Classifier::new(models::classifier::open(&golden(name))?)?)
}

/// `PASSAGES` of the script that made the goldens.
fn passages() -> Vec<(String, Option<String>)> {
    let words =
        |word: fn(usize) -> usize, n: usize| (0..n).map(|i| format!("w{}", word(i))).collect::<Vec<_>>().join(" ");
    vec![
        ("w5 w6 w7 w8".into(), None),
        ("w9 w20 w21".into(), Some("w22 w23 w24 w25 w26".into())),
        ("w27".into(), None),
        (words(|i| 20 + i % 40, 60), Some(words(|i| 60 - i % 40, 40))),
    ]
}

fn borrowed(passages: &[(String, Option<String>)]) -> Vec<Passage<'_>> {
    passages.iter().map(|(text, pair)| Passage { text, pair: pair.as_deref() }).collect()
}

pub fn scores_are_those_of_the_pipeline_of_transformers() -> Outcome {
    let passages = passages();
    for proof in PROOFS.iter().filter(|proof| matches!(proof.task, Task::Labels | Task::Relevance)) {
        let (name, expected) = (proof.checkpoint, Golden::read(golden(proof.expected))?);
        let classifier = open(name)?;
        let scores = classifier.scores(&borrowed(&passages))?;
        for (i, found) in scores.iter().enumerate() {
            close(found, &expected.get(&format!("scores/{i}"))?.values, 1e-5, &format!("{name}: passage {i}"))?;
        }
        let alone = with_threads(1, || classifier.scores(&borrowed(&passages[1..2])))?;
        check::same_bits(&alone[0], &scores[1], &format!("{name}: a pair alone, on one thread"))?;
        let labels: &[&str] =
            if proof.task == Task::Relevance { &["LABEL_0"] } else { &["contradiction", "entailment", "neutral"] };
        equal(classifier.labels().iter().map(String::as_str).collect::<Vec<_>>(), labels.to_vec(), name)?;
    }
    Ok(())
}

pub fn a_cross_encoder_is_a_reranker() -> Outcome {
    for name in ["bert-relevance", "roberta-relevance", "xlm-roberta-relevance"] {
        let expected = Golden::read(golden(&format!("{name}/expected.safetensors")))?;
        let cross = CrossEncoder::new(open(name)?).map_err(|_| Stop::Failed(format!("{name} has several labels")))?;
        let predicted = &expected.get("predicted")?.values;
        for ((text, pair), &expected) in passages().iter().filter_map(|(a, b)| Some((a, b.as_ref()?))).zip(predicted) {
            let found = cross.scores(text, &[pair, pair])?;
            close(&found, &[expected; 2], 1e-5, name)?;
        }
        that(cross.id().starts_with(&format!("{name}@")), || cross.id().into())?;
        equal(cross.scores("w5", &[])?.len(), 0, "no texts")?;
    }
    that(CrossEncoder::new(open("bert-labels")?).is_err(), || "three labels are no relevance".into())
}

//! The judge of small stories: it accepts the generator's, notices planted errors, and a 5-gram model fails it.

use crate::perplexity::golden;
use check::{Outcome, equal, that};
use eval::Share;
use eval::stories::{Error, NGram, Training, consistent, is_right, measure, plant, read, verbatim};
use std::collections::HashMap;
use text::stories::{Lang, QuestionKind, Split, Story, corpus, document, story};

/// Numbers in `0..1`, enough for tests.
fn uniform(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn stories(lang: Lang, split: Split, n: u64) -> impl Iterator<Item = Story> {
    (0..n).map(move |seed| story(lang, split, seed))
}

pub fn accepts_every_story() -> Outcome {
    for lang in Lang::ALL {
        for split in [Split::HeldOut, Split::Train] {
            for story in stories(lang, split, 2500) {
                if let Err(error) = read(lang, &story.text) {
                    let rest = &story.text[error.at..];
                    return check::fail(format!("plot {}: {error}: {rest}\n{}", story.plot, story.text));
                }
            }
        }
    }
    Ok(())
}

pub fn rejects_planted_errors() -> Outcome {
    for lang in Lang::ALL {
        for error in [Error::Name, Error::Object, Error::Place, Error::Order, Error::Cause] {
            let mut draws = uniform(1);
            let (mut planted, mut missed, mut example) = (0, 0, String::new());
            for story in stories(lang, Split::HeldOut, 1000) {
                let wrong = plant(lang, &story.text, error, |n| (draws() * n as f64) as usize);
                let Some(wrong) = wrong else { continue };
                that(wrong != story.text, || format!("nothing was planted: {wrong}"))?;
                planted += 1;
                if read(lang, &wrong).is_ok() {
                    missed += 1;
                    example = format!("\n{}\n{wrong}", story.text);
                }
            }
            that(planted >= 300, || format!("{lang:?} {error:?}: planted only {planted}"))?;
            that(missed * 20 <= planted, || format!("{lang:?} {error:?}: missed {missed} of {planted}{example}"))?;
        }
    }
    Ok(())
}

/// The reader, which knows nothing of how questions are made, finds each answer in what it read.
pub fn answers_stand_in_the_facts() -> Outcome {
    let plain = |text: &str| text.trim_end_matches(['.', '。']).to_lowercase();
    for lang in Lang::ALL {
        for story in stories(lang, Split::HeldOut, 1000) {
            let facts = read(lang, &story.text)?;
            for question in &story.questions {
                let answer = plain(&question.answers[0]);
                let told = |slots: &[&str]| {
                    facts.sentences.iter().any(|sentence| {
                        slots
                            .iter()
                            .any(|slot| sentence.word(slot, &story.text).is_some_and(|word| plain(word) == answer))
                    })
                };
                let entailed = match question.kind {
                    QuestionKind::Who => told(&["x"]) || told(&["animal"]) || told_the(&answer, &facts, &story.text),
                    QuestionKind::Where => plain(&facts.scene) == answer || told(&["p"]),
                    QuestionKind::Why => {
                        let reason = answer.strip_prefix("because ").or(answer.strip_prefix("因为")).unwrap_or(&answer);
                        facts.sentences.iter().any(|s| s.word("r", &story.text).is_some_and(|r| plain(r) == reason))
                    }
                    QuestionKind::ThenWhat => {
                        let after = facts.sentences.iter().skip(3);
                        after.map(|sentence| &story.text[sentence.span.clone()]).any(|said| plain(said) == answer)
                    }
                };
                that(entailed, || format!("{} {:?}\n{}", question.text, question.answers, story.text))?;
            }
        }
    }
    Ok(())
}

fn told_the(answer: &str, facts: &eval::stories::Facts, text: &str) -> bool {
    facts.sentences.iter().any(|s| s.word("animal", text).is_some_and(|animal| answer == format!("the {animal}")))
}

/// Who did it and where, by kind of event: the answer must be that event's, not merely somewhere in the story.
pub fn answers_are_those_of_the_event_asked_about() -> Outcome {
    let verbs = [
        (Lang::En, "found the ", "find"),
        (Lang::En, "moved the ", "move"),
        (Lang::En, "forgot the ", "forget"),
        (Lang::En, "hid the ", "hide"),
        (Lang::En, "mended the ", "mend"),
        (Lang::En, "broke the ", "break"),
        (Lang::Zh, "找到了", "find"),
        (Lang::Zh, "挪走了", "move"),
        (Lang::Zh, "忘了", "forget"),
        (Lang::Zh, "藏起了", "hide"),
        (Lang::Zh, "修好了", "mend"),
        (Lang::Zh, "弄坏了", "break"),
    ];
    let mut asked: HashMap<&str, usize> = HashMap::new();
    for lang in Lang::ALL {
        for story in stories(lang, Split::HeldOut, 1000) {
            let facts = read(lang, &story.text)?;
            for question in story.questions.iter().filter(|question| question.kind == QuestionKind::Who) {
                let Some(said) = question.text.strip_prefix("Who ").or(question.text.strip_prefix("谁")) else {
                    return check::fail(format!("not a who-question: {}", question.text));
                };
                let Some((.., kind)) = verbs.iter().find(|(of, verb, _)| *of == lang && said.starts_with(verb)) else {
                    continue;
                };
                let event = facts.sentences.iter().find(|sentence| sentence.kind == *kind);
                let who = event.and_then(|event| event.word("x", &story.text)).unwrap_or("nobody");
                equal(question.answers[0].trim_end_matches(['.', '。']), who, &question.text)?;
                *asked.entry(kind).or_default() += 1;
            }
        }
    }
    that(asked.len() == 6 && asked.values().all(|n| *n > 50), || format!("{asked:?}"))
}

pub fn five_grams_are_inconsistent() -> Outcome {
    for lang in Lang::ALL {
        let training: Vec<String> = stories(lang, Split::Train, 4000).map(|story| story.text).collect();
        let model = NGram::train(training.iter().map(String::as_str));
        let mut draws = uniform(7);
        let told: Vec<String> =
            stories(lang, Split::HeldOut, 200).map(|story| model.tell(&story.opening, 0.8, 600, &mut draws)).collect();
        let share = consistent(lang, &told);
        that(share.value < 0.5, || format!("{lang:?}: 5-grams are consistent in {} of 200", share.hits))?;
    }
    Ok(())
}

/// What copies training stories is found out, even where it changes their ends; other stories of this small world, which
/// shares words and single sentences with them, are none.
pub fn copies_are_found() -> Outcome {
    let training = Training::new(corpus(0, 2000));
    for lang in Lang::ALL {
        let copies = |split, spoil: fn(&str) -> String| {
            let told = (0..400).map(|seed| (story(lang, split, seed).opening, document(lang, split, seed)));
            let ends = told.filter_map(|(opening, told)| told.strip_prefix(&opening).map(spoil));
            let ends: Vec<String> = ends.take(100).collect();
            (verbatim(ends.iter().map(String::as_str), &training).hits, ends.len())
        };
        let whole = |end: &str| end.to_string();
        let other_end = |end: &str| format!("{end} And so on。");
        equal(copies(Split::Train, whole), (100, 100), "training stories that are copies, of those told plainly")?;
        equal(copies(Split::Train, other_end), (100, 100), "training stories with another end")?;
        equal(copies(Split::Train, |_| String::new()), (0, 100), "nothing")?;
        equal(copies(Split::HeldOut, whole), (0, 100), "held-out stories that are copies")?;
    }
    Ok(())
}

pub fn shares_have_intervals_and_answers_forgive_spelling() -> Outcome {
    let share = Share::of(0, 100);
    that(share.ci95[0] == 0.0 && (share.ci95[1] - 0.037).abs() < 1e-3, || format!("{share:?}"))?;
    let right = vec!["Under the bed.".to_string()];
    let given = ["under the bed", "Under  the bed.", "on the bed", ""];
    equal(given.map(|answer| is_right(answer, &right)), [true, true, false, false], "right answers")
}

/// A context that holds no question, nor an opening: what cannot be asked is wrong, and the rest is measured.
pub fn what_does_not_fit_counts_as_wrong() -> Outcome {
    let (model, ..) = golden()?;
    let training = Training::new(corpus(1, 20));
    let (lines, cases) = measure(&model, &training, 3, |_| {})?;
    equal(lines.len(), 6, "three metrics of two languages")?;
    that(lines.iter().all(|line| line.n == 3 && line.value == 0.0), || format!("{lines:?}"))?;
    that(cases.iter().all(|case| !case.fits && !case.right && case.answer.is_empty()), || format!("{cases:?}"))
}

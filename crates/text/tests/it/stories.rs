//! The generator of small stories: size, determinism, separation of the splits.

use check::{Outcome, equal, that};
use std::collections::HashSet;
use text::stories::{Lang, PLOTS, QuestionKind, Split, corpus, document, story};

/// Words of each language that the generator knows, so that none is lost unnoticed: some 1,500 are promised.
const ENGLISH_WORDS: usize = 1542;
const CHINESE_WORDS: usize = 1770;

pub fn has_enough_plots() -> Outcome {
    let held_out = PLOTS.iter().filter(|plot| plot.held_out).count();
    that(PLOTS.len() >= 48 && held_out >= 8, || format!("{} plots, {held_out} held out", PLOTS.len()))?;
    let steps: HashSet<&str> = PLOTS.iter().map(|plot| plot.steps).collect();
    equal(steps.len(), PLOTS.len(), "number of different plots")
}

pub fn splits_share_neither_plots_nor_texts() -> Outcome {
    for lang in Lang::ALL {
        let mut plots = HashSet::new();
        let mut trained = HashSet::new();
        for seed in 0..3000 {
            let story = story(lang, Split::Train, seed);
            that(!PLOTS[story.plot].held_out, || format!("training seed {seed} has held-out plot {}", story.plot))?;
            plots.insert(story.plot);
            trained.insert(story.text);
        }
        for seed in 0..3000 {
            let story = story(lang, Split::HeldOut, seed);
            that(PLOTS[story.plot].held_out, || format!("held-out seed {seed} has training plot {}", story.plot))?;
            that(!trained.contains(&story.text), || format!("held-out seed {seed} repeats a training story"))?;
            plots.insert(story.plot);
        }
        equal(plots.len(), PLOTS.len(), "plots that occur")?;
        that(trained.len() > 2990, || format!("only {} of 3000 stories differ", trained.len()))?;
    }
    Ok(())
}

pub fn is_deterministic() -> Outcome {
    equal(corpus(3, 50).collect::<Vec<_>>(), corpus(3, 50).collect::<Vec<_>>(), "the same corpus")?;
    let seeds = [3, 4, 3 + (1 << 29), 3 + (1 << 32), 3 + (1 << 61), u64::MAX];
    let texts: HashSet<String> = seeds.into_iter().flat_map(|seed| corpus(seed, 50)).collect();
    that(texts.len() > 290, || format!("{} different texts of {} seeds, 50 each", texts.len(), seeds.len()))?;
    equal(document(Lang::En, Split::HeldOut, 5), document(Lang::En, Split::HeldOut, 5), "the same document")
}

pub fn asks_every_kind_and_starts_with_the_opening() -> Outcome {
    for lang in Lang::ALL {
        let mut kinds = HashSet::new();
        for seed in 0..500 {
            let story = story(lang, Split::HeldOut, seed);
            that(story.text.starts_with(&story.opening) && story.text != story.opening, || story.text.clone())?;
            that(story.questions.len() >= 3, || format!("few questions: {}", story.text))?;
            for question in &story.questions {
                kinds.insert(question.kind);
                that(!question.answers.is_empty() && !question.text.contains('{'), || question.text.clone())?;
            }
            that(!story.text.contains(['{', '}', '<']), || story.text.clone())?;
        }
        for kind in [QuestionKind::Who, QuestionKind::Where, QuestionKind::Why, QuestionKind::ThenWhat] {
            that(kinds.contains(&kind), || format!("{kind:?} is never asked"))?;
        }
    }
    Ok(())
}

pub fn half_of_the_documents_answer() -> Outcome {
    let documents: Vec<String> = corpus(1, 4000).collect();
    let share = documents.iter().filter(|text| text.contains("<|assistant|>")).count() as f64 / 4000.0;
    that((0.45..0.55).contains(&share), || format!("share of documents with answers: {share}"))?;
    let balanced = |text: &String| text.matches("<|user|>").count() * 2 == text.matches("<|end|>").count();
    that(documents.iter().all(balanced), || "a turn is not closed".into())
}

pub fn stories_are_short_and_words_many() -> Outcome {
    let segmenter = jieba_rs::Jieba::new();
    let mut words = HashSet::new();
    let mut chinese_words = HashSet::new();
    let seeds = (0..20_000).map(|seed| (Split::Train, seed)).chain((0..5_000).map(|seed| (Split::HeldOut, seed)));
    for (split, seed) in seeds {
        let english = story(Lang::En, split, seed).text;
        let n_words = english.split_whitespace().count();
        that((35..=150).contains(&n_words), || format!("{n_words} words: {english}"))?;
        words
            .extend(english.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).map(str::to_lowercase));
        let chinese = story(Lang::Zh, split, seed).text;
        let cut = segmenter.cut(&chinese, true).into_iter().map(|token| token.word.to_string());
        chinese_words.extend(cut.filter(|word| word.chars().all(char::is_alphabetic)));
    }
    that(words.len() >= ENGLISH_WORDS, || format!("{} English words", words.len()))?;
    that(chinese_words.len() >= CHINESE_WORDS, || format!("{} Chinese words", chinese_words.len()))
}

//! The built-in quizzes are fair, and a variant can be judged from its seed.

use check::{Outcome, equal, fail, that};
use course::Curriculum;
use course::quiz::{QuizItem, QuizKind, QuizUse};
use course::sound::{Unsound, check_quizzes};
use sys::Coded;

pub fn quizzes_are_fair() -> Outcome {
    let curriculum = Curriculum::load(None)?;
    let faults = |change: fn(&mut QuizItem)| {
        let mut changed = curriculum.clone();
        for topic in changed.topics.iter_mut().flat_map(|topic| &mut topic.content) {
            topic.quiz.iter_mut().for_each(change);
        }
        let mut faults = Vec::new();
        check_quizzes(&changed, &mut |fault| faults.push(fault));
        faults
    };
    equal(faults(|_| {}).iter().map(ToString::to_string).collect(), Vec::<String>::new(), "faults")?;

    let found = faults(|item| {
        for option in item.options.iter_mut().filter(|option| option.right) {
            option.en.push_str(", and this is by far the longest of all options that are offered here to choose from");
        }
    });
    let [Unsound::QuizLongest { language, percent: 100, items, .. }] = &found[..] else {
        return fail(format!("{found:?}"));
    };
    that(language == "en" && items.contains("self-attention/average"), || format!("{found:?}"))?;

    // The right one first, as who writes without looking does.
    let found = faults(|item| item.options.sort_by_key(|option| !option.right));
    let first = found.iter().find_map(|fault| match fault {
        Unsound::QuizPositions { options: 4, position: 1, found, of, items } => Some((found == of, items)),
        _ => None,
    });
    that(first.is_some_and(|(all, items)| all && items.contains("self-attention/which-sum")), || format!("{found:?}"))?;
    // Three at a position of fourteen items may be chance, none of them may be, too.
    let found = faults(|item| {
        if let Some(at) = item.options.iter().position(|option| option.right) {
            let other = (item.id.len() + 1) % item.options.len();
            item.options.swap(at, other);
        }
    });
    equal(found.iter().map(|fault| fault.code()).collect(), Vec::<&str>::new(), "another order")?;

    let found = faults(|item| item.used = QuizUse::Predict);
    let n_built = curriculum.topics.iter().filter(|topic| topic.content.is_some()).count();
    equal(found.iter().map(|fault| fault.code()).collect(), vec!["sound.quiz_few"; n_built], "no quiz in any topic")
}

/// As options are shown, the right one stands at every position equally often: over the bank and many seeds, chi-square
/// stays below the value that chance exceeds once in a thousand times (16.27 for four positions, three degrees of freedom).
pub fn shown_positions_are_uniform() -> Outcome {
    let curriculum = Curriculum::load(None)?;
    let items = curriculum.topics.iter().flat_map(|topic| &topic.content).flat_map(|content| &content.quiz);
    let mut counts = [0.0; 4];
    for item in items.filter(|item| item.options.len() == 4) {
        for seed in 0..100 {
            counts[item.judge(seed, 0.0, "en").expected as usize] += 1.0;
        }
    }
    let mean = counts.iter().sum::<f64>() / 4.0;
    let chi_square: f64 = counts.iter().map(|count| (count - mean).powi(2) / mean).sum();
    that(mean >= 250.0 && chi_square < 16.27, || format!("{counts:?}: {chi_square}"))
}

/// Options that say the same in other words for a machine, and the language in which they do.
pub fn no_two_options_say_the_same() -> Outcome {
    for (first, second, is_same) in [
        ("Over the rows", "over the ROWS.", true),
        ("按行归一化", "按行归一化。", true),
        ("先遮住，再做 softmax", "先遮住再做softmax", true),
        ("先遮住，再做 softmax", "先做 softmax，再遮住", false),
        ("$a + b$", "$a - b$", false),
        ("0.5", "5", false),
    ] {
        for language in ["zh", "en"] {
            let mut curriculum = Curriculum::load(None)?;
            let quiz = &mut curriculum.topics[0].content.as_mut().ok_or("not built")?.quiz;
            let item = quiz.iter_mut().find(|item| item.kind == QuizKind::Choice).ok_or("no choice")?;
            let id = item.id.clone();
            for (at, text) in [first, second].into_iter().enumerate() {
                let option = &mut item.options[at];
                *if language == "zh" { &mut option.zh } else { &mut option.en } = text.into();
            }
            let mut found = Vec::new();
            check_quizzes(&curriculum, &mut |fault| {
                if let Unsound::QuizSame { item, language, .. } = fault {
                    found.push((item, language));
                }
            });
            let expected = if is_same { vec![(id, language.to_string())] } else { vec![] };
            equal(found, expected, &format!("{first} and {second}"))?;
        }
    }
    Ok(())
}

pub fn a_quiz_variant_can_be_judged_later() -> Outcome {
    let curriculum = Curriculum::load(None)?;
    let quiz = &curriculum.topics[0].content.as_ref().unwrap().quiz;
    for item in quiz {
        let question = item.ask(9, "en");
        equal(item.ask(9, "en"), question.clone(), "the same variant")?;
        let expected = item.judge(9, f64::NAN, "en").expected;
        that(item.judge(9, expected, "en").right, || format!("{}: the right answer {expected} is wrong", item.id))?;
        that(!item.judge(9, expected + 1.0, "en").right, || format!("{}: a wrong answer is right", item.id))?;
        that(!question.text.contains('{') || item.kind == QuizKind::Choice, || question.text.clone())?;
    }
    // The position of the right option depends on the seed alone, and takes every value.
    let item = quiz.iter().find(|item| item.kind == QuizKind::Choice).unwrap();
    let mut positions: Vec<u32> = (0..40).map(|seed| item.judge(seed, 0.0, "en").expected as u32).collect();
    positions.sort_unstable();
    positions.dedup();
    equal(positions.len(), item.options.len(), "positions of the right option")
}

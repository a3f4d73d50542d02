//! The built-in quizzes are fair, and a variant can be judged from its seed.

use check::{Outcome, equal, that};
use course::Curriculum;
use course::quiz::QuizKind;
use course::sound::{Unsound, check_quizzes};
use sys::Coded;

pub fn quizzes_are_fair() -> Outcome {
    let mut curriculum = Curriculum::load(None)?;
    let mut faults = Vec::new();
    check_quizzes(&curriculum, &mut |fault| faults.push(fault.to_string()));
    equal(faults, Vec::<String>::new(), "faults")?;
    let quiz = &mut curriculum.topics[0].content.as_mut().unwrap().quiz;
    for item in quiz.iter_mut() {
        for option in item.options.iter_mut().filter(|option| option.right) {
            option.en.push_str(", and this is by far the longest of all options that are offered here to choose from");
        }
    }
    let mut codes = Vec::new();
    check_quizzes(&curriculum, &mut |fault| codes.push(fault.code()));
    equal(codes, vec!["sound.quiz_longest"], "faults")
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

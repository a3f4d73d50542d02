//! Questions about wrong solutions: made by the grader, graded by it, the same again.

use crate::{causal_attention, tools};
use check::{Outcome, equal, that};
use course::events::{Event, Happening, ReviewForm, What};
use course::review::{self, Posed, mutant_question};
use course::{Curriculum, Grader};

const DAY: i64 = 24 * 3_600_000;

pub fn a_wrong_solution_fails_the_right_option() -> Outcome {
    let (lab, tools) = (causal_attention()?, tools()?);
    let grader = Grader::new(&lab, answers::find, &tools);
    let mut usable = 0;
    // Some of each step; all of them would take as long as proving the lab sound.
    let some = lab.sheet.mutants.iter().step_by(4);
    for mutant in some {
        let Some(question) = mutant_question(&grader, &mutant.file, 5)? else { continue };
        usable += 1;
        let name = |at: usize| question.options[at].name.as_str();
        let failed: Vec<&str> = question.failed.iter().map(|check| check.name.as_str()).collect();
        that(question.options.len() >= 3, || format!("{}: {} options", mutant.file, question.options.len()))?;
        for at in 0..question.options.len() {
            equal(failed.contains(&name(at)), at == question.right, &format!("{}: {}", mutant.file, name(at)))?;
        }
        that(question.code.starts_with("def "), || question.code.into())?;
        that(!question.code.contains("import"), || "the solution is shown".into())?;
        let again = mutant_question(&grader, &mutant.file, 5)?.ok_or("no question")?;
        let names = |question: &review::MutantQuestion| {
            question.options.iter().map(|check| check.name.clone()).collect::<Vec<_>>()
        };
        equal((names(&again), again.right), (names(&question), question.right), "the same seed")?;
    }
    that(usable >= 6, || format!("only {usable} wrong solutions give a question"))?;
    that(mutant_question(&grader, "no-such.py", 5)?.is_none(), || "no such mutant".into())
}

pub fn the_two_forms_take_turns() -> Outcome {
    let (curriculum, tools) = (Curriculum::load(None)?, tools()?);
    let graders = |lab| Some(Grader::new(lab, answers::find, &tools));
    let event = |at: i64, happening: Happening| Event { id: format!("{at:032x}"), at, what: What::Known(happening) };
    let passed = Happening::Attempt {
        lab: "causal-attention".into(),
        step: "attend".into(),
        passed: true,
        seed: 1,
        source: "a".into(),
        code: None,
        trap: None,
        ms: 1,
        assisted: false,
        failed: None,
    };
    let mut events = vec![event(0, passed)];
    let mut forms = Vec::new();
    for n in 1..=4 {
        let now = n * 500 * DAY;
        let due = review::due(&curriculum, &events, now);
        let card = due.iter().find(|card| card.skill == "scaled-dot-product").ok_or("it is not due")?;
        let posed = review::pose(&curriculum, &events, card, &graders).ok_or("no question")?;
        let answered = posed.answered(0.0, false, None);
        let Happening::Review { form, of, item, seed, skill, .. } = &answered else { return Err("no review".into()) };
        forms.push(*form);
        // What the page sends back is the same question.
        let grader = |lab| Grader::new(lab, answers::find, &tools);
        let found = review::find(&curriculum, (skill, *form), (of, item), *seed, grader)?.ok_or("not found")?;
        equal(found.answered(0.0, false, None), answered.clone(), "found again")?;
        if let (Posed::Mutant(_, posed), Posed::Mutant(_, found)) = (&posed.posed, &found.posed) {
            equal(found.right, posed.right, "the right option")?;
            equal(posed.step.id.as_str(), "attend", "a step that was passed")?;
        }
        let grader = |lab| Grader::new(lab, answers::find, &tools);
        let other = review::find(&curriculum, ("packing", *form), (of, item), *seed, grader)?;
        that(other.is_none(), || "found for a skill that it does not show".into())?;
        events.push(event(now, answered));
    }
    equal(forms, [ReviewForm::Quiz, ReviewForm::Mutant, ReviewForm::Quiz, ReviewForm::Mutant].to_vec(), "forms")
}

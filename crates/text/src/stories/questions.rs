//! Questions about a story whose answers stand in it: who, where, why, and what happened next.
//!
//! An answer repeats words of the story: a person, a place, a reason as it was given, or the next sentence. A question that
//! two events could answer is not asked.

use super::plot::Kind;
use super::world::{Event, World};
use super::{Question, QuestionKind};

pub(super) fn about(world: &World) -> Vec<Question> {
    let forms = &world.language.forms;
    let mut questions = vec![
        Question {
            kind: QuestionKind::Where,
            text: world.say(forms.scene, None),
            answers: forms.scene_answers.iter().map(|answer| world.say(answer, None)).collect(),
        },
        who_brought(world),
    ];
    for event in &world.events {
        if world.events.iter().filter(|other| other.step.kind == event.step.kind).count() > 1 {
            continue;
        }
        let say = |template: &str| world.say(template, Some(event));
        if !event.texts.did.is_empty() && asks_who(event.step.kind) {
            questions.push(Question {
                kind: QuestionKind::Who,
                text: say(forms.who),
                answers: forms.who_answers.iter().map(|answer| say(answer)).collect(),
            });
        }
        if !event.texts.where_did.is_empty() {
            let answers = vec![say(forms.place_answer), event.spoken.clone()];
            questions.push(Question { kind: QuestionKind::Where, text: say(event.texts.where_did), answers });
        }
        if !event.texts.why.is_empty() {
            questions.push(Question {
                kind: QuestionKind::Why,
                text: say(event.texts.why),
                answers: forms.because.iter().map(|answer| say(answer)).collect(),
            });
        }
        questions.extend(then_what(world, event));
    }
    questions
}

fn who_brought(world: &World) -> Question {
    let forms = &world.language.forms;
    let answer = |template: &str| {
        let text = template.replace("{x}", world.people[0].name).replace("{did}", forms.brought);
        world.say(&text, None)
    };
    Question {
        kind: QuestionKind::Who,
        text: world.say(&forms.who.replace("{did}", forms.brought), None),
        answers: forms.who_answers.iter().map(|template| answer(template)).collect(),
    }
}

/// Asked only for deeds that leave no doubt; wishes and endings are shared.
fn asks_who(kind: Kind) -> bool {
    !matches!(kind, Kind::Want | Kind::WantGive | Kind::WantLearn | Kind::End | Kind::Put | Kind::Leave)
}

/// The sentence that directly follows the event, if that is an event too and says more than a feeling.
fn then_what(world: &World, event: &Event) -> Option<Question> {
    let forms = &world.language.forms;
    let next = world.events.iter().find(|next| next.sentence == event.sentence + 1)?;
    if event.texts.did.is_empty() || next.texts.did.is_empty() || !asks_then(event.step.kind) {
        return None;
    }
    let mut answers = vec![next.spoken.clone()];
    answers.push(world.say("{x}", Some(next)) + &did(world, next) + forms.full_stop);
    Some(Question { kind: QuestionKind::ThenWhat, text: world.say(forms.then, Some(event)), answers })
}

fn did(world: &World, event: &Event) -> String {
    let mut text = String::from(world.language.forms.space);
    world.fill("{did}", Some(event), &mut text);
    text
}

fn asks_then(kind: Kind) -> bool {
    !matches!(kind, Kind::Want | Kind::WantGive | Kind::WantLearn | Kind::End)
}

//! What a review asks: a fresh variant of a question for the skill, or about a wrong solution of a step that shows it.
//!
//! The two forms take turns; of one form, what was asked least often comes first. All is drawn from what the log says of the
//! skill, so what is due stays the same until it is answered, on every computer with the same log. Wrong solutions are asked
//! about only once the learner has passed the step, as they give much of it away.

use super::Card;
use super::mutant::{MutantQuestion, mutant_question};
use crate::curriculum::Topic;
use crate::events::{Event, Happening, ReviewForm, What};
use crate::evidence::in_time;
use crate::grade::Grader;
use crate::lab::Lab;
use crate::quiz::{QuizItem, QuizUse};
use crate::random::Random;
use crate::run::RunError;
use crate::{Curriculum, progress};

/// A question that a review asks.
#[derive(Clone, Debug)]
pub struct Review<'a> {
    /// The skill it is about.
    pub skill: &'a str,
    /// Gives the same variant again.
    pub seed: u64,
    /// What is asked.
    pub posed: Posed<'a>,
}

/// What is asked.
#[derive(Clone, Debug)]
pub enum Posed<'a> {
    /// A question of a topic.
    Quiz(&'a Topic, &'a QuizItem),
    /// Which check a wrong solution of a lab fails.
    Mutant(&'a Lab, MutantQuestion<'a>),
}

impl Review<'_> {
    /// The event of an answer, with what was found of it.
    pub fn answered(&self, answer: f64, right: bool, trap: Option<String>) -> Happening {
        let (form, of, item) = match &self.posed {
            Posed::Quiz(topic, item) => (ReviewForm::Quiz, &topic.graph.id, &item.id),
            Posed::Mutant(lab, question) => (ReviewForm::Mutant, &lab.id, &question.mutant.file),
        };
        let (skill, of, item) = (self.skill.into(), of.clone(), item.clone());
        Happening::Review { skill, form, of, item, seed: self.seed, answer, right, trap }
    }
}

/// Gets ready to grade a lab's files; `None` where they cannot be run.
pub type Graders<'a, 'b> = &'b dyn Fn(&'a Lab) -> Option<Grader<'a>>;

/// The question for `card`; `None` if the curriculum has none for its skill that can be asked here.
pub fn pose<'a>(
    curriculum: &'a Curriculum,
    events: &[Event],
    card: &Card<'a>,
    graders: Graders<'a, '_>,
) -> Option<Review<'a>> {
    let events_once = in_time(events);
    let asked: Vec<(ReviewForm, &str, &str)> = events_once.iter().filter_map(|event| asked(event)).collect();
    let times = |form, of: &str, item: &str| asked.iter().filter(|known| **known == (form, of, item)).count();
    let n_reviews = events_once.iter().filter(|event| is_review_of(event, card.skill)).count();
    let mut random = Random::new(n_reviews as u64, &[card.skill, "review"]);
    // Short enough for JavaScript's numbers.
    let seed = random.next() & 0xFFFF_FFFF;

    let content = card.topic.content.as_ref()?;
    // Those of the lesson need its text around them.
    let is_fit = |item: &&QuizItem| item.used == QuizUse::Quiz && item.skill == card.skill;
    let quiz: Vec<&QuizItem> = content.quiz.iter().filter(is_fit).collect();
    let mut quiz: Vec<&QuizItem> = random.permutation(quiz.len()).into_iter().map(|at| quiz[at]).collect();
    quiz.sort_by_cached_key(|item| times(ReviewForm::Quiz, &card.topic.graph.id, &item.id));
    let quiz = || quiz.first().map(|item| Posed::Quiz(card.topic, item));

    let shows =
        |lab: &Lab, step: &str| lab.step(step).is_some_and(|step| step.skills.iter().any(|id| id == card.skill));
    let mutants: Vec<(&Lab, &str)> = curriculum
        .labs()
        .flat_map(|lab| lab.sheet.mutants.iter().map(move |mutant| (lab, mutant)))
        .filter(|(lab, mutant)| shows(lab, &mutant.step) && progress::has_passed(lab, &mutant.step, events))
        .map(|(lab, mutant)| (lab, mutant.file.as_str()))
        .collect();
    let mut mutants: Vec<(&Lab, &str)> = random.permutation(mutants.len()).into_iter().map(|at| mutants[at]).collect();
    mutants.sort_by_cached_key(|(lab, file)| times(ReviewForm::Mutant, &lab.id, file));
    let mutant = || {
        mutants.iter().find_map(|(lab, file)| {
            let question = mutant_question(&graders(lab)?, file, seed).ok()??;
            Some(Posed::Mutant(lab, question))
        })
    };

    let posed = if n_reviews.is_multiple_of(2) { quiz().or_else(mutant) } else { mutant().or_else(quiz) };
    Some(Review { skill: card.skill, seed, posed: posed? })
}

/// A question that was posed before, by the names in its event; `None` if there is no such question for the skill.
///
/// # Errors
/// What keeps a wrong solution from being run.
pub fn find<'a>(
    curriculum: &'a Curriculum,
    (skill, form): (&str, ReviewForm),
    (of, item): (&str, &str),
    seed: u64,
    grader: impl FnOnce(&'a Lab) -> Grader<'a>,
) -> Result<Option<Review<'a>>, RunError> {
    let posed = match form {
        ReviewForm::Quiz => curriculum.topic(of).and_then(|topic| {
            let item = topic.question(item).filter(|item| item.skill == skill)?;
            Some((Posed::Quiz(topic, item), item.skill.as_str()))
        }),
        ReviewForm::Mutant => match curriculum.lab(of) {
            Err(_) => None,
            Ok(lab) => mutant_question(&grader(lab), item, seed)?.and_then(|question| {
                let skill = question.step.skills.iter().find(|id| *id == skill)?;
                Some((Posed::Mutant(lab, question), skill.as_str()))
            }),
        },
    };
    Ok(posed.map(|(posed, skill)| Review { skill, seed, posed }))
}

fn asked(event: &Event) -> Option<(ReviewForm, &str, &str)> {
    match &event.what {
        What::Known(Happening::Review { form, of, item, .. }) => Some((*form, of, item)),
        What::Known(Happening::QuizAnswer { topic, item, .. }) => Some((ReviewForm::Quiz, topic, item)),
        _ => None,
    }
}

fn is_review_of(event: &Event, skill: &str) -> bool {
    matches!(&event.what, What::Known(Happening::Review { skill: known, .. }) if known == skill)
}

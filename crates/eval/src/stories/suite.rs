//! The suite `stories`: lets a model tell stories and answer questions about them, and judges both.
//!
//! Every prompt comes from a held-out seed. The model continues the opening of a story: people, scene and object that training
//! never put together so, and nothing of a plot, so which one it tells is its own choice, and mostly it chooses one that it
//! knows. In another request it gets a whole story of a held-out plot, and one question. Both are drawn at temperature
//! [`TEMPERATURE`]: what is measured is what a person sees, not the best the model could do.

use super::{Training, is_right, read, verbatim};
use crate::{Line, Share};
use infer::{GenerationRequest, Input, PrepareError, SubmitError, TextEngine, TextModel, generate_all};
use serde::Serialize;
use text::stories::{Lang, Question, Split, Story, story};
use text::template::{Message, Role};
use text::tokenizer::{Special, TokenizerError};

/// Stories told, and questions asked, for each language.
pub const SAMPLES: usize = 500;
/// What samples are drawn at.
const TEMPERATURE: f32 = 0.8;
/// Held-out seeds from here on: those before are the validation text of a training run.
pub const FIRST_SEED: u64 = 1 << 20;

sys::coded_error! {
    /// Why a model cannot be measured by stories.
    pub enum UnfitError {
        /// Its tokenizer lacks characters that the stories of a language are written in.
        Alphabet {} = "eval.stories_alphabet",
    }
}

sys::coded_union! {
    /// What can keep a model from being measured.
    pub enum MeasureError {
        /// The suite is none for it.
        Unfit(UnfitError),
        /// It cannot take a prompt for another reason.
        Prepare(PrepareError),
    }
}

/// A case with what the model made of it, for those who want to look.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Told {
    /// Its language, `zh` or `en`.
    pub lang: &'static str,
    /// The opening that was given.
    pub opening: String,
    /// How the model went on.
    pub continuation: String,
    /// What is inconsistent in this story, and the story from there on; `None` if nothing is.
    pub fault: Option<String>,
    /// What was asked about the story as it was meant.
    pub question: String,
    /// What the model answered.
    pub answer: String,
    /// The acceptable answers.
    pub acceptable: Vec<String>,
    /// Whether it is one of them.
    pub right: bool,
    /// Whether the model's context holds both prompts. What did not fit was not asked: the answer is empty and wrong.
    pub fits: bool,
}

/// Fails unless the tokenizer of `model` can write the stories that [`measure`] would ask about, which is known long before.
///
/// # Errors
/// [`UnfitError`].
pub fn check(model: &TextModel, n: usize) -> Result<(), UnfitError> {
    for lang in Lang::ALL {
        for (i, story) in held_out(lang, n).iter().enumerate() {
            let read = model.codec.tokenizer().encode(&asked(i, story), Special::Text);
            if let Err(TokenizerError::UnknownCharacter { .. }) = read {
                return Err(UnfitError::Alphabet {});
            }
        }
    }
    Ok(())
}

/// Measures `model` with `n` stories and `n` questions a language; `training` is the text that it learnt from.
///
/// Returns the lines `consistent`, `verbatim` and `answers` of each language, and all cases. `on_progress` hears how many of
/// the `4 * n` requests are done.
///
/// # Errors
/// [`MeasureError`].
pub fn measure(
    model: &TextModel,
    training: &Training,
    n: usize,
    mut on_progress: impl FnMut(usize),
) -> Result<(Vec<Line>, Vec<Told>), MeasureError> {
    check(model, n)?;
    let (mut lines, mut cases) = (Vec::new(), Vec::new());
    let mut engine = model.engine(infer::Limits::standard());
    for (round, lang) in Lang::ALL.into_iter().enumerate() {
        let stories = held_out(lang, n);
        let before = round * 2 * n;
        let told = tell(&mut engine, &stories, |done| on_progress(before + done))?;
        let answered = ask(&mut engine, &stories, |done| on_progress(before + n + done))?;
        let both = stories.iter().enumerate().zip(told.into_iter().zip(answered));
        let here: Vec<Told> = both.map(|((i, story), made)| judged(lang, i, story, made)).collect();
        lines.extend(summary(&here, training));
        cases.extend(here);
    }
    Ok((lines, cases))
}

fn held_out(lang: Lang, n: usize) -> Vec<Story> {
    (0..n as u64).map(|i| story(lang, Split::HeldOut, FIRST_SEED + i)).collect()
}

fn tell(engine: &mut TextEngine, stories: &[Story], on_done: impl FnMut(usize)) -> Result<Said, PrepareError> {
    let requests = stories.iter().enumerate().map(|(i, story)| request(Input::Text(story.opening.clone()), i));
    answers(engine, requests.collect(), on_done)
}

fn ask(engine: &mut TextEngine, stories: &[Story], on_done: impl FnMut(usize)) -> Result<Said, PrepareError> {
    let requests = stories
        .iter()
        .enumerate()
        .map(|(i, story)| request(Input::Messages(vec![Message::new(Role::User, asked(i, story))].into()), i));
    answers(engine, requests.collect(), on_done)
}

/// What was said to each request; `None` to one that the context does not hold.
type Said = Vec<Option<String>>;

fn answers(
    engine: &mut TextEngine,
    requests: Vec<GenerationRequest>,
    on_done: impl FnMut(usize),
) -> Result<Said, PrepareError> {
    let mut fits = Vec::with_capacity(requests.len());
    for request in &requests {
        fits.push(match engine.prepare(request.clone()) {
            Ok(_) => true,
            Err(PrepareError::Submit(SubmitError::ContextExceeded { .. })) => false,
            Err(error) => return Err(error),
        });
    }
    let fitting = requests.into_iter().zip(&fits).filter(|(_, fits)| **fits).map(|(request, _)| request);
    let mut answers = generate_all(engine, fitting, on_done)?.into_iter().map(|answer| answer.text);
    Ok(fits.into_iter().map(|fits| if fits { answers.next() } else { None }).collect())
}

/// A whole story with its question, which together hold every character of both prompts.
fn asked(i: usize, story: &Story) -> String {
    format!("{}\n{}", story.text, question(i, story).text)
}

/// Each story is asked about once; over the stories every kind of question has its turn.
fn question(i: usize, story: &Story) -> &Question {
    &story.questions[i % story.questions.len()]
}

fn request(input: Input, i: usize) -> GenerationRequest {
    GenerationRequest { temperature: TEMPERATURE, seed: i as u64, ..GenerationRequest::greedy(input) }
}

fn judged(lang: Lang, i: usize, story: &Story, (told, answered): (Option<String>, Option<String>)) -> Told {
    let fits = told.is_some() && answered.is_some();
    let (continuation, answer) = (told.unwrap_or_default(), answered.unwrap_or_default());
    let Question { text: question, answers: acceptable, .. } = question(i, story).clone();
    let opening = story.opening.clone();
    let whole = format!("{opening}{continuation}");
    let fault = read(lang, &whole).err().map(|found| format!("{:?}: {}", found.fault, &whole[found.at..]));
    let right = is_right(&answer, &acceptable);
    Told { lang: lang.code(), opening, continuation, fault, question, answer, acceptable, right, fits }
}

fn summary(cases: &[Told], training: &Training) -> Vec<Line> {
    let Some(first) = cases.first() else { return Vec::new() };
    let line = |metric, share| Line::of_share("stories", metric, Some(first.lang), share);
    vec![
        line("consistent", Share::count(cases.iter().map(|case| case.fault.is_none()))),
        line("verbatim", verbatim(cases.iter().map(|case| case.continuation.as_str()), training)),
        line("answers", Share::count(cases.iter().map(|case| case.right))),
    ]
}

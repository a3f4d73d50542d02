//! Stories as training documents: plain, told on request, or given with questions, in the chat template's markers.

use super::rng::Rng;
use super::world::World;
use super::{Lang, Purpose, Question, Split, Story, stream};

/// Draws of a document's form; the others are plain stories.
const TOLD_ON_REQUEST: usize = 0;
const ASKED_ABOUT: usize = 1;

/// The document of `seed`: half are plain stories, a quarter a request, its story and three to six questions, a quarter a
/// story with a question and as many further ones: they are where most is learnt about looking back. A story told on
/// request has no aside: asides hold most of the rare words, which a small model may read before it can write them.
/// Markers are literal text; the end-of-document marker is the caller's.
pub fn document(lang: Lang, split: Split, seed: u64) -> String {
    let mut rng = stream(lang, split, seed, Purpose::Document);
    let form = rng.below(4);
    let (world, plot) = super::told(lang, split, seed, form != TOLD_ON_REQUEST);
    let story = super::finish(&world, lang, plot);
    match form {
        TOLD_ON_REQUEST => told_on_request(&world, story, &mut rng),
        ASKED_ABOUT => asked_about(story, &mut rng),
        _ => story.text,
    }
}

/// `n_documents` training documents, languages taking turns; different seeds give different corpora.
pub fn corpus(seed: u64, n_documents: usize) -> impl Iterator<Item = String> {
    // A story's seed has 61 bits, so a corpus's keeps 29 for itself; what is above them is mixed in (the golden ratio's bits).
    let first = (seed << 32) ^ (seed >> 29).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (0..n_documents as u64).map(move |i| document(Lang::ALL[(i % 2) as usize], Split::Train, first.wrapping_add(i / 2)))
}

fn told_on_request(world: &World, story: Story, rng: &mut Rng) -> String {
    let request = world.say(rng.word(world.language.requests), None);
    let mut text = String::new();
    turn(&mut text, &request, &story.text);
    ask(&mut text, story.questions, rng);
    text
}

fn asked_about(mut story: Story, rng: &mut Rng) -> String {
    let mut text = String::new();
    let at = rng.below(story.questions.len());
    let question = story.questions.swap_remove(at);
    turn(&mut text, &format!("{}\n{}", story.text, question.text), answer(&question, rng));
    ask(&mut text, story.questions, rng);
    text
}

fn ask(text: &mut String, mut questions: Vec<Question>, rng: &mut Rng) {
    rng.shuffle(&mut questions);
    for question in questions.iter().take(3 + rng.below(4)) {
        turn(text, &question.text, answer(question, rng));
    }
}

/// Mostly the usual answer.
fn answer<'a>(question: &'a Question, rng: &mut Rng) -> &'a str {
    let usual = &question.answers[0];
    if rng.one_in(5) { &question.answers[rng.below(question.answers.len())] } else { usual }
}

fn turn(text: &mut String, user: &str, assistant: &str) {
    for part in ["<|user|>", user, "<|end|><|assistant|>", assistant, "<|end|>"] {
        text.push_str(part);
    }
}

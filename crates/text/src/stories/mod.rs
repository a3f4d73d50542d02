//! `stories`: an endless corpus of small stories in Chinese and English that needs no network and no licence.
//!
//! A story is a plot (a fixed order of events from a shared inventory) played by named people with one object in one
//! scene. Every event has several wordings. What makes a story consistent is always something told before that is taken
//! up again many words later: the object, its last place, who holds it, the reason given, the wish that the end
//! fulfils. So a model must look back; counting neighbouring words is not enough, and copying is.
//!
//! Half of the documents are plain stories, a quarter answer a request with a story and then questions about it, a
//! quarter give a story and ask. Held-out documents have plots that training never sees and streams of random numbers
//! that training cannot reach. The judge of consistency is in crate `eval` and shares nothing with this module.
//!
//! ```
//! use text::stories::{Lang, Split, story};
//! let story = story(Lang::En, Split::Train, 7);
//! assert!(story.text.starts_with(&story.opening));
//! ```

mod chinese;
mod document;
mod english;
mod language;
mod plot;
mod questions;
mod rng;
mod world;

pub use document::{corpus, document};
pub use plot::{PLOTS, Plot};

use language::Language;
use rng::Rng;
use world::World;

/// The language of a story.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Lang {
    /// Chinese.
    Zh,
    /// English.
    En,
}

impl Lang {
    /// Both, in the order in which a corpus takes turns.
    pub const ALL: [Lang; 2] = [Lang::Zh, Lang::En];

    /// `zh` or `en`.
    pub fn code(self) -> &'static str {
        match self {
            Lang::Zh => "zh",
            Lang::En => "en",
        }
    }

    fn words(self) -> &'static Language {
        match self {
            Lang::Zh => &chinese::CHINESE,
            Lang::En => &english::ENGLISH,
        }
    }
}

/// Which plots and seeds a story comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Split {
    /// Plots and random streams for training.
    Train,
    /// Plots and random streams that training never sees.
    HeldOut,
}

/// A story and what may be asked about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Story {
    /// Its language.
    pub lang: Lang,
    /// Its plot, an index into [`PLOTS`].
    pub plot: usize,
    /// The whole story, one paragraph.
    pub text: String,
    /// All before the first event: the heroes, the scene, the object. `text` starts with it.
    pub opening: String,
    /// Questions whose answers the story gives, in no particular order; at least three.
    pub questions: Vec<Question>,
}

/// What a question asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum QuestionKind {
    /// A person or an animal.
    Who,
    /// A place.
    Where,
    /// A reason.
    Why,
    /// The event that follows.
    ThenWhat,
}

/// A question about a story.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question {
    /// What it asks for.
    pub kind: QuestionKind,
    /// The question itself.
    pub text: String,
    /// All right answers, the usual one first.
    pub answers: Vec<String>,
}

/// The story of `seed`; every seed gives one, always the same.
pub fn story(lang: Lang, split: Split, seed: u64) -> Story {
    let (world, plot) = told(lang, split, seed, true);
    finish(&world, lang, plot)
}

fn finish(world: &World, lang: Lang, plot: usize) -> Story {
    let join = |sentences: &[String]| sentences.join(lang.words().forms.space);
    let questions = questions::about(world);
    Story { lang, plot, text: join(&world.sentences), opening: join(world.opening()), questions }
}

/// With `asides`, half of the openings hold a sentence that changes nothing.
fn told(lang: Lang, split: Split, seed: u64, asides: bool) -> (World, usize) {
    let mut rng = stream(lang, split, seed, Purpose::Story);
    let plots = PLOTS.iter().filter(|plot| plot.held_out == (split == Split::HeldOut));
    let plots: Vec<&Plot> = plots.collect();
    let plot = *rng.pick(&plots);
    (World::play(lang.words(), plot, asides, &mut rng), plot.id)
}

/// What random numbers are drawn for: the story itself, or the form of its document.
#[derive(Clone, Copy)]
enum Purpose {
    Story,
    Document,
}

/// The low three bits name split, language and purpose, so that no two of them ever share a stream.
fn stream(lang: Lang, split: Split, seed: u64, purpose: Purpose) -> Rng {
    let bits = u64::from(split == Split::HeldOut) | u64::from(lang == Lang::Zh) << 1 | (purpose as u64) << 2;
    Rng::new(seed << 3 | bits)
}

//! The three numbers of the suite, each a [`Share`].

use super::reader::read;
use crate::Share;
use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use text::stories::Lang;

/// Share of whole stories (opening and continuation) that [`read`] accepts.
pub fn consistent(lang: Lang, stories: &[String]) -> Share {
    Share::count(stories.iter().map(|story| read(lang, story).is_ok()))
}

/// Sentences in a row that make a copy, wherever they stand in the training story. Three tell copies from chance: of the
/// generator's own held-out stories 0.0004 have such a run in 30,000 training documents, of training stories all; with
/// two it is a tenth of them, with four or more a copy of half a story goes unnoticed.
const RUN: usize = 3;

/// The training stories in a form in which copies are looked up fast: hashes of all their runs of [`RUN`] sentences.
#[derive(Default)]
pub struct Training(HashSet<u64>);

impl Training {
    /// Collects the stories of training documents: plain text as it is, of chats every turn.
    pub fn new(documents: impl Iterator<Item = String>) -> Training {
        let mut training = Training::default();
        for document in documents {
            for turn in document.split("<|") {
                let text = turn.split_once("|>").map_or(turn, |(_, text)| text);
                // A question may follow the story on a line of its own.
                training.0.extend(runs(text.split('\n').next().unwrap_or("")));
            }
        }
        training
    }
}

/// Share of samples copied: what follows the given beginning has [`RUN`] sentences in a row that stand so in one
/// training story (spaces squeezed). The beginning itself was given, so it does not count.
pub fn verbatim<'a>(continuations: impl Iterator<Item = &'a str>, training: &Training) -> Share {
    Share::count(continuations.map(|continuation| runs(continuation).any(|run| training.0.contains(&run))))
}

/// A hash of every run of [`RUN`] sentences.
fn runs(text: &str) -> impl Iterator<Item = u64> {
    let sentences: Vec<String> = sentences(text).into_iter().map(squeeze).collect();
    let runs: Vec<u64> = sentences.windows(RUN).map(hash).collect();
    runs.into_iter()
}

/// Cuts a text behind the full stops, question and exclamation marks that stand outside of quotation marks.
fn sentences(text: &str) -> Vec<&str> {
    let mut quoted = false;
    text.split_inclusive(|c| {
        quoted = c == '“' || quoted && c != '”';
        !quoted && matches!(c, '.' | '?' | '!' | '。' | '？' | '！')
    })
    .collect()
}

/// Whether an answer equals one of the acceptable ones but for case, spaces and punctuation.
pub fn is_right(answer: &str, acceptable: &[String]) -> bool {
    acceptable.iter().any(|right| plain(right) == plain(answer))
}

fn plain(answer: &str) -> String {
    answer.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn hash(run: &[String]) -> u64 {
    let mut hasher = DefaultHasher::new();
    run.hash(&mut hasher);
    hasher.finish()
}

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

/// The training stories in a form in which continuations are looked up fast: hashes of all ends of all stories, cut
/// where a sentence begins.
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
                training.add(text.split('\n').next().unwrap_or(""));
            }
        }
        training
    }

    fn add(&mut self, story: &str) {
        let story = squeeze(story);
        let starts = story.char_indices().filter(|(_, c)| matches!(c, '.' | '。' | '”' | '?' | '？' | '!' | '！'));
        let starts: Vec<usize> = starts.map(|(at, c)| at + c.len_utf8()).collect();
        for start in starts {
            self.0.insert(hash(story[start..].trim_start()));
        }
        self.0.insert(hash(&story));
    }
}

/// Share of samples copied: all that follows the given opening stands, as a whole and up to its end, as the end of one
/// training story (spaces squeezed). The opening itself was given, so it does not count.
pub fn verbatim<'a>(continuations: impl Iterator<Item = &'a str>, training: &Training) -> Share {
    // Nothing is no copy, though every story ends in it.
    let is_copy = |text: String| !text.is_empty() && training.0.contains(&hash(&text));
    Share::count(continuations.map(|continuation| is_copy(squeeze(continuation))))
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

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

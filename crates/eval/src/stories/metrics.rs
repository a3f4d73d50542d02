//! The three numbers of the suite, each a share with a 95 % Wilson score interval (Wilson, 1927).

use super::reader::read;
use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use text::stories::Lang;

/// A share of `n` cases.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// Cases.
    pub n: usize,
    /// Cases that count.
    pub hits: usize,
    /// `hits / n`; 0 if there are no cases.
    pub value: f64,
    /// 95 % Wilson interval of the share; `[0, 1]` if there are no cases.
    pub ci95: [f64; 2],
}

impl Share {
    /// ```
    /// let share = eval::stories::Share::of(8, 10);
    /// assert_eq!(share.value, 0.8);
    /// assert!((share.ci95[0] - 0.490).abs() < 1e-3 && (share.ci95[1] - 0.943).abs() < 1e-3);
    /// ```
    pub fn of(hits: usize, n: usize) -> Share {
        if n == 0 {
            return Share { n, hits, value: 0.0, ci95: [0.0, 1.0] };
        }
        let z = 1.959_964;
        let (p, count) = (hits as f64 / n as f64, n as f64);
        let scale = 1.0 + z * z / count;
        let centre = (p + z * z / (2.0 * count)) / scale;
        let half = z / scale * (p * (1.0 - p) / count + z * z / (4.0 * count * count)).sqrt();
        Share { n, hits, value: p, ci95: [(centre - half).max(0.0), (centre + half).min(1.0)] }
    }

    fn count(cases: impl Iterator<Item = bool>) -> Share {
        let (hits, n) = cases.fold((0, 0), |(hits, n), hit| (hits + usize::from(hit), n + 1));
        Share::of(hits, n)
    }
}

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
///
/// `samples` are pairs of the opening and the whole story, which starts with it.
pub fn verbatim(samples: &[(String, String)], training: &Training) -> Share {
    Share::count(samples.iter().map(|(opening, story)| {
        let continuation = squeeze(story.strip_prefix(opening.as_str()).unwrap_or(story));
        training.0.contains(&hash(&continuation))
    }))
}

/// Share of answers that equal one of the acceptable ones but for case, spaces and punctuation.
///
/// `given` are pairs of a model's answer and the acceptable answers.
pub fn answers<'a>(given: impl Iterator<Item = (&'a str, &'a [String])>) -> Share {
    Share::count(given.map(|(answer, acceptable)| acceptable.iter().any(|right| plain(right) == plain(answer))))
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

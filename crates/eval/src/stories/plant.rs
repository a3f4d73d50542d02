//! Plants one error in a consistent story, to find out whether [`super::read`] notices.
//!
//! A planted error must be one by meaning, not merely a change; so it is planted only where that is certain:
//! - *name*: after the opening, a hero is replaced by a child who occurs nowhere in the story. Somebody acts who was
//!   never introduced and cannot have come along unnoticed, for only elders come along.
//! - *object*: one later mention of the object becomes another thing. A story has one object only.
//! - *place*: where the object is found, told of or missed becomes a place that no one put it.
//! - *order*: two sentences change places of which the second needs the first: what was forgotten is remembered, what
//!   broke is mended, what was hidden is found, a deed is thanked for. The pairs stand in [`NEEDS`].
//! - *cause*: the reason given on being asked becomes another reason of the same sort, which nobody told.

use super::grammar::{Sentence, grammar};
use super::reader::sentences;
use text::stories::Lang;

/// What kind of error to plant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Error {
    /// A wrong name.
    Name,
    /// A wrong object.
    Object,
    /// A wrong place.
    Place,
    /// Two sentences in the wrong order.
    Order,
    /// A wrong reason.
    Cause,
}

/// Kinds of events of which the second cannot happen before the first.
const NEEDS: &[(&str, &str)] = &[
    ("lay", "take"),
    ("lay-go", "miss"),
    ("move", "find"),
    ("theft", "find"),
    ("hide", "find"),
    ("forget", "find"),
    ("forget", "recall"),
    ("find", "end"),
    ("break", "fetch"),
    ("break", "mend"),
    ("fetch", "mend"),
    ("mend", "end"),
    ("wait", "wait-over"),
    ("lend", "return"),
    ("teach", "master"),
    ("give", "keep"),
    ("quarrel", "sorry"),
    ("wish", "end"),
];

/// `story` with one error, or `None` where no such error fits. `draw(n)` chooses from `0..n`.
pub fn plant(lang: Lang, story: &str, error: Error, mut draw: impl FnMut(usize) -> usize) -> Option<String> {
    let sentences = sentences(lang, story).ok()?;
    let opening = sentences.iter().position(|sentence| sentence.kind == "bring")? + 1;
    let later = &sentences[opening..];
    let grammar = grammar(lang);
    let (slots, list, where_to): (&[&str], String, &[&str]) = match error {
        Error::Order => return exchange(story, later, draw),
        Error::Name => (&["x", "y"], "child".into(), &[]),
        Error::Object => (&["o"], "noun".into(), &[]),
        Error::Place => (&["p"], "place".into(), &["find", "tell", "hint", "take", "recall", "miss"]),
        Error::Cause => (&["r"], String::new(), &["explain"]),
    };
    let mut spots = Vec::new();
    for sentence in later {
        if !where_to.is_empty() && !where_to.contains(&sentence.kind.as_str()) {
            continue;
        }
        for (slot, range) in &sentence.slots {
            let word = &story[range.clone()];
            let elder = grammar.list("elder").iter().any(|elder| elder == word);
            if slots.contains(&slot.as_str()) && !elder {
                let list = if list.is_empty() { format!("reason {}", sentence.topic) } else { list.clone() };
                spots.push((range.clone(), list));
            }
        }
    }
    if spots.is_empty() {
        return None;
    }
    let (range, list) = spots.swap_remove(draw(spots.len()));
    let strangers: Vec<&String> = grammar.list(&list).iter().filter(|word| !story.contains(word.as_str())).collect();
    if strangers.is_empty() {
        return None;
    }
    let stranger = strangers[draw(strangers.len())];
    Some(format!("{}{stranger}{}", &story[..range.start], &story[range.end..]))
}

fn exchange(story: &str, later: &[Sentence], mut draw: impl FnMut(usize) -> usize) -> Option<String> {
    let mut pairs = Vec::new();
    for (i, first) in later.iter().enumerate() {
        for second in &later[i + 1..] {
            let thanks = second.kind == "thank" && second.topic == first.kind;
            let explains = second.kind == "explain" && second.topic == first.kind;
            if thanks || explains || NEEDS.contains(&(first.kind.as_str(), second.kind.as_str())) {
                pairs.push((first.span.clone(), second.span.clone()));
            }
        }
    }
    if pairs.is_empty() {
        return None;
    }
    let (first, second) = pairs.swap_remove(draw(pairs.len()));
    let [before, between, after] = [&story[..first.start], &story[first.end..second.start], &story[second.end..]];
    Some([before, &story[second], between, &story[first], after].concat())
}

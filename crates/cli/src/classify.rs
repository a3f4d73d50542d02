//! `sanjie classify`: the labels of the lines of a text, or how well the two texts of each line belong together.

use crate::{Failure, Outcome, failure, input, model, print_line};
use infer::{Classifier, Passage};
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// Lines read at a time, so that the first results come early.
const LINES: usize = 256;

/// A classifier that is small, and most asked for.
const CROSS_ENCODER: &str = "cross-encoder/ms-marco-MiniLM-L6-v2";

/// What `sanjie classify` takes.
#[derive(clap::Args)]
pub struct Arguments {
    model: PathBuf,
    // Standard input, if it is left out.
    file: Option<PathBuf>,
    #[arg(long)]
    json: bool,
}

sys::coded_error! {
    /// Why a line holds no passage.
    pub enum LineError {
        /// A line of a file whose first line is JSON is neither an object with a text nor a list of texts.
        Json { line: usize } = "cli.classify_json",
        /// A line has more than one tab.
        Tabs { line: usize } = "cli.classify_tabs",
    }
}

/// Runs it.
pub fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    // What cannot be read is said before a model is opened.
    let passages = passages(&input::read(arguments.file.as_deref())?).map_err(failure)?;
    let path = model::locate_pulled(&arguments.model, CROSS_ENCODER).map_err(failure)?;
    let folder = models::classifier::open(&path).map_err(failure)?;
    let classifier = Classifier::new(folder).map_err(failure)?;
    for (number, part) in passages.chunks(LINES).enumerate() {
        let borrowed = part.iter().map(|(text, pair)| Passage { text, pair: pair.as_deref() });
        let scores = classifier.scores(&borrowed.collect::<Vec<_>>()).map_err(failure)?;
        for (i, scores) in scores.iter().enumerate() {
            let index = number * LINES + i;
            print_line(&if arguments.json {
                as_json(&classifier, index, scores)
            } else {
                as_words(&classifier, scores)
            });
        }
    }
    Ok(Outcome::Done)
}

/// The likeliest label and its score.
fn best<'a>(classifier: &'a Classifier, scores: &[f32]) -> (&'a str, f32) {
    let mut best = 0;
    for (i, &score) in scores.iter().enumerate() {
        if score > scores[best] {
            best = i;
        }
    }
    (&classifier.labels()[best], scores[best])
}

fn as_json(classifier: &Classifier, index: usize, scores: &[f32]) -> String {
    if let &[score] = scores {
        return json!({ "index": index, "score": score }).to_string();
    }
    let named: Map<String, Value> =
        classifier.labels().iter().zip(scores).map(|(label, score)| (label.clone(), json!(score))).collect();
    json!({ "index": index, "label": best(classifier, scores).0, "scores": named }).to_string()
}

fn as_words(classifier: &Classifier, scores: &[f32]) -> String {
    let (label, score) = best(classifier, scores);
    if scores.len() == 1 { format!("{score:.6}") } else { format!("{score:.6}  {label}") }
}

/// A text a line, or two with a tab between them; or, if the first line is JSON, an object or a list of them.
fn passages(input: &str) -> Result<Vec<(String, Option<String>)>, LineError> {
    let is_json = input.lines().next().is_some_and(|line| of_json(line).is_some());
    let lines = input.lines().zip(1..);
    if is_json {
        return lines.map(|(text, line)| of_json(text).ok_or(LineError::Json { line })).collect();
    }
    lines
        .map(|(text, line)| match text.split('\t').collect::<Vec<_>>().as_slice() {
            [text] => Ok((text.to_string(), None)),
            [text, pair] => Ok((text.to_string(), Some(pair.to_string()))),
            _ => Err(LineError::Tabs { line }),
        })
        .collect()
}

/// `{"text": A, "text_pair": B}` or `[A, B]`, in both of which B may be missing.
fn of_json(line: &str) -> Option<(String, Option<String>)> {
    let words = |value: &Value| value.as_str().map(str::to_string);
    match serde_json::from_str(line).ok()? {
        Value::Object(keys) => {
            let pair = keys.get("text_pair").filter(|pair| !pair.is_null());
            let pair = pair.map(words);
            if pair == Some(None) { None } else { Some((words(keys.get("text")?)?, pair.flatten())) }
        }
        Value::Array(texts) => match texts.as_slice() {
            [text] => Some((words(text)?, None)),
            [text, pair] => Some((words(text)?, Some(words(pair)?))),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_texts_pairs_or_json() {
        let pair = |text: &str, pair: Option<&str>| (text.to_string(), pair.map(str::to_string));
        let read = |input: &str| passages(input).map_err(|error| error.to_string());
        assert_eq!(read("a b\nc\td\n\n"), Ok(vec![pair("a b", None), pair("c", Some("d")), pair("", None)]));
        let json = "{\"text\": \"a\", \"text_pair\": \"b\", \"id\": 3}\n[\"c\", \"d\"]\n[\"e\"]\n{\"text\": \"f\"}";
        let expected = vec![pair("a", Some("b")), pair("c", Some("d")), pair("e", None), pair("f", None)];
        assert_eq!(read(json), Ok(expected));
        assert_eq!(read("{a text}\tb"), Ok(vec![pair("{a text}", Some("b"))]));
        assert_eq!(read(""), Ok(vec![]));
        for (input, code) in [
            ("a\nb\tc\td", "cli.classify_tabs"),
            ("[\"a\"]\nb", "cli.classify_json"),
            ("[\"a\"]\n{\"text\": \"a\", \"text_pair\": 3}", "cli.classify_json"),
        ] {
            assert!(read(input).is_err_and(|error| error.starts_with(code) && error.contains('2')), "{input}");
        }
    }
}

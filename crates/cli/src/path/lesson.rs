//! `sanjie path TOPIC`: a topic's lesson on the terminal, as Markdown.
//!
//! What a terminal can show of a directive is shown: the engine's source, the question, the command that begins a step.
//! What it cannot (a live figure, a question's verdict) is named with the way to it in the studio.

use super::said;
use crate::{Failure, Outcome, failure, print_line};
use course::Curriculum;
use course::curriculum::{Figure, Topic, TopicContent};
use course::quiz::QuizUse;
use messages::{Lang, text};

/// The heading with this id, as it reads.
pub fn heading<'a>(lesson: &'a str, id: &str) -> Option<&'a str> {
    let line = lesson.lines().find(|line| line.starts_with('#') && line.ends_with(&format!("{{#{id}}}")))?;
    Some(without_id(line).trim_start_matches('#').trim())
}

/// Prints the lesson of the topic called `id`.
pub fn show(lang: Lang, curriculum: &Curriculum, id: &str) -> Result<Outcome, Failure> {
    let (topic, content) = curriculum.built_topic(id).map_err(failure)?;
    print_line(Page { lang, topic, content }.lesson().trim_end());
    Ok(Outcome::Done)
}

/// A lesson being written out.
struct Page<'a> {
    lang: Lang,
    topic: &'a Topic,
    content: &'a TopicContent,
}

impl Page<'_> {
    fn lesson(&self) -> String {
        let mut page = String::new();
        let mut lines = said(self.lang, &self.content.lesson).lines();
        while let Some(line) = lines.next() {
            let Some(info) = line.strip_prefix("```") else {
                page += &format!("{}\n", without_id(line));
                continue;
            };
            let body: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
            page += &self.fence(info, &body.join("\n"));
        }
        page + "\n" + &self.afterwards()
    }

    /// A fenced block: a directive as far as a terminal can show it, anything else as it is.
    fn fence(&self, info: &str, body: &str) -> String {
        let block = |language: &str, body: &str| format!("```{language}\n{body}\n```\n");
        match info.split_whitespace().collect::<Vec<_>>()[..] {
            ["source", path] => match studio::engine_source(path) {
                Some((file, source)) => format!("`{path}`, {file}:\n\n{}", block("rust", &source)),
                None => format!("`{path}`\n"),
            },
            ["figure", _] => {
                let Figure { caption, text } = Figure::parse(body).expect("the loader has read the figure");
                self.quoted("cli.lesson_figure", &[("caption", &caption), ("text", &text)])
            }
            ["predict", item] => self.question(item),
            ["lab", lab, step] => {
                let of_lab = self.content.labs.iter().find(|known| known.id == lab);
                let title = of_lab.and_then(|lab| lab.step(step)).map_or(step, |step| said(self.lang, &step.title));
                self.quoted("cli.lesson_step", &[("lab", lab), ("step", step), ("title", title)])
            }
            ["python", "run"] => block("python", body),
            ["output"] => block("text", body),
            _ => block(info, body),
        }
    }

    /// A question that stands before its answer. Always the same variant: what was drawn is drawn anew in the studio.
    fn question(&self, item: &str) -> String {
        let Some(item) = self.topic.question(item) else { return String::new() };
        let question = item.ask(0, self.lang.tag());
        let options = question.options.iter().enumerate().map(|(at, option)| format!("\n{}. {option}", at + 1));
        let options: String = options.collect();
        self.quoted("cli.lesson_question", &[("question", &question.text), ("options", &options)])
    }

    /// What there is to do once the lesson is read.
    fn afterwards(&self) -> String {
        let questions = self.content.quiz.iter().filter(|item| item.used == QuizUse::Quiz).count().to_string();
        let mut said_of = vec![self.quoted("cli.lesson_quiz", &[("questions", &questions)])];
        said_of.extend(self.content.labs.iter().map(|lab| self.quoted("cli.lesson_lab", &[("lab", &lab.id)])));
        said_of.join("")
    }

    /// A sentence of the catalogue, set off from the lesson's own words.
    fn quoted(&self, key: &str, fields: &[(&str, &str)]) -> String {
        let title = said(self.lang, &self.topic.graph.title);
        let words = text(self.lang, key, &[fields, &[("topic", title)]].concat());
        words.lines().map(|line| format!("> {line}\n")).collect()
    }
}

/// A heading without the `{#id}` that links lead to.
fn without_id(line: &str) -> &str {
    match line.split_once(" {#") {
        Some((heading, _)) if line.starts_with('#') => heading,
        _ => line,
    }
}

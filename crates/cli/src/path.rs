//! `sanjie path` and `sanjie next`: where the learner stands, what a topic teaches, and what to do now.

pub mod lesson;
mod review;

use crate::{Failure, Outcome, complain, failure, print_line};
use course::events::{Event, Log};
use course::progress::{self, Next, TopicState, Why};
use course::{Curriculum, Words, desk, session};
use messages::{Lang, text};
use std::path::{Path, PathBuf};

/// Which curriculum.
#[derive(clap::Args, Default)]
pub struct CurriculumArguments {
    #[arg(long, value_name = "DIR")]
    curriculum: Option<PathBuf>,
}

/// What `sanjie path` takes.
#[derive(clap::Args)]
pub struct Arguments {
    #[arg(value_name = "TOPIC", conflicts_with = "json")]
    topic: Option<String>,
    #[command(flatten)]
    curriculum: CurriculumArguments,
    #[arg(long)]
    json: bool,
}

/// What `sanjie next` takes.
#[derive(clap::Args)]
pub struct NextArguments {
    #[command(flatten)]
    curriculum: CurriculumArguments,
}

impl CurriculumArguments {
    /// The built-in curriculum with that folder over it.
    pub fn load(&self) -> Result<Curriculum, Failure> {
        Curriculum::load(self.curriculum.as_deref()).map_err(failure)
    }

    /// The folder, which learners' code must not see.
    pub fn folder(&self) -> Option<&PathBuf> {
        self.curriculum.as_ref()
    }
}

/// The learner's log in the data folder.
pub fn open_log() -> Result<Log, Failure> {
    Log::open(&desk::log_file(&sys::data_folder())).map_err(failure)
}

/// A phrase of the course in the language of messages.
pub fn said(lang: Lang, words: &Words) -> &str {
    words.in_language(lang.tag())
}

/// Runs `sanjie path`.
pub fn run(lang: Lang, arguments: &Arguments) -> Result<Outcome, Failure> {
    let curriculum = arguments.curriculum.load()?;
    if let Some(topic) = &arguments.topic {
        return lesson::show(lang, &curriculum, topic);
    }
    let path = progress::path(&curriculum, &events(lang), lang.tag());
    if arguments.json {
        print_line(&serde_json::to_string(&path).expect("the path is JSON"));
        return Ok(Outcome::Done);
    }
    let widest = curriculum.topics.iter().map(|topic| topic.graph.id.len()).max().unwrap_or_default();
    for stage in &path.stages {
        let hours: f64 = stage.topics.iter().map(|topic| topic.hours).sum();
        let fields = [("title", stage.title.as_str()), ("hours", &hours.to_string())];
        print_line(&text(lang, "cli.path_stage", &fields));
        for topic in &stage.topics {
            let (mark, hours) = (mark(topic.state), topic.hours);
            print_line(&format!("  {mark} {:widest$}  {hours:>4} h  {}", topic.id, topic.title));
        }
    }
    print_line(&text(lang, "cli.path_marks", &[]));
    Ok(Outcome::Done)
}

/// Runs `sanjie next`: asks what is due, else names the next step of the path.
pub fn run_next(lang: Lang, arguments: &NextArguments) -> Result<Outcome, Failure> {
    let curriculum = arguments.curriculum.load()?;
    let log = open_log()?;
    let events = log.events().map_err(failure)?;
    let session = session::session(&curriculum, &events, sys::unix_millis());
    if review::ask(lang, &curriculum, &log, &events, &session)? {
        return Ok(Outcome::Done);
    }
    let Some(next) = &session.next else {
        // Reviews that were left for later may be all there is.
        if session.n_due > 0 {
            return Ok(Outcome::Done);
        }
        print_line(&text(lang, "cli.next_nothing", &[]));
        match session.due_in_days {
            None => {}
            Some(1) => print_line(&text(lang, "cli.next_due_tomorrow", &[])),
            Some(days) => print_line(&text(lang, "cli.next_due_in", &[("days", &days.to_string())])),
        }
        return Ok(Outcome::Done);
    };
    let title = title(lang, &curriculum, &next.topic);
    let is_begun = |lab: &str| {
        let lab = curriculum.lab(lab).ok();
        lab.is_some_and(|lab| !desk::files(lab, &events, Path::new(".")).is_empty())
    };
    let key = match &next.step {
        None => "cli.next_topic",
        Some((lab, _)) if is_begun(lab) => "cli.next_step",
        Some(_) => "cli.next_lab",
    };
    let (lab, step) = next.step.clone().unwrap_or_else(|| {
        let content = curriculum.topic(&next.topic).and_then(|topic| topic.content.as_ref());
        (content.and_then(|content| content.sheet.labs.first().cloned()).unwrap_or_default(), String::new())
    });
    let fields = [("title", title), ("topic", &next.topic), ("lab", &lab), ("step", &step)];
    print_line(&text(lang, key, &fields));
    print_line(&why(lang, &curriculum, next));
    Ok(Outcome::Done)
}

/// Why this is next, in one sentence.
fn why(lang: Lang, curriculum: &Curriculum, next: &Next) -> String {
    match &next.why {
        Why::Begun => text(lang, "next.begun", &[]),
        Why::First => text(lang, "next.first", &[]),
        Why::After(topics) => {
            let titles: Vec<&str> = topics.iter().map(|id| title(lang, curriculum, id)).collect();
            let titles = titles.join(&text(lang, "next.and", &[]));
            text(lang, "next.after", &[("topics", &titles)])
        }
    }
}

fn title<'a>(lang: Lang, curriculum: &'a Curriculum, topic: &str) -> &'a str {
    curriculum.topic(topic).map_or("", |topic| said(lang, &topic.graph.title))
}

/// The log's events. What shows where somebody stands can do without: of a log that cannot be read it is said why, and then there
/// are none.
pub fn events(lang: Lang) -> Vec<Event> {
    open_log().and_then(|log| log.events().map_err(failure)).unwrap_or_else(|error| {
        complain(lang, &messages::render(lang, error.as_ref()));
        vec![]
    })
}

fn mark(state: TopicState) -> char {
    match state {
        TopicState::Planned => '·',
        TopicState::Open => '○',
        TopicState::Started => '◐',
        TopicState::Passed => '●',
        TopicState::Mastered => '★',
    }
}

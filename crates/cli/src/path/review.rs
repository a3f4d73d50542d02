//! `sanjie next` while something is due: the question, the answer from standard input, the verdict, the log.

use super::said;
use crate::{Failure, complain, failure, print_line, say, say_piece};
use course::events::{Event, Log};
use course::quiz::QuizKind;
use course::review::{self, Card, Posed, Review};
use course::session::Session;
use course::{Curriculum, Grader, Tools, desk};
use messages::{Lang, text};
use std::io::BufRead;

/// Asks the first question that is due. Returns whether there was one and it was answered.
pub fn ask(
    lang: Lang,
    curriculum: &Curriculum,
    log: &Log,
    events: &[Event],
    session: &Session,
) -> Result<bool, Failure> {
    if session.reviews.is_empty() {
        return Ok(false);
    }
    let tools = desk::tools(&sys::data_folder());
    let posed = session.reviews.iter().find_map(|card| Some((card, pose(curriculum, events, card, &tools)?)));
    let Some((card, review)) = posed else { return Ok(false) };
    let n_options = show(lang, curriculum, card, &review);
    let Some(answer) = read_answer(lang, n_options) else { return Ok(false) };
    let answer = if n_options.is_some() { answer - 1.0 } else { answer };
    let trap = match &review.posed {
        Posed::Quiz(_, item) => {
            let judged = item.judge(review.seed, answer, lang.tag());
            let expected = match item.kind {
                QuizKind::Choice => judged.expected + 1.0,
                QuizKind::Number => judged.expected,
            };
            verdict(lang, judged.right, expected, &judged.why);
            log.add(review.answered(answer, judged.right, judged.trap.clone())).map_err(failure)?;
            judged.trap.and_then(|trap| card.topic.trap(&trap))
        }
        Posed::Mutant(lab, question) => {
            let right = answer == question.right as f64;
            let failed: Vec<&str> = question.failed.iter().map(|check| said(lang, &check.says)).collect();
            let why =
                text(lang, "review.mutant_why", &[("checks", &failed.join(&text(lang, "review.semicolon", &[])))]);
            verdict(lang, right, question.right as f64 + 1.0, &why);
            log.add(review.answered(answer, right, None)).map_err(failure)?;
            curriculum.trap(lab, &question.mutant.trap)
        }
    };
    if let Some(trap) = trap {
        print_line(&text(lang, "review.trap", &[("trap", said(lang, &trap.says))]));
    }
    let left = session.n_due - 1;
    let key = match left {
        0 => "review.no_more",
        1 => "review.one_more",
        _ => "review.more",
    };
    print_line(&text(lang, key, &[("n", &left.to_string())]));
    Ok(true)
}

fn pose<'a>(curriculum: &'a Curriculum, events: &[Event], card: &Card<'a>, tools: &'a Tools) -> Option<Review<'a>> {
    let can_run = tools.python.is_ok();
    review::pose(curriculum, events, card, &|lab| can_run.then(|| Grader::new(lab, answers::find, tools)))
}

/// Prints the question; returns how many options it has, none for a number.
fn show(lang: Lang, curriculum: &Curriculum, card: &Card, review: &Review) -> Option<usize> {
    let skill = curriculum.skill(card.skill).map_or(card.skill, |(_, words)| said(lang, words));
    let topic = said(lang, &card.topic.graph.title);
    print_line(&text(lang, "review.title", &[("skill", skill), ("topic", topic)]));
    let (key, fields) = card.why(sys::unix_millis());
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    print_line(&text(lang, key, &fields));
    print_line("");
    let options: Vec<String> = match &review.posed {
        Posed::Quiz(_, item) => {
            let question = item.ask(review.seed, lang.tag());
            print_line(&question.text);
            question.options
        }
        Posed::Mutant(_, question) => {
            print_line(&text(lang, "review.mutant", &[("entry", &question.step.entry)]));
            print_line("");
            for line in question.code.lines() {
                print_line(&format!("    {line}"));
            }
            print_line("");
            question.options.iter().map(|check| said(lang, &check.says).to_string()).collect()
        }
    };
    for (at, option) in options.iter().enumerate() {
        print_line(&format!("  {}  {option}", at + 1));
    }
    (!options.is_empty()).then_some(options.len())
}

/// Reads until there is an answer; an empty line or the end of the input leaves the question.
fn read_answer(lang: Lang, n_options: Option<usize>) -> Option<f64> {
    let prompt = match n_options {
        None => text(lang, "review.number", &[]),
        Some(n) => text(lang, "review.choose", &[("n", &n.to_string())]),
    };
    let mut lines = std::io::stdin().lock().lines();
    loop {
        say_piece(format_args!("{prompt} "));
        let line = lines.next().and_then(Result::ok).unwrap_or_default();
        let line = line.trim();
        if line.is_empty() {
            say("");
            say(text(lang, "review.left", &[]));
            return None;
        }
        let typed: Option<f64> = line.replace(',', ".").replace('−', "-").parse().ok();
        let fits = |typed: &f64| {
            let is_option = |n: usize| typed.fract() == 0.0 && *typed >= 1.0 && *typed <= n as f64;
            typed.is_finite() && n_options.is_none_or(is_option)
        };
        match typed.filter(fits) {
            Some(answer) => return Some(answer),
            None => complain(lang, &text(lang, "review.no_answer", &[("found", line)])),
        }
    }
}

fn verdict(lang: Lang, right: bool, expected: f64, why: &str) {
    // As many digits as anybody writes down.
    let expected = format!("{:.4}", expected);
    let expected = expected.trim_end_matches('0').trim_end_matches('.');
    let key = if right { "review.right" } else { "review.wrong" };
    print_line(&text(lang, key, &[("expected", expected)]));
    print_line(why);
}

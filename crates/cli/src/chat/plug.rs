//! `--plug LAB=FILE`: the learner's attention answers, and after each answer stands beside the engine's.

use crate::lab::{show, tools};
use crate::path::said;
use crate::plug::{describe, failed_check, show_printed};
use crate::{Failure, complain, failure, print_line, print_piece, say};
use answers::plug::attention::LAB;
use answers::plug::{Comparison, LearnerAttention, step};
use course::{Curriculum, Grader, desk};
use infer::{GenerationRequest, PrepareError, Prepared, TextModel};
use messages::{Lang, text};
use std::ops::ControlFlow;
use std::path::Path;

/// Starts the learner's file and says whether it passes its step; `None` if it cannot be loaded, which is said, too.
pub fn open(lang: Lang, lab: &str, file: &Path) -> Result<Option<LearnerAttention>, Failure> {
    let curriculum = Curriculum::load(None).map_err(failure)?;
    let lab = crate::plug::lab(&curriculum, lab, LAB)?;
    let step = step(lab).map_err(failure)?;
    let source = desk::read(file).map_err(failure)?;
    let tools = tools();
    let grader = Grader::new(lab, answers::find, &tools);
    let attention = match LearnerAttention::open(&grader, step, &source).map_err(failure)? {
        Ok(attention) => attention,
        Err(fault) => {
            give_up(lang, &show::describe(lang, &fault));
            return Ok(None);
        }
    };
    let fields = [("file", source.name.as_str()), ("lab", &lab.id), ("step", said(lang, &step.title))];
    match failed_check(&grader, &[step], &source)? {
        None => say(text(lang, "cli.plug_passed", &fields)),
        Some((_, check)) => say(text(lang, "cli.plug_not_passed", &[&fields[..], &[("check", &check)]].concat())),
    }
    Ok(Some(attention))
}

/// The answer with the learner's attention, printed as it comes and compared; `None` if its code gave up, which is said.
pub fn answer(
    lang: Lang,
    model: &TextModel,
    attention: &mut LearnerAttention,
    request: GenerationRequest,
) -> Result<Option<String>, PrepareError> {
    let mut n_said = 0;
    let prepared = Prepared::new(request, &model.codec, &model.model)?;
    let compared = answers::plug::answer(model, attention, prepared, |token| {
        n_said += token.text.len();
        print_piece(&token.text);
        ControlFlow::Continue(())
    });
    let compared = compared?;
    if compared.is_some() || n_said > 0 {
        print_line("");
    }
    show_printed(lang, &attention.take_printed());
    if let Some(compared) = compared {
        say(report(lang, &compared));
        return Ok(Some(compared.answer.text));
    }
    if let Some(fault) = attention.fault() {
        give_up(lang, &describe(lang, fault));
    }
    Ok(None)
}

fn give_up(lang: Lang, why: &str) {
    complain(lang, &text(lang, "cli.plug_fault", &[("why", why)]));
    say(text(lang, "cli.plug_off", &[]));
}

fn report(lang: Lang, compared: &Comparison) -> String {
    let [yours, engine] = compared.tokens_per_s().map(|speed| format!("{speed:.1}"));
    let difference = compared.difference;
    let [n, n_same] = [difference.n, difference.n_same].map(|n| n.to_string());
    let apart = format!("{:.1e}", difference.max_abs);
    let same = match difference.first_other {
        None => text(lang, "cli.plug_same", &[("n", &n)]),
        Some(first) => {
            let first = (first + 1).to_string();
            text(lang, "cli.plug_other", &[("n", &n), ("n_same", &n_same), ("first", &first)])
        }
    };
    text(lang, "cli.plug_report", &[("yours", &yours), ("engine", &engine), ("apart", &apart), ("same", &same)])
}

//! `sanjie train RECIPE --plug LAB=FILE`: a short run on the learner's matrix product, step by step beside the engine's.

use super::progress::{clock, grouped};
use super::text;
use crate::lab::{show, tools};
use crate::path::said;
use crate::plug::{describe, failed_check, parse, show_printed};
use crate::recipe::{self, Wanted};
use crate::{Failure, Outcome, complain, failure, print_line, say};
use ::train::Recipe;
use ::train::plugged::{self, Compared, PluggedEnd, PluggedEvent, PluggedStep, Side};
use answers::plug::product::{LAB, LearnerProduct, step};
use course::{Curriculum, Grader, desk};
use messages::Lang;
use std::cell::RefCell;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

/// What to train on, and with what.
pub struct Wish<'a> {
    /// `LAB=FILE`.
    pub written: &'a str,
    /// The recipe, as the command line names it.
    pub recipe: &'a str,
    /// What is changed in the small recipe that is made of it.
    pub set: &'a [String],
    /// The text to read.
    pub data: Option<&'a Path>,
    /// Whether each step is a line of JSON.
    pub json: bool,
}

/// Runs it. A function that gives up is told, and the run goes on with the engine's product.
pub fn run(lang: Lang, wish: &Wish) -> Result<Outcome, Failure> {
    let Some((name, file)) = parse(lang, wish.written, LAB) else { return Ok(Outcome::Usage) };
    let recipe = small(wish)?;
    let Some(product) = open(lang, name, file)? else { return Ok(Outcome::Failed) };
    let product = RefCell::new(product);
    let (mut compared, mut steps, mut is_told) = (Compared::default(), 0, false);
    let mut begun = Instant::now();
    let ended = plugged::run(&recipe, &product, &mut |event| {
        match event {
            PluggedEvent::Preparing(stage) => say(super::stage(lang, stage)),
            PluggedEvent::Prepared { n_params, steps: n } => {
                (steps, begun) = (n, Instant::now());
                let fields = [("n_params", grouped(n_params as u64)), ("steps", n.to_string())];
                say(text(lang, "cli.plug_train_begin", &fields));
            }
            PluggedEvent::Step(step) => {
                let mut product = product.borrow_mut();
                show_printed(lang, &product.take_printed());
                if let Some(fault) = product.fault().filter(|_| !is_told) {
                    complain(lang, &text(lang, "cli.plug_train_fault", &[("why", describe(lang, fault))]));
                    say(text(lang, "cli.plug_train_off", &[]));
                    is_told = true;
                }
                // What the engine computed in its place says nothing of the learner's function.
                if !is_told {
                    compared.add(&step);
                }
                let left = begun.elapsed().mul_f64(steps.saturating_sub(step.step) as f64 / step.step as f64);
                show_step(lang, &step, (steps, left), wish.json, !is_told);
            }
        }
        ControlFlow::Continue(())
    });
    let ended = ended.map_err(failure)?;
    show_printed(lang, &product.borrow_mut().take_printed());
    if let PluggedEnd::Broken { step, why } = ended {
        let fields = [("step", step.to_string()), ("cause", messages::render(lang, &why))];
        complain(lang, &text(lang, "cli.plug_train_broken", &fields));
    }
    if compared.steps > 0 {
        say(report(lang, &compared));
    }
    Ok(Outcome::Done)
}

/// The recipe with a small model, and then with what the command line changes.
fn small(wish: &Wish) -> Result<Recipe, Failure> {
    let wanted = Wanted { name: wish.recipe, set: &[], data: wish.data, resumed: None };
    let small = plugged::reduced(recipe::load(&wanted)?);
    Recipe::parse(wish.recipe, &small.to_toml(), wish.set).map_err(failure)
}

/// Starts the learner's file and says whether it passes its step; `None` if it cannot be loaded, which is said, too.
fn open(lang: Lang, name: &str, file: &Path) -> Result<Option<LearnerProduct>, Failure> {
    let curriculum = Curriculum::load(None).map_err(failure)?;
    let lab = crate::plug::lab(&curriculum, name, LAB)?;
    let step = step(lab).map_err(failure)?;
    let source = desk::read(file).map_err(failure)?;
    let tools = tools();
    let grader = Grader::new(lab, answers::find, &tools);
    let product = match LearnerProduct::open(&grader, step, &source).map_err(failure)? {
        Ok(product) => product,
        Err(fault) => {
            complain(lang, &text(lang, "cli.plug_train_fault", &[("why", show::describe(lang, &fault))]));
            return Ok(None);
        }
    };
    let mut fields =
        vec![("file", source.name.clone()), ("lab", lab.id.clone()), ("step", said(lang, &step.title).to_string())];
    let key = match failed_check(&grader, &[step], &source)? {
        None => "cli.plug_train_passed",
        Some((_, check)) => {
            fields.push(("check", check));
            "cli.plug_train_not_passed"
        }
    };
    say(text(lang, key, &fields));
    Ok(Some(product))
}

/// A step of so many and the time left, for a person or, with `json`, for a program; `is_plugged` unless the learner's function had
/// given up.
fn show_step(lang: Lang, step: &PluggedStep, (steps, left): (u64, Duration), json: bool, is_plugged: bool) {
    let [yours, engine] = [step.yours, step.engine].map(|side| step.n_tokens as f64 / side.seconds);
    if json {
        let line = serde_json::json!({
            "step": step.step, "plugged": is_plugged, "loss": step.yours.loss, "engine_loss": step.engine.loss,
            "tokens_per_s": yours, "engine_tokens_per_s": engine,
        });
        print_line(&line.to_string());
        return;
    }
    let loss = |side: Side| format!("{:.4}", side.loss);
    let fields = [
        ("step", step.step.to_string()),
        ("steps", steps.to_string()),
        ("loss", loss(step.yours)),
        ("engine_loss", loss(step.engine)),
        ("speed", grouped(yours as u64)),
        ("engine_speed", grouped(engine as u64)),
        ("left", clock(left)),
    ];
    say(text(lang, if is_plugged { "cli.plug_train_step" } else { "cli.plug_train_step_off" }, &fields));
}

fn report(lang: Lang, compared: &Compared) -> String {
    let [yours, engine] = compared.tokens_per_s();
    let fields = [
        ("n", compared.steps.to_string()),
        ("yours", grouped(yours as u64)),
        ("engine", grouped(engine as u64)),
        ("times", grouped((engine / yours.max(1e-9)).round() as u64)),
        ("apart", format!("{:.1e}", compared.max_apart)),
        ("step", compared.apart_at.max(1).to_string()),
    ];
    text(lang, "cli.plug_train_report", &fields)
}

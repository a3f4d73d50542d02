//! A short training run on the learner's matrix product, with the engine's beside it, told step by step.
//!
//! Passed or not: a broken one may be plugged in, too. What it does wrong is told as a check of its lab tells it, and the run
//! goes on with the engine's product. Nothing is kept.

use super::check::{Page, last_printed, streamed};
use super::lab::{CodeName, known_file};
use super::plug::{Unplugged, unplugged};
use super::{Answer, Learning, Name, blocking, refused};
use crate::App;
use crate::failure::{Asked, Body};
use answers::plug::PlugFault;
use answers::plug::product::{self, LearnerProduct};
use axum::extract::State;
use axum::response::Response;
use course::desk;
use course::run::Source;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::ops::ControlFlow;
use std::sync::Arc;
use train::Recipe;
use train::plugged::{self, Compared, PluggedEnd, PluggedEvent, PluggedStep};

/// The recipe whose text it learns from: one that needs no download.
const RECIPE: &str = "stories";

/// A wish to train on the learner's file.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct TrainOn {
    /// Whose file.
    pub code: CodeName,
}

/// A step of both, event `step`.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct TrainedStep {
    /// Counted from 1.
    pub step: u64,
    /// How many there will be.
    pub steps: u64,
    /// The loss on the learner's products.
    pub loss: f32,
    /// On the engine's.
    pub engine_loss: f32,
    /// Tokens a second on the learner's products.
    pub tokens_per_s: f64,
    /// On the engine's.
    pub engine_tokens_per_s: f64,
    /// False once the learner's function gave up: then the engine multiplies for both.
    pub is_plugged: bool,
}

/// The end, event `done`.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Trained {
    /// Steps on the learner's products alone.
    pub steps: u64,
    /// Tokens a second of these.
    pub tokens_per_s: f64,
    /// The engine's in the same steps.
    pub engine_tokens_per_s: f64,
    /// The largest difference of two losses.
    pub max_apart: f32,
    /// Why the learner's function gave up, if it did.
    pub unplugged: Option<Unplugged>,
    /// What was no number, if the run broke on the learner's products.
    pub broken: Option<String>,
    /// The last lines that the learner's code printed.
    pub printed: String,
}

/// `POST /api/labs/ID/train`: events `step`, then `done` or `failed`.
pub(super) async fn train(
    State(app): State<Arc<App>>,
    Name(id): Name,
    Asked(lang): Asked,
    Body(TrainOn { code }): Body<TrainOn>,
) -> Answer<Response> {
    let (lab, source) = blocking(app.clone(), Asked(lang), move |learning, _| {
        let lab = learning.lab(&id)?;
        product::step(lab).map_err(refused)?;
        let source = desk::read(&known_file(lab, code.code(), &learning.events()?)?).map_err(refused)?;
        Ok((id, source))
    })
    .await?;
    Ok(streamed(app, lang, move |learning, page| trained(learning, &lab, &source, page)))
}

/// Trains and tells, until nobody listens.
fn trained(learning: &Learning, lab: &str, source: &Source, page: &Page) -> Answer<Trained> {
    let lang = page.lang;
    let lab = learning.lab(lab)?;
    let step = product::step(lab).map_err(refused)?;
    let tools = learning.tools();
    let grader = learning.grader(lab, &tools, &page.cancel);
    let product = match LearnerProduct::open(&grader, step, source).map_err(refused)? {
        Ok(product) => RefCell::new(product),
        Err(fault) => {
            let fault = unplugged(&PlugFault::Code(fault), "", lang);
            return Ok(summed_up(&Compared::default(), Some(fault), None, String::new()));
        }
    };
    let recipe = plugged::reduced(Recipe::load(RECIPE, &[]).map_err(refused)?);
    let mut compared = Compared::default();
    let ended = plugged::run(&recipe, &product, &mut |event| {
        if let PluggedEvent::Step(step) = event {
            let is_plugged = product.borrow().fault().is_none();
            if is_plugged {
                compared.add(&step);
            }
            page.tell("step", &shown(&step, recipe.train.steps, is_plugged));
        }
        if page.cancel.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let ended = ended.map_err(refused)?;
    let mut product = product.into_inner();
    let printed = product.take_printed();
    let fault = product.fault().map(|fault| unplugged(fault, &printed, lang));
    let broken = match ended {
        PluggedEnd::Broken { step, why } => {
            let fields = [("cause", messages::render(lang, &why)), ("step", step.to_string())];
            Some(messages::text(lang, "plug.broken", &fields.each_ref().map(|(k, v)| (*k, v.as_str()))))
        }
        PluggedEnd::Finished | PluggedEnd::Stopped => None,
    };
    Ok(summed_up(&compared, fault, broken, last_printed(&printed)))
}

fn shown(step: &PluggedStep, steps: u64, is_plugged: bool) -> TrainedStep {
    let [tokens_per_s, engine_tokens_per_s] = [step.yours, step.engine].map(|side| step.n_tokens as f64 / side.seconds);
    TrainedStep {
        step: step.step,
        steps,
        loss: step.yours.loss,
        engine_loss: step.engine.loss,
        tokens_per_s,
        engine_tokens_per_s,
        is_plugged,
    }
}

fn summed_up(compared: &Compared, unplugged: Option<Unplugged>, broken: Option<String>, printed: String) -> Trained {
    // Of no step there is no speed, and JSON has no NaN.
    let [tokens_per_s, engine_tokens_per_s] =
        compared.tokens_per_s().map(|speed| if speed.is_finite() { speed } else { 0.0 });
    Trained {
        steps: compared.steps,
        tokens_per_s,
        engine_tokens_per_s,
        max_apart: compared.max_apart,
        unplugged,
        broken,
        printed,
    }
}

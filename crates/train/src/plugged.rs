//! A short run on somebody else's matrix products, beside the same run on the engine's.
//!
//! Both take the same steps on the same batches from the same weights, so whatever their losses differ by comes from the
//! products. A function that someone wrote to learn may take a second for what the engine does in a millisecond:
//! [`reduced`] makes a recipe small enough for it. Nothing is kept of either: no run folder, no checkpoint.

pub use crate::learner::Broken;

use crate::TrainError;
use crate::data::{self, Corpus, Texts};
use crate::estimate;
use crate::event::Stage;
use crate::learner::Learner;
use crate::memory;
use crate::recipe::{Dtype, OptimSection, Recipe};
use std::cell::RefCell;
use std::ops::ControlFlow;
use std::time::Instant;
use tensor::Product;

/// Steps, at most, of a recipe that was [`reduced`].
pub const STEPS_MAX: u64 = 10;
/// Its learning rate: so few steps show something only if they are large.
const LR: f64 = 1e-2;

/// `recipe` with its text, its kind of tokenizer and its seed, and a model that is 32 wide: ten steps of 64 tokens are some
/// seconds for plain loops in Python.
pub fn reduced(mut recipe: Recipe) -> Recipe {
    let cap = |size: &mut usize, max: usize| *size = (*size).min(max);
    let model = &mut recipe.model;
    cap(&mut model.n_layers, 2);
    cap(&mut model.max_seq_len, 32);
    if model.d_model > 32 {
        (model.d_model, model.n_heads) = (32, model.n_heads.min(2));
    }
    cap(&mut recipe.train.batch_size, 2);
    (recipe.train.accumulate, recipe.train.dtype) = (1, Dtype::F32);
    recipe.train.steps = recipe.train.steps.min(STEPS_MAX);
    recipe.data.n_documents = recipe.data.n_documents.map(|n| n.min(1000));
    recipe.tokenizer.vocab_size = recipe.tokenizer.vocab_size.map(|n| n.min(512));
    recipe.optim =
        OptimSection { kind: recipe.optim.kind, lr_max: LR, lr_min: LR, warmup_steps: 0, ..Default::default() };
    recipe
}

/// What both did in a step.
#[derive(Clone, Copy, Debug)]
pub struct PluggedStep {
    /// Counted from 1.
    pub step: u64,
    /// Tokens that each learnt from.
    pub n_tokens: usize,
    /// On somebody else's products.
    pub yours: Side,
    /// On the engine's.
    pub engine: Side,
}

/// One of the two.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    /// The loss before the step's update.
    pub loss: f32,
    /// What the step took.
    pub seconds: f64,
}

/// Something happened.
#[derive(Clone, Copy, Debug)]
pub enum PluggedEvent {
    /// A stage of the preparation begins.
    Preparing(Stage),
    /// The first step follows.
    Prepared {
        /// Weights of the model.
        n_params: usize,
        /// Steps to come.
        steps: u64,
    },
    /// A step is done.
    Step(PluggedStep),
}

/// How it ended.
#[derive(Clone, Debug, PartialEq)]
pub enum PluggedEnd {
    /// All steps are done.
    Finished,
    /// Whoever was told did not want to go on.
    Stopped,
    /// On somebody else's products a number of a step is none.
    Broken {
        /// The step.
        step: u64,
        /// Which number, and where that showed first.
        why: Broken,
    },
}

/// Trains on both, step by step, until all steps of `recipe` are done or `on_event` breaks.
///
/// # Errors
/// Anything wrong with recipe or text; a run that breaks on the engine's own products, too.
pub fn run(
    recipe: &Recipe,
    product: &RefCell<dyn Product>,
    on_event: &mut dyn FnMut(PluggedEvent) -> ControlFlow<()>,
) -> Result<PluggedEnd, TrainError> {
    let recipe = recipe.clone().resolved(None);
    memory::check(&recipe, sys::memory_bytes())?;
    data::check_source(&recipe)?;
    let mut tell = |event| on_event(event).is_break();
    let mut prepare = |stage| tell(PluggedEvent::Preparing(stage));
    if prepare(Stage::first(recipe.data.source)) {
        return Ok(PluggedEnd::Stopped);
    }
    let texts = Texts::read(&recipe, &mut |_, _| ())?;
    if prepare(Stage::Tokenizer) {
        return Ok(PluggedEnd::Stopped);
    }
    let tokenizer = texts.train_tokenizer(&recipe)?;
    if prepare(Stage::Tokens) {
        return Ok(PluggedEnd::Stopped);
    }
    let corpus = Corpus::new(&recipe, texts, tokenizer, &mut |_, _| ())?;
    // Two learners, side by side.
    memory::check_bytes(2.0 * estimate::plan(&recipe, &corpus)?.step_bytes() as f64, sys::memory_bytes())?;
    let [mut yours, mut engine] = [Learner::new(&recipe, &corpus)?, Learner::new(&recipe, &corpus)?];
    yours.products = Some(product);
    if tell(PluggedEvent::Prepared { n_params: yours.params.len(), steps: recipe.train.steps }) {
        return Ok(PluggedEnd::Stopped);
    }
    for step in 1..=recipe.train.steps {
        let (engines, n_tokens) = side(&mut engine, step).map_err(|broken| broken.in_step(step, None))?;
        let yours = match side(&mut yours, step) {
            Ok((yours, _)) => yours,
            Err(why) => return Ok(PluggedEnd::Broken { step, why }),
        };
        if tell(PluggedEvent::Step(PluggedStep { step, n_tokens, yours, engine: engines })) {
            return Ok(PluggedEnd::Stopped);
        }
    }
    Ok(PluggedEnd::Finished)
}

/// A step, and the tokens that were learnt from.
fn side(learner: &mut Learner, step: u64) -> Result<(Side, usize), Broken> {
    let begun = Instant::now();
    let learnt = learner.step(step)?;
    Ok((Side { loss: learnt.loss, seconds: begun.elapsed().as_secs_f64() }, learnt.n_tokens))
}

/// All steps so far, summed up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Compared {
    /// Steps.
    pub steps: u64,
    /// Tokens of each.
    pub n_tokens: usize,
    /// Seconds of both.
    pub seconds: [f64; 2],
    /// The largest difference of the two losses of a step.
    pub max_apart: f32,
    /// The step that has it.
    pub apart_at: u64,
}

impl Compared {
    /// Adds a step.
    ///
    /// ```
    /// use train::plugged::{Compared, PluggedStep, Side};
    /// let mut compared = Compared::default();
    /// let [yours, engine] = [(2.5, 1.0), (2.0, 0.5)].map(|(loss, seconds)| Side { loss, seconds });
    /// compared.add(&PluggedStep { step: 1, n_tokens: 64, yours, engine });
    /// assert_eq!((compared.max_apart, compared.apart_at, compared.tokens_per_s()), (0.5, 1, [64.0, 128.0]));
    /// ```
    pub fn add(&mut self, step: &PluggedStep) {
        self.steps += 1;
        self.n_tokens += step.n_tokens;
        for (sum, side) in self.seconds.iter_mut().zip([step.yours, step.engine]) {
            *sum += side.seconds;
        }
        let apart = (step.yours.loss - step.engine.loss).abs();
        if apart > self.max_apart {
            (self.max_apart, self.apart_at) = (apart, step.step);
        }
    }

    /// Tokens a second, on somebody else's products and on the engine's.
    pub fn tokens_per_s(&self) -> [f64; 2] {
        self.seconds.map(|seconds| self.n_tokens as f64 / seconds)
    }
}

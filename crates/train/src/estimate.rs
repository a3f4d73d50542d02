//! Foresight: what a run will take, said before it begins.
//!
//! Weights, gradients and moments follow from the model's sizes. What a step holds besides is counted without holding it: the run's
//! own first batches go through the model as a plan ([`tensor::Plan`]), forward and backward. Time comes from a short
//! calibration: some steps of this very run, one validation, one round of samples, on this machine, if they fit into its memory.
//! Nothing is kept of them.
//!
//! Not here: a schedule for many machines, or a guess at how well the model will do.

use crate::TrainError;
use crate::blockwise::Blockwise;
use crate::data::{self, Corpus, Texts};
use crate::event::{Event, Stage};
use crate::learner::{Learner, loader};
use crate::loader::TrainingBatch;
use crate::memory;
use crate::objective::{NextToken, Objective};
use crate::profile::{Phase, Profile};
use crate::recipe::{Dtype, Recipe};
use crate::run::validation;
use crate::samples::Sampler;
use kernels::bf16::Bf16;
use models::{Model, ModelConfig};
use serde::Serialize;
use std::sync::Arc;
use std::time::Instant;
use tensor::{Bf16Weights, Cx, Grads, Plan};

/// Batches that are planned: those of whole documents differ in length.
const PLANNED_BATCHES: u64 = 8;
/// Steps that are made to see how long one takes, after those that find caches and buffers cold.
const WARM_UP_STEPS: u64 = 2;
const TIMED_STEPS: u64 = 6;
/// Bytes of a checkpoint written in a second, checksum and flushing included; slow disks manage it.
const CHECKPOINT_BYTES_PER_S: f64 = 2e8;
/// What is asked of memory above the estimate before steps are made.
const MARGIN: f64 = 1.1;
/// A run that needs this many times the machine's memory is a slip of the pen.
const ABSURD: u64 = 100;

/// What a run will take.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// Weights of the model.
    pub n_params: usize,
    /// Operations to learn from a token, forward and backward, a multiply-add counting as two.
    pub flops_per_token: u64,
    /// Main memory.
    pub bytes: Bytes,
    /// Seconds of training, on this machine as it is now; `None` if the run does not fit into its memory.
    pub seconds: Option<f64>,
}

/// Bytes by what they are for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bytes {
    /// The weights, and their copy in bf16 if layers multiply in it.
    pub weights: u64,
    /// Their gradients.
    pub gradients: u64,
    /// The optimiser's two moments, and the average of the weights if there is one.
    pub optimizer: u64,
    /// The most that a step holds at once: results kept for the backward pass, and gradients on their way.
    pub activations: u64,
    /// The whole process at its largest: these, the text and its tokens, the program.
    pub peak: u64,
}

/// What can be wrong without reading the text: a source that is not there, and sizes that nobody meant, which even to count
/// would take long.
///
/// # Errors
/// As [`estimate`].
pub fn check(recipe: &Recipe) -> Result<(), TrainError> {
    data::check_source(recipe)?;
    let memory = sys::memory_bytes();
    match memory::check(recipe, memory.map(|bytes| bytes.saturating_mul(ABSURD))) {
        Ok(()) => Ok(()),
        Err(_) => Ok(memory::check(recipe, memory)?),
    }
}

/// Reads the text, makes the tokenizer, plans and calibrates; `on_event` hears of it as of a run's preparation, the steps and
/// whatever else is timed being parts of [`Stage::Model`].
///
/// # Errors
/// Anything wrong with recipe or text, as for a run; sizes far beyond any machine.
pub fn estimate(recipe: &Recipe, on_event: &mut dyn FnMut(Event)) -> Result<Estimate, TrainError> {
    let recipe = recipe.clone().resolved(None);
    check(&recipe)?;
    on_event(Event::Preparing(Stage::first(recipe.data.source)));
    let texts = Texts::read(&recipe, &mut |done, total| on_event(Event::Prepares { done, total }))?;
    on_event(Event::Preparing(Stage::Tokenizer));
    let tokenizer = texts.train_tokenizer(&recipe)?;
    on_event(Event::Preparing(Stage::Tokens));
    let mut on_progress = |done, total| on_event(Event::Prepares { done, total });
    let corpus = Corpus::new(&recipe, texts, tokenizer, &mut on_progress)?;
    on_event(Event::Preparing(Stage::Model));
    let planned = plan(&recipe, &corpus)?;
    let (resident, reached) = (sys::resident_bytes().unwrap_or(0), sys::resident_bytes_max().unwrap_or(0));
    let held = resident + planned.step_bytes();
    let fits = sys::memory_bytes().is_none_or(|memory| held as f64 * MARGIN < memory as f64);
    let mut on_progress = |done, total| on_event(Event::Prepares { done, total });
    let seconds = if fits { Some(calibrate(&recipe, &corpus, planned, &mut on_progress)?) } else { None };
    let Planned { n_params, flops_per_token, activations, .. } = planned;
    let (gradients, weights) = (planned.arena_bytes(), planned.arena_bytes() + planned.copy_bytes());
    let peak = held.max(reached).max(sys::resident_bytes_max().unwrap_or(0));
    let bytes = Bytes { weights, gradients, optimizer: planned.state_bytes() - weights, activations, peak };
    Ok(Estimate { n_params, flops_per_token, bytes, seconds })
}

/// What follows from the sizes and the first batches.
#[derive(Clone, Copy)]
pub(crate) struct Planned {
    n_params: usize,
    has_average: bool,
    dtype: Dtype,
    flops_per_token: u64,
    activations: u64,
    tokens_per_step: f64,
}

impl Planned {
    /// An f32 for each weight.
    fn arena_bytes(&self) -> u64 {
        (self.n_params * size_of::<f32>()) as u64
    }

    /// The copy of the weights that layers multiply with.
    fn copy_bytes(&self) -> u64 {
        match self.dtype {
            Dtype::F32 => 0,
            Dtype::Bf16 => (self.n_params * size_of::<Bf16>()) as u64,
        }
    }

    /// What a checkpoint holds: weights, moments, and the average of the weights if there is one.
    fn saved_bytes(&self) -> u64 {
        (3 + u64::from(self.has_average)) * self.arena_bytes()
    }

    /// That, and the weights' copy.
    pub fn state_bytes(&self) -> u64 {
        self.saved_bytes() + self.copy_bytes()
    }

    /// These and gradients: what is there all the time.
    pub fn held_bytes(&self) -> u64 {
        self.state_bytes() + self.arena_bytes()
    }

    /// These and activations.
    pub fn step_bytes(&self) -> u64 {
        self.held_bytes() + self.activations
    }
}

/// Counts the first batches of the run.
pub(crate) fn plan(recipe: &Recipe, corpus: &Corpus) -> Result<Planned, TrainError> {
    let config = ModelConfig::Gpt(recipe.model.gpt(corpus.tokenizer.vocab_size()));
    let (model, builder) = Model::lay_out(&config)?;
    let params = builder.plan();
    let mut loader = loader(recipe, corpus);
    let (mut n_values, mut flops, mut n_tokens) = (0, 0, 0);
    for step in 1..=PLANNED_BATCHES {
        let batch = loader.batch(step);
        let plan = Arc::new(Plan::default());
        let make = || {
            let cx = Cx::training(&params, [recipe.train.seed, step]).planned(&plan);
            if recipe.train.dtype == Dtype::Bf16 { cx.in_bf16(&Bf16Weights::planned()) } else { cx }
        };
        flops += planned_flops(recipe, &model, &batch, &make);
        n_tokens += batch.n_tokens();
        n_values = n_values.max(plan.n_values_max());
    }
    Ok(Planned {
        n_params: params.len(),
        has_average: recipe.optim.ema_decay > 0.0,
        dtype: recipe.train.dtype,
        flops_per_token: flops / n_tokens.max(1) as u64,
        activations: (n_values * size_of::<f32>()) as u64,
        tokens_per_step: n_tokens as f64 / PLANNED_BATCHES as f64 * recipe.train.accumulate as f64,
    })
}

/// Sends `batch` through the plan of a step and gives its operations.
fn planned_flops<'p>(recipe: &Recipe, model: &Model, batch: &TrainingBatch, make: &dyn Fn() -> Cx<'p>) -> u64 {
    let mut grads = Grads::planned();
    // Backward takes twice what forward takes: a product for the input and one for the weight.
    if !recipe.train.checkpoint_blocks {
        let cx = make();
        let loss = NextToken.loss(model, &cx, batch);
        let flops = 3 * cx.flops();
        cx.backward(&loss, &mut grads);
        return flops;
    }
    let work = Blockwise { model, objective: &NextToken, batch };
    let mut within = 0;
    let kept = work.forward(make, &mut |cx, _| within += cx.flops());
    let flops = 3 * (within + kept.head.flops());
    work.backward(kept, 1.0, &mut grads, make, &mut |_, _| ());
    // All but the head once more.
    flops + within
}

/// Seconds of the whole run by its first steps, its validation and its samples, each a part that `on_progress` hears of.
fn calibrate(
    recipe: &Recipe,
    corpus: &Corpus,
    planned: Planned,
    on_progress: &mut dyn FnMut(usize, usize),
) -> Result<f64, TrainError> {
    // Steps of one batch, whose weights stay: what more batches take is counted by their tokens.
    let mut timed = recipe.clone();
    (timed.train.accumulate, timed.optim.lr_max, timed.optim.lr_min) = (1, 0.0, 0.0);
    let mut learner = Learner::new(&timed, corpus)?;
    let (mut seconds, mut n_tokens) = (0.0, 0);
    let n_steps = WARM_UP_STEPS + TIMED_STEPS;
    let mut done = |parts: u64| on_progress(parts as usize, n_steps as usize + 2);
    for step in 1..=n_steps {
        let begun = Instant::now();
        let learnt = learner.step(step).map_err(|broken| broken.in_step(step, None))?;
        if step > WARM_UP_STEPS {
            seconds += begun.elapsed().as_secs_f64();
            n_tokens += learnt.n_tokens;
        }
        done(step);
    }
    let validating = Instant::now();
    validation(recipe, corpus).measure(&learner.model, &learner.params, &NextToken);
    let validation_seconds = validating.elapsed().as_secs_f64();
    done(n_steps + 1);
    let sampler = Sampler::new(recipe, corpus);
    let sampling = Instant::now();
    sampler.write(&learner.model, &learner.params, 0);
    let sample_seconds = sampling.elapsed().as_secs_f64();
    done(n_steps + 2);
    let per_step = seconds / n_tokens as f64 * planned.tokens_per_step;
    let steps = recipe.train.steps;
    // Whatever is due every so often is due after the last step, too.
    let times = |every: u64| steps.div_ceil(every) as f64;
    let checkpoint = planned.saved_bytes() as f64 / CHECKPOINT_BYTES_PER_S;
    Ok(per_step * steps as f64
        + times(recipe.validation.every) * validation_seconds
        + times(recipe.samples.every) * sample_seconds
        + times(recipe.checkpoint.every) * checkpoint)
}

/// Seconds that a run at `step` still takes, by what its process spent so far; `None` while something is still to be done for
/// the first time, or too few steps are.
pub(crate) fn seconds_to_come(profile: &Profile, recipe: &Recipe, step: u64) -> Option<f64> {
    if profile.steps < WARM_UP_STEPS + TIMED_STEPS {
        return None;
    }
    let steps = recipe.train.steps;
    let of_steps = [Phase::Batch, Phase::Forward, Phase::Backward, Phase::Update].map(|phase| profile.of(phase));
    let per_step = of_steps.iter().sum::<std::time::Duration>().as_secs_f64() / profile.steps as f64;
    let mut seconds = per_step * (steps - step) as f64;
    let now_and_then = [
        (Phase::Validation, recipe.validation.every),
        (Phase::Samples, recipe.samples.every),
        (Phase::Checkpoint, recipe.checkpoint.every),
    ];
    for (phase, every) in now_and_then {
        let done = step / every - (step - profile.steps) / every;
        let to_come = steps.div_ceil(every) - step / every;
        if done == 0 && every < steps {
            return None;
        }
        seconds += profile.of(phase).as_secs_f64() / done.max(1) as f64 * to_come as f64;
    }
    Some(seconds)
}

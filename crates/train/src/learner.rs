//! One step of learning: batches, forward, loss, backward, clip, update. The loop and the calibration of an estimate both take it.
//!
//! Knows no run folder, no clock but the profile's, and nothing of what happens between two steps.

use crate::TrainError;
use crate::blockwise::Blockwise;
use crate::data::Corpus;
use crate::loader::{Amount, Loader, TrainingBatch};
use crate::objective::{NextToken, Objective};
use crate::optimizer::{self, Now, Optimizer};
use crate::profile::{Layer, Phase, Profile};
use crate::recipe::{Dtype, Layout, Recipe};
use crate::run_folder::RunError;
use crate::schedule::learning_rate;
use models::{Model, ModelConfig};
use std::cell::RefCell;
use std::ops::Range;
use tensor::{Bf16Weights, Cx, Grads, NonFinite, Params, Product};

/// What training changes, and what it learns from.
pub(crate) struct Learner<'r> {
    recipe: &'r Recipe,
    pub model: Model,
    pub params: Params,
    pub optimizer: Optimizer,
    grads: Grads,
    /// What layers multiply with, if not the weights themselves; as they were when the step began.
    bf16: Option<Bf16Weights>,
    objective: NextToken,
    pub loader: Loader<'r>,
    /// Where its time goes, and that of whoever adds to it.
    pub profile: Profile,
    /// Who multiplies in linear layers instead of the engine.
    pub products: Option<&'r RefCell<dyn Product>>,
}

/// What came of a step.
pub(crate) struct Learnt {
    pub loss: f32,
    pub lr: f64,
    /// Of the whole gradient, before clipping.
    pub grad_norm: f64,
    pub n_tokens: usize,
}

sys::coded_error! {
    /// A number of a step that is none, and where that showed first.
    #[derive(Clone, PartialEq)]
    pub enum Broken {
        /// The loss, and a weight before it.
        LossByWeight { value: f32, weight: String } = "run.loss_by_weight",
        /// The loss, and before it the result of an operation, which stands after `weight`.
        LossByOperation { value: f32, operation: &'static str, weight: String } = "run.loss_by_operation",
        /// The loss, and nothing before it.
        Loss { value: f32 } = "run.loss",
        /// The norm of the gradient, and the gradient of `weight`.
        Gradient { value: f64, weight: String } = "run.gradient",
        /// The norm of a gradient whose numbers are all finite.
        GradientNorm { value: f64 } = "run.gradient_norm",
        /// The loss on held-out text.
        HeldOutLoss { value: f64 } = "run.held_out_loss",
    }
}

impl Broken {
    /// That this ended the run in `step`, with its last checkpoint of step `last`.
    pub(crate) fn in_step(self, step: u64, last: Option<u64>) -> RunError {
        let cause = Box::new(self);
        match last {
            Some(last) => RunError::NonFiniteAfter { step, last, cause },
            None => RunError::NonFinite { step, cause },
        }
    }
}

impl<'r> Learner<'r> {
    /// One that begins.
    pub fn new(recipe: &'r Recipe, corpus: &'r Corpus) -> Result<Learner<'r>, TrainError> {
        let config = ModelConfig::Gpt(recipe.model.gpt(corpus.tokenizer.vocab_size()));
        let (model, mut params) = Model::new(&config)?;
        params.initialise(recipe.train.seed);
        Ok(Learner {
            recipe,
            model,
            optimizer: Optimizer::new(&params, &recipe.optim),
            grads: Grads::zeros(&params),
            bf16: (recipe.train.dtype == Dtype::Bf16).then(|| Bf16Weights::new(&params)),
            params,
            objective: NextToken,
            loader: loader(recipe, corpus),
            profile: Profile::default(),
            products: None,
        })
    }

    /// Step number `step`, counted from 1. Nothing is updated if a number is not finite.
    pub fn step(&mut self, step: u64) -> Result<Learnt, Broken> {
        self.profile.begin_step();
        if let Some(copy) = &mut self.bf16 {
            copy.refresh(&self.params);
            self.profile.end_phase(Phase::Update);
        }
        let n_batches = self.recipe.train.accumulate;
        let numbers = (step - 1) * n_batches + 1..=step * n_batches;
        let batches: Vec<_> = numbers.map(|number| (number, self.loader.batch(number))).collect();
        let n_tokens: usize = batches.iter().map(|(_, batch)| batch.n_tokens()).sum();
        self.grads.zero();
        self.profile.end_phase(Phase::Batch);
        let mut loss = 0.0;
        for (number, batch) in &batches {
            // Each token of the step counts alike.
            let share = batch.n_tokens() as f32 / n_tokens as f32;
            loss += share * self.gradients(batch, *number, share)?;
        }
        let grad_norm = optimizer::norm(&self.grads);
        if !grad_norm.is_finite() {
            return Err(self.bad_gradient(grad_norm));
        }
        let lr = learning_rate(&self.recipe.optim, step, self.recipe.train.steps);
        self.optimizer.update(&mut self.params, &self.grads, &self.recipe.optim, Now { step, lr, grad_norm });
        self.profile.end_phase(Phase::Update);
        self.profile.end_step(step);
        Ok(Learnt { loss, lr, grad_norm, n_tokens })
    }

    /// Lets `work` see the weights that are the model's: their average, if there is one.
    pub fn with_model<T>(&mut self, work: impl FnOnce(&Model, &Params) -> T) -> T {
        let Learner { model, params, optimizer, .. } = self;
        optimizer.with_average(params, |params| work(model, params))
    }

    /// The loss of `batch`, the `number`th of the run, and `share` of its gradients added to those of the step.
    fn gradients(&mut self, batch: &TrainingBatch, number: u64, share: f32) -> Result<f32, Broken> {
        let Learner { recipe, model, params, grads, bf16, objective, profile, products, .. } = self;
        let (key, params) = ([recipe.train.seed, number], &*params);
        let (times_ops, products, bf16) = (profile.times_ops, *products, bf16.as_ref());
        let make = || {
            let cx = context(params, bf16, key);
            let cx = if times_ops { cx.profiled() } else { cx };
            match products {
                Some(products) => cx.with_products(products),
                None => cx,
            }
        };
        let work = Blockwise { model, objective, batch };
        if recipe.train.checkpoint_blocks {
            let kept = work.forward(&make, &mut |cx, layer| profile.add_spans(cx.into_profile(), params, layer));
            profile.end_phase(Phase::Forward);
            let loss = checked(kept.loss.item(), || {
                let mut first = None;
                let watched = || context(params, bf16, key).watched();
                let kept = work.forward(&watched, &mut |cx, _| first = first.take().or_else(|| cx.first_non_finite()));
                first.or_else(|| kept.head.first_non_finite())
            })?;
            work.backward(kept, share, grads, &make, &mut |cx, layer| {
                profile.add_spans(cx.into_profile(), params, layer);
            });
            profile.end_phase(Phase::Backward);
            return Ok(loss);
        }
        let cx = make();
        let output = objective.loss(model, &cx, batch);
        profile.end_phase(Phase::Forward);
        let loss = checked(output.item(), || {
            let cx = context(params, bf16, key).watched();
            objective.loss(model, &cx, batch);
            cx.first_non_finite()
        })?;
        cx.backward_from(&output, vec![share], grads);
        profile.end_phase(Phase::Backward);
        profile.add_spans(cx.into_profile(), params, Layer::Embedding);
        Ok(loss)
    }

    /// That the norm of the gradient is `value`, with the first parameter whose gradient is not finite.
    fn bad_gradient(&self, value: f64) -> Broken {
        let is_bad = |range: &Range<usize>| self.grads.values()[range.clone()].iter().any(|g| !g.is_finite());
        match self.params.entries().iter().find(|entry| is_bad(&entry.range)) {
            Some(entry) => Broken::Gradient { value, weight: entry.name.clone() },
            None => Broken::GradientNorm { value },
        }
    }
}

/// Of one batch; layers multiply by `bf16` if there is a copy of the weights in it.
fn context<'p>(params: &'p Params, bf16: Option<&Bf16Weights>, dropout_key: [u64; 2]) -> Cx<'p> {
    let cx = Cx::training(params, dropout_key);
    match bf16 {
        Some(weights) => cx.in_bf16(weights),
        None => cx,
    }
}

/// `loss`; if it is none, `look` tells where that showed first, by computing it once more and looking at every result.
fn checked(loss: f32, look: impl FnOnce() -> Option<NonFinite>) -> Result<f32, Broken> {
    if loss.is_finite() {
        return Ok(loss);
    }
    let value = loss;
    Err(match look() {
        Some(NonFinite::Weight(weight)) => Broken::LossByWeight { value, weight },
        Some(NonFinite::Operation { name: operation, after: Some(weight) }) => {
            Broken::LossByOperation { value, operation, weight }
        }
        Some(NonFinite::Operation { after: None, .. }) | None => Broken::Loss { value },
    })
}

/// The loader of a run that begins.
pub(crate) fn loader<'c>(recipe: &Recipe, corpus: &'c Corpus) -> Loader<'c> {
    let amount = Amount::of(recipe);
    match recipe.data.layout {
        Layout::Stream => Loader::stream(&corpus.train, amount, recipe.train.seed),
        Layout::Documents => Loader::documents(&corpus.train, amount, recipe.train.seed),
    }
}

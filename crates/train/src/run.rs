//! The loop.
//!
//! A step is: batch, forward, loss, backward, clip, update. After it, when their time has come: validation, samples, a
//! checkpoint; all three after the last step. The line of a step is written once the step and its validation are
//! done, and before its checkpoint, so a checkpoint never stands without the lines up to it.

use crate::TrainError;
use crate::checkpoint::{self, Best, Keep, Loaded, RngState, Snapshot, State};
use crate::data::{self, Corpus, Texts};
use crate::estimate;
use crate::event::{Ended, Event, Stage};
use crate::loader::{Amount, Loader, TrainingBatch};
use crate::memory;
use crate::metrics::Metrics;
use crate::objective::{NextToken, Objective};
use crate::optimizer::{self, Now, Optimizer};
use crate::profile::{Phase, Profile};
use crate::recipe::{Layout, Recipe, Source};
use crate::run_folder::{self, Cost, Failure, Report, RunError, RunFolder};
use crate::runs;
use crate::samples::Sampler;
use crate::schedule::learning_rate;
use crate::validation::Validation;
use models::folder::FORMAT_VERSION;
use models::{Model, ModelConfig};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use tensor::{Cx, Grads, Params};
use text::tokenizer::Tokenizer;

/// What to run, and where.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// The resolved recipe.
    pub recipe: Recipe,
    /// The run folder.
    pub out: PathBuf,
    /// Whether to go on in a folder that exists.
    pub resume: bool,
    /// Whether to measure where the time goes, operation by operation.
    pub profile: bool,
}

/// Trains until the last step, an error, or `stop`; then the run folder says which.
///
/// `stop` is looked at between steps; a validation in progress is finished first, since its number belongs to the step.
///
/// # Errors
/// Anything wrong with recipe, text or run folder is found before the folder is made or changed. Later errors leave
/// the last checkpoint intact.
pub fn run(options: &RunOptions, stop: &AtomicBool, on_event: &mut dyn FnMut(Event)) -> Result<Ended, TrainError> {
    let RunOptions { recipe, out, resume, profile } = options;
    let (recipe, found) = if *resume {
        let recipe = run_folder::check_resumable(out, recipe)?;
        (recipe, checkpoint::newest(out))
    } else {
        run_folder::check_free(out)?;
        (recipe.clone().resolved(None), checkpoint::Newest { path: None, damaged: Vec::new() })
    };
    let recipe = &recipe;
    for path in &found.damaged {
        on_event(Event::DamagedCheckpoint { path: path.clone(), instead: found.path.clone() });
    }
    let loaded = found.path.as_deref().map(checkpoint::load).transpose()?;
    if let Some(Loaded { state, .. }) = &loaded
        && state.step >= recipe.train.steps
        && found.damaged.is_empty()
        && out.join("report.json").is_file()
    {
        return Ok(Ended::AlreadyFinished { steps: state.step });
    }
    run_folder::check_usable(out)?;
    // Sizes that cannot fit whatever the vocabulary are refused before a long preparation.
    memory::check(recipe, sys::memory_bytes())?;
    data::check_source(recipe)?;
    if *resume && found.path.is_none() && found.damaged.is_empty() {
        on_event(Event::NothingToResume { path: out.clone(), meant: runs::probably_meant(out) });
    }
    let is_made_up = recipe.data.source == Source::Stories;
    on_event(Event::Preparing(if is_made_up { Stage::Stories } else { Stage::Text }));
    let texts = Texts::read(recipe)?;
    let data_sha256 = texts.sha256();
    if loaded.as_ref().is_some_and(|loaded| loaded.state.data_sha256 != data_sha256) {
        return Err(RunError::DataChanged { path: out.display().to_string() }.into());
    }
    let tokenizer = match &loaded {
        Some(loaded) => Tokenizer::from_json(&loaded.tokenizer_json)?,
        None => {
            on_event(Event::Preparing(Stage::Tokenizer));
            texts.train_tokenizer(recipe)?
        }
    };
    on_event(Event::Preparing(Stage::Tokens));
    let corpus = Corpus::new(recipe, texts, tokenizer)?;
    on_event(Event::Preparing(Stage::Model));
    let planned = estimate::plan(recipe, &corpus)?;
    memory::check_bytes(planned.step_bytes() as f64, sys::memory_bytes())?;
    let trained = Trained::new(recipe, &corpus)?;
    let sampler = Sampler::new(recipe, &corpus);
    for error in sampler.unusable(&trained.model) {
        on_event(Event::UnusablePrompt(Arc::new(error)));
    }
    let folder = if *resume { RunFolder::reopen(out, recipe)? } else { RunFolder::create(out, recipe)? };
    for path in &found.damaged {
        checkpoint::set_aside(path)?;
    }
    checkpoint::sweep(out);
    let from = found.path.as_deref().zip(loaded.map(|loaded| loaded.state));
    let mut course = Course::new(recipe, &corpus, data_sha256, trained, sampler, folder, from)?;
    // Weights and moments are there already.
    let to_come = planned.step_bytes() - planned.state_bytes();
    course.foreseen.peak_bytes = sys::resident_bytes().map(|bytes| bytes + to_come);
    course.profiles_ops = *profile;
    let mut ended = course.go(stop, on_event);
    if *profile && ended.is_ok() && course.profile.steps > 0 {
        match course.folder.write_profile(&course.profile) {
            Ok(()) => on_event(Event::Profiled(course.profile.clone())),
            Err(error) => ended = Err(error.into()),
        }
    }
    course.close(ended)
}

/// What training changes.
struct Trained {
    model: Model,
    params: Params,
    optimizer: Optimizer,
}

impl Trained {
    fn new(recipe: &Recipe, corpus: &Corpus) -> Result<Trained, TrainError> {
        let config = ModelConfig::Gpt(recipe.model.gpt(corpus.tokenizer.vocab_size()));
        let (model, mut params) = Model::new(&config)?;
        params.initialise(recipe.train.seed);
        let optimizer = Optimizer::new(&params, &recipe.optim);
        Ok(Trained { model, params, optimizer })
    }
}

/// The loader of a run that begins.
pub(crate) fn loader<'c>(recipe: &Recipe, corpus: &'c Corpus) -> Loader<'c> {
    let amount = Amount { batch_size: recipe.train.batch_size, context: recipe.model.max_seq_len };
    match recipe.data.layout {
        Layout::Stream => Loader::stream(&corpus.train, amount, recipe.train.seed),
        Layout::Documents => Loader::documents(&corpus.train, amount, recipe.train.seed),
    }
}

/// What is held out, as the run measures it.
fn validation<'c>(recipe: &Recipe, corpus: &'c Corpus) -> Validation<'c> {
    let amount = Amount { batch_size: recipe.train.batch_size, context: recipe.model.max_seq_len };
    match recipe.data.layout {
        Layout::Stream => Validation::stream(&corpus.held_out, amount),
        Layout::Documents => Validation::documents(&corpus.held_out, amount),
    }
}

/// The parts of a run, to be timed: a model that begins, which nobody keeps.
pub(crate) struct Bench<'r> {
    recipe: &'r Recipe,
    trained: Trained,
    grads: Grads,
    loader: Loader<'r>,
    validation: Validation<'r>,
    sampler: Sampler<'r>,
}

impl<'r> Bench<'r> {
    pub fn new(recipe: &'r Recipe, corpus: &'r Corpus) -> Result<Bench<'r>, TrainError> {
        let trained = Trained::new(recipe, corpus)?;
        let (loader, validation) = (loader(recipe, corpus), validation(recipe, corpus));
        let grads = Grads::zeros(&trained.params);
        Ok(Bench { recipe, trained, grads, loader, validation, sampler: Sampler::new(recipe, corpus) })
    }

    /// One step: its seconds and its tokens.
    pub fn step(&mut self, step: u64) -> (f64, usize) {
        let begun = Instant::now();
        let batch = self.loader.batch(step);
        self.grads.zero();
        {
            let cx = Cx::training(&self.trained.params, [self.recipe.train.seed, step]);
            let loss = NextToken.loss(&self.trained.model, &cx, &batch);
            cx.backward(&loss, &mut self.grads);
        }
        let now = Now { step, lr: 0.0, grad_norm: optimizer::norm(&self.grads) };
        self.trained.optimizer.update(&mut self.trained.params, &self.grads, &self.recipe.optim, now);
        (begun.elapsed().as_secs_f64(), batch.n_tokens())
    }

    /// Seconds of a validation.
    pub fn validation(&self) -> f64 {
        let begun = Instant::now();
        self.validation.measure(&self.trained.model, &self.trained.params, &NextToken);
        begun.elapsed().as_secs_f64()
    }

    /// Seconds of a round of samples.
    pub fn samples(&self) -> f64 {
        let begun = Instant::now();
        self.sampler.write(&self.trained.model, &self.trained.params, 0);
        begun.elapsed().as_secs_f64()
    }
}

/// A run between two steps.
struct Course<'r> {
    recipe: &'r Recipe,
    corpus: &'r Corpus,
    /// Checksum of the text, so that a resumed run reads the same.
    data_sha256: String,
    folder: RunFolder,
    trained: Trained,
    grads: Grads,
    objective: NextToken,
    loader: Loader<'r>,
    validation: Validation<'r>,
    sampler: Sampler<'r>,
    step: u64,
    tokens: u64,
    best: Option<Best>,
    last_val_loss: Option<f64>,
    saved_step: Option<u64>,
    profile: Profile,
    profiles_ops: bool,
    /// What the run was expected to take; its seconds are known once a few steps, a validation, samples and a checkpoint were timed.
    foreseen: Cost,
    /// Seconds of training before this process.
    seconds_before: f64,
    begun: Instant,
}

impl<'r> Course<'r> {
    fn new(
        recipe: &'r Recipe,
        corpus: &'r Corpus,
        data_sha256: String,
        mut trained: Trained,
        sampler: Sampler<'r>,
        mut folder: RunFolder,
        from: Option<(&Path, State)>,
    ) -> Result<Course<'r>, TrainError> {
        let mut loader = loader(recipe, corpus);
        let (mut step, mut tokens, mut best) = (0, 0, None);
        if let Some((path, state)) = from {
            checkpoint::load_arrays(path, &mut trained.params, &mut trained.optimizer)?;
            loader.seek(state.loader);
            (step, tokens, best) = (state.step, state.tokens, state.best);
        }
        let kept = folder.cut_back(step)?;
        folder.advance(step)?;
        let last = kept.last();
        Ok(Course {
            recipe,
            corpus,
            data_sha256,
            folder,
            grads: Grads::zeros(&trained.params),
            trained,
            objective: NextToken,
            loader,
            validation: validation(recipe, corpus),
            sampler,
            step,
            tokens,
            best,
            last_val_loss: last.and_then(|metrics| metrics.val_loss),
            saved_step: (step > 0).then_some(step),
            profile: Profile::default(),
            profiles_ops: false,
            foreseen: Cost { peak_bytes: None, seconds: None },
            seconds_before: last.map_or(0.0, |metrics| metrics.elapsed_s),
            begun: Instant::now(),
        })
    }

    fn go(&mut self, stop: &AtomicBool, on_event: &mut dyn FnMut(Event)) -> Result<Ended, TrainError> {
        let steps = self.recipe.train.steps;
        on_event(Event::Prepared {
            n_params: self.trained.params.len(),
            n_train_tokens: self.corpus.train.ids.len(),
            n_held_out_tokens: self.corpus.held_out.ids.len(),
            vocab_size: self.corpus.tokenizer.vocab_size(),
            step: self.step,
            steps,
            decay_steps: self.recipe.optim.descent(steps),
        });
        while self.step < steps {
            if stop.load(Ordering::Relaxed) {
                self.save(on_event)?;
                return Ok(Ended::Interrupted { step: self.step });
            }
            let mut metrics = self.train_step()?;
            let is_last = self.step == steps;
            let is_due = |every: u64| is_last || self.step.is_multiple_of(every);
            let [validates, samples, saves] =
                [self.recipe.validation.every, self.recipe.samples.every, self.recipe.checkpoint.every].map(is_due);
            if validates {
                metrics.val_loss = Some(self.validate()?);
            }
            metrics.elapsed_s = self.seconds();
            self.folder.append_metrics(&metrics)?;
            on_event(Event::Step(metrics));
            if samples {
                self.sample(on_event)?;
            }
            if saves {
                self.save(on_event)?;
            }
            self.folder.advance(self.step)?;
            if self.foreseen.seconds.is_none() {
                let to_come = estimate::seconds_to_come(&self.profile, self.recipe, self.step);
                self.foreseen.seconds = to_come.map(|seconds| self.seconds() + seconds);
            }
        }
        let report = Report {
            best_val_loss: self.best.map_or(f64::NAN, |best| best.val_loss),
            last_val_loss: self.last_val_loss.unwrap_or(f64::NAN),
            steps,
            tokens: self.tokens,
            seconds: self.seconds(),
            foreseen: Some(self.foreseen),
            measured: Some(Cost { peak_bytes: sys::resident_bytes_max(), seconds: Some(self.seconds()) }),
        };
        self.folder.write_report(&report)?;
        Ok(Ended::Finished(report))
    }

    fn train_step(&mut self) -> Result<Metrics, TrainError> {
        let begun = Instant::now();
        let step = self.step + 1;
        let n_batches = self.recipe.train.accumulate;
        let numbers = self.step * n_batches + 1..=step * n_batches;
        let batches: Vec<_> = numbers.map(|number| (number, self.loader.batch(number))).collect();
        let n_tokens: usize = batches.iter().map(|(_, batch)| batch.n_tokens()).sum();
        self.grads.zero();
        self.profile.add(Phase::Batch, begun);
        let mut loss = 0.0;
        for (number, batch) in &batches {
            // Each token of the step counts alike.
            let share = batch.n_tokens() as f32 / n_tokens as f32;
            loss += share * self.gradients(batch, *number, share)?;
        }
        let updating = Instant::now();
        let grad_norm = optimizer::norm(&self.grads);
        if !grad_norm.is_finite() {
            return Err(self.diverged(step, "grad_norm", grad_norm, self.first_bad_gradient()));
        }
        let lr = learning_rate(&self.recipe.optim, step, self.recipe.train.steps);
        let now = Now { step, lr, grad_norm };
        self.trained.optimizer.update(&mut self.trained.params, &self.grads, &self.recipe.optim, now);
        self.profile.add(Phase::Update, updating);
        self.profile.steps += 1;
        self.step = step;
        self.tokens += n_tokens as u64;
        let tokens_per_s = n_tokens as f64 / begun.elapsed().as_secs_f64();
        Ok(Metrics { step, loss, val_loss: None, lr, grad_norm, tokens: self.tokens, tokens_per_s, elapsed_s: 0.0 })
    }

    /// The loss of `batch`, the `number`th of the run, and `share` of its gradients added to [`Course::grads`].
    fn gradients(&mut self, batch: &TrainingBatch, number: u64, share: f32) -> Result<f32, TrainError> {
        let forward = Instant::now();
        let key = [self.recipe.train.seed, number];
        let cx = Cx::training(&self.trained.params, key);
        let cx = if self.profiles_ops { cx.profiled() } else { cx };
        let loss = self.objective.loss(&self.trained.model, &cx, batch);
        self.profile.add(Phase::Forward, forward);
        if !loss.item().is_finite() {
            // Once more, looking at every result.
            let cx = Cx::training(&self.trained.params, key).watched();
            self.objective.loss(&self.trained.model, &cx, batch);
            return Err(self.diverged(self.step + 1, "loss", f64::from(loss.item()), cx.first_non_finite()));
        }
        let backward = Instant::now();
        cx.backward_from(&loss, vec![share], &mut self.grads);
        self.profile.add(Phase::Backward, backward);
        self.profile.ops.add(&cx.into_profile());
        Ok(loss.item())
    }

    /// The first parameter with a gradient that is not finite.
    fn first_bad_gradient(&self) -> Option<String> {
        let is_bad = |range: &Range<usize>| self.grads.values()[range.clone()].iter().any(|g| !g.is_finite());
        let entry = self.trained.params.entries().iter().find(|entry| is_bad(&entry.range))?;
        Some(format!("gradient of {}", entry.name))
    }

    fn validate(&mut self) -> Result<f64, TrainError> {
        let begun = Instant::now();
        let Trained { model, params, optimizer } = &mut self.trained;
        let val_loss = optimizer.with_average(params, |params| self.validation.measure(model, params, &self.objective));
        self.profile.add(Phase::Validation, begun);
        if !val_loss.is_finite() {
            return Err(self.diverged(self.step, "val_loss", val_loss, None));
        }
        self.last_val_loss = Some(val_loss);
        if self.best.is_none_or(|best| val_loss < best.val_loss) {
            self.best = Some(Best { step: self.step, val_loss });
        }
        Ok(val_loss)
    }

    fn sample(&mut self, on_event: &mut dyn FnMut(Event)) -> Result<(), TrainError> {
        let begun = Instant::now();
        let Trained { model, params, optimizer } = &mut self.trained;
        let samples = optimizer.with_average(params, |params| self.sampler.write(model, params, self.step));
        self.profile.add(Phase::Samples, begun);
        for sample in samples {
            self.folder.append_sample(&sample)?;
            on_event(Event::Sampled(sample));
        }
        Ok(())
    }

    fn save(&mut self, on_event: &mut dyn FnMut(Event)) -> Result<(), TrainError> {
        if self.step == 0 || self.saved_step == Some(self.step) {
            return Ok(());
        }
        let begun = Instant::now();
        let state = State {
            format_version: FORMAT_VERSION,
            step: self.step,
            tokens: self.tokens,
            model: self.trained.model.config(),
            chat_template: self.corpus.chat_template.clone(),
            loader: self.loader.position(),
            rng: RngState { seed: self.recipe.train.seed, counter: self.step },
            best: self.best,
            data_sha256: self.data_sha256.clone(),
        };
        let snapshot = Snapshot {
            state: &state,
            params: &self.trained.params,
            optimizer: &self.trained.optimizer,
            tokenizer_json: self.corpus.tokenizer.to_json(),
        };
        let path = checkpoint::save(self.folder.path(), &snapshot)?;
        self.saved_step = Some(self.step);
        on_event(Event::Saved { step: self.step, path });
        let checkpoints = &self.recipe.checkpoint;
        let best = self.best.map(|best| best.step);
        checkpoint::prune(self.folder.path(), Keep { every: checkpoints.every, newest: checkpoints.keep, best })?;
        self.profile.add(Phase::Checkpoint, begun);
        Ok(())
    }

    /// Writes how the run ended into its folder. That a failing disk keeps this from being written is no news.
    fn close(mut self, ended: Result<Ended, TrainError>) -> Result<Ended, TrainError> {
        self.folder.advance(self.step).ok();
        match ended {
            Ok(ended) => {
                let is_interrupted = matches!(ended, Ended::Interrupted { .. });
                let state = if is_interrupted { run_folder::State::Interrupted } else { run_folder::State::Finished };
                self.folder.close(state, None)?;
                Ok(ended)
            }
            Err(error) => {
                self.folder.close(run_folder::State::Failed, Some(Failure::of(&error))).ok();
                Err(error)
            }
        }
    }

    /// That `what` is `value` and no number, and where that began.
    fn diverged(&self, step: u64, what: &str, value: f64, first: Option<String>) -> TrainError {
        let (what, first) = (format!("{what} {value}"), first.unwrap_or_else(|| "-".into()));
        let error = match self.saved_step {
            Some(last) => RunError::NonFiniteAfter { step, what, first, last },
            None => RunError::NonFinite { step, what, first },
        };
        error.into()
    }

    fn seconds(&self) -> f64 {
        self.seconds_before + self.begun.elapsed().as_secs_f64()
    }
}

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
use crate::learner::{Broken, Learner, Learnt};
use crate::loader::Amount;
use crate::memory;
use crate::metrics::Metrics;
use crate::objective::NextToken;
use crate::profile::{Peaks, Phase, Written};
use crate::recipe::{Kept, Layout, Recipe};
use crate::run_folder::{self, Cost, Failure, Gap, History, Report, RunError, RunFolder};
use crate::runs;
use crate::samples::Sampler;
use crate::validation::Validation;
use models::folder::FORMAT_VERSION;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use sys::Coded;
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
        (&run_folder::check_resumable(out, recipe)?, checkpoint::newest(out))
    } else {
        run_folder::check_free(out)?;
        (&recipe.clone().resolved(None), checkpoint::Newest { path: None, damaged: Vec::new() })
    };
    if !found.damaged.is_empty() {
        on_event(Event::DamagedCheckpoints { paths: found.damaged.clone(), instead: found.path.clone() });
    }
    let loaded = found.path.as_deref().map(checkpoint::load).transpose()?;
    if let Some((path, Loaded { state, .. })) = found.path.as_deref().zip(loaded.as_ref()) {
        checkpoint::check_recipe(path, state, recipe)?;
    }
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
    if let Some(Loaded { state, .. }) = &loaded {
        on_event(Event::GoingOn { step: state.step });
    }
    on_event(Event::Preparing(Stage::first(recipe.data.source)));
    let texts = Texts::read(recipe, &mut |done, total| on_event(Event::Prepares { done, total }))?;
    if let Some(folder) = texts.folder() {
        on_event(Event::ReadFolder(folder.clone()));
    }
    let data_sha256 = texts.sha256();
    if loaded.as_ref().is_some_and(|loaded| loaded.state.data_sha256 != data_sha256) {
        let path = out.display().to_string();
        return Err(match data::place(recipe)? {
            Some(data) => RunError::DataChanged { path, data: data.display().to_string() },
            None => RunError::StoriesChanged { path },
        }
        .into());
    }
    let tokenizer = match &loaded {
        Some(loaded) => Tokenizer::from_json(&loaded.tokenizer_json)?,
        None => {
            on_event(Event::Preparing(Stage::Tokenizer));
            texts.train_tokenizer(recipe)?
        }
    };
    on_event(Event::Preparing(Stage::Tokens));
    let mut on_progress = |done, total| on_event(Event::Prepares { done, total });
    let corpus = Corpus::new(recipe, texts, tokenizer, &mut on_progress)?;
    on_event(Event::Preparing(Stage::Model));
    let planned = estimate::plan(recipe, &corpus)?;
    memory::check_bytes(planned.step_bytes() as f64, sys::memory_bytes())?;
    let mut learner = Learner::new(recipe, &corpus)?;
    learner.profile.times_ops = *profile;
    let sampler = Sampler::new(recipe, &corpus);
    for error in sampler.unusable(&learner.model) {
        on_event(Event::UnusablePrompt(Arc::new(error)));
    }
    let folder = if *resume { RunFolder::reopen(out, recipe)? } else { RunFolder::create(out, recipe)? };
    for path in &found.damaged {
        checkpoint::set_aside(path)?;
    }
    checkpoint::sweep(out);
    let from = found.path.as_deref().zip(loaded.map(|loaded| loaded.state));
    let (mut course, gap) = Course::new(recipe, &corpus, data_sha256, learner, sampler, folder, from)?;
    if let Some(gap) = gap {
        on_event(Event::MetricsMissing(gap));
    }
    // Weights and moments are there already.
    let to_come = planned.step_bytes() - planned.state_bytes();
    course.foreseen.peak_bytes = sys::resident_bytes().map(|bytes| bytes + to_come);
    let mut ended = course.go(stop, on_event).map_err(|error| course.broken_off(error));
    if *profile && ended.is_ok() && course.learner.profile.steps > 0 {
        let profile = &course.learner.profile;
        let written = Written::of(profile, Peaks::measure(), planned.held_bytes());
        match course.folder.write_profile(&written, &profile.trace) {
            Ok(()) => on_event(Event::Profiled(Box::new(written))),
            Err(error) => ended = Err(error.into()),
        }
    }
    course.close(ended)
}

/// What is held out, as the run measures it.
pub(crate) fn validation<'c>(recipe: &Recipe, corpus: &'c Corpus) -> Validation<'c> {
    let amount = Amount::of(recipe);
    match recipe.data.layout {
        Layout::Stream => Validation::stream(&corpus.held_out, amount),
        Layout::Documents => Validation::documents(&corpus.held_out, amount),
    }
}

/// A run between two steps.
struct Course<'r> {
    recipe: &'r Recipe,
    corpus: &'r Corpus,
    /// Checksum of the text, so that a resumed run reads the same.
    data_sha256: String,
    folder: RunFolder,
    learner: Learner<'r>,
    validation: Validation<'r>,
    sampler: Sampler<'r>,
    step: u64,
    tokens: u64,
    best: Option<Best>,
    last_val_loss: Option<f64>,
    saved_step: Option<u64>,
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
        mut learner: Learner<'r>,
        sampler: Sampler<'r>,
        mut folder: RunFolder,
        from: Option<(&Path, State)>,
    ) -> Result<(Course<'r>, Option<Gap>), TrainError> {
        let (mut step, mut tokens, mut best) = (0, 0, None);
        if let Some((path, state)) = from {
            checkpoint::load_arrays(path, &mut learner.params, &mut learner.optimizer)?;
            learner.loader.seek(state.loader);
            (step, tokens, best) = (state.step, state.tokens, state.best);
        }
        let History { last, gap } = folder.cut_back(step)?;
        folder.advance(step)?;
        let course = Course {
            recipe,
            corpus,
            data_sha256,
            folder,
            learner,
            validation: validation(recipe, corpus),
            sampler,
            step,
            tokens,
            best,
            last_val_loss: last.as_ref().and_then(|metrics| metrics.val_loss),
            saved_step: (step > 0).then_some(step),
            foreseen: Cost { peak_bytes: None, seconds: None },
            seconds_before: last.map_or(0.0, |metrics| metrics.elapsed_s),
            begun: Instant::now(),
        };
        Ok((course, gap))
    }

    fn go(&mut self, stop: &AtomicBool, on_event: &mut dyn FnMut(Event)) -> Result<Ended, TrainError> {
        let steps = self.recipe.train.steps;
        on_event(Event::Prepared {
            n_params: self.learner.params.len(),
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
                let to_come = estimate::seconds_to_come(&self.learner.profile, self.recipe, self.step);
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
        let learnt = self.learner.step(step).map_err(|broken| broken.in_step(step, self.saved_step))?;
        let Learnt { loss, lr, grad_norm, n_tokens } = learnt;
        self.step = step;
        self.tokens += n_tokens as u64;
        let tokens_per_s = n_tokens as f64 / begun.elapsed().as_secs_f64();
        Ok(Metrics { step, loss, val_loss: None, lr, grad_norm, tokens: self.tokens, tokens_per_s, elapsed_s: 0.0 })
    }

    fn validate(&mut self) -> Result<f64, TrainError> {
        let begun = Instant::now();
        let val_loss = self.learner.with_model(|model, params| self.validation.measure(model, params, &NextToken));
        self.learner.profile.add(Phase::Validation, begun);
        if !val_loss.is_finite() {
            let broken = Broken::HeldOutLoss { value: val_loss };
            return Err(broken.in_step(self.step, self.saved_step).into());
        }
        self.last_val_loss = Some(val_loss);
        if self.best.is_none_or(|best| val_loss < best.val_loss) {
            self.best = Some(Best { step: self.step, val_loss });
        }
        Ok(val_loss)
    }

    fn sample(&mut self, on_event: &mut dyn FnMut(Event)) -> Result<(), TrainError> {
        let begun = Instant::now();
        let samples = self.learner.with_model(|model, params| self.sampler.write(model, params, self.step));
        self.learner.profile.add(Phase::Samples, begun);
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
            model: self.learner.model.config(),
            chat_template: self.corpus.chat_template.clone(),
            loader: self.learner.loader.position(),
            rng: RngState { seed: self.recipe.train.seed, counter: self.step },
            best: self.best,
            data_sha256: self.data_sha256.clone(),
            recipe: Some(Kept::of(self.recipe)),
        };
        let snapshot = Snapshot {
            state: &state,
            params: &self.learner.params,
            optimizer: &self.learner.optimizer,
            tokenizer_json: self.corpus.tokenizer.to_json(),
        };
        let path = checkpoint::save(self.folder.path(), &snapshot)?;
        self.saved_step = Some(self.step);
        on_event(Event::Saved { step: self.step, path });
        let checkpoints = &self.recipe.checkpoint;
        let best = self.best.map(|best| best.step);
        checkpoint::prune(self.folder.path(), Keep { every: checkpoints.every, newest: checkpoints.keep, best })?;
        self.learner.profile.add(Phase::Checkpoint, begun);
        Ok(())
    }

    /// With an error of a file that ended the run stands where it can go on, if there is such a place.
    fn broken_off(&self, error: TrainError) -> TrainError {
        match self.saved_step {
            Some(last) if error.code().starts_with("file.") => {
                let path = sys::shell_quoted(self.folder.path());
                RunError::BrokenOff { step: self.step, last, path, cause: Box::new(error) }.into()
            }
            _ => error,
        }
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

    fn seconds(&self) -> f64 {
        self.seconds_before + self.begun.elapsed().as_secs_f64()
    }
}

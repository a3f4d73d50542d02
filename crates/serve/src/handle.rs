//! A handle to the thread that owns a model.
//!
//! Prompts are encoded and checked by the caller, so that what is wrong with a request is known before it queues;
//! then the engine's thread runs all requests together and sends each its events. Dropping the receiver cancels.

use crate::engine_thread::{self, Job};
use crate::limits::OPEN_REQUESTS_MAX;
use infer::{
    Alternative, Codec, FinishReason, GenerationRequest, LoadError, PrepareError, Prepared, Prompt, SamplingOptions,
    TextModel, Token, Usage,
};
use models::Model;
use models::folder;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc};

/// A model that answers. Cloning is cheap; the thread ends when the last handle and its last request are gone.
#[derive(Clone)]
pub struct ModelHandle {
    jobs: mpsc::Sender<Job>,
    slots: Arc<Semaphore>,
    shared: Arc<Shared>,
}

/// What is known of a model.
struct Shared {
    name: String,
    model: Arc<TextModel>,
    step: Option<u64>,
    skipped: Vec<PathBuf>,
    opened_at: u64,
}

/// An answer on its way.
pub struct Generation {
    /// The prompt as the model reads it.
    pub prompt: Prompt,
    /// Tokens, then one [`GenerationEvent::Done`] or [`GenerationEvent::Failed`].
    pub events: mpsc::Receiver<GenerationEvent>,
}

/// What happens to a request.
#[derive(Debug)]
pub enum GenerationEvent {
    /// The tokens of a prompt that is to be scored, but for the first, which nothing predicts.
    Scored(Vec<Token>),
    /// The next token.
    Token {
        /// The text that it makes complete; may be empty.
        text: String,
        /// Its id.
        id: u32,
        /// Natural log-probability under the model itself.
        logprob: f32,
        /// The likeliest tokens at this place, best first.
        alternatives: Vec<Alternative>,
    },
    /// The answer is complete.
    Done {
        /// Why it ended.
        finish_reason: FinishReason,
        /// What it took.
        usage: Usage,
    },
    /// The answer will not be completed.
    Failed(HandleError),
}

sys::coded_error! {
    /// What can go wrong between a handle and its engine.
    pub enum HandleError {
        /// As many requests are open as may be.
        QueueFull { limit: usize } = "serve.queue_full",
        /// The step that computed this request panicked: a bug. Others go on.
        StepFailed {} = "serve.step_failed",
        /// The engine's thread is gone.
        EngineGone {} = "serve.engine_gone",
    }
}

sys::coded_union! {
    /// Why a request is not run.
    pub enum GenerationError {
        /// The request itself.
        Prepare(PrepareError),
        /// The engine.
        Handle(HandleError),
    }
}

sys::coded_union! {
    /// Why a model is not opened.
    pub enum OpenError {
        /// Its folder.
        Folder(folder::OpenError),
        /// What is in it.
        Load(LoadError),
    }
}

impl ModelHandle {
    /// Opens a run (its newest whole checkpoint), a checkpoint or a model folder; its name is the folder's.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(path: impl AsRef<Path>) -> Result<ModelHandle, OpenError> {
        let path = path.as_ref();
        let mut folder = folder::open(path)?;
        let whole = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let name = whole.file_name().map_or_else(|| "model".into(), |name| name.to_string_lossy().into_owned());
        let (step, skipped) = (folder.step, std::mem::take(&mut folder.skipped));
        Ok(ModelHandle::spawn(Shared {
            name,
            model: Arc::new(TextModel::new(folder)?),
            step,
            skipped,
            opened_at: sys::unix_seconds(),
        }))
    }

    /// Serves a model that is in memory.
    pub fn new(name: impl Into<String>, model: TextModel) -> ModelHandle {
        let (name, model) = (name.into(), Arc::new(model));
        ModelHandle::spawn(Shared { name, model, step: None, skipped: Vec::new(), opened_at: sys::unix_seconds() })
    }

    fn spawn(shared: Shared) -> ModelHandle {
        let (jobs, queue) = mpsc::channel(OPEN_REQUESTS_MAX);
        let model = shared.model.clone();
        let thread = std::thread::Builder::new().name("engine".into());
        thread.spawn(move || engine_thread::run(&model, queue)).expect("the system gives a thread for the engine");
        ModelHandle { jobs, slots: Arc::new(Semaphore::new(OPEN_REQUESTS_MAX)), shared: Arc::new(shared) }
    }

    /// Runs a request; its events arrive without anyone having to wait for them, since the channel has room for a
    /// whole answer.
    ///
    /// # Errors
    /// [`GenerationError`]: what is wrong with the request, or the queue is full.
    pub fn generate(&self, request: GenerationRequest) -> Result<Generation, GenerationError> {
        Ok(self.start(self.prepare(request)?)?)
    }

    /// Encodes and checks a request. Takes a moment for long prompts.
    ///
    /// # Errors
    /// [`PrepareError`].
    pub fn prepare(&self, request: GenerationRequest) -> Result<Prepared, PrepareError> {
        Prepared::new(request, &self.shared.model.codec, &self.shared.model.model)
    }

    /// Runs a prepared request.
    ///
    /// # Errors
    /// [`HandleError::QueueFull`], [`HandleError::EngineGone`].
    pub fn start(&self, prepared: Prepared) -> Result<Generation, HandleError> {
        let full = HandleError::QueueFull { limit: OPEN_REQUESTS_MAX };
        let Ok(slot) = self.slots.clone().try_acquire_owned() else { return Err(full) };
        let prompt = prepared.prompt.clone();
        // At most the prompt's scores, a token for each position left, and the end: the engine never waits for a
        // slow reader.
        let room = self.context() - prompt.ids.len() + 2;
        let (sender, events) = mpsc::channel(room);
        match self.jobs.try_send(Job { prepared, events: sender, slot }) {
            Ok(()) => Ok(Generation { prompt, events }),
            Err(mpsc::error::TrySendError::Full(_)) => Err(full),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(HandleError::EngineGone {}),
        }
    }

    /// The model's name in requests.
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// The model's mathematics: its sizes.
    pub fn model(&self) -> &Model {
        &self.shared.model.model
    }

    /// Both with their language, for whoever reads more from a model than its answers.
    pub fn text_model(&self) -> &Arc<TextModel> {
        &self.shared.model
    }

    /// Its tokenizer and template.
    pub fn codec(&self) -> &Codec {
        &self.shared.model.codec
    }

    /// How its publisher advises to sample; nothing for a model of our own.
    pub fn advice(&self) -> SamplingOptions {
        self.text_model().advice.unwrap_or(SamplingOptions::OPEN)
    }

    /// Tokens that prompt and answer may have together.
    pub fn context(&self) -> usize {
        self.model().max_seq_len()
    }

    /// The training step of its weights.
    pub fn step(&self) -> Option<u64> {
        self.shared.step
    }

    /// Newer checkpoints that were damaged and passed over.
    pub fn skipped(&self) -> &[PathBuf] {
        &self.shared.skipped
    }

    /// When it was opened, in Unix seconds.
    pub fn opened_at(&self) -> u64 {
        self.shared.opened_at
    }

    /// Requests that run or wait.
    pub fn n_open(&self) -> usize {
        OPEN_REQUESTS_MAX - self.slots.available_permits()
    }

    /// Whether the engine's thread lives.
    pub fn is_alive(&self) -> bool {
        !self.jobs.is_closed()
    }
}

/// A seed for a request that names none.
pub fn fresh_seed() -> u64 {
    // Without a source of randomness the clock is good enough for a story.
    getrandom::u64().unwrap_or_else(|_| sys::unix_time().as_nanos() as u64)
}

//! A handle to the thread that owns an encoder.
//!
//! Texts become tokens with the caller, so that what is wrong with a request is known before it queues. The thread reads all
//! that waits at once: a text's vector does not depend on which others are read with it, and many short texts of many
//! requests fill the cores better than each request alone.

use crate::handle::HandleError;
use crate::limits::{OPEN_REQUESTS_MAX, TOGETHER_TOKENS_MAX};
use infer::{EncodeError, Encoder};
use models::loading::LoadingError;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use text::tokenizer::TokenizerError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

/// An encoder that answers. Cloning is cheap; the thread ends when the last handle and its last request are gone.
#[derive(Clone)]
pub struct EncoderHandle {
    jobs: mpsc::Sender<Job>,
    slots: Arc<Semaphore>,
    encoder: Arc<Encoder>,
    opened_at: u64,
}

/// Texts as tokens with the way back of their vectors.
struct Job {
    texts: Vec<Vec<u32>>,
    vectors: oneshot::Sender<Result<Vec<Vec<f32>>, HandleError>>,
    /// Held while the request is open.
    _slot: OwnedSemaphorePermit,
}

sys::coded_union! {
    /// Why an encoder is not opened.
    pub enum EncoderOpenError {
        /// Its folder.
        Folder(LoadingError),
        /// Its tokenizer.
        Tokenizer(TokenizerError),
    }
}

impl EncoderHandle {
    /// Opens a model folder; its name is the folder's.
    ///
    /// # Errors
    /// [`EncoderOpenError`].
    pub fn open(path: impl AsRef<Path>) -> Result<EncoderHandle, EncoderOpenError> {
        let encoder = Arc::new(Encoder::new(models::encoder::open(path.as_ref())?)?);
        let (jobs, queue) = mpsc::channel(OPEN_REQUESTS_MAX);
        let thread = std::thread::Builder::new().name("encoder".into());
        let its = encoder.clone();
        thread.spawn(move || run(&its, queue)).expect("the system gives a thread for the encoder");
        Ok(EncoderHandle {
            jobs,
            slots: Arc::new(Semaphore::new(OPEN_REQUESTS_MAX)),
            encoder,
            opened_at: sys::unix_seconds(),
        })
    }

    /// The tokens of a text, cut to what the model reads, as its publisher does.
    ///
    /// # Errors
    /// [`EncodeError::Tokenizer`].
    pub fn text(&self, text: &str) -> Result<Vec<u32>, EncodeError> {
        Ok(self.encoder.tokens(text)?)
    }

    /// Tokens as they were given, if the model can read them.
    ///
    /// # Errors
    /// [`EncodeError::Input`].
    pub fn tokens(&self, ids: Vec<u32>) -> Result<Vec<u32>, EncodeError> {
        self.encoder.check(&ids)?;
        Ok(ids)
    }

    /// The vectors of prepared texts.
    ///
    /// # Errors
    /// [`HandleError`].
    pub async fn embed(&self, texts: Vec<Vec<u32>>) -> Result<Vec<Vec<f32>>, HandleError> {
        let full = HandleError::QueueFull { limit: OPEN_REQUESTS_MAX };
        let Ok(slot) = self.slots.clone().try_acquire_owned() else { return Err(full) };
        let (vectors, answer) = oneshot::channel();
        match self.jobs.try_send(Job { texts, vectors, _slot: slot }) {
            Ok(()) => answer.await.unwrap_or(Err(HandleError::EngineGone {})),
            Err(mpsc::error::TrySendError::Full(_)) => Err(full),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(HandleError::EngineGone {}),
        }
    }

    /// The model's name in requests.
    pub fn name(&self) -> &str {
        self.encoder.name()
    }

    /// Numbers in a vector.
    pub fn width(&self) -> usize {
        api::Embedder::width(&*self.encoder)
    }

    /// When it was opened, in Unix seconds.
    pub fn opened_at(&self) -> u64 {
        self.opened_at
    }

    /// Requests that are read or wait.
    pub fn n_open(&self) -> usize {
        OPEN_REQUESTS_MAX - self.slots.available_permits()
    }

    /// Whether the thread lives.
    pub fn is_alive(&self) -> bool {
        !self.jobs.is_closed()
    }
}

/// Reads until every handle is gone.
fn run(encoder: &Encoder, mut jobs: mpsc::Receiver<Job>) {
    while let Some(first) = jobs.blocking_recv() {
        let mut together = vec![first];
        let n_tokens = |jobs: &[Job]| jobs.iter().flat_map(|job| &job.texts).map(Vec::len).sum::<usize>();
        while n_tokens(&together) < TOGETHER_TOKENS_MAX
            && let Ok(next) = jobs.try_recv()
        {
            together.push(next);
        }
        // Whoever left needs no vectors.
        together.retain(|job| !job.vectors.is_closed());
        let texts: Vec<&[u32]> = together.iter().flat_map(|job| &job.texts).map(Vec::as_slice).collect();
        let read = catch_unwind(AssertUnwindSafe(|| encoder.read_all(&texts)));
        let mut vectors = read.map(Vec::into_iter);
        for Job { texts, vectors: back, .. } in together {
            let answer = match &mut vectors {
                Ok(vectors) => Ok(vectors.by_ref().take(texts.len()).collect()),
                Err(_) => Err(HandleError::StepFailed {}),
            };
            // A client that went away is its own business.
            let _ = back.send(answer);
        }
    }
}

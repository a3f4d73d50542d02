//! What a run reports while it goes on.

use crate::data::FolderRead;
use crate::metrics::Metrics;
use crate::profile::Written;
use crate::recipe::Source;
use crate::run_folder::{Gap, Report, RunError};
use crate::samples::Sample;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;

/// What happens before the first step, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Stories are made up.
    Stories,
    /// Files are read.
    Text,
    /// A tokenizer is trained; a run that goes on has its own.
    Tokenizer,
    /// The text becomes tokens.
    Tokens,
    /// The weights are drawn or loaded, a step is planned, and the first one is made.
    Model,
}

impl Stage {
    /// The first one, for a run on text of `source`.
    pub(crate) fn first(source: Source) -> Stage {
        if source == Source::Stories { Stage::Stories } else { Stage::Text }
    }
}

/// Something happened in a run.
#[derive(Clone, Debug)]
pub enum Event {
    /// A run that was to go on begins with its first step, since there is nothing to go on from.
    NothingToResume {
        /// Its folder.
        path: PathBuf,
        /// Another run, of a name so similar that it was probably meant.
        meant: Option<PathBuf>,
    },
    /// A run goes on after `step`, by the checkpoint's own tokenizer. A run folder keeps no text: it is read, or made up, and
    /// turned into tokens once more, since only its checksum tells that it is the same.
    GoingOn {
        /// Steps done before.
        step: u64,
    },
    /// Nothing is wrong with the recipe and the folder, as far as can be known without the text: a stage of the preparation
    /// begins.
    Preparing(Stage),
    /// So much of the stage is done; not every stage can tell.
    Prepares {
        /// Parts that are done.
        done: usize,
        /// All of them.
        total: usize,
    },
    /// Text, tokenizer and model are ready; the first step follows.
    Prepared {
        /// Weights of the model.
        n_params: usize,
        /// Tokens to learn from.
        n_train_tokens: usize,
        /// Tokens held out.
        n_held_out_tokens: usize,
        /// Entries of the tokenizer.
        vocab_size: usize,
        /// Steps done before, 0 in a fresh run.
        step: u64,
        /// Steps in all.
        steps: u64,
        /// The step from which on the learning rate stays at its lowest.
        decay_steps: u64,
    },
    /// Checkpoints that do not match their checksums are passed over for one before them. Once the run goes on, they are
    /// [`set_aside`](crate::checkpoint::set_aside).
    DamagedCheckpoints {
        /// The damaged ones, newest first.
        paths: Vec<PathBuf>,
        /// The one used instead; `None` begins anew.
        instead: Option<PathBuf>,
    },
    /// The text came from the files of a folder.
    ReadFolder(FolderRead),
    /// Of steps before the one that a run goes on from its metrics say nothing, and never will.
    MetricsMissing(Gap),
    /// A beginning that the recipe gives is none for this model: it will be missing from every sample.
    UnusablePrompt(Arc<RunError>),
    /// A step is done.
    Step(Metrics),
    /// The model wrote something.
    Sampled(Sample),
    /// The last step is done, or the run was asked to stop: where the time went. Only if it was asked for.
    Profiled(Box<Written>),
    /// A checkpoint is written.
    Saved {
        /// Its step.
        step: u64,
        /// Its folder.
        path: PathBuf,
    },
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ended {
    /// All steps are done.
    Finished(Report),
    /// They had been done before.
    AlreadyFinished {
        /// How many.
        steps: u64,
    },
    /// It was asked to stop, and saved.
    Interrupted {
        /// Steps done.
        step: u64,
    },
}

//! The one training loop: recipes, data loading, optimisers, checkpoints.
//!
//! [`Recipe`] says everything a run depends on; [`run()`] carries it out in a run folder and reports [`Event`]s. The
//! loop is always the same: data, forward, loss, backward, clip, update, schedule, then now and then validation,
//! samples, a checkpoint. What is minimised is an [`Objective`].
//!
//! Every random choice is a function of the recipe's seed and the step, and a checkpoint holds the rest (weights,
//! moments, the loader's position). So a run that was killed and resumed ends in the same bytes as one that was not.

mod blockwise;
pub mod checkpoint;
pub mod data;
pub mod estimate;
mod event;
mod learner;
pub mod loader;
mod memory;
pub mod metrics;
mod objective;
pub mod optimizer;
pub mod plugged;
pub mod profile;
pub mod recipe;
mod run;
pub mod run_folder;
pub mod runs;
pub mod samples;
pub mod schedule;
mod validation;

pub use event::{Ended, Event, Stage};
pub use objective::{NextToken, Objective};
pub use profile::{Phase, Profile};
pub use recipe::{Recipe, RecipeError};
pub use run::{RunOptions, run};
pub use run_folder::RunError;

sys::coded_union! {
    /// Why a run did not start or did not go on.
    pub enum TrainError {
        /// The recipe.
        Recipe(RecipeError),
        /// The run folder, or the course of the run.
        Run(RunError),
        /// The text.
        Data(data::DataError),
        /// A file.
        File(sys::atomic_file::FileError),
        /// The text and its tokens.
        Tokenizer(text::tokenizer::TokenizerError),
        /// The model's sizes.
        Model(models::ConfigError),
        /// A checkpoint's checksums.
        Checksum(formats::checksum::ChecksumError),
        /// A checkpoint's arrays.
        Safetensors(formats::safetensors::SafetensorsError),
    }
}

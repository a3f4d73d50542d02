//! Model architectures: mathematics, weight names and presets, one file each.
//!
//! A model states `forward` and nothing else: no sampling, no loop, no branch on device, type or cache. It exposes
//! its embedding, each block and its head, so that others can look inside or cut it into stages.
//! [`folder`] opens what a training run left on disk, [`published`] reads what others publish; [`weights`] maps names both ways;
//! [`capabilities`] says which of them are read, and what proves it.

pub mod bert;
pub mod capabilities;
pub mod classifier;
pub mod encoder;
pub mod family;
pub mod folder;
pub mod gpt;
pub mod llama;
pub mod loading;
pub mod published;
pub mod weights;

mod bert_folder;
mod config;
mod modules;

pub use config::{ConfigError, Model, ModelConfig};

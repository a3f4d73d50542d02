//! The real engine behind [`Speaker`](crate::Speaker): crate `serve`'s handle of a checkpoint.
//!
//! This build has no such handle yet, so opening a model is refused with a sentence that says so.

use crate::{Opened, StudioError};
use std::path::Path;
use std::sync::Arc;

/// Opens the checkpoint folder at `path`.
pub(crate) fn open(path: &Path) -> Opened {
    Err(Arc::new(StudioError::NoEngine { path: path.display().to_string() }))
}

//! Getting models: from the Hub or a mirror, from ModelScope, or from files that the person has.
//!
//! [`Origin::parse`] reads what a person names; [`ModelStore::plan`] asks which files there are and chooses those that a model
//! needs, so that somebody can look before anything large moves; [`ModelStore::fetch`] brings them. A model is in its
//! folder `ORG/NAME` whole or not at all: files arrive aside, in pieces that survive any interruption, and the folder
//! gets its name when every file has its size and checksum. `source.json` in it says where it came from.
//!
//! Never a pickle: opening one runs whatever program it holds. Never a name that leads out of the folder.

mod archive;
mod client;
mod here;
mod hugging_face;
mod journal;
mod local;
mod model_scope;
mod origin;
mod selection;
mod store;
mod transfer;

pub use here::ModelHere;
pub use origin::{Origin, Protocol, Repository};
pub use store::{ModelStore, Plan, PlannedFile, PullEvent};
pub use transfer::Pace;

use sys::atomic_file::FileError;

sys::coded_error! {
    /// Why a model is not here.
    pub enum PullError {
        /// What was named is neither a path, nor ORG/NAME, nor an address.
        Name { name: Box<str> } = "pull.name",
        /// There is nothing at this path.
        Missing { path: Box<str> } = "pull.missing",
        /// The server has no such model, or hides it.
        NotFound { model: Box<str>, revision: Box<str>, address: Box<str>, status: u16 } = "pull.not_found",
        /// The server wants to know who asks, or whether terms were accepted.
        Denied { model: Box<str>, address: Box<str>, status: u16 } = "pull.denied",
        /// The server does not answer, or stops and does not go on.
        Unreachable { address: Box<str>, cause: Box<str> } = "pull.unreachable",
        /// What the server says of its files cannot be read.
        Listing { address: Box<str>, cause: Box<str> } = "pull.listing",
        /// A file's name leads out of the model's folder.
        HostileName { source: Box<str>, name: Box<str> } = "pull.hostile_name",
        /// There are no weights that can be read.
        NoWeights { source: Box<str> } = "pull.no_weights",
        /// The weights are pickles only.
        Pickles { source: Box<str>, file: Box<str> } = "pull.pickles",
        /// There are several models to choose from.
        Several { source: Box<str>, files: Box<str> } = "pull.several",
        /// The chosen file is not among them.
        NoFile { source: Box<str>, file: Box<str>, files: Box<str> } = "pull.no_file",
        /// A file has another size than the server's list says.
        Size { file: Box<str>, address: Box<str>, expected: u64 } by Cause = "pull.size",
        /// What arrived is not the file of the server's list; it was thrown away.
        Checksum { file: Box<str>, address: Box<str>, expected: Box<str>, found: Box<str> } = "pull.checksum",
        /// A part of a file has arrived and is kept; then the server did not go on.
        Incomplete { file: Box<str>, have: u64, bytes: u64, cause: Box<str> } = "pull.incomplete",
        /// A file is of no kind that holds a model.
        NoModel { path: Box<str> } = "pull.no_model",
        /// An archive cannot be read.
        Archive { path: Box<str>, cause: Box<str> } = "pull.archive",
        /// Files of this machine have the name of a model that came from elsewhere.
        Taken { model: Box<str>, path: Box<str>, source: Box<str> } = "pull.taken",
        /// Another process is fetching the same model.
        Busy { model: Box<str> } = "pull.busy",
        /// The folder has a name that is no name of a model.
        Unnamed { path: Box<str> } = "pull.unnamed",
    }
}

sys::coded_union! {
    /// What can go wrong on the way to a model.
    pub enum PullFailure {
        /// The name, the network or the bytes.
        Pull(PullError),
        /// The disk.
        File(FileError),
    }
}

/// Fails unless `name` is a plain relative path: what a list or an archive names must stay in its folder on every system.
pub(crate) fn check_name(source: &str, name: &str) -> Result<(), PullError> {
    let is_plain = |part: &str| !part.is_empty() && part != "." && part != "..";
    if name.split('/').all(is_plain) && !name.contains(['\\', ':', '\0']) && !name.chars().any(char::is_control) {
        return Ok(());
    }
    Err(PullError::HostileName { source: source.into(), name: name.escape_debug().to_string().into() })
}

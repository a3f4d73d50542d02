//! Getting public data sets and models: resumed, checked, whole or not at all.
//!
//! Data sets come by name, from the first of several addresses that serves them; models from their publisher's server or from
//! files of the person ([`ModelStore`]).
//!
//! [`datasets`] lists what is known (`datasets.toml`, part of the binary). A [`Store`] is the folder that holds what
//! was fetched; [`Store::get`] fetches, [`Store::take`] accepts files that the person fetched in another way. A data
//! set is in its folder whole or not at all: files arrive in a folder aside, a broken download goes on where it
//! stopped, and only when every file has its recorded checksum does the folder get its name.
//!
//! Not here: archives of data sets (their files stay as they are published), and what a model's files mean.

mod dataset;
mod download;
mod pull;
mod store;

pub use dataset::{DataFile, Dataset, Words, datasets, find};
pub use download::Patience;
pub use pull::{
    ModelHere, ModelStore, Origin, Pace, Plan, PlannedFile, Protocol, PullError, PullEvent, PullFailure, Repository,
};
pub use store::{Event, Got, Store};

use sys::atomic_file::FileError;

sys::coded_error! {

    /// Why a data set is not here.
    pub enum FetchError {
        /// No data set has this name.
        Unknown { name: Box<str>, nearest: Box<str> } = "hub.unknown",
        /// No address answered with the file, and nothing of it has arrived.
        Unreachable { dataset: Box<str>, file: Box<str>, address: Box<str>, causes: Box<str> } = "hub.unreachable",
        /// A part of the file has arrived and is kept; then no address went on.
        Incomplete { dataset: Box<str>, file: Box<str>, have: u64, bytes: u64, causes: Box<str> } = "hub.incomplete",
        /// What arrived is not the recorded file; it was thrown away.
        Checksum { dataset: Box<str>, file: Box<str>, address: Box<str>, bytes: u64, sha256: Box<str> } by Cause = "hub.checksum",
        /// A file offered by the person is none of the data set's.
        NotThisFile { path: Box<str>, dataset: Box<str>, file: Box<str>, bytes: u64, sha256: Box<str> } by Cause = "hub.not_this_file",
        /// The offered files are right and kept, but the data set has more.
        StillMissing { dataset: Box<str>, missing: Box<str> } = "hub.still_missing",
        /// Another process is fetching the same data set.
        Busy { dataset: Box<str> } = "hub.busy",
        /// Whoever asked for it wanted no more; what has arrived is kept.
        Stopped { dataset: Box<str> } = "hub.stopped",
    }
}

sys::coded_error! {
    /// What was found in the place of a file.
    #[derive(Clone)]
    pub enum Other {
        /// A file of another size.
        Size { bytes: u64 } = "hub.other_size",
        /// Other bytes.
        Content { bytes: u64, sha256: String } = "hub.other_content",
        /// A part of it that was not asked for.
        Part {} = "hub.other_part",
        /// Less of it than is here already.
        Shorter {} = "hub.other_shorter",
        /// More bytes than it has.
        Longer {} = "hub.other_longer",
    }
}

sys::coded_union! {
    /// What can go wrong on the way to a data set.
    pub enum HubError {
        /// The network, the name or the bytes.
        Fetch(FetchError),
        /// The disk.
        File(FileError),
    }
}

//! The folder of models: `ORG/NAME/FILE...` for what is whole, `.partial/ORG/NAME/FILE...` for what is on its way.

use super::client::Client;
use super::local::{LocalModel, target};
use super::origin::is_name;
use super::transfer::{self, Digest, Pace, RemoteFile};
use super::{Origin, Protocol, PullError, PullFailure, Repository, hugging_face, model_scope, selection};
use crate::{Got, Patience};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use sys::atomic_file::{self, FileError};

/// The organisation of models that came from files of this machine.
const LOCAL: &str = "local";
/// Bytes of one file, twice those of the largest published models with all their files. What a server says beyond is no size; it would be
/// added up and allotted before anything arrives.
const FILE_BYTES_MAX: u64 = 1 << 42;
/// Where a model came from, in its folder.
pub(super) const SOURCE_FILE: &str = "source.json";

/// The folder that holds models.
pub struct ModelStore {
    root: PathBuf,
    patience: Patience,
    pace: Pace,
    token: Option<String>,
}

/// What a model's files are, before any is fetched.
pub struct Plan {
    /// ORG/NAME: its folder's name, too.
    pub id: String,
    /// The page or the path that it comes from.
    pub source: String,
    /// The commit, or what was asked for where the server does not name it; `None` for files of this machine.
    pub revision: Option<String>,
    /// What is fetched.
    pub files: Vec<PlannedFile>,
    place: Place,
}

/// A file of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedFile {
    /// Its path in the model's folder.
    pub path: String,
    /// Its size.
    pub bytes: u64,
}

/// Where the files are.
enum Place {
    Remote(Repository, Vec<RemoteFile>),
    Local(LocalModel),
}

/// What happens while files are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullEvent<'a> {
    /// A file begins, of which `have` of `bytes` are here.
    Begins {
        /// Its path on the server.
        file: &'a str,
        /// Bytes that an earlier run brought.
        have: u64,
        /// Bytes of the whole file.
        bytes: u64,
    },
    /// The server sends the whole file again: what was here of it counts no more.
    BeginsAnew,
    /// More bytes of the file.
    Received {
        /// How many.
        bytes: u64,
    },
}

/// What [`SOURCE_FILE`] says.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Source {
    pub(super) source: String,
    pub(super) revision: Option<String>,
    files: Vec<SourceFile>,
}

#[derive(Serialize, Deserialize)]
struct SourceFile {
    path: String,
    bytes: u64,
    checksum: Option<String>,
}

impl Plan {
    /// Size of all files together.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

impl ModelStore {
    /// The store in the data folder, with the person's `HF_TOKEN`.
    pub fn standard() -> ModelStore {
        let token = std::env::var("HF_TOKEN").ok().filter(|token| !token.trim().is_empty());
        ModelStore::at(sys::data_folder().join("models"), Patience::standard(), Pace::standard(), token)
    }

    /// A store in the folder `root`; `token` is shown to the Hub alone.
    pub fn at(root: impl Into<PathBuf>, patience: Patience, pace: Pace, token: Option<String>) -> ModelStore {
        ModelStore { root: root.into(), patience, pace, token }
    }

    /// The folder that holds the models.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of ORG/NAME, whether it is there or not; `None` if that is no name.
    pub fn folder(&self, id: &str) -> Option<PathBuf> {
        let (org, name) = id.split_once('/')?;
        (is_name(org) && is_name(name)).then(|| self.root.join(org).join(name))
    }

    /// Asks which files a model has, and chooses what it needs; `chosen` is a GGUF file of several.
    ///
    /// # Errors
    /// [`PullFailure`].
    pub fn plan(&self, origin: &Origin, chosen: Option<&str>) -> Result<Plan, PullFailure> {
        let repository = match origin {
            Origin::Remote(repository) => repository,
            Origin::Local(path) => return plan_local(path, chosen),
        };
        let client = Client::new(repository, self.patience, self.token.as_deref());
        let source = repository.address();
        let listing = match repository.protocol {
            Protocol::HuggingFace => hugging_face::list(&client)?,
            Protocol::ModelScope => model_scope::list(&client)?,
        };
        let names: Vec<&str> = listing.files.iter().map(|file| file.path.as_str()).collect();
        let wanted = selection::select(&source, &names, chosen)?;
        let mut by_name: HashMap<&str, &RemoteFile> = listing.files.iter().map(|it| (it.path.as_str(), it)).collect();
        let mut remote: Vec<RemoteFile> = wanted.iter().filter_map(|name| by_name.remove(name)).cloned().collect();
        let mut files = Vec::new();
        for file in &mut remote {
            if repository.protocol == Protocol::HuggingFace {
                hugging_face::look(&client, file)?;
            }
            let Some(bytes) = file.bytes else {
                let cause = format!("no size of {}", file.path).into();
                return Err(PullError::Listing { address: file.url.as_str().into(), cause }.into());
            };
            if bytes > FILE_BYTES_MAX {
                let cause = format!("{bytes} bytes of {}; expected at most {FILE_BYTES_MAX}", file.path).into();
                return Err(PullError::Listing { address: source.as_str().into(), cause }.into());
            }
            files.push(PlannedFile { path: target(&file.path), bytes });
        }
        let revision = Some(listing.revision);
        Ok(Plan {
            id: repository.id.clone(),
            source,
            revision,
            files,
            place: Place::Remote(repository.clone(), remote),
        })
    }

    /// Brings what a plan names; the model's folder.
    ///
    /// # Errors
    /// [`PullFailure`]; files that arrived, and the pieces of the one that did not, are kept for the next time.
    pub fn fetch(&self, mut plan: Plan, on_event: &mut dyn FnMut(PullEvent)) -> Result<(Got, PathBuf), PullFailure> {
        let Some(folder) = self.folder(&plan.id) else { return Err(PullError::Name { name: plan.id.into() }.into()) };
        if is_here(&folder, &plan) {
            return Ok((Got::AlreadyHere, folder));
        }
        // Files of this machine are called by the last part of their path, as others may be.
        let taken = matches!(plan.place, Place::Local(_)).then(|| known(&folder)).flatten();
        if let Some(taken) = taken.filter(|taken| taken.source != plan.source) {
            let (path, source) = (folder.display().to_string().into(), taken.source.into());
            return Err(PullError::Taken { model: plan.id.into(), path, source }.into());
        }
        let (_lock, aside) = self.begin(&plan.id)?;
        clear(&aside, &plan)?;
        let mut kept = Vec::new();
        for i in 0..plan.files.len() {
            let PlannedFile { path, bytes } = plan.files[i].clone();
            let arrived = aside.join(&path);
            if let Some(parent) = arrived.parent() {
                fs::create_dir_all(parent).map_err(|e| FileError::writing(parent, &e))?;
            }
            let checksum = match &mut plan.place {
                Place::Remote(repository, files) => {
                    let client = Client::new(repository, self.patience, self.token.as_deref());
                    self.bring(&client, &files[i], bytes, &arrived, on_event)?;
                    files[i].digest.as_ref().map(Digest::named)
                }
                Place::Local(model) => {
                    on_event(PullEvent::Begins { file: &path, have: 0, bytes });
                    model.copy(i, &arrived, &mut |bytes| on_event(PullEvent::Received { bytes }))?;
                    None
                }
            };
            kept.push(SourceFile { path, bytes, checksum });
        }
        let source = Source { source: plan.source, revision: plan.revision, files: kept };
        let text = serde_json::to_vec_pretty(&source).expect("a source is JSON");
        atomic_file::write(aside.join(SOURCE_FILE), &text)?;
        let org = folder.parent().unwrap_or(&self.root);
        fs::create_dir_all(org).map_err(|e| FileError::writing(org, &e))?;
        atomic_file::replace_dir(&aside, &folder)?;
        Ok((Got::Arrived, folder))
    }

    /// Brings one file, unless it is there from an earlier run.
    fn bring(
        &self,
        client: &Client,
        file: &RemoteFile,
        bytes: u64,
        arrived: &Path,
        on_event: &mut dyn FnMut(PullEvent),
    ) -> Result<(), PullFailure> {
        let has_size = fs::metadata(arrived).is_ok_and(|it| it.len() == bytes);
        // Without a checksum nobody can say whether it is the same.
        let is_same = has_size && file.digest.as_ref().is_some_and(|it| it.of(arrived).is_ok_and(|found| found == *it));
        if is_same {
            return Ok(());
        }
        let part = arrived.with_added_extension("part");
        transfer::fetch(client, (file, bytes), &part, self.pace, on_event)?;
        Ok(fs::rename(&part, arrived).map_err(|e| FileError::writing(arrived, &e))?)
    }

    /// Keeps other processes from the same model, and makes the folder where its files arrive.
    fn begin(&self, id: &str) -> Result<(File, PathBuf), PullFailure> {
        let aside = self.root.join(".partial").join(id);
        fs::create_dir_all(&aside).map_err(|e| FileError::writing(&aside, &e))?;
        let path = aside.with_added_extension("lock");
        let lock = File::create(&path).map_err(|e| FileError::writing(&path, &e))?;
        if let Err(fs::TryLockError::WouldBlock) = lock.try_lock() {
            return Err(PullError::Busy { model: id.into() }.into());
        }
        Ok((lock, aside))
    }
}

/// Removes what an earlier run of another revision left and this plan does not name: it would become part of the model.
fn clear(aside: &Path, plan: &Plan) -> Result<(), FileError> {
    let ours = |name: &str| {
        let name = name.strip_suffix(".pieces").unwrap_or(name);
        let name = name.strip_suffix(".part").unwrap_or(name);
        plan.files.iter().any(|file| file.path == name)
    };
    let mut open = vec![(aside.to_path_buf(), String::new())];
    while let Some((folder, below)) = open.pop() {
        for entry in fs::read_dir(&folder).map_err(|e| FileError::reading(&folder, &e))?.flatten() {
            let name = format!("{below}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                open.push((entry.path(), format!("{name}/")));
            } else if !ours(&name) {
                fs::remove_file(entry.path()).map_err(|e| FileError::writing(&entry.path(), &e))?;
            }
        }
    }
    Ok(())
}

/// Whether the folder holds exactly what the plan names, from the same place, by sizes and recorded checksums.
fn is_here(folder: &Path, plan: &Plan) -> bool {
    let Place::Remote(_, remote) = &plan.place else { return false };
    let Some(known) = known(folder) else { return false };
    known.source == plan.source
        && known.files.len() == plan.files.len()
        && known.files.iter().zip(&plan.files).zip(remote).all(|((known, file), remote)| {
            let digest = remote.digest.as_ref().map(Digest::named);
            known.path == file.path
                && known.bytes == file.bytes
                && digest.is_some()
                && known.checksum == digest
                && fs::metadata(folder.join(&file.path)).is_ok_and(|it| it.len() == file.bytes)
        })
}

/// Where the model in `folder` came from.
fn known(folder: &Path) -> Option<Source> {
    serde_json::from_slice(&fs::read(folder.join(SOURCE_FILE)).ok()?).ok()
}

fn plan_local(path: &Path, chosen: Option<&str>) -> Result<Plan, PullFailure> {
    let model = LocalModel::look(path, chosen)?;
    let id = format!("{LOCAL}/{}", model.name);
    let files = model.files.iter().map(|it| PlannedFile { path: it.path.clone(), bytes: it.bytes }).collect();
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    Ok(Plan { id, source: whole.display().to_string(), revision: None, files, place: Place::Local(model) })
}

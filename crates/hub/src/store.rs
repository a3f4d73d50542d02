//! The folder of fetched data sets: `NAME/FILE...` for what is whole, `.partial/NAME/FILE...` for what is on its way.
//!
//! Beside it a store may know a folder of the same form that others filled, `$SANJIE_DATA`: a file that is there with its recorded
//! checksum is copied and not fetched. What lies there, or is offered, as `FILE.gz` is unpacked.

use crate::download::{self, Patience, Wanted};
use crate::{DataFile, Dataset, FetchError, HubError, Other};
use flate2::read::MultiGzDecoder;
use formats::checksum;
use std::fs::{self, File};
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use sys::atomic_file::{self, FileError};

/// The folder that holds data sets.
pub struct Store {
    root: PathBuf,
    /// Looked into before the network is asked; never written to.
    shared: Option<PathBuf>,
}

/// What [`Store::get`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Got {
    /// Every file was there already, with its recorded checksum.
    AlreadyHere,
    /// Every file is there now.
    Arrived,
}

/// What happens while files are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// An address is asked for a file of which `have` of `bytes` are here.
    Begins {
        /// Name of the file.
        file: &'a str,
        /// The address.
        address: &'a str,
        /// Bytes that an earlier attempt brought.
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
    /// An address is given up.
    Fails {
        /// The address.
        address: &'a str,
        /// Why.
        cause: &'a str,
    },
}

impl Store {
    /// The store of this computer's data folder, where training looks for data sets by name, beside `$SANJIE_DATA`.
    pub fn standard() -> Store {
        Store::at(sys::data_folder().join("data")).beside(sys::shared_data_folder())
    }

    /// A store in another folder; it is made when something arrives.
    pub fn at(root: impl Into<PathBuf>) -> Store {
        Store { root: root.into(), shared: None }
    }

    /// The same store beside a folder that others filled.
    pub fn beside(self, shared: Option<PathBuf>) -> Store {
        Store { shared, ..self }
    }

    /// The data set's folder, whether or not it is there.
    pub fn folder(&self, dataset: &Dataset) -> PathBuf {
        self.root.join(&dataset.name)
    }

    /// The folder of this store, or of the one beside it, that has every file with its size; checksums are not computed.
    pub fn found(&self, dataset: &Dataset) -> Option<PathBuf> {
        let shared = self.shared.as_ref().map(|shared| shared.join(&dataset.name));
        let is_whole =
            |folder: &PathBuf| dataset.files.iter().all(|file| size(&folder.join(file.name())) == Some(file.bytes));
        std::iter::once(self.folder(dataset)).chain(shared).find(is_whole)
    }

    /// Fetches what is missing or damaged, and not in the folder beside this one, until `on_event` breaks it off.
    ///
    /// # Errors
    /// See [`FetchError`]; files that arrived, and the beginning of the one that did not, are kept for the next time.
    pub fn get(
        &self,
        dataset: &Dataset,
        patience: Patience,
        on_event: &mut dyn FnMut(Event) -> ControlFlow<()>,
    ) -> Result<Got, HubError> {
        if self.missing(dataset).is_empty() {
            return Ok(Got::AlreadyHere);
        }
        let (_lock, aside) = self.begin(dataset)?;
        let agent = download::agent(patience, download::REDIRECTS_MAX);
        for file in self.missing(dataset) {
            let arrived = aside.join(file.name());
            let shared = self.shared.as_ref().map(|shared| shared.join(&dataset.name).join(file.name()));
            let shared: Vec<PathBuf> = shared.into_iter().flat_map(|plain| [plain.clone(), packed(&plain)]).collect();
            let mut found = shared.iter().filter_map(|path| recognised(path, dataset).ok());
            if holds(&arrived, file) {
                continue;
            }
            if let Some(found) = found.find(|found| found.file.sha256 == file.sha256) {
                found.bring(&aside)?;
            } else {
                let part = aside.join(format!("{}.part", file.name()));
                let wanted = Wanted { dataset: &dataset.name, file, urls: dataset.urls(file) };
                download::complete(&agent, &wanted, &part, on_event)?;
                fs::rename(&part, &arrived).map_err(|e| FileError::writing(&arrived, &e))?;
            }
        }
        self.publish(dataset, &aside)?;
        Ok(Got::Arrived)
    }

    /// Accepts files, or folders of files, that the person has: what is not recorded is refused, whatever its name.
    ///
    /// # Errors
    /// [`FetchError::NotThisFile`]; [`FetchError::StillMissing`] when more files are needed, and the right ones are kept.
    pub fn take(&self, dataset: &Dataset, offered: &[PathBuf]) -> Result<Got, HubError> {
        if self.missing(dataset).is_empty() {
            // A wrong file is told also where none is needed: who names it takes it for what is used.
            for path in offered.iter().filter(|path| !path.is_dir()) {
                recognised(path, dataset)?;
            }
            return Ok(Got::AlreadyHere);
        }
        let (_lock, aside) = self.begin(dataset)?;
        for path in offered {
            if path.is_dir() {
                for file in &dataset.files {
                    let plain = path.join(file.name());
                    if let Some(inside) = [packed(&plain), plain].iter().rfind(|path| path.exists()) {
                        recognised(inside, dataset)?.bring(&aside)?;
                    }
                }
            } else {
                recognised(path, dataset)?.bring(&aside)?;
            }
        }
        let missing: Vec<&str> = self
            .missing(dataset)
            .into_iter()
            .filter(|file| !holds(&aside.join(file.name()), file))
            .map(DataFile::name)
            .collect();
        if !missing.is_empty() {
            let (dataset, missing) = (dataset.name.as_str().into(), missing.join(", ").into());
            return Err(FetchError::StillMissing { dataset, missing }.into());
        }
        self.publish(dataset, &aside)?;
        Ok(Got::Arrived)
    }

    /// Keeps other processes from the same data set, and makes the folder where its files arrive.
    fn begin(&self, dataset: &Dataset) -> Result<(File, PathBuf), HubError> {
        let partial = self.root.join(".partial");
        let aside = partial.join(&dataset.name);
        fs::create_dir_all(&aside).map_err(|e| FileError::writing(&aside, &e))?;
        let path = partial.join(format!("{}.lock", dataset.name));
        let lock = File::create(&path).map_err(|e| FileError::writing(&path, &e))?;
        if let Err(fs::TryLockError::WouldBlock) = lock.try_lock() {
            return Err(FetchError::Busy { dataset: dataset.name.as_str().into() }.into());
        }
        Ok((lock, aside))
    }

    /// Files that are not there with their recorded checksum.
    fn missing<'a>(&self, dataset: &'a Dataset) -> Vec<&'a DataFile> {
        let folder = self.folder(dataset);
        dataset.files.iter().filter(|file| !holds(&folder.join(file.name()), file)).collect()
    }

    /// Gives the folder its name; in a folder that is there already the new files take the places of damaged ones.
    fn publish(&self, dataset: &Dataset, aside: &Path) -> Result<(), FileError> {
        let folder = self.folder(dataset);
        if !folder.exists() {
            return atomic_file::replace_dir(aside, &folder);
        }
        for file in &dataset.files {
            let (from, to) = (aside.join(file.name()), folder.join(file.name()));
            if from.exists() {
                fs::rename(&from, &to).map_err(|e| FileError::writing(&to, &e))?;
            }
        }
        // What may be left in it is of no use to anybody.
        let _ = fs::remove_dir_all(aside);
        Ok(())
    }
}

/// A file of a data set where somebody has it.
struct Found<'a> {
    file: &'a DataFile,
    path: &'a Path,
    /// Its bytes if it is packed; the largest data set has a few megabytes.
    unpacked: Option<Vec<u8>>,
}

impl Found<'_> {
    /// Brings it to where files arrive.
    fn bring(&self, aside: &Path) -> Result<(), FileError> {
        let to = aside.join(self.file.name());
        if let Some(bytes) = &self.unpacked {
            return atomic_file::write(&to, bytes);
        }
        let mut source = File::open(self.path).map_err(|e| FileError::reading(self.path, &e))?;
        atomic_file::write_with(&to, |writer| std::io::copy(&mut source, writer).map(|_| ()))
    }
}

/// The file of the data set that `path` is, by its bytes, packed or not.
fn recognised<'a>(path: &'a Path, dataset: &'a Dataset) -> Result<Found<'a>, HubError> {
    if let Some((file, bytes)) = unpacked(path, dataset) {
        return Ok(Found { file, path, unpacked: Some(bytes) });
    }
    let bytes = fs::metadata(path).map_err(|e| FileError::reading(path, &e))?.len();
    let name = path.file_name().and_then(|name| name.to_str());
    // Without a file of this size there is no need to read it.
    let found = if dataset.files.iter().any(|file| file.bytes == bytes) {
        let sha256 = checksum::sha256_file(path)
            .map_err(|e| FileError::Read { path: path.display().to_string(), cause: Box::new(e) })?;
        if let Some(file) = dataset.files.iter().find(|file| file.sha256 == sha256) {
            return Ok(Found { file, path, unpacked: None });
        }
        Other::Content { bytes, sha256 }
    } else {
        Other::Size { bytes }
    };
    let meant = dataset.files.iter().find(|file| Some(file.name()) == name).or(dataset.files.first());
    Err(FetchError::NotThisFile {
        path: path.display().to_string().into(),
        dataset: dataset.name.as_str().into(),
        file: meant.map(|file| file.name().into()).unwrap_or_default(),
        bytes: meant.map(|file| file.bytes).unwrap_or_default(),
        sha256: meant.map(|file| file.sha256.as_str().into()).unwrap_or_default(),
        cause: Box::new(found),
    }
    .into())
}

/// What a file is called when it is packed.
fn packed(file: &Path) -> PathBuf {
    file.with_added_extension("gz")
}

/// The file of the data set that `path` packs, and its bytes.
fn unpacked<'a>(path: &Path, dataset: &'a Dataset) -> Option<(&'a DataFile, Vec<u8>)> {
    if path.extension()? != "gz" {
        return None;
    }
    // A byte more than the largest has is enough to tell that it is none of them.
    let most = dataset.files.iter().map(|file| file.bytes).max()? + 1;
    let mut bytes = Vec::new();
    MultiGzDecoder::new(File::open(path).ok()?).take(most).read_to_end(&mut bytes).ok()?;
    let sha256 = checksum::sha256(&bytes);
    Some((dataset.files.iter().find(|file| file.sha256 == sha256)?, bytes))
}

/// Whether `path` is `file`, by size and checksum.
fn holds(path: &Path, file: &DataFile) -> bool {
    size(path) == Some(file.bytes) && checksum::sha256_file(path).is_ok_and(|found| found == file.sha256)
}

fn size(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|metadata| metadata.len())
}

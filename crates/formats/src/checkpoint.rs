//! A published checkpoint: named arrays in one or more mapped files.
//!
//! Opens a safetensors file, a folder with `model.safetensors` or with `model.safetensors.index.json` and the shards it
//! names, a GGUF file, or a folder with a single GGUF file. Only headers are read; an array's bytes are a slice of the
//! map. Says nothing about what the arrays mean.

use crate::gguf::{self, GgufError, Metadata};
use crate::safetensors::SafetensorsError;
use crate::{Dtype, safetensors};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use sys::Mapped;
use sys::atomic_file::{self, FileError};

/// Most bytes of an index or another JSON file beside the weights; the largest published ones are some 20 MB.
const JSON_BYTES_MAX: u64 = 1 << 28;
/// Most files that an index may name.
const SHARDS_MAX: usize = 4096;

sys::coded_error! {
    /// Why a path holds no checkpoint.
    pub enum LayoutError {
        /// The file is of no kind that holds weights.
        NotAModel { path: String } = "checkpoint.not_a_model",
        /// There are neither safetensors nor a single GGUF file.
        NoWeights { path: String } = "checkpoint.no_weights",
        /// The index is no index.
        Index { path: String, cause: String } = "checkpoint.index",
        /// The index names an array that its file does not hold.
        Absent { path: String, name: String, file: String } = "checkpoint.absent",
        /// An array stands in two files.
        Twice { path: String, name: String } = "checkpoint.twice",
    }
}

sys::coded_union! {
    /// Why a checkpoint cannot be opened.
    pub enum CheckpointError {
        /// A file is missing or unreadable.
        File(FileError),
        /// A safetensors file is damaged.
        Safetensors(SafetensorsError),
        /// A GGUF file is damaged.
        Gguf(GgufError),
        /// The index cannot be read.
        Json(JsonError),
        /// The files do not make a checkpoint.
        Layout(LayoutError),
    }
}

/// What is known of one array.
#[derive(Clone, Debug, PartialEq)]
pub struct ArrayInfo {
    /// Its published name.
    pub name: String,
    /// Its dimensions, slowest first; none for a single number.
    pub shape: Vec<usize>,
    /// How its values are stored.
    pub dtype: Dtype,
    /// Which file it stands in.
    pub file: usize,
    /// Its bytes in that file.
    pub range: Range<usize>,
}

impl ArrayInfo {
    /// Number of values.
    pub fn n_values(&self) -> usize {
        self.shape.iter().product()
    }
}

/// An array's bytes, which keep their file mapped.
#[derive(Clone)]
pub struct ArrayBytes {
    file: Arc<Mapped>,
    range: Range<usize>,
}

impl AsRef<[u8]> for ArrayBytes {
    fn as_ref(&self) -> &[u8] {
        &self.file[self.range.clone()]
    }
}

/// Named arrays, mapped.
pub struct Checkpoint {
    files: Vec<Arc<Mapped>>,
    arrays: Vec<ArrayInfo>,
    by_name: HashMap<String, usize>,
    gguf: Option<Metadata>,
}

impl Checkpoint {
    /// Opens a file or a folder.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn open(path: impl AsRef<Path>) -> Result<Checkpoint, CheckpointError> {
        let path = path.as_ref();
        if !path.exists() {
            return Err(FileError::Missing { path: path.display().to_string() }.into());
        }
        if !path.is_dir() {
            return Checkpoint::of_file(path);
        }
        let index = path.join("model.safetensors.index.json");
        if path.join("model.safetensors").is_file() {
            Checkpoint::of_file(&path.join("model.safetensors"))
        } else if index.is_file() {
            Checkpoint::of_shards(path, &index)
        } else {
            match single_gguf(path) {
                Some(file) => Checkpoint::of_file(&file),
                None => Err(LayoutError::NoWeights { path: path.display().to_string() }.into()),
            }
        }
    }

    /// The arrays: file by file, in the order of their data.
    pub fn arrays(&self) -> &[ArrayInfo] {
        &self.arrays
    }

    /// The array called `name`.
    pub fn get(&self, name: &str) -> Option<&ArrayInfo> {
        self.by_name.get(name).map(|&index| &self.arrays[index])
    }

    /// The bytes of one of [`Checkpoint::arrays`].
    pub fn bytes(&self, array: &ArrayInfo) -> ArrayBytes {
        ArrayBytes { file: self.files[array.file].clone(), range: array.range.clone() }
    }

    /// The metadata of a GGUF file.
    pub fn gguf(&self) -> Option<&Metadata> {
        self.gguf.as_ref()
    }

    /// How many arrays have each type.
    pub fn dtypes(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        self.arrays.iter().for_each(|array| *counts.entry(array.dtype.name()).or_default() += 1);
        counts
    }

    fn of_file(path: &Path) -> Result<Checkpoint, CheckpointError> {
        let mut checkpoint = Checkpoint::empty();
        let shown = path.display().to_string();
        let file = Mapped::open(path)?;
        if gguf::is_gguf(&file) {
            let header = gguf::parse(&file, &shown)?;
            checkpoint.gguf = Some(header.metadata);
            checkpoint.add(file, header.arrays, &shown)?;
        } else if !safetensors::may_be(path, &file) {
            return Err(LayoutError::NotAModel { path: shown }.into());
        } else {
            let arrays = safetensors::arrays_of(&file, &shown)?;
            checkpoint.add(file, arrays, &shown)?;
        }
        Ok(checkpoint)
    }

    fn of_shards(folder: &Path, index: &Path) -> Result<Checkpoint, CheckpointError> {
        let path = index.display().to_string();
        let malformed = |cause: String| LayoutError::Index { path: path.clone(), cause };
        let json = json_file(index)?;
        let map = json["weight_map"].as_object().ok_or_else(|| malformed("weight_map is missing".into()))?;
        let mut shards: Vec<&str> = Vec::new();
        for (name, file) in map {
            let file = file.as_str().ok_or_else(|| malformed(format!("the file of {name} is no text")))?;
            // A plain name in the folder itself; anything else could lead out of it.
            if file.is_empty() || file.starts_with('.') || file.contains(['/', '\\', ':', '\0']) {
                return Err(malformed(format!("{file:?} is no plain file name")).into());
            }
            if !shards.contains(&file) {
                shards.push(file);
            }
            if shards.len() > SHARDS_MAX {
                return Err(malformed(format!("more than {SHARDS_MAX} files")).into());
            }
        }
        shards.sort_unstable();
        let mut checkpoint = Checkpoint::empty();
        for shard in &shards {
            let file = folder.join(shard);
            let shown = file.display().to_string();
            let file = Mapped::open(&file)?;
            let arrays = safetensors::arrays_of(&file, &shown)?;
            checkpoint.add(file, arrays, &shown)?;
        }
        for (name, file) in map {
            let stands = checkpoint.get(name).is_some_and(|array| file.as_str() == Some(shards[array.file]));
            if !stands {
                let file = file.as_str().unwrap_or_default().into();
                return Err(LayoutError::Absent { path, name: name.clone(), file }.into());
            }
        }
        Ok(checkpoint)
    }

    fn empty() -> Checkpoint {
        Checkpoint { files: Vec::new(), arrays: Vec::new(), by_name: HashMap::new(), gguf: None }
    }

    fn add(&mut self, file: Mapped, arrays: Vec<ArrayInfo>, path: &str) -> Result<(), LayoutError> {
        let number = self.files.len();
        self.files.push(Arc::new(file));
        for array in arrays {
            if self.by_name.insert(array.name.clone(), self.arrays.len()).is_some() {
                return Err(LayoutError::Twice { path: path.into(), name: array.name });
            }
            self.arrays.push(ArrayInfo { file: number, ..array });
        }
        Ok(())
    }
}

sys::coded_error! {
    /// Why a file beside the weights is not used.
    pub enum JsonTextError {
        /// It is no JSON, or larger than any of its kind.
        Malformed { path: String, cause: String } = "checkpoint.json",
    }
}

sys::coded_union! {
    /// Why a JSON file beside the weights cannot be read.
    pub enum JsonError {
        /// It cannot be read.
        File(FileError),
        /// It is no JSON, or too large.
        Text(JsonTextError),
    }
}

/// Reads a JSON file of bounded size.
///
/// # Errors
/// [`JsonError`].
pub fn json_file(path: &Path) -> Result<Value, JsonError> {
    Ok(serde_json::from_slice(&json_bytes(path)?).map_err(|error| malformed(path, error.to_string()))?)
}

/// The bytes of a JSON file of bounded size.
///
/// # Errors
/// [`JsonError`], of which [`JsonTextError::Malformed`] is for one that is too large.
pub fn json_bytes(path: &Path) -> Result<Vec<u8>, JsonError> {
    let size = std::fs::metadata(path).map_err(|e| FileError::reading(path, &e))?.len();
    if size > JSON_BYTES_MAX {
        return Err(malformed(path, format!("{size} bytes, expected at most {JSON_BYTES_MAX}")).into());
    }
    Ok(atomic_file::read(path)?)
}

fn malformed(path: &Path, cause: String) -> JsonTextError {
    JsonTextError::Malformed { path: path.display().to_string(), cause }
}

/// The GGUF file of a folder that holds exactly one.
pub fn single_gguf(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let mut files = entries.filter(|path| path.extension().is_some_and(|ending| ending == "gguf"));
    files.next().filter(|_| files.next().is_none())
}

//! GGUF version 3: named metadata and named arrays in one file, as llama.cpp writes them.
//!
//! A header with two counts, key-value pairs, one record for each array (name, dimensions, type, offset), then the data,
//! aligned (<https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>). Dimensions stand there fastest first; here, as
//! everywhere in this library, slowest first. The reader takes nothing on trust: every count is compared with the bytes
//! that are left before anything is allocated, and every array must lie whole within the file.
//!
//! Not here: versions 1 and 2, big-endian files, files in several parts, writing.

pub mod vocabulary;

use crate::Dtype;
use crate::checkpoint::ArrayInfo;
use std::collections::{BTreeMap, HashSet};

/// Most elements of all metadata lists together: sixty times the largest vocabulary with scores and merges.
const ELEMENTS_MAX: usize = 1 << 24;
/// Most dimensions of an array, as in ggml.
const DIMENSIONS_MAX: usize = 4;
/// Deepest list in a list; published files have none.
const DEPTH_MAX: usize = 4;
/// Alignment of the data unless the file says otherwise.
const ALIGNMENT: usize = 32;

sys::coded_error! {
    /// What can be wrong with a GGUF file.
    pub enum GgufError {
        /// The first four bytes are others.
        NotGguf { path: String } = "gguf.not_gguf",
        /// A version, or byte order, that is not read here.
        Version { path: String, found: u32 } = "gguf.version",
        /// The file ends, after so many bytes, before what it promises: the value of a key, an array, or a field of the format, by
        /// its name in the specification.
        Truncated { path: String, what: String, bytes: usize } = "gguf.truncated",
        /// A value that cannot be: its place and what is wrong with it.
        Damaged { path: String, what: String, found: String, expected: String } = "gguf.damaged",
        /// An array of a type that is not read here.
        Type { path: String, name: String, found: u32, expected: String } = "gguf.type",
    }
}

/// A value of the metadata.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Any of the unsigned types.
    Unsigned(u64),
    /// Any of the signed types.
    Signed(i64),
    /// Either floating-point type.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// A text; bytes that are not UTF-8 are replaced by U+FFFD.
    Text(String),
    /// A list of values of one type.
    List(Vec<Value>),
}

impl Value {
    /// The number, if it is a whole one and not negative.
    pub fn as_usize(&self) -> Option<usize> {
        match self {
            Value::Unsigned(n) => usize::try_from(*n).ok(),
            Value::Signed(n) => usize::try_from(*n).ok(),
            _ => None,
        }
    }

    /// The number, whole or not.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Unsigned(n) => Some(*n as f64),
            Value::Signed(n) => Some(*n as f64),
            Value::Float(x) => Some(*x),
            _ => None,
        }
    }

    /// The truth value.
    pub fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(truth) = self { Some(*truth) } else { None }
    }

    /// The text.
    pub fn as_str(&self) -> Option<&str> {
        if let Value::Text(text) = self { Some(text) } else { None }
    }

    /// The list.
    pub fn as_list(&self) -> Option<&[Value]> {
        if let Value::List(list) = self { Some(list) } else { None }
    }
}

/// Metadata by key.
pub type Metadata = BTreeMap<String, Value>;

/// What stands before the data.
#[derive(Debug)]
pub struct Header {
    /// Everything said about the model.
    pub metadata: Metadata,
    /// The arrays in the order of the file, their byte ranges counted from the beginning of the file.
    pub arrays: Vec<ArrayInfo>,
}

/// Whether a file that begins with `bytes` says that it is GGUF.
pub fn is_gguf(bytes: &[u8]) -> bool {
    bytes.starts_with(b"GGUF")
}

/// Reads the header of a whole file; `path` only names it in errors.
///
/// # Errors
/// [`GgufError`].
pub fn parse(bytes: &[u8], path: &str) -> Result<Header, GgufError> {
    let mut reader = Reader { bytes, at: 0, path, n_elements: 0 };
    if !is_gguf(bytes) {
        return Err(GgufError::NotGguf { path: path.into() });
    }
    reader.at = 4;
    let version = u32::from_le_bytes(reader.array("version")?);
    if version != 3 {
        return Err(GgufError::Version { path: path.into(), found: version });
    }
    // A record is a name of at least its length, a count of dimensions, a type and an offset; a pair is a key and a type.
    let n_arrays = reader.count("tensor_count", 8 + 4 + 4 + 8)?;
    let n_pairs = reader.count("metadata_kv_count", 8 + 4)?;
    let mut metadata = Metadata::new();
    for _ in 0..n_pairs {
        let key = reader.text("key")?;
        let kind = reader.u32(&key)?;
        let value = reader.value(kind, &key, 0)?;
        if metadata.insert(key.clone(), value).is_some() {
            return Err(reader.damaged(&key, "given twice", "given once"));
        }
    }
    let alignment = match metadata.get("general.alignment") {
        None => ALIGNMENT,
        Some(value) => value.as_usize().filter(|&n| n.is_power_of_two() && n <= 1 << 20).ok_or_else(|| {
            reader.damaged("general.alignment", &format!("{value:?}"), "a power of two up to 1048576")
        })?,
    };
    let mut arrays = Vec::new();
    let mut names = HashSet::new();
    for _ in 0..n_arrays {
        let array = reader.record()?;
        if !names.insert(array.name.clone()) {
            return Err(reader.damaged(&array.name, "given twice", "given once"));
        }
        arrays.push(array);
    }
    let start = reader.at.next_multiple_of(alignment);
    for array in &mut arrays {
        let offset = array.range.start;
        if !offset.is_multiple_of(alignment) {
            return Err(reader.damaged(
                &array.name,
                &format!("offset {offset}"),
                &format!("a multiple of {alignment}"),
            ));
        }
        let truncated = || GgufError::Truncated { path: path.into(), what: array.name.clone(), bytes: bytes.len() };
        let begin = start.checked_add(offset).ok_or_else(truncated)?;
        let end = begin.checked_add(array.range.len()).ok_or_else(truncated)?;
        if end > bytes.len() {
            return Err(truncated());
        }
        array.range = begin..end;
    }
    Ok(Header { metadata, arrays })
}

/// Reads forward through the header.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    path: &'a str,
    /// Elements of all lists so far.
    n_elements: usize,
}

impl Reader<'_> {
    fn damaged(&self, what: &str, found: &str, expected: &str) -> GgufError {
        let (what, found, expected) = (what.to_string(), found.to_string(), expected.to_string());
        GgufError::Damaged { path: self.path.into(), what, found, expected }
    }

    fn take(&mut self, n: usize, what: &str) -> Result<&[u8], GgufError> {
        let rest = &self.bytes[self.at..];
        if n > rest.len() {
            return Err(GgufError::Truncated { path: self.path.into(), what: what.into(), bytes: self.bytes.len() });
        }
        self.at += n;
        Ok(&rest[..n])
    }

    fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N], GgufError> {
        Ok(self.take(N, what)?.try_into().expect("as many bytes as asked for"))
    }

    fn u32(&mut self, what: &str) -> Result<u32, GgufError> {
        Ok(u32::from_le_bytes(self.array(what)?))
    }

    /// A count of things of which each takes `bytes_min` bytes at least, so that it is below what the file can hold.
    fn count(&mut self, what: &str, bytes_min: usize) -> Result<usize, GgufError> {
        let found = u64::from_le_bytes(self.array(what)?);
        let most = (self.bytes.len() - self.at) / bytes_min;
        let fits = usize::try_from(found).ok().filter(|&n| n <= most);
        fits.ok_or_else(|| self.damaged(what, &found.to_string(), &format!("at most {most} in a file of this size")))
    }

    fn text(&mut self, what: &str) -> Result<String, GgufError> {
        let len = self.count(what, 1)?;
        Ok(String::from_utf8_lossy(self.take(len, what)?).into_owned())
    }

    fn value(&mut self, kind: u32, key: &str, depth: usize) -> Result<Value, GgufError> {
        Ok(match kind {
            0 => Value::Unsigned(self.array::<1>(key)?[0].into()),
            1 => Value::Signed(i8::from_le_bytes(self.array(key)?).into()),
            2 => Value::Unsigned(u16::from_le_bytes(self.array(key)?).into()),
            3 => Value::Signed(i16::from_le_bytes(self.array(key)?).into()),
            4 => Value::Unsigned(self.u32(key)?.into()),
            5 => Value::Signed(i32::from_le_bytes(self.array(key)?).into()),
            6 => Value::Float(f32::from_le_bytes(self.array(key)?).into()),
            7 => match self.array::<1>(key)?[0] {
                0 => Value::Bool(false),
                1 => Value::Bool(true),
                other => return Err(self.damaged(key, &other.to_string(), "0 or 1")),
            },
            8 => Value::Text(self.text(key)?),
            9 => self.list(key, depth)?,
            10 => Value::Unsigned(u64::from_le_bytes(self.array(key)?)),
            11 => Value::Signed(i64::from_le_bytes(self.array(key)?)),
            12 => Value::Float(f64::from_le_bytes(self.array(key)?)),
            other => return Err(self.damaged(key, &format!("type {other}"), "a type from 0 to 12")),
        })
    }

    fn list(&mut self, key: &str, depth: usize) -> Result<Value, GgufError> {
        if depth == DEPTH_MAX {
            return Err(self.damaged(key, "lists in lists", &format!("at most {DEPTH_MAX} deep")));
        }
        let kind = self.u32(key)?;
        let bytes_min = [1, 1, 2, 2, 4, 4, 4, 1, 8, 12, 8, 8, 8].get(kind as usize).copied().unwrap_or(1);
        let n = self.count(key, bytes_min)?;
        self.n_elements += n;
        if self.n_elements > ELEMENTS_MAX {
            return Err(self.damaged(key, &format!("{n} elements"), &format!("at most {ELEMENTS_MAX} in all lists")));
        }
        (0..n).map(|_| self.value(kind, key, depth + 1)).collect::<Result<_, _>>().map(Value::List)
    }

    /// A record of an array, its range still counted from the beginning of the data.
    fn record(&mut self) -> Result<ArrayInfo, GgufError> {
        let name = self.text("name")?;
        let n_dims = self.u32(&name)? as usize;
        if n_dims > DIMENSIONS_MAX {
            return Err(self.damaged(&name, &format!("{n_dims} dimensions"), &format!("at most {DIMENSIONS_MAX}")));
        }
        let mut shape = Vec::with_capacity(n_dims);
        for _ in 0..n_dims {
            let dim = u64::from_le_bytes(self.array(&name)?);
            shape.push(usize::try_from(dim).map_err(|_| self.damaged(&name, &dim.to_string(), "a size in 64 bits"))?);
        }
        shape.reverse();
        let kind = self.u32(&name)?;
        let Some(dtype) = dtype(kind) else {
            let expected = TYPES.map(|(_, dtype)| dtype.name()).join(", ");
            return Err(GgufError::Type { path: self.path.into(), name, found: kind, expected });
        };
        let offset = u64::from_le_bytes(self.array(&name)?);
        let whole = format!("rows of whole blocks of {} values, below 2^64 bytes", dtype.block_values());
        let range = usize::try_from(offset).ok().and_then(|start| {
            let end = start.checked_add(dtype.bytes_of(&shape)?)?;
            Some(start..end)
        });
        let found = format!("{} {shape:?} at offset {offset}", dtype.name());
        let range = range.ok_or_else(|| self.damaged(&name, &found, &whole))?;
        Ok(ArrayInfo { name, shape, dtype, file: 0, range })
    }
}

/// ggml's numbers of the types that are read here.
const TYPES: [(u32, Dtype); 20] = [
    (0, Dtype::F32),
    (1, Dtype::F16),
    (2, Dtype::Q4_0),
    (3, Dtype::Q4_1),
    (6, Dtype::Q5_0),
    (7, Dtype::Q5_1),
    (8, Dtype::Q8_0),
    (10, Dtype::Q2K),
    (11, Dtype::Q3K),
    (12, Dtype::Q4K),
    (13, Dtype::Q5K),
    (14, Dtype::Q6K),
    (20, Dtype::Iq4Nl),
    (23, Dtype::Iq4Xs),
    (24, Dtype::I8),
    (25, Dtype::I16),
    (26, Dtype::I32),
    (27, Dtype::I64),
    (28, Dtype::F64),
    (30, Dtype::BF16),
];

fn dtype(kind: u32) -> Option<Dtype> {
    TYPES.iter().find(|(number, _)| *number == kind).map(|(_, dtype)| *dtype)
}

//! The safetensors format: named arrays in one file.
//!
//! Eight bytes with the header's length (little-endian), a JSON header with type, shape and byte range of each array,
//! then the data (<https://github.com/huggingface/safetensors>). Reading goes through the `safetensors` crate,
//! which checks every range against the file before anything is taken from it, and widens each array to f32.
//! Writing keeps the caller's order and holds no time or random order: equal arrays give equal bytes.
//!
//! [`arrays_of`] reads what a mapped file holds. Not here: writing other types than f32.

use crate::Dtype;
use crate::checkpoint::ArrayInfo;
use safetensors::tensor::{self, SafeTensors, TensorView};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use sys::atomic_file::{self, FileError};

sys::coded_error! {
    /// What can be wrong with a safetensors file.
    pub enum SafetensorsError {
        /// The file is missing.
        Missing { path: String } = "file.missing",
        /// The file cannot be read.
        Unreadable { path: String } by Cause = "file.read",
        /// The file cannot be written.
        Unwritable { path: String } by Cause = "file.write",
        /// The header is no valid header, or promises what the file does not hold.
        Damaged { path: String, cause: String } = "safetensors.damaged",
        /// An array has a type that has no meaning as f32.
        Dtype { path: String, name: String, found: String, expected: String } = "safetensors.dtype",
        /// An integer above 2^24 in size, which f32 cannot hold.
        Inexact { path: String, name: String, value: i64 } = "safetensors.inexact",
    }
}

impl From<FileError> for SafetensorsError {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Missing { path } => SafetensorsError::Missing { path },
            FileError::Read { path, cause } => SafetensorsError::Unreadable { path, cause },
            FileError::Write { path, cause } => SafetensorsError::Unwritable { path, cause },
        }
    }
}

/// One array of a file, as f32 in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedArray {
    /// Its name in the file.
    pub name: String,
    /// Its dimensions; none for a single number.
    pub shape: Vec<usize>,
    /// Its values, as many as the product of the dimensions.
    pub values: Vec<f32>,
    /// Its type in the file, such as `F32` or `BF16`.
    pub dtype: String,
}

/// A file's arrays in the order of their data, and its text metadata.
#[derive(Clone, Debug, PartialEq)]
pub struct Contents {
    /// The arrays.
    pub arrays: Vec<NamedArray>,
    /// The `__metadata__` of the header.
    pub metadata: BTreeMap<String, String>,
}

impl Contents {
    /// The array called `name`.
    pub fn get(&self, name: &str) -> Option<&NamedArray> {
        self.arrays.iter().find(|array| array.name == name)
    }
}

/// An array to be written.
#[derive(Clone, Copy, Debug)]
pub struct ArrayRef<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its dimensions.
    pub shape: &'a [usize],
    /// Its values, row-major.
    pub values: &'a [f32],
}

/// Reads a file. F64, F32, F16, BF16, I64, I32, U8 and BOOL arrays are converted to f32.
///
/// # Errors
/// Every variant but `Unwritable`.
pub fn read(path: impl AsRef<Path>) -> Result<Contents, SafetensorsError> {
    let path = path.as_ref();
    parse(&atomic_file::read(path)?, &path.display().to_string())
}

/// Reads the bytes of a file; `path` only names it in errors.
///
/// # Errors
/// `Damaged`, `Dtype`, `Inexact`.
pub fn parse(bytes: &[u8], path: &str) -> Result<Contents, SafetensorsError> {
    let damaged = |cause: String| SafetensorsError::Damaged { path: path.into(), cause };
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| damaged(e.to_string()))?;
    let file = SafeTensors::deserialize(bytes).map_err(|e| damaged(e.to_string()))?;
    let mut views = file.tensors();
    views.sort_by(|(a, x), (b, y)| (x.data().as_ptr(), a).cmp(&(y.data().as_ptr(), b)));
    let arrays = views.iter().map(|(name, view)| widen(name, view, path)).collect::<Result<_, _>>()?;
    let metadata = header.metadata().iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect();
    Ok(Contents { arrays, metadata })
}

/// Whether a file is meant to be one of these, damaged or not: by its name, or by the brace that begins its header.
pub(crate) fn may_be(path: &Path, bytes: &[u8]) -> bool {
    path.extension().is_some_and(|extension| extension == "safetensors") || bytes.get(size_of::<u64>()) == Some(&b'{')
}

/// The arrays of a whole file in the order of their data, their byte ranges counted from its beginning; the data are left
/// alone, and `path` only names the file in errors.
///
/// # Errors
/// `Damaged`, `Dtype`.
pub fn arrays_of(bytes: &[u8], path: &str) -> Result<Vec<ArrayInfo>, SafetensorsError> {
    let damaged = |cause: String| SafetensorsError::Damaged { path: path.into(), cause };
    // Checks every range against the file, too.
    let (n_header, header) = SafeTensors::read_metadata(bytes).map_err(|e| damaged(e.to_string()))?;
    let data = size_of::<u64>() + n_header;
    let mut arrays = Vec::new();
    for (name, info) in header.tensors() {
        let found = format!("{:?}", info.dtype);
        let Some(dtype) = Dtype::by_name(&found) else {
            let expected = "F64, F32, F16, BF16, I8 to I64, U8 to U64, BOOL".into();
            return Err(SafetensorsError::Dtype { path: path.into(), name, found, expected });
        };
        let range = data + info.data_offsets.0..data + info.data_offsets.1;
        arrays.push(ArrayInfo { name, shape: info.shape.clone(), dtype, file: 0, range });
    }
    arrays.sort_by(|a, b| (a.range.start, &a.name).cmp(&(b.range.start, &b.name)));
    Ok(arrays)
}

/// Writes f32 arrays in the given order, whole or not at all.
///
/// ```
/// use formats::safetensors::{ArrayRef, read, write};
/// let path = std::env::temp_dir().join(format!("sanjie-doc-{}.safetensors", std::process::id()));
/// write(&path, &[("format_version", "1")], &[ArrayRef { name: "w", shape: &[2, 1], values: &[1.5, -2.0] }])?;
/// let contents = read(&path)?;
/// assert_eq!(contents.get("w").unwrap().values, [1.5, -2.0]);
/// assert_eq!(contents.metadata["format_version"], "1");
/// # std::fs::remove_file(path).unwrap();
/// # Ok::<(), formats::safetensors::SafetensorsError>(())
/// ```
///
/// # Errors
/// `Unwritable`.
///
/// # Panics
/// If a shape does not fit its values or a name occurs twice.
#[track_caller]
pub fn write(
    path: impl AsRef<Path>,
    metadata: &[(&str, &str)],
    arrays: &[ArrayRef<'_>],
) -> Result<(), SafetensorsError> {
    let header = header(metadata, arrays);
    let fill = |w: &mut dyn Write| -> io::Result<()> {
        w.write_all(&(header.len() as u64).to_le_bytes())?;
        w.write_all(&header)?;
        for array in arrays {
            // In pieces, so that no second copy of a large array is ever held.
            for piece in array.values.chunks(1 << 14) {
                let bytes: Vec<u8> = piece.iter().flat_map(|value| value.to_le_bytes()).collect();
                w.write_all(&bytes)?;
            }
        }
        Ok(())
    };
    Ok(atomic_file::write_with(path, |w| fill(w))?)
}

/// The JSON header, filled with spaces so that the data starts at a multiple of eight bytes.
#[track_caller]
fn header(metadata: &[(&str, &str)], arrays: &[ArrayRef<'_>]) -> Vec<u8> {
    let mut fields = serde_json::Map::new();
    if !metadata.is_empty() {
        let metadata = metadata.iter().map(|(k, v)| (k.to_string(), (*v).into())).collect();
        fields.insert("__metadata__".into(), serde_json::Value::Object(metadata));
    }
    let mut start = 0;
    for ArrayRef { name, shape, values } in arrays {
        let n: usize = shape.iter().product();
        assert_eq!(n, values.len(), "safetensors: array {name} of shape {shape:?} has {} values", values.len());
        let end = start + 4 * n;
        let entry = serde_json::json!({ "dtype": "F32", "shape": shape, "data_offsets": [start, end] });
        assert!(fields.insert(name.to_string(), entry).is_none(), "safetensors: array {name} is given twice");
        start = end;
    }
    let mut bytes = serde_json::Value::Object(fields).to_string().into_bytes();
    bytes.resize(bytes.len().next_multiple_of(8), b' ');
    bytes
}

fn widen(name: &str, view: &TensorView<'_>, path: &str) -> Result<NamedArray, SafetensorsError> {
    let data = view.data();
    let exact = |value: i64| {
        let inexact = || SafetensorsError::Inexact { path: path.into(), name: name.into(), value };
        if value.unsigned_abs() <= 1 << 24 { Ok(value as f32) } else { Err(inexact()) }
    };
    let values: Vec<f32> = match view.dtype() {
        tensor::Dtype::F32 => each(data, f32::from_le_bytes).collect(),
        tensor::Dtype::F64 => each(data, |b| f64::from_le_bytes(b) as f32).collect(),
        tensor::Dtype::BF16 => each(data, |b| f32::from_bits(u32::from(u16::from_le_bytes(b)) << 16)).collect(),
        tensor::Dtype::F16 => each(data, |b| f16_to_f32(u16::from_le_bytes(b))).collect(),
        tensor::Dtype::I64 => each(data, i64::from_le_bytes).map(exact).collect::<Result<_, _>>()?,
        tensor::Dtype::I32 => each(data, |b| i64::from(i32::from_le_bytes(b))).map(exact).collect::<Result<_, _>>()?,
        tensor::Dtype::U8 | tensor::Dtype::BOOL => data.iter().map(|&byte| f32::from(byte)).collect(),
        other => {
            return Err(SafetensorsError::Dtype {
                path: path.into(),
                name: name.into(),
                found: format!("{other:?}"),
                expected: "F32, F16, BF16, F64, I64, I32, U8, BOOL".into(),
            });
        }
    };
    Ok(NamedArray { name: name.into(), shape: view.shape().to_vec(), values, dtype: format!("{:?}", view.dtype()) })
}

/// The data as numbers of `N` bytes; the crate has checked that its length is a multiple.
fn each<const N: usize, T>(data: &[u8], convert: impl Fn([u8; N]) -> T) -> impl Iterator<Item = T> {
    data.as_chunks::<N>().0.iter().map(move |bytes| convert(*bytes))
}

/// IEEE 754 binary16: 1 sign bit, 5 of exponent (bias 15), 10 of mantissa. Exact.
fn f16_to_f32(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, mantissa) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023));
    match exponent {
        0 => sign * mantissa * 2f32.powi(-24),
        31 if mantissa == 0.0 => sign * f32::INFINITY,
        31 => f32::NAN,
        _ => sign * (1.0 + mantissa / 1024.0) * 2f32.powi(exponent - 15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision_is_exact_at_its_corners() {
        let cases =
            [(0x0001, 2f32.powi(-24)), (0x3C00, 1.0), (0xC000, -2.0), (0x7BFF, 65504.0), (0xFC00, f32::NEG_INFINITY)];
        for (bits, expected) in cases {
            assert_eq!(f16_to_f32(bits), expected);
        }
        assert!(f16_to_f32(0x7E00).is_nan());
    }
}

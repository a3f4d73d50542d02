//! The tensor itself: a shape, a block of numbers, and where its gradient goes.
//!
//! Tensors are contiguous and immutable; transposition is an argument of an operation, never a view. Storage is a
//! closed enum, so that another device or a storage without numbers is one more variant and nothing above this
//! file changes; only the read-outs here hand out slices.

use crate::blocks::Blocks;
use crate::buffer::Buffer;
use crate::params::ParamId;
use kernels::Aligned;
use kernels::gemm::Packed;
use kernels::quantised::Matrix;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// A contiguous row-major block of f32 numbers; cloning copies a handle.
#[derive(Clone)]
pub struct Tensor {
    shape: Vec<usize>,
    storage: Storage,
    pub(crate) source: Source,
}

/// Where the numbers of a tensor live.
#[derive(Clone)]
enum Storage {
    Cpu(CpuStorage),
}

/// Numbers in main memory, by type.
#[derive(Clone)]
enum CpuStorage {
    /// A range of a shared buffer: a parameter is a range of the weight arena.
    F32 { buffer: Arc<Buffer>, range: Range<usize> },
    /// A parameter that stays as it is stored.
    Blocks(Blocks),
    /// A weight `[out, in]` that no longer changes, packed for products.
    Packed(Arc<Packed>),
}

/// Where the gradient of a tensor goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Source {
    /// Nowhere: an input, or computed without a tape.
    Constant,
    /// Into the gradient arena.
    Param(ParamId),
    /// To the node of the tape that made it.
    Node(usize),
}

impl Tensor {
    /// A constant with `shape` and `values`; panics unless their sizes agree.
    #[track_caller]
    pub fn from_vec(shape: &[usize], values: Vec<f32>) -> Tensor {
        let expected: usize = shape.iter().product();
        assert!(values.len() == expected, "from_vec: shape {shape:?} needs {expected} values, found {}", values.len());
        let range = 0..values.len();
        Tensor::view(shape, Arc::new(Buffer::from(&values[..])), range, Source::Constant)
    }

    pub(crate) fn view(shape: &[usize], buffer: Arc<Buffer>, range: Range<usize>, source: Source) -> Tensor {
        Tensor { shape: shape.to_vec(), storage: Storage::Cpu(CpuStorage::F32 { buffer, range }), source }
    }

    /// The same numbers for another tape.
    pub(crate) fn with_source(&self, source: Source) -> Tensor {
        Tensor { source, ..self.clone() }
    }

    /// Its numbers, taken over where nobody else looks at them.
    pub(crate) fn into_buffer(self) -> Buffer {
        let len = self.n_values();
        match self.storage {
            Storage::Cpu(CpuStorage::F32 { buffer, range }) if range == (0..len) => {
                Arc::try_unwrap(buffer).unwrap_or_else(|shared| Buffer::from(&shared[range]))
            }
            _ => self.values().into(),
        }
    }

    pub(crate) fn of_blocks(shape: &[usize], blocks: Blocks) -> Tensor {
        let storage = Storage::Cpu(CpuStorage::Blocks(blocks));
        Tensor { shape: shape.to_vec(), storage, source: Source::Constant }
    }

    pub(crate) fn of_packed(shape: &[usize], packed: Arc<Packed>) -> Tensor {
        let storage = Storage::Cpu(CpuStorage::Packed(packed));
        Tensor { shape: shape.to_vec(), storage, source: Source::Constant }
    }

    /// Its shape and where its gradient goes, for a rule that does not need its numbers.
    pub(crate) fn without_values(&self) -> Tensor {
        Tensor::view(&self.shape, Arc::new(Aligned::new().into()), 0..0, self.source)
    }

    /// The dimensions, destructured: `let [n, d] = x.dims();` names them and panics unless there are two.
    #[track_caller]
    pub fn dims<const N: usize>(&self) -> [usize; N] {
        match self.shape.as_slice().try_into() {
            Ok(dims) => dims,
            Err(_) => panic!("dims: expected {N} dimensions, found shape {:?}", self.shape),
        }
    }

    /// All dimensions.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Number of values.
    pub fn n_values(&self) -> usize {
        self.shape.iter().product()
    }

    /// The numbers, row-major; panics for a parameter that is stored in blocks or packed.
    #[track_caller]
    pub fn values(&self) -> &[f32] {
        match &self.storage {
            Storage::Cpu(CpuStorage::F32 { buffer, range }) => &buffer[range.clone()],
            Storage::Cpu(CpuStorage::Blocks(blocks)) => {
                panic!("values: shape {:?} is stored as {blocks:?}", self.shape)
            }
            Storage::Cpu(CpuStorage::Packed(_)) => panic!("values: shape {:?} is packed", self.shape),
        }
    }

    /// The matrix, if it is stored in blocks.
    pub(crate) fn as_blocks(&self) -> Option<Matrix<'_>> {
        match &self.storage {
            Storage::Cpu(CpuStorage::F32 { .. } | CpuStorage::Packed(_)) => None,
            Storage::Cpu(CpuStorage::Blocks(blocks)) => Some(blocks.matrix()),
        }
    }

    /// The matrix, if it is packed.
    pub(crate) fn as_packed(&self) -> Option<&Packed> {
        match &self.storage {
            Storage::Cpu(CpuStorage::Packed(packed)) => Some(packed),
            Storage::Cpu(_) => None,
        }
    }

    /// The numbers, row-major, however they are stored; panics for a packed parameter, which no tape meets.
    pub(crate) fn widened(&self) -> Cow<'_, [f32]> {
        match &self.storage {
            Storage::Cpu(CpuStorage::F32 { .. } | CpuStorage::Packed(_)) => Cow::Borrowed(self.values()),
            Storage::Cpu(CpuStorage::Blocks(blocks)) => Cow::Owned(blocks.widened()),
        }
    }

    /// The single number of a scalar; panics on anything else.
    #[track_caller]
    pub fn item(&self) -> f32 {
        match self.values() {
            [value] => *value,
            _ => panic!("item: expected one value, found shape {:?}", self.shape),
        }
    }
}

impl std::fmt::Debug for Tensor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Storage::Cpu(CpuStorage::F32 { .. }) = &self.storage else {
            return write!(f, "Tensor{:?} in blocks or packed", self.shape);
        };
        let values = self.values();
        let shown = &values[..values.len().min(8)];
        write!(f, "Tensor{:?} {shown:?}{}", self.shape, if shown.len() < values.len() { " ..." } else { "" })
    }
}
